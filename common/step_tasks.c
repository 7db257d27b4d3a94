// SPDX-License-Identifier: MIT
/* The steps that move tasks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/hierarchy.h"
#include "common/proc.h"
#include "common/step.h"
#include "common/taskset_renew.h"

static const struct ct_cgroup_ops *ops(const struct ct_step *step)
{
	return step->place.hierarchy->ops;
}

int ct_step_join(struct ct_step *step, struct ct_error *err)
{
	pid_t self = 0;
	size_t done;

	return ops(step)->attach(&step->place, CT_ATTACH_SELF, &self, 1, &done, err);
}

int ct_step_leave(struct ct_step *step, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place origin = {
		.hierarchy = step->place.hierarchy, .path = ct_take_ptr(step->origin), .fd = -1,
	};
	pid_t self = 0;
	size_t done;

	if (!origin.path)
		return ct_failx(err, ENOENT, "where this process was in %s lies outside of what %s shows",
				step->place.hierarchy->label, step->place.hierarchy->mountpoint);
	return ops(step)->attach(&origin, CT_ATTACH_SELF, &self, 1, &done, err);
}

/* Attaches ids one by one as the kernel wants; those that have ended are passed over. */
int ct_step_attach_all(struct ct_place *place, enum ct_attach kind, const pid_t *ids, size_t count,
		      struct ct_error *err)
{
	for (size_t next = 0; next < count; next++) {
		struct ct_error why = { 0 };
		size_t done = 0;
		int result = place->hierarchy->ops->attach(place, kind, ids + next, count - next,
							   &done, &why);

		next += done;
		if (result == 0)
			return 0;
		if (result == -ESRCH)
			continue;
		*err = why;
		return ct_fail_in(err, "process %d", ids[next]);
	}
	return 0;
}

size_t ct_step_drop_unseen(pid_t *ids, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (ids[i])
			ids[kept++] = ids[i];
	return kept;
}

int ct_step_ids(const struct ct_step *step, pid_t **ids, size_t *count)
{
	const struct ct_taskset *set = step->tasks;

	for (size_t i = 0; i < set->count; i++) {
		pid_t id = step->threads ? set->tasks[i].tid : set->tasks[i].pid;

		if (!set->tasks[i].chosen || (*count && (*ids)[*count - 1] == id))
			continue;
		if (ct_array_push(*ids, *count, id) < 0)
			return -ENOMEM;
	}
	return 0;
}

static enum ct_attach attach_kind(const struct ct_step *step)
{
	return step->threads ? CT_ATTACH_THREAD : CT_ATTACH_PROCESS;
}

int ct_step_attach(struct ct_step *step, struct ct_error *err)
{
	autofree pid_t *ids = NULL;
	size_t count = 0;

	if (step->running)
		return ct_step_attach_running(step, err);

	if (ct_step_ids(step, &ids, &count) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	return ct_step_attach_all(&step->place, attach_kind(step), ids, count, err);
}

/*
 * Whether the task is still the one we knew and is at path. A place that cannot be told, outside of our
 * cgroup namespace, is taken for that, unless it is where the task came from.
 */
static bool is_at(const struct ct_step *step, const struct ct_task *task, const char *path)
{
	autofree char *text = NULL, *now = NULL;
	int result = ct_proc_cgroup(step->tasks->proc, task->pid, task->tid, &text);

	if (result < 0) /* what cannot be looked at is taken for that, too */
		return result != -ESRCH;
	if (ct_taskset_is_reused(step->tasks, task))
		return false;
	if (ct_hierarchy_locate(step->place.hierarchy, text, &now) == 0)
		return !strcmp(now, path);
	return !ct_hierarchy_is_same(step->place.hierarchy, text, step->tasks->origins[task->origin]);
}

/* Puts one task back into the place at path; one that ends meanwhile needs no way back. */
static int detach_task(struct ct_step *step, const struct ct_task *task, enum ct_attach kind,
		       const char *path, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place origin = {
		.hierarchy = step->place.hierarchy, .path = strdup(path), .fd = -1,
	};
	struct ct_error why = { 0 };
	size_t done;
	int result;

	if (!origin.path)
		return ct_failx(err, ENOMEM, "out of memory");
	result = ops(step)->attach(&origin, kind, &task->tid, 1, &done, &why);
	if (result == -ESRCH || result == 0)
		return 0;
	*err = why;
	return ct_fail_in(err, "task %d to /%s", task->tid, path);
}

static int find_origin(const struct ct_step *step, const struct ct_task *task, char **ret_path,
		       struct ct_error *err)
{
	int result = ct_hierarchy_locate(step->place.hierarchy, step->tasks->origins[task->origin],
					 ret_path);

	if (result < 0)
		return ct_failx(err, -result, "task %d came from outside of what %s shows", task->tid,
				step->place.hierarchy->mountpoint);
	return 0;
}

/*
 * v1: thread by thread, for the threads of a process may have lain in different containers. So are
 * single threads of v2.
 */
static int detach_threads(struct ct_step *step, const struct ct_task *tasks, size_t count,
			  struct ct_error *err)
{
	int first = 0;

	for (size_t i = 0; i < count; i++) {
		struct ct_error ignored; /* all but the first */
		autofree char *path = NULL;
		int result;

		if (!is_at(step, &tasks[i], step->place.path))
			continue;
		result = find_origin(step, &tasks[i], &path, first ? &ignored : err);
		if (result >= 0)
			result = detach_task(step, &tasks[i], CT_ATTACH_THREAD, path,
					     first ? &ignored : err);
		first = first ? first : result;
	}
	return first;
}

/*
 * v2: the process as a whole, by a thread that lives (a leader that has ended tells nothing),
 * then the threads that were in another part of a threaded tree.
 */
static int detach_whole(struct ct_step *step, const struct ct_task *tasks, size_t count,
			struct ct_error *err)
{
	autofree char *home = NULL;
	int first = 0;

	for (size_t i = 0; i < count; i++) {
		struct ct_error ignored; /* all but the first */
		autofree char *path = NULL;
		int result;

		if (!is_at(step, &tasks[i], home ? home : step->place.path))
			continue;
		result = find_origin(step, &tasks[i], &path, first ? &ignored : err);
		if (result >= 0 && (!home || strcmp(path, home) != 0))
			result = detach_task(step, &tasks[i],
					     home ? CT_ATTACH_THREAD : CT_ATTACH_PROCESS, path,
					     first ? &ignored : err);
		if (!home)
			home = ct_take_ptr(path);
		first = first ? first : result;
	}
	return first;
}

int ct_step_detach(struct ct_step *step, struct ct_error *err)
{
	const struct ct_taskset *set = step->tasks;
	/* a staging place of v2 holds whole processes, also where one thread is moved elsewhere */
	bool whole = step->place.hierarchy->version == 2 && !(step->threads && step->kind == CT_STEP_ATTACH);
	int first = 0;

	for (size_t i = 0, count; i < set->count; i += count) {
		struct ct_error ignored; /* all but the first */
		int result;

		for (count = 1; i + count < set->count; count++)
			if (set->tasks[i + count].pid != set->tasks[i].pid)
				break;
		result = (whole ? detach_whole : detach_threads)(step, &set->tasks[i], count,
								 first ? &ignored : err);
		first = first ? first : result;
	}
	return first;
}
