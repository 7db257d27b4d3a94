// SPDX-License-Identifier: MIT
/* The step that empties a container of v2 into a new one below it, so that it can hand down controllers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/hierarchy.h"
#include "common/step.h"

enum { TIME = 2000000 }; /* microseconds, after which it counts as forking too fast */

/*
 * Pass by pass, until a list is empty: the kernel moves each process whole, what it forks from then
 * on is born where it is, and what it has forked before is in the next list.
 */
static int drain(struct ct_place *from, struct ct_place *to, struct ct_error *err)
{
	uint64_t deadline = ct_clock() + TIME;

	for (;;) {
		autofree pid_t *ids = NULL;
		size_t count = 0, seen;
		int result = from->hierarchy->ops->list(from, CT_LIST_PROCESSES, &ids, &count, err);

		if (result < 0 || !count)
			return result;
		seen = ct_step_drop_unseen(ids, count);
		if (seen < count)
			return ct_failx(err, EPERM,
					"%s holds %zu process%s of another pid namespace, which cannot be moved from here",
					*from->path ? from->path : "the root", count - seen, count - seen == 1 ? "" : "es");
		if (ct_clock() > deadline)
			return ct_failx(err, EAGAIN,
					"what runs in %s forks faster than it can be moved: freeze it meanwhile (ctfreeze)",
					*from->path ? from->path : "the root");
		result = ct_step_attach_all(to, CT_ATTACH_PROCESS, ids, seen, err);
		if (result < 0)
			return result;
	}
}

static int open_origin(const struct ct_step *step, struct ct_place *ret_origin, struct ct_error *err)
{
	*ret_origin = (struct ct_place){
		.hierarchy = step->place.hierarchy, .path = strdup(step->origin), .fd = -1,
	};
	return ret_origin->path ? 0 : ct_failx(err, ENOMEM, "out of memory");
}

int ct_step_shift(struct ct_step *step, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place origin = { .fd = -1 };
	int result = open_origin(step, &origin, err);

	return result < 0 ? result : drain(&origin, &step->place, err);
}

/*
 * Of a mover who has died: he may have come so far that the origin hands controllers down. Then nobody can go back
 * there, and all have gone. Else the place goes too, that he made.
 */
static int recover(struct ct_step *step, struct ct_place *origin, struct ct_error *err)
{
	autofree char *enabled = NULL;
	struct ct_error ignored; /* another may use it by now, or have removed it */
	int result = ct_place_open(&step->place);

	if (result == -ENOENT || ct_place_open(origin) == -ENOENT)
		return 0;
	result = origin->hierarchy->ops->controllers(origin, true, &enabled, err);
	if (result < 0 || *enabled)
		return result;
	result = drain(&step->place, origin, err);
	if (result >= 0)
		step->place.hierarchy->ops->remove(&step->place, &ignored);
	return result;
}

/* The place is new: whoever is in it came from there, or was born of them. */
int ct_step_shift_back(struct ct_step *step, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place origin = { .fd = -1 };
	int result = open_origin(step, &origin, err);

	if (result < 0)
		return result;
	return step->made ? recover(step, &origin, err) : drain(&step->place, &origin, err);
}
