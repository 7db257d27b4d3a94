// SPDX-License-Identifier: MIT
#include "common/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/create.h"
#include "common/file.h"
#include "common/proc.h"

/*
 * Of each hierarchy that was selected, in their order, the name of the container where the process is; else
 * NULL. Who is outside of where names count from is in none, and counts as in the root of them.
 */
struct above {
	char **paths;
	size_t count;
};

static void clear_above(struct above *above)
{
	for (size_t i = 0; i < above->count; i++)
		free(above->paths[i]);
	free(above->paths);
}

static int find_above(struct ct_hierarchies *all, pid_t pid, struct above *above, struct ct_error *err)
{
	autofree char *text = NULL;
	int result = ct_proc_cgroup(all->proc, pid, pid, &text);

	if (result < 0)
		return ct_failx(err, -result, "cannot tell in which container process %d is: %s", pid, strerror(-result));
	for (size_t i = 0; i < all->count; i++) {
		struct ct_hierarchy *hierarchy = &all->items[i];
		char *path = NULL;

		if (hierarchy->selected && ct_hierarchy_open(all, hierarchy, err) < 0)
			return -err->code;
		if (hierarchy->selected && ct_hierarchy_locate(hierarchy, text, &path) < 0)
			return ct_failx(err, ENOENT, "where process %d is in %s lies outside of what %s shows", pid,
					hierarchy->label, hierarchy->mountpoint);
		if (path && all->base) {
			const char *name = ct_hierarchies_name(all, path);
			char *rest = strdup(name ? name : "");

			free(path);
			path = rest;
		}
		if (ct_array_push(above->paths, above->count, path) < 0) {
			free(path);
			return ct_failx(err, ENOMEM, "out of memory");
		}
	}
	return 0;
}

static char *join(const char *above, const char *name)
{
	char *path;

	return asprintf(&path, "%s%s%s", above, *above ? "/" : "", name) < 0 ? NULL : path;
}

static bool is_taken(const struct ct_hierarchies *all, const struct above *above, const char *name)
{
	for (size_t i = 0; i < above->count; i++) {
		autofree char *called = above->paths[i] ? join(above->paths[i], name) : NULL;
		autofree char *path = called ? ct_hierarchies_path(all, called) : NULL;
		int fd = path ? ct_file_open_beneath(all->items[i].fd, path, O_PATH) : -1;

		if (fd < 0)
			continue;
		close(fd);
		return true;
	}
	return false;
}

/* One that is left of an earlier process of that number is not the only one. */
static void choose_name(const struct ct_hierarchies *all, const struct above *above, pid_t pid,
			char *buffer, size_t size)
{
	snprintf(buffer, size, "ct-%d", pid);
	for (unsigned number = 2; is_taken(all, above, buffer); number++)
		snprintf(buffer, size, "ct-%d-%u", pid, number);
}

static int add_places(struct ct_hierarchies *all, const char *path, struct ct_container *container,
		      struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container part = { 0 };
	int result = ct_container_choose(all, path, &part, err);

	for (size_t i = 0; result >= 0 && i < part.count; i++) {
		if (ct_array_push(container->places, container->count, part.places[i]) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
		part.places[i] = (struct ct_place){ .fd = -1 };
	}
	if (result >= 0 && !container->name)
		container->name = ct_take_ptr(part.name);
	return result;
}

/* Those hierarchies in which the process is where it is in the one at index, which is the first. */
static int plan_part(struct ct_hierarchies *all, const struct above *above, size_t index, const char *name,
		     struct ct_txn *txn, struct ct_container *container, struct ct_error *err)
{
	const struct ct_create how = { .populated = true, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	autofree char *path = join(above->paths[index], name);
	int result;

	if (!path)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < above->count; i++)
		all->items[i].selected = above->paths[i] && !strcmp(above->paths[i], above->paths[index]);
	result = ct_create_plan(all, path, &how, txn, err);
	if (result >= 0)
		result = add_places(all, path, container, err);
	return result < 0 ? ct_fail_in(err, "%s", path) : 0;
}

static bool is_first(const struct above *above, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (above->paths[i] && above->paths[index] && !strcmp(above->paths[i], above->paths[index]))
			return false;
	return above->paths[index];
}

int ct_child_plan(struct ct_hierarchies *all, pid_t pid, const char *own, struct ct_txn *txn,
		  struct ct_container *ret_container, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(clear_above) struct above above = { 0 };
	char name[64];
	int result = find_above(all, pid, &above, err);

	if (result >= 0 && !own)
		choose_name(all, &above, pid, name, sizeof(name));
	for (size_t i = 0; result >= 0 && i < above.count; i++)
		if (is_first(&above, i))
			result = plan_part(all, &above, i, own ? own : name, txn, &container, err);
	for (size_t i = 0; i < above.count; i++)
		all->items[i].selected = above.paths[i];
	if (result >= 0 && !container.count)
		return ct_failx(err, ENOENT, "no hierarchy is mounted: ctmount mounts one");
	if (result < 0)
		return result;
	*ret_container = container;
	container = (struct ct_container){ 0 };
	return 0;
}
