/* SPDX-License-Identifier: MIT */
/*
 * A unit test program is a file of TEST(name) { … } that includes this header; main() is
 * here. It prints TAP. A failed CHECK is told with its place and the test goes on; each
 * yields whether it held, so that "if (!CHECK(pointer)) return;" guards what follows.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check_test {
	const char *name;
	void (*run)(void);
};

static struct check_test check_tests[128];
static size_t check_count;
static bool check_failed;
static const char *check_skipped;
static FILE *check_told; /* diagnostics, printed after the result they belong to */

#define TEST(name)                                                                \
	static void test_##name(void);                                            \
	__attribute__((constructor)) static void add_##name(void)                 \
	{                                                                         \
		check_tests[check_count++] = (struct check_test){ #name, test_##name }; \
	}                                                                         \
	static void test_##name(void)

#define CHECK(condition) check_that((condition), __FILE__, __LINE__, #condition)
#define CHECK_NUMBER(got, wanted) \
	check_number((long long)(got), (long long)(wanted), __FILE__, __LINE__, #got)
#define CHECK_TEXT(got, wanted) check_text((got), (wanted), __FILE__, __LINE__, #got)

/* Ends the test that calls it, as one that cannot be made here. */
#define SKIP(reason)                     \
	do {                             \
		check_skipped = (reason); \
		return;                  \
	} while (0)

__attribute__((unused)) static bool check_that(bool held, const char *file, int line,
					       const char *what)
{
	if (!held)
		fprintf(check_told, "%s:%d: not true: %s\n", file, line, what);
	check_failed |= !held;
	return held;
}

__attribute__((unused)) static bool check_number(long long got, long long wanted, const char *file,
						 int line, const char *what)
{
	if (got != wanted)
		fprintf(check_told, "%s:%d: %s is %lld, not %lld\n", file, line, what, got, wanted);
	check_failed |= got != wanted;
	return got == wanted;
}

/* Both texts in full, and where they part. */
__attribute__((unused)) static bool check_text(const char *got, const char *wanted,
					       const char *file, int line, const char *what)
{
	size_t same = 0;

	if (got && !strcmp(got, wanted))
		return true;
	while (got && got[same] && got[same] == wanted[same])
		same++;
	fprintf(check_told, "%s:%d: %s, differs from byte %zu on\n--- wanted\n%s\n--- got\n%s\n---\n",
		file, line, what, same + 1, wanted, got ? got : "(null)");
	check_failed = true;
	return false;
}

static void check_tell(const char *text)
{
	for (const char *end; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');
		printf("# %.*s\n", (int)(end - text), text);
	}
}

int main(void)
{
	bool all = true;

	setenv("CT_AUDIT", "off", 1); /* what they change is a model */
	printf("1..%zu\n", check_count);
	for (size_t i = 0; i < check_count; i++) {
		char *text = NULL;
		size_t size;

		check_told = open_memstream(&text, &size);
		if (!check_told)
			return 1;
		check_failed = false;
		check_skipped = NULL;
		check_tests[i].run();
		fclose(check_told);
		printf("%sok %zu - %s%s%s\n", check_failed ? "not " : "", i + 1, check_tests[i].name,
		       check_skipped ? " # SKIP " : "", check_skipped ? check_skipped : "");
		check_tell(text);
		fflush(stdout);
		free(text);
		all = all && !check_failed;
	}
	return all ? 0 : 1;
}
