// SPDX-License-Identifier: MIT
/*
 * remains MILLISECONDS [-x CGROUP]... DIRECTORY...: waits until nothing is left of any move, and
 * says what is if that takes longer: a staging place (.ct-*) or a frozen container in the
 * cgroup directories, or in what is below them, but CGROUP; a guard process with our
 * $CT_TEST_ID; a journal in /run/ct.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_STEP 0.1

static char *but[16];
static int but_count, found;
static bool say;

static void tell(const char *what, const char *where)
{
	found++;
	if (say)
		printf("%s: %s\n", what, where);
}

static size_t read_file(const char *directory, const char *name, char *text, size_t size)
{
	char path[4200];
	ssize_t length = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, text, size - 1);
		close(fd);
	}
	text[length > 0 ? length : 0] = '\0';
	return length > 0 ? (size_t)length : 0;
}

static int look_at(const char *path, const struct stat *status, int type, struct FTW *at)
{
	char text[16];

	(void)status;
	if (type != FTW_D)
		return 0;
	if (!strncmp(path + at->base, ".ct-", 4))
		tell("staging", path);
	for (int i = 0; i < but_count; i++)
		if (!strcmp(path, but[i]))
			return 0;
	if (read_file(path, "cgroup.freeze", text, sizeof(text)) && *text == '1')
		tell("frozen", path);
	if (read_file(path, "freezer.self_freezing", text, sizeof(text)) && *text == '1')
		tell("frozen", path);
	return 0;
}

static void look_for_guards(void)
{
	static char environment[65536];
	char mark[64], path[300], name[32];
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	size_t length;

	snprintf(mark, sizeof(mark), "CT_TEST_ID=%s", getenv("CT_TEST_ID"));
	while ((entry = readdir(dir))) {
		if (*entry->d_name < '1' || *entry->d_name > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s", entry->d_name);
		if (!read_file(path, "comm", name, sizeof(name)) || strcmp(name, "ct-guard\n") != 0)
			continue;
		/* a zombie is none any more, and has no environment */
		length = read_file(path, "environ", environment, sizeof(environment));
		if (memmem(environment, length, mark, strlen(mark) + 1))
			tell("guard", entry->d_name);
	}
	closedir(dir);
}

static bool look(char **directories)
{
	found = 0;
	if (access("/run/ct/journal", F_OK) == 0)
		tell("journal", "/run/ct");
	for (; *directories; directories++)
		if (access(*directories, F_OK) == 0)
			nftw(*directories, look_at, 16, FTW_PHYS);
	look_for_guards();
	return found;
}

static double seconds(const struct timespec *time)
{
	return (double)time->tv_sec + (double)time->tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct timespec now, pause = { .tv_nsec = 5000000 };
	double limit = argc > 1 ? atof(argv[1]) / 1000 : 0, passed = 0, last, step;
	int option;

	while (argc > 2 && (option = getopt(argc - 1, argv + 1, "x:")) != -1)
		if (option == 'x' && but_count < 16)
			but[but_count++] = optarg;
	if (argc < 3 || !getenv("CT_TEST_ID"))
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &now);
	last = seconds(&now);
	do {
		say = passed >= limit;
		if (!look(argv + 1 + optind) || say)
			break;
		nanosleep(&pause, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
		step = seconds(&now) - last;
		last = seconds(&now);
		/* the machine may stand still, and not only what is to go */
		passed += step < MOST_STEP ? step : MOST_STEP;
	} while (true);
	return found != 0;
}
