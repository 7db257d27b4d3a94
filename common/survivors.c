// SPDX-License-Identifier: MIT
#include "common/survivors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/cleanup.h"
#include "common/proc.h"

/* The topmost container on the way to path that is frozen: what is below only inherits that. */
static bool name_frozen(struct ct_hierarchy *hierarchy, const char *path, struct ct_error *err)
{
	size_t length = strlen(path);

	for (size_t end = 1; end <= length; end++) {
		ct_cleanup(ct_place_clear) struct ct_place above = {
			.hierarchy = hierarchy, .path = strndup(path, end), .fd = -1,
		};
		enum ct_freeze_state state = CT_NO_FREEZER;
		struct ct_error ignored; /* what cannot be read is not named */

		if ((path[end] && path[end] != '/') || !above.path ||
		    hierarchy->ops->freeze_state(&above, &state, &ignored) < 0 ||
		    (state != CT_FROZEN && state != CT_FREEZING))
			continue;
		ct_fail_also(err, "%s is frozen in %s: thaw that first", above.path, hierarchy->label);
		return true;
	}
	return false;
}

/*
 * Wherever the process is: v1's freezer may hold it in a container of another name. v2's keeps
 * nobody from being killed, but other signals wait.
 */
static bool name_freezer(struct ct_hierarchies *all, pid_t pid, struct ct_error *err)
{
	autofree char *text = NULL;

	if (ct_proc_cgroup(all->proc, pid, pid, &text) < 0)
		return false;
	for (size_t i = 0; i < all->count; i++) {
		struct ct_hierarchy *hierarchy = &all->items[i];
		autofree char *path = NULL;
		struct ct_error ignored; /* one that cannot be looked at is not named */

		if ((hierarchy->version == 2 || ct_hierarchy_has(hierarchy, "freezer")) &&
		    ct_hierarchy_open(all, hierarchy, &ignored) == 0 &&
		    ct_hierarchy_locate(hierarchy, text, &path) == 0 &&
		    name_frozen(hierarchy, path, err))
			return true;
	}
	return false;
}

static void describe(int proc, const struct ct_reach *reach, const struct ct_victims *left, size_t first,
		     char *buffer, size_t size)
{
	struct ct_proc_stat stat = { .state = '?', .command = "?" };
	char channel[64], labels[64], all[64];

	ct_proc_stat(proc, left->items[first].pid, &stat);
	ct_proc_wait_channel(proc, left->items[first].pid, channel, sizeof(channel));
	ct_victims_labels(left, first, reach->container, labels, sizeof(labels));
	ct_container_labels(reach->container, all, sizeof(all));
	snprintf(buffer, size, "%d (%s) state %c%s%s in %s", left->items[first].pid, stat.command,
		 stat.state, *channel ? " waiting in " : "", channel,
		 strcmp(labels, all) != 0 || reach->container->count == 1 ? labels : "all its hierarchies");
}

int ct_survivors_name(struct ct_hierarchies *all, const struct ct_reach *reach,
		      const struct ct_victims *left, uint64_t timeout, struct ct_error *err)
{
	char names[330] = "";
	size_t named = 0, first = 0, count = left->processes + left->unseen;

	for (; first < left->count; first = ct_victims_next(left, first)) {
		char one[240];

		describe(all->proc, reach, left, first, one, sizeof(one));
		if (strlen(names) + strlen(one) + 3 > sizeof(names))
			break;
		strlcat(names, named++ ? ", " : "", sizeof(names));
		strlcat(names, one, sizeof(names));
	}
	ct_failx(err, ETIMEDOUT, "%zu process%s left after %.3g s: %s%s%s", count,
		 count == 1 ? " is" : "es are", (double)timeout / 1000, names,
		 !left->unseen ? "" : named ? ", and of another pid namespace, which cannot be named from here" :
				 "of another pid namespace, which cannot be named from here",
		 named < left->processes ? ", ..." : "");
	for (first = 0, named = 0; first < left->count && named < 100; named++) {
		if (name_freezer(all, left->items[first].pid, err))
			break;
		first = ct_victims_next(left, first);
	}
	return -err->code;
}
