/* SPDX-License-Identifier: MIT */
/*
 * Containers that delete themselves, for the commands that make or enter them: the mark is begun
 * before anything is made, and its lock kept until the container has been entered, so that the
 * reaper (reaper.h) does not remove it in between. A struct ct_reap that is cleared before it is
 * done takes the mark back.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "common/container.h"
#include "common/error.h"
#include "common/mark.h"

struct ct_reap {
	int state, dir, fd;	/* the state directory, that of the marks, the mark; -1: none */
	char file[NAME_MAX + 1];
	struct ct_mark mark;
	char *before;		/* what an earlier mark said, to be put back; owned */
	bool done;
};

/* How one is initialised that has no mark. */
#define CT_REAP_NONE { .state = -1, .dir = -1, .fd = -1, .done = true }

/*
 * Begins the mark of the container name, which need not be there yet. Without all, name is its path below
 * the root already. -EBUSY: another command that enters it does not get on.
 */
int ct_reap_begin(const struct ct_hierarchies *all, const char *name, struct ct_reap *ret_reap, struct ct_error *err);

/*
 * The container is there: as soon as reap is cleared it goes when it empties; entered: as one that
 * somebody was in. Sees to it that a reaper runs.
 */
int ct_reap_fill(struct ct_reap *reap, struct ct_container *container, bool entered,
		 struct ct_error *err);

/*
 * For who enters a container that others may have marked: if so, it is remembered that somebody
 * was in it, unless reap is cleared before it is done; until then the reaper is kept away. Best
 * effort: what it misses the reaper sees as well, if it runs.
 */
void ct_reap_enter(const struct ct_hierarchies *all, const char *name, struct ct_reap *ret_reap);

/* Lets go of the mark, which stays; or takes back one that was not done. */
void ct_reap_clear(struct ct_reap *reap);

/* For every command that finds marks (state.h): sees to it that a reaper runs. */
void ct_reap_wake(void);
