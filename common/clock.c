// SPDX-License-Identifier: MIT
#include "common/clock.h"

#include <time.h>
#include <unistd.h>

uint64_t ct_clock(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

void ct_clock_pause(uint64_t *pause, uint64_t most)
{
	struct timespec time = { .tv_sec = (time_t)(*pause / 1000000),
				 .tv_nsec = (long)(*pause % 1000000 * 1000) };

	nanosleep(&time, NULL);
	*pause = 2 * *pause < most ? 2 * *pause : most;
}

uint64_t ct_clock_ticks(void)
{
	uint64_t rate = (uint64_t)sysconf(_SC_CLK_TCK);
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return (uint64_t)time.tv_sec * rate + (uint64_t)time.tv_nsec * rate / 1000000000;
}
