// SPDX-License-Identifier: MIT
#include "common/subsystem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/array.h"
#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/walk.h"

struct subsystem {
	char name[64];
	int hierarchy, enabled;
};

/* /proc/cgroups: a heading, then name, hierarchy, number of cgroups, enabled. */
static int read_subsystems(const struct ct_hierarchies *all, struct subsystem **ret_items,
			   size_t *ret_count, struct ct_error *err)
{
	autofree char *text = NULL;
	autofree struct subsystem *items = NULL;
	size_t count = 0;
	int result = ct_file_read(all->proc, "cgroups", &text);

	if (result < 0)
		return ct_failx(err, -result, "cannot read /proc/cgroups: %s", strerror(-result));
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		struct subsystem found;

		if (sscanf(line, "%63s %d %*d %d", found.name, &found.hierarchy, &found.enabled) == 3 &&
		    ct_array_push(items, count, found) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	}
	*ret_items = ct_take_ptr(items);
	*ret_count = count;
	return 0;
}

static bool is_mount_flag(const char *word)
{
	static const char *const flags[] = { "xattr", "noprefix", "clone_children",
					     "cpuset_v2_mode", "ro", "rw" };

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (!strcmp(word, flags[i]))
			return true;
	return false;
}

static int check_word(const struct subsystem *items, size_t count, const char *word,
		      struct ct_error *err)
{
	char names[512] = "";

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(word, items[i].name) && !items[i].enabled)
			return ct_failx(err, EINVAL, "%s is switched off in this kernel (cgroup_disable=)", word);
		if (!strcmp(word, items[i].name))
			return 0;
		strlcat(names, i ? ", " : "", sizeof(names));
		strlcat(names, items[i].name, sizeof(names));
	}
	return ct_failx(err, EINVAL, "'%s' is no controller of this kernel: there are %s", word, names);
}

int ct_subsystem_check(const struct ct_hierarchies *all, const char *options, struct ct_error *err)
{
	autofree struct subsystem *items = NULL;
	autofree char *copy = strdup(options);
	char *rest = copy, *word;
	size_t count;
	int result;

	if (!copy)
		return ct_failx(err, ENOMEM, "out of memory");
	result = read_subsystems(all, &items, &count, err);
	while (result >= 0 && (word = strsep(&rest, ",")))
		if (!strcmp(word, "none") || !strncmp(word, "name=", 5))
			result = ct_failx(err, EINVAL, "'%s': leave out -o and give --name NAME for a hierarchy without controllers, or both for one that has a name and controllers",
					  word);
		else if (!is_mount_flag(word))
			result = check_word(items, count, word, err);
	return result;
}

int ct_subsystem_usage(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy,
		   size_t *ret_containers, size_t *ret_tasks, struct ct_error *err)
{
	struct ct_place root = { .hierarchy = hierarchy, .path = (char[]){ "" }, .fd = -1 };
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	size_t tasks = 0;
	int result = ct_hierarchy_open(all, hierarchy, err);

	if (result >= 0)
		result = ct_walk(&root, true, &tree, err);
	if (result < 0)
		return result;
	for (size_t i = 0; i < tree.count; i++) {
		struct ct_place place = { .hierarchy = hierarchy, .path = tree.paths[i], .fd = -1 };
		struct ct_error ignored; /* removed meanwhile, or threaded: it counts none */
		autofree pid_t *pids = NULL;
		size_t count = 0;

		ct_place_list(&place, "cgroup.procs", &pids, &count, &ignored);
		tasks += count;
		if (place.fd >= 0)
			close(place.fd);
	}
	*ret_containers = tree.count;
	*ret_tasks = tasks;
	return 0;
}

static struct ct_hierarchy *find_holder(struct ct_hierarchies *all, const char *word)
{
	for (size_t i = 0; i < all->total; i++)
		if (all->items[i].version == 1 && ct_hierarchy_has(&all->items[i], word))
			return &all->items[i];
	return NULL;
}

/* Whether the hierarchy's controllers are the ones that options lists, no more and no less. */
static bool holds_all(const struct ct_hierarchy *holder, const char *options)
{
	const struct ct_hierarchy wanted = { .label = options };
	autofree char *theirs = strdup(holder->label), *ours = strdup(options);
	char *rest, *word;

	for (rest = theirs; rest && (word = strsep(&rest, ","));)
		if (strncmp(word, "name=", 5) != 0 && !ct_hierarchy_has(&wanted, word))
			return false;
	for (rest = ours; rest && (word = strsep(&rest, ","));)
		if (*word && !is_mount_flag(word) && !ct_hierarchy_has(holder, word))
			return false;
	return true;
}

/* What holds the controller word, if anything does. */
static bool describe_holder(struct ct_hierarchies *all, const char *word, struct ct_error *err)
{
	struct ct_hierarchy *holder = find_holder(all, word);
	size_t containers = 0, tasks = 0;
	struct ct_error ignored; /* the numbers are a help, not the matter */

	if (!holder)
		return false;
	if (!holder->mountpoint) {
		ct_failx(err, EBUSY,
			 "%s is bound to hierarchy %s, which is active without a mount: mount exactly '%s', remove its containers, then unmount it",
			 word, holder->label, holder->label);
		return true;
	}
	ct_subsystem_usage(all, holder, &containers, &tasks, &ignored);
	ct_failx(err, EBUSY,
		 "%s is bound to hierarchy %s, which is mounted at %s (containers: %zu, processes in them: %zu): use that one, or mount exactly '%s' a second time",
		 word, holder->label, holder->mountpoint, containers, tasks, holder->label);
	return true;
}

/* v2 has a controller as long as any container hands it down. */
static bool describe_v2(struct ct_hierarchies *all, const char *word, struct ct_error *err)
{
	for (size_t i = 0; i < all->count; i++) {
		struct ct_hierarchy *v2 = &all->items[i];
		struct ct_place root = { .hierarchy = v2, .path = (char[]){ "" }, .fd = -1 };
		struct ct_hierarchy words = { .label = "" };
		autofree char *list = NULL;
		struct ct_error ignored; /* then it is not said */

		if (v2->version != 2 || ct_hierarchy_open(all, v2, &ignored) < 0 ||
		    v2->ops->controllers(&root, true, &list, &ignored) < 0)
			continue;
		if (root.fd >= 0)
			close(root.fd);
		for (char *space = list; (space = strchr(space, ' '));)
			*space = ',';
		words.label = list;
		if (!ct_hierarchy_has(&words, word))
			continue;
		ct_failx(err, EBUSY,
			 "%s is handed down in v2: write -%s to %s/cgroup.subtree_control, and before that to those of the containers below",
			 word, word, v2->mountpoint);
		return true;
	}
	return false;
}

bool ct_subsystem_describe(struct ct_hierarchies *all, const char *word, struct ct_error *err)
{
	return describe_holder(all, word, err) || describe_v2(all, word, err);
}

/*
 * A controller that a hierarchy has already can be mounted again together with all that
 * it is bound with, and only so.
 */
int ct_subsystem_check_holders(struct ct_hierarchies *all, const char *options,
			       struct ct_error *err)
{
	autofree char *copy = strdup(options);
	char *rest = copy, *word;

	if (!copy)
		return ct_failx(err, ENOMEM, "out of memory");
	while ((word = strsep(&rest, ","))) {
		const struct ct_hierarchy *holder = find_holder(all, word);

		if (holder && !holds_all(holder, options))
			return describe_holder(all, word, err), -EBUSY;
	}
	return 0;
}

int ct_subsystem_check_name(struct ct_hierarchies *all, const char *name, const char *options,
			    struct ct_error *err)
{
	const struct ct_hierarchy *holder;
	char word[160];

	/* kernel/cgroup/cgroup-v1.c: shorter than MAX_CGROUP_ROOT_NAMELEN, and of these bytes */
	if (!*name || strlen(name) >= 64 ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
		return ct_failx(err, EINVAL,
				"'%s' is no name for a hierarchy: that has 1 to 63 letters, digits, '.', '_' and '-'",
				name);
	snprintf(word, sizeof(word), "name=%s", name);
	holder = find_holder(all, word);
	if (!holder || holds_all(holder, options ? options : ""))
		return 0;
	return ct_failx(err, EBUSY,
			"the name %s is that of hierarchy %s, mounted at %s: use that one, or choose another name",
			name, holder->label,
			holder->mountpoint ? holder->mountpoint : "no place that can be seen here");
}

static bool is_offered(struct ct_hierarchies *all, const char *word)
{
	for (size_t i = 0; i < all->count; i++)
		if (ct_hierarchy_offers(all, &all->items[i], word))
			return true;
	return false;
}

int ct_subsystem_free(struct ct_hierarchies *all, char **ret_list, struct ct_error *err)
{
	autofree struct subsystem *items = NULL;
	char list[1024] = "";
	size_t count;
	int result = read_subsystems(all, &items, &count, err);

	if (result < 0)
		return result;
	for (size_t i = 0; i < count; i++) {
		if (!items[i].enabled || items[i].hierarchy || is_offered(all, items[i].name))
			continue;
		strlcat(list, *list ? "," : "", sizeof(list));
		strlcat(list, items[i].name, sizeof(list));
	}
	*ret_list = strdup(list);
	return *ret_list ? 0 : ct_failx(err, ENOMEM, "out of memory");
}
