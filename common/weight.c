// SPDX-License-Identifier: MIT
#include "common/weight.h"

/* libm would be one more library to load, at each start of ct. */

/* For x of at least 1: the bits behind the point are found by squaring. */
static double log_2(double x)
{
	double log = 0;

	for (; x >= 2; x /= 2)
		log += 1;
	for (double bit = 0.5; bit > 1e-15; bit /= 2) {
		x *= x;
		if (x < 2)
			continue;
		x /= 2;
		log += bit;
	}
	return log;
}

/* For x from 0 to 62: the whole part by shifting, the rest by the series of e^x. */
static double exp_2(double x)
{
	const double ln_2 = 0.69314718055994530942;
	unsigned whole = (unsigned)x;
	double rest = (x - whole) * ln_2, sum = 1, term = 1;

	for (int i = 1; i < 24; i++) {
		term *= rest / i;
		sum += term;
	}
	return sum * (double)(UINT64_C(1) << whole);
}

uint64_t ct_weight_of_shares(uint64_t shares)
{
	const double log2_10 = 3.32192809488736234787;
	double l, exponent;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log_2((double)shares);
	exponent = (l * l + 125 * l) / 612 - 7.0 / 34;
	/* up to the next integer, unless it is one but for the error of the calculation */
	return (uint64_t)(exp_2(exponent * log2_10) + 1 - 1e-9);
}

uint64_t ct_weight_to_shares(uint64_t weight)
{
	uint64_t low = 2, high = 262144;

	while (low < high) {
		uint64_t middle = (low + high + 1) / 2;

		if (ct_weight_of_shares(middle) <= weight)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

uint64_t ct_weight_of_nice(int nice)
{
	double shares = 1024;

	for (; nice > 0; nice--)
		shares /= 1.25;
	for (; nice < 0; nice++)
		shares *= 1.25;
	return (uint64_t)(shares + 0.5);
}

int ct_weight_to_nice(uint64_t shares)
{
	uint64_t least = UINT64_MAX;
	int nearest = 0;

	for (int nice = -20; nice <= 19; nice++) {
		uint64_t there = ct_weight_of_nice(nice);
		uint64_t distance = there > shares ? there - shares : shares - there;

		if (distance >= least)
			continue;
		least = distance;
		nearest = nice;
	}
	return nearest;
}

uint64_t ct_weight_to_bfq(uint64_t weight)
{
	return weight <= 100 ? weight : 100 + (weight - 100) / 11;
}

uint64_t ct_weight_of_bfq(uint64_t weight)
{
	return weight <= 100 ? weight : 100 + (weight - 100) * 11;
}
