// SPDX-License-Identifier: MIT
/*
 * strange HIERARCHIES OLD NEW: programs as there are some, each a child of this one, that moves itself to OLD and
 * to NEW, starts a command inside, and looks. What fails there, and what is seen that should not be, is told, with 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ct.h>

static const char *hierarchies, *containers[2];
static int report; /* a descriptor that is not one of the standard ones */

static int fail(const char *what, const char *why)
{
	dprintf(report, "%s: %s\n", what, why);
	return EXIT_FAILURE;
}

/* ---- What all of them do --------------------------------------------------------- */

static int look(const struct libct *ct)
{
	struct libct_figures stat = LIBCT_FIGURES_INIT;
	struct libct_list *list;
	struct libct_error err;
	pid_t pid;

	if (libct_stat(ct, containers[1], &stat, &err) < 0)
		return fail("stat", err.text);
	if (libct_processes(ct, containers[1], LIBCT_RECURSIVE, &pid, 1, &err) != 1 || pid != getpid())
		return fail("processes", "not this one alone");
	if (libct_containers(ct, NULL, LIBCT_RECURSIVE, &list, &err) < 0)
		return fail("containers", err.text);
	libct_list_free(list);
	return 0;
}

static int start(const struct libct *ct, int status_wanted)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"exit 3", NULL };
	struct libct_error err;
	int status = 0;
	pid_t pid;

	if (libct_spawn(ct, containers[1], argv, NULL, &pid, &err) < 0)
		return fail("spawn", err.text);
	if (status_wanted < 0) /* nobody is told how it ended */
		return waitpid(pid, &status, 0) < 0 && errno == ECHILD ? 0 : fail("spawn", "it could be waited for");
	return waitpid(pid, &status, 0) == pid && status == status_wanted ? 0 : fail("spawn", "another status");
}

static int use(int status_wanted)
{
	struct libct_error err;
	struct libct *ct;
	pid_t self = getpid();
	int result;

	if (libct_open(NULL, hierarchies, &ct, &err) < 0)
		return fail("open", err.text);
	for (int i = 0; i < 2; i++)
		if (libct_move(ct, containers[i], &self, 1, NULL, &err) < 0)
			return fail("move", err.text);
	result = look(ct);
	if (!result)
		result = start(ct, status_wanted);
	libct_close(ct);
	if (!result && waitpid(-1, NULL, WNOHANG | __WALL) != -1)
		return fail("wait", "there is a child");
	return result;
}

static int usual(void)
{
	return use(3 << 8);
}

/* ---- What is strange about them -------------------------------------------------- */

static int closed(void)
{
	close(0);
	close(1);
	close(2);
	return usual();
}

static int few_files(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 16;
	close_range((unsigned int)report + 1, ~0U, 0); /* what else was handed down to us */
	setrlimit(RLIMIT_NOFILE, &limit);
	return usual();
}

static int no_files_to_write(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 0;
	setrlimit(RLIMIT_FSIZE, &limit);
	signal(SIGXFSZ, SIG_IGN); /* to fail() */
	return usual();
}

static int ignores_children(void)
{
	signal(SIGCHLD, SIG_IGN);
	return use(-1);
}

static int blocks_all(void)
{
	sigset_t all, before = { 0 }, after = { 0 };

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigprocmask(SIG_SETMASK, NULL, &before);
	raise(SIGTERM); /* pending, and nothing for those who work for it */
	raise(SIGCHLD);
	if (usual())
		return EXIT_FAILURE;
	sigprocmask(SIG_SETMASK, NULL, &after);
	sigpending(&all);
	return !memcmp(&before, &after, sizeof(before)) && sigismember(&all, SIGTERM) ? 0 : fail("mask", "changed");
}

static int subreaper(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return usual();
}

static int nowhere(void)
{
	char directory[] = "/tmp/strange.XXXXXX";

	if (!mkdtemp(directory) || chdir(directory) < 0 || rmdir(directory) < 0)
		return fail("mkdtemp", strerror(errno));
	return usual();
}

static int mask_of_all(void)
{
	umask(0777);
	return usual();
}

static int large_environment(void)
{
	static char text[1 << 16];

	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 12; i++) {
		char name[32];

		snprintf(name, sizeof(name), "LARGE%d", i);
		setenv(name, text, 1);
	}
	return usual();
}

static void *on_a_small_stack(void *ret_status)
{
	*(int *)ret_status = usual();
	return NULL;
}

static int small_stack(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int status = EXIT_FAILURE;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 1 << 16);
	if (pthread_create(&thread, &attributes, on_a_small_stack, &status))
		return fail("pthread_create", "failed");
	pthread_join(thread, NULL);
	return status;
}

static const struct {
	const char *name;
	int (*run)(void);
} programs[] = {
	{ "as usual", usual },
	{ "without descriptors 0 to 2", closed },
	{ "with 16 descriptors", few_files },
	{ "that may write no file", no_files_to_write },
	{ "that ignores SIGCHLD", ignores_children },
	{ "that blocks all signals, some pending", blocks_all },
	{ "that is a subreaper", subreaper },
	{ "whose directory is gone", nowhere },
	{ "with a umask of 777", mask_of_all },
	{ "with a large environment", large_environment },
	{ "with a stack of 64 KiB", small_stack },
};

int main(int argc, char **argv)
{
	int failures = 0;

	if (argc != 4)
		return 2;
	hierarchies = argv[1];
	containers[0] = argv[2];
	containers[1] = argv[3];
	report = dup3(1, 3, O_CLOEXEC);
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			alarm(30);
			exit(programs[i].run());
		}
		if (waitpid(pid, &status, 0) == pid && status == 0)
			continue;
		printf("a program %s: %d\n", programs[i].name, status);
		fflush(stdout);
		failures++;
	}
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
