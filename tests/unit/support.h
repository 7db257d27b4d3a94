/* SPDX-License-Identifier: MIT */
/* What several test programs need: fixtures, and machines made of a few files. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/hierarchy.h"
#include "tests/unit/check.h"

/* Checks that result is a failure of that code and err says exactly that. */
#define CHECK_FAILURE(result, err, code_, text_)                                     \
	__extension__({                                                              \
		int result_ = (result);                                              \
		bool held_ = CHECK_NUMBER(result_, -(code_));                        \
		held_ = CHECK_NUMBER((err).code, result_ < 0 ? (code_) : 0) && held_; \
		CHECK_TEXT((err).text, (text_)) && held_;                            \
	})

/* tests/fixtures/NAME; the buffer is overwritten by the next call. */
__attribute__((unused)) static const char *fixture(const char *name)
{
	static char path[PATH_MAX];
	const char *source = getenv("CT_SOURCE");

	snprintf(path, sizeof(path), "%s/tests/fixtures/%s", source ? source : ".", name);
	return path;
}

/* A fixture's hierarchies, all of them selected; false if that failed, which is checked. */
__attribute__((unused)) static bool open_fixture(const char *name, struct ct_hierarchies *all)
{
	struct ct_error err = { 0 };
	int result = ct_hierarchies_open(all, fixture(name), &err);

	if (result >= 0 && all->count)
		result = ct_hierarchies_select(all, NULL, false, &err);
	return CHECK_TEXT(err.text, "") && CHECK_NUMBER(result, 0);
}

/* A directory of its own, for remove_tree(); in memory, if it can be: many files come and go. */
__attribute__((unused)) static void make_tree(char root[PATH_MAX])
{
	const char *base = getenv("TMPDIR");

	if (!base)
		base = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(root, PATH_MAX, "%s/ct-unit.XXXXXX", base);
	if (!mkdtemp(root)) {
		perror(root);
		exit(1);
	}
}

/* "ROOT/PATH"; every directory above it is made. The buffer is overwritten by the next call. */
__attribute__((format(printf, 2, 3), unused)) static const char *below(const char *root,
								      const char *format, ...)
{
	static char path[2 * PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s/", root);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path + length, sizeof(path) - (size_t)length, format, arguments);
	va_end(arguments);
	for (char *slash = path + strlen(root); (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	return path;
}

__attribute__((unused)) static void write_file(const char *path, const char *text)
{
	autofile FILE *file = fopen(path, "we");

	if (!file || fputs(text, file) < 0) {
		perror(path);
		exit(1);
	}
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status, (void)kind, (void)walk;
	return remove(path);
}

__attribute__((unused)) static void remove_tree(const char *root)
{
	nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
