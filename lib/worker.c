// SPDX-License-Identifier: MIT
#include "lib/worker.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/audit.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/own.h"
#include "common/reap.h"
#include "common/recover.h"
#include "common/state.h"

enum { STACK = 1 << 20 }; /* below the size for which the kernel would take huge pages */

/* What is handed back, in memory that all three share. */
struct outcome {
	pid_t launcher;
	int failure;	/* of the launcher: an errno */
	bool done;	/* by the worker, as is what follows */
	int result;
	struct ct_error err;
	uint64_t numbers[WORKER_NUMBERS];
};

struct work {
	int (*act)(const void *job, uint64_t *numbers, struct ct_error *err);
	const void *job;
	struct outcome *outcome;
	pid_t caller;
};

/* ---- Signals ----------------------------------------------------------------- */

/* As the kernel has it, for libc's own calls leave out two. */
enum { SIGNAL_BYTES = (_NSIG - 1) / 8 };

void worker_block(struct worker_signals *ret_before)
{
	struct worker_signals all;

	memset(&all, 0xff, sizeof(all));
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, ret_before, SIGNAL_BYTES);
}

void worker_unblock(const struct worker_signals *before)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, before, NULL, SIGNAL_BYTES);
}

void worker_reset_signals(void)
{
	const struct sigaction standard = { .sa_handler = SIG_DFL };

	for (int signal = 1; signal < _NSIG; signal++) {
		struct sigaction action;

		if (sigaction(signal, NULL, &action) == 0 && action.sa_handler != SIG_DFL &&
		    action.sa_handler != SIG_IGN)
			sigaction(signal, &standard, NULL);
	}
}

/* ---- The worker -------------------------------------------------------------- */

int worker_begin(bool moves, bool *ret_marks, struct ct_error *err)
{
	struct ct_state_pending pending;
	struct ct_error why = { 0 };
	int result = ct_audit_begin("libct", err);

	if (result < 0)
		return result;
	ct_state_pending(&pending);
	if (ret_marks)
		*ret_marks = pending.marks;
	if (pending.marks)
		ct_reap_wake();
	if (!pending.journal || ct_recover_pending("", &why) >= 0 || !moves)
		return 0;
	*err = why;
	return ct_fail_in(err, "a move that was left unfinished");
}

int worker_look(const struct libct *ct, bool for_new, struct ct_hierarchies *ret_all, struct ct_error *err)
{
	int result = worker_begin(false, NULL, err);

	return result < 0 ? result : handle_hierarchies(ct, for_new, ret_all, err);
}

int worker_conclude(const char *op, const char *container, int result, struct ct_error *err)
{
	ct_audit_conclude(&(struct ct_audit){ .op = op, .container = container, .error = result < 0 ? err->code : 0 });
	return result < 0 ? ct_fail_in(err, "%s", container) : 0;
}

/* A record that was lost is a failure where records are required. */
static int check_record(int result, struct ct_error *err)
{
	struct ct_error lost;

	if (result < 0 || !ct_audit_required() || !ct_audit_lost(&lost))
		return result;
	*err = lost;
	err->torn = true;
	return -err->code;
}

/* What the caller allows himself in descriptors and in the size of files is not for what is done here. */
static void raise_limits(void)
{
	static const __typeof__(RLIMIT_NOFILE) resources[] = { RLIMIT_NOFILE, RLIMIT_FSIZE };
	struct rlimit limit;

	for (size_t i = 0; i < sizeof(resources) / sizeof(*resources); i++) {
		if (getrlimit(resources[i], &limit) < 0)
			continue;
		limit.rlim_cur = limit.rlim_max;
		setrlimit(resources[i], &limit);
	}
}

__attribute__((noreturn)) static void work(struct work *work)
{
	struct outcome *outcome = work->outcome;
	struct ct_error err = { 0 };
	int result;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != outcome->launcher)
		_exit(EXIT_FAILURE);
	setsid(); /* what stops or ends the caller's group is not for us */
	prctl(PR_SET_NAME, "ct-worker");
	worker_reset_signals();
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	raise_limits();
	ct_own_work_for(work->caller);
	result = work->act(work->job, outcome->numbers, &err);
	outcome->result = check_record(result, &err);
	outcome->err = err;
	outcome->done = true;
	_exit(EXIT_SUCCESS);
}

/* ---- The launcher ------------------------------------------------------------ */

/*
 * It runs on the caller's thread descriptor while that thread sleeps: errno is that thread's, and what
 * a pthread_cancel(3) ends would be it. So these are system calls and nothing more.
 */
static bool leave_descriptors(void)
{
	long fd;

	if (syscall(SYS_close_range, 0, ~0U, CLOSE_RANGE_UNSHARE) < 0) {
		if (unshare(CLONE_FILES) < 0)
			return false;
		ct_file_close_range(0, ~0U);
	}
	/* what is opened from here on must not become one of the standard ones; see daemon.h */
	do {
		fd = syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
	} while (fd >= 0 && fd < STDERR_FILENO);
	return fd == STDERR_FILENO;
}

static int launch(void *argument)
{
	struct work *job = argument;
	pid_t worker;

	syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	job->outcome->launcher = (pid_t)syscall(SYS_getpid);
	if (syscall(SYS_getppid) != job->caller)
		return 0;
	if (!leave_descriptors() || syscall(SYS_chdir, "/") < 0) {
		job->outcome->failure = errno;
		return 0;
	}
	worker = fork();
	if (worker == 0)
		work(job);
	if (worker < 0)
		job->outcome->failure = errno;
	while (worker > 0 && syscall(SYS_wait4, worker, NULL, 0, NULL) < 0 && errno == EINTR)
		;
	return 0;
}

/*
 * The caller's thread is to sleep like any other that waits, and not as that of a vfork(2) does, which v1
 * cannot freeze: it may be what is moved. valgrind(1) knows no other child than that of a vfork(2) and
 * ends the program; it has a function of this name everywhere.
 */
static int choose_flags(void)
{
	return CLONE_VM | (worker_is_watched() ? CLONE_VFORK : CLONE_FILES);
}

bool worker_is_watched(void)
{
	return dlsym(RTLD_DEFAULT, "_vgnU_freeres");
}

static int run(struct work *work, char *stack, struct ct_error *err)
{
	struct worker_signals before;
	pid_t launcher;

	worker_block(&before);
	launcher = clone(launch, stack + STACK, choose_flags(), work);
	if (launcher < 0)
		work->outcome->failure = errno;
	while (launcher > 0 && syscall(SYS_wait4, launcher, NULL, __WALL, NULL) < 0 && errno == EINTR)
		;
	worker_unblock(&before);
	if (work->outcome->failure)
		return ct_failx(err, work->outcome->failure, "cannot start the process that is to do it: %s", strerror(work->outcome->failure));
	if (work->outcome->done)
		return work->outcome->result;
	err->torn = true;
	return ct_failx(err, ECANCELED,
			"the process that was doing it has been killed: a move is taken back by its guard, of all else look what is left");
}

int worker_run(int (*act)(const void *job, uint64_t *numbers, struct ct_error *err), const void *job,
	       uint64_t numbers[WORKER_NUMBERS], struct ct_error *err)
{
	struct outcome *outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE,
			   -1, 0);
	struct work work = { .act = act, .job = job, .outcome = outcome, .caller = getpid() };
	int result;

	if (outcome == MAP_FAILED || stack == MAP_FAILED) {
		result = ct_failx(err, ENOMEM, "out of memory");
	} else {
		result = run(&work, stack, err);
		if (outcome->done) {
			memcpy(numbers, outcome->numbers, sizeof(outcome->numbers));
			if (result < 0)
				*err = outcome->err;
		}
	}
	if (outcome != MAP_FAILED)
		munmap(outcome, sizeof(*outcome));
	if (stack != MAP_FAILED)
		munmap(stack, STACK);
	return result;
}
