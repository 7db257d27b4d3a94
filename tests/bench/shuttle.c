// SPDX-License-Identifier: MIT
/*
 * shuttle ROUNDS COUNT ONE TWO DIR[:DIR]... NAME COMMAND [ARG...] ; NAME COMMAND [ARG...] ; ...
 *
 * Runs every command once per round, in an order drawn anew for each round. Each moves COUNT
 * processes from the container ONE to TWO or back, whichever they are not in; in its arguments
 * %f stands for the container they are in, %t for the other, and an argument %p for their
 * pids, one each. After each run all must be in %t in every hierarchy mounted at the DIRs. Prints
 *
 *	NAME MEDIAN MIN MAX RSS STILL WORST
 *
 * with tabs between: microseconds from before the fork until the exit has been waited for;
 * the median of the most memory that it had, in kB; and for how many microseconds it says,
 * if it does, that tasks stood still, median and worst. A command that fails ends it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create(2) */
#endif

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 8, MOST_DIRS = 16 };

struct sample {
	int64_t time, rss, still;
};

static struct contender {
	const char *name;
	char **argv;
	struct sample *samples;
} contenders[MOST];

static struct {
	size_t count, dir_count;
	const char *containers[2], *dirs[MOST_DIRS];
	int from;	/* which of the two the processes are in */
	int output;	/* of the command */
	char **pids;
	char *listing;	/* what they point into */
} all;

extern char **environ; /* unistd.h has it for _GNU_SOURCE alone */

__attribute__((noreturn)) static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Reads a whole file; *buffer is reused and grown. */
static size_t slurp(const char *path, char **buffer)
{
	static size_t room;
	size_t length = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		fail(path);
	do {
		if (room - length < 4096 && !(*buffer = realloc(*buffer, room += 1 << 16)))
			fail("realloc");
		got = read(fd, *buffer + length, room - length - 1);
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	close(fd);
	(*buffer)[length] = '\0';
	return length;
}

static void procs(char *buffer, size_t size, size_t dir, int which)
{
	snprintf(buffer, size, "%s/%s/cgroup.procs", all.dirs[dir], all.containers[which]);
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

static void verify(const struct contender *contender)
{
	char path[4096];

	for (size_t i = 0; i < all.dir_count; i++)
		for (int which = 0; which < 2; which++) {
			size_t count;

			procs(path, sizeof(path), i, which);
			slurp(path, &all.listing);
			count = count_lines(all.listing);
			if (count == (which == all.from ? 0 : all.count))
				continue;
			fprintf(stderr, "%s left %zu processes in %s\n", contender->name, count, path);
			exit(1);
		}
}

static void list_pids(void)
{
	char path[4096], *rest, *line;
	size_t count = 0;

	procs(path, sizeof(path), 0, all.from);
	slurp(path, &all.listing);
	rest = all.listing;
	while (count < all.count && (line = strsep(&rest, "\n")) && *line)
		all.pids[count++] = line;
	if (count == all.count)
		return;
	fprintf(stderr, "%s lists %zu processes, not %zu\n", path, count, all.count);
	exit(1);
}

static char *expand(const char *arg)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		fail("open_memstream");
	for (; *arg; arg++)
		if (arg[0] == '%' && (arg[1] == 'f' || arg[1] == 't'))
			fputs(all.containers[*++arg == 'f' ? all.from : !all.from], file);
		else
			putc(*arg, file);
	if (fclose(file) != 0)
		fail("fclose");
	return text;
}

static char **build(char **argv)
{
	size_t length = 0, count = 0;
	char **built;

	while (argv[length])
		length++;
	built = calloc(length + all.count + 1, sizeof(*built));
	if (!built)
		fail("calloc");
	for (; *argv; argv++)
		if (strcmp(*argv, "%p") != 0)
			built[count++] = expand(*argv);
		else
			for (size_t i = 0; i < all.count; i++)
				built[count++] = strdup(all.pids[i]);
	return built;
}

static void discard(char **argv)
{
	for (size_t i = 0; argv[i]; i++)
		free(argv[i]);
	free(argv);
}

/* "100 tasks stood still for 1.7 ms", in the last line. */
static int64_t parse_still(void)
{
	static const char phrase[] = "stood still for ";
	char text[256];
	off_t length = lseek(all.output, 0, SEEK_END), start = length - (off_t)sizeof(text) + 1;
	ssize_t got = pread(all.output, text, sizeof(text) - 1, start > 0 ? start : 0);
	const char *at;

	text[got > 0 ? got : 0] = '\0';
	at = strstr(text, phrase);
	return at ? (int64_t)(strtod(at + strlen(phrase), NULL) * 1000 + 0.5) : 0;
}

static void show_output(void)
{
	char text[1024];
	ssize_t got = pread(all.output, text, sizeof(text), 0);

	if (got > 0)
		fwrite(text, 1, (size_t)got, stderr);
}

static struct sample run(const struct contender *contender)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	struct sample sample;
	char **argv;
	pid_t child;
	int status;

	list_pids();
	argv = build(contender->argv);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, all.output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, all.output, STDERR_FILENO);
	if (ftruncate(all.output, 0) < 0)
		fail("ftruncate");
	lseek(all.output, 0, SEEK_SET);
	sample.time = now();
	errno = posix_spawn(&child, argv[0], &actions, NULL, argv, environ);
	if (errno || wait4(child, &status, 0, &usage) < 0)
		fail(argv[0]);
	sample.time = now() - sample.time;
	posix_spawn_file_actions_destroy(&actions);
	discard(argv);
	if (status) {
		fprintf(stderr, "%s: wait status %#x\n", contender->name, (unsigned)status);
		show_output();
		exit(1);
	}
	sample.rss = usage.ru_maxrss;
	sample.still = parse_still();
	verify(contender);
	all.from = !all.from;
	return sample;
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

static size_t parse_dirs(char *text)
{
	size_t count = 0;
	char *dir;

	while ((dir = strsep(&text, ":")) && count < MOST_DIRS)
		all.dirs[count++] = dir;
	return dir ? 0 : count;
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

static double median(const int64_t *values, size_t count)
{
	return (double)(values[count / 2] + values[(count - 1) / 2]) / 2;
}

static void print(const struct contender *contender, size_t rounds, int64_t *values[3])
{
	for (size_t i = 0; i < rounds; i++) {
		values[0][i] = contender->samples[i].time;
		values[1][i] = contender->samples[i].rss;
		values[2][i] = contender->samples[i].still;
	}
	for (int i = 0; i < 3; i++)
		qsort(values[i], rounds, sizeof(*values[i]), compare);
	printf("%s\t%.1f\t%.1f\t%.1f\t%.0f\t%.0f\t%.0f\n", contender->name,
	       median(values[0], rounds) / 1000, (double)values[0][0] / 1000,
	       (double)values[0][rounds - 1] / 1000, median(values[1], rounds),
	       median(values[2], rounds), (double)values[2][rounds - 1]);
}

static void prepare(size_t count, size_t rounds, int64_t *values[3])
{
	all.output = memfd_create("output", MFD_CLOEXEC);
	all.pids = calloc(all.count + 1, sizeof(*all.pids));
	if (all.output < 0 || !all.pids)
		fail("memfd_create");
	for (int i = 0; i < 3; i++)
		if (!(values[i] = calloc(rounds, sizeof(*values[i]))))
			fail("calloc");
	for (size_t i = 0; i < count; i++) {
		contenders[i].samples = calloc(rounds, sizeof(struct sample));
		if (!contenders[i].samples)
			fail("calloc");
		run(&contenders[i]); /* once unmeasured: into the page cache */
	}
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 7 ? strtoul(argv[1], NULL, 10) : 0, count = 0, order[MOST];
	int64_t *values[3];

	if (rounds) {
		all.count = strtoul(argv[2], NULL, 10);
		all.containers[0] = argv[3];
		all.containers[1] = argv[4];
		all.dir_count = parse_dirs(argv[5]);
		count = parse(argv + 6);
	}
	if (!count || !all.count || !all.dir_count) {
		fputs("usage: shuttle ROUNDS COUNT ONE TWO DIR[:DIR]... NAME COMMAND [ARG...] [; ...]\n", stderr);
		return 2;
	}
	prepare(count, rounds, values);
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t round = 0; round < rounds; round++) {
		shuffle(order, count);
		for (size_t i = 0; i < count; i++)
			contenders[order[i]].samples[round] = run(&contenders[order[i]]);
	}
	for (size_t i = 0; i < count; i++)
		print(&contenders[i], rounds, values);
	/* where they are now, for what comes next */
	printf("in\t%s\n", all.containers[all.from]);
	return 0;
}
