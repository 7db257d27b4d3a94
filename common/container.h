/* SPDX-License-Identifier: MIT */
/*
 * A container: the directories of one relative path in one or more hierarchies.
 * Its name is that path ("web/frontend"), or an absolute path of a directory inside
 * one mounted hierarchy, which means that hierarchy alone. It exists where its
 * directory exists; nothing else is known about it anywhere.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/cgroup.h"
#include "common/error.h"
#include "common/hierarchy.h"

struct ct_container {
	char *name;			/* as given; owned */
	struct ct_place *places;	/* owned */
	size_t count;
};

/*
 * The places of an existing container: those of the selected hierarchies
 * (ct_hierarchies_select) in which it exists, opened. -ENOENT: in none. With exact,
 * because the user listed the hierarchies, one in which it is missing is an error too.
 */
int ct_container_open(struct ct_hierarchies *all, const char *name, bool exact,
		      struct ct_container *ret_container, struct ct_error *err);

/*
 * The places of a container that is to be made: every selected hierarchy, or the one
 * that an absolute name lies in; those that exist already are opened (fd >= 0).
 */
int ct_container_choose(struct ct_hierarchies *all, const char *name,
			struct ct_container *ret_container, struct ct_error *err);

/* Its place in the hierarchy, NULL: it has none, or container is NULL. */
struct ct_place *ct_container_place(const struct ct_container *container,
				    const struct ct_hierarchy *hierarchy);

void ct_container_clear(struct ct_container *container);

/* The labels of the places with commas between: what -H takes. */
void ct_container_labels(const struct ct_container *container, char *buffer, size_t size);
