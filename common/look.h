/* SPDX-License-Identifier: MIT */
/*
 * One look of the reaper at the directories of a marked container. It never needs a hierarchy to
 * be open for longer; what is not mounted where the reaper is it mounts for the moment, seen by
 * nobody, if it may.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/container.h"
#include "common/error.h"
#include "common/hierarchy.h"
#include "common/mark.h"

enum ct_look_view {
	CT_LOOK_GONE,		/* none of its directories is there */
	CT_LOOK_UNSEEN,		/* one cannot be looked at now */
	CT_LOOK_TASKS,		/* it holds tasks, of whose end nobody will tell */
	CT_LOOK_QUIET,		/* whatever becomes of it inotify tells */
	CT_LOOK_QUIET_TASKS,	/* the same, and it holds tasks */
	CT_LOOK_UNWATCHED,	/* it is not to go, but inotify does not tell when */
	CT_LOOK_EMPTY,		/* it was entered, and holds neither tasks nor containers */
};

/* What is known of a container from the looks before. */
struct ct_look_memory {
	int *watches;	/* of inotify, for each place; -1: none; owned by the caller */
	size_t last;	/* the place that was seen to hold tasks */
	pid_t task;	/* one of them, on v1; 0: none */
};

/* The hierarchies there are, with no descriptor left open. */
int ct_look_discover(struct ct_hierarchies *all, struct ct_error *err);

/*
 * Looks, at the place that had tasks first. Directories that have no watch get one of notify. Not
 * thorough, only whether it is still there. What is opened stays so until ct_look_close(). *outdated: the
 * mounts are not as all has them.
 */
enum ct_look_view ct_look(struct ct_hierarchies *all, int notify, const struct ct_mark *mark,
			  struct ct_look_memory *memory, bool thorough, bool *outdated);

/*
 * Whether the task that was seen in it still runs, a zombie does not: a fourth of what a look
 * costs, but it may have been moved elsewhere since.
 */
bool ct_look_still(const struct ct_look_memory *memory);

/* The directories that are there, opened. -EAGAIN: one cannot be looked at. */
int ct_look_container(struct ct_hierarchies *all, const struct ct_mark *mark,
		      struct ct_container *ret_container);

/* The directory at place, made anew, is from now on the one that mark means. */
void ct_look_adopt(struct ct_hierarchies *all, struct ct_mark *mark, const struct ct_place *place);

void ct_look_close(struct ct_hierarchies *all);
