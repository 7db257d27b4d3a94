/* SPDX-License-Identifier: MIT */
/*
 * Being the first in a container: only from its parent, only while it holds no task, and one
 * alone of all who try at once. Who tries locks the container's directory (flock(2), which the
 * kernel's own file systems know too), looks, and enters before he lets go.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/container.h"
#include "common/error.h"
#include "common/hierarchy.h"

struct ct_first {
	int *locks;	/* of its directories; owned */
	size_t count;
};

/*
 * Takes the locks and looks whether pids, or the calling process with a count of 0, may be the
 * first in the container. -EBUSY: it holds tasks, or a lock was not to be had within timeout
 * milliseconds. -EXDEV: a process is not in its parent. *ret_first is to be held until they
 * are inside, and to be cleared either way.
 */
int ct_first(const struct ct_hierarchies *all, struct ct_container *container, const pid_t *pids,
	     size_t count, uint64_t timeout, struct ct_first *ret_first, struct ct_error *err);

void ct_first_clear(struct ct_first *first);
