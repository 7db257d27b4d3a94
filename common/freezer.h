/* SPDX-License-Identifier: MIT */
/*
 * Which hierarchy tasks are held still in while they are moved, and waiting until they are.
 * v2's freezer is the reliable one, and is used also where v2 is not mounted; then v1's.
 * Documentation/admin-guide/cgroup-v2.rst (cgroup.freeze), cgroup-v1/freezer-subsystem.rst.
 */
#pragma once

#include <stdint.h>

#include "common/cgroup.h"
#include "common/error.h"
#include "common/hierarchy.h"

/*
 * The hierarchy to freeze in, opened: of version if that is not 0. An unmounted v2 is mounted detached, where no mount
 * table shows it (fsopen(2), fsmount(2)). -EOPNOTSUPP: there is none.
 */
int ct_freezer_choose(struct ct_hierarchies *all, unsigned version, struct ct_hierarchy **ret_freezer,
		      struct ct_error *err);

/*
 * Waits until all in the place is frozen; deadline by ct_clock(). -ETIMEDOUT: err names
 * the tasks that would not stop. -EINTR: interrupted.
 */
int ct_freezer_wait(int proc, struct ct_place *place, uint64_t deadline, struct ct_error *err);
