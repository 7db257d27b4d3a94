// SPDX-License-Identifier: MIT
#include "common/value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <bsd/stdlib.h>

static const char digits[] = "0123456789";

bool ct_value_is_max(const char *text)
{
	return !strcmp(text, "max") || !strcmp(text, "infinity");
}

/* The digits that text begins with, as a number of at most 2^63 - 1; what follows them. */
static int leading_number(const char *text, uint64_t *ret_number, const char **ret_rest,
			  struct ct_error *err)
{
	size_t length = strspn(text, digits);

	if (*text == '-' && strspn(text + 1, digits))
		return ct_failx(err, EINVAL, "'%s' is negative", text);
	if (!length)
		return ct_failx(err, EINVAL, "'%s' is no number", text);
	errno = 0;
	*ret_number = strtoull(text, NULL, 10);
	if (errno || *ret_number > INT64_MAX)
		return ct_failx(err, ERANGE, "'%s' is more than %" PRId64 ", the largest number there is",
				text, INT64_MAX);
	*ret_rest = text + length;
	return 0;
}

int ct_value_number(const char *text, int64_t least, int64_t most, int64_t *ret_number,
		    struct ct_error *err)
{
	bool negative = *text == '-' && least < 0;
	const char *rest;
	uint64_t number;
	int result = leading_number(text + negative, &number, &rest, err);
	int64_t value;

	if (result < 0)
		return result;
	if (*rest)
		return ct_failx(err, EINVAL, "'%s' is no number", text);
	value = negative ? -(int64_t)number : (int64_t)number;
	if (value < least || value > most)
		return ct_failx(err, ERANGE, "%s is not from %" PRId64 " to %" PRId64, text, least, most);
	*ret_number = value;
	return 0;
}

int ct_value_percent(const char *text, uint64_t *ret_hundredths, struct ct_error *err)
{
	const char *rest;
	uint64_t whole, part = 0;
	int result = leading_number(text, &whole, &rest, err);

	if (result < 0)
		return result;
	if (*rest == '.' && strspn(rest + 1, digits) && strspn(rest + 1, digits) <= 2) {
		size_t length = strspn(++rest, digits);

		part = strtoul(rest, NULL, 10) * (length == 1 ? 10 : 1);
		rest += length;
	}
	if (strcmp(rest, "%") != 0)
		return ct_failx(err, EINVAL, "'%s' is no percentage such as 50%% or 12.34%%", text);
	if (whole > 10000000)
		return ct_failx(err, ERANGE, "'%s' is too much", text);
	*ret_hundredths = 100 * whole + part;
	return 0;
}

static int memory_part(const char *text, uint64_t *ret_bytes, struct ct_error *err)
{
	struct sysinfo info;
	uint64_t hundredths, page = (uint64_t)sysconf(_SC_PAGESIZE);
	int result = ct_value_percent(text, &hundredths, err);

	if (result < 0)
		return result;
	if (hundredths > 10000)
		return ct_failx(err, ERANGE, "'%s' is more than all of the memory", text);
	if (sysinfo(&info) < 0)
		return ct_fail(err, "cannot ask how much memory there is");
	*ret_bytes = (uint64_t)info.totalram * info.mem_unit / 10000 * hundredths / page * page;
	return 0;
}

int ct_value_bytes(const char *text, bool memory, uint64_t *ret_bytes, struct ct_error *err)
{
	static const char units[] = "KMGT";
	const char *rest, *unit;
	uint64_t number;
	int result;

	if (memory && strchr(text, '%'))
		return memory_part(text, ret_bytes, err);
	result = leading_number(text, &number, &rest, err);
	if (result < 0)
		return result;
	if (*rest) {
		unit = rest[1] ? NULL : memchr(units, *rest & ~0x20, strlen(units));
		if (!unit)
			return ct_failx(err, EINVAL, "'%s': '%s' is no unit; K, M, G and T are%s", text,
					rest, memory ? ", and %" : "");
		for (const char *step = units; step <= unit; step++) {
			if (number > INT64_MAX / 1024)
				return ct_failx(err, ERANGE, "'%s' is more than %" PRId64 " bytes", text,
						INT64_MAX);
			number *= 1024;
		}
	}
	*ret_bytes = number;
	return 0;
}

void ct_value_print_bytes(uint64_t bytes, char *buffer, size_t size)
{
	humanize_number(buffer, size < 5 ? size : 5, (int64_t)bytes, "", HN_AUTOSCALE,
			HN_NOSPACE | HN_DECIMAL);
}

int ct_value_list(const char *text, bool *list, struct ct_error *err)
{
	memset(list, 0, CT_VALUE_LIST * sizeof(*list));
	for (const char *at = text; *at;) {
		const char *rest = at;
		uint64_t first, last;
		int result = leading_number(at, &first, &rest, err);

		if (result < 0)
			return ct_failx(err, EINVAL, "'%s' is no list such as 0-3,8", text);
		last = first;
		if (*rest == '-') {
			at = rest + 1;
			result = leading_number(at, &last, &rest, err);
		}
		if (result < 0 || (*rest && *rest != ',') || (*rest == ',' && !rest[1]))
			return ct_failx(err, EINVAL, "'%s' is no list such as 0-3,8", text);
		if (last < first)
			return ct_failx(err, EINVAL, "'%s': %" PRIu64 "-%" PRIu64 " goes backwards", text,
					first, last);
		if (last >= CT_VALUE_LIST)
			return ct_failx(err, ERANGE, "'%s': there is no number %" PRIu64, text, last);
		for (uint64_t i = first; i <= last; i++)
			list[i] = true;
		at = rest + (*rest == ',');
	}
	return 0;
}
