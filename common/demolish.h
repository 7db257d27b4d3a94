/* SPDX-License-Identifier: MIT */
/* Ending everything in a container, and then removing it. */
#pragma once

#include "common/kill.h"

/*
 * As ct_kill(), waiting for the end, and then removes the container from its hierarchies, with
 * how->recursive those below it, deepest first: all or none. What others put there meanwhile is
 * ended and removed too, as long as how->timeout has not passed. -EBUSY: something is in the way.
 */
int ct_demolish(struct ct_hierarchies *all, struct ct_container *container,
		const struct ct_kill *how, struct ct_own *own, struct ct_error *err);
