/* SPDX-License-Identifier: MIT */
/*
 * What makes holding tasks still safe, whatever dies meanwhile: the lock of moves, a journal in
 * which each step is written down before it is done, and a guard that takes the steps back.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/guard.h"
#include "common/hierarchy.h"
#include "common/journal.h"

struct ct_safe {
	int state, lock;		/* descriptors; owned */
	struct ct_journal journal;	/* for the transaction */
	struct ct_guard guard;
	sigset_t before;
};

/*
 * Takes the lock, waiting for it up to timeout milliseconds, recovers what a dead mover has left,
 * and holds off the stop by a key (^Z), which would leave the tasks standing still. -EBUSY: another
 * one has the lock. On failure nothing is begun.
 */
int ct_safe_begin(struct ct_hierarchies *all, uint64_t timeout, struct ct_safe *ret_safe,
		  struct ct_error *err);

/* torn: something could not be put back; it stays written down, and the guard tries once more. */
void ct_safe_end(struct ct_safe *safe, bool torn);
