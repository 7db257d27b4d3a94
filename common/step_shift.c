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

/* The place is new: whoever is in it came from there, or was born of them. */
int ct_step_shift_back(struct ct_step *step, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place origin = { .fd = -1 };
	int result = open_origin(step, &origin, err);

	return result < 0 ? result : drain(&step->place, &origin, err);
}
