// SPDX-License-Identifier: MIT
/*
 * A child of the caller, who may have threads. Between its birth and execve(2) it is a copy of the caller in
 * which other threads may have left locks taken, malloc's too: it does nothing that takes one. Not a vfork(2)
 * that shares the memory: joining a cpuset binds what memory the process has to other nodes, and
 * that would be the caller's.
 *
 * It is born without a signal to send at its end, and so unseen by the caller's wait(2): a child that could not
 * join never was there. execve(2) makes it one like any other (SIGCHLD).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/audit_tasks.h"
#include "common/cleanup.h"
#include "common/join.h"
#include "common/reap.h"
#include "common/state.h"
#include "lib/handle.h"
#include "lib/worker.h"

/* What a child that fails tells its parent, in memory that both share. */
struct failure {
	bool failed;
	struct ct_error err;
};

struct start {
	const struct ct_container *container;
	const struct ct_place *born;	/* where it is already, or NULL */
	char *const *argv;
	const struct libct_spawn_how *how;
	struct worker_signals before;
	struct failure *failure;
};

/* ---- The child --------------------------------------------------------------- */

static int join(const struct start *start, struct ct_error *err)
{
	int result = 0;

	for (size_t i = 0; result >= 0 && i < start->container->count; i++) {
		struct ct_place *place = &start->container->places[i];
		pid_t self = 0;
		size_t done;

		if (place != start->born)
			result = place->hierarchy->ops->attach(place, CT_ATTACH_SELF, &self, 1, &done, err);
	}
	return result < 0 ? result : ct_join_settle(start->container, err);
}

/* Those that are in each other's way are moved up first. */
static int set_standard(const int32_t *standard, struct ct_error *err)
{
	int fds[3];

	for (int i = 0; i < 3; i++) {
		fds[i] = standard[i];
		if (fds[i] >= 0 && fds[i] < 3 && fds[i] != i)
			fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
		if (fds[i] < 0 && standard[i] >= 0)
			return ct_fail(err, "cannot take descriptor %d for its %d", standard[i], i);
	}
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0 && (fds[i] == i ? fcntl(i, F_SETFD, 0) : dup2(fds[i], i)) < 0)
			return ct_fail(err, "cannot take descriptor %d for its %d", standard[i], i);
	return 0;
}

static int become(const struct start *start, struct ct_error *err)
{
	const struct libct_spawn_how *how = start->how;
	int result = join(start, err);

	if (result >= 0)
		result = set_standard(how->standard, err);
	if (result >= 0 && how->directory && chdir(how->directory) < 0)
		return ct_fail(err, "cannot change to its directory %s", how->directory);
	if (result < 0)
		return result;
	worker_reset_signals();
	worker_unblock(&start->before);
	execvpe(start->argv[0], start->argv, how->environment ? how->environment : environ);
	return ct_fail(err, "cannot run %s", start->argv[0]);
}

__attribute__((noreturn)) static void child(const struct start *start)
{
	if (become(start, &start->failure->err) < 0)
		start->failure->failed = true;
	_exit(EXIT_FAILURE);
}

/* ---- The caller -------------------------------------------------------------- */

static const struct ct_place *find_v2(const struct ct_container *container)
{
	for (size_t i = 0; i < container->count; i++)
		if (container->places[i].hierarchy->version == 2)
			return &container->places[i];
	return NULL;
}

/*
 * The thread sanitizer is not told of such a child, where it would find races with threads that are not there,
 * and wait for ever to report them.
 */
#ifdef __SANITIZE_THREAD__
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
#endif

static void overlook(bool yes)
{
#ifdef __SANITIZE_THREAD__
	(yes ? AnnotateIgnoreReadsBegin : AnnotateIgnoreReadsEnd)(__FILE__, __LINE__);
	(yes ? AnnotateIgnoreWritesBegin : AnnotateIgnoreWritesEnd)(__FILE__, __LINE__);
#else
	(void)yes;
#endif
}

/* The caller goes on when the child has become the command, or has ended. */
static pid_t clone_child(struct start *start)
{
	const struct ct_place *v2 = find_v2(start->container);
	struct clone_args arguments = { .flags = CLONE_VFORK | CLONE_INTO_CGROUP, .cgroup = v2 ? (uint64_t)v2->fd : 0 };
	long pid = -1;

	start->born = v2;
	overlook(true);
	if (v2)
		pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid < 0) { /* not in v2, or a kernel that cannot: it joins, and a refusal is explained there */
		start->born = NULL;
		/* all else is 0, in whatever order this processor has it */
		pid = syscall(SYS_clone, worker_is_watched() ? 0 : CLONE_VFORK, 0, 0, 0, 0);
	}
	if (pid == 0)
		child(start);
	overlook(false);
	return (pid_t)pid;
}

/* Before execve(2), after which __WCLONE does not find it any more: then it is the caller's to wait for. */
static bool has_ended(pid_t pid)
{
	long ended;

	do { /* it is one or the other by now, unless there was no vfork */
		ended = syscall(SYS_wait4, pid, NULL, __WCLONE | WNOHANG, NULL);
	} while (ended == 0 && usleep(1000) == 0);
	return ended == pid;
}

static void explain_end(const struct failure *failure, const char *name, struct ct_error *err)
{
	if (failure->failed)
		*err = failure->err;
	else
		ct_failx(err, ECANCELED, "the process that was to become %s has been killed", name);
}

static int start_child(const struct ct_container *container, char *const argv[], const struct libct_spawn_how *how,
		       pid_t *ret_pid, struct ct_error *err)
{
	struct failure *failure = mmap(NULL, sizeof(*failure), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct start start = { .container = container, .argv = argv, .how = how, .failure = failure };
	int code;
	pid_t pid;

	if (failure == MAP_FAILED)
		return ct_failx(err, ENOMEM, "out of memory");
	worker_block(&start.before);
	pid = clone_child(&start);
	code = errno;
	worker_unblock(&start.before);
	if (pid < 0)
		ct_failx(err, code, "cannot start a process: %s", strerror(code));
	else if (has_ended(pid))
		explain_end(failure, argv[0], err);
	munmap(failure, sizeof(*failure));
	if (err->code)
		return -err->code;
	*ret_pid = pid;
	return 0;
}

/* ---- Records, which a worker writes ------------------------------------------ */

struct record {
	const struct ct_container *container;
	char *const *argv;
	pid_t pid;
	int error;
};

static int write_record(const void *argument, uint64_t *numbers, struct ct_error *err)
{
	const struct record *record = argument;
	char words[2048] = "";
	struct ct_audit audit = { .op = "exec", .command = words, .pids = &record->pid, .count = record->pid != 0,
				  .error = record->error };
	int result = ct_audit_begin("libct", err);

	(void)numbers;
	for (char *const *word = record->argv; *word; word++) {
		strlcat(words, *word, sizeof(words));
		strlcat(words, word[1] ? " " : "", sizeof(words));
	}
	return result < 0 ? result : ct_audit_container(record->container, &audit, err);
}

/* What is wrong with the audit system or an unfinished move is found out before anything runs. */
static int prepare(const void *argument, uint64_t *numbers, struct ct_error *err)
{
	(void)argument;
	(void)numbers;
	return worker_begin(false, NULL, err);
}

static int start_in(const struct libct *ct, const char *name, char *const argv[], const struct libct_spawn_how *how,
		    pid_t *ret_pid, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_reap_clear) struct ct_reap reap = CT_REAP_NONE;
	const char *audit = secure_getenv("CT_AUDIT");
	uint64_t numbers[WORKER_NUMBERS];
	struct ct_state_pending pending;
	struct ct_error ignored = { 0 };
	struct record record;
	int result = 0;

	ct_state_pending(&pending);
	if (pending.marks || pending.journal || (audit && *audit && strcmp(audit, "off") != 0))
		result = worker_run(prepare, NULL, numbers, err);
	if (result >= 0)
		result = handle_hierarchies(ct, false, &all, err);
	if (result < 0)
		return result;
	if (pending.marks) /* it deletes itself: not now */
		ct_reap_enter(&all, name, &reap);
	result = ct_container_open(&all, name, handle_is_exact(ct), &container, err);
	if (result >= 0)
		result = start_child(&container, argv, how, ret_pid, err);
	reap.done = reap.done || result >= 0;
	if (result < 0)
		ct_fail_in(err, "%s", name);
	if (!container.count || !ct_audit_on())
		return result;
	record = (struct record){ .container = &container, .argv = argv, .pid = result < 0 ? 0 : *ret_pid,
				  .error = result < 0 ? err->code : 0 };
	worker_run(write_record, &record, numbers, &ignored); /* it runs already: what is lost is lost */
	return result;
}

static int spawn(const struct libct *ct, const char *container, char *const argv[], const struct libct_spawn_how *given,
		 pid_t *ret_pid, struct ct_error *err)
{
	struct libct_spawn_how how = LIBCT_SPAWN_INIT;
	int result = given ? handle_take(&how, sizeof(how), given, err) : 0;

	if (result >= 0)
		result = handle_check(ct, container, how.flags, 0, err);
	if (result >= 0 && (!argv || !argv[0] || how.reserved))
		result = ct_failx(err, EINVAL, "%s: run what? there is no command", container);
	return result < 0 ? result : start_in(ct, container, argv, &how, ret_pid, err);
}

LIBCT_PUBLIC int libct_spawn(const struct libct *ct, const char *container, char *const argv[],
			     const struct libct_spawn_how *how, pid_t *ret_pid, struct libct_error *ret_err)
{
	struct ct_error err = { 0 };
	CALM;

	return handle_tell(ret_err, spawn(ct, container, argv, how, ret_pid, &err), &err);
}
