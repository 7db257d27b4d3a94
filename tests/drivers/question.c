// SPDX-License-Identifier: MIT
/*
 * question ROUNDS IDLE-MS [fresh]: how long ct takes to learn that no audit record is wanted, each time
 * after IDLE-MS milliseconds of sleep; with "fresh" each time in a process that has just begun, as every
 * command is. Prints "MEDIAN<tab>MIN<tab>P90" in microseconds. Exit status 77: one is wanted.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/audit.h"

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* Negative: a record is wanted. */
static double ask(void)
{
	double start;

	ct_audit_renew("question");
	start = now();
	return ct_audit_on() ? -1 : now() - start;
}

/* Of the process that begins: asks once, and writes the time to its stdout. */
static int answer(void)
{
	double time;

	now(); /* the clock's own first time is not meant */
	time = ask();
	return write(STDOUT_FILENO, &time, sizeof(time)) != sizeof(time);
}

static double ask_fresh(char *program)
{
	double time = -1;
	ssize_t length;
	int ends[2], status;
	pid_t child;

	if (pipe(ends) < 0 || (child = fork()) < 0) {
		perror("question");
		exit(1);
	}
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		execl("/proc/self/exe", program, (char *)NULL);
		_exit(1);
	}
	close(ends[1]);
	length = read(ends[0], &time, sizeof(time));
	close(ends[0]);
	if (wait4(child, &status, 0, NULL) != child || status || length != sizeof(time)) {
		fputs("question: the process that asks has failed\n", stderr);
		exit(1);
	}
	return time;
}

int main(int argc, char **argv)
{
	bool fresh = argc == 4 && !strcmp(argv[3], "fresh");
	size_t rounds = argc >= 3 ? strtoul(argv[1], NULL, 10) : 0;
	long idle = argc >= 3 ? strtol(argv[2], NULL, 10) : 0;
	double *times = calloc(rounds ? rounds : 1, sizeof(*times));

	if (argc == 1)
		return answer();
	if (!rounds || !times || argc != 3 + fresh) {
		fputs("usage: question ROUNDS IDLE-MS [fresh]\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < rounds; i++) {
		struct timespec rest = { .tv_sec = idle / 1000, .tv_nsec = idle % 1000 * 1000000 };

		nanosleep(&rest, NULL);
		times[i] = fresh ? ask_fresh(argv[0]) : ask();
		if (times[i] < 0)
			return 77;
	}
	qsort(times, rounds, sizeof(*times), compare);
	printf("%.1f\t%.1f\t%.1f\n", times[rounds / 2], times[0], times[rounds * 9 / 10]);
	free(times);
	return 0;
}
