// SPDX-License-Identifier: MIT
/*
 * host [-H HIERARCHIES] VERB CONTAINER ARGUMENT...: a program that uses libct, and nothing else of ct. A failure
 * is printed as "error CODE TORN TEXT", and ends it with 1.
 *
 *	create where containers processes stat thaw CONTAINER	the call of that name
 *	remove CONTAINER [-r]
 *	limit CONTAINER			how many tasks may be in it
 *	freeze CONTAINER [MILLISECONDS]
 *	kill CONTAINER SIGNAL		waits; below it, too
 *	move CONTAINER PID...		-PID: with all its descendants; @NAME: from that container
 *	self CONTAINER			this process moves itself, with all below it
 *	spawn CONTAINER COMMAND...	and waits for it as for any child
 *	misuse CONTAINER		what makes no sense is refused
 *	times CONTAINER OTHER COUNT PID	moves it back and forth; prints the median, in microseconds
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ct.h>

static struct libct *ct;
static struct libct_error err;

static int done(int result)
{
	if (result >= 0)
		return EXIT_SUCCESS;
	if (result != -err.code)
		printf("returned %d\n", result);
	printf("error %s%s %s\n", strerrorname_np(err.code), err.torn ? " torn" : "", err.text);
	return EXIT_FAILURE;
}

static int print_list(int result, struct libct_list *const *filled)
{
	struct libct_list *list = *filled;

	for (size_t i = 0; result >= 0 && i < libct_list_count(list); i++)
		puts(libct_list_get(list, i));
	if (result >= 0)
		libct_list_free(list);
	return done(result);
}

static int move(const char *container, char **words)
{
	struct libct_move_how how = LIBCT_MOVE_INIT;
	pid_t pids[64];
	size_t count = 0;
	int result;

	for (; *words && count < 64; words++) {
		if (**words == '@') {
			how.from = *words + 1;
			continue;
		}
		if (**words == '-')
			how.flags |= LIBCT_RECURSIVE;
		pids[count++] = abs(atoi(*words));
	}
	result = libct_move(ct, container, pids, count, &how, &err);
	if (result >= 0)
		printf("moved %llu\n", (unsigned long long)how.moved);
	return done(result);
}

static int self(const char *container)
{
	struct libct_move_how how = LIBCT_MOVE_INIT;
	pid_t pid = getpid();
	char text[4096];
	FILE *file;
	int result;

	how.flags = LIBCT_RECURSIVE;
	result = libct_move(ct, container, &pid, 1, &how, &err);
	if (result < 0)
		return done(result);
	printf("moved %llu\n", (unsigned long long)how.moved);
	file = fopen("/proc/self/cgroup", "re");
	while (file && fgets(text, sizeof(text), file))
		fputs(text, stdout);
	return file ? fclose(file) : EXIT_FAILURE;
}

static int spawn(const char *container, char **argv)
{
	struct libct_spawn_how how = LIBCT_SPAWN_INIT;
	int status, result;
	pid_t pid;

	how.standard[0] = how.standard[1] = 1;
	result = libct_spawn(ct, container, argv, &how, &pid, &err);
	if (result < 0)
		return done(result);
	if (waitpid(-1, &status, 0) != pid)
		return EXIT_FAILURE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int print_stat(const char *container)
{
	struct libct_figures stat = LIBCT_FIGURES_INIT;
	int result = libct_stat(ct, container, &stat, &err);

	if (result >= 0)
		printf("processes %llu state %llu\n", (unsigned long long)stat.processes,
		       stat.known & LIBCT_STATE ? (unsigned long long)stat.state : 9);
	return done(result);
}

static int print_limit(const char *container)
{
	struct libct_figures stat = LIBCT_FIGURES_INIT;
	int result = libct_stat(ct, container, &stat, &err);

	if (result >= 0 && stat.known & LIBCT_PIDS_LIMIT)
		printf("%llu\n", (unsigned long long)stat.pids_limit);
	else if (result >= 0)
		puts("none");
	return done(result);
}

static int print_processes(const char *container)
{
	pid_t pids[4096];
	int count = libct_processes(ct, container, LIBCT_RECURSIVE, pids, 4096, &err);

	for (int i = 0; i < count; i++)
		printf("%d\n", pids[i]);
	return done(count);
}

#define REFUSED(number, call)                                                                 \
	do {                                                                                  \
		memset(&err, 0, sizeof(err));                                                 \
		int got_ = (call);                                                            \
		if (got_ != -(number) || err.code != (number) || !*err.text || err.torn) {        \
			printf("%s: %d, %d \"%s\"\n", #call, got_, err.code, err.text);       \
			return EXIT_FAILURE;                                                  \
		}                                                                             \
	} while (0)

static int misuse(const char *container)
{
	struct libct_move_how how = LIBCT_MOVE_INIT, no_size = { 0 };
	struct { struct libct_move_how known; uint64_t later; } longer = { LIBCT_MOVE_INIT, 0 };
	struct libct_spawn_how start = LIBCT_SPAWN_INIT;
	struct libct_figures stat = { 0 };
	struct libct_list *list = NULL;
	char *none[] = { NULL }, *missing[] = { (char *)"/nonexistent/command", NULL }, *true_[] = { (char *)"true", NULL };
	struct libct *other;
	pid_t self = getpid(), pid = 0, gone = 4194305;

	REFUSED(EINVAL, libct_create(NULL, container, 0, &err));
	REFUSED(EINVAL, libct_create(ct, NULL, 0, &err));
	REFUSED(EINVAL, libct_create(ct, container, LIBCT_REMOVE, &err));
	REFUSED(EINVAL, libct_remove(ct, container, UINT64_C(1) << 63, &err));
	REFUSED(EINVAL, libct_create(ct, "a/../b", 0, &err));
	REFUSED(EEXIST, libct_create(ct, container, 0, &err));
	REFUSED(ENOENT, libct_remove(ct, "nonexistent-container", 0, &err));
	REFUSED(ENOENT, libct_mountpoint(ct, "nonexistent", &list, &err));
	REFUSED(EINVAL, libct_move(ct, container, NULL, 0, NULL, &err));
	REFUSED(EINVAL, libct_move(ct, container, &self, 1, &no_size, &err));
	REFUSED(ESRCH, libct_move(ct, container, &gone, 1, NULL, &err));
	REFUSED(ENOENT, libct_move(ct, "nonexistent-container", &self, 1, NULL, &err));
	how.flags = LIBCT_THREADS | LIBCT_RECURSIVE;
	REFUSED(EINVAL, libct_move(ct, container, &self, 1, &how, &err));
	longer.known.size = sizeof(longer);
	longer.later = 1;
	REFUSED(E2BIG, libct_move(ct, container, &self, 1, &longer.known, &err));
	longer.later = 0; /* then it is as good as what is known */
	REFUSED(ESRCH, libct_move(ct, container, &gone, 1, &longer.known, &err));
	REFUSED(EINVAL, libct_spawn(ct, container, none, NULL, &pid, &err));
	REFUSED(ENOENT, libct_spawn(ct, container, missing, NULL, &pid, &err));
	start.directory = "/nonexistent";
	REFUSED(ENOENT, libct_spawn(ct, container, true_, &start, &pid, &err));
	start.directory = NULL;
	start.standard[1] = 1000;
	REFUSED(EBADF, libct_spawn(ct, container, true_, &start, &pid, &err));
	REFUSED(ENOENT, libct_spawn(ct, "nonexistent-container", true_, NULL, &pid, &err));
	REFUSED(EINVAL, libct_kill(ct, container, 0, 0, 0, &err));
	REFUSED(EINVAL, libct_kill(ct, container, 1000, 0, 0, &err));
	REFUSED(EINVAL, libct_stat(ct, container, &stat, &err));
	REFUSED(ENOENT, libct_containers(ct, "nonexistent-container", 0, &list, &err));
	REFUSED(ENOENT, libct_open(NULL, "nonexistent", &other, &err));
	REFUSED(ENOENT, libct_open("nonexistent-container", NULL, &other, &err));
	if (libct_create(ct, container, 0, NULL) != -EEXIST) /* who does not want to know why */
		return EXIT_FAILURE;
	/* a child that could not become a command was never there */
	if (pid || list || waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
		return EXIT_FAILURE;
	libct_close(NULL);
	libct_list_free(NULL);
	return EXIT_SUCCESS;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int times(char *const containers[2], int count, pid_t pid)
{
	double took[1000];

	for (int i = 0; i < count && i < 1000; i++) {
		struct timespec before, after;
		int result;

		clock_gettime(CLOCK_MONOTONIC, &before);
		result = libct_move(ct, containers[i % 2], &pid, 1, NULL, &err);
		clock_gettime(CLOCK_MONOTONIC, &after);
		if (result < 0)
			return done(result);
		took[i] = (double)(after.tv_sec - before.tv_sec) * 1e6 + (double)(after.tv_nsec - before.tv_nsec) / 1e3;
	}
	qsort(took, (size_t)count, sizeof(*took), compare);
	printf("%.0f\n", took[count / 2]);
	return EXIT_SUCCESS;
}

static int run(const char *verb, const char *container, char **words)
{
	struct libct_list *list = NULL;

	if (!strcmp(verb, "create"))
		return done(libct_create(ct, container, LIBCT_PARENTS, &err));
	if (!strcmp(verb, "remove"))
		return done(libct_remove(ct, container, *words ? LIBCT_RECURSIVE : 0, &err));
	if (!strcmp(verb, "where"))
		return print_list(libct_where(ct, container, &list, &err), &list);
	if (!strcmp(verb, "containers"))
		return print_list(libct_containers(ct, container, LIBCT_RECURSIVE, &list, &err), &list);
	if (!strcmp(verb, "processes"))
		return print_processes(container);
	if (!strcmp(verb, "stat"))
		return print_stat(container);
	if (!strcmp(verb, "limit"))
		return print_limit(container);
	if (!strcmp(verb, "freeze"))
		return done(libct_freeze(ct, container, *words ? (uint64_t)atoi(*words) : 0, &err));
	if (!strcmp(verb, "thaw"))
		return done(libct_thaw(ct, container, &err));
	if (!strcmp(verb, "kill") && *words)
		return done(libct_kill(ct, container, atoi(*words), LIBCT_RECURSIVE | LIBCT_WAIT, 0, &err));
	if (!strcmp(verb, "move"))
		return move(container, words);
	if (!strcmp(verb, "self"))
		return self(container);
	if (!strcmp(verb, "spawn") && *words)
		return spawn(container, words);
	if (!strcmp(verb, "misuse"))
		return misuse(container);
	if (!strcmp(verb, "times") && words[0] && words[1] && words[2])
		return times((char *const[]){ (char *)container, words[0] }, atoi(words[1]), atoi(words[2]));
	fprintf(stderr, "host: %s: no such verb\n", verb);
	return 2;
}

int main(int argc, char **argv)
{
	const char *hierarchies = NULL;
	int status;

	if (argc > 2 && !strcmp(argv[1], "-H")) {
		hierarchies = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc < 3)
		return 2;
	if (libct_open(NULL, hierarchies, &ct, &err) < 0)
		return done(-err.code);
	status = run(argv[1], argv[2], argv + 3);
	libct_close(ct);
	return status;
}
