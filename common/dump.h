/* SPDX-License-Identifier: MIT */
/*
 * A container, or a tree of them, as a text that config.h reads: owner, mode, hierarchies,
 * namespaces and parameters; what has its default is a comment.
 */
#pragma once

#include <stdbool.h>

#include "common/error.h"
#include "common/hierarchy.h"

/*
 * The text is for the caller to free; with human, sizes in it are rounded. What another user has made under a name
 * that no file can have is left out, with what is below it: left is filled by the first of those.
 */
int ct_dump(struct ct_hierarchies *all, const char *name, bool recursive, bool human, char **ret_text,
	    struct ct_error *left, struct ct_error *err);
