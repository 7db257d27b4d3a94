// SPDX-License-Identifier: MIT
#include "common/param.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/value.h"

static const char size_word[] = "SIZE";

/* Whether name is pattern, with what stands in it for SIZE: "2MB". */
static bool matches(const char *pattern, const char *name, const char **ret_size, size_t *ret_length)
{
	const char *hole, *size;
	size_t length;

	*ret_size = "";
	*ret_length = 0;
	if (*pattern != *name) /* most are not: this is asked at each start */
		return false;
	hole = strstr(pattern, size_word);
	if (!hole)
		return !strcmp(pattern, name);
	if (strncmp(pattern, name, (size_t)(hole - pattern)) != 0)
		return false;
	size = name + (hole - pattern);
	length = strspn(size, "0123456789");
	if (!length || !size[length] || !strchr("KMGT", size[length]) || size[length + 1] != 'B')
		return false;
	*ret_size = size;
	*ret_length = length + 2;
	return !strcmp(hole + strlen(size_word), size + length + 2);
}

/* pattern[0 … length) with size for SIZE. */
static void expand(const char *pattern, size_t length, const char *size, size_t size_length, char *buffer)
{
	const char *hole = memmem(pattern, length, size_word, strlen(size_word));

	if (!hole)
		snprintf(buffer, CT_PARAM_NAME, "%.*s", (int)length, pattern);
	else
		snprintf(buffer, CT_PARAM_NAME, "%.*s%.*s%.*s", (int)(hole - pattern), pattern,
			 (int)size_length, size, (int)(pattern + length - hole) - 4, hole + 4);
}

/* The index-th of the words of files, and its length; NULL. */
static const char *file_word(const char *files, size_t index, size_t *ret_length)
{
	while (files && index--) {
		files = strchr(files, ' ');
		files += files ? strspn(files, " ") : 0;
	}
	if (files)
		*ret_length = strcspn(files, " ");
	return files;
}

const struct ct_param *ct_param_find(const char *name)
{
	const char *size;
	size_t length;

	if (!strcmp(name, "subtree"))
		name = "cgroup.subtree_control";
	for (size_t i = 0; i < ct_params_count; i++)
		if (matches(ct_params[i].name, name, &size, &length))
			return &ct_params[i];
	return NULL;
}

const struct ct_param *ct_param_find_v1(const char *file, bool any)
{
	for (size_t i = 0; i < ct_params_count; i++) {
		const char *word, *size;
		size_t length;

		for (size_t j = 0; j < (any ? CT_PARAM_FILES : 1); j++) {
			char pattern[CT_PARAM_NAME];

			word = file_word(ct_params[i].v1, j, &length);
			if (!word)
				break;
			snprintf(pattern, sizeof(pattern), "%.*s", (int)length, word);
			if (matches(pattern, file, &size, &length))
				return &ct_params[i];
		}
	}
	return NULL;
}

bool ct_param_v1_file(const struct ct_param *param, const char *name, size_t index, char *buffer)
{
	const char *size, *word;
	size_t size_length, length;

	word = file_word(param->v1, index, &length);
	if (!word)
		return false;
	matches(param->name, name, &size, &size_length);
	expand(word, length, size, size_length, buffer);
	return true;
}

void ct_param_name_of(const struct ct_param *param, const char *file, char *buffer)
{
	char pattern[CT_PARAM_NAME];
	const char *size, *word;
	size_t length = 0;

	word = file_word(param->v1, 0, &length);
	snprintf(pattern, sizeof(pattern), "%.*s", (int)length, word ? word : "");
	matches(pattern, file, &size, &length);
	expand(param->name, strlen(param->name), size, length, buffer);
}

static void print_range(const struct ct_param *param, char *buffer, size_t size)
{
	if (param->least == 0 && param->most == 1)
		strlcpy(buffer, "0 or 1", size);
	else if (param->most == INT64_MAX)
		snprintf(buffer, size, "a number from %" PRId64, param->least);
	else
		snprintf(buffer, size, "%" PRId64 " to %" PRId64, param->least, param->most);
}

void ct_param_takes(const struct ct_param *param, char *buffer, size_t size)
{
	static const char *const texts[] = {
		[CT_TAKES_NOTHING] = "nothing",
		[CT_TAKES_TASKS] = "nothing",
		[CT_TAKES_ACTION] = "what the kernel takes",
		[CT_TAKES_SIZE] = "bytes or max",
		[CT_TAKES_MEMORY] = "bytes, N% or max",
		[CT_TAKES_QUOTA] = "microseconds, N% or max, and a period",
		[CT_TAKES_PERCENT] = "0 to 100 or max",
		[CT_TAKES_LIST] = "a list such as 0-3,8",
		[CT_TAKES_LIMITS] = "MAJOR:MINOR or a device, and rbps= wbps= riops= wiops=",
		[CT_TAKES_WEIGHTS] = "1 to 10000, after a device perhaps",
		[CT_TAKES_CONTROLLERS] = "+CONTROLLER,-CONTROLLER",
		[CT_TAKES_TEXT] = "what the kernel takes",
	};

	switch (param->takes) {
	case CT_TAKES_NUMBER:
		print_range(param, buffer, size);
		break;
	case CT_TAKES_COUNT:
		print_range(param, buffer, size);
		strlcat(buffer, " or max", size);
		break;
	case CT_TAKES_WORD:
		strlcpy(buffer, param->words, size);
		for (char *blank = buffer; (blank = strchr(blank, ' '));)
			*blank = '|';
		break;
	default:
		strlcpy(buffer, param->words ? param->words : texts[param->takes], size);
		break;
	}
}

static char *human_quota(const char *value)
{
	uint64_t quota = strtoull(value, NULL, 10), period;
	const char *blank = strchr(value, ' ');
	char *text;

	period = blank ? strtoull(blank, NULL, 10) : 0;
	if (!period || !isdigit((unsigned char)*value))
		return strndup(value, strcspn(value, " "));
	if (quota * 10000 / period % 100)
		return asprintf(&text, "%" PRIu64 ".%02" PRIu64 "%%", quota * 100 / period,
				quota * 10000 / period % 100) < 0 ? NULL : text;
	return asprintf(&text, "%" PRIu64 "%%", quota * 100 / period) < 0 ? NULL : text;
}

static bool is_bytes(const struct ct_param *param)
{
	return param && (param->takes == CT_TAKES_SIZE || param->takes == CT_TAKES_MEMORY ||
			 ((strstr(param->name, ".current") || strstr(param->name, ".peak") ||
			   strstr(param->name, "_in_bytes")) && strncmp(param->name, "pids.", 5) != 0));
}

static bool is_number(const char *value)
{
	return *value && strspn(value, "0123456789") == strlen(value);
}

char *ct_param_human(const struct ct_param *param, const char *value)
{
	char buffer[32];

	if (param && param->takes == CT_TAKES_QUOTA)
		return human_quota(value);
	if (!is_bytes(param) || !is_number(value))
		return strdup(value);
	ct_value_print_bytes(strtoull(value, NULL, 10), buffer, sizeof(buffer));
	return strdup(buffer);
}

char *ct_param_units(const struct ct_param *param, const char *value)
{
	static const char units[][2] = { "", "K", "M", "G", "T" };
	const char *blank = strchr(value, ' ');
	uint64_t number = strtoull(value, NULL, 10);
	size_t unit = 0;
	char *text;

	if (param && param->takes == CT_TAKES_QUOTA) /* of the default period, in whole hundredths of a percent */
		return blank && !strcmp(blank, " 100000") && number % 10 == 0 ? human_quota(value) : strdup(value);
	if (!is_bytes(param) || !is_number(value))
		return strdup(value);
	for (; number && number % 1024 == 0 && unit < 4; unit++)
		number /= 1024;
	return asprintf(&text, "%" PRIu64 "%s", number, units[unit]) < 0 ? NULL : text;
}
