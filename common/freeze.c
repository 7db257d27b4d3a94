// SPDX-License-Identifier: MIT
#include "common/freeze.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/audit_tasks.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/haste.h"
#include "common/interrupt.h"
#include "common/members.h"
#include "common/own.h"
#include "common/proc.h"
#include "common/state.h"
#include "common/still.h"

enum { LOCK_TIMEOUT = 10000 }; /* milliseconds; a move may hold one of the places */

/* The container's place that can freeze: in v2, or in the v1 freezer. */
static int find_freezer(struct ct_container *container, unsigned version, struct ct_place **ret_place,
			enum ct_freeze_state *ret_state, struct ct_error *err)
{
	*ret_place = NULL;
	for (size_t i = 0; i < container->count; i++) {
		struct ct_place *place = &container->places[i];
		int result;

		if (place->hierarchy->version != version)
			continue;
		result = place->hierarchy->ops->freeze_state(place, ret_state, err);
		if (result < 0)
			return result;
		if (*ret_state == CT_NO_FREEZER)
			continue;
		*ret_place = place;
		return 0;
	}
	return 0;
}

/* The mounted hierarchy that can freeze, v2 before the v1 freezer; NULL: there is none. */
static const char *freezing_label(const struct ct_hierarchies *all)
{
	const struct ct_hierarchy *v2 = ct_hierarchies_v2(all);

	for (size_t i = 0; !v2 && i < all->count; i++)
		if (ct_hierarchy_has(&all->items[i], "freezer"))
			return all->items[i].label;
	return v2 ? v2->label : NULL;
}

static int refuse_unable(const struct ct_hierarchies *all, const struct ct_container *container,
			 struct ct_error *err)
{
	const char *way = freezing_label(all);
	char labels[256];

	ct_container_labels(container, labels, sizeof(labels));
	for (size_t i = 0; i < container->count; i++)
		if (container->places[i].hierarchy->version == 2 && *container->places[i].path)
			return ct_failx(err, EOPNOTSUPP,
					"this kernel cannot freeze in v2, which came with Linux 5.2: make it in the v1 freezer too (ctcreate -p -H freezer), and move in what runs in it (ctattach)");
	if (!*container->places[0].path)
		return ct_failx(err, EOPNOTSUPP, "it is the root of %s, which cannot be frozen", labels);
	return ct_failx(err, EOPNOTSUPP,
			"it can be frozen in v2 or in the v1 freezer, and is only in %s: %smake it there too (ctcreate -p -H %s), and move in what runs in it (ctattach)",
			labels, way ? "" : "mount v2 (ctmount -2 DIR), ", way ? way : "v2");
}

/* A frozen shell is a lost session, and a frozen ct thaws nobody. */
static int refuse_own(struct ct_hierarchies *all, const struct ct_freeze *freeze, struct ct_error *err)
{
	ct_cleanup(ct_own_clear) struct ct_own own = { 0 };
	struct ct_place places[2];
	struct ct_container frozen = { .places = places, .count = freeze->count };
	struct ct_reach reach = { .container = &frozen, .recursive = true };
	int result;

	if (*all->sysroot) /* nobody of this machine is on another */
		return 0;
	for (size_t i = 0; i < freeze->count; i++)
		places[i] = *freeze->places[i];
	result = ct_own_find(&own, &reach, all->proc, err);
	return result <= 0 ? result :
			     ct_own_refuse(&own, all->proc, ", or move that out first with ctattach", err);
}

static int list_place(struct ct_place *place, struct ct_members *members, struct ct_error *err)
{
	int result = place ? ct_members_add(place, CT_LIST_THREADS, members, err) : 0;

	ct_members_sort(members);
	return result;
}

/* Drops from rest those that are in members, have ended, or are never frozen. */
static void drop_covered(int proc, struct ct_members *rest, const struct ct_members *members)
{
	size_t kept = 0;

	for (size_t i = 0; i < rest->count; i++) {
		struct ct_proc_stat stat;

		if (!ct_members_have(members, rest->ids[i]) && ct_proc_stat(proc, rest->ids[i], &stat) == 0 &&
		    !stat.exiting && !stat.kernel)
			rest->ids[kept++] = rest->ids[i];
	}
	rest->count = kept;
}

static int refuse_strays(int proc, const struct ct_members *rest, const struct ct_freeze *freeze,
			 struct ct_error *err)
{
	char names[200];

	ct_proc_names(proc, rest->ids, rest->count, false, names, sizeof(names));
	return ct_failx(err, EBUSY,
			"%zu of its tasks %s in other hierarchies alone and not in its place in %s, by which they would be frozen: %s; ctattach moves them there, -H %s freezes the others",
			rest->count, rest->count == 1 ? "is" : "are", freeze->places[0]->hierarchy->label, names,
			freeze->places[0]->hierarchy->label);
}

/*
 * Adds the second place if it has tasks that the first does not have; others must not be left. The places that
 * freeze are listed last: who is born in the container meanwhile is then seen in them, or not at all.
 */
static int cover(struct ct_hierarchies *all, struct ct_container *container, struct ct_place *second,
		 struct ct_freeze *freeze, struct ct_error *err)
{
	ct_cleanup(ct_members_clear) struct ct_members members = { 0 }, rest = { 0 };
	int result = 0;

	for (size_t i = 0; result >= 0 && i < container->count; i++)
		if (&container->places[i] != freeze->places[0])
			result = ct_members_add(&container->places[i], CT_LIST_THREADS, &rest, err);
	if (result >= 0)
		result = list_place(freeze->places[0], &members, err);
	if (result < 0)
		return result;
	ct_members_sort(&rest);
	drop_covered(all->proc, &rest, &members);
	if (!rest.count)
		return 0;
	if (second) {
		freeze->places[freeze->count++] = second;
		result = list_place(second, &members, err);
		drop_covered(all->proc, &rest, &members);
	}
	if (result < 0)
		return result;
	return rest.count ? refuse_strays(all->proc, &rest, freeze, err) : 0;
}

int ct_freeze_plan(struct ct_hierarchies *all, struct ct_container *container,
		   struct ct_freeze *ret_freeze, struct ct_error *err)
{
	struct ct_freeze freeze = { .count = 1 };
	enum ct_freeze_state ignored, state;
	struct ct_place *v1, *v2;
	bool first_v1;
	int result = find_freezer(container, 2, &v2, &ignored, err);

	if (result >= 0)
		result = find_freezer(container, 1, &v1, &state, err);
	if (result < 0)
		return result;
	if (!v1 && !v2)
		return refuse_unable(all, container, err);
	/* v2 does not count as frozen who stands still in v1 */
	first_v1 = !v2 || (v1 && state != CT_THAWED);
	freeze.places[0] = first_v1 ? v1 : v2;
	result = cover(all, container, first_v1 ? v2 : v1, &freeze, err);
	if (result >= 0)
		result = refuse_own(all, &freeze, err);
	if (result < 0)
		return result;
	*ret_freeze = freeze;
	return 0;
}

/* Thaws again what this call froze, and says who would not stop. */
static void take_back(struct ct_hierarchies *all, const struct ct_freeze *freeze, const bool *begun,
		      int result, uint64_t timeout, struct ct_error *err)
{
	ct_cleanup(ct_suspects_clear) struct ct_suspects suspects = { 0 };
	struct ct_error ignored, why = { 0 };
	bool any = false;
	char names[300];

	for (size_t i = 0; result == -ETIMEDOUT && i < freeze->count; i++)
		ct_still_suspect(all, freeze->places[i], &suspects, &ignored); /* fewer names, then */
	for (size_t i = freeze->count; i-- > 0;) {
		struct ct_place *place = freeze->places[i];

		any |= begun[i];
		if (begun[i] && place->hierarchy->ops->freeze(place, false, &why) < 0)
			err->torn = true;
	}
	if (result == -ETIMEDOUT) {
		ct_still_names(all, &suspects, names, sizeof(names));
		ct_failx(err, ETIMEDOUT, "not all tasks stopped within %.3g s%s (-t gives them longer)%s%s",
			 (double)timeout / 1000,
			 any ? ", and it was thawed again" : ", and it stays frozen as it was", *names ? ": " : "",
			 names);
	}
	if (err->torn)
		ct_fail_also(err, "%s", why.text);
}

static int freeze_places(struct ct_hierarchies *all, const struct ct_freeze *freeze, uint64_t timeout,
			 struct ct_error *err)
{
	uint64_t deadline = ct_clock() + timeout * 1000;
	bool begun[2] = { false };
	int result = 0;

	for (size_t i = 0; result >= 0 && i < freeze->count; i++) {
		struct ct_place *place = freeze->places[i];
		bool itself = false;

		result = place->hierarchy->ops->freezes_itself(place, &itself, err);
		begun[i] = result >= 0 && !itself;
		if (begun[i])
			result = place->hierarchy->ops->freeze(place, true, err);
	}
	for (size_t i = 0; result >= 0 && i < freeze->count; i++)
		result = ct_still_wait(all, freeze->places[i], begun[i], deadline, err);
	if (result < 0)
		take_back(all, freeze, begun, result, timeout, err);
	return result;
}

static void audit(const char *op, struct ct_container *container, int result, const struct ct_error *err)
{
	struct ct_audit record = { .op = op, .error = result < 0 ? err->code : 0 };
	autofree pid_t *pids = NULL;
	struct ct_error ignored; /* ct_audit_lost() tells */

	ct_audit_members(container, true, &pids, &record);
	ct_audit_container(container, &record, &ignored);
}

static int apply(struct ct_hierarchies *all, struct ct_container *container, uint64_t timeout,
		 struct ct_error *err)
{
	autoclose int lock = ct_state_lock_if_any(LOCK_TIMEOUT, err);
	struct ct_freeze freeze;
	sigset_t before;
	int result;

	if (lock < 0 && lock != -ENOENT)
		return lock;
	result = ct_freeze_plan(all, container, &freeze, err);
	if (result < 0)
		return result;
	ct_interrupt_hold_stops(&before);
	result = freeze_places(all, &freeze, timeout, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}

int ct_freeze_apply(struct ct_hierarchies *all, struct ct_container *container, uint64_t timeout,
		    struct ct_error *err)
{
	int result = apply(all, container, timeout, err);

	audit("freeze", container, result, err);
	return result;
}

/* Whether a container above keeps it frozen, whatever is done here; the nearest such is named. */
static int refuse_above(const struct ct_hierarchies *all, struct ct_place *place, enum ct_freeze_state state, bool itself,
			struct ct_error *err)
{
	autofree char *path = strdup(place->path);
	struct ct_error ignored; /* one that cannot be read is not named */

	for (char *slash; path && (slash = strrchr(path, '/'));) {
		struct ct_place above = { .hierarchy = place->hierarchy, .path = path, .fd = -1 };
		bool freezes = false;

		*slash = '\0';
		above.hierarchy->ops->freezes_itself(&above, &freezes, &ignored);
		if (above.fd >= 0)
			close(above.fd);
		if (freezes) {
			const char *name = ct_hierarchies_name(all, path);

			name = name ? name : path;
			return ct_failx(err, EBUSY, "%s, above it, is frozen in %s and keeps it so: ctfreeze -u %s thaws that",
					name, place->hierarchy->label, name);
		}
	}
	if (!path)
		return ct_failx(err, ENOMEM, "out of memory");
	if (itself || (state != CT_FROZEN && state != CT_FREEZING))
		return 0;
	return ct_failx(err, EBUSY, "a container above it that is not seen from here is frozen in %s and keeps it so",
			place->hierarchy->label);
}

int ct_freeze_plan_thaw(struct ct_hierarchies *all, struct ct_container *container,
			struct ct_freeze *ret_thaw, struct ct_error *err)
{
	struct ct_freeze thaw = { .count = 0 };
	bool able = false;

	for (unsigned version = 2; version >= 1; version--) {
		enum ct_freeze_state state;
		struct ct_place *place;
		bool itself = false;
		int result = find_freezer(container, version, &place, &state, err);

		if (result >= 0 && place)
			result = place->hierarchy->ops->freezes_itself(place, &itself, err);
		if (result >= 0 && place)
			result = refuse_above(all, place, state, itself, err);
		if (result < 0)
			return result;
		if (itself)
			thaw.places[thaw.count++] = place;
		able |= place != NULL;
	}
	if (!able)
		return refuse_unable(all, container, err);
	*ret_thaw = thaw;
	return 0;
}

int ct_freeze_thaw(struct ct_hierarchies *all, struct ct_container *container, struct ct_error *err)
{
	autoclose int lock = ct_state_lock_if_any(LOCK_TIMEOUT, err);
	struct ct_freeze thaw = { .count = 0 };
	struct ct_error why = { 0 };
	bool hastened;
	int result = lock < 0 && lock != -ENOENT ? lock : ct_freeze_plan_thaw(all, container, &thaw, err);

	hastened = ct_haste_begin(); /* those that wake would keep the writer from its work */
	for (size_t i = 0; result >= 0 && i < thaw.count; i++) {
		struct ct_place *place = thaw.places[i];

		result = place->hierarchy->ops->freeze(place, false, err);
		for (size_t j = i; result < 0 && j-- > 0;)
			if (thaw.places[j]->hierarchy->ops->freeze(thaw.places[j], true, &why) < 0)
				err->torn = true;
	}
	ct_haste_end(hastened);
	if (result < 0 && err->torn)
		ct_fail_also(err, "%s", why.text);
	audit("thaw", container, result, err);
	return result;
}
