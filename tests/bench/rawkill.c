// SPDX-License-Identifier: MIT
/*
 * rawkill DIR: what ctkill is measured against. Ends what is in the cgroup DIR with no more than
 * that takes, and waits until it is empty: v2 by its cgroup.kill, v1 by signalling each pid once.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int kill_v2(int control, int events)
{
	struct pollfd change = { .fd = events, .events = POLLPRI };
	char text[256];

	if (write(control, "1", 1) != 1)
		return 1;
	for (;;) {
		ssize_t length = pread(events, text, sizeof(text) - 1, 0);

		if (length < 0)
			return 1;
		text[length] = '\0';
		if (strstr(text, "populated 0"))
			return 0;
		poll(&change, 1, -1);
	}
}

static int kill_v1(const char *path)
{
	struct timespec pause = { .tv_nsec = 1000000 };

	for (int round = 0;; round++) {
		FILE *file = fopen(path, "re");
		int pid, count = 0;

		if (!file)
			return 1;
		for (; fscanf(file, "%d", &pid) == 1; count++)
			if (!round)
				kill(pid, SIGKILL);
		fclose(file);
		if (!count)
			return 0;
		nanosleep(&pause, NULL);
	}
}

int main(int argc, char **argv)
{
	int control, events;

	if (argc != 2 || chdir(argv[1]) < 0) {
		fputs("usage: rawkill DIR\n", stderr);
		return 2;
	}
	control = open("cgroup.kill", O_WRONLY | O_CLOEXEC);
	events = open("cgroup.events", O_RDONLY | O_CLOEXEC);
	if (events < 0)
		return kill_v1("cgroup.procs");
	if (control < 0) {
		perror("cgroup.kill");
		return 1;
	}
	return kill_v2(control, events);
}
