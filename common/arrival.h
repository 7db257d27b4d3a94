/* SPDX-License-Identifier: MIT */
/* Whether the tasks of a move are where they were to go, and what is left to do there. */
#pragma once

#include "common/error.h"
#include "common/hierarchy.h"
#include "common/move.h"
#include "common/taskset.h"

/*
 * Looks at each task in each hierarchy but the freezing one, which is left last and may be NULL: the
 * kernel takes some writes without moving anything, as for a zombie. -EAGAIN: one is elsewhere.
 */
int ct_arrival_verify(const struct ct_move *move, const struct ct_hierarchy *freezer,
		      const struct ct_taskset *tasks, struct ct_error *err);

/*
 * After the commit of a move that let them run: who was just entering the source when it was listed
 * may have gone back to it in some hierarchies (join.h). He is fetched again, so that what he does
 * last, or we do, is whole.
 */
void ct_arrival_fetch(struct ct_move *move, const struct ct_taskset *tasks);

/* A v1 place that was frozen reverts to FREEZING when tasks come, until it is told again. */
int ct_arrival_settle(struct ct_move *move, struct ct_error *err);
