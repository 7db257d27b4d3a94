// SPDX-License-Identifier: MIT
#include "common/freezer.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/detached.h"
#include "common/file.h"
#include "common/interrupt.h"
#include "common/proc.h"

/*
 * Every task lies in some container of the freezer, but the kernel may not tell where: when
 * the mount was made outside of our cgroup namespace.
 */
static bool is_reachable(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy)
{
	struct ct_error ignored; /* the next one is tried */

	if (!hierarchy->mountpoint)
		return hierarchy->version == 2 && !*all->sysroot && ct_detached_open(hierarchy) == 0;
	return !ct_hierarchy_is_outside(hierarchy) &&
	       ct_hierarchy_open(all, hierarchy, &ignored) == 0;
}

/*
 * v2 of a kernel before 5.2 has no cgroup.freeze. Nor has the root of any, so that the first
 * container below it tells; if there is none the freezer has nothing to do with it either.
 */
static bool is_without_freeze(struct ct_hierarchy *hierarchy)
{
	autodir DIR *dir = NULL;
	struct dirent *entry;
	int result = -ENODEV;

	if (ct_file_open_dir(hierarchy->fd, ".", &dir) < 0)
		return false;
	while (result == -ENODEV && (entry = readdir(dir))) {
		struct ct_place place = { .hierarchy = hierarchy, .path = entry->d_name, .fd = -1 };

		if (entry->d_type != DT_DIR || *entry->d_name == '.')
			continue;
		result = hierarchy->ops->may_freeze(&place);
		if (place.fd >= 0)
			close(place.fd);
		if (!ct_file_exists(dirfd(dir), entry->d_name)) /* it has gone meanwhile */
			result = -ENODEV;
	}
	return result == -ENOENT;
}

static bool is_usable(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy)
{
	return is_reachable(all, hierarchy) && (hierarchy->version == 1 || !is_without_freeze(hierarchy));
}

int ct_freezer_choose(struct ct_hierarchies *all, unsigned version,
		      struct ct_hierarchy **ret_freezer, struct ct_error *err)
{
	for (unsigned preferred = 2; preferred >= 1; preferred--)
		for (size_t i = 0; i < all->total; i++) {
			struct ct_hierarchy *hierarchy = &all->items[i];

			if (hierarchy->version != preferred || (version && version != preferred) ||
			    (preferred == 1 && !ct_hierarchy_has(hierarchy, "freezer")) ||
			    !is_usable(all, hierarchy))
				continue;
			*ret_freezer = hierarchy;
			return 0;
		}
	return ct_failx(err, EOPNOTSUPP,
			"nothing can hold the tasks still while they are moved: neither v2 nor the v1 freezer is to be had; --no-freeze moves them without");
}

/*
 * A frozen task waits in the freezer's function, which may be inlined into the one that takes
 * signals; a stopped or traced one counts as frozen, a dead one does not count.
 */
bool ct_freezer_is_still(int proc, pid_t pid, const struct ct_proc_stat *stat)
{
	static const char *const channels[] = { "freezer", "refrigerator", "get_signal" };
	char channel[64];

	ct_proc_wait_channel(proc, pid, channel, sizeof(channel));
	for (size_t i = 0; i < sizeof(channels) / sizeof(*channels); i++)
		if (strstr(channel, channels[i]))
			return true;
	return strchr("TtZX", stat->state) != NULL;
}

static int name_moving(int proc, struct ct_place *place, struct ct_error *err)
{
	autofree pid_t *ids = NULL;
	struct ct_error ignored; /* no list: no names */
	size_t count = 0, moving = 0;
	char names[360];

	place->hierarchy->ops->list(place, CT_LIST_THREADS, &ids, &count, &ignored);
	for (size_t i = 0; i < count; i++) {
		struct ct_proc_stat stat;

		if (ct_proc_stat(proc, ids[i], &stat) == 0 && !ct_freezer_is_still(proc, ids[i], &stat))
			ids[moving++] = ids[i];
	}
	ct_proc_names(proc, ids, moving, true, names, sizeof(names));
	return ct_failx(err, ETIMEDOUT, "not all tasks would stop in time (-t gives them longer)%s%s",
			*names ? ": " : "", names);
}

/*
 * v1's freezer hangs where v2's does not. Told again, it gets on with the parent of a vfork(2).
 * A thread that execs waits for its siblings to die, which they cannot while they are
 * frozen: only letting go for a moment helps. Nothing has been moved yet, so that does no harm.
 */
int ct_freezer_urge(struct ct_place *place, uint64_t waited, uint64_t *let_go, struct ct_error *err)
{
	uint64_t breath = *let_go / 25; /* for the siblings to die in */
	int result = 0;

	if (place->hierarchy->version == 1 && *let_go && waited > *let_go) {
		*let_go *= 2;
		result = place->hierarchy->ops->freeze(place, false, err);
		ct_clock_pause(&breath, breath);
	}
	return result < 0 ? result : place->hierarchy->ops->freeze(place, true, err);
}

int ct_freezer_wait(int proc, struct ct_place *place, uint64_t deadline, bool anyway,
		    struct ct_error *err)
{
	uint64_t start = ct_clock(), pause = 50, let_go = 50000;
	enum ct_freeze_state state;

	for (;;) {
		int result = place->hierarchy->ops->freeze_state(place, &state, err);

		if (result < 0 || state == CT_FROZEN)
			return result;
		if (state != CT_FREEZING && state != CT_THAWED)
			return ct_failx(err, EOPNOTSUPP, "%s cannot be frozen in %s", place->path,
					place->hierarchy->label);
		if (!anyway && ct_interrupt_pending())
			return ct_failx(err, EINTR, "interrupted");
		if (ct_clock() > deadline)
			return name_moving(proc, place, err);
		if (pause >= 1600)
			result = ct_freezer_urge(place, ct_clock() - start, &let_go, err);
		if (result < 0)
			return result;
		ct_clock_pause(&pause, 2000);
	}
}

bool ct_freezer_holds_us(int proc, const struct ct_place *place)
{
	autofree char *text = NULL, *self = NULL;

	return ct_file_read(proc, "self/cgroup", &text) < 0 ||
	       (ct_hierarchy_locate(place->hierarchy, text, &self) == 0 && !strcmp(self, place->path));
}
