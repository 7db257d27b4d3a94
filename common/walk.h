/* SPDX-License-Identifier: MIT */
/*
 * The containers below a place. The tree is walked level by level and each
 * directory opened by its path, so that neither the stack nor the
 * descriptors run out, however deep another user has made it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/cgroup.h"
#include "common/error.h"

struct ct_tree {
	char **paths;	/* below the hierarchy's root, parents before children; owned */
	size_t count;
};

/*
 * The paths below place, not itself; only its children unless recursive. A directory
 * that goes away meanwhile is passed over.
 */
int ct_walk(const struct ct_place *place, bool recursive, struct ct_tree *ret_tree, struct ct_error *err);

/* Likewise; a directory that may not be looked into is passed over: hidden is filled by the first of them. */
int ct_walk_visible(const struct ct_place *place, bool recursive, struct ct_tree *ret_tree,
		    struct ct_error *hidden, struct ct_error *err);

void ct_tree_clear(struct ct_tree *tree);
