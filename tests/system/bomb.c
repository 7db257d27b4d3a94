// SPDX-License-Identifier: MIT
/*
 * bomb PIDS.MAX [PAUSE]: a process that forks without end, and so do all of its children; when
 * it may not, each tries again after PAUSE microseconds (100). It ends by itself, and does nothing
 * unless something limits how many there may be.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec pause = { .tv_nsec = argc == 3 ? atol(argv[2]) * 1000 : 100000 };
	time_t end = time(NULL) + 20;
	FILE *limit = argc == 2 || argc == 3 ? fopen(argv[1], "r") : NULL;
	char text[16];

	if (!limit || !fgets(text, sizeof(text), limit) || atoi(text) <= 0 || atoi(text) > 1000)
		return 1;
	fclose(limit);
	signal(SIGCHLD, SIG_IGN);
	while (time(NULL) < end)
		if (fork() < 0)
			nanosleep(&pause, NULL);
	return 0;
}
