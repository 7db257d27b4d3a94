// SPDX-License-Identifier: MIT
#include "common/dump_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/hierarchy.h"
#include "common/param_read.h"
#include "common/settings.h"

struct ct_dump_line {
	size_t order;	/* in the table */
	const struct ct_param *param;
	char *name, *value;	/* owned */
	bool is_changed, is_core;
};

void ct_dump_lines_clear(struct ct_dump_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		free(lines->items[i].name);
		free(lines->items[i].value);
	}
	free(lines->items);
	*lines = (struct ct_dump_lines){ 0 };
}

/* What the translation of a value of v1 writes back is what is there. */
static bool is_exact(const struct ct_param *param, const char *value, const struct ct_param_texts *texts)
{
	const char *const *present = (const char *const *)texts->texts;
	struct ct_param_writes writes = { 0 };
	struct ct_error none = { 0 };

	if (!param->how->rounds)
		return true;
	if (param->how->write(value, present, &writes, &none) < 0 || !writes.count)
		return false;
	/* -1 is no limit, and reads as a large number */
	return strtoull(writes.items[0].text, NULL, 10) == strtoull(present[0], NULL, 10) ||
	       (*writes.items[0].text == '-' && strlen(present[0]) > 18);
}

/*
 * What the file of a place is called in the text: by its name in v2, unless it has none, or that name
 * is another place's, or would not bring the value back. NULL: a part of another, or a second name.
 */
static const struct ct_param *choose_name(const struct ct_place *place, bool with_v2, const char *file,
					  char *name)
{
	ct_cleanup(ct_param_texts_clear) struct ct_param_texts texts = { 0 };
	const struct ct_param *param;
	autofree char *value = NULL;

	snprintf(name, CT_PARAM_NAME, "%s", file);
	if (place->hierarchy->version == 2)
		return strcmp(file, "cpu.weight.nice") ? ct_param_find(file) : NULL;
	param = ct_param_find_v1(file, false);
	if (!param || param->only_v1 || (with_v2 && !strcmp(param->controller, "cgroup")))
		return ct_param_find(file);
	ct_param_name_of(param, file, name);
	if (!param->how)
		return param;
	if (ct_param_texts_read(place, param, name, &texts) < 0 ||
	    param->how->read((const char *const *)texts.texts, &value) < 0 || is_exact(param, value, &texts))
		return param;
	snprintf(name, CT_PARAM_NAME, "%s", file);
	return ct_param_find(file);
}

static bool is_part(const struct ct_place *place, const char *file)
{
	const struct ct_param *any = ct_param_find_v1(file, true);

	return place->hierarchy->version == 1 && any && !any->only_v1 &&
	       (!ct_param_find_v1(file, false) || ct_param_find_v1(file, false)->only_v1);
}

/* As ct_param_read() does, but what is set, where the kernel tells more. */
static int read_value(const struct ct_place *place, const struct ct_param *param, const char *name,
		      char **ret_value)
{
	char file[CT_PARAM_NAME];
	int result;

	if (ct_param_is_foreign(place, param))
		return ct_param_read(place, param, name, ret_value);
	ct_param_file(place, param, name, file);
	result = ct_settings_read(place->fd, file, ret_value);
	for (size_t end = result < 0 ? 0 : strlen(*ret_value); end && (*ret_value)[end - 1] == '\n';)
		(*ret_value)[--end] = '\0';
	return result;
}

/* The default is the table's, or what the container above has. */
static bool is_changed(const struct ct_place *place, const struct ct_param *param, const char *name,
		       const char *value)
{
	ct_cleanup(ct_place_clear) struct ct_place parent = { .hierarchy = place->hierarchy, .fd = -1 };
	autofree char *above = NULL;
	struct stat status;
	const char *last;

	/* to make those below it again hands down all there is, unless it is said */
	if (param && param->takes == CT_TAKES_CONTROLLERS && fstat(place->fd, &status) == 0 && status.st_nlink > 2)
		return true;
	if (param && param->initial)
		return strcmp(value, param->initial) != 0;
	/* on v1 it is inherited when the container is made; on v2 it is not, and empty */
	if (!*value && !(place->hierarchy->version == 1 && param && param->takes == CT_TAKES_LIST))
		return false;
	parent.path = strndup(place->path, ct_path_parent(place->path, &last));
	if (!parent.path || ct_place_open(&parent) < 0 || read_value(&parent, param, name, &above) < 0)
		return true;
	return strcmp(value, above) != 0;
}

/* What the kernel shows, but does not take; and what shows no limit in two ways. */
static void mend(const struct ct_param *param, char *value)
{
	char *reason = strstr(value, " invalid");

	if (param && !strcmp(param->name, "cpuset.cpus.partition") && reason)
		*reason = '\0';
	if (param && param->takes == CT_TAKES_SIZE && strlen(value) > 18)
		memcpy(value, "max", 4);
}

static int add_line(const struct ct_place *place, bool with_v2, const char *file, struct ct_dump_lines *lines)
{
	char name[CT_PARAM_NAME];
	const struct ct_param *param = choose_name(place, with_v2, file, name);
	struct ct_dump_line line = { .param = param, .order = param ? (size_t)(param - ct_params) : ct_params_count };
	int result;

	if (!strcmp(file, "cpu.weight.nice") || is_part(place, file) ||
	    (param && (param->takes == CT_TAKES_NOTHING || param->takes == CT_TAKES_TASKS ||
		       param->takes == CT_TAKES_ACTION)))
		return 0;
	result = read_value(place, param, name, &line.value);
	if (result < 0)
		return result == -ENOMEM ? result : 0;
	line.is_core = place->hierarchy->version == 1 && param && param->only_v1 &&
		       !strcmp(param->v1_controller, "cgroup");
	mend(param, line.value);
	line.is_changed = is_changed(place, param, name, line.value);
	line.name = strdup(param && param->takes == CT_TAKES_CONTROLLERS ? "subtree" : name);
	for (size_t i = 0; line.name && i < lines->count && line.is_core; i++)
		if (!strcmp(lines->items[i].name, line.name)) {
			/* it is of every v1 hierarchy, and the same in those of one group */
			lines->items[i].is_changed = lines->items[i].is_changed || line.is_changed;
			free(line.name);
			free(line.value);
			return 0;
		}
	if (line.name && ct_array_push(lines->items, lines->count, line) == 0)
		return 0;
	free(line.name);
	free(line.value);
	return -ENOMEM;
}

static int push(struct ct_dump_lines *lines, const char *name, const char *value, bool changed)
{
	const struct ct_param *param = ct_param_find(name);
	struct ct_dump_line line = { .param = param, .order = (size_t)(param - ct_params), .name = strdup(name),
			     .value = strdup(value), .is_changed = changed };

	if (line.name && line.value && ct_array_push(lines->items, lines->count, line) == 0)
		return 0;
	free(line.name);
	free(line.value);
	return -ENOMEM;
}

/* The list is what is allowed, unless it says that all is: then what is denied it does not show. */
static int add_devices(char *list, struct ct_dump_lines *lines)
{
	size_t end = strlen(list);

	if (end && list[end - 1] == '\n')
		list[end - 1] = '\0';
	if (!strncmp(list, "a ", 2))
		return push(lines, "devices.allow", "a", false);
	if (push(lines, "devices.deny", "a", true) < 0)
		return -ENOMEM;
	return *list ? push(lines, "devices.allow", list, true) : 0;
}

/* cpu.idle shows as the least weight, too, which cannot be set then. */
static void forget_weight_of_idle(struct ct_dump_lines *lines)
{
	bool is_idle = false;

	for (size_t i = 0; i < lines->count; i++)
		is_idle = is_idle || (!strcmp(lines->items[i].name, "cpu.idle") && *lines->items[i].value == '1');
	for (size_t i = 0; is_idle && i < lines->count; i++)
		if (!strcmp(lines->items[i].name, "cpu.weight") || !strcmp(lines->items[i].name, "cpu.shares"))
			lines->items[i].is_changed = false;
}

static int compare(const void *a, const void *b)
{
	const struct ct_dump_line *left = a, *right = b;

	if (left->order != right->order)
		return (left->order > right->order) - (left->order < right->order);
	return strcmp(left->name, right->name);
}

int ct_dump_lines_add(const struct ct_place *place, bool with_v2, struct ct_dump_lines *lines)
{
	ct_cleanup(ct_settings_clear) struct ct_settings settings = { 0 };
	int result = ct_settings_save(place, &settings);

	for (size_t i = 0; result >= 0 && i < settings.count; i++)
		result = strcmp(settings.items[i].file, "devices.list") ?
				 add_line(place, with_v2, settings.items[i].file, lines) :
				 add_devices(settings.items[i].value, lines);
	return result;
}

static int print_line(FILE *file, const struct ct_dump_line *line, bool human)
{
	autofree char *value = human ? ct_param_units(line->param, line->value) : strdup(line->value);

	if (!value)
		return -ENOMEM;
	for (char *rest = value, *part; (part = strsep(&rest, "\n"));)
		fprintf(file, "%s%s=%s\n", line->is_changed ? "" : "#", line->name, part);
	return 0;
}

int ct_dump_lines_print(struct ct_dump_lines *lines, bool human, FILE *file)
{
	int result = 0;

	forget_weight_of_idle(lines);
	if (lines->count)
		qsort(lines->items, lines->count, sizeof(*lines->items), compare);
	for (size_t i = 0; result >= 0 && i < lines->count; i++)
		result = print_line(file, &lines->items[i], human);
	return result;
}
