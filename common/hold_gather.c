// SPDX-License-Identifier: MIT
#include "common/hold_gather.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/hold_look.h"
#include "common/move_enter.h"
#include "common/own.h"
#include "common/proc.h"
#include "common/taskset_read.h"
#include "common/taskset_renew.h"

static bool is_left_out(const struct ct_hold *hold, pid_t pid)
{
	return pid == getpid() || pid == hold->guard || pid == ct_own_between() ||
	       ct_move_enter_is_ours(hold->move, hold->tasks->proc, pid);
}

static bool is_held(const struct ct_hold *hold, pid_t pid)
{
	return ct_taskset_find(hold->tasks, pid) != NULL;
}

/*
 * Whether a list of children has to be read again because of one that is ending, or is seen dead
 * for the first time: a list that is read after that has those it left. Negative without memory.
 */
static int note_end(struct ct_hold *hold, pid_t pid, enum ct_life life)
{
	if (life == CT_ENDING)
		return 1;
	for (size_t i = 0; i < hold->ended_count; i++)
		if (hold->ended[i] == pid)
			return 0;
	return ct_array_push(hold->ended, hold->ended_count, pid) < 0 ? -ENOMEM : 1;
}

static bool is_origin_at(const struct ct_hold *hold, const struct ct_task *task,
			 const struct ct_place *place)
{
	autofree char *path = NULL;

	return ct_hierarchy_locate(place->hierarchy, hold->tasks->origins[task->origin], &path) == 0 &&
	       !strcmp(path, place->path);
}

/*
 * Whether what was added from first on is what it was listed as: in place, or without one the child
 * of a process that is held. Between the list and the look its number may have gone to another.
 */
static bool belongs(const struct ct_hold *hold, size_t first, const struct ct_place *place)
{
	struct ct_proc_stat stat;

	for (size_t i = first; place && i < hold->tasks->count; i++)
		if (is_origin_at(hold, &hold->tasks->tasks[i], place))
			return true;
	return !place && ct_proc_stat(hold->tasks->proc, hold->tasks->tasks[first].pid, &stat) == 0 &&
	       is_held(hold, stat.ppid);
}

/*
 * Adds the processes of the list, which are in place or children of held ones, that are not held
 * yet; returns how many. One that has ended since it was listed counts, for it may have
 * left a child behind: another look is due.
 */
static int add_new(struct ct_hold *hold, const struct ct_place *place, const pid_t *pids, size_t count,
		   struct ct_error *err)
{
	int added = 0;

	for (size_t i = 0; i < count; i++) {
		struct ct_error why = { 0 };
		size_t first = hold->tasks->count;
		enum ct_life life;
		int result;

		if (!pids[i])
			return ct_failx(err, EPERM,
					"a process of another pid namespace is among them, which cannot be named from here: move them from there");
		if (is_left_out(hold, pids[i]) || is_held(hold, pids[i]))
			continue;
		life = ct_hold_life_of(hold, pids[i]);
		if (life != CT_ALIVE) {
			result = note_end(hold, pids[i], life);
			if (result < 0)
				return ct_failx(err, ENOMEM, "out of memory");
			added += result;
			continue;
		}
		result = ct_taskset_add(hold->tasks, pids[i], &why);
		if (result == -EINVAL)
			continue; /* a kernel thread stays where it is */
		if (result < 0 && result != -ESRCH) {
			*err = why;
			return result;
		}
		if (hold->tasks->count > first && !belongs(hold, first, place))
			ct_taskset_truncate(hold->tasks, first);
		/* what a thread that is moved alone has forked stays, as its process does */
		for (size_t j = first; j < hold->tasks->count; j++)
			hold->tasks->tasks[j].chosen = !hold->move->threads;
		added++;
	}
	return added;
}

int ct_hold_add_born(struct ct_hold *hold, struct ct_error *err)
{
	int added = 0;

	for (size_t i = 0; i < hold->txn->count; i++) {
		struct ct_step *step = &hold->txn->steps[i];
		autofree pid_t *pids = NULL;
		size_t count = 0;
		int result;

		if (step->kind != CT_STEP_STAGE)
			continue;
		result = hold->freezer->ops->list(&step->place, CT_LIST_PROCESSES, &pids, &count, err);
		if (result >= 0)
			result = add_new(hold, &step->place, pids, count, err);
		if (result < 0)
			return result;
		added += result;
	}
	return added;
}

int ct_hold_add_from(struct ct_hold *hold, struct ct_error *err)
{
	int added = 0;

	for (size_t i = 0; hold->move->from && i < hold->move->from->count; i++) {
		struct ct_place *place = &hold->move->from->places[i];
		autofree pid_t *pids = NULL;
		size_t count = 0;
		int result = place->hierarchy->ops->list(place, CT_LIST_PROCESSES, &pids, &count, err);

		if (result >= 0)
			result = add_new(hold, place, pids, count, err);
		if (result < 0)
			return result;
		added += result;
	}
	return added;
}

/* Those of the set that have died since they were listed may have left children behind. */
static int note_dead(struct ct_hold *hold)
{
	int dead = 0;

	for (size_t i = 0; i < hold->tasks->count; i++) {
		const struct ct_task *task = &hold->tasks->tasks[i];
		enum ct_life life = ct_hold_life_of(hold, task->pid);
		int result;

		if ((i && hold->tasks->tasks[i - 1].pid == task->pid) ||
		    (ct_taskset_has_process(hold->tasks, task) && life == CT_ALIVE))
			continue;
		result = note_end(hold, task->pid, life);
		if (result < 0)
			return result;
		dead += result;
	}
	return dead;
}

int ct_hold_add_descendants(struct ct_hold *hold, struct ct_error *err)
{
	autofree pid_t *pids = NULL;
	size_t count = 0;
	int added, dead = hold->move->descendants ? note_dead(hold) : 0;

	if (dead < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = 0; hold->move->descendants && i < hold->tasks->count; i++) {
		pid_t pid = hold->tasks->tasks[i].pid;
		int result;

		if (i && hold->tasks->tasks[i - 1].pid == pid)
			continue;
		result = ct_proc_children(hold->tasks->proc, pid, &pids, &count);
		if (result < 0 && result != -ESRCH)
			return ct_failx(err, -result, "cannot list the children of process %d: %s", pid,
					strerror(-result));
	}
	added = count ? add_new(hold, NULL, pids, count, err) : 0;
	return added < 0 ? added : added + dead;
}
