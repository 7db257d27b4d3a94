// SPDX-License-Identifier: MIT
#include "common/array.h"

#include <errno.h>
#include <stdint.h>

#include "tests/unit/check.h"

TEST(pushed_values_stay_in_order)
{
	int *items = NULL;
	size_t count = 0;

	for (int i = 0; i < 1000; i++) {
		CHECK_NUMBER(ct_array_push(items, count, 3 * i), 0);
		CHECK_NUMBER(count, i + 1);
	}
	for (int i = 0; i < 1000; i++)
		CHECK_NUMBER(items[i], 3 * i);
	free(items);
}

/* Every count has its room: the last element of each size is written and kept. */
TEST(there_is_room_at_every_count)
{
	for (size_t most = 1; most < 70; most++) {
		struct { char bytes[24]; } *items = NULL, value;
		size_t count = 0;

		memset(&value, (int)most, sizeof(value));
		while (count < most)
			CHECK_NUMBER(ct_array_push(items, count, value), 0);
		CHECK(!memcmp(&items[most - 1], &value, sizeof(value)));
		free(items);
	}
}

TEST(too_much_is_enomem_and_keeps_what_is_there)
{
	void *items = NULL, *before;

#ifdef __SANITIZE_ADDRESS__
	SKIP("the address sanitizer ends a program that asks for so much");
#endif
	items = before = malloc(16);
	CHECK_NUMBER(ct_array_reserve(&items, (size_t)1 << 62, 64), -ENOMEM);
	CHECK(items == before);
	free(items);
}
