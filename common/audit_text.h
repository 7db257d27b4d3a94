/* SPDX-License-Identifier: MIT */
/*
 * The text of a record, "NAME=VALUE NAME=VALUE …", with the names of the audit project's dictionary of
 * fields. What others have chosen is encoded as the kernel and libaudit do it, so that no name
 * can be taken for another field.
 */
#pragma once

#include <stddef.h>

#include "common/audit.h"

/* No record is longer, so that what libaudit adds to it (the result comes last) has room. */
enum { CT_AUDIT_TEXT = 7900 };

/*
 * ' NAME="VALUE"', or where VALUE has a blank, a quote, a control character or one beyond ASCII
 * ' NAME=HEXDIGITS', appended to text. The encoded value has at most most characters: what is cut off
 * is shown by "..." at its end.
 */
void ct_audit_encode(char *text, size_t size, const char *name, const char *value, size_t most);

/* The whole record. reason is the program that it comes from. */
void ct_audit_text(const struct ct_audit *record, const char *reason, char text[CT_AUDIT_TEXT]);
