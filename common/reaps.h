/* SPDX-License-Identifier: MIT */
/*
 * The marks (reap.h) of what is one container for its maker, and has different names in different
 * hierarchies (child.h): one for each name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/container.h"
#include "common/error.h"
#include "common/reap.h"

struct ct_reaps {
	struct ct_reap *items;	/* owned */
	size_t count;
};

/* Begins the marks; the container need not be there yet. */
int ct_reaps_begin(const struct ct_container *container, struct ct_reaps *ret_reaps, struct ct_error *err);

/* The container is there: see ct_reap_fill(). */
int ct_reaps_fill(struct ct_reaps *reaps, const struct ct_container *container, bool entered,
		  struct ct_error *err);

/* Lets go of the marks, which stay. */
void ct_reaps_keep(struct ct_reaps *reaps);

/* Takes back those that were not kept. */
void ct_reaps_clear(struct ct_reaps *reaps);
