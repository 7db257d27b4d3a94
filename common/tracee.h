/* SPDX-License-Identifier: MIT */
/*
 * A thread under ptrace(2): stopped where it is, made to enter namespaces, let go. A process that
 * traces has a timer that interrupts its system calls (SIGALRM, ITIMER_REAL), so that it looks at
 * deadlines, which are by ct_clock(). All functions are like system calls.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/ground.h"
#include "common/machine.h"

struct ct_tracee {
	pid_t tid;
	uint32_t origin;	/* for the caller */
	bool stopped;
	bool gone;		/* it has ended */
	bool lost;		/* it will come back by itself, but needs the ground until then */
	bool entered;		/* for the caller */
	bool interrupted;	/* in this call: */
	struct ct_machine_sleep sleep;
	uintptr_t stack;
};

/* Asks the thread to stop; -ESRCH: it has ended. */
int ct_tracee_seize(pid_t tid);

/*
 * Waits until all of them have stopped or ended. -ETIMEDOUT: one has not, the first whose stopped is
 * false. -EAGAIN: the process has executed another program.
 */
int ct_tracee_wait(struct ct_tracee *tracees, size_t count, uint64_t deadline);

/* Whether the system calls of a stopped thread are turned into signals (prctl(2), PR_SET_SYSCALL_USER_DISPATCH). */
bool ct_tracee_dispatches(pid_t tid);

/*
 * Makes a stopped thread enter the namespaces flags of the holder, and change to the directory path
 * afterwards if that is not NULL. It is stopped again then, in the state that it was in. -EDEADLK: it
 * would not run, and is as it was. -EOWNERDEAD: it would not run on in the middle; once it is let
 * go it will have entered them, and return to where it was.
 */
int ct_tracee_enter(struct ct_tracee *tracee, const struct ct_ground *ground, pid_t holder, int flags,
		    const char *path, uint64_t deadline, struct ct_machine_result *ret_result);

/* Lets it go on. One that was stopped by a signal of job control stays so. */
void ct_tracee_release(struct ct_tracee *tracee);
