/* SPDX-License-Identifier: MIT */
/*
 * Watches containers until they are empty. A container is empty when no task is in it or below it
 * in any of its hierarchies, which is what v2 calls not populated; a zombie is no task
 * there, and one that has been removed is empty. v2 tells by itself (inotify(7) on
 * cgroup.events, Documentation/admin-guide/cgroup-v2.rst, "Un-populated Notification"); v1 has to be
 * asked, in pauses that grow to 100 ms, and shows no tasks of a pid namespace that is
 * not below the caller's. No directory is held open: it is known again by its inode.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/container.h"
#include "common/error.h"
#include "common/walk.h"

enum { CT_WAIT_PAUSE = 1000 }; /* microseconds: the first pause of a place that is asked */

/* One place of a container that is waited for. */
struct ct_wait_place {
	ino_t inode;		/* another one: it has been removed, and made again by somebody */
	int watch;		/* of inotify, -1: it is to be asked */
};

struct ct_wait_item {
	struct ct_container container;	/* its places are not open; owned */
	struct ct_wait_place *places;	/* one for each of its; owned */
	size_t at;		/* the place where a task was seen last */
	struct ct_tree tree;	/* v1: what is below that; owned */
	size_t next;		/* and where in it: 0 is the place itself */
	pid_t witness;		/* v1: that task, 0: none is known */
	uint64_t pause, when;	/* ct_clock(): when to ask again */
};

struct ct_wait {
	struct ct_wait_item *items;	/* owned */
	size_t count;
	bool open;
	int notify;		/* inotify, -1: none to be had, all places are asked */
	int interrupt;
	uint64_t last;		/* the deadline for which the last look has been prepared */
};

/*
 * Adds a container, opened by ct_container_open(), and takes it over: *container is cleared
 * on success. -EINVAL: it is the root of a hierarchy, which is never empty.
 */
int ct_wait_add(struct ct_wait *wait, struct ct_container *container, struct ct_error *err);

/*
 * Looks at those that may have changed. Returns 1 if one of them is empty, which is then watched
 * no longer but given to the caller, to be cleared; else 0. Does not wait.
 */
int ct_wait_look(struct ct_wait *wait, struct ct_container *ret_container, struct ct_error *err);

/*
 * For a caller who waits for other things as well: the next look is due when the descriptor is
 * readable (-1: there is none), or at the time, by ct_clock().
 */
int ct_wait_descriptor(const struct ct_wait *wait);
uint64_t ct_wait_when(const struct ct_wait *wait);

/*
 * Waits for the next one to be empty, and gives it to the caller. -ETIMEDOUT: none was until
 * deadline, by ct_clock(); each has been looked at once, even if that has passed. -EINTR:
 * interrupted (interrupt.h). -ENODATA: none is left to wait for. These have no text.
 */
int ct_wait_next(struct ct_wait *wait, uint64_t deadline, struct ct_container *ret_container,
		 struct ct_error *err);

/*
 * What an item still holds: -ETIMEDOUT, and err says "2 processes are left: 4711 (cp), 4712 (sh)".
 * 0: nothing by now.
 */
int ct_wait_left(const struct ct_wait_item *item, struct ct_error *err);

void ct_wait_clear(struct ct_wait *wait);

/* Whether an item still holds a task: 1 or 0, and notes where (wait_held.c). */
int ct_wait_held(struct ct_wait_item *item, struct ct_error *err);
