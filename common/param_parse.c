// SPDX-License-Identifier: MIT
/* From what a person writes to what the kernel takes. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <bsd/string.h>

#include "common/cleanup.h"
#include "common/param.h"
#include "common/value.h"
#include "common/words.h"

enum { LONGEST = 4000 }; /* the kernel takes at most a page */

static int give(char **ret_value, struct ct_error *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int give(char **ret_value, struct ct_error *err, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(ret_value, format, arguments);
	va_end(arguments);
	return length < 0 ? ct_failx(err, ENOMEM, "out of memory") : 0;
}

static int parse_number(const struct ct_param *param, const char *text, char **ret_value,
			struct ct_error *err)
{
	int64_t number;
	int result = ct_value_number(text, param->least, param->most, &number, err);

	return result < 0 ? result : give(ret_value, err, "%" PRId64, number);
}

static int parse_size(const char *text, bool memory, char **ret_value, struct ct_error *err)
{
	uint64_t bytes;
	int result;

	if (ct_value_is_max(text))
		return give(ret_value, err, "max");
	result = ct_value_bytes(text, memory, &bytes, err);
	if (result == -EINVAL && *text == '-')
		ct_fail_also(err, "max is no limit");
	return result < 0 ? result : give(ret_value, err, "%" PRIu64, bytes);
}

/* sched-bwc.rst: a period is from 1 ms to 1 s, a quota at least 1 ms. */
static int parse_quota(const char *text, char **ret_value, struct ct_error *err)
{
	autofree char *words = strdup(text);
	char *rest = words, *quota = strsep(&rest, " "), *period = rest, after[32] = "";
	uint64_t hundredths;
	int64_t number;
	int result = 0;

	if (!words)
		return ct_failx(err, ENOMEM, "out of memory");
	if (period)
		result = ct_value_number(period, 1000, 1000000, &number, err);
	if (result < 0)
		return ct_fail_in(err, "the period, in microseconds");
	if (period)
		snprintf(after, sizeof(after), " %" PRId64, number);
	if (ct_value_is_max(quota))
		return give(ret_value, err, "max%s", after);
	if (strchr(quota, '%')) {
		result = ct_value_percent(quota, &hundredths, err);
		return result < 0 ? result : give(ret_value, err, "%s%s", quota, after);
	}
	result = ct_value_number(quota, 1000, INT64_MAX / 1000, &number, err);
	if (result < 0)
		return ct_fail_in(err, "the quota, in microseconds; 50%% is half of a CPU");
	return give(ret_value, err, "%" PRId64 "%s", number, after);
}

static int parse_percent(const char *text, char **ret_value, struct ct_error *err)
{
	autofree char *percent = NULL;
	uint64_t hundredths;
	int result;

	if (ct_value_is_max(text))
		return give(ret_value, err, "max");
	result = give(&percent, err, "%s%s", text, strchr(text, '%') ? "" : "%");
	if (result >= 0)
		result = ct_value_percent(percent, &hundredths, err);
	if (result >= 0 && hundredths > 10000)
		return ct_failx(err, ERANGE, "'%s' is more than 100%%", text);
	return result < 0 ? result : give(ret_value, err, "%" PRIu64 ".%02" PRIu64, hundredths / 100,
					  hundredths % 100);
}

static int parse_word(const struct ct_param *param, const char *text, char **ret_value,
		      struct ct_error *err)
{
	char choices[128];

	for (const char *at = param->words; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");

		if (strlen(text) == length && !strncmp(text, at, length))
			return give(ret_value, err, "%s", text);
		at += length;
	}
	ct_param_takes(param, choices, sizeof(choices));
	return ct_failx(err, EINVAL, "'%s' is none of %s", text, choices);
}

/* "8:16", or the special file of a block device. */
static int parse_device(const char *text, char *buffer, size_t size, struct ct_error *err)
{
	struct stat status;
	const char *colon = strchr(text, ':');

	if (*text == '/') {
		if (stat(text, &status) < 0)
			return ct_fail(err, "'%s'", text);
		if (!S_ISBLK(status.st_mode))
			return ct_failx(err, EINVAL, "'%s' is no block device", text);
		snprintf(buffer, size, "%u:%u", major(status.st_rdev), minor(status.st_rdev));
		return 0;
	}
	if (!colon || colon == text || !colon[1] || strspn(text, "0123456789") != (size_t)(colon - text) ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1) || strlen(text) >= size)
		return ct_failx(err, EINVAL, "'%s' is no device: give 8:16 (MAJOR:MINOR) or /dev/sdb", text);
	strlcpy(buffer, text, size);
	return 0;
}

/* seen: a bit for each of the limits that came before. */
static int parse_limit(char *word, unsigned *seen, FILE *file, struct ct_error *err)
{
	static const char *const limits[] = { "rbps", "wbps", "riops", "wiops", NULL };
	char *value = strchr(word, '=');
	int64_t count;
	uint64_t number;
	int result = 0, at = 0;

	if (value)
		*value++ = '\0';
	while (limits[at] && strcmp(word, limits[at]) != 0)
		at++;
	if (!value || !limits[at])
		return ct_failx(err, EINVAL, "'%s' is no limit: rbps=, wbps=, riops= and wiops= are", word);
	if (*seen & 1u << at)
		return ct_failx(err, EINVAL, "'%s' is given twice", word);
	*seen |= 1u << at;
	if (ct_value_is_max(value)) {
		fprintf(file, " %s=max", word);
		return 0;
	}
	if (word[1] == 'b') {
		result = ct_value_bytes(value, false, &number, err);
	} else {
		result = ct_value_number(value, 0, INT64_MAX, &count, err);
		number = (uint64_t)count;
	}
	if (result >= 0 && !number)
		result = ct_failx(err, ERANGE, "0 would let nothing through; max is no limit");
	if (result < 0)
		return ct_fail_in(err, "%s", word);
	fprintf(file, " %s=%" PRIu64, word, number);
	return 0;
}

static int parse_limits(const char *text, char **ret_value, struct ct_error *err)
{
	autofree char *words = strdup(text), *value = NULL;
	char *rest = words, *word = strsep(&rest, " "), device[32];
	unsigned seen = 0;
	size_t size;
	int result = words ? parse_device(word, device, sizeof(device), err) : -ENOMEM;
	FILE *file;

	if (result < 0)
		return words ? result : ct_failx(err, ENOMEM, "out of memory");
	file = open_memstream(&value, &size);
	if (!file)
		return ct_failx(err, ENOMEM, "out of memory");
	fprintf(file, "%s", device);
	while (result >= 0 && (word = strsep(&rest, " ")))
		result = *word ? parse_limit(word, &seen, file, err) : 0;
	if (fclose(file) != 0)
		return ct_failx(err, ENOMEM, "out of memory");
	if (result >= 0 && !seen)
		return ct_failx(err, EINVAL, "what limit for %s? rbps=10M is one", device);
	if (result >= 0)
		*ret_value = ct_take_ptr(value);
	return result;
}

static int parse_weights(const struct ct_param *param, const char *text, char **ret_value,
			 struct ct_error *err)
{
	const char *weight = strrchr(text, ' ');
	autofree char *word = strndup(text, weight ? (size_t)(weight - text) : 0);
	char device[32] = "default";
	int64_t number;
	int result = 0;

	if (!word)
		return ct_failx(err, ENOMEM, "out of memory");
	weight = weight ? weight + 1 : text;
	if (*word && strcmp(word, "default") != 0)
		result = parse_device(word, device, sizeof(device), err);
	if (result < 0)
		return result;
	if (*device != 'd' && !strcmp(weight, "default"))
		return give(ret_value, err, "%s default", device);
	result = ct_value_number(weight, 1, strcmp(param->name, "io.bfq.weight") ? 10000 : 1000, &number, err);
	return result < 0 ? result : give(ret_value, err, "%s %" PRId64, device, number);
}

/* With signs: what is to change. Without: what is to be enabled, and nothing else. */
static int parse_controllers(const char *text, char **ret_value, struct ct_error *err)
{
	autofree char *words = strdup(text), *value = calloc(1, strlen(text) + 2);
	size_t with = 0, without = 0;
	char *rest = words, *word;

	if (!words || !value)
		return ct_failx(err, ENOMEM, "out of memory");
	while ((word = strsep(&rest, ", "))) {
		const char *name = word + (*word == '+' || *word == '-');

		if (!*word)
			continue;
		*(name == word ? &without : &with) += 1;
		if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")])
			return ct_failx(err, EINVAL, "'%s' is no controller: +memory,-io is what it takes", word);
		strlcat(value, *value ? " " : "", strlen(text) + 2);
		strlcat(value, word, strlen(text) + 2);
	}
	if (with && without)
		return ct_failx(err, EINVAL, "'%s': a sign before each, or before none", text);
	*ret_value = ct_take_ptr(value);
	return 0;
}

static int parse_list(const char *text, char **ret_value, struct ct_error *err)
{
	bool list[CT_VALUE_LIST];
	int result = ct_value_list(text, list, err);

	return result < 0 ? result : give(ret_value, err, "%s", text);
}

int ct_param_parse(const struct ct_param *param, const char *text, char **ret_value, struct ct_error *err)
{
	if (strlen(text) > LONGEST)
		return ct_failx(err, E2BIG, "the value is longer than %d bytes", LONGEST);
	for (const char *at = text; *at; at++)
		if (iscntrl((unsigned char)*at))
			return ct_failx(err, EINVAL, "'%s' has a control character in it", text);
	switch (param ? param->takes : CT_TAKES_TEXT) {
	case CT_TAKES_NOTHING:
		return ct_failx(err, EINVAL, "it is for reading");
	case CT_TAKES_TASKS:
		return ct_failx(err, EINVAL, "it is no parameter: ctattach moves tasks, ctkill ends them");
	case CT_TAKES_NUMBER:
		return parse_number(param, text, ret_value, err);
	case CT_TAKES_COUNT:
		return ct_value_is_max(text) ? give(ret_value, err, "max") : parse_number(param, text, ret_value, err);
	case CT_TAKES_SIZE:
	case CT_TAKES_MEMORY:
		return parse_size(text, param->takes == CT_TAKES_MEMORY, ret_value, err);
	case CT_TAKES_QUOTA:
		return parse_quota(text, ret_value, err);
	case CT_TAKES_PERCENT:
		return parse_percent(text, ret_value, err);
	case CT_TAKES_LIST:
		return parse_list(text, ret_value, err);
	case CT_TAKES_WORD:
		return parse_word(param, text, ret_value, err);
	case CT_TAKES_LIMITS:
		return parse_limits(text, ret_value, err);
	case CT_TAKES_WEIGHTS:
		return parse_weights(param, text, ret_value, err);
	case CT_TAKES_CONTROLLERS:
		return parse_controllers(text, ret_value, err);
	case CT_TAKES_ACTION:
	case CT_TAKES_TEXT:
		break;
	}
	return give(ret_value, err, "%s", text);
}

static int complete_quota(const char *value, const char *now, char **ret_value, struct ct_error *err)
{
	const char *given = strchr(value, ' '), *present = strchr(now, ' ');
	uint64_t period = strtoull(given ? given : present ? present : "100000", NULL, 10), hundredths;
	autofree char *quota = strndup(value, strcspn(value, " "));
	int result;

	if (!quota)
		return ct_failx(err, ENOMEM, "out of memory");
	if (!strchr(quota, '%'))
		return give(ret_value, err, "%s %" PRIu64, quota, period);
	result = ct_value_percent(quota, &hundredths, err);
	if (result < 0)
		return result;
	if (period * hundredths / 10000 < 1000)
		return ct_failx(err, ERANGE, "%s of %" PRIu64 " microseconds is less than 1000, the least quota; a longer period helps",
				quota, period);
	return give(ret_value, err, "%" PRIu64 " %" PRIu64, period * hundredths / 10000, period);
}

/* Appends the words with a sign before each; text has room for them. */
static void sign(char *text, size_t size, char with, const char *words)
{
	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " "), end = strlen(text);

		snprintf(text + end, size - end, "%s%c%.*s", end ? " " : "", with, (int)length, at);
		at += length;
	}
}

static int complete_controllers(const char *value, const char *now, char **ret_value,
				struct ct_error *err)
{
	autofree char *surplus = ct_words_without(now, value), *missing = ct_words_without(value, now);
	size_t size = 2 * (strlen(value) + strlen(now)) + 1;
	autofree char *text = calloc(1, size);

	if (*value == '+' || *value == '-')
		return give(ret_value, err, "%s", value);
	if (!surplus || !missing || !text)
		return ct_failx(err, ENOMEM, "out of memory");
	sign(text, size, '-', surplus);
	sign(text, size, '+', missing);
	*ret_value = ct_take_ptr(text);
	return 0;
}

int ct_param_complete(const struct ct_param *param, const char *value, const char *now,
		      char **ret_value, struct ct_error *err)
{
	if (param && param->takes == CT_TAKES_QUOTA)
		return complete_quota(value, now, ret_value, err);
	if (param && param->takes == CT_TAKES_CONTROLLERS)
		return complete_controllers(value, now, ret_value, err);
	return give(ret_value, err, "%s", value);
}
