// SPDX-License-Identifier: MIT
#include "common/members.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/hierarchy.h"
#include "common/walk.h"

int ct_members_add_path(struct ct_hierarchy *hierarchy, const char *path, enum ct_list kind,
			struct ct_members *members, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place place = {
		.hierarchy = hierarchy, .path = strdup(path), .fd = -1,
	};
	size_t first = members->count, kept = first;
	struct ct_error why = { 0 };
	int result;

	if (!place.path)
		return ct_failx(err, ENOMEM, "out of memory");
	result = hierarchy->ops->list(&place, kind, &members->ids, &members->count, &why);
	if (result == -EOPNOTSUPP) /* a threaded place lists threads alone */
		result = hierarchy->ops->list(&place, CT_LIST_THREADS, &members->ids, &members->count, &why);
	if (result < 0 && result != -ENOENT && result != -ENODEV) {
		*err = why;
		return result;
	}
	for (size_t i = first; i < members->count; i++)
		if (members->ids[i])
			members->ids[kept++] = members->ids[i];
	members->unseen += members->count - kept;
	members->count = kept;
	return 0;
}

int ct_members_add(struct ct_place *place, enum ct_list kind, struct ct_members *members,
		   struct ct_error *err)
{
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	int result = ct_members_add_path(place->hierarchy, place->path, kind, members, err);

	if (result >= 0)
		result = ct_walk(place, true, &tree, err);
	for (size_t i = 0; result >= 0 && i < tree.count; i++)
		result = ct_members_add_path(place->hierarchy, tree.paths[i], kind, members, err);
	return result;
}

void ct_members_sort(struct ct_members *members)
{
	size_t kept = 0;

	if (members->count)
		qsort(members->ids, members->count, sizeof(*members->ids), ct_array_compare_ids);
	for (size_t i = 0; i < members->count; i++)
		if (!kept || members->ids[kept - 1] != members->ids[i])
			members->ids[kept++] = members->ids[i];
	members->count = kept;
}

bool ct_members_have(const struct ct_members *members, pid_t id)
{
	return members->count &&
	       bsearch(&id, members->ids, members->count, sizeof(id), ct_array_compare_ids);
}

void ct_members_clear(struct ct_members *members)
{
	free(members->ids);
	*members = (struct ct_members){ 0 };
}
