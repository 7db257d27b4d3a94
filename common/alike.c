// SPDX-License-Identifier: MIT
#include "common/alike.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/own.h"
#include "common/proc.h"

#ifndef ALIKE_SAMPLE /* a test takes less */
#define ALIKE_SAMPLE 64
#endif

/* What the place lists, sorted; false: it cannot be told. */
static bool list_sorted(struct ct_place *place, enum ct_list kind, pid_t **ids, size_t *count)
{
	struct ct_error ignored;
	bool is_sorted = true;

	if (place->hierarchy->ops->list(place, kind, ids, count, &ignored) < 0)
		return false;
	for (size_t i = 1; i < *count; i++)
		is_sorted = is_sorted && (*ids)[i - 1] < (*ids)[i];
	if (!is_sorted)
		qsort(*ids, *count, sizeof(**ids), ct_array_compare_ids);
	return true;
}

bool ct_alike_lists(struct ct_place *place, bool exactly, const pid_t *ids, size_t count)
{
	autofree pid_t *found = NULL;
	size_t found_count = 0, next = 0;

	if (!list_sorted(place, CT_LIST_THREADS, &found, &found_count))
		return false;
	if (exactly)
		return found_count == count && !memcmp(found, ids, count * sizeof(*ids));
	for (size_t i = 0; i < found_count && next < count; i++)
		next += found[i] == ids[next];
	return next == count;
}

/* Whether the place that text, as in /proc/PID/cgroup, tells of lists all these threads. */
static bool lists_where(struct ct_hierarchy *hierarchy, const char *text, const pid_t *ids, size_t count)
{
	ct_cleanup(ct_place_clear) struct ct_place place = { .hierarchy = hierarchy, .fd = -1 };

	return ct_hierarchy_locate(hierarchy, text, &place.path) == 0 &&
	       ct_alike_lists(&place, false, ids, count);
}

/* No kernel thread is among them, nor are we: all kernel threads are children of number 2. */
static bool are_movable(const struct ct_hold *hold, const pid_t *ids, size_t count)
{
	const pid_t unmovable[] = { 0, 2, getpid(), ct_own_between(), hold->guard }; /* 0: of another pid namespace */
	autofree pid_t *children = NULL;
	struct ct_proc_stat stat;
	size_t child_count = 0;

	if (ct_proc_stat(hold->tasks->proc, 2, &stat) == 0 && stat.kernel &&
	    ct_proc_children(hold->tasks->proc, 2, &children, &child_count) < 0)
		return false;
	for (size_t i = 0; i < child_count; i++)
		if (bsearch(&children[i], ids, count, sizeof(*ids), ct_array_compare_ids))
			return false;
	for (size_t i = 0; i < sizeof(unmovable) / sizeof(*unmovable); i++)
		if (bsearch(&unmovable[i], ids, count, sizeof(*ids), ct_array_compare_ids))
			return false;
	return true;
}

/* Whether text says that a task is in move->from; of one that is ending it says something else. */
static bool is_in_source(const struct ct_hold *hold, const char *text)
{
	for (size_t i = 0; i < hold->move->from->count; i++) {
		const struct ct_place *place = &hold->move->from->places[i];
		autofree char *path = NULL;

		if (ct_hierarchy_locate(place->hierarchy, text, &path) < 0 || strcmp(path, place->path) != 0)
			return false;
	}
	return true;
}

static bool look_at_from(struct ct_hold *hold)
{
	autofree pid_t *ids = NULL;
	autofree char *text = NULL;
	struct ct_proc_stat stat;
	size_t count = 0;
	pid_t last = 0;

	ct_proc_last_pid(hold->tasks->proc, &last);
	if (hold->move->descendants || hold->tasks->count ||
	    !list_sorted(&hold->move->from->places[0], CT_LIST_PROCESSES, &ids, &count) || !count ||
	    !are_movable(hold, ids, count) ||
	    ct_proc_cgroup(hold->tasks->proc, ids[0], ids[0], &text) < 0 ||
	    ct_proc_stat(hold->tasks->proc, ids[0], &stat) < 0 || stat.exiting ||
	    !is_in_source(hold, text))
		return false;
	hold->source = ct_take_ptr(ids);
	hold->source_count = count;
	hold->where = ct_take_ptr(text);
	hold->last_pid = last;
	return true;
}

static bool look_at_ids(struct ct_hold *hold)
{
	const struct ct_taskset *tasks = hold->tasks;
	autofree pid_t *ids = NULL;
	size_t count = 0;

	if (hold->move->descendants || hold->move->threads || !tasks->count)
		return false;
	for (size_t i = 0; i < tasks->count; i++) {
		const struct ct_task *task = &tasks->tasks[i];

		if (task->origin != tasks->tasks[0].origin || (i && task->pid == tasks->tasks[i - 1].pid) ||
		    ct_array_push(ids, count, task->pid) < 0)
			return false;
	}
	qsort(ids, count, sizeof(*ids), ct_array_compare_ids);
	hold->where = are_movable(hold, ids, count) ? strdup(tasks->origins[tasks->tasks[0].origin]) : NULL;
	if (!hold->where)
		return false;
	hold->source = ct_take_ptr(ids);
	hold->source_count = count;
	return true;
}

bool ct_alike_look(struct ct_hold *hold)
{
	return hold->where || (hold->move->from ? look_at_from(hold) : look_at_ids(hold));
}

/* The source as it is now, still: the processes named, or what move->from holds. */
static bool list_source(const struct ct_hold *hold, pid_t **ids, size_t *count)
{
	if (hold->move->from)
		return list_sorted(&hold->move->from->places[0], CT_LIST_PROCESSES, ids, count);
	for (size_t i = 0; i < hold->source_count; i++)
		if (ct_array_push(*ids, *count, hold->source[i]) < 0)
			return false;
	return true;
}

bool ct_alike_add(struct ct_hold *hold)
{
	const struct ct_move *move = hold->move;
	autofree pid_t *ids = NULL;
	size_t count = 0;

	if (!list_source(hold, &ids, &count) || !count || !are_movable(hold, ids, count))
		return false;
	for (size_t i = 0; move->from && i < move->from->count; i++)
		if (!ct_alike_lists(&move->from->places[i], true, ids, count))
			return false;
	for (size_t i = 0; i < move->to->count; i++) {
		struct ct_hierarchy *hierarchy = move->to->places[i].hierarchy;

		if (hierarchy != hold->freezer && !ct_container_place(move->from, hierarchy) &&
		    !lists_where(hierarchy, hold->where, ids, count))
			return false;
	}
	for (size_t i = 0; i < hold->txn->count; i++)
		if (hold->txn->steps[i].kind != CT_STEP_ENTER &&
		    !ct_alike_lists(&hold->txn->steps[i].place, true, ids, count))
			return false;
	return ct_taskset_replace(hold->tasks, ids, count, hold->where) >= 0;
}

/*
 * Whether the source looks as if all were in the same places. Those that are few are asked each; of
 * many some are, and should one be elsewhere, ct_step_empty() finds it when it comes to that.
 */
static bool looks_alike(const struct ct_hold *hold)
{
	size_t stride = 1 + (hold->source_count - 1) / ALIKE_SAMPLE;

	for (size_t i = 0; i < hold->source_count; i += stride) {
		pid_t pid = hold->source[i];
		autofree char *text = NULL;

		/* of one that ends it says something else */
		if (ct_proc_cgroup(hold->tasks->proc, pid, pid, &text) >= 0 && strcmp(text, hold->where) != 0)
			return false;
	}
	return true;
}

/* What is in the destination already would be taken out of it, should the others be put back. */
static bool is_elsewhere(const struct ct_hold *hold, struct ct_place *to)
{
	autofree pid_t *ids = NULL;
	struct ct_error ignored;
	size_t count = 0;

	if (to->hierarchy->ops->list(to, CT_LIST_PROCESSES, &ids, &count, &ignored) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (bsearch(&ids[i], hold->source, hold->source_count, sizeof(*ids), ct_array_compare_ids))
			return false;
	return true;
}

/* What is not emptied shows nobody who is there alone. */
static bool holds_others(const struct ct_hold *hold)
{
	for (size_t i = 0; hold->move->from && i < hold->move->from->count; i++) {
		struct ct_place *from = &hold->move->from->places[i];

		if (!ct_container_place(hold->move->to, from->hierarchy) &&
		    !ct_alike_lists(from, true, hold->source, hold->source_count))
			return true;
	}
	return false;
}

int ct_alike_origin(const struct ct_move *move, const struct ct_hierarchy *hierarchy, const char *where,
		    char **ret_path)
{
	const struct ct_place *from = ct_container_place(move->from, hierarchy);

	if (!move->from)
		return ct_hierarchy_locate(hierarchy, where, ret_path);
	if (!from)
		return -ENOENT;
	*ret_path = strdup(from->path);
	return *ret_path ? 0 : -ENOMEM;
}

/*
 * Whether the place that they leave for another of the hierarchy can be emptied: move->from's, or the
 * one that holds those named and nobody else.
 */
static bool can_be_emptied(const struct ct_hold *hold, struct ct_hierarchy *hierarchy)
{
	ct_cleanup(ct_place_clear) struct ct_place place = { .hierarchy = hierarchy, .fd = -1 };

	if (ct_alike_origin(hold->move, hierarchy, hold->where, &place.path) < 0)
		return false;
	return hold->move->from || (hierarchy == hold->freezer && hold->alone) ||
	       ct_alike_lists(&place, true, hold->source, hold->source_count);
}

bool ct_alike_can_run(struct ct_hold *hold)
{
	struct ct_step *step = ct_hold_in_place(hold);
	size_t others = 0;

	if (!step || step->was_frozen || hold->txn->count != 1 || hold->freezer->version != 2 ||
	    !ct_alike_look(hold) ||
	    (!hold->alone && !ct_alike_lists(&step->place, true, hold->source, hold->source_count)) ||
	    !looks_alike(hold) ||
	    holds_others(hold))
		return false;
	if (!hold->move->from)
		ct_proc_last_pid(hold->tasks->proc, &hold->last_pid); /* before they are listed again */
	for (size_t i = 0; i < hold->move->to->count; i++) {
		struct ct_place *to = &hold->move->to->places[i];

		others += to->hierarchy != hold->freezer;
		if (!can_be_emptied(hold, to->hierarchy) ||
		    (to->hierarchy != hold->freezer && !is_elsewhere(hold, to)))
			return false;
	}
	if (!others) /* in v2 alone nobody could tell what was forked meanwhile from who has come in */
		return false;
	if (ct_taskset_replace(hold->tasks, hold->source, hold->source_count, hold->where) < 0)
		return false;
	hold->tasks->last_pid = hold->last_pid;
	step->running = true;
	return true;
}
