// SPDX-License-Identifier: MIT
/*
 * costs ROUNDS HIERARCHIES CTATTACH ONE TWO PID FILE...: a program that uses libct. In turn it moves PID from
 * container ONE to TWO and back by libct_move() and by running CTATTACH, and looks at ONE by libct_stat() and by
 * reading each FILE. Prints "NAME<tab>MEDIAN<tab>MIN<tab>P90", in microseconds. What fails ends it.
 *
 * costs HIERARCHIES ONE: looks at ONE once, for strace(1) to tell which files that needs.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ct.h>

enum { MOVE, ATTACH, STAT, FILES, CONTENDERS };

static const char *const names[] = { "libct_move", "ctattach", "libct_stat", "the files" };
static struct libct *ct;
static const char *hierarchies, *command, *containers[2];
static char *number, **files;
static pid_t pid;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void attach(const char *to)
{
	char *argv[] = { (char *)"ctattach", (char *)"-H", (char *)(uintptr_t)hierarchies, (char *)"-c",
			 (char *)(uintptr_t)to, number, NULL };
	int status;
	pid_t child;

	if (posix_spawn(&child, command, NULL, NULL, argv, environ) || waitpid(child, &status, 0) != child || status)
		die(command, "it failed");
}

static void read_files(void)
{
	static char text[1 << 16];

	for (char **file = files; *file; file++) {
		int fd = open(*file, O_RDONLY | O_CLOEXEC);

		while (fd >= 0 && read(fd, text, sizeof(text)) > 0)
			;
		if (fd < 0 || close(fd) < 0)
			die(*file, "cannot be read");
	}
}

static void stat_one(void)
{
	struct libct_figures figures = LIBCT_FIGURES_INIT;
	struct libct_error err;

	if (libct_stat(ct, containers[0], &figures, &err) < 0)
		die("libct_stat", err.text);
}

static void run(int contender)
{
	struct libct_error err;

	if (contender == MOVE && libct_move(ct, containers[1], &pid, 1, NULL, &err) < 0)
		die("libct_move", err.text);
	else if (contender == ATTACH)
		attach(containers[1]);
	else if (contender == STAT)
		stat_one();
	else if (contender == FILES)
		read_files();
	if (contender > ATTACH)
		return;
	const char *swap = containers[0];
	containers[0] = containers[1];
	containers[1] = swap;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	int64_t *samples[CONTENDERS];
	struct libct_error err;
	int rounds = atoi(argv[1]);

	if (argc != 3 && argc < 8)
		return 2;
	hierarchies = argc == 3 ? argv[1] : argv[2];
	if (libct_open(NULL, hierarchies, &ct, &err) < 0)
		die("libct_open", err.text);
	containers[0] = argc == 3 ? argv[2] : argv[4];
	if (argc == 3)
		return stat_one(), 0;
	command = argv[3];
	containers[1] = argv[5];
	number = argv[6];
	pid = atoi(number);
	files = argv + 7;
	for (int i = 0; i < CONTENDERS; i++)
		if (!(samples[i] = calloc((size_t)rounds, sizeof(*samples[i]))))
			die("samples", "out of memory");
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < CONTENDERS; i++) {
			/* each of the two that move goes first as often as the other, for the second one has it easier */
			int contender = i ^ (round & 1);
			int64_t begun = now();

			run(contender);
			samples[contender][round] = now() - begun;
		}
	}
	for (int i = 0; i < CONTENDERS; i++) {
		qsort(samples[i], (size_t)rounds, sizeof(*samples[i]), compare);
		printf("%s\t%jd\t%jd\t%jd\n", names[i], (intmax_t)samples[i][rounds / 2], (intmax_t)samples[i][0],
		       (intmax_t)samples[i][rounds * 9 / 10]);
	}
	libct_close(ct);
	return 0;
}
