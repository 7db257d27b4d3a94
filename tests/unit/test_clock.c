// SPDX-License-Identifier: MIT
#include "common/clock.h"

#include "common/proc.h"
#include "tests/unit/support.h"

TEST(it_goes_forward)
{
	uint64_t before = ct_clock(), after;

	while ((after = ct_clock()) == before)
		;
	CHECK(after > before);
	CHECK(after - before < 1000000); /* microseconds */
}

TEST(pauses_grow_up_to_a_limit)
{
	static const uint64_t wanted[] = { 200, 400, 800, 1000, 1000 };
	uint64_t pause = 100, start = ct_clock();

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		ct_clock_pause(&pause, 1000);
		CHECK_NUMBER(pause, wanted[i]);
	}
	CHECK(ct_clock() - start >= 100 + 200 + 400 + 800 + 1000);
}

TEST(a_pause_longer_than_a_second)
{
	uint64_t pause = 1000001, start = ct_clock();

	ct_clock_pause(&pause, 5);
	CHECK_NUMBER(pause, 5);
	CHECK(ct_clock() - start >= 1000001);
}

/* What starts later than now has a later number; this process is older. */
TEST(ticks_are_those_of_the_kernel)
{
	autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct ct_proc_stat stat;
	uint64_t now = ct_clock_ticks();

	CHECK_NUMBER(ct_proc_stat(proc, getpid(), &stat), 0);
	CHECK(stat.start <= now);
	CHECK(now - stat.start < 600 * (uint64_t)sysconf(_SC_CLK_TCK));
}
