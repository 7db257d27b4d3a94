// SPDX-License-Identifier: MIT
#include "common/set.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/param_read.h"
#include "common/set_find.h"

int ct_assignments_add(struct ct_assignments *list, const char *text, const char *where,
		       struct ct_error *err)
{
	const char *sign = strchr(text, '=');
	size_t length = sign ? (size_t)(sign - text) : 0;
	struct ct_assignment item = { 0 };

	while (length && text[length - 1] == ' ')
		length--;
	if (!length)
		return ct_failx(err, EINVAL, "'%s' is not NAME=VALUE", text);
	item.name = strndup(text, length);
	item.value = strdup(sign + 1 + strspn(sign + 1, " "));
	item.where = where ? strdup(where) : NULL;
	if (!item.name || !item.value || (where && !item.where) ||
	    ct_array_push(list->items, list->count, item) < 0) {
		free(item.name);
		free(item.value);
		free(item.where);
		return ct_failx(err, ENOMEM, "out of memory");
	}
	return 0;
}

void ct_assignments_clear(struct ct_assignments *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].name);
		free(list->items[i].value);
		free(list->items[i].where);
	}
	free(list->items);
	*list = (struct ct_assignments){ 0 };
}

static int check_name(const char *name, struct ct_error *err)
{
	for (const char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && (at == name || !strchr("._-", *at)))
			return ct_failx(err, EINVAL, "this is no name of a parameter");
	if (!*name)
		return ct_failx(err, EINVAL, "the name of a parameter is empty");
	if (strlen(name) >= CT_PARAM_NAME)
		return ct_failx(err, EINVAL, "this is no name of a parameter: it is too long");
	return 0;
}

int ct_set_check(const struct ct_assignment *assignment, struct ct_error *err)
{
	const struct ct_param *param = ct_param_find(assignment->name);
	const char *nearest = param ? NULL : ct_param_nearest(assignment->name);
	autofree char *value = NULL;
	int result = check_name(assignment->name, err);

	/* a newer kernel may have it for all we know, unless it looks like a slip */
	if (result >= 0 && nearest)
		result = ct_failx(err, ENOENT, "there is no such parameter; did you mean %s?", nearest);
	if (result >= 0)
		result = ct_param_parse(param, assignment->value, &value, err);
	if (result < 0)
		result = ct_fail_in(err, "%s", assignment->name);
	return result < 0 && assignment->where ? ct_fail_in(err, "%s", assignment->where) : result;
}

static int add_step(struct ct_txn *txn, const struct ct_place *place, const struct ct_assignment *item,
		    const struct ct_param *param, struct ct_error *err)
{
	struct ct_step *step = ct_txn_add(txn, CT_STEP_SET, place->hierarchy, place->path, err);

	if (!step)
		return -ENOMEM;
	step->param = param;
	step->name = strdup(item->name);
	step->where = item->where ? strdup(item->where) : NULL;
	if (!step->name || (item->where && !step->where))
		return ct_failx(err, ENOMEM, "out of memory");
	return ct_param_parse(param, item->value, &step->value, err);
}

static int plan_one(const struct ct_hierarchies *all, const struct ct_container *container,
		    const struct ct_assignment *item, bool last, struct ct_txn *txn, struct ct_error *err)
{
	const struct ct_param *param = ct_param_find(item->name);
	struct ct_error none = { 0 };
	struct ct_place *place;
	size_t index = 0;
	int result = ct_set_find(all, container, item->name, &index, &place, err);

	if (result >= 0 && param && param->takes == CT_TAKES_ACTION && !last)
		return ct_failx(err, EINVAL, "this cannot be undone, so it must be the last");
	while (result >= 0) {
		result = add_step(txn, place, item, param, err);
		if (result >= 0 && ct_set_find(all, container, item->name, &index, &place, &none) < 0)
			return 0; /* those were all */
	}
	return result;
}

static bool is_of(const struct ct_assignment *item, const char *name, bool all)
{
	return !strcmp(item->name, name) && (!all || *item->value == 'a');
}

/* If the last step denies all devices: which it need not, because they are allowed after it. */
static int remember_allowed(const struct ct_assignments *list, size_t index, struct ct_txn *txn,
			    struct ct_error *err)
{
	autofree char *text = NULL;
	FILE *file;
	size_t size;

	if (!is_of(&list->items[index], "devices.deny", true))
		return 0;
	file = open_memstream(&text, &size);
	if (!file)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = index + 1; i < list->count && !is_of(&list->items[i], "devices.deny", false); i++)
		if (is_of(&list->items[i], "devices.allow", false))
			fprintf(file, "%s\n", list->items[i].value);
	if (fclose(file) != 0)
		return ct_failx(err, ENOMEM, "out of memory");
	txn->steps[txn->count - 1].words = ct_take_ptr(text);
	return 0;
}

int ct_set_plan(const struct ct_hierarchies *all, const struct ct_container *container,
		const struct ct_assignments *list, struct ct_txn *txn, struct ct_error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct ct_assignment *item = &list->items[i];
		int result = check_name(item->name, err);

		if (result >= 0)
			result = plan_one(all, container, item, i + 1 == list->count, txn, err);
		if (result >= 0)
			result = remember_allowed(list, i, txn, err);
		if (result < 0)
			result = ct_fail_in(err, "%s", item->name);
		if (result < 0)
			return item->where ? ct_fail_in(err, "%s", item->where) : result;
	}
	return 0;
}

static int read_place(struct ct_place *place, const char *name, char **ret_value, struct ct_error *err)
{
	const struct ct_param *param = ct_param_find(name);
	int result = ct_param_read(place, param, name, ret_value);

	if (result == -ENOENT)
		return ct_param_explain_missing(place, param, name, err);
	if (result == -EINVAL)
		return ct_failx(err, EINVAL, "it is for writing in %s, and cannot be read", place->hierarchy->label);
	if (result < 0)
		return ct_failx(err, -result, "cannot read it in %s: %s", place->hierarchy->label, strerror(-result));
	return 0;
}

int ct_set_read(const struct ct_hierarchies *all, const struct ct_container *container,
		const char *name, char **ret_value, struct ct_error *err)
{
	struct ct_error none = { 0 };
	struct ct_place *place, *other;
	autofree char *value = NULL;
	size_t index = 0;
	int result = check_name(name, err);

	if (result >= 0)
		result = ct_set_find(all, container, name, &index, &place, err);
	if (result >= 0)
		result = read_place(place, name, &value, err);
	while (result >= 0 && ct_set_find(all, container, name, &index, &other, &none) >= 0) {
		autofree char *second = NULL;

		result = read_place(other, name, &second, err);
		if (result >= 0 && strcmp(value, second) != 0)
			result = ct_failx(err, EINVAL, "it is '%s' in %s and '%s' in %s; choose one with -H", value,
					  place->hierarchy->label, second, other->hierarchy->label);
	}
	if (result < 0)
		return ct_fail_in(err, "%s", name);
	*ret_value = ct_take_ptr(value);
	return 0;
}
