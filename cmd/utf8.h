/* SPDX-License-Identifier: MIT */
/* Names are bytes; what programs read is UTF-8 (RFC 3629), and their parsers refuse all else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The length of the character that text begins with, 0 if it is none. */
size_t utf8_length(const char *text);

/* Whether text begins with one of U+0080 to U+009F, by which terminals are controlled, too. */
bool utf8_is_c1(const char *text);

/* What is no character, and for a terminal a C1 control, becomes U+FFFD. For the caller to free; NULL without memory. */
char *utf8_clean(const char *text, bool terminal);
