// SPDX-License-Identifier: MIT
#include "common/param_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"
#include "common/nearest.h"
#include "common/words.h"

/* Whether the parameter was called by its name in v2, and is in v1 there. */
static bool is_translated(const struct ct_place *place, const struct ct_param *param)
{
	return param && place->hierarchy->version == 1 && param->v1 && !param->only_v1;
}

bool ct_param_is_foreign(const struct ct_place *place, const struct ct_param *param)
{
	return is_translated(place, param) && param->how;
}

void ct_param_file(const struct ct_place *place, const struct ct_param *param, const char *name,
		   char *buffer)
{
	if (param && !strcmp(name, "subtree"))
		name = param->name;
	if (!is_translated(place, param) || !ct_param_v1_file(param, name, 0, buffer))
		strlcpy(buffer, name, CT_PARAM_NAME);
}

int ct_param_texts_read(const struct ct_place *place, const struct ct_param *param, const char *name,
			struct ct_param_texts *ret_texts)
{
	ct_cleanup(ct_param_texts_clear) struct ct_param_texts texts = { 0 };
	char file[CT_PARAM_NAME];

	for (size_t i = 0; i < CT_PARAM_FILES; i++) {
		int result = ct_param_v1_file(param, name, i, file) ?
				     ct_file_read(place->fd, file, &texts.texts[i]) : -ENOENT;

		if (result < 0 && (i == 0 || result != -ENOENT))
			return result;
		if (result < 0)
			texts.texts[i] = strdup("");
		if (!texts.texts[i])
			return -ENOMEM;
	}
	*ret_texts = texts;
	texts = (struct ct_param_texts){ 0 };
	return 0;
}

void ct_param_texts_clear(struct ct_param_texts *texts)
{
	for (size_t i = 0; i < CT_PARAM_FILES; i++)
		free(texts->texts[i]);
	*texts = (struct ct_param_texts){ 0 };
}

int ct_param_read(const struct ct_place *place, const struct ct_param *param, const char *name,
		  char **ret_value)
{
	ct_cleanup(ct_param_texts_clear) struct ct_param_texts texts = { 0 };
	char file[CT_PARAM_NAME];
	char *value;
	int result;

	if (ct_param_is_foreign(place, param)) {
		result = ct_param_texts_read(place, param, name, &texts);
		if (result >= 0)
			result = param->how->read((const char *const *)texts.texts, &value);
	} else {
		ct_param_file(place, param, name, file);
		result = ct_file_read(place->fd, file, &value);
	}
	if (result < 0)
		return result;
	for (size_t end = strlen(value); end && value[end - 1] == '\n';)
		value[--end] = '\0';
	*ret_value = value;
	return 0;
}

const char *ct_param_nearest(const char *name)
{
	struct ct_nearest nearest = { .word = name };

	for (size_t i = 0; i < ct_params_count; i++)
		ct_nearest_try(&nearest, ct_params[i].name, ct_params[i].name);
	return nearest.found;
}

/* What the container above is to do, if v2 has not handed word down to the place. */
static int explain_disabled(const struct ct_place *place, const char *word, struct ct_error *err)
{
	autofree char *available = NULL, *missing = NULL;
	const char *name;
	int parent = (int)ct_path_parent(place->path, &name);

	if (place->hierarchy->version != 2 || !*place->path || !strcmp(word, "cgroup") ||
	    ct_file_read(place->fd, "cgroup.controllers", &available) < 0)
		return 0;
	available[strcspn(available, "\n")] = '\0';
	missing = ct_words_without(word, available);
	if (!missing || !*missing)
		return 0;
	return ct_failx(err, ENOENT, "%s is not enabled for it in v2; ctset %s%s%.*s subtree=+%s enables it",
			word, place->hierarchy->mountpoint, parent ? "/" : "", parent, place->path, word);
}

int ct_param_explain_missing(const struct ct_place *place, const struct ct_param *param,
			     const char *name, struct ct_error *err)
{
	char file[CT_PARAM_NAME], word[CT_PARAM_NAME], text[8];
	const char *nearest = param ? NULL : ct_param_nearest(name);
	int result;

	ct_param_file(place, param, name, file);
	strlcpy(word, param && place->hierarchy->version == 2 ? param->controller : file, sizeof(word));
	word[strcspn(word, ".")] = '\0';
	if (nearest)
		return ct_failx(err, ENOENT, "there is no such parameter in %s; did you mean %s?",
				place->hierarchy->label, nearest);
	if (strlen(file) > 9 && !strcmp(file + strlen(file) - 9, ".pressure") &&
	    ct_file_read_into(place->fd, "cgroup.pressure", text, sizeof(text)) > 0 && *text == '0')
		return ct_failx(err, ENOENT, "it is not measured: cgroup.pressure is 0");
	result = explain_disabled(place, word, err);
	if (result < 0)
		return result;
	if (!*place->path)
		return ct_failx(err, ENOENT, "the root of %s has no %s", place->hierarchy->label, file);
	if (param && param->root_only)
		return ct_failx(err, ENOENT, "only the root of %s has %s", place->hierarchy->label, file);
	return ct_failx(err, ENOENT, "this kernel has no %s in %s", file, place->hierarchy->label);
}
