/* SPDX-License-Identifier: MIT */
/*
 * A transaction: a plan of steps that are all done or none, undone newest first. The plan is
 * data: it can be printed before it is run. With a journal each step is written down before
 * it is done, so that another process can take it back, or finish it, should this one
 * die. A transaction that is cleared uncommitted is undone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "common/hierarchy.h"
#include "common/journal.h"
#include "common/step.h"

struct ct_txn {
	struct ct_step *steps;	/* owned */
	size_t count;
	size_t begun;		/* steps that were applied, or failed half way */
	size_t tried;		/* those, and one that failed: what an audit record of a failure is about */
	bool patient;		/* SET steps of v1 that are refused may wait for the others */
	size_t waiting;		/* those, at the end of steps */
	bool again;		/* should it fail it is tried again: that is no failure to record */
	bool committed;
	const struct ct_journal *journal;	/* or NULL; not owned */
};

/*
 * Appends a step for the place at path in hierarchy, its other fields zero. Returns it for
 * the caller to fill in, valid until the next; NULL with err set.
 */
struct ct_step *ct_txn_add(struct ct_txn *txn, enum ct_step_kind kind,
			   struct ct_hierarchy *hierarchy, const char *path,
			   struct ct_error *err);

/*
 * Applies the steps that have not been yet. An interrupt that has been held back
 * (interrupt.h) ends it between two steps: -EINTR. What was done stays, for the caller to go
 * on or to abort.
 */
int ct_txn_apply(struct ct_txn *txn, struct ct_error *err);

/*
 * Applies all steps. On any failure everything is undone; what could not be is told in
 * err, with err->torn set. Committing is the caller's, after it has verified.
 */
int ct_txn_run(struct ct_txn *txn, struct ct_error *err);

/* Undoes what was applied, newest first; err gains what could not be. */
void ct_txn_abort(struct ct_txn *txn, struct ct_error *err);

/*
 * From here on there is only forward: finishes the steps, newest first. If the journal does
 * not take the line all is undone; a step that cannot be finished sets err->torn.
 */
int ct_txn_commit(struct ct_txn *txn, struct ct_error *err);

/*
 * Writes the tasks down, so that they can be sent back by another process; what was written
 * before no longer counts.
 */
int ct_txn_record(const struct ct_txn *txn, const struct ct_taskset *tasks, struct ct_error *err);

void ct_txn_clear(struct ct_txn *txn);
