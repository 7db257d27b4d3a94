// SPDX-License-Identifier: MIT
/* The steps of a move that lets the tasks run (move.h). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/hierarchy.h"
#include "common/proc.h"
#include "common/step.h"
#include "common/taskset_renew.h"

enum {
	PASSES = 4,	/* what forks faster than that is to be held still */
	CHUNK = 512,	/* written at once, at most */
	FIRST_CHUNK = 16,
	SLOW = 2000,	/* microseconds for a write: each waits for all that fork just then */
	MARGIN = 1024,	/* numbers that are given out meanwhile, at most */
	FIRST = 300,	/* the kernel begins again there */
};

/* How a place is being emptied. */
struct emptying {
	struct ct_place *from, *to;
	const struct ct_taskset *tasks;
	bool strictly;		/* as ct_step_empty() has it */
	char *now;		/* where the tasks are by now, NULL: none lives; owned */
	pid_t *dead;		/* who was seen dead; owned */
	size_t dead_count;
	bool fresh;		/* one of those not before the last list: its last child is in the next */
};

static int refuse(struct ct_error *err)
{
	return ct_failx(err, EAGAIN, "it changes while it is moved");
}

static int note_dead(struct emptying *emptying, pid_t id, struct ct_error *err)
{
	for (size_t i = 0; i < emptying->dead_count; i++)
		if (emptying->dead[i] == id)
			return 0;
	emptying->fresh = true;
	if (ct_array_push(emptying->dead, emptying->dead_count, id) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	return 0;
}

static bool is_dead(const struct emptying *emptying, pid_t id)
{
	struct ct_proc_stat stat;
	int result = ct_proc_stat(emptying->tasks->proc, id, &stat);

	return result == -ESRCH || (result == 0 && stat.exiting && stat.threads <= 1);
}

/* Whether two texts of /proc/PID/cgroup tell of the same places, but for the hierarchy with that number. */
static bool is_same_but(const char *text, const char *other, int id)
{
	while (*text) {
		size_t length = strcspn(text, "\n"), key = strcspn(text, ":") + 1;
		const char *line = other;

		while (*line && strncmp(line, text, key) != 0)
			line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n');
		/* hierarchies come and go */
		if (*line && strtol(text, NULL, 10) != id &&
		    (strcspn(line, "\n") != length || strncmp(line, text, length) != 0))
			return false;
		text += length + (text[length] == '\n');
	}
	return true;
}

/*
 * Whether who is where text says is what they have forked. If not strictly, this is the last hierarchy,
 * in which some are elsewhere already.
 */
static bool is_forked(const struct emptying *emptying, const char *text)
{
	const char *now = emptying->now;

	if (!text || emptying->strictly)
		return text && now && !strcmp(text, now);
	return now ? is_same_but(text, now, emptying->from->hierarchy->id) :
		     strcmp(text, emptying->tasks->origins[0]) != 0;
}

/*
 * Keeps those that belong to the move: the tasks, and what they have forked. Who is where they were
 * at first, in all hierarchies, has come in since, and stays. Strictly, who is neither there nor
 * where they are now is on his way to somewhere, and that is refused; else he is left to that.
 */
static int keep_ours(struct emptying *emptying, pid_t *ids, size_t *count, struct ct_error *err)
{
	const struct ct_taskset *tasks = emptying->tasks;
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		autofree char *text = NULL;
		bool known = ids[i] && ct_taskset_find(tasks, ids[i]);
		int result = known || !ids[i] ? 0 : ct_proc_cgroup(tasks->proc, ids[i], ids[i], &text);

		if (result != -ESRCH && (known || is_forked(emptying, text))) {
			ids[kept++] = ids[i];
			continue;
		}
		if (result == -ESRCH || (ids[i] && is_dead(emptying, ids[i]))) {
			if (note_dead(emptying, ids[i], err) < 0)
				return -err->code;
		} else if (emptying->strictly && (!text || strcmp(text, tasks->origins[0]) != 0))
			return refuse(err);
	}
	*count = kept;
	return 0;
}

/* A process that has ended is listed, where it was, until it is waited for; a look costs some time. */
static int drop_dead(struct emptying *emptying, pid_t *ids, size_t *count, struct ct_error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		if (!is_dead(emptying, ids[i]))
			ids[kept++] = ids[i];
		else if (note_dead(emptying, ids[i], err) < 0)
			return -err->code;
	}
	*count = kept;
	return 0;
}

/*
 * Where the tasks are by now, as /proc says it of one that lives; NULL: none does. In the last hierarchy,
 * that with the number id, of one that has been moved in others: some have gone back (join.h).
 */
static char *find_now(const struct ct_taskset *tasks, bool strictly, int id)
{
	for (size_t i = 0; i < tasks->count; i++) {
		const struct ct_task *task = &tasks->tasks[i];
		autofree char *text = NULL;
		struct ct_proc_stat stat;

		if (ct_proc_stat(tasks->proc, task->pid, &stat) == 0 && !stat.exiting &&
		    stat.start <= task->start && ct_proc_cgroup(tasks->proc, task->pid, task->pid, &text) >= 0 &&
		    (strictly || !is_same_but(text, tasks->origins[0], id)))
			return ct_take_ptr(text);
	}
	return NULL;
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

/*
 * Whether id may have been given to another since it was listed, or may be before it is written:
 * the kernel goes from listed to now, on by MARGIN at most, and from its greatest to FIRST.
 */
static bool may_be_another(pid_t id, pid_t listed, pid_t now, pid_t greatest)
{
	if (!listed || !now || (now + MARGIN >= greatest && id < FIRST + MARGIN))
		return true;
	return listed <= now ? id > listed && id <= now + MARGIN : id > listed || id <= now + MARGIN;
}

/* Those whose number may have passed to another are looked at right before they are written. */
static int attach_chunk(struct ct_place *to, const struct ct_taskset *tasks, const pid_t *ids,
			size_t count, pid_t listed, pid_t greatest, struct ct_error *err)
{
	pid_t sure[CHUNK], now = 0;
	size_t sure_count = 0;
	int result = 0;

	ct_proc_last_pid(tasks->proc, &now);
	for (size_t i = 0; result >= 0 && i < count; i++)
		if (!may_be_another(ids[i], listed, now, greatest))
			sure[sure_count++] = ids[i];
		else if (ct_taskset_is_beside(tasks, 0, ids[i]))
			result = ct_step_attach_all(to, CT_ATTACH_PROCESS, &ids[i], 1, err);
	return result < 0 ? result : ct_step_attach_all(to, CT_ATTACH_PROCESS, sure, sure_count, err);
}

/* strictly: what is slow to be moved, because so many fork meanwhile, is to be held still. */
static int attach_listed(const struct emptying *emptying, const pid_t *ids, size_t count, pid_t listed,
			 struct ct_error *err)
{
	pid_t greatest = 0;
	size_t done = 0, part = FIRST_CHUNK;

	ct_proc_greatest_pid(emptying->tasks->proc, &greatest);
	while (done < count) {
		uint64_t start = ct_clock();
		int result;

		part = part < count - done ? part : count - done;
		result = attach_chunk(emptying->to, emptying->tasks, ids + done, part, listed, greatest, err);
		if (result < 0)
			return result;
		if (emptying->strictly && part >= FIRST_CHUNK && ct_clock() - start > part * SLOW)
			return refuse(err);
		done += part;
		part = 2 * part < CHUNK ? 2 * part : CHUNK;
	}
	return 0;
}

/* The processes of the tasks, and until when their numbers were seen. */
static int take_listed(const struct ct_taskset *tasks, pid_t **ids, size_t *count, pid_t *ret_listed,
		       struct ct_error *err)
{
	for (size_t i = 0; i < tasks->count; i++)
		if (ct_array_push(*ids, *count, tasks->tasks[i].pid) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	*ret_listed = tasks->last_pid;
	return 0;
}

/* Whether the list is the tasks, in their order, as it mostly is: then there is no more to ask. */
static bool is_all(const struct ct_taskset *tasks, const pid_t *ids, size_t count)
{
	bool same = count == tasks->count;

	for (size_t i = 0; same && i < count; i++)
		same = ids[i] == tasks->tasks[i].pid;
	return same;
}

/* The processes of the tasks that are in the place; the number that was given out last is older. */
static int list_ours(struct emptying *emptying, bool is_first, pid_t **ids, size_t *count, pid_t *ret_listed,
		     struct ct_error *err)
{
	struct ct_place *from = emptying->from;
	int result;

	ct_proc_last_pid(emptying->tasks->proc, ret_listed);
	result = from->hierarchy->ops->list(from, CT_LIST_PROCESSES, ids, count, err);
	if (result < 0 || is_all(emptying->tasks, *ids, *count))
		return result;
	if (emptying->strictly && is_first)
		result = check_present(emptying->tasks, *ids, *count, err);
	if (result >= 0)
		result = keep_ours(emptying, *ids, count, err);
	if (result >= 0 && !is_first) /* the first moves most of them */
		result = drop_dead(emptying, *ids, count, err);
	return result;
}

/* Returns 1 if another one is due, 0 if this was the last word. */
static int pass(struct emptying *emptying, int passes, bool listed, struct ct_error *err)
{
	autofree pid_t *ids = NULL;
	size_t count = 0;
	pid_t last = 0;
	int result;

	emptying->fresh = false;
	result = listed ? take_listed(emptying->tasks, &ids, &count, &last, err) :
			  list_ours(emptying, !passes, &ids, &count, &last, err);
	if (result < 0 || (!count && !emptying->fresh))
		return result;
	if (passes == PASSES)
		return refuse(err);
	result = attach_listed(emptying, ids, count, last, err);
	return result < 0 ? result : 1;
}

int ct_step_empty(struct ct_place *from, struct ct_place *to, const struct ct_taskset *tasks,
		  bool strictly, bool listed, struct ct_error *err)
{
	struct emptying emptying = {
		.from = from, .to = to, .tasks = tasks, .strictly = strictly,
		.now = find_now(tasks, strictly, from->hierarchy->id),
	};
	int result = 1;

	for (int passes = 0; result > 0; passes++)
		result = pass(&emptying, passes, listed && !passes, err);
	free(emptying.dead);
	free(emptying.now);
	return result;
}

int ct_step_attach_running(struct ct_step *step, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place from = {
		.hierarchy = step->place.hierarchy, .path = strdup(step->origin), .fd = -1,
	};

	return from.path ? ct_step_empty(&from, &step->place, step->tasks, true, step->listed, err) :
			   ct_failx(err, ENOMEM, "out of memory");
}
