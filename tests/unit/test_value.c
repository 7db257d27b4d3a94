// SPDX-License-Identifier: MIT
#include "common/value.h"

#include <sys/sysinfo.h>

#include "tests/unit/support.h"

static void bytes(const char *text, uint64_t wanted)
{
	struct ct_error err = { 0 };
	uint64_t got = 0;

	CHECK_NUMBER(ct_value_bytes(text, true, &got, &err), 0);
	CHECK_NUMBER(got, wanted);
}

static void no_bytes(const char *text, int code, const char *wanted)
{
	struct ct_error err = { 0 };
	uint64_t got = 7;

	CHECK_FAILURE(ct_value_bytes(text, true, &got, &err), err, code, wanted);
	CHECK_NUMBER(got, 7);
}

TEST(units_are_of_1024)
{
	bytes("0", 0);
	bytes("4096", 4096);
	bytes("1K", 1024);
	bytes("1k", 1024);
	bytes("512M", 512 << 20);
	bytes("3G", UINT64_C(3) << 30);
	bytes("2T", UINT64_C(2) << 40);
	bytes("9223372036854775807", INT64_MAX);
	bytes("8388607T", UINT64_C(8388607) << 40);
}

TEST(parts_of_the_memory)
{
	struct ct_error err = { 0 };
	struct sysinfo info;
	uint64_t half = 0, all = 0;

	sysinfo(&info);
	CHECK_NUMBER(ct_value_bytes("50%", true, &half, &err), 0);
	CHECK_NUMBER(ct_value_bytes("100.00%", true, &all, &err), 0);
	CHECK(half % 4096 == 0 && half && half <= all / 2 && all / 2 - half <= 8192);
	CHECK(all <= (uint64_t)info.totalram * info.mem_unit);
	CHECK_FAILURE(ct_value_bytes("50%", false, &half, &err), err, EINVAL,
		      "'50%': '%' is no unit; K, M, G and T are");
}

TEST(no_bytes)
{
	no_bytes("", EINVAL, "'' is no number");
	no_bytes("M", EINVAL, "'M' is no number");
	no_bytes(" 1", EINVAL, "' 1' is no number");
	no_bytes("+1", EINVAL, "'+1' is no number");
	no_bytes("-1", EINVAL, "'-1' is negative");
	no_bytes("1.5G", EINVAL, "'1.5G': '.5G' is no unit; K, M, G and T are, and %");
	no_bytes("5X", EINVAL, "'5X': 'X' is no unit; K, M, G and T are, and %");
	no_bytes("5 ", EINVAL, "'5 ': ' ' is no unit; K, M, G and T are, and %");
	no_bytes("5K ", EINVAL, "'5K ': 'K ' is no unit; K, M, G and T are, and %");
	no_bytes("5MB", EINVAL, "'5MB': 'MB' is no unit; K, M, G and T are, and %");
	no_bytes("18446744073709551616", ERANGE,
		 "'18446744073709551616' is more than 9223372036854775807, the largest number there is");
	no_bytes("9223372036854775808", ERANGE,
		 "'9223372036854775808' is more than 9223372036854775807, the largest number there is");
	no_bytes("8388608T", ERANGE, "'8388608T' is more than 9223372036854775807 bytes");
	no_bytes("101%", ERANGE, "'101%' is more than all of the memory");
	no_bytes("%", EINVAL, "'%' is no number");
	no_bytes("1.234%", EINVAL, "'1.234%' is no percentage such as 50% or 12.34%");
}

TEST(numbers)
{
	struct ct_error err = { 0 };
	int64_t number = 0;

	CHECK_NUMBER(ct_value_number("-20", -20, 19, &number, &err), 0);
	CHECK_NUMBER(number, -20);
	CHECK_NUMBER(ct_value_number("10000", 1, 10000, &number, &err), 0);
	CHECK_NUMBER(number, 10000);
	CHECK_FAILURE(ct_value_number("0", 1, 10000, &number, &err), err, ERANGE, "0 is not from 1 to 10000");
	CHECK_FAILURE(ct_value_number("10001", 1, 10000, &number, &err), err, ERANGE,
		      "10001 is not from 1 to 10000");
	CHECK_FAILURE(ct_value_number("-1", 1, 10000, &number, &err), err, EINVAL, "'-1' is negative");
	CHECK_FAILURE(ct_value_number("10 ", 1, 10000, &number, &err), err, EINVAL, "'10 ' is no number");
	CHECK_FAILURE(ct_value_number("0x10", 1, 10000, &number, &err), err, EINVAL, "'0x10' is no number");
}

TEST(percentages)
{
	struct ct_error err = { 0 };
	uint64_t part = 0;

	CHECK_NUMBER(ct_value_percent("150%", &part, &err), 0);
	CHECK_NUMBER(part, 15000);
	CHECK_NUMBER(ct_value_percent("12.3%", &part, &err), 0);
	CHECK_NUMBER(part, 1230);
	CHECK_NUMBER(ct_value_percent("0.05%", &part, &err), 0);
	CHECK_NUMBER(part, 5);
	CHECK_FAILURE(ct_value_percent("50", &part, &err), err, EINVAL,
		      "'50' is no percentage such as 50% or 12.34%");
	CHECK_FAILURE(ct_value_percent("99999999999%", &part, &err), err, ERANGE, "'99999999999%' is too much");
}

static void no_list(const char *text, int code, const char *wanted)
{
	static bool list[CT_VALUE_LIST];
	struct ct_error err = { 0 };

	CHECK_FAILURE(ct_value_list(text, list, &err), err, code, wanted);
}

TEST(lists)
{
	static bool list[CT_VALUE_LIST];
	struct ct_error err = { 0 };
	size_t count = 0;

	CHECK_NUMBER(ct_value_list("0-2,5,8191", list, &err), 0);
	for (size_t i = 0; i < CT_VALUE_LIST; i++)
		count += list[i];
	CHECK_NUMBER(count, 5);
	CHECK(list[0] && list[1] && list[2] && list[5] && list[8191]);
	CHECK_NUMBER(ct_value_list("", list, &err), 0);
	CHECK(!list[0] && !list[8191]);
	no_list("a", EINVAL, "'a' is no list such as 0-3,8");
	no_list("1,", EINVAL, "'1,' is no list such as 0-3,8");
	no_list("1,,2", EINVAL, "'1,,2' is no list such as 0-3,8");
	no_list("-1", EINVAL, "'-1' is no list such as 0-3,8");
	no_list("1-", EINVAL, "'1-' is no list such as 0-3,8");
	no_list("1 2", EINVAL, "'1 2' is no list such as 0-3,8");
	no_list("3-1", EINVAL, "'3-1': 3-1 goes backwards");
	no_list("8192", ERANGE, "'8192': there is no number 8192");
	no_list("99999999999999999999", EINVAL, "'99999999999999999999' is no list such as 0-3,8");
}

TEST(bytes_for_a_person)
{
	char buffer[16];

	ct_value_print_bytes(536870912, buffer, sizeof(buffer));
	CHECK_TEXT(buffer, "512M");
	ct_value_print_bytes(0, buffer, sizeof(buffer));
	CHECK_TEXT(buffer, "0");
	ct_value_print_bytes(UINT64_C(3) << 29, buffer, sizeof(buffer));
	CHECK_TEXT(buffer, "1.5G");
}
