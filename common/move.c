// SPDX-License-Identifier: MIT
#include "common/move.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/proc.h"

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

int ct_move_plan(const struct ct_container *container, struct ct_taskset *tasks,
		 struct ct_txn *txn, struct ct_error *err)
{
	for (size_t i = 0; i < container->count; i++) {
		const struct ct_place *place = &container->places[i];
		struct ct_step *step;

		step = ct_txn_add(txn, CT_STEP_ATTACH, place->hierarchy, place->path, err);
		if (!step)
			return -ENOMEM;
		step->tasks = tasks;
	}
	return 0;
}

static int verify_task(const struct ct_container *container, const struct ct_taskset *tasks,
		       const struct ct_task *task, struct ct_error *err)
{
	autofree char *text = NULL;
	struct ct_proc_stat stat;

	if (ct_proc_stat_thread(tasks->proc, task->pid, task->tid, &stat) < 0 ||
	    stat.start != task->start || stat.state == 'Z' || stat.state == 'X' ||
	    ct_proc_cgroup(tasks->proc, task->pid, task->tid, &text) < 0)
		return 0; /* it has ended: no error of the move */
	for (size_t i = 0; i < container->count; i++) {
		const struct ct_place *place = &container->places[i];
		autofree char *path = NULL;

		/* in a cgroup namespace it may be impossible to tell where */
		if (ct_hierarchy_locate(place->hierarchy, text, &path) == 0 &&
		    strcmp(path, place->path) != 0)
			return ct_failx(err, EAGAIN,
					"task %d did not arrive in %s: it is in /%s; something else moves it at the same time",
					task->tid, place->hierarchy->label, path);
	}
	return 0;
}

int ct_move_verify(const struct ct_container *container, const struct ct_taskset *tasks,
		   struct ct_error *err)
{
	for (size_t i = 0; i < tasks->count; i++) {
		int result = verify_task(container, tasks, &tasks->tasks[i], err);

		if (result < 0)
			return result;
	}
	return 0;
}
