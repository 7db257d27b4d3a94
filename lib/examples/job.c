/* SPDX-License-Identifier: MIT */
/*
 * job CONTAINER COMMAND [ARG...]: what a scheduler does with a job. COMMAND is running already when it is
 * put into a new container, with whatever it forks meanwhile; when it ends, what it has left behind is killed,
 * and the container removed.
 *
 *	cc -o job job.c $(pkg-config --cflags --libs libct)
 */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <ct.h>

extern char **environ;

static int fail(const char *what, const struct libct_error *err)
{
	fprintf(stderr, "job: cannot %s: %s%s\n", what, err->text, err->torn ? " (not all could be put back)" : "");
	return EXIT_FAILURE;
}

static void print_figures(const struct libct *ct, const char *container)
{
	struct libct_figures stat = LIBCT_FIGURES_INIT;
	struct libct_error err;

	if (libct_stat(ct, container, &stat, &err) < 0) {
		fail("tell its figures", &err);
		return;
	}
	printf("%s: %llu left", container, (unsigned long long)stat.processes);
	if (stat.known & LIBCT_CPU)
		printf(", %.3f s of CPU time", (double)stat.cpu / 1e9);
	if (stat.known & LIBCT_MEMORY_PEAK)
		printf(", %llu bytes of memory at most", (unsigned long long)stat.memory_peak);
	putchar('\n');
}

static int run(const struct libct *ct, const char *container, char **argv)
{
	struct libct_move_how move = LIBCT_MOVE_INIT;
	struct libct_error err;
	int result, status;
	pid_t pid;

	result = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (result != 0) {
		fprintf(stderr, "job: cannot run %s: %s\n", argv[0], strerror(result));
		return EXIT_FAILURE;
	}
	move.flags = LIBCT_RECURSIVE;
	result = libct_move(ct, container, &pid, 1, &move, &err);
	if (result < 0) {
		/* it is where it was, and so is all that it has forked */
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return fail("move it", &err);
	}
	printf("%s: %llu moved\n", container, (unsigned long long)move.moved);
	waitpid(pid, &status, 0);
	print_figures(ct, container);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	struct libct_error err;
	struct libct *ct;
	int status;

	if (argc < 3) {
		fprintf(stderr, "usage: job CONTAINER COMMAND [ARG...]\n");
		return 2;
	}
	if (libct_open(NULL, NULL, &ct, &err) < 0)
		return fail("look at the hierarchies", &err);
	if (libct_create(ct, argv[1], 0, &err) < 0)
		return fail("make the container", &err);
	status = run(ct, argv[1], argv + 2);
	if (libct_kill(ct, argv[1], SIGKILL, LIBCT_RECURSIVE | LIBCT_REMOVE, 0, &err) < 0)
		status = fail("end it", &err);
	libct_close(ct);
	return status;
}
