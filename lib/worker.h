/* SPDX-License-Identifier: MIT */
/*
 * A process that changes something for the caller, who may have threads, signal handlers, children and
 * timers of his own, and whose death must not leave a change half done.
 *
 * It is not a child of the caller: there it would be seen by wait(2), and send SIGCHLD. Between the two stands
 * a launcher, which shares the caller's memory, ends without a signal, and is waited for by __WALL alone. It
 * gives up the caller's descriptors before it forks, and the fork is fork(3), after which malloc(3) works even if
 * another thread has been in it. If the caller dies so does the launcher (PR_SET_PDEATHSIG); the worker gets SIGTERM
 * then, which the engine looks at between its steps like a command does (interrupt.h), and undoes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "lib/handle.h"

enum { WORKER_NUMBERS = 4 };

/*
 * Runs act in a worker and waits for its end. The worker has a copy of all memory: job, what it points to, and
 * numbers, which are the only thing that comes back, with the result and err.
 */
int worker_run(int (*act)(const void *job, uint64_t *numbers, struct ct_error *err), const void *job,
	       uint64_t numbers[WORKER_NUMBERS], struct ct_error *err);

/*
 * For act: audits, and ends what a dead mover has left. That it could not be is a failure only for who moves;
 * others go on. *ret_marks, or NULL: whether containers are there that delete themselves.
 */
int worker_begin(bool moves, bool *ret_marks, struct ct_error *err);

/* For act that moves nobody: the same, and the hierarchies as handle_hierarchies() opens them. */
int worker_look(const struct libct *ct, bool for_new, struct ct_hierarchies *ret_all, struct ct_error *err);

/* For act, at its end: records a failure that no step has recorded, and names the container. */
int worker_conclude(const char *op, const char *container, int result, struct ct_error *err);

/* Whether valgrind(1) runs the program, which knows no other child than those of fork(2) and vfork(2). */
bool worker_is_watched(void);

/* Blocks every signal, those that libc keeps to itself as well; calls nothing that sets errno. */
struct worker_signals {
	unsigned long words[16];
};
void worker_block(struct worker_signals *ret_before);
void worker_unblock(const struct worker_signals *before);

/* Sets those that have a handler back to their default, for a process of our own. */
void worker_reset_signals(void);
