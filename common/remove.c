// SPDX-License-Identifier: MIT
#include "common/remove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/holders.h"
#include "common/pinning.h"
#include "common/walk.h"

static int check_tasks(struct ct_hierarchy *hierarchy, const char *path, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place place = {
		.hierarchy = hierarchy, .path = strdup(path), .fd = -1,
	};

	return place.path ? ct_holders_tasks(&place, err) : ct_failx(err, ENOMEM, "out of memory");
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
	if (result >= 0 && !recursive)
		result = ct_holders_children(place, &tree, err);
	for (size_t i = tree.count; result >= 0 && i-- > 0;)
		result = plan_one(place->hierarchy, tree.paths[i], populated, txn, err);
	return result < 0 ? result : plan_one(place->hierarchy, place->path, populated, txn, err);
}

int ct_remove_plan(struct ct_container *container, bool recursive, bool populated,
		   struct ct_txn *txn, struct ct_error *err)
{
	/* first, so that it is undone when the directories are there again */
	int result = container->count ? ct_pinning_remove(container->places[0].hierarchy,
							  container->places[0].path, txn, err) : 0;

	for (size_t i = 0; result >= 0 && i < container->count; i++)
		result = plan_place(&container->places[i], recursive, populated, txn, err);
	return result;
}
