// SPDX-License-Identifier: MIT
/* The steps that hold tasks still, and let them go on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/freezer.h"
#include "common/hierarchy.h"
#include "common/proc.h"
#include "common/step.h"
#include "common/taskset_renew.h"

enum { STILL = 2000000 }; /* microseconds in which they stop, or do not */

static const struct ct_cgroup_ops *ops(const struct ct_step *step)
{
	return step->place.hierarchy->ops;
}

/* What cannot be made is no container that anybody has named, nor one that a user is to be given. */
int ct_step_stage(struct ct_step *step, struct ct_error *err)
{
	int result;

	step->place.instead = "root moves them from there; in v1 alone (-H) --no-freeze does without";
	result = ops(step)->create(&step->place, err);
	return result < 0 ? ct_fail_in(err, "where tasks are to be held still") :
			    ops(step)->freeze(&step->place, true, err);
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
	if (result < 0)
		return result;
	listed_count = ct_step_drop_unseen(listed, listed_count);
	tid_count = ct_step_drop_unseen(tids, tid_count);
	if (!listed_count)
		return 0;
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

	if (!to.path || ct_step_ids(step, &ids, &count) < 0)
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
	return ct_step_attach_all(&to, step->threads ? CT_ATTACH_THREAD : CT_ATTACH_PROCESS, held, kept, err);
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
	return step->running ? 0 : ops(step)->freeze(&step->place, true, err);
}

/*
 * The place has held all of the move from the beginning, and nothing is taken out of it before the
 * commit: it tells what was forked meanwhile. What cannot stop in time cannot fork either.
 */
int ct_step_hold_now(struct ct_step *step, struct ct_error *err)
{
	autofree pid_t *pids = NULL;
	struct ct_error ignored; /* who would not stop is not of interest */
	size_t count = 0;
	int result;

	if (!step->running || !is_there(step))
		return 0;
	if (ct_freezer_holds_us(step->tasks->proc, &step->place))
		return ct_failx(err, EBUSY, "we are in it ourselves");
	result = ops(step)->freeze(&step->place, true, err);
	if (result < 0 || !step->tasks->count)
		return result;
	ct_freezer_wait(step->tasks->proc, &step->place, ct_clock() + STILL, true, &ignored);
	result = ops(step)->list(&step->place, CT_LIST_PROCESSES, &pids, &count, err);
	if (result >= 0 && ct_taskset_renew(step->tasks, pids, count) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	return result;
}

int ct_step_let_go(struct ct_step *step, struct ct_error *err)
{
	if (step->was_frozen || !is_there(step))
		return 0;
	return ops(step)->freeze(&step->place, false, err);
}

/* What forks too fast to go on while it runs is held still for it after all. */
static int send_running(struct ct_step *step, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place to = {
		.hierarchy = step->place.hierarchy, .path = strdup(step->arrive), .fd = -1,
	};
	struct ct_error why = { 0 };
	int result = to.path ? ct_step_empty(&step->place, &to, step->tasks, false, false, &why) :
			       ct_failx(&why, ENOMEM, "out of memory");

	if (result == -EAGAIN) {
		step->stilled = true;
		result = ops(step)->freeze(&step->place, true, &why);
		if (result >= 0) {
			struct ct_error ignored; /* what would not stop goes on as it is */

			ct_freezer_wait(step->tasks->proc, &step->place, ct_clock() + STILL, true, &ignored);
			result = ct_step_empty(&step->place, &to, step->tasks, false, false, &why);
		}
	}
	if (result < 0)
		*err = why;
	return result;
}

int ct_step_let_on(struct ct_step *step, struct ct_error *err)
{
	struct ct_error why = { 0 };
	int first = 0, result;

	if (step->arrive && is_there(step))
		first = step->running ? send_running(step, err) : send_chosen(step, err);
	result = ct_step_let_go(step, first ? &why : err);
	return first ? first : result;
}
