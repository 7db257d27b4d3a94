/* SPDX-License-Identifier: MIT */
/* What ct says to a person: one line on stderr, which no name in it can break. */
#pragma once

#include <stdbool.h>

#include "common/error.h"

enum { STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_TORN = 3 };

/* "PROGRAM: TEXT" */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "PROGRAM: OBJECT: what err says"; returns the exit status. */
int report_failure(const char *object, const struct ct_error *err);

/* An error in how the command was called: exit status 2. Returns a negative code. */
int usage_error(struct ct_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whether err comes from usage_error(). */
bool is_usage_error(const struct ct_error *err);

/* Says each change ct makes, for --verbose. */
void report_trace(const char *verb, int dir, const char *name, const char *text);

/*
 * A name as it may be shown: controls are written as escapes, bytes above ASCII
 * are left to the terminal's locale. For the caller to free; NULL without memory.
 */
char *report_safe(const char *text);

/* Keeps what report() says, until it is told not to any more: then it is said. */
void report_keep(bool keep);
/* The same, but only ASCII's controls are written as escapes: for programs. */
char *report_escape(const char *text);
