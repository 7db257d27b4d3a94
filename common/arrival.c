// SPDX-License-Identifier: MIT
#include "common/arrival.h"

#include <errno.h>
#include <string.h>

#include "common/alike.h"
#include "common/cleanup.h"
#include "common/proc.h"

/* A task that has ended, or is about to, is no error of the move. */
static bool is_alive(const struct ct_taskset *tasks, const struct ct_task *task)
{
	struct ct_proc_stat stat;

	int result = ct_proc_stat_thread(tasks->proc, task->pid, task->tid, &stat);

	return result == 0 ? stat.start <= task->start && !stat.exiting : result != -ESRCH;
}

static int verify_task(const struct ct_move *move, const struct ct_hierarchy *freezer,
		       const struct ct_taskset *tasks, const struct ct_task *task, struct ct_error *err)
{
	autofree char *text = NULL;
	int result = task->chosen ? ct_proc_cgroup(tasks->proc, task->pid, task->tid, &text) : -ESRCH;

	if (result < 0)
		return result == -ESRCH ? 0 : ct_failx(err, -result, "task %d cannot be verified: %s",
						       task->tid, strerror(-result));
	for (size_t i = 0; i < move->to->count; i++) {
		const struct ct_place *place = &move->to->places[i];
		autofree char *path = NULL;

		/* in a cgroup namespace it may be impossible to tell where */
		if (place->hierarchy == freezer ||
		    ct_hierarchy_locate(place->hierarchy, text, &path) < 0 ||
		    !strcmp(path, place->path) || !is_alive(tasks, task))
			continue;
		return ct_failx(err, EAGAIN,
				"task %d did not arrive in %s: it is in /%s; something else moves it at the same time",
				task->tid, place->hierarchy->label, path);
	}
	return 0;
}

static int verify_each(const struct ct_move *move, const struct ct_hierarchy *freezer,
		       const struct ct_taskset *tasks, struct ct_error *err)
{
	for (size_t i = 0; i < tasks->count; i++) {
		int result = verify_task(move, freezer, tasks, &tasks->tasks[i], err);

		if (result < 0)
			return result;
	}
	return 0;
}

/*
 * Whether the destination lists all the processes, which have one thread each: that costs less than
 * to read the files of each.
 */
static bool have_arrived(const struct ct_move *move, const struct ct_hierarchy *freezer,
			 const struct ct_taskset *tasks)
{
	for (size_t i = 0; i < move->to->count; i++) {
		struct ct_place *place = &move->to->places[i];
		autofree pid_t *pids = NULL;
		struct ct_error ignored; /* then one by one */
		size_t count = 0, found = 0;

		if (place->hierarchy == freezer)
			continue;
		if (place->hierarchy->ops->list(place, CT_LIST_PROCESSES, &pids, &count, &ignored) < 0)
			return false;
		for (size_t j = 0; j < count; j++)
			found += ct_taskset_find(tasks, pids[j]) != NULL;
		if (found < tasks->count)
			return false;
	}
	return true;
}

int ct_arrival_verify(const struct ct_move *move, const struct ct_hierarchy *freezer,
		      const struct ct_taskset *tasks, struct ct_error *err)
{
	return tasks->alike && have_arrived(move, freezer, tasks) ? 0 : verify_each(move, freezer, tasks, err);
}

/* Those of the tasks that the source has again in this hierarchy, into the destination in all; whether any. */
static bool fetch_from(struct ct_move *move, const struct ct_taskset *tasks, struct ct_hierarchy *hierarchy)
{
	ct_cleanup(ct_place_clear) struct ct_place from = { .hierarchy = hierarchy, .fd = -1 };
	autofree pid_t *pids = NULL;
	struct ct_error ignored; /* what has been removed meanwhile holds nobody */
	size_t count = 0, done;
	bool found = false;

	if (!tasks->origin_count || ct_alike_origin(move, hierarchy, tasks->origins[0], &from.path) < 0 ||
	    hierarchy->ops->list(&from, CT_LIST_PROCESSES, &pids, &count, &ignored) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct ct_task *task = ct_taskset_find(tasks, pids[i]);

		if (!task || !is_alive(tasks, task))
			continue;
		found = true;
		for (size_t j = 0; j < move->to->count; j++) {
			struct ct_place *to = &move->to->places[j];

			to->hierarchy->ops->attach(to, CT_ATTACH_PROCESS, &pids[i], 1, &done, &ignored);
		}
	}
	return found;
}

void ct_arrival_fetch(struct ct_move *move, const struct ct_taskset *tasks)
{
	bool found = true;

	for (int tries = 0; found && tries < 64; tries++) {
		found = false;
		for (size_t i = 0; i < move->to->count; i++)
			found |= fetch_from(move, tasks, move->to->places[i].hierarchy);
	}
}

int ct_arrival_settle(struct ct_move *move, struct ct_error *err)
{
	for (size_t i = 0; i < move->to->count; i++) {
		struct ct_place *place = &move->to->places[i];
		enum ct_freeze_state state;
		int result = place->hierarchy->ops->freeze_state(place, &state, err);

		if (result >= 0 && state == CT_FREEZING)
			result = place->hierarchy->ops->freeze(place, true, err);
		if (result < 0)
			return result;
	}
	return 0;
}
