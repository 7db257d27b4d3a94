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

/* The ids to write for the step: the chosen threads, or each process with a chosen one. */
static int collect_ids(const struct ct_step *step, pid_t **ids, size_t *count)
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

	if (collect_ids(step, &ids, &count) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	return ct_step_attach_all(&step->place, attach_kind(step), ids, count, err);
}

/*
 * Whether the task is still the one we knew and is at path. A place that cannot be told,
 * outside of our cgroup namespace, is taken for that.
 */
static bool is_at(const struct ct_step *step, const struct ct_task *task, const char *path)
{
	autofree char *text = NULL, *now = NULL;
	int result = ct_proc_cgroup(step->tasks->proc, task->pid, task->tid, &text);

	if (result < 0) /* what cannot be looked at is taken for that, too */
		return result != -ESRCH;
	return !ct_taskset_is_reused(step->tasks, task) &&
	       (ct_hierarchy_locate(step->place.hierarchy, text, &now) < 0 || !strcmp(now, path));
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

/* v1: thread by thread, for the threads of a process may have lain in different containers. */
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
	int first = 0;

	for (size_t i = 0, count; i < set->count; i += count) {
		struct ct_error ignored; /* all but the first */
		int result;

		for (count = 1; i + count < set->count; count++)
			if (set->tasks[i + count].pid != set->tasks[i].pid)
				break;
		result = (step->place.hierarchy->version == 2 ? detach_whole : detach_threads)(
			step, &set->tasks[i], count, first ? &ignored : err);
		first = first ? first : result;
	}
	return first;
}

int ct_step_stage(struct ct_step *step, struct ct_error *err)
{
	int result = ops(step)->create(&step->place, err);

	return result < 0 ? result : ops(step)->freeze(&step->place, true, err);
}

/*
 * The processes that have a thread in the place which lives, sorted. A leader that has ended is listed
 * where it died, also when its threads have been moved on: they are not to be fetched by it.
 * *ret_looked: processes of several threads had to be looked at, which takes its time.
 */
static int list_living(struct ct_step *step, pid_t **pids, size_t *count, bool *ret_looked,
		       struct ct_error *err)
{
	autofree pid_t *tids = NULL, *listed = NULL;
	size_t tid_count = 0, listed_count = 0;
	int result = ops(step)->list(&step->place, CT_LIST_PROCESSES, &listed, &listed_count, err);

	if (result >= 0)
		result = ops(step)->list(&step->place, CT_LIST_THREADS, &tids, &tid_count, err);
	if (result < 0 || !listed_count)
		return result;
	*ret_looked = tid_count != listed_count;
	qsort(listed, listed_count, sizeof(*listed), ct_array_compare_ids);
	for (size_t i = 0; i < tid_count; i++) {
		pid_t pid = tids[i];

		/* a number that is not listed as a process any more may be a stranger's by now */
		if (!bsearch(&pid, listed, listed_count, sizeof(pid), ct_array_compare_ids) &&
		    (ct_proc_leader(step->place.hierarchy->proc, tids[i], &pid) < 0 ||
		     !bsearch(&pid, listed, listed_count, sizeof(pid), ct_array_compare_ids)))
			continue;
		if (*count && (*pids)[*count - 1] == pid)
			continue;
		if (ct_array_push(*pids, *count, pid) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	}
	if (*count)
		qsort(*pids, *count, sizeof(**pids), ct_array_compare_ids);
	return 0;
}

static bool has_thread_here(const struct ct_step *step, pid_t pid)
{
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(step->place.hierarchy->proc, pid, &tids);

	for (int i = 0; i < count; i++) {
		autofree char *text = NULL, *path = NULL;

		if (ct_proc_cgroup(step->place.hierarchy->proc, pid, tids[i], &text) >= 0 &&
		    ct_hierarchy_locate(step->place.hierarchy, text, &path) == 0 &&
		    !strcmp(path, step->place.path))
			return true;
	}
	return false;
}

/* One by one, each looked at right before it is moved. */
static int attach_looking(const struct ct_step *step, struct ct_place *to, const pid_t *pids,
			  size_t count, struct ct_error *err)
{
	int result = 0;

	for (size_t i = 0; result >= 0 && i < count; i++)
		if (has_thread_here(step, pids[i]))
			result = ct_step_attach_all(to, CT_ATTACH_PROCESS, &pids[i], 1, err);
	return result;
}

/*
 * Sends what the place holds to path, in passes: what is not still yet may fork on its way. Whom a
 * pass has not moved is dead; v1 may list it until its parent waits.
 */
static int drain(struct ct_step *step, const char *path, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place to = {
		.hierarchy = step->place.hierarchy, .path = strdup(path), .fd = -1,
	};
	autofree pid_t *before = NULL;
	size_t before_count = 0;

	if (!to.path)
		return ct_failx(err, ENOMEM, "out of memory");
	for (;;) {
		autofree pid_t *pids = NULL;
		size_t count = 0;
		bool looked = false;
		int result = list_living(step, &pids, &count, &looked, err);

		if (result < 0 || !count)
			return result;
		if (count == before_count && !memcmp(pids, before, count * sizeof(*pids)))
			return 0;
		result = looked ? attach_looking(step, &to, pids, count, err) :
				  ct_step_attach_all(&to, CT_ATTACH_PROCESS, pids, count, err);
		if (result < 0)
			return result;
		free(before);
		before = ct_take_ptr(pids);
		before_count = count;
	}
}

/* The last tasks of a place may be on their way out; the kernel keeps it as long. */
static int remove_stage(struct ct_step *step, struct ct_error *err)
{
	uint64_t deadline = ct_clock() + 500000, pause = 100;

	for (;;) {
		struct ct_error why = { 0 };
		int result = ops(step)->remove(&step->place, &why);

		if (result == 0 || result == -ENOENT)
			return 0;
		if (result != -EBUSY || ct_clock() > deadline) {
			*err = why;
			return result;
		}
		ct_clock_pause(&pause, 10000);
	}
}

static bool is_there(struct ct_step *step)
{
	return ct_place_open(&step->place) != -ENOENT;
}

/* Whether all the tasks are processes of one thread from home: they go back together. */
static bool is_home_of_all(const struct ct_step *step, const char *home)
{
	autofree char *path = NULL;

	return step->tasks->alike && !step->threads &&
	       ct_hierarchy_locate(step->place.hierarchy, step->tasks->origins[0], &path) == 0 &&
	       !strcmp(path, home);
}

/* Each thread to where it was; those that nobody has written down were born here: to the parent. */
int ct_step_send_home(struct ct_step *step, struct ct_error *err)
{
	struct ct_error why = { 0 };
	const char *name;
	autofree char *home = strndup(step->place.path, ct_path_parent(step->place.path, &name));
	int first, result;

	if (!home)
		return ct_failx(err, ENOMEM, "out of memory");
	if (!is_there(step))
		return 0;
	first = step->tasks && !is_home_of_all(step, home) ? ct_step_detach(step, err) : 0;
	result = drain(step, home, first ? &why : err);
	first = first ? first : result;
	result = remove_stage(step, first ? &why : err);
	return first ? first : result;
}

/*
 * Of what the place still holds, the tasks of the move go on to arrive and wake there. One that
 * is awake already is its own master, and stays where it has gone.
 */
static int send_chosen(struct ct_step *step, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place to = {
		.hierarchy = step->place.hierarchy, .path = strdup(step->arrive), .fd = -1,
	};
	autofree pid_t *ids = NULL, *held = NULL;
	size_t count = 0, held_count = 0, kept = 0;
	bool looked;
	int result;

	if (!to.path || collect_ids(step, &ids, &count) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	result = step->threads ? ops(step)->list(&step->place, CT_LIST_THREADS, &held, &held_count, err) :
				 list_living(step, &held, &held_count, &looked, err);
	if (result < 0)
		return result;
	if (count)
		qsort(ids, count, sizeof(*ids), ct_array_compare_ids);
	for (size_t i = 0; count && i < held_count; i++)
		if (bsearch(&held[i], ids, count, sizeof(*ids), ct_array_compare_ids))
			held[kept++] = held[i];
	return ct_step_attach_all(&to, attach_kind(step), held, kept, err);
}

int ct_step_send_on(struct ct_step *step, struct ct_error *err)
{
	struct ct_error why = { 0 };
	int first = 0, result;

	if (!is_there(step))
		return 0;
	if (step->arrive)
		first = step->threads ? send_chosen(step, err) : drain(step, step->arrive, err);
	result = ct_step_send_home(step, first ? &why : err);
	return first ? first : result;
}

int ct_step_hold(struct ct_step *step, struct ct_error *err)
{
	return ops(step)->freeze(&step->place, true, err);
}

int ct_step_let_go(struct ct_step *step, struct ct_error *err)
{
	if (step->was_frozen || !is_there(step))
		return 0;
	return ops(step)->freeze(&step->place, false, err);
}

int ct_step_let_on(struct ct_step *step, struct ct_error *err)
{
	struct ct_error why = { 0 };
	int first = 0, result;

	if (step->arrive && is_there(step))
		first = send_chosen(step, err);
	result = ct_step_let_go(step, first ? &why : err);
	return first ? first : result;
}
