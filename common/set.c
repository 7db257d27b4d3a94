// SPDX-License-Identifier: MIT
#include "common/set.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/param_read.h"

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

static bool is_core(const char *controller)
{
	return controller && !strcmp(controller, "cgroup");
}

static const struct ct_hierarchy *find_v1(const struct ct_hierarchies *all, const char *controller)
{
	for (size_t i = 0; i < all->total; i++)
		if (all->items[i].version == 1 && ct_hierarchy_has(&all->items[i], controller))
			return &all->items[i];
	return NULL;
}

/* The controller's name in v1, if that has it in a hierarchy at present. */
static const struct ct_hierarchy *bound_to_v1(const struct ct_hierarchies *all, const char *controller)
{
	return is_core(controller) ? NULL : find_v1(all, strcmp(controller, "io") ? controller : "blkio");
}

static bool has_v2(const struct ct_container *container)
{
	for (size_t i = 0; i < container->count; i++)
		if (container->places[i].hierarchy->version == 2)
			return true;
	return false;
}

/* A name that is not in the table: a file of a kernel that is newer than it. */
static bool has_file(const struct ct_hierarchies *all, const struct ct_place *place, const char *name)
{
	char controller[CT_PARAM_NAME];
	struct stat status;

	if (place->fd >= 0) /* not a container below */
		return fstatat(place->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
	strlcpy(controller, name, sizeof(controller));
	controller[strcspn(controller, ".")] = '\0';
	if (place->hierarchy->version == 1)
		return ct_hierarchy_has(place->hierarchy, controller);
	return !bound_to_v1(all, controller);
}

static bool suits(const struct ct_hierarchies *all, const struct ct_container *container,
		  const struct ct_place *place, const struct ct_param *param, const char *name)
{
	if (!param)
		return has_file(all, place, name);
	if (place->hierarchy->version == 2)
		return !param->only_v1 && !bound_to_v1(all, param->controller);
	if (!param->v1)
		return false;
	if (!param->only_v1 && is_core(param->controller) && has_v2(container))
		return false;
	return is_core(param->v1_controller) || ct_hierarchy_has(place->hierarchy, param->v1_controller);
}

/* The controller that has the parameter in v1; NULL: it may be in any hierarchy. */
static const char *home_of(const char *word)
{
	char name[CT_PARAM_NAME];
	const struct ct_param *param;

	strlcpy(name, word, sizeof(name));
	name[strcspn(name, "= ")] = '\0';
	param = ct_param_find(name);
	if (!param || is_core(param->controller) || is_core(param->v1_controller))
		return NULL;
	return param->v1_controller ? param->v1_controller :
	       strcmp(param->controller, "io") ? param->controller : "blkio";
}

const char *ct_set_home(char *const *words, size_t count)
{
	const char *home = count ? home_of(words[0]) : NULL;

	for (size_t i = 1; home && i < count; i++) {
		const char *other = home_of(words[i]);

		if (!other || strcmp(home, other) != 0)
			home = NULL;
	}
	return home;
}

bool ct_set_narrow(struct ct_hierarchies *all, char *const *words, size_t count)
{
	autofree bool *keep = calloc(all->total + 1, sizeof(*keep));

	for (size_t i = 0; i < count; i++) {
		const char *controller = keep ? home_of(words[i]) : NULL;
		const struct ct_hierarchy *home = controller ? find_v1(all, controller) : NULL;

		if (!home)
			return false;
		keep[home - all->items] = true;
	}
	for (size_t i = 0; i < all->count; i++)
		all->items[i].selected = all->items[i].selected && keep[i];
	return true;
}

/* Whether there is such a hierarchy, and -H did not name it. */
static bool is_v2_left_out(const struct ct_hierarchies *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].version == 2)
			return !all->items[i].selected;
	return false;
}

static int explain_nowhere(const struct ct_hierarchies *all, const struct ct_param *param,
			   const char *name, struct ct_error *err)
{
	const char *nearest = param ? NULL : ct_param_nearest(name);
	const char *controller = param && param->only_v1 ? param->v1_controller : param ? param->controller : "";
	const struct ct_hierarchy *v1 = NULL;
	char note[160] = "";

	if (!param)
		return ct_failx(err, ENOENT, "there is no such parameter; %s%s%s", nearest ? "did you mean " : "",
				nearest ? nearest : "ct-parameters(7) lists them", nearest ? "?" : "");
	if (param->note)
		snprintf(note, sizeof(note), ": %s", param->note);
	v1 = param->only_v1 ? find_v1(all, controller) : bound_to_v1(all, controller);
	if (v1 && !param->v1)
		return ct_failx(err, ENOENT, "it has no counterpart in v1, to which %s is bound here%s", controller, note);
	if (v1 && !v1->selected)
		return ct_failx(err, ENOENT, "it is in the hierarchy %s, which is not one of those that were chosen", v1->label);
	if (v1)
		return ct_failx(err, ENOENT, "it is in the hierarchy %s, where this container is not; ctcreate -p -H %s makes it there",
				v1->label, v1->label);
	if (param->only_v1)
		return ct_failx(err, ENOENT, "it is a file of v1, and %s is bound to no v1 hierarchy here%s",
				is_core(controller) ? "the container" : controller, note);
	if (is_v2_left_out(all))
		return ct_failx(err, ENOENT, "it is in v2, which is not one of the hierarchies that were chosen%s", note);
	return ct_failx(err, ENOENT, "it is in v2, %s%s",
			ct_hierarchies_v2(all) ? "where this container is not; ctcreate -p -H v2 makes it there" :
						 "which is not mounted; ctmount -2 DIR mounts it",
			note);
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

int ct_set_find(const struct ct_hierarchies *all, const struct ct_container *container,
		const char *name, size_t *index, struct ct_place **ret_place, struct ct_error *err)
{
	const struct ct_param *param = ct_param_find(name);

	for (size_t i = *index; i < container->count; i++) {
		if (!suits(all, container, &container->places[i], param, name))
			continue;
		*ret_place = &container->places[i];
		*index = i + 1;
		return 0;
	}
	return explain_nowhere(all, param, name, err);
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
