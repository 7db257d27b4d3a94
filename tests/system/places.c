// SPDX-License-Identifier: MIT
/*
 * places BELOW HIERARCHIES OLD NEW [WHAT]: where the tasks below the v2 container BELOW are.
 *
 * Holds all of them still meanwhile, whatever they do, and looks at each thread in each of the
 * HIERARCHIES (words with commas between: memory, name=x, v2). It must be in OLD in all, or
 * in NEW in all, paths below the root. WHAT: "new" or "old" asks that all be there, a number that
 * this process be in NEW. Prints "N new, N old"; what is elsewhere or split, and exits 1.
 *
 * v2 is reached by a mount of its own, so that it works where v2 is not mounted.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 10000 }; /* milliseconds */

static char *words[64];
static int word_count, new_count, old_count, bad_count;
static const char *old_path, *new_path, *what = "";

static void die(const char *text)
{
	perror(text);
	exit(3);
}

static int open_v2(void)
{
	int context = (int)syscall(SYS_fsopen, "cgroup2", FSOPEN_CLOEXEC);

	if (context < 0 || syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		die("places: v2");
	return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
}

static size_t read_at(int directory, const char *name, char *text, size_t size)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t part;

	text[0] = '\0';
	if (fd < 0)
		return 0;
	while (length + 1 < size && (part = read(fd, text + length, size - length - 1)) > 0)
		length += (size_t)part;
	close(fd);
	text[length] = '\0';
	return length;
}

static void freeze(int below, const char *digit)
{
	int fd = openat(below, "cgroup.freeze", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, digit, 1) != 1)
		die("places: cgroup.freeze");
	close(fd);
}

static bool wait_frozen(int below)
{
	struct timespec pause = { .tv_nsec = 100000 };
	char text[128];

	for (int i = 0; i < PATIENCE * 10; i++) {
		read_at(below, "cgroup.events", text, sizeof(text));
		if (strstr(text, "frozen 1"))
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static bool ends_with(const char *path, const char *end)
{
	size_t length = strlen(path), part = strlen(end);

	return length > part && path[length - part - 1] == '/' && !strcmp(path + length - part, end);
}

/* Whether the controllers "a,b" of a line, "" for v2, are one of the words. */
static bool is_asked(const char *controllers)
{
	char list[256];

	snprintf(list, sizeof(list), "%s", *controllers ? controllers : "v2");
	for (char *rest = list, *one; (one = strsep(&rest, ","));)
		for (int i = 0; i < word_count; i++)
			if (!strcmp(one, words[i]))
				return true;
	return false;
}

/* A task that is on its way out has left its v1 containers before it is a zombie. */
static bool is_dead(const char *pid, const char *tid)
{
	enum { EXITING = 4 };
	unsigned flags;
	char path[64], text[512], *end, state;

	snprintf(path, sizeof(path), "/proc/%s/task/%s/stat", pid, tid);
	read_at(AT_FDCWD, path, text, sizeof(text));
	end = strrchr(text, ')');
	return !end || sscanf(end + 2, "%c %*d %*d %*d %*d %*d %u", &state, &flags) != 2 ||
	       strchr("ZX", state) || (flags & EXITING);
}

static void look_at(const char *pid, const char *tid)
{
	int in_old = 0, in_new = 0, seen = 0;
	char path[64], text[8192], copy[8192];

	snprintf(path, sizeof(path), "/proc/%s/task/%s/cgroup", pid, tid);
	if (is_dead(pid, tid) || !read_at(AT_FDCWD, path, text, sizeof(text)))
		return;
	strcpy(copy, text);
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		char *controllers;

		strsep(&line, ":");
		controllers = strsep(&line, ":");
		if (!line || !is_asked(controllers))
			continue;
		seen++;
		in_old += ends_with(line, old_path);
		in_new += ends_with(line, new_path);
	}
	if (seen == word_count && in_new == seen)
		new_count++;
	else if (seen == word_count && in_old == seen)
		old_count++;
	else
		bad_count++;
	if ((in_new == seen && strcmp(what, "old") != 0) ||
	    (in_old == seen && strcmp(what, "new") != 0 && strcmp(what, pid) != 0))
		return;
	printf("%s task %s of %s (%d new, %d old, of %d):\n%s",
	       in_new == seen || in_old == seen ? "misplaced" : "split", tid, pid, in_new, in_old,
	       seen, copy);
	if (in_new == seen || in_old == seen)
		bad_count++;
}

static void walk(int directory)
{
	FILE *tasks = fdopen(openat(directory, "cgroup.threads", O_RDONLY | O_CLOEXEC), "r");
	DIR *dir = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const struct dirent *entry;
	char tid[32];

	while (tasks && fgets(tid, sizeof(tid), tasks)) {
		tid[strcspn(tid, "\n")] = '\0';
		char path[64], text[4096], *line;

		snprintf(path, sizeof(path), "/proc/%s/status", tid);
		read_at(AT_FDCWD, path, text, sizeof(text));
		line = strstr(text, "\nTgid:\t");
		if (!line)
			continue;
		line += 7;
		line[strcspn(line, "\n")] = '\0';
		look_at(line, tid);
	}
	if (tasks)
		fclose(tasks);
	while (dir && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) {
			int child = openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			if (child >= 0)
				walk(child);
		}
	if (dir)
		closedir(dir);
	close(directory);
}

int main(int argc, char **argv)
{
	int below;
	bool still;

	if (argc < 5)
		return 2;
	below = openat(open_v2(), argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (below < 0)
		die(argv[1]);
	for (char *rest = argv[2], *word; (word = strsep(&rest, ","));)
		if (word_count < 64)
			words[word_count++] = word;
	old_path = argv[3];
	new_path = argv[4];
	what = argc > 5 ? argv[5] : "";
	freeze(below, "1");
	still = wait_frozen(below);
	if (still)
		walk(dup(below));
	freeze(below, "0");
	printf("%d new, %d old%s\n", new_count, old_count, still ? "" : ", and not all would stop");
	return !still || bad_count || !(new_count + old_count);
}
