/* SPDX-License-Identifier: MIT */
/*
 * Whether the tasks of a place that is being frozen stand still. What the kernel says of the place
 * is not all: some kernels say FROZEN of a v1 place while a task of it runs; v2 calls a place
 * frozen because its children are, and never one in which v1 holds a task already. So each task is
 * looked at.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/cgroup.h"
#include "common/error.h"
#include "common/hierarchy.h"

/* Tasks that did not stop, or of which that cannot be told while they are held. */
struct ct_suspects {
	struct ct_suspect {
		pid_t id;
		uint64_t start;
		bool sure;	/* it was seen not to be held */
	} *items;		/* owned */
	size_t count;
};

/*
 * Waits until all in the place and below it stand still; deadline by ct_clock(). A v1 freeze
 * that hangs is told to go on, and with breath lets go of all for a moment now and then, without
 * which it may never end. -ETIMEDOUT, without text; -EINTR: interrupted.
 */
int ct_still_wait(struct ct_hierarchies *all, struct ct_place *place, bool breath, uint64_t deadline,
		  struct ct_error *err);

/* Adds those in the place and below that do not stand still. */
int ct_still_suspect(struct ct_hierarchies *all, struct ct_place *place, struct ct_suspects *suspects,
		     struct ct_error *err);

/*
 * To be called when they have been let go: names those who would not stop, for err. A task that
 * v1 froze in its sleep looks like one that nothing can wake, until then.
 */
void ct_still_names(struct ct_hierarchies *all, const struct ct_suspects *suspects, char *buffer,
		    size_t size);

void ct_suspects_clear(struct ct_suspects *suspects);
