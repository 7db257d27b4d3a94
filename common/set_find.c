// SPDX-License-Identifier: MIT
#include "common/set_find.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bsd/string.h>

#include "common/cleanup.h"
#include "common/param_read.h"

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
