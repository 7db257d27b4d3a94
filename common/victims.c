// SPDX-License-Identifier: MIT
/* Documentation/admin-guide/cgroup-v2.rst (cgroup.procs, cgroup.threads, cgroup.events) */
#include "common/victims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/proc.h"
#include "common/walk.h"

static int add_place(struct ct_reach *reach, struct ct_hierarchy *hierarchy, const char *path,
		     size_t top, struct ct_error *err)
{
	struct ct_place place = { .hierarchy = hierarchy, .path = strdup(path), .fd = -1 };
	size_t count = reach->whole.count;

	if (place.path && ct_array_push(reach->tops, count, top) == 0 &&
	    ct_array_push(reach->whole.places, reach->whole.count, place) == 0)
		return 0;
	free(place.path);
	return ct_failx(err, ENOMEM, "out of memory");
}

int ct_reach_open(struct ct_container *container, bool recursive, struct ct_reach *ret_reach,
		  struct ct_error *err)
{
	ct_cleanup(ct_reach_clear) struct ct_reach reach = {
		.container = container, .recursive = recursive,
	};
	int result = 0;

	for (size_t top = 0; result >= 0 && top < container->count; top++) {
		const struct ct_place *place = &container->places[top];
		ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };

		result = add_place(&reach, place->hierarchy, place->path, top, err);
		if (result >= 0 && recursive)
			result = ct_walk(place, true, &tree, err);
		for (size_t i = 0; result >= 0 && i < tree.count; i++)
			result = add_place(&reach, place->hierarchy, tree.paths[i], top, err);
	}
	if (result < 0)
		return result;
	*ret_reach = reach;
	reach = (struct ct_reach){ 0 };
	return 0;
}

void ct_reach_clear(struct ct_reach *reach)
{
	ct_container_clear(&reach->whole);
	free(reach->tops);
	*reach = (struct ct_reach){ 0 };
}

bool ct_reach_has(const struct ct_reach *reach, size_t top, const char *path)
{
	const char *own = reach->container->places[top].path;
	size_t length = strlen(own);

	if (strncmp(path, own, length) != 0)
		return false;
	return !path[length] || (reach->recursive && (!length || path[length] == '/'));
}

/* What the place lists, where the kernel does not tell the other way round. */
static bool is_listed(const struct ct_reach *reach, size_t top, pid_t pid)
{
	const struct ct_place *given = &reach->container->places[top];
	struct ct_place place = { .hierarchy = given->hierarchy, .path = given->path, .fd = -1 };
	struct ct_container container = { .places = &place, .count = 1 };
	ct_cleanup(ct_reach_clear) struct ct_reach alone = { 0 };
	ct_cleanup(ct_victims_clear) struct ct_victims victims = { 0 };
	struct ct_error ignored; /* in doubt it is */

	return ct_reach_open(&container, reach->recursive, &alone, &ignored) < 0 ||
	       ct_victims_list(&alone, &victims, &ignored) < 0 || ct_victims_have(&victims, pid);
}

bool ct_reach_holds(const struct ct_reach *reach, int proc, pid_t pid)
{
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(proc, pid, &tids);

	for (int i = 0; i < count; i++) {
		autofree char *text = NULL;

		if (ct_proc_cgroup(proc, pid, tids[i], &text) < 0)
			continue;
		for (size_t top = 0; top < reach->container->count; top++) {
			autofree char *path = NULL;

			const struct ct_hierarchy *hierarchy = reach->container->places[top].hierarchy;

			if (ct_hierarchy_locate(hierarchy, text, &path) < 0 ?
				    ct_hierarchy_is_outside(hierarchy) && is_listed(reach, top, pid) :
				    ct_reach_has(reach, top, path))
				return true;
		}
	}
	return false;
}

static int add(struct ct_victims *victims, const pid_t *pids, size_t count, size_t top)
{
	for (size_t i = 0; i < count; i++) {
		struct ct_victim victim = { .pid = pids[i], .top = top };

		victims->unseen += !pids[i];
		if (pids[i] && ct_array_push(victims->items, victims->count, victim) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* A threaded place lists threads only: whose they are has to be asked. */
static int list_leaders(struct ct_place *place, pid_t **pids, size_t *count, struct ct_error *err)
{
	size_t kept = 0;
	int result = place->hierarchy->ops->list(place, CT_LIST_THREADS, pids, count, err);

	for (size_t i = 0; result >= 0 && i < *count; i++)
		if (!(*pids)[i] || ct_proc_leader(place->hierarchy->proc, (*pids)[i], &(*pids)[kept]) == 0)
			kept++;
	*count = kept;
	return result;
}

static int list_place(struct ct_place *place, size_t top, struct ct_victims *victims,
		      struct ct_error *err)
{
	autofree pid_t *pids = NULL;
	struct ct_error why = { 0 };
	size_t count = 0;
	int result = place->hierarchy->ops->list(place, CT_LIST_PROCESSES, &pids, &count, &why);

	if (result == -EOPNOTSUPP) {
		count = 0;
		result = list_leaders(place, &pids, &count, &why);
	}
	if (place->fd >= 0) /* there may be more of them than descriptors */
		close(ct_take_fd(&place->fd));
	if (result == -ENOENT || result == -ENODEV)
		return 0;
	if (result < 0) {
		*err = why;
		return result;
	}
	return add(victims, pids, count, top) < 0 ? ct_failx(err, ENOMEM, "out of memory") : 0;
}

static int compare(const void *a, const void *b)
{
	const struct ct_victim *left = a, *right = b;

	if (left->pid != right->pid)
		return (left->pid > right->pid) - (left->pid < right->pid);
	return (left->top > right->top) - (left->top < right->top);
}

static void sort(struct ct_victims *victims)
{
	size_t kept = 0;

	victims->processes = 0;
	if (victims->count)
		qsort(victims->items, victims->count, sizeof(*victims->items), compare);
	for (size_t i = 0; i < victims->count; i++) {
		if (kept && !compare(&victims->items[kept - 1], &victims->items[i]))
			continue;
		victims->processes += !kept || victims->items[kept - 1].pid != victims->items[i].pid;
		victims->items[kept++] = victims->items[i];
	}
	victims->count = kept;
}

int ct_victims_list(struct ct_reach *reach, struct ct_victims *ret_victims, struct ct_error *err)
{
	ct_cleanup(ct_victims_clear) struct ct_victims victims = { 0 };

	for (size_t i = 0; i < reach->whole.count; i++) {
		int result = list_place(&reach->whole.places[i], reach->tops[i], &victims, err);

		if (result < 0)
			return result;
	}
	sort(&victims);
	*ret_victims = victims;
	victims = (struct ct_victims){ 0 };
	return 0;
}

void ct_victims_clear(struct ct_victims *victims)
{
	free(victims->items);
	*victims = (struct ct_victims){ 0 };
}

bool ct_victims_have(const struct ct_victims *victims, pid_t pid)
{
	size_t from = 0, to = victims->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (victims->items[middle].pid == pid)
			return true;
		if (victims->items[middle].pid < pid)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

size_t ct_victims_next(const struct ct_victims *victims, size_t first)
{
	size_t next = first + 1;

	while (next < victims->count && victims->items[next].pid == victims->items[first].pid)
		next++;
	return next;
}

void ct_victims_labels(const struct ct_victims *victims, size_t first,
		       const struct ct_container *container, char *buffer, size_t size)
{
	size_t end = ct_victims_next(victims, first);

	buffer[0] = '\0';
	for (size_t i = first; i < end; i++) {
		strlcat(buffer, i > first ? "," : "", size);
		strlcat(buffer, container->places[victims->items[i].top].hierarchy->label, size);
	}
}
