/* SPDX-License-Identifier: MIT */
/* Which containers there are, and what they hold. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/container.h"
#include "common/error.h"

/* Containers in the order of a tree: each before those below it. */
struct ct_containers {
	struct ct_container *items;	/* their places are not opened; owned */
	size_t count;
};

struct ct_stat {
	size_t tasks;			/* processes, each once whatever hierarchies list it */
	enum ct_freeze_state freeze;	/* the most frozen of its places */
};

/*
 * The container name, with recursive those below it too. Without a name (NULL) the
 * topmost ones of the selected hierarchies, with recursive all.
 */
int ct_stat_find(struct ct_hierarchies *all, const char *name, bool exact, bool recursive,
		 struct ct_containers *ret_found, struct ct_error *err);

/* -ENOENT: the container went away meanwhile. */
int ct_stat_read(struct ct_container *container, struct ct_stat *ret_stat, struct ct_error *err);

void ct_containers_clear(struct ct_containers *containers);
