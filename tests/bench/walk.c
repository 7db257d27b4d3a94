// SPDX-License-Identifier: MIT
/*
 * walk [-l] DIR FILE...: what ctstat -r has to do at least. For each directory below DIR, parents first,
 * a line: its path, how many lines cgroup.procs has, and what each FILE says. With -l a directory that
 * by its links has no children is not listed, as ct does it too.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[4096];
static char **files;
static int file_count, by_links;

static size_t slurp(int dir, const char *name, char *buffer, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = 0;

	while (fd >= 0 && length < size - 1 && (got = read(fd, buffer + length, size - 1 - length)) > 0)
		length += (size_t)got;
	if (fd >= 0)
		close(fd);
	buffer[length] = '\0';
	return length;
}

static void show(int dir)
{
	static char text[1 << 20];
	size_t length = slurp(dir, "cgroup.procs", text, sizeof(text)), tasks = 0;

	for (size_t i = 0; i < length; i++)
		tasks += text[i] == '\n';
	printf("%s %zu", path, tasks);
	for (int i = 0; i < file_count; i++) {
		slurp(dir, files[i], text, sizeof(text));
		text[strcspn(text, "\n")] = '\0';
		printf(" %s", text);
	}
	putchar('\n');
}

static void walk(DIR *dir, size_t length)
{
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		struct stat status;
		DIR *below;
		int fd, end;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		end = snprintf(path + length, sizeof(path) - length, "%s%s", length ? "/" : "", entry->d_name);
		show(fd);
		if (by_links && fstat(fd, &status) == 0 && status.st_nlink == 2) {
			close(fd);
			path[length] = '\0';
			continue;
		}
		below = fdopendir(fd);
		if (!below || end < 0 || length + (size_t)end >= sizeof(path))
			exit(1);
		walk(below, length + (size_t)end);
		closedir(below);
		path[length] = '\0';
	}
}

int main(int argc, char **argv)
{
	DIR *top;

	by_links = argc > 1 && !strcmp(argv[1], "-l");
	argv += by_links;
	argc -= by_links;
	top = argc > 1 ? opendir(argv[1]) : NULL;
	if (!top) {
		fprintf(stderr, "usage: walk [-l] DIR FILE...\n");
		return 2;
	}
	files = argv + 2;
	file_count = argc - 2;
	walk(top, 0);
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
