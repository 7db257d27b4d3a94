/* SPDX-License-Identifier: MIT */
/*
 * Holding the tasks of a move still: processes are drawn into staging places, new frozen
 * children of the containers they are in, so that what they fork is born there; a whole
 * container is frozen where it lies, if nobody else would be.
 */
#pragma once

#include "common/error.h"
#include "common/hierarchy.h"
#include "common/move.h"
#include "common/taskset.h"
#include "common/txn.h"

struct ct_hold {
	struct ct_hierarchies *all;
	struct ct_move *move;
	struct ct_hierarchy *freezer;
	const char *arrive;		/* the destination's path in the freezer, NULL: it has none */
	struct ct_taskset *tasks;	/* not owned: what is held, with where each thread was */
	struct ct_txn *txn;		/* not owned: gets the steps STAGE and HOLD */
	pid_t guard;			/* left out, as the calling process is */
	pid_t *ended;			/* seen dead on the way; owned */
	size_t ended_count;
	pid_t *source;			/* move->from's processes at the first look; owned */
	size_t source_count;
	pid_t last_pid;			/* the number given out last before that look, 0: not known */
	bool alone;			/* HOLD's place was seen to hold them, and nobody else */
	char *where;			/* where the first of them was, NULL: not looked yet; owned */
	char name[48];			/* of the staging places; "" to have one made up */
	uint64_t deadline;		/* by ct_clock() */
};

/* Adds the STAGE step for each of the tasks, and the HOLD step if move->from is held in place. */
int ct_hold_plan(struct ct_hold *hold, struct ct_error *err);

/*
 * Applies these steps, draws the tasks in, waits until all are still, adds the descendants and
 * what belongs to move->from, until a pass finds nothing new. Afterwards tasks is
 * the complete set. On failure the caller aborts the transaction.
 */
int ct_hold_all(struct ct_hold *hold, struct ct_error *err);

/* The HOLD step, NULL: all are staged. */
struct ct_step *ct_hold_in_place(const struct ct_hold *hold);

/* Frees what it owns. */
void ct_hold_clear(struct ct_hold *hold);
