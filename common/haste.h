/* SPDX-License-Identifier: MIT */
/* What keeps the time short for which tasks stand still. Where it is not allowed they wait longer. */
#pragma once

#include <stdbool.h>

#include "common/cgroup.h"

/*
 * The first write to a cgroup.procs after some rest waits for an RCU grace period, which is
 * milliseconds; those after it do not. This one moves the calling process to where it is.
 */
void ct_haste_warm_up(struct ct_hierarchy *hierarchy);

/*
 * Each task that stands still is woken, and stops again, for every hierarchy in which it is moved,
 * and wakes in the end: all of them would take turns with the mover, while the others wait. It
 * goes first (SCHED_FIFO, sched(7)), not so its children. Returns whether it does.
 */
bool ct_haste_begin(void);

/*
 * Whether so many tasks want to run, as hundreds that fork without end do, that whoever has to take
 * turns with them gets nowhere. Else going first gains nothing, and costs a millisecond.
 */
bool ct_haste_is_crowded(void);

/* Back to how it was, if hastened. */
void ct_haste_end(bool hastened);
