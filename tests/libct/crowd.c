// SPDX-License-Identifier: MIT
/*
 * crowd THREADS ROUNDS HIERARCHIES OLD NEW: a program with threads, a SIGCHLD handler and a loop that waits for any
 * child. Each thread has a child that forks all the time, and moves it with all below it back and forth, while
 * the others do; starts another one inside; and looks at all there is, by the handle that all share. Whatever is in neither container as a whole, any
 * child that is not ours, and anything of this process that is not as before, is told, and ends it with 1.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ct.h>

extern char **environ;

enum { MOST = 1 << 16 };

static const char *hierarchies, *containers[2];
static struct libct *shared;
static pthread_barrier_t end;
static int rounds;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t started[MOST], reaped[MOST];
static int started_count, reaped_count, failures;
static bool finished;

static void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void fail(const char *format, ...)
{
	va_list arguments;

	pthread_mutex_lock(&lock);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	failures++;
	pthread_mutex_unlock(&lock);
}

/* ---- Who may be in malloc(3) ------------------------------------------------------ */

/*
 * The allocators of the sanitizers do not survive the fork(2) of a program in which another thread is using
 * them: the child waits for ever for a lock of that one. There this program, which comes before the library, has
 * a fork() of its own, that goes ahead when no thread is within enter() and leave(). By nothing that the thread
 * sanitizer would take for an order among the threads.
 */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)

static int inside; /* how many; -1: one forks */
static __thread int depth;
static pid_t (*next_fork)(void);

__attribute__((constructor)) static void find_fork(void)
{
	next_fork = (pid_t (*)(void))dlsym(RTLD_NEXT, "fork");
}

__attribute__((no_sanitize("thread"))) static void change_inside(int from, int by)
{
	for (;;) {
		int now = __atomic_load_n(&inside, __ATOMIC_SEQ_CST);

		if ((from < 0 ? now >= 0 : now == from) &&
		    __atomic_compare_exchange_n(&inside, &now, now + by, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return;
		usleep(50);
	}
}

static void enter(void)
{
	if (!depth++)
		change_inside(-1, 1);
}

static void leave(void)
{
	if (!--depth)
		change_inside(-1, -1);
}

pid_t fork(void)
{
	int mine = depth != 0;
	pid_t pid;

	if (mine)
		change_inside(-1, -1);
	change_inside(0, -1);
	pid = next_fork();
	__atomic_store_n(&inside, 0, __ATOMIC_SEQ_CST); /* there is one such memory for each of the two */
	if (mine)
		change_inside(-1, 1);
	return pid;
}

#else

static void enter(void)
{
}

static void leave(void)
{
}

#endif

/* ---- What forks ---------------------------------------------------------------- */

static int fork_on(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(300);
	for (;;) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

/* ---- Where it is --------------------------------------------------------------- */

/* Whether all lines of the hierarchies end with the container; what has ended is nowhere. */
static void check_place(pid_t pid, const char *container)
{
	char path[64], line[1024];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		char *label = strchr(line, ':'), *where = label ? strchr(label + 1, ':') : NULL;

		line[strcspn(line, "\n")] = '\0';
		if (!where || !(*where = '\0', strstr(hierarchies, label + 1)) || !label[1])
			continue;
		/* a zombie that has been released is in the root of all of them */
		if (strcmp(where + 2, container) != 0 && where[2])
			fail("process %d is in %s of %s, not in %s", pid, where + 1, label + 1, container);
	}
	if (file)
		fclose(file);
}

static void check(pid_t pid, const char *container)
{
	char path[64], text[4096] = "";
	FILE *file;

	check_place(pid, container);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	file = fopen(path, "re");
	if (file && fgets(text, sizeof(text), file))
		for (char *at = text, *end; strtol(at, &end, 10) > 0; at = end)
			check_place((pid_t)strtol(at, NULL, 10), container);
	if (file)
		fclose(file);
}

/* ---- A thread ------------------------------------------------------------------ */

static void note_started(pid_t pid)
{
	pthread_mutex_lock(&lock);
	started[started_count++] = pid;
	pthread_mutex_unlock(&lock);
}

static void drop(int result, struct libct_list *const *filled, const char *what, const struct libct_error *err)
{
	struct libct_list *list = *filled;

	if (result < 0 || !libct_list_get(list, 0))
		fail("%s: %s", what, result < 0 ? err->text : "an empty list");
	if (result >= 0)
		libct_list_free(list);
}

static void look(const struct libct *ct, const char *container)
{
	struct libct_figures stat = LIBCT_FIGURES_INIT;
	struct libct_list *list = NULL;
	struct libct_error err;
	pid_t pids[16];

	errno = 4711;
	if (libct_stat(ct, container, &stat, &err) < 0 || !(stat.known & LIBCT_PROCESSES))
		fail("stat: %s", err.text);
	if (libct_processes(ct, container, LIBCT_RECURSIVE, pids, 16, &err) < 0)
		fail("processes: %s", err.text);
	drop(libct_where(ct, container, &list, &err), &list, "where", &err);
	drop(libct_containers(ct, container, LIBCT_RECURSIVE, &list, &err), &list, "containers", &err);
	drop(libct_hierarchies(ct, &list, &err), &list, "hierarchies", &err);
	if (libct_stat(ct, "nonexistent-container", &stat, &err) != -ENOENT)
		fail("what is not there has figures");
	if (errno != 4711)
		fail("errno is %d", errno);
}

static void one_round(const struct libct *ct, pid_t pid, int round)
{
	struct libct_move_how how = LIBCT_MOVE_INIT;
	char *command[] = { (char *)"true", NULL };
	const char *to = containers[round % 2];
	struct libct_error err = { .text = "" };
	pid_t born;

	how.flags = LIBCT_RECURSIVE;
	how.timeout = 20000; /* a busy machine */
	leave();
	errno = 4711;
	if (libct_move(ct, to, &pid, 1, &how, &err) < 0 || errno != 4711)
		fail("move: %s, errno %d", err.text, errno);
	enter();
	check(pid, to);
	errno = 4711;
	if (libct_spawn(ct, to, command, NULL, &born, &err) < 0 || errno != 4711)
		fail("spawn: %s, errno %d", err.text, errno);
	else
		note_started(born);
	look(ct, to);
}

static void *work(void *number)
{
	char *argv[] = { (char *)"crowd", (char *)"fork", NULL };
	struct libct_error err = { .text = "" };
	struct libct *ct;
	sigset_t before = { 0 }, after = { 0 }; /* of which the kernel fills in a part */
	pid_t pid;

	(void)number;
	enter();
	if (libct_open(NULL, hierarchies, &ct, &err) < 0 || posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ)) {
		printf("begin: %s\n", err.text);
		_exit(EXIT_FAILURE);
	}
	note_started(pid);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	for (int round = 0; round < rounds; round++)
		one_round(round % 3 ? shared : ct, pid, round);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	if (memcmp(&before, &after, sizeof(before)) != 0 || sched_getscheduler(0) != SCHED_OTHER)
		fail("a thread is not as before");
	kill(pid, SIGKILL);
	libct_close(ct);
	leave();
	pthread_barrier_wait(&end); /* a thread that ends gives back what malloc(3) kept for it */
	return NULL;
}

/* ---- The process --------------------------------------------------------------- */

static atomic_bool noticed;

static void notice(int signal)
{
	(void)signal;
	noticed = true;
}

static void *reap(void *argument)
{
	(void)argument;
	for (;;) {
		bool last;
		pid_t pid;

		pthread_mutex_lock(&lock);
		last = finished;
		pthread_mutex_unlock(&lock);
		pid = waitpid(-1, NULL, 0);
		if (pid > 0)
			reaped[reaped_count++] = pid;
		else if (errno == ECHILD && last)
			return NULL;
		else if (errno == ECHILD)
			usleep(200);
	}
}

static int compare(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

static void check_reaped(void)
{
	qsort(started, (size_t)started_count, sizeof(*started), compare);
	qsort(reaped, (size_t)reaped_count, sizeof(*reaped), compare);
	if (started_count != reaped_count || memcmp(started, reaped, (size_t)reaped_count * sizeof(*reaped)) != 0)
		fail("%d children were started, %d were waited for", started_count, reaped_count);
	if (!noticed)
		fail("there was no SIGCHLD");
}

/* What a library has no business to change. */
static void describe(char *text, size_t size)
{
	struct rlimit files;
	struct sigaction action;
	char directory[4096];
	size_t length;
	mode_t mask = umask(0);
	int fds = 0, subreaper = 0;
	DIR *dir = opendir("/proc/self/fd");

	umask(mask);
	while (dir && readdir(dir))
		fds++;
	if (dir)
		closedir(dir);
	getrlimit(RLIMIT_NOFILE, &files);
	prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
	length = (size_t)snprintf(text, size, "%d descriptors, umask %o, in %s, %s, limit %ju, group %d, session %d, nice %d, %d, signals",
				  fds, mask, getcwd(directory, sizeof(directory)), setlocale(LC_ALL, NULL),
				  (uintmax_t)files.rlim_cur, getpgrp(), getsid(0), getpriority(PRIO_PROCESS, 0), subreaper);
	for (int signal = 1; signal < NSIG && length < size; signal++)
		if (sigaction(signal, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			length += (size_t)snprintf(text + length, size - length, " %d:%d", signal, action.sa_flags);
}

int main(int argc, char **argv)
{
	char before[8192], after[8192];
	pthread_t threads[64], reaper;
	int count;

	if (argc == 2 && !strcmp(argv[1], "fork"))
		return fork_on();
	if (argc != 6)
		return 2;
	count = atoi(argv[1]);
	rounds = atoi(argv[2]);
	hierarchies = argv[3];
	containers[0] = argv[5];
	containers[1] = argv[4];
	signal(SIGCHLD, notice);
	signal(SIGUSR1, notice);
	signal(SIGPIPE, SIG_IGN);
	umask(027);
	setlocale(LC_ALL, "");
	if (libct_open(NULL, hierarchies, &shared, NULL) < 0)
		return EXIT_FAILURE;
	describe(before, sizeof(before));
	pthread_barrier_init(&end, NULL, (unsigned int)count);
	enter();
	pthread_create(&reaper, NULL, reap, NULL);
	for (int i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	leave();
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	pthread_mutex_lock(&lock);
	finished = true;
	pthread_mutex_unlock(&lock);
	pthread_join(reaper, NULL);
	libct_close(shared);
	check_reaped();
	describe(after, sizeof(after));
	if (strcmp(before, after) != 0)
		fail("before: %s\nafter:  %s", before, after);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
