// SPDX-License-Identifier: MIT
#include "common/holders.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "common/cleanup.h"
#include "common/hierarchy.h"
#include "common/members.h"
#include "common/proc.h"

enum { NAMED = 3 }; /* how many of what is in the way a message names */

int ct_holders_tasks(struct ct_place *place, struct ct_error *err)
{
	ct_cleanup(ct_members_clear) struct ct_members members = { 0 };
	const char *path = *place->path ? place->path : "the root", *plural;
	char names[256];
	size_t count;
	int result = ct_members_add_path(place->hierarchy, place->path, CT_LIST_PROCESSES, &members, err);

	count = members.count + members.unseen;
	if (result < 0 || !count)
		return result;
	plural = count == 1 ? "" : "es";
	ct_members_sort(&members);
	if (!members.count)
		return ct_failx(err, EBUSY,
				"%s holds %zu process%s in %s, of another pid namespace, so that no number can be told: ctkill -r ends %s",
				path, count, plural, place->hierarchy->label, count == 1 ? "it" : "them");
	ct_proc_names(place->hierarchy->proc, members.ids, members.count, false, names, sizeof(names));
	return ct_failx(err, EBUSY, "%s holds %zu process%s in %s: %s; ctkill -r ends them, ctattach moves them",
			path, count, plural, place->hierarchy->label, names);
}

int ct_holders_children(const struct ct_place *place, const struct ct_tree *tree, struct ct_error *err)
{
	char names[300] = "";

	if (!tree->count)
		return 0;
	for (size_t i = 0; i < tree->count && i < NAMED; i++) {
		strlcat(names, i ? ", " : "", sizeof(names));
		strlcat(names, tree->paths[i], sizeof(names));
	}
	return ct_failx(err, EBUSY, "it holds %s%s in %s: -r removes what is below too", names,
			tree->count > NAMED ? ", ..." : "", place->hierarchy->label);
}

int ct_holders_all(struct ct_place *place, struct ct_error *err)
{
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	int result = ct_walk(place, false, &tree, err);

	if (result >= 0)
		result = ct_holders_children(place, &tree, err);
	return result < 0 ? result : ct_holders_tasks(place, err);
}
