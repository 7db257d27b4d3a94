// SPDX-License-Identifier: MIT
/*
 * question ROUNDS IDLE-MS: how long ct takes to learn that no audit record is wanted, each time after
 * IDLE-MS milliseconds of sleep. Prints "MEDIAN<tab>MIN<tab>P90" in microseconds. Exit status 77: one is.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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

int main(int argc, char **argv)
{
	size_t rounds = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	long idle = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
	double *times = calloc(rounds ? rounds : 1, sizeof(*times));

	if (!rounds || !times) {
		fputs("usage: question ROUNDS IDLE-MS\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < rounds; i++) {
		struct timespec rest = { .tv_sec = idle / 1000, .tv_nsec = idle % 1000 * 1000000 };
		double start;

		nanosleep(&rest, NULL);
		ct_audit_renew("question");
		start = now();
		if (ct_audit_on())
			return 77;
		times[i] = now() - start;
	}
	qsort(times, rounds, sizeof(*times), compare);
	printf("%.1f\t%.1f\t%.1f\n", times[rounds / 2], times[0], times[rounds * 9 / 10]);
	free(times);
	return 0;
}
