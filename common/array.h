/* SPDX-License-Identifier: MIT */
/*
 * Growing arrays: a pointer and a count that belong to the caller, the room
 * behind them kept at the next power of two, so that no capacity need be stored.
 */
#pragma once

#include <stddef.h>

/*
 * Makes room in *items (of size bytes each, count of them in use) for one more.
 * Returns 0 or -ENOMEM, with *items still valid. Like a system call: no text.
 */
int ct_array_reserve(void **items, size_t count, size_t size);

/* For qsort(3) and bsearch(3) of process and thread ids (pid_t). */
int ct_array_compare_ids(const void *a, const void *b);

/* ct_array_push(items, count, value): appends value; 0 or -ENOMEM. */
#define ct_array_push(items, count, value)                                         \
	__extension__({                                                            \
		void *room_ = (items);                                             \
		int result_ = ct_array_reserve(&room_, (count), sizeof(*(items))); \
		(items) = room_;                                                   \
		if (result_ == 0)                                                  \
			(items)[(count)++] = (value);                              \
		result_;                                                           \
	})
