// SPDX-License-Identifier: MIT
#include "common/remove.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/cleanup.h"
#include "common/walk.h"

enum { NAMED = 3 }; /* how many of what is in the way a message names */

static int refuse_children(const struct ct_place *place, const struct ct_tree *tree,
			   struct ct_error *err)
{
	char names[300] = "";

	for (size_t i = 0; i < tree->count && i < NAMED; i++) {
		strlcat(names, i ? ", " : "", sizeof(names));
		strlcat(names, tree->paths[i], sizeof(names));
	}
	return ct_failx(err, EBUSY, "it holds %s%s in %s: -r removes what is below too", names,
			tree->count > NAMED ? ", ..." : "", place->hierarchy->label);
}

static int refuse_tasks(const struct ct_place *place, const pid_t *pids, size_t count,
			struct ct_error *err)
{
	char names[128] = "", pid[16];

	for (size_t i = 0; i < count && i < NAMED; i++) {
		snprintf(pid, sizeof(pid), "%s%d", i ? ", " : "", pids[i]);
		strlcat(names, pid, sizeof(names));
	}
	return ct_failx(err, EBUSY,
			"%s holds %zu process%s in %s (%s%s): ctkill -r ends them, ctattach moves them",
			*place->path ? place->path : "the root", count, count == 1 ? "" : "es",
			place->hierarchy->label, names, count > NAMED ? ", ..." : "");
}

static int check_tasks(struct ct_hierarchy *hierarchy, const char *path, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place place = {
		.hierarchy = hierarchy, .path = strdup(path), .fd = -1,
	};
	autofree pid_t *pids = NULL;
	struct ct_error why = { 0 };
	size_t count = 0;
	int result;

	if (!place.path)
		return ct_failx(err, ENOMEM, "out of memory");
	result = ct_place_list(&place, "cgroup.procs", &pids, &count, &why);
	/* a threaded place refuses to list; what it holds then makes rmdir fail */
	if (result < 0 && result != -EOPNOTSUPP && result != -ENOENT && result != -ENODEV) {
		*err = why;
		return result;
	}
	return count ? refuse_tasks(&place, pids, count, err) : 0;
}

static int plan_one(struct ct_hierarchy *hierarchy, const char *path, bool populated,
		    struct ct_txn *txn, struct ct_error *err)
{
	int result = populated ? 0 : check_tasks(hierarchy, path, err);

	if (result < 0)
		return result;
	return ct_txn_add(txn, CT_STEP_REMOVE, hierarchy, path, err) ? 0 : -ENOMEM;
}

static int plan_place(struct ct_place *place, bool recursive, bool populated, struct ct_txn *txn,
		      struct ct_error *err)
{
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	int result;

	if (!*place->path)
		return ct_failx(err, EBUSY, "it is the root of %s, which stays as long as it is mounted",
				place->hierarchy->label);
	result = ct_walk(place, recursive, &tree, err);
	if (result >= 0 && tree.count && !recursive)
		return refuse_children(place, &tree, err);
	for (size_t i = tree.count; result >= 0 && i-- > 0;)
		result = plan_one(place->hierarchy, tree.paths[i], populated, txn, err);
	return result < 0 ? result : plan_one(place->hierarchy, place->path, populated, txn, err);
}

int ct_remove_plan(struct ct_container *container, bool recursive, bool populated,
		   struct ct_txn *txn, struct ct_error *err)
{
	int result = 0;

	for (size_t i = 0; result >= 0 && i < container->count; i++)
		result = plan_place(&container->places[i], recursive, populated, txn, err);
	return result;
}
