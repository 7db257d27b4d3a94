/* SPDX-License-Identifier: MIT */
/*
 * The quick way for tasks that are all processes of one thread, in the same places: they are known by
 * listing those. To read the files of each in /proc would take longer than to move it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/hold.h"

/*
 * Sets hold->source, sorted, and hold->where, once: move->from's processes, or those named, which are
 * in hold->tasks. false: it cannot be told so.
 */
bool ct_alike_look(struct ct_hold *hold);

/* Whether the place lists all these threads, sorted; exactly: and no others. */
bool ct_alike_lists(struct ct_place *place, bool exactly, const pid_t *ids, size_t count);

/*
 * Once all stand still: makes hold->tasks the source as it is now, if it is alike still, where
 * hold->where has it, and nothing was born beside it; else that stays as it is.
 */
bool ct_alike_add(struct ct_hold *hold);

/*
 * Whether the source can be moved while it runs: v2 must have a place that holds all of it, in
 * processes of one thread, and nobody else, in case that they are to be put back; it must be in
 * each hierarchy of the move: those named alone there, and nobody else in move->from's others. If so
 * hold->tasks is the source, and the HOLD step is made a running one.
 */
bool ct_alike_can_run(struct ct_hold *hold);

/*
 * The path they leave in the hierarchy: move->from's, or the one that where, as in /proc/PID/cgroup,
 * tells of. Owned by the caller; -ENOENT, or as ct_hierarchy_locate().
 */
int ct_alike_origin(const struct ct_move *move, const struct ct_hierarchy *hierarchy, const char *where,
		    char **ret_path);
