// SPDX-License-Identifier: MIT
#include "common/nearest.h"

#include <string.h>

enum { LONGEST = 64 };

/* How many single-byte changes turn one word into the other (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
	size_t row[LONGEST], width = strlen(b);

	if (strlen(a) >= LONGEST || width >= LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
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
