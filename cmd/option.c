// SPDX-License-Identifier: MIT
#include "cmd/option.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "cmd/applet.h"
#include "cmd/report.h"

enum { MOST = 24, LONG_ONLY = 0x100 };

static const struct ct_option common[] = {
	FLAG('v', "verbose", &globals.verbose, "say each change that is made"),
	FLAG('h', "help", &globals.help, "print this help"),
	FLAG('V', "version", &globals.version, "print the version"),
	STRING(0, "sysroot", "DIR", &globals.sysroot, NULL),
	OPTIONS_END
};

static const struct ct_option changing[] = {
	FLAG('n', "dry-run", &globals.dry_run, "print the steps and do nothing"),
	OPTIONS_END
};

/* All options of an applet in the order in which --help lists them. */
static size_t gather(const struct applet *applet, const struct ct_option *all[MOST])
{
	const struct ct_option *const tables[] = { applet->options, applet->changes ? changing : NULL,
						   common };
	size_t count = 0;

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (const struct ct_option *option = tables[i]; option && option->name; option++)
			if (count < MOST)
				all[count++] = option;
	return count;
}

static int store(const struct ct_option *option, const char *value, struct ct_error *err)
{
	struct ct_error why = { 0 };

	switch (option->kind) {
	case CT_FLAG:
		*option->flag = true;
		break;
	case CT_STRING:
		*option->string = value;
		break;
	case CT_PARSED:
		if (option->parse(value, &why) < 0)
			return usage_error(err, "--%s: %s", option->name, why.text);
		break;
	}
	return 0;
}

static int complain(const struct applet *applet, int answer, char **argv, struct ct_error *err)
{
	const char *given = argv[optind - 1];
	char letter[3] = { '-', (char)optopt, '\0' };
	bool is_letter = optopt && optopt < LONG_ONLY; /* negative: above ASCII */

	if (answer == ':')
		return usage_error(err, "option %s needs an argument", is_letter ? letter : given);
	if (is_letter)
		return usage_error(err, "unknown option %s%s", letter,
				   applet->max_operands ?
					   "; an operand that begins with '-' goes after --" : "");
	if (optopt)
		return usage_error(err, "option %s takes no argument", given);
	return usage_error(err, "unknown or ambiguous option %s", given);
}

/* The forms of the table that getopt_long(3) wants; a value is the option's index. */
static void translate(const struct applet *applet, const struct ct_option *const all[MOST],
		      size_t count, char letters[2 * MOST + 3], struct option longs[MOST + 1])
{
	char *letter = letters;

	if (applet->command)
		*letter++ = '+';
	*letter++ = ':';
	for (size_t i = 0; i < count; i++) {
		longs[i] = (struct option){
			.name = all[i]->name,
			.has_arg = all[i]->metavar ? required_argument : no_argument,
			.val = LONG_ONLY + (int)i,
		};
		if (!all[i]->letter)
			continue;
		*letter++ = all[i]->letter;
		if (all[i]->metavar)
			*letter++ = ':';
	}
	*letter = '\0';
	longs[count] = (struct option){ 0 };
}

static const struct ct_option *find(const struct ct_option *const all[MOST], size_t count, int answer)
{
	if (answer >= LONG_ONLY)
		return all[answer - LONG_ONLY];
	for (size_t i = 0; i < count; i++)
		if (all[i]->letter == answer)
			return all[i];
	return NULL;
}

int option_parse(const struct applet *applet, int argc, char **argv, struct ct_error *err)
{
	const struct ct_option *all[MOST];
	size_t count = gather(applet, all);
	char letters[2 * MOST + 3];
	struct option longs[MOST + 1];
	int answer;

	translate(applet, all, count, letters, longs);
	opterr = 0;
	optind = 0;
	while ((answer = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
		const struct ct_option *option = find(all, count, answer);
		int result = option ? store(option, optarg, err) : complain(applet, answer, argv, err);

		if (result < 0)
			return result;
	}
	return optind;
}

void option_help(const struct applet *applet)
{
	const struct ct_option *all[MOST];
	size_t count = gather(applet, all);

	printf("Usage: %s [options]%s%s\n%c%s.\n\nOptions:\n", applet->name,
	       *applet->operands ? " " : "", applet->operands, applet->summary[0] & ~0x20,
	       applet->summary + 1);
	for (size_t i = 0; i < count; i++) {
		char names[64], letter[8] = "    ";

		if (!all[i]->help)
			continue;
		if (all[i]->letter)
			snprintf(letter, sizeof(letter), "-%c, ", all[i]->letter);
		snprintf(names, sizeof(names), "%s--%s%s%s", letter, all[i]->name,
			 all[i]->metavar ? " " : "", all[i]->metavar ? all[i]->metavar : "");
		printf("  %-30s %s\n", names, all[i]->help);
	}
	printf("\nSee %s(8)%s.\n", applet->name, strcmp(applet->name, "ct") ? " and ct-containers(7)" : "");
}

void option_describe(const struct applet *applet)
{
	const struct ct_option *all[MOST];
	size_t count = gather(applet, all);

	printf("applet\t%s\t%s\t%s\n", applet->name, *applet->operands ? applet->operands : "-",
	       applet->summary);
	for (size_t i = 0; i < count; i++) {
		char letter[3] = { '-', all[i]->letter, '\0' };

		if (all[i]->help)
			printf("option\t%s\t--%s\t%s\t%s\n", letter, all[i]->name,
			       all[i]->metavar ? all[i]->metavar : "-", all[i]->help);
	}
}

long long option_number(const char *value, long long least, long long most, const char **ret_why)
{
	if (!isdigit((unsigned char)value[*value == '-'])) {
		*ret_why = "invalid";
		return 0;
	}
	return strtonum(value, least, most, ret_why);
}

int option_seconds(const char *value, uint64_t *ret_milliseconds, struct ct_error *err)
{
	char *end;
	double seconds = strtod(value, &end);

	/* strtod takes more than a person means: hexadecimals, "inf", "nan", blanks */
	if (end == value || *end || value[strspn(value, "0123456789.")])
		return ct_failx(err, EINVAL, "'%s' is no number of seconds", value);
	if (seconds > 1e9)
		return ct_failx(err, ERANGE, "%s seconds are too many", value);
	*ret_milliseconds = (uint64_t)(seconds * 1000 + 0.5);
	return 0;
}
