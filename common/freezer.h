/* SPDX-License-Identifier: MIT */
/*
 * Which hierarchy tasks are held still in while they are moved, and waiting until they are.
 * v2's freezer is the reliable one, and is used also where v2 is not mounted; then v1's.
 * Documentation/admin-guide/cgroup-v2.rst (cgroup.freeze), cgroup-v1/freezer-subsystem.rst.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/cgroup.h"
#include "common/error.h"
#include "common/hierarchy.h"
#include "common/proc.h"

/*
 * The hierarchy to freeze in, opened: of version if that is not 0. An unmounted v2 is mounted detached, where no mount
 * table shows it (fsopen(2), fsmount(2)). -EOPNOTSUPP: there is none.
 */
int ct_freezer_choose(struct ct_hierarchies *all, unsigned version, struct ct_hierarchy **ret_freezer,
		      struct ct_error *err);

/*
 * Waits until all in the place is frozen; deadline by ct_clock(). -ETIMEDOUT: err names
 * the tasks that would not stop. -EINTR: interrupted, if anyway is not set: what is to be put
 * back, or to be finished, is waited for in spite of an interrupt.
 */
int ct_freezer_wait(int proc, struct ct_place *place, uint64_t deadline, bool anyway,
		    struct ct_error *err);

/* Whether the place holds us. Where we are is read anew: it is a matter of life. In doubt it does. */
bool ct_freezer_holds_us(int proc, const struct ct_place *place);

/*
 * Tells a freeze that is not done yet to go on: for v1, whose freezer hangs where v2's does not.
 * waited: microseconds since it began. *let_go, at first 50000, is when it lets all go for a moment
 * next. With 0 it never does.
 */
int ct_freezer_urge(struct ct_place *place, uint64_t waited, uint64_t *let_go, struct ct_error *err);

/*
 * Whether the task is seen to be held: in the freezer, stopped or traced, or dead. One that v1
 * froze in its sleep is not seen to be.
 */
bool ct_freezer_is_still(int proc, pid_t id, const struct ct_proc_stat *stat);
