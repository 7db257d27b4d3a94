/* SPDX-License-Identifier: MIT */
/*
 * A transaction: a plan of steps that are all done or none. Each kind of step knows how
 * it is applied and how it is undone; undoing goes newest first. The plan is data: it can
 * be printed before it is run. Cgroups are reached through struct ct_cgroup_ops alone.
 * A transaction that is cleared uncommitted is undone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/cgroup.h"
#include "common/error.h"
#include "common/settings.h"
#include "common/taskset.h"

enum ct_step_kind {
	CT_STEP_ENABLE,	/* the controllers words, for the children of place */
	CT_STEP_CREATE,	/* place */
	CT_STEP_OWN,	/* place, to uid and gid; undone by undoing its creation */
	CT_STEP_MODE,	/* place, to mode; undone likewise */
	CT_STEP_JOIN,	/* the calling process to place */
	CT_STEP_ATTACH,	/* tasks to place */
	CT_STEP_REMOVE,	/* place; undone by making it again as it was */
};

struct ct_step {
	enum ct_step_kind kind;
	struct ct_place place;		/* owned */
	char *words;			/* ENABLE; owned */
	char *origin;			/* JOIN: the path it leaves, NULL if it cannot be told; owned */
	struct ct_taskset *tasks;	/* ATTACH; not owned */
	uid_t uid;
	gid_t gid;
	mode_t mode;
	bool removed;			/* REMOVE: there was something to remove */
	struct ct_settings settings;	/* REMOVE: what it had; owned */
};

struct ct_txn {
	struct ct_step *steps;	/* owned */
	size_t count;
	size_t begun;		/* steps that were applied, or failed half way */
	bool committed;
};

/*
 * Appends a step for the place at path in hierarchy, its other fields zero. Returns it for
 * the caller to fill in, valid until the next; NULL with err set.
 */
struct ct_step *ct_txn_add(struct ct_txn *txn, enum ct_step_kind kind,
			   struct ct_hierarchy *hierarchy, const char *path,
			   struct ct_error *err);

/*
 * Applies the steps. An interrupt that has been held back (interrupt.h) ends it between
 * two steps: -EINTR. On any failure everything is undone; what could not be is told
 * in err, with err->torn set. Committing is the caller's, after it has verified.
 */
int ct_txn_run(struct ct_txn *txn, struct ct_error *err);

/* Undoes what was applied, newest first; err gains what could not be. */
void ct_txn_abort(struct ct_txn *txn, struct ct_error *err);

void ct_txn_commit(struct ct_txn *txn);

void ct_txn_clear(struct ct_txn *txn);

/* The step as one line without newline: "create memory /web/frontend". The text is the caller's. */
int ct_step_text(const struct ct_step *step, char **ret_text);
