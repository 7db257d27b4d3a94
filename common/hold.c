// SPDX-License-Identifier: MIT
#include "common/hold.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alike.h"
#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/freezer.h"
#include "common/interrupt.h"
#include "common/move_enter.h"
#include "common/proc.h"
#include "common/walk.h"

static bool is_left_out(const struct ct_hold *hold, pid_t pid)
{
	return pid == getpid() || pid == hold->guard ||
	       ct_move_enter_is_ours(hold->move, hold->tasks->proc, pid);
}

static bool is_held(const struct ct_hold *hold, pid_t pid)
{
	return ct_taskset_find(hold->tasks, pid) != NULL;
}

/* The step that stages what lies in home, which is added if there is none yet. */
static int find_stage(struct ct_hold *hold, const char *home, size_t *ret_index, struct ct_error *err)
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

static int find_home(const struct ct_hold *hold, const struct ct_task *task, char **ret_home,
		     struct ct_error *err)
{
	int result = ct_hierarchy_locate(hold->freezer, hold->tasks->origins[task->origin], ret_home);

	if (result < 0)
		return ct_failx(err, -result, "where process %d is in %s, in which it would be held still, lies outside of what %s shows",
				task->pid, hold->freezer->label, hold->freezer->mountpoint);
	return 0;
}

/*
 * Freezing a container in place must hold nobody else: those below it, or us. Who was only given it
 * may not freeze it, but what he makes below it.
 */
static bool can_hold_in_place(const struct ct_hold *hold, struct ct_place *from)
{
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	struct ct_error ignored; /* in doubt it is staged */

	return *from->path && hold->freezer->ops->may_freeze(from) == 0 && ct_walk(from, false, &tree, &ignored) >= 0 && !tree.count &&
	       !ct_freezer_holds_us(hold->tasks->proc, from);
}

static int plan_in_place(struct ct_hold *hold, struct ct_place *from, struct ct_error *err)
{
	enum ct_freeze_state state;
	struct ct_step *step;
	int result = hold->freezer->ops->freeze_state(from, &state, err);

	if (result < 0)
		return result;
	step = ct_txn_add(hold->txn, CT_STEP_HOLD, hold->freezer, from->path, err);
	if (!step)
		return -ENOMEM;
	step->was_frozen = state == CT_FROZEN || state == CT_FREEZING;
	step->tasks = hold->tasks;
	step->threads = hold->move->threads;
	step->arrive = hold->arrive ? strdup(hold->arrive) : NULL;
	return hold->arrive && !step->arrive ? ct_failx(err, ENOMEM, "out of memory") : 0;
}

struct ct_step *ct_hold_in_place(const struct ct_hold *hold)
{
	for (size_t i = 0; i < hold->txn->count; i++)
		if (hold->txn->steps[i].kind == CT_STEP_HOLD)
			return &hold->txn->steps[i];
	return NULL;
}

/* Where all the source is, and nothing else is, it can be held as if that were the source. */
static int plan_at_home(struct ct_hold *hold, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place home = { .hierarchy = hold->freezer, .fd = -1 };

	if (!ct_alike_look(hold) || ct_hierarchy_locate(hold->freezer, hold->where, &home.path) < 0 ||
	    !*home.path || (hold->arrive && !strcmp(hold->arrive, home.path)) ||
	    !ct_alike_lists(&home, true, hold->source, hold->source_count) ||
	    !can_hold_in_place(hold, &home))
		return 0;
	hold->alone = true;
	return plan_in_place(hold, &home, err);
}

int ct_hold_plan(struct ct_hold *hold, struct ct_error *err)
{
	struct ct_place *from = ct_container_place(hold->move->from, hold->freezer);
	const struct ct_place *to = ct_container_place(hold->move->to, hold->freezer);
	size_t index;
	int result = 0;

	hold->arrive = to ? to->path : NULL;
	if (!*hold->name)
		snprintf(hold->name, sizeof(hold->name), ".ct-%d-%llx", getpid(),
			 (unsigned long long)ct_clock());
	if (from && can_hold_in_place(hold, from))
		result = plan_in_place(hold, from, err);
	else if (!from)
		result = plan_at_home(hold, err);
	for (size_t i = 0; result >= 0 && i < hold->tasks->count; i++) {
		autofree char *home = NULL;

		result = find_home(hold, &hold->tasks->tasks[i], &home, err);
		if (result >= 0 && (!ct_hold_in_place(hold) || strcmp(home, ct_hold_in_place(hold)->place.path) != 0))
			result = find_stage(hold, home, &index, err);
	}
	return result;
}

enum life { ALIVE, ENDING, DEAD };

/* A process that is ending still has its children; before it is dead it leaves them to another. */
static enum life life_of(const struct ct_hold *hold, pid_t pid)
{
	struct ct_proc_stat stat;

	int result = ct_proc_stat(hold->tasks->proc, pid, &stat);

	if (result < 0)
		return result == -ESRCH ? DEAD : ALIVE;
	if (!stat.exiting || stat.threads > 1)
		return ALIVE;
	return stat.state == 'Z' || stat.state == 'X' ? DEAD : ENDING;
}

/* Where the kernel says that the thread is in the freezer now; NULL: it cannot be told. */
static char *where_thread(const struct ct_hold *hold, pid_t pid, pid_t tid)
{
	autofree char *text = NULL;
	struct ct_proc_stat stat;
	char *path;

	/* of one that has ended the kernel says the root */
	if (ct_proc_stat_thread(hold->tasks->proc, pid, tid, &stat) < 0 || stat.exiting ||
	    ct_proc_cgroup(hold->tasks->proc, pid, tid, &text) < 0)
		return NULL;
	return ct_hierarchy_locate(hold->freezer, text, &path) < 0 ? NULL : path;
}

/* The same of a process: where its leader is or, if that has ended, whichever of its threads lives. */
static char *where_now(const struct ct_hold *hold, pid_t pid)
{
	autofree pid_t *tids = NULL;
	char *path = where_thread(hold, pid, pid);
	int count = path ? 0 : ct_proc_threads(hold->tasks->proc, pid, &tids);

	for (int i = 0; !path && i < count; i++)
		path = where_thread(hold, pid, tids[i]);
	return path;
}

/*
 * The same, asked again while it cannot be told: when a thread executes a program, threads have
 * other names for a moment. -ESRCH: it has ended; -EAGAIN: it lives, but cannot be looked at.
 */
static int find_now(const struct ct_hold *hold, const struct ct_task *task, char **ret_path)
{
	uint64_t pause = 100;

	for (int tries = 0; tries < 6; tries++) {
		if (!ct_taskset_has_process(hold->tasks, task))
			return -ESRCH;
		*ret_path = where_now(hold, task->pid);
		if (*ret_path)
			return 0;
		if (life_of(hold, task->pid) != ALIVE)
			return -ESRCH;
		ct_clock_pause(&pause, 1000);
	}
	return -EAGAIN;
}

static int cannot_look(const struct ct_task *task, struct ct_error *err)
{
	return ct_failx(err, EAGAIN, "process %d cannot be looked at in /proc (are there descriptors and memory left?)",
			task->pid);
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
	int result = find_now(hold, task, &home.path);

	if (result == -EAGAIN)
		return cannot_look(task, err);
	if (result == 0) /* else it has ended: the caller sees what is left */
		result = hold->freezer->ops->attach(&step->place, CT_ATTACH_PROCESS, &task->pid, 1, &done,
						    &why);
	if (result == 0 && !ct_taskset_has_process(hold->tasks, task)) {
		autofree char *now = where_now(hold, task->pid);

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
	int result = find_stage(hold, home, &index, err);

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

/* Stages the process of the task first in the set unless it is held in place. */
static int stage_from(struct ct_hold *hold, size_t first, struct ct_error *err)
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
		result = find_home(hold, &task, &home, err);
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

static int wait_still(struct ct_hold *hold, struct ct_error *err)
{
	for (size_t i = 0; i < hold->txn->count; i++) {
		struct ct_step *step = &hold->txn->steps[i];
		int result;

		if (step->kind != CT_STEP_STAGE && step->kind != CT_STEP_HOLD)
			continue;
		result = ct_freezer_wait(hold->tasks->proc, &step->place, hold->deadline, false, err);
		if (result < 0)
			return result;
	}
	return 0;
}

/*
 * Whether a list of children has to be read again because of one that is ending, or is seen dead
 * for the first time: a list that is read after that has those it left. Negative without memory.
 */
static int note_end(struct ct_hold *hold, pid_t pid, enum life life)
{
	if (life == ENDING)
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
		enum life life;
		int result;

		if (!pids[i])
			return ct_failx(err, EPERM,
					"a process of another pid namespace is among them, which cannot be named from here: move them from there");
		if (is_left_out(hold, pids[i]) || is_held(hold, pids[i]))
			continue;
		life = life_of(hold, pids[i]);
		if (life != ALIVE) {
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

/* What was born in a staging place: it is still already, and its home is its parent's. */
static int add_born(struct ct_hold *hold, struct ct_error *err)
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

/* The processes of move->from, in whichever of its hierarchies they are. */
static int add_from(struct ct_hold *hold, struct ct_error *err)
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
		enum life life = life_of(hold, task->pid);
		int result;

		if ((i && hold->tasks->tasks[i - 1].pid == task->pid) ||
		    (ct_taskset_has_process(hold->tasks, task) && life == ALIVE))
			continue;
		result = note_end(hold, task->pid, life);
		if (result < 0)
			return result;
		dead += result;
	}
	return dead;
}

/*
 * The children of what is held. Those are still, and get no new children but the ones that a
 * child leaves them when it ends: when all children are held, all descendants are.
 */
static int add_descendants(struct ct_hold *hold, struct ct_error *err)
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

/*
 * Reads anew where each thread is: between the first look and the freeze it may have been moved,
 * or started threads. In the freezer it is what was read first, for there it is staged now.
 */
static int reread(struct ct_hold *hold, struct ct_error *err)
{
	struct ct_taskset fresh = { .proc = hold->tasks->proc };
	int result = ct_taskset_reread(hold->tasks, hold->freezer->id, hold->name,
				      !hold->move->threads, &fresh);

	if (result < 0) {
		ct_taskset_clear(&fresh);
		return ct_failx(err, -result, "cannot read where the tasks are: %s", strerror(-result));
	}
	ct_taskset_clear(hold->tasks);
	*hold->tasks = fresh;
	return 0;
}

/*
 * Makes sure that each process is where it cannot run, and stages it anew if it is not: it may have
 * changed its threads while it was drawn in. Returns how many there were.
 */
static int stage_runaways(struct ct_hold *hold, struct ct_error *err)
{
	int found = 0;

	for (size_t i = 0; i < hold->tasks->count; i++) {
		const struct ct_task task = hold->tasks->tasks[i];
		const struct ct_step *held = ct_hold_in_place(hold);
		autofree char *now = NULL;
		int result;

		if ((i && hold->tasks->tasks[i - 1].pid == task.pid) ||
		    !ct_taskset_has_process(hold->tasks, &task) || life_of(hold, task.pid) != ALIVE)
			continue;
		result = find_now(hold, &task, &now);
		if (result == -EAGAIN)
			return cannot_look(&task, err);
		if (result < 0 || is_staged(hold, now) || (held && !strcmp(now, held->place.path)))
			continue;
		result = draw_in(hold, now, &task, err);
		if (result < 0)
			return result;
		found++;
	}
	return found;
}

static int check_deadline(const struct ct_hold *hold, struct ct_error *err)
{
	if (ct_interrupt_pending())
		return ct_failx(err, EINTR, "interrupted");
	if (ct_clock() > hold->deadline)
		return ct_failx(err, ETIMEDOUT, "processes appear faster than they can be held still (-t gives them longer)");
	return 0;
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
		now = where_now(hold, task->pid);
		if (now && is_staged(hold, now)) /* else it began after the write */
			result = ct_step_attach_all(home, CT_ATTACH_PROCESS, &task->pid, 1, err);
		found++;
	}
	return result < 0 ? result : found;
}

/*
 * Draws the whole source in at once if it has one home, or lets it be held in place. Returns 1 if
 * that is done, 0 if it is to be done one by one.
 */
static int stage_source(struct ct_hold *hold, struct ct_error *err)
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
	result = find_stage(hold, home.path, &index, err);
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

int ct_hold_all(struct ct_hold *hold, struct ct_error *err)
{
	size_t staged = 0;
	int news = 1, result = ct_txn_apply(hold->txn, err), quick = 0;

	if (result >= 0)
		result = quick = stage_source(hold, err);
	if (result >= 0 && quick)
		result = wait_still(hold, err);
	if (result >= 0 && quick && ct_alike_add(hold))
		return 0; /* all are still, and there are no others */
	if (result >= 0)
		result = add_from(hold, err);
	while (result >= 0 && news) {
		result = stage_from(hold, staged, err);
		if (result >= 0)
			result = wait_still(hold, err);
		/* what was born in a staging place needs no staging, but its children might */
		if (result >= 0)
			result = add_born(hold, err);
		staged = hold->tasks->count;
		if (result >= 0)
			result = news = add_from(hold, err);
		if (result >= 0)
			result = add_descendants(hold, err);
		news = news || result > 0;
		if (result >= 0 && !news)
			result = news = stage_runaways(hold, err);
		if (result >= 0 && news)
			result = check_deadline(hold, err);
	}
	return result < 0 ? result : reread(hold, err);
}

void ct_hold_clear(struct ct_hold *hold)
{
	free(hold->ended);
	free(hold->source);
	free(hold->where);
	*hold = (struct ct_hold){ 0 };
}
