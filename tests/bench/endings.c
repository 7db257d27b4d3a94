// SPDX-License-Identifier: MIT
/*
 * endings ROUNDS COUNT BOMB DIR[:DIR]... HOME[:HOME]... NAME COMMAND [ARG...] ; NAME ... ; ...
 *
 * Runs every command once per round, in an order drawn anew for each round. Before each, COUNT
 * processes that sleep are born in the cgroups DIR, or if BOMB is no "-", that program is started
 * there, is told the pids.max of the last DIR, and has become so many. The command has to end them: after it
 * the cgroups must be empty. HOME are the cgroups from which this is done. Prints
 *
 *	NAME MEDIAN MIN MAX
 *
 * with tabs between: microseconds from before the fork until the exit has been waited for. Then,
 * for each command after the first, its time over that of the first, in the same round:
 *
 *	NAME/FIRST MEDIAN MIN MAX
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 8, MOST_DIRS = 16 };

static struct contender {
	const char *name;
	char **argv;
	double *samples;
} contenders[MOST];

static char *dirs[MOST_DIRS + 1], *homes[MOST_DIRS + 1];

__attribute__((noreturn)) static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void rest(long microseconds)
{
	struct timespec time = { .tv_nsec = microseconds * 1000 };

	nanosleep(&time, NULL);
}

static void enter(char **where)
{
	for (; *where; where++) {
		char path[4096];
		int fd;

		snprintf(path, sizeof(path), "%s/cgroup.procs", *where);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0", 1) != 1)
			fail(path);
		close(fd);
	}
}

static size_t count_in(const char *dir)
{
	char path[4096];
	size_t count = 0;
	FILE *file;
	int c;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	file = fopen(path, "re");
	if (!file)
		fail(path);
	while ((c = getc(file)) != EOF)
		count += c == '\n';
	fclose(file);
	return count;
}

/* The parent of them all stays outside, and lets the kernel wait for them. */
static pid_t populate(size_t count, const char *bomb)
{
	char limit[4096];
	pid_t nursery = fork(), self;

	if (nursery < 0)
		fail("fork");
	if (nursery > 0) {
		while (count_in(dirs[0]) < (bomb ? count * 9 / 10 : count))
			rest(1000);
		/* until the nursery has left them, and the bomb is in full swing */
		rest(bomb ? 50000 : 5000);
		return nursery;
	}
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	self = getpid();
	enter(dirs);
	for (char **dir = dirs; *dir; dir++)
		snprintf(limit, sizeof(limit), "%s/pids.max", *dir);
	for (size_t i = 0; i < (bomb ? 1 : count); i++) {
		if (fork() != 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (bomb)
			execl(bomb, bomb, limit, (char *)NULL);
		while (!bomb && getppid() == self)
			pause();
		_exit(1);
	}
	enter(homes);
	for (;;)
		pause();
}

static void end(pid_t nursery, const struct contender *contender)
{
	size_t left = 0;

	for (char **dir = dirs; *dir; dir++)
		left += count_in(*dir);
	kill(nursery, SIGKILL);
	waitpid(nursery, NULL, 0);
	if (!left)
		return;
	fprintf(stderr, "%s left %zu processes\n", contender->name, left);
	exit(1);
}

static double run(const struct contender *contender, size_t count, const char *bomb)
{
	pid_t nursery = populate(count, bomb), child;
	double start = now();
	int status;

	errno = posix_spawn(&child, contender->argv[0], NULL, NULL, contender->argv, environ);
	if (errno || waitpid(child, &status, 0) < 0)
		fail(contender->argv[0]);
	start = now() - start;
	end(nursery, contender);
	if (status) {
		fprintf(stderr, "%s: wait status %#x\n", contender->name, (unsigned)status);
		exit(1);
	}
	return start;
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

static int split(char *text, char **parts)
{
	size_t count = 0;

	while (count < MOST_DIRS && (parts[count] = strsep(&text, ":")))
		count++;
	return text ? -1 : 0;
}

static int compare(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* Sorts what it prints. */
static void print(const char *name, const char *over, double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	printf("%s%s%s\t%.3f\t%.3f\t%.3f\n", name, over ? "/" : "", over ? over : "",
	       (values[count / 2] + values[(count - 1) / 2]) / 2, values[0], values[count - 1]);
}

static void print_all(size_t count, size_t rounds)
{
	double *ratios = calloc(count * rounds, sizeof(*ratios));

	if (!ratios)
		fail("calloc");
	for (size_t i = 0; i < count * rounds; i++)
		ratios[i] = contenders[i / rounds].samples[i % rounds] / contenders[0].samples[i % rounds];
	for (size_t i = 0; i < count; i++)
		print(contenders[i].name, NULL, contenders[i].samples, rounds);
	for (size_t i = 1; i < count; i++)
		print(contenders[i].name, contenders[0].name, ratios + i * rounds, rounds);
	free(ratios);
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 7 ? strtoul(argv[1], NULL, 10) : 0, count = 0, many = 0;
	const char *bomb = NULL;

	if (rounds && split(argv[4], dirs) == 0 && split(argv[5], homes) == 0) {
		many = strtoul(argv[2], NULL, 10);
		bomb = strcmp(argv[3], "-") ? argv[3] : NULL;
		count = parse(argv + 6);
	}
	if (!count || !many) {
		fputs("usage: endings ROUNDS COUNT BOMB DIR[:DIR]... HOME[:HOME]... NAME COMMAND [ARG...] [; ...]\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < count; i++) {
		contenders[i].samples = calloc(rounds, sizeof(double));
		if (!contenders[i].samples)
			fail("calloc");
		run(&contenders[i], many, bomb); /* once unmeasured: into the page cache */
	}
	for (size_t round = 0; round < rounds; round++)
		for (size_t i = 0, first = (size_t)random() % count; i < count; i++) {
			struct contender *contender = &contenders[(first + i) % count];

			contender->samples[round] = run(contender, many, bomb);
		}
	print_all(count, rounds);
	return 0;
}
