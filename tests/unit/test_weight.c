// SPDX-License-Identifier: MIT
#include "common/weight.h"

#include "tests/unit/check.h"

TEST(ends_and_default_of_shares)
{
	CHECK_NUMBER(ct_weight_of_shares(2), 1);
	CHECK_NUMBER(ct_weight_of_shares(1024), 100);
	CHECK_NUMBER(ct_weight_of_shares(262144), 10000);
	CHECK_NUMBER(ct_weight_to_shares(1), 2);
	CHECK_NUMBER(ct_weight_to_shares(100), 1024);
	CHECK_NUMBER(ct_weight_to_shares(10000), 262144);
	/* what the kernel would not take is the nearest that it does */
	CHECK_NUMBER(ct_weight_of_shares(0), 1);
	CHECK_NUMBER(ct_weight_of_shares(262145), 10000);
}

/* As published with the formula, and by hand: ceil(10 ^ ((81 + 1125) / 612 - 7 / 34)). */
TEST(known_weights)
{
	CHECK_NUMBER(ct_weight_of_shares(3), 2);
	CHECK_NUMBER(ct_weight_of_shares(512), 59);
	CHECK_NUMBER(ct_weight_of_shares(2048), 174);
}

TEST(weight_comes_back_from_shares)
{
	for (uint64_t weight = 1; weight <= 10000; weight++)
		if (!CHECK_NUMBER(ct_weight_of_shares(ct_weight_to_shares(weight)), weight))
			return;
}

/* The rounding of ct-parameters(7): as it was, or more, by less than a step of weight. */
TEST(shares_come_back_within_a_step)
{
	uint64_t last = 0;

	for (uint64_t shares = 2; shares <= 262144; shares++) {
		uint64_t weight = ct_weight_of_shares(shares), back = ct_weight_to_shares(weight);

		if (!CHECK(weight >= last) || !CHECK(back >= shares) || !CHECK(ct_weight_of_shares(back) == weight) ||
		    !CHECK(back == 262144 || ct_weight_of_shares(back + 1) > weight))
			return;
		last = weight;
	}
}

TEST(nice_comes_back)
{
	CHECK_NUMBER(ct_weight_of_nice(0), 1024);
	CHECK_NUMBER(ct_weight_of_nice(19), 15);
	CHECK_NUMBER(ct_weight_of_nice(-20), 88818);
	CHECK_NUMBER(ct_weight_to_nice(2), 19);
	CHECK_NUMBER(ct_weight_to_nice(262144), -20);
	for (int nice = -20; nice <= 19; nice++)
		CHECK_NUMBER(ct_weight_to_nice(ct_weight_of_nice(nice)), nice);
}

TEST(bfq)
{
	CHECK_NUMBER(ct_weight_to_bfq(1), 1);
	CHECK_NUMBER(ct_weight_to_bfq(100), 100);
	CHECK_NUMBER(ct_weight_to_bfq(10000), 1000);
	for (uint64_t weight = 1; weight <= 1000; weight++)
		CHECK_NUMBER(ct_weight_to_bfq(ct_weight_of_bfq(weight)), weight);
	for (uint64_t weight = 1; weight <= 10000; weight++) {
		uint64_t back = ct_weight_of_bfq(ct_weight_to_bfq(weight));

		if (!CHECK(back <= weight && weight - back <= 10))
			return;
	}
}
