// SPDX-License-Identifier: MIT
#include "common/stat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/files.h"
#include "common/walk.h"

/* One directory found on the walk. */
struct found {
	char *path;
	size_t depth;		/* of the container the search began at: what its name stands for */
	struct ct_hierarchy *hierarchy;
};

struct finds {
	struct found *items;
	size_t count;
};

static void clear_finds(struct finds *finds)
{
	for (size_t i = 0; i < finds->count; i++)
		free(finds->items[i].path);
	free(finds->items);
}

/* As a tree is written: '/' before every other byte, so that children follow their parent. */
static int compare(const void *a, const void *b)
{
	const struct found *left = a, *right = b;
	const unsigned char *x = (const unsigned char *)left->path;
	const unsigned char *y = (const unsigned char *)right->path;

	for (; *x && *x == *y; x++)
		y++;
	if (*x == *y) /* hierarchies in their order */
		return (left->hierarchy > right->hierarchy) - (left->hierarchy < right->hierarchy);
	if (!*x || !*y)
		return *x ? 1 : -1;
	if (*x == '/' || *y == '/')
		return *x == '/' ? -1 : 1;
	return *x < *y ? -1 : 1;
}

static int add(struct finds *finds, struct ct_hierarchy *hierarchy, char *path, size_t depth)
{
	struct found found = { .path = path, .depth = depth, .hierarchy = hierarchy };

	if (path && ct_array_push(finds->items, finds->count, found) == 0)
		return 0;
	free(path);
	return -ENOMEM;
}

static int add_below(struct finds *finds, const struct ct_place *place, bool recursive,
		     struct ct_error *hidden, struct ct_error *err)
{
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	int result = ct_walk_visible(place, recursive, &tree, hidden, err);

	for (size_t i = 0; result >= 0 && i < tree.count; i++)
		if (add(finds, place->hierarchy, ct_take_ptr(tree.paths[i]), strlen(place->path)) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	return result;
}

static int find_roots(struct ct_hierarchies *all, bool recursive, struct finds *finds,
		      struct ct_error *hidden, struct ct_error *err)
{
	for (size_t i = 0; i < all->count; i++) {
		ct_cleanup(ct_place_clear) struct ct_place root = { .hierarchy = &all->items[i], .fd = -1 };
		int result;

		if (!all->items[i].selected)
			continue;
		root.path = ct_hierarchies_path(all, "");
		if (!root.path)
			return ct_failx(err, ENOMEM, "out of memory");
		result = ct_hierarchy_open(all, &all->items[i], err);
		if (result >= 0 && ct_place_open(&root) == -ENOENT)
			continue; /* nothing has been made in this hierarchy yet */
		if (result >= 0)
			result = add_below(finds, &root, recursive, hidden, err);
		if (result < 0)
			return result;
	}
	return 0;
}

static int find_named(struct ct_hierarchies *all, const char *name, bool exact, bool recursive,
		      struct finds *finds, struct ct_error *hidden, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = ct_container_open(all, name, exact, &container, err);

	for (size_t i = 0; result >= 0 && i < container.count; i++) {
		const struct ct_place *place = &container.places[i];

		if (add(finds, place->hierarchy, strdup(place->path), strlen(place->path)) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
		if (recursive)
			result = add_below(finds, place, true, hidden, err);
	}
	return result;
}

/* What a person types for it: an absolute name stays absolute below. */
static char *name_of(const char *base, const struct found *found)
{
	const char *rest = found->path + found->depth;
	char *name;
	int length;

	rest += found->depth && *rest == '/';
	if (!base)
		return strdup(rest);
	length = asprintf(&name, "%s%s%s", base, *rest && base[strlen(base) - 1] != '/' ? "/" : "", rest);
	return length < 0 ? NULL : name;
}

static int group(struct finds *finds, const char *base, struct ct_containers *containers)
{
	for (size_t i = 0; i < finds->count; i++) {
		struct found *found = &finds->items[i];
		struct ct_container *last = containers->count ? &containers->items[containers->count - 1] :
								NULL;
		struct ct_place place = { .hierarchy = found->hierarchy, .fd = -1 };

		if (!last || strcmp(last->places[0].path, found->path) != 0) {
			struct ct_container container = { .name = name_of(base, found) };

			if (!container.name ||
			    ct_array_push(containers->items, containers->count, container) < 0) {
				free(container.name);
				return -ENOMEM;
			}
			last = &containers->items[containers->count - 1];
		}
		place.path = strdup(found->path);
		if (!place.path || ct_array_push(last->places, last->count, place) < 0) {
			free(place.path);
			return -ENOMEM;
		}
	}
	return 0;
}

int ct_stat_find(struct ct_hierarchies *all, const char *name, bool exact, bool recursive,
		 struct ct_containers *ret_found, struct ct_error *hidden, struct ct_error *err)
{
	ct_cleanup(clear_finds) struct finds finds = { 0 };
	struct ct_containers containers = { 0 };
	int result = name ? find_named(all, name, exact, recursive, &finds, hidden, err) :
			    find_roots(all, recursive, &finds, hidden, err);

	if (result < 0)
		return result;
	if (finds.count)
		qsort(finds.items, finds.count, sizeof(*finds.items), compare);
	if (group(&finds, name, &containers) < 0) {
		ct_containers_clear(&containers);
		return ct_failx(err, ENOMEM, "out of memory");
	}
	*ret_found = containers;
	return 0;
}

static size_t distinct(pid_t *ids, size_t count)
{
	size_t result = 0;

	if (count)
		qsort(ids, count, sizeof(*ids), ct_array_compare_ids);
	for (size_t i = 0; i < count; i++)
		result += !i || !ids[i] || ids[i] != ids[i - 1]; /* 0: of another pid namespace */
	return result;
}

/* What the places list together; -ENOENT if all of them have gone. */
static int list(struct ct_container *container, enum ct_list kind, pid_t **ids, size_t *count,
		struct ct_error *err)
{
	size_t present = 0;

	for (size_t i = 0; i < container->count; i++) {
		struct ct_place *place = &container->places[i];
		struct ct_error why = { 0 };
		int result = kind == CT_LIST_PROCESSES ?
				     ct_place_list(place, "cgroup.procs", ids, count, &why) :
				     place->hierarchy->ops->list(place, kind, ids, count, &why);

		if (result == -EOPNOTSUPP) /* threaded: its domain above counts its processes */
			result = 0;
		if (result < 0 && result != -ENOENT && result != -ENODEV) {
			*err = why;
			return result;
		}
		present += result >= 0;
	}
	return present ? 0 : ct_failx(err, ENOENT, "no such container any more");
}

static int count(struct ct_container *container, enum ct_figure figure, enum ct_list kind,
		 struct ct_stat *stat, struct ct_error *err)
{
	autofree pid_t *ids = NULL;
	size_t total = 0;
	int result = list(container, kind, &ids, &total, err);

	if (result >= 0)
		ct_figure_set(&stat->figures, figure, distinct(ids, total));
	return result;
}

static enum ct_freeze_state freeze_state(struct ct_container *container)
{
	static const int rank[] = {
		[CT_NO_FREEZER] = 0, [CT_THAWED] = 1, [CT_FREEZING] = 2, [CT_FROZEN] = 3,
	};
	enum ct_freeze_state most = CT_NO_FREEZER;

	for (size_t i = 0; i < container->count; i++) {
		struct ct_place *place = &container->places[i];
		enum ct_freeze_state state = CT_NO_FREEZER;
		struct ct_error ignored; /* it went away meanwhile: the other places tell */

		if (place->hierarchy->ops->freeze_state(place, &state, &ignored) == 0 &&
		    rank[state] > rank[most])
			most = state;
	}
	return most;
}

int ct_stat_read(struct ct_container *container, uint32_t wanted, struct ct_stat *ret_stat,
		 struct ct_error *err)
{
	struct ct_stat stat = { .when = ct_clock() };
	struct ct_error ignored;
	int result = count(container, CT_TASKS, CT_LIST_PROCESSES, &stat, err);
	int hidden = result == -EACCES;

	result = hidden ? 0 : result;
	if (result >= 0 && (wanted & CT_BIT(CT_THREADS))) /* if it goes away just now, it is absent */
		count(container, CT_THREADS, CT_LIST_THREADS, &stat, &ignored);
	if (result >= 0 &&
	    ct_figures_read(container->places, container->count, wanted, &stat.figures) < 0)
		result = ct_failx(err, ENOMEM, "out of memory");
	if (result >= 0)
		stat.freeze = freeze_state(container);
	ct_places_close(container->places, container->count);
	if (result < 0)
		return result;
	*ret_stat = stat;
	return hidden;
}

int ct_stat_files(struct ct_container *container, struct ct_stat *stat, struct ct_error *err)
{
	autofree pid_t *tids = NULL;
	size_t total = 0, files;
	int result = list(container, CT_LIST_THREADS, &tids, &total, err);

	ct_places_close(container->places, container->count);
	if (result >= 0)
		result = ct_files_count(container->places[0].hierarchy->proc, tids, distinct(tids, total),
					&files, err);
	if (result >= 0)
		ct_figure_set(&stat->figures, CT_FILES, files);
	return result;
}

void ct_stat_rate(const struct ct_stat *before, struct ct_stat *stat)
{
	uint64_t now = stat->figures.values[CT_CPU], then = before->figures.values[CT_CPU];

	/* less than before: another container by the same name */
	if (!ct_figure_is_known(&before->figures, CT_CPU) ||
	    !ct_figure_is_known(&stat->figures, CT_CPU) || now < then || stat->when <= before->when)
		return;
	/* nanoseconds by microseconds are thousandths; hundredths of a percent are wanted */
	ct_figure_set(&stat->figures, CT_CPU_PERCENT,
		      (uint64_t)((double)(now - then) * 10 / (double)(stat->when - before->when)));
}

void ct_containers_clear(struct ct_containers *containers)
{
	for (size_t i = 0; i < containers->count; i++)
		ct_container_clear(&containers->items[i]);
	free(containers->items);
	*containers = (struct ct_containers){ 0 };
}
