// SPDX-License-Identifier: MIT
#include "common/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/join.h"

/* What a child that fails tells its parent. */
struct failure {
	bool joined;
	struct ct_error err;
};

static const struct ct_place *find_v2(const struct ct_container *container)
{
	for (size_t i = 0; i < container->count; i++)
		/* one that was made just now has not been opened yet */
		if (container->places[i].hierarchy->version == 2 &&
		    ct_place_open(&container->places[i]) == 0)
			return &container->places[i];
	return NULL;
}

/*
 * fork(2), into place if the kernel can (since 5.7); *ret_born is then set. Where it cannot
 * or will not, the child joins like any other, and the refusal is explained there.
 */
static pid_t fork_into(const struct ct_place *place, bool *ret_born)
{
	struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = place ? (uint64_t)place->fd : 0,
	};
	pid_t pid = -1;

	if (place)
		pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	*ret_born = pid >= 0;
	return pid >= 0 ? pid : fork();
}

__attribute__((noreturn)) static void child(const struct ct_container *container,
					    const struct ct_place *born, char *const argv[],
					    const sigset_t *before, const struct ct_enter *enter,
					    int pipe)
{
	struct failure failure = { .joined = false };
	pid_t self = 0;
	size_t done;
	int result = 0;

	for (size_t i = 0; result >= 0 && i < container->count; i++) {
		struct ct_place *place = &container->places[i];

		if (place != born)
			result = place->hierarchy->ops->attach(place, CT_ATTACH_SELF, &self, 1, &done,
							       &failure.err);
	}
	if (result >= 0)
		result = ct_join_settle(container, &failure.err);
	if (result >= 0)
		result = ct_enter_join(enter, &failure.err);
	if (result >= 0)
		result = ct_enter_settle(enter, &failure.err);
	if (result >= 0) {
		failure.joined = true;
		if (ct_enter_forks(enter)) /* who ends the caller means the command */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
		sigprocmask(SIG_SETMASK, before, NULL);
		execvp(argv[0], argv);
		ct_fail(&failure.err, "cannot run %s", argv[0]);
	}
	if (write(pipe, &failure, sizeof(failure)) < 0)
		_exit(EXIT_FAILURE); /* the parent has gone: nobody is left to tell */
	_exit(EXIT_FAILURE);
}

int ct_spawn(const struct ct_container *container, char *const argv[], const sigset_t *before,
	     const struct ct_enter *enter, pid_t *ret_pid, bool *ret_joined, struct ct_error *err)
{
	const struct ct_place *v2 = find_v2(container);
	const struct sigaction noticed = { .sa_handler = SIG_DFL };
	struct sigaction inherited; /* were SIGCHLD ignored, the status would be lost */
	struct failure failure;
	int ends[2];
	ssize_t got;
	bool born;
	pid_t pid;

	*ret_joined = false;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return ct_fail(err, "cannot make a pipe");
	sigaction(SIGCHLD, &noticed, &inherited);
	pid = fork_into(v2, &born);
	if (pid == 0)
		sigaction(SIGCHLD, &inherited, NULL);
	if (pid == 0)
		child(container, born ? v2 : NULL, argv, before, enter, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		if (errno == ENOMEM && ct_enter_forks(enter))
			return ct_failx(err, ENOMEM,
					"its pid namespace has ended with its first process: no other can be born there");
		return ct_fail(err, "cannot start a process");
	}
	do {
		got = read(ends[0], &failure, sizeof(failure));
	} while (got < 0 && errno == EINTR);
	close(ends[0]);
	if (got != sizeof(failure)) { /* exec has closed it: the command runs */
		*ret_pid = pid;
		*ret_joined = true;
		return 0;
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	*ret_joined = failure.joined;
	*err = failure.err;
	return -err->code;
}

/* By the signal that has stopped the child, for a shell tells it; that by which all can be, in doubt. */
static void stop(int signal)
{
	sigset_t set;

	if (signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU) {
		raise(SIGSTOP);
		return;
	}
	sigemptyset(&set);
	sigaddset(&set, signal);
	sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	raise(signal);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int ct_spawn_wait(pid_t pid)
{
	sigset_t all;

	sigfillset(&all);
	for (;;) {
		siginfo_t info;
		int status;

		if (sigwaitinfo(&all, &info) < 0)
			continue;
		if (info.si_signo != SIGCHLD) {
			/* the kernel's (the terminal's) went to the whole foreground group */
			if (info.si_code <= 0)
				kill(pid, info.si_signo);
			continue;
		}
		while (waitpid(pid, &status, WNOHANG | WUNTRACED) == pid) {
			if (!WIFSTOPPED(status))
				return status;
			stop(WSTOPSIG(status)); /* so that the shell notices; it continues both */
		}
	}
}
