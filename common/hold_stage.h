/* SPDX-License-Identifier: MIT */
/*
 * Drawing processes into the staging places, where they stand still. What was seen of a process before
 * the write is compared afterwards: its number may have passed to another, who goes back.
 */
#pragma once

#include <stddef.h>

#include "common/hold.h"

/* The index of the step that stages what lies in home, which is added if there is none yet. */
int ct_hold_add_stage(struct ct_hold *hold, const char *home, size_t *ret_index, struct ct_error *err);

/* Where the task was in the freezing hierarchy at the first look; the path is the caller's. */
int ct_hold_find_home(const struct ct_hold *hold, const struct ct_task *task, char **ret_home,
		      struct ct_error *err);

/* Stages the processes of the set from its task first on, unless they are held in place. */
int ct_hold_stage_from(struct ct_hold *hold, size_t first, struct ct_error *err);

/*
 * Makes sure that each process is where it cannot run, and stages it anew if it is not: it may have
 * changed its threads while it was drawn in. Returns how many there were.
 */
int ct_hold_stage_runaways(struct ct_hold *hold, struct ct_error *err);

/*
 * Draws the whole source in at once if it has one home, or lets it be held in place. Returns 1 if
 * that is done, 0 if it is to be done one by one.
 */
int ct_hold_stage_source(struct ct_hold *hold, struct ct_error *err);
