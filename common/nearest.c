// SPDX-License-Identifier: MIT
#include "common/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { LONGEST = 64 };

/* Of the same letter, whether it is a capital one or not. */
static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * How many bytes are to be changed, left out, put in or exchanged with the next to turn one word into
 * the other (the optimal string alignment).
 */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][LONGEST], *before = rows[0], *above = rows[1], *row = rows[2], width = strlen(b);

	if (strlen(a) >= LONGEST || width >= LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t *free_row = before;

		before = above;
		above = row;
		row = free_row;
		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			size_t best = above[j - 1] + !same(a[i - 1], b[j - 1]);

			best = above[j] + 1 < best ? above[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
	}
	return row[width];
}

void ct_nearest_try(struct ct_nearest *nearest, const char *candidate, const char *shown)
{
	size_t here = distance(nearest->word, candidate);

	/* more than half of the letters, or more than two, make another word */
	if (here > 2 || 2 * here > strlen(nearest->word) || (nearest->found && here >= nearest->distance))
		return;
	nearest->found = shown;
	nearest->distance = here;
}
