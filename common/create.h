/* SPDX-License-Identifier: MIT */
/* Making a container: in all its hierarchies or in none. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "common/container.h"
#include "common/error.h"
#include "common/hierarchy.h"
#include "common/txn.h"

struct ct_create {
	bool parents;	/* make what is missing above it, and let what exists be */
	bool leaf;	/* on v2: ones above that hold processes give them to a new container "leaf" first */
	bool populated;	/* the ones above hold processes, so that on v2 they can give it no controllers */
	uid_t uid;	/* (uid_t)-1, (gid_t)-1: as the kernel makes it */
	gid_t gid;
	bool notify;	/* on v1: the release agent is run when it empties */
	bool set_mode;
	mode_t mode;	/* of the container's own directories, with set_mode */
};

/*
 * Appends to txn what makes the container name in the selected hierarchies: on v2
 * every controller is enabled down the path, on v1 cpusets are inherited. Without
 * parents the ones above must exist (-ENOENT) and the container must not (-EEXIST).
 * Nothing is changed yet.
 */
int ct_create_plan(struct ct_hierarchies *all, const char *name, const struct ct_create *how,
		   struct ct_txn *txn, struct ct_error *err);

/*
 * Applies txn, and takes it back if that fails. While processes are moved into a leaf, that is done by a guard, should
 * this one die (safe.h); without it where there is no state directory. That waits for the lock of moves.
 */
int ct_create_run(struct ct_hierarchies *all, struct ct_txn *txn, struct ct_error *err);
