// SPDX-License-Identifier: MIT
#include "common/hold_stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alike.h"
#include "common/cleanup.h"
#include "common/hold_look.h"
#include "common/taskset_renew.h"

int ct_hold_add_stage(struct ct_hold *hold, const char *home, size_t *ret_index, struct ct_error *err)
{
	autofree char *path = NULL;
	struct ct_step *step;

	if (asprintf(&path, "%s%s%s", home, *home ? "/" : "", hold->name) < 0) {
		path = NULL;
		return ct_failx(err, ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < hold->txn->count; i++)
		if (hold->txn->steps[i].kind == CT_STEP_STAGE &&
		    !strcmp(hold->txn->steps[i].place.path, path)) {
			*ret_index = i;
			return 0;
		}
	step = ct_txn_add(hold->txn, CT_STEP_STAGE, hold->freezer, path, err);
	if (!step)
		return -ENOMEM;
	*ret_index = hold->txn->count - 1;
	step->tasks = hold->tasks;
	step->threads = hold->move->threads;
	step->arrive = hold->arrive ? strdup(hold->arrive) : NULL;
	return hold->arrive && !step->arrive ? ct_failx(err, ENOMEM, "out of memory") : 0;
}

int ct_hold_find_home(const struct ct_hold *hold, const struct ct_task *task, char **ret_home,
		      struct ct_error *err)
{
	int result = ct_hierarchy_locate(hold->freezer, hold->tasks->origins[task->origin], ret_home);

	if (result < 0)
		return ct_failx(err, -result, "where process %d is in %s, in which it would be held still, lies outside of what %s shows",
				task->pid, hold->freezer->label, hold->freezer->mountpoint);
	return 0;
}

/*
 * Draws one process in, if it is still the one that was looked at. Should its number pass to
 * another between this look and the write, that one goes back at once to where it was.
 */
static int stage_process(struct ct_hold *hold, size_t index, const struct ct_task *task,
			 struct ct_error *err)
{
	struct ct_step *step = &hold->txn->steps[index];
	struct ct_place home = { .hierarchy = hold->freezer, .fd = -1 };
	struct ct_error why = { 0 };
	size_t done;
	int result = ct_hold_find_now(hold, task, &home.path);

	if (result == -EAGAIN)
		return ct_hold_cannot_look(task, err);
	if (result == 0) /* else it has ended: the caller sees what is left */
		result = hold->freezer->ops->attach(&step->place, CT_ATTACH_PROCESS, &task->pid, 1, &done,
						    &why);
	if (result == 0 && !ct_taskset_has_process(hold->tasks, task)) {
		autofree char *now = ct_hold_where_now(hold, task->pid);

		if (now && !strcmp(now, step->place.path)) /* else it began after the write */
			hold->freezer->ops->attach(&home, CT_ATTACH_PROCESS, &task->pid, 1, &done, &why);
		result = -ESRCH;
	}
	ct_place_clear(&home);
	if (result < 0 && result != -ESRCH) {
		*err = why;
		return ct_fail_in(err, "process %d", task->pid);
	}
	return 0;
}

/* Stages the process of the task, which lies in home, in a place that is made if need be. */
static int draw_in(struct ct_hold *hold, const char *home, const struct ct_task *task,
		   struct ct_error *err)
{
	size_t index;
	int result = ct_hold_add_stage(hold, home, &index, err);

	if (result >= 0)
		result = ct_txn_apply(hold->txn, err);
	return result < 0 ? result : stage_process(hold, index, task, err);
}

static bool is_staged(const struct ct_hold *hold, const char *path)
{
	const char *name;

	ct_path_parent(path, &name);
	return !strcmp(name, hold->name);
}

int ct_hold_stage_from(struct ct_hold *hold, size_t first, struct ct_error *err)
{
	const struct ct_step *held = ct_hold_in_place(hold);

	/* v1's threads have places of their own in the freezer too, which staging makes one of */
	if (hold->freezer->version == 1 && first < hold->tasks->count &&
	    ct_txn_record(hold->txn, hold->tasks, err) < 0)
		return -err->code;
	for (size_t i = first; i < hold->tasks->count; i++) {
		const struct ct_task task = hold->tasks->tasks[i];
		autofree char *home = NULL;
		int result;

		if (i > first && hold->tasks->tasks[i - 1].pid == task.pid)
			continue;
		result = ct_hold_find_home(hold, &task, &home, err);
		if (result >= 0 && held && !strcmp(home, held->place.path))
			continue;
		if (result >= 0 && is_staged(hold, home))
			continue;
		if (result >= 0)
			result = draw_in(hold, home, &task, err);
		if (result < 0)
			return result;
		held = ct_hold_in_place(hold);
	}
	return 0;
}

int ct_hold_stage_runaways(struct ct_hold *hold, struct ct_error *err)
{
	int found = 0;

	for (size_t i = 0; i < hold->tasks->count; i++) {
		const struct ct_task task = hold->tasks->tasks[i];
		const struct ct_step *held = ct_hold_in_place(hold);
		autofree char *now = NULL;
		int result;

		if ((i && hold->tasks->tasks[i - 1].pid == task.pid) ||
		    !ct_taskset_has_process(hold->tasks, &task) || ct_hold_life_of(hold, task.pid) != CT_ALIVE)
			continue;
		result = ct_hold_find_now(hold, &task, &now);
		if (result == -EAGAIN)
			return ct_hold_cannot_look(&task, err);
		if (result < 0 || is_staged(hold, now) || (held && !strcmp(now, held->place.path)))
			continue;
		result = draw_in(hold, now, &task, err);
		if (result < 0)
			return result;
		found++;
	}
	return found;
}

/* Between the look and the write a number may have passed to another: it is what has been drawn in. */
static int send_strangers_back(struct ct_hold *hold, struct ct_place *home, struct ct_error *err)
{
	int result = 0, found = 0;

	for (size_t i = 0; result >= 0 && !hold->move->from && i < hold->tasks->count; i++) {
		const struct ct_task *task = &hold->tasks->tasks[i];
		autofree char *now = NULL;

		if (ct_taskset_has_process(hold->tasks, task))
			continue;
		now = ct_hold_where_now(hold, task->pid);
		if (now && is_staged(hold, now)) /* else it began after the write */
			result = ct_step_attach_all(home, CT_ATTACH_PROCESS, &task->pid, 1, err);
		found++;
	}
	return result < 0 ? result : found;
}

int ct_hold_stage_source(struct ct_hold *hold, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place home = { .hierarchy = hold->freezer, .fd = -1 };
	size_t index;
	int result;

	if (!ct_alike_look(hold))
		return 0;
	if (ct_hold_in_place(hold))
		return 1;
	if (ct_hierarchy_locate(hold->freezer, hold->where, &home.path) < 0)
		return 0;
	result = ct_hold_add_stage(hold, home.path, &index, err);
	if (result >= 0)
		result = ct_txn_apply(hold->txn, err);
	/* the look comes last: what is written then is what was seen */
	if (result >= 0 && !ct_alike_lists(&home, false, hold->source, hold->source_count))
		return 0;
	if (result >= 0)
		result = ct_step_attach_all(&hold->txn->steps[index].place, CT_ATTACH_PROCESS,
					    hold->source, hold->source_count, err);
	if (result >= 0)
		result = send_strangers_back(hold, &home, err);
	return result < 0 ? result : !result;
}
