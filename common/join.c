// SPDX-License-Identifier: MIT
#include "common/join.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"

int ct_join_plan(struct ct_container *container, struct ct_txn *txn, struct ct_error *err)
{
	for (size_t i = 0; i < container->count; i++) {
		struct ct_place *place = &container->places[i];
		autofree char *origin = NULL;
		struct ct_step *step;
		int result;

		/* an origin outside of the cgroup namespace is not known, and matters only if
		 * the join fails half way */
		result = ct_hierarchy_locate_path(place->hierarchy, place->hierarchy->self, &origin);
		if (result == -ENOMEM)
			return ct_failx(err, ENOMEM, "out of memory");
		if (result < 0)
			origin = NULL;
		if (origin && !strcmp(origin, place->path))
			continue;
		step = ct_txn_add(txn, CT_STEP_JOIN, place->hierarchy, place->path, err);
		if (!step)
			return -ENOMEM;
		step->origin = ct_take_ptr(origin);
		step->place.fd = ct_take_fd(&place->fd); /* opened once is enough on the hot path */
	}
	return 0;
}

/* Where text says that the process is not. */
static struct ct_place *find_elsewhere(const struct ct_container *container, const char *text)
{
	for (size_t i = 0; i < container->count; i++)
		if (ct_hierarchy_is_elsewhere(container->places[i].hierarchy, text, container->places[i].path))
			return &container->places[i];
	return NULL;
}

int ct_join_settle(const struct ct_container *container, struct ct_error *err)
{
	/* a process of one thread calls this, which may have little stack and must not need malloc(3) (lib/spawn.c) */
	static char text[1 << 16];

	for (int tries = 0; container->count && tries < 64; tries++) {
		struct ct_place *place;
		pid_t self = 0;
		size_t done;
		int result = ct_file_read_into(container->places[0].hierarchy->proc, "self/cgroup", text, sizeof(text));

		if (result < 0)
			return ct_failx(err, -result, "cannot read /proc/self/cgroup: %s", strerror(-result));
		place = find_elsewhere(container, text);
		if (!place)
			return 0;
		result = place->hierarchy->ops->attach(place, CT_ATTACH_SELF, &self, 1, &done, err);
		if (result < 0)
			return result;
	}
	if (!container->count)
		return 0;
	return ct_failx(err, EAGAIN, "it does not stay in it: something moves what it holds elsewhere, again and again");
}
