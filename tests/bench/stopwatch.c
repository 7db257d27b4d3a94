// SPDX-License-Identifier: MIT
/*
 * stopwatch ROUNDS IDLE-MS NAME COMMAND [ARG...] ; NAME COMMAND [ARG...] ; ...
 *
 * Runs every command once per round, in an order drawn anew for each round, after IDLE-MS
 * milliseconds of sleep. Prints for each "NAME<tab>MEDIAN<tab>MIN<tab>P90", in microseconds
 * from before the fork until the exit has been waited for. A command that fails ends it.
 */
#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 16 };

static struct contender {
	const char *name;
	char **argv;
	int64_t *samples;
} contenders[MOST];

extern char **environ; /* unistd.h has it for _GNU_SOURCE alone */

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void idle(long milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	while (milliseconds && nanosleep(&time, &time) < 0 && errno == EINTR)
		;
}

static int64_t run(const struct contender *contender)
{
	int64_t start = now();
	pid_t child;
	int status;

	/* glibc makes this a vfork: what is measured does not grow with this program */
	errno = posix_spawn(&child, contender->argv[0], NULL, NULL, contender->argv, environ);
	if (errno || wait4(child, &status, 0, NULL) < 0) {
		perror(contender->argv[0]);
		exit(1);
	}
	if (status) {
		fprintf(stderr, "%s: wait status %#x\n", contender->name, (unsigned)status);
		exit(1);
	}
	return now() - start;
}

static size_t parse(char **argv)
{
	size_t count = 0;

	while (*argv && argv[1] && count < MOST) {
		contenders[count].name = *argv++;
		contenders[count++].argv = argv;
		while (*argv && strcmp(*argv, ";") != 0)
			argv++;
		if (*argv)
			*argv++ = NULL;
	}
	return *argv ? 0 : count;
}

/* Fisher and Yates: what stands before a contender, and what it left behind, varies. */
static void shuffle(size_t *order, size_t count)
{
	for (size_t i = count - 1; i > 0; i--) {
		size_t j = (size_t)random() % (i + 1), kept = order[i];

		order[i] = order[j];
		order[j] = kept;
	}
}

static int compare(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static void print(struct contender *contender, size_t rounds)
{
	int64_t *samples = contender->samples;

	qsort(samples, rounds, sizeof(*samples), compare);
	printf("%s\t%.1f\t%.1f\t%.1f\n", contender->name,
	       (double)(samples[rounds / 2] + samples[(rounds - 1) / 2]) / 2000,
	       (double)samples[0] / 1000, (double)samples[(rounds - 1) * 9 / 10] / 1000);
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 4 ? strtoul(argv[1], NULL, 10) : 0;
	long milliseconds = argc > 4 ? strtol(argv[2], NULL, 10) : -1;
	size_t count = argc > 4 ? parse(argv + 3) : 0, order[MOST];

	if (!rounds || milliseconds < 0 || !count) {
		fputs("usage: stopwatch ROUNDS IDLE-MS NAME COMMAND [ARG...] [; ...]\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < count; i++) {
		order[i] = i;
		contenders[i].samples = calloc(rounds, sizeof(int64_t));
		if (!contenders[i].samples)
			return 1;
		run(&contenders[i]); /* once unmeasured: into the page cache */
	}
	for (size_t round = 0; round < rounds; round++) {
		shuffle(order, count);
		for (size_t i = 0; i < count; i++) {
			idle(milliseconds);
			contenders[order[i]].samples[round] = run(&contenders[order[i]]);
		}
	}
	for (size_t i = 0; i < count; i++)
		print(&contenders[i], rounds);
	return 0;
}
