/* SPDX-License-Identifier: MIT */
/*
 * Who else belongs to a move: what is in the source, what was forked, the descendants. Each adds those
 * that are not in hold->tasks yet and returns how many; one that has ended since it was listed
 * counts, for it may have left a child behind: another look is due.
 */
#pragma once

#include "common/hold.h"

/* What was born in a staging place: it is still already, and its home is its parent's. */
int ct_hold_add_born(struct ct_hold *hold, struct ct_error *err);

/* The processes of move->from, in whichever of its hierarchies they are. */
int ct_hold_add_from(struct ct_hold *hold, struct ct_error *err);

/*
 * The children of what is held, if the move is of descendants. Those held are still, and get no new
 * children but the ones that a child leaves them when it ends: when all children are held, all
 * descendants are.
 */
int ct_hold_add_descendants(struct ct_hold *hold, struct ct_error *err);
