/* SPDX-License-Identifier: MIT */
/*
 * Options. Each exists once, in a static const table in the file that uses it; the table
 * drives getopt_long(3), --help and "ct --describe", from which the completions are made
 * and the manual pages checked. An option without help text is hidden.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

struct ct_option {
	char letter;		/* 0: it has none */
	const char *name;
	const char *metavar;	/* NULL: it takes no argument; else chooses the completer */
	const char *help;
	enum { CT_FLAG, CT_STRING, CT_PARSED } kind;
	union {
		bool *flag;
		const char **string;
		int (*parse)(const char *value, struct ct_error *err);
	};
};

#define FLAG(letter_, name_, flag_, help_) \
	{ .letter = (letter_), .name = (name_), .help = (help_), .kind = CT_FLAG, .flag = (flag_) }
#define STRING(letter_, name_, metavar_, string_, help_)                                  \
	{ .letter = (letter_), .name = (name_), .metavar = (metavar_), .help = (help_),    \
	  .kind = CT_STRING, .string = (string_) }
#define PARSED(letter_, name_, metavar_, parse_, help_)                                   \
	{ .letter = (letter_), .name = (name_), .metavar = (metavar_), .help = (help_),    \
	  .kind = CT_PARSED, .parse = (parse_) }
#define OPTIONS_END { .name = NULL }

struct applet;

/*
 * Parses the options before the first operand of applet (after it too, where no command
 * follows), those of its own table and those all have. Returns the index of the
 * first operand, and may reorder argv; -EINVAL with err set.
 */
int option_parse(const struct applet *applet, int argc, char **argv, struct ct_error *err);

/* What --help prints, on stdout. */
void option_help(const struct applet *applet);

/* What ct --describe prints: tab separated, "-" for what an option lacks. */
void option_describe(const struct applet *applet);

/*
 * strtonum(3), but for digits alone, after a '-' at most: blanks and '+' are mistakes in
 * writing. *ret_why is NULL on success.
 */
long long option_number(const char *value, long long least, long long most, const char **ret_why);

/* "2", "0.5": seconds, stored as milliseconds. */
int option_seconds(const char *value, uint64_t *ret_milliseconds, struct ct_error *err);
