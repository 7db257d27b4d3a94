// SPDX-License-Identifier: MIT
#include "common/array.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>

int ct_array_reserve(void **items, size_t count, size_t size)
{
	size_t room;
	void *grown;

	if (count & (count - 1)) /* not a power of two: the last growth left room */
		return 0;
	if (count == 1) /* the first growth made room for two */
		return 0;
	room = count ? 2 * count : 2;
	grown = reallocarray(*items, room, size);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	return 0;
}

int ct_array_compare_ids(const void *a, const void *b)
{
	const pid_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}
