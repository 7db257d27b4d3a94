// SPDX-License-Identifier: MIT
#include "common/error.h"

#include <errno.h>

#include "tests/unit/check.h"

TEST(fail_takes_code_and_reason_from_errno)
{
	struct ct_error err = { 0 };

	errno = EACCES;
	CHECK_NUMBER(ct_fail(&err, "cannot open %s", "/proc"), -EACCES);
	CHECK_NUMBER(err.code, EACCES);
	CHECK_TEXT(err.text, "cannot open /proc: Permission denied");
}

TEST(failx_takes_the_code_given)
{
	struct ct_error err = { 0 };

	errno = EACCES;
	CHECK_NUMBER(ct_failx(&err, EINVAL, "'%s' is no %d", "a", 7), -EINVAL);
	CHECK_NUMBER(err.code, EINVAL);
	CHECK_TEXT(err.text, "'a' is no 7");
}

TEST(context_goes_before_and_keeps_the_code)
{
	struct ct_error err = { 0 };

	ct_failx(&err, EBUSY, "in use");
	errno = EACCES;
	CHECK_NUMBER(ct_fail_in(&err, "web/%s", "a"), -EBUSY);
	CHECK_NUMBER(err.code, EBUSY);
	CHECK_TEXT(err.text, "web/a: in use");
}

TEST(also_goes_behind_and_keeps_the_code)
{
	struct ct_error err = { 0 };

	ct_failx(&err, EBUSY, "in use");
	CHECK_NUMBER(ct_fail_also(&err, "and %s too", "that"), -EBUSY);
	CHECK_TEXT(err.text, "in use; and that too");
}

TEST(torn_is_left_alone)
{
	struct ct_error err = { .torn = true };

	ct_failx(&err, EBUSY, "a");
	CHECK(err.torn);
	ct_fail(&err, "b");
	CHECK(err.torn);
	ct_fail_in(&err, "c");
	CHECK(err.torn);
	ct_fail_also(&err, "d");
	CHECK(err.torn);
	err = (struct ct_error){ 0 };
	ct_failx(&err, EBUSY, "a");
	ct_fail_in(&err, "c");
	ct_fail_also(&err, "d");
	CHECK(!err.torn);
}

static void fill(char *text, size_t length)
{
	memset(text, 'x', length);
	text[0] = '(';
	text[length - 1] = ')';
	text[length] = '\0';
}

TEST(what_fits_exactly_stays_whole)
{
	struct ct_error err = { 0 };
	char text[sizeof(err.text)];

	fill(text, sizeof(text) - 1);
	ct_failx(&err, EINVAL, "%s", text);
	CHECK_TEXT(err.text, text);
}

TEST(one_byte_too_long_loses_the_middle)
{
	struct ct_error err = { 0 };
	char text[sizeof(err.text) + 1];

	fill(text, sizeof(text) - 1);
	ct_failx(&err, EINVAL, "%s", text);
	CHECK_NUMBER(strlen(err.text), sizeof(err.text) - 1);
	CHECK_NUMBER(err.text[0], '(');
	CHECK_NUMBER(err.text[sizeof(err.text) - 2], ')');
	CHECK(strstr(err.text, "x [...] x") != NULL);
}

TEST(a_long_name_leaves_the_reason_to_be_read)
{
	struct ct_error err = { 0 };
	char name[4096];

	fill(name, sizeof(name) - 1);
	errno = ENOSPC;
	ct_fail(&err, "cannot create %s", name);
	CHECK(!strncmp(err.text, "cannot create (xxx", 18));
	CHECK_TEXT(strstr(err.text, "): "), "): No space left on device");
	ct_fail_in(&err, "%s", name);
	CHECK_NUMBER(err.text[0], '(');
	CHECK_TEXT(strstr(err.text, "): "), "): No space left on device");
	ct_fail_also(&err, "could not undo \"%s\": because", name);
	CHECK_NUMBER(strlen(err.text), sizeof(err.text) - 1);
	CHECK_TEXT(strstr(err.text, ")\": "), ")\": because");
}

TEST(longer_than_any_buffer_is_no_harm)
{
	struct ct_error err = { 0 };
	size_t length = 100000;
	char *text = malloc(length + 1);

	if (!CHECK(text != NULL))
		return;
	fill(text, length);
	CHECK_NUMBER(ct_failx(&err, EINVAL, "%s", text), -EINVAL);
	CHECK_NUMBER(strlen(err.text), sizeof(err.text) - 1);
	CHECK_NUMBER(ct_fail_in(&err, "%s", text), -EINVAL);
	CHECK_NUMBER(ct_fail_also(&err, "%s", text), -EINVAL);
	CHECK_NUMBER(strlen(err.text), sizeof(err.text) - 1);
	free(text);
}
