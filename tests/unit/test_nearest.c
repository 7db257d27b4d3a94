// SPDX-License-Identifier: MIT
#include "common/nearest.h"

#include "tests/unit/support.h"

static const char *nearest_of(const char *word)
{
	static const char *const words[] = { "memory.min", "memory.max", "memory.low", "cpu.max", "pids.max" };
	struct ct_nearest nearest = { .word = word };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		ct_nearest_try(&nearest, words[i], words[i]);
	return nearest.found ? nearest.found : "none";
}

TEST(slips)
{
	CHECK_TEXT(nearest_of("memory.mx"), "memory.max");
	CHECK_TEXT(nearest_of("memory.maxx"), "memory.max");
	CHECK_TEXT(nearest_of("memory.nax"), "memory.max");
	CHECK_TEXT(nearest_of("pid.max"), "pids.max");
}

TEST(letters_that_changed_places_are_one_slip)
{
	CHECK_TEXT(nearest_of("memory.mxa"), "memory.max");
	CHECK_TEXT(nearest_of("memory.mni"), "memory.min");
	CHECK_TEXT(nearest_of("emmory.low"), "memory.low");
}

TEST(capitals)
{
	CHECK_TEXT(nearest_of("MEMORY.MAX"), "memory.max");
	CHECK_TEXT(nearest_of("Cpu.Mx"), "cpu.max");
}

TEST(other_words)
{
	CHECK_TEXT(nearest_of(""), "none");
	CHECK_TEXT(nearest_of("io.weight"), "none");
	CHECK_TEXT(nearest_of("memory.swap.max"), "none");
	CHECK_TEXT(nearest_of("memory.mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm"), "none");
}
