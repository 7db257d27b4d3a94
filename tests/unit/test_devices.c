// SPDX-License-Identifier: MIT
#include "common/devices.h"

#include <stdlib.h>

#include "common/cleanup.h"
#include "tests/unit/check.h"

static void check(const char *list, const char *wanted, const char *expected)
{
	autofree char *rest = ct_devices_without(list, wanted);

	CHECK_TEXT(rest, expected);
}

TEST(what_is_wanted_stays)
{
	check("", "", "");
	check("c 1:3 rwm\n", "c 1:3 rwm\n", "");
	check("c 1:3 rwm\nb *:* m\n", "b *:* m\nc 1:3 mrw", "");
	check("c 1:3 rwm\n", "c 1:3 r\nc 1:3 w\nc 1:3 m\n", "");
}

TEST(what_is_not_goes)
{
	check("c 1:3 rwm\nc 1:5 r\n", "", "c 1:3 rwm\nc 1:5 r\n");
	check("c 1:3 rwm\nc 1:5 r\n", "c 1:3 r\n", "c 1:3 wm\nc 1:5 r\n");
	check("c 1:3 rwm", "c 1:30 rwm\nb 1:3 rwm\nc 11:3 rwm\nc *:* rwm", "c 1:3 rwm\n");
	check("c 1:3 rwm\n", "c 1:3", "c 1:3 rwm\n");
}
