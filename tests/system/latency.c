// SPDX-License-Identifier: MIT
/*
 * latency ROUNDS PLACE COMMAND...: starts COMMAND, which is to end when nobody is in the directory
 * PLACE any more, with one process in there; kills that, and takes the time until COMMAND has
 * ended. Prints the median in microseconds, less that of a process which ends as soon as a pipe is
 * closed: on a busy machine that takes long as well.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* A process that sleeps in the place. */
static pid_t sleeper(const char *place)
{
	char path[4096];
	pid_t pid = fork();
	FILE *file;

	if (pid == 0) {
		alarm(60);
		for (;;)
			pause();
	}
	snprintf(path, sizeof(path), "%s/cgroup.procs", place);
	file = fopen(path, "w");
	if (!file || fprintf(file, "%d\n", pid) < 0 || fclose(file) != 0) {
		perror(path);
		kill(pid, SIGKILL);
		exit(1);
	}
	return pid;
}

static long until_end(pid_t waited)
{
	long start = now();
	int status;

	waitpid(waited, &status, 0);
	if (status != 0) {
		fprintf(stderr, "status %#x\n", (unsigned)status);
		exit(1);
	}
	return now() - start;
}

static long measure(const char *place, char **command)
{
	pid_t victim = sleeper(place), pid = fork();
	long taken;

	if (pid == 0) {
		execvp(*command, command);
		_exit(127);
	}
	usleep(120000 + (unsigned)(rand() % 100000));
	kill(victim, SIGKILL);
	taken = until_end(pid);
	waitpid(victim, NULL, 0);
	return taken;
}

static long baseline(void)
{
	int ends[2];
	pid_t pid;
	char byte;

	if (pipe(ends) < 0)
		exit(1);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0);
	}
	close(ends[0]);
	usleep(20000);
	close(ends[1]);
	return until_end(pid);
}

static int compare(const void *a, const void *b)
{
	const long *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

int main(int argc, char **argv)
{
	long taken[100], least[100];
	int rounds = argc > 3 ? atoi(argv[1]) : 0;

	if (rounds < 1 || rounds > 100)
		return 2;
	for (int i = 0; i < rounds; i++) {
		taken[i] = measure(argv[2], argv + 3);
		least[i] = baseline();
	}
	qsort(taken, (size_t)rounds, sizeof(*taken), compare);
	qsort(least, (size_t)rounds, sizeof(*least), compare);
	printf("%ld\n", taken[rounds / 2] - least[rounds / 2]);
	return 0;
}
