// SPDX-License-Identifier: MIT
/* The steps of a move that lets the tasks run (move.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/hierarchy.h"
#include "common/proc.h"
#include "common/step.h"

enum { PASSES = 4 }; /* what forks faster than that is to be held still */

static int refuse(struct ct_error *err)
{
	return ct_failx(err, EAGAIN, "it changes while it is moved");
}

/* One that is not known yet must have been forked by those that are: it lies with them in v2. */
static int check_known(const struct ct_taskset *tasks, const pid_t *ids, size_t count,
		       struct ct_error *err)
{
	for (size_t i = 0; i < count; i++) /* 0 cannot be named from here; written, it would be us */
		if (!ids[i] || (!ct_taskset_find(tasks, ids[i]) && !ct_taskset_is_beside(tasks, 0, ids[i])))
			return refuse(err);
	return 0;
}

/* One that is known must be there, unless it has ended: else it was somewhere else all the time. */
static int check_present(const struct ct_taskset *tasks, pid_t *ids, size_t count, struct ct_error *err)
{
	if (count)
		qsort(ids, count, sizeof(*ids), ct_array_compare_ids);
	for (size_t i = 0; i < tasks->count; i++) {
		const struct ct_task *task = &tasks->tasks[i];
		struct ct_proc_stat stat;

		if (count && bsearch(&task->pid, ids, count, sizeof(*ids), ct_array_compare_ids))
			continue;
		if (ct_proc_stat(tasks->proc, task->pid, &stat) == 0 && !stat.exiting &&
		    stat.start <= task->start && ct_taskset_is_beside(tasks, 0, task->pid))
			return refuse(err);
	}
	return 0;
}

int ct_step_empty(struct ct_place *from, struct ct_place *to, const struct ct_taskset *tasks,
		  struct ct_error *err)
{
	for (int passes = 0; passes < PASSES; passes++) {
		autofree pid_t *ids = NULL, *left = NULL;
		size_t count = 0, left_count = 0;
		int result = from->hierarchy->ops->list(from, CT_LIST_PROCESSES, &ids, &count, err);

		if (result >= 0 && tasks)
			result = check_known(tasks, ids, count, err);
		if (result >= 0 && tasks && !passes)
			result = check_present(tasks, ids, count, err);
		if (result >= 0)
			result = ct_step_attach_all(to, CT_ATTACH_PROCESS, ids, count, err);
		if (result >= 0)
			result = from->hierarchy->ops->list(from, CT_LIST_THREADS, &left, &left_count, err);
		if (result < 0 || !left_count)
			return result;
	}
	return refuse(err);
}

int ct_step_attach_running(struct ct_step *step, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place from = {
		.hierarchy = step->place.hierarchy, .path = strdup(step->origin), .fd = -1,
	};

	return from.path ? ct_step_empty(&from, &step->place, step->tasks, err) :
			   ct_failx(err, ENOMEM, "out of memory");
}
