/* SPDX-License-Identifier: MIT */
/*
 * Holding everything in a container still while something is done to it: none of it forks, none is
 * missed. Where it lies, or in staging places, as in a move (hold.h); afterwards all is where and
 * as it was, also if the caller is killed in between (safe.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/hierarchy.h"
#include "common/own.h"
#include "common/safe.h"
#include "common/taskset.h"
#include "common/txn.h"
#include "common/victims.h"

struct ct_seize {
	struct ct_taskset tasks;	/* all that is held */
	struct ct_txn txn;		/* its steps STAGE and HOLD know the places */
	struct ct_safe safe;
	bool begun, hastened;
};

/*
 * Holds what is within reach, waiting at most timeout milliseconds. ret_seize must stay where it
 * is until ct_seize_end(), which is called after a failure too: -ETIMEDOUT leaves held what could
 * be. -EINTR: interrupted.
 */
int ct_seize_begin(struct ct_hierarchies *all, struct ct_reach *reach, uint64_t timeout,
		   struct ct_seize *ret_seize, struct ct_error *err);

/*
 * Signals each process that is held, but for spare. They get it when they go on; SIGKILL ends at
 * once what v2 holds. Returns how many.
 */
int ct_seize_signal(struct ct_seize *seize, const struct ct_own *spare, int signal,
		    struct ct_error *err);

/* Lets go. What could not be put back sets err->torn. */
int ct_seize_end(struct ct_seize *seize, struct ct_error *err);
