// SPDX-License-Identifier: MIT
#include "common/refusal.h"

#include <errno.h>

#include "tests/unit/support.h"

TEST(of_the_name_the_version_and_the_code)
{
	const char *busy = ct_refusal_rule("cpuset.cpus", 1, EBUSY);

	CHECK_TEXT(busy, "a container below has more than that; take it from there first");
	CHECK(ct_refusal_rule("cpuset.mems", 1, EBUSY) == busy);
	CHECK(!ct_refusal_rule("cpuset.cpus", 2, EBUSY));
	CHECK(ct_refusal_rule("cpuset.cpus", 2, ENOSPC) == ct_refusal_rule("cpuset.cpus", 1, ENOSPC));
	CHECK(ct_refusal_rule("cpu.max", 1, EINVAL) != ct_refusal_rule("cpu.max", 2, EINVAL));
	CHECK_TEXT(ct_refusal_rule("memory.use_hierarchy", 1, EINVAL), "what is below a container always counts since Linux 5.11");
}

TEST(of_whole_names)
{
	CHECK(ct_refusal_rule("cpu.max.burst", 2, EINVAL) != ct_refusal_rule("cpu.max", 2, EINVAL));
	CHECK(!ct_refusal_rule("cpu", 1, EINVAL));
	CHECK(!ct_refusal_rule("cpuset.cpus cpuset.mems", 2, EINVAL));
	CHECK(!ct_refusal_rule("", 1, EINVAL));
	CHECK(!ct_refusal_rule("memory.max", 1, EBUSY));
}
