// SPDX-License-Identifier: MIT
#include "common/still.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/freezer.h"
#include "common/interrupt.h"
#include "common/members.h"
#include "common/proc.h"
#include "common/progress.h"
#include "common/walk.h"

enum motion { STILL, UNSURE, MOVING };

/* Whether the task is in a v1 container that is frozen. */
static bool is_held_by_v1(struct ct_hierarchies *all, pid_t id)
{
	struct ct_error ignored; /* what cannot be told is not so */

	for (size_t i = 0; i < all->count; i++) {
		struct ct_hierarchy *hierarchy = &all->items[i];
		ct_cleanup(ct_place_clear) struct ct_place place = { .hierarchy = hierarchy, .fd = -1 };
		enum ct_freeze_state state;
		autofree char *text = NULL;

		if (hierarchy->version == 1 && ct_hierarchy_has(hierarchy, "freezer"))
			return ct_hierarchy_open(all, hierarchy, &ignored) == 0 &&
			       ct_proc_cgroup(all->proc, id, id, &text) >= 0 &&
			       ct_hierarchy_locate(hierarchy, text, &place.path) == 0 &&
			       hierarchy->ops->freeze_state(&place, &state, &ignored) == 0 &&
			       state == CT_FROZEN;
	}
	return false;
}

/* The parent of a vfork(2) waits in the kernel as deep as for a disk, and v2 holds it all the same. */
static enum motion look_at_deep(struct ct_hierarchies *all, pid_t id)
{
	char channel[64];

	ct_proc_wait_channel(all->proc, id, channel, sizeof(channel));
	if (!*channel)
		return UNSURE;
	return strstr(channel, "fork") || strstr(channel, "clone") ? STILL : MOVING;
}

/*
 * counted: v2 has counted that every task of the directory is frozen. A task that v1 freezes
 * while it sleeps stays there and is shown as D, as is one that waits for a disk and
 * cannot be frozen at all. v2 may hold a task in a function whose name is not known.
 */
static enum motion look_at(struct ct_hierarchies *all, unsigned version, bool counted, pid_t id,
			   struct ct_proc_stat *ret_stat)
{
	if (ct_proc_stat(all->proc, id, ret_stat) < 0 || ret_stat->exiting || ret_stat->kernel)
		return STILL;
	if (ret_stat->state == 'R')
		return MOVING;
	if (counted || ct_freezer_is_still(all->proc, id, ret_stat) ||
	    (ret_stat->state == 'D' && is_held_by_v1(all, id)))
		return STILL;
	if (version == 1)
		return ret_stat->state == 'S' ? MOVING : UNSURE;
	return ret_stat->state == 'D' ? look_at_deep(all, id) : UNSURE;
}

/*
 * A v2 place that has children is called frozen as soon as those are, even while a task in itself
 * cannot stop (seen on 6.18 with an empty child): only without children it is counted.
 */
static bool is_counted(struct ct_place *place)
{
	enum ct_freeze_state state;
	struct ct_error ignored; /* then its tasks are looked at one by one */
	struct stat status;

	return place->hierarchy->version == 2 && ct_place_open(place) == 0 &&
	       fstat(place->fd, &status) == 0 && status.st_nlink == 2 &&
	       place->hierarchy->ops->freeze_state(place, &state, &ignored) == 0 && state == CT_FROZEN;
}

static int add_directory(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy, const char *path,
			 struct ct_suspects *suspects, struct ct_error *err)
{
	ct_cleanup(ct_members_clear) struct ct_members members = { 0 };
	ct_cleanup(ct_place_clear) struct ct_place place = {
		.hierarchy = hierarchy, .path = strdup(path), .fd = -1,
	};
	bool counted = place.path && is_counted(&place);
	int result = ct_members_add_path(hierarchy, path, CT_LIST_THREADS, &members, err);

	for (size_t i = 0; result >= 0 && i < members.count; i++) {
		struct ct_proc_stat stat;
		enum motion motion = look_at(all, hierarchy->version, counted, members.ids[i], &stat);
		struct ct_suspect suspect = { .id = members.ids[i] };

		if (motion == STILL)
			continue;
		suspect.start = stat.start;
		suspect.sure = motion == MOVING;
		if (ct_array_push(suspects->items, suspects->count, suspect) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	}
	return result;
}

int ct_still_suspect(struct ct_hierarchies *all, struct ct_place *place, struct ct_suspects *suspects,
		     struct ct_error *err)
{
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	int result = add_directory(all, place->hierarchy, place->path, suspects, err);

	if (result >= 0)
		result = ct_walk(place, true, &tree, err);
	for (size_t i = 0; result >= 0 && i < tree.count; i++)
		result = add_directory(all, place->hierarchy, tree.paths[i], suspects, err);
	return result;
}

/* What the kernel says of the place is checked; if it says nothing yet, each task must be seen still. */
static int all_stand(struct ct_hierarchies *all, struct ct_place *place, bool said,
		     struct ct_error *err)
{
	ct_cleanup(ct_suspects_clear) struct ct_suspects suspects = { 0 };
	size_t sure = 0;
	int result = ct_still_suspect(all, place, &suspects, err);

	if (result < 0)
		return result;
	for (size_t i = 0; i < suspects.count; i++)
		sure += suspects.items[i].sure;
	if (!sure && (said || !suspects.count))
		return 1;
	if (ct_progress)
		ct_progress(sure ? sure : suspects.count);
	return 0;
}

int ct_still_wait(struct ct_hierarchies *all, struct ct_place *place, bool breath, uint64_t deadline,
		  struct ct_error *err)
{
	uint64_t start = ct_clock(), pause = 50, let_go = breath ? 50000 : 0, look = start + 10000;

	for (;;) {
		enum ct_freeze_state state;
		uint64_t before = ct_clock();
		int result = place->hierarchy->ops->freeze_state(place, &state, err);

		/* a long list is not read all the time: as long again it is left alone */
		if (result >= 0 && (state == CT_FROZEN || before >= look)) {
			result = all_stand(all, place, state == CT_FROZEN, err);
			look = ct_clock() + 10000 + 4 * (ct_clock() - before);
		}
		if (result)
			return result < 0 ? result : 0;
		if (ct_interrupt_pending())
			return ct_failx(err, EINTR, "interrupted");
		if (before > deadline)
			return -ETIMEDOUT;
		if (pause >= 1600)
			result = ct_freezer_urge(place, ct_clock() - start, &let_go, err);
		if (result < 0)
			return result;
		ct_clock_pause(&pause, 2000);
	}
}

void ct_still_names(struct ct_hierarchies *all, const struct ct_suspects *suspects, char *buffer,
		    size_t size)
{
	autofree pid_t *ids = NULL;
	size_t count = 0;
	uint64_t moment = 20000;

	ct_clock_pause(&moment, moment); /* for those to go on that only slept */
	for (size_t i = 0; i < suspects->count; i++) {
		const struct ct_suspect *suspect = &suspects->items[i];
		struct ct_proc_stat stat;

		if (ct_proc_stat(all->proc, suspect->id, &stat) < 0 || stat.start != suspect->start)
			continue;
		if (!suspect->sure && (stat.state != 'D' || is_held_by_v1(all, suspect->id)))
			continue;
		if (ct_array_push(ids, count, suspect->id) < 0)
			break; /* fewer names, then */
	}
	ct_proc_names(all->proc, ids, count, true, buffer, size);
}

void ct_suspects_clear(struct ct_suspects *suspects)
{
	free(suspects->items);
	*suspects = (struct ct_suspects){ 0 };
}
