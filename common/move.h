/* SPDX-License-Identifier: MIT */
/*
 * Putting tasks into a container: in all its hierarchies or in none, whatever forks, fails
 * or dies meanwhile. The tasks are held still in the freezing hierarchy, moved in the others,
 * verified, and wake when they arrive in that one too.
 *
 * The whole of a container that is alike, or processes that lie alone (alike.h), can be moved while
 * they run: their place in each hierarchy is emptied in passes, in the freezing one last, and a place
 * that was seen empty once stays so, for nobody is left who could fork into it. Should that fail, or not
 * come to an end, the tasks, all of which are in the freezing hierarchy still, are held still there and
 * put back.
 *
 * Processes can enter namespaces by the same move (move_enter.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/container.h"
#include "common/error.h"
#include "common/nsset.h"
#include "common/party.h"
#include "common/taskset.h"
#include "common/txn.h"

struct ct_move {
	struct ct_container *to;
	struct ct_container *from;	/* everything that is in it, or NULL */
	const pid_t *ids;		/* processes */
	size_t count;
	bool threads;			/* the ids are threads, which are moved alone */
	bool descendants;		/* and all processes below the ids */
	bool no_freeze;			/* do not hold them: what forks meanwhile may be split */
	bool freeze;			/* hold them also where they could be moved while they run */
	bool to_frozen;			/* to may be frozen: they stay still there */
	unsigned freezer;		/* 1 or 2: only that version's; 0: the best there is */
	const char *op;			/* what it is called in an audit record; NULL: "attach" */
	uint64_t timeout;		/* milliseconds that freezing may take */
	const struct ct_nsset *enter;	/* namespaces that they enter, or NULL; not empty */
	struct ct_party *party;		/* set meanwhile: those that enter */

	uint64_t held;			/* set: microseconds for which they stood still, 0: they ran */
	size_t moved;			/* set: tasks */
};

/*
 * The steps of the move as far as they can be known before, for --dry-run. tasks belongs to
 * the caller, who has set its proc, and must outlive txn.
 */
int ct_move_plan(struct ct_hierarchies *all, struct ct_move *move, struct ct_taskset *tasks,
		 struct ct_txn *txn, struct ct_error *err);

/*
 * The move between lock and unlock: holds, attaches, verifies, commits, or undoes. tasks holds
 * what move names, and txn, empty, the journal; guard is a process to leave out, or 0.
 */
int ct_move_held(struct ct_hierarchies *all, struct ct_move *move, struct ct_taskset *tasks,
		 struct ct_txn *txn, pid_t guard, struct ct_error *err);

/* Moves. On failure all is as it was, or err->torn tells what is not. */
int ct_move(struct ct_hierarchies *all, struct ct_move *move, struct ct_error *err);
