/* SPDX-License-Identifier: MIT */
/* What a mistyped word may have been meant to be. */
#pragma once

#include <stddef.h>

struct ct_nearest {
	const char *word;	/* what was typed */
	const char *found;	/* the nearest so far, NULL: none is near enough; not owned */
	size_t distance;	/* of found */
};

/*
 * Makes candidate the one found, or what shown calls it, if it is nearer than the one before: two
 * changes of a byte, or of the order of two, away at most, and with half of the letters right. Capitals are
 * as good as small letters.
 */
void ct_nearest_try(struct ct_nearest *nearest, const char *candidate, const char *shown);
