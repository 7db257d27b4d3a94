/* SPDX-License-Identifier: MIT */
/*
 * Errors. A function that can fail returns 0 (or a count) or a negative errno
 * and takes a caller-owned struct ct_error as its last parameter; on success
 * it leaves that untouched. The text is complete where it is made: it names the
 * object, the rule and the way out, in lower case, without a full stop.
 * Decide on codes, never on the text. To ignore a failure pass a scratch
 * struct ct_error, and say why. Functions documented as "like a system call"
 * return the negative errno alone; their caller knows the object.
 */
#pragma once

#include <stdbool.h>

struct ct_error {
	int code;	/* a positive errno */
	bool torn;	/* something changed that could not be put back: exit status 3 */
	char text[512];
};

/* "TEXT: strerror(errno)"; returns -errno. */
int ct_fail(struct ct_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* TEXT alone; returns -code. */
int ct_failx(struct ct_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "TEXT: " before what err says already; returns -err->code. */
int ct_fail_in(struct ct_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends "; TEXT" to what err says already; returns -err->code. */
int ct_fail_also(struct ct_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
