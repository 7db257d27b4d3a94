/* SPDX-License-Identifier: MIT */
/*
 * Freezing a container, and thawing it. Each place has a wish of its own, to be frozen, and what
 * is below a place is frozen with it; thawing takes back the wish of one place alone, so that
 * a container below which was frozen itself stays so. v2 is the better freezer:
 * Documentation/admin-guide/cgroup-v2.rst (cgroup.freeze), cgroup-v1/freezer-subsystem.rst.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/container.h"
#include "common/error.h"
#include "common/hierarchy.h"

/* The places of a container by which it is frozen; they are the container's. */
struct ct_freeze {
	struct ct_place *places[2];
	size_t count;
};

/*
 * Chooses: v2 where the container has a place there, else the v1 freezer; both where tasks are in
 * the one that are not in the other; v1 first if that holds them already. Refused, and nothing
 * changed: -EOPNOTSUPP it has a place in neither, or a task in other hierarchies that
 * is in neither; -EPERM it holds the caller or a process above it.
 */
int ct_freeze_plan(struct ct_hierarchies *all, struct ct_container *container,
		   struct ct_freeze *ret_freeze, struct ct_error *err);

/*
 * Plans, freezes, and waits until every task stands still: its own state is looked at, not only what
 * the kernel says of the place. -ETIMEDOUT after that many milliseconds: what this call froze runs
 * again, and err names who would not stop. -EINTR: likewise. Waits for the lock of moves, lest
 * it freezes or thaws what a move holds.
 */
int ct_freeze_apply(struct ct_hierarchies *all, struct ct_container *container, uint64_t timeout,
		    struct ct_error *err);

/*
 * The places whose wish is to be taken back; none if it is not frozen. -EBUSY: it is frozen by a
 * container above it, which is named.
 */
int ct_freeze_plan_thaw(struct ct_hierarchies *all, struct ct_container *container,
			struct ct_freeze *ret_thaw, struct ct_error *err);

/* Plans and does that. */
int ct_freeze_thaw(struct ct_hierarchies *all, struct ct_container *container, struct ct_error *err);
