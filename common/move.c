// SPDX-License-Identifier: MIT
#include "common/move.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/alike.h"
#include "common/arrival.h"
#include "common/audit_tasks.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/freezer.h"
#include "common/haste.h"
#include "common/hold.h"
#include "common/interrupt.h"
#include "common/move_enter.h"
#include "common/proc.h"
#include "common/safe.h"
#include "common/taskset_read.h"
#include "common/taskset_renew.h"
#include "common/threaded.h"

enum { LOCK_TIMEOUT = 10000 }; /* milliseconds */

/* seen: what was there when it was looked for the first time; who has ended since is no error. */
static int gather(const struct ct_move *move, const struct ct_taskset *seen, struct ct_taskset *tasks,
		  struct ct_error *err)
{
	for (size_t i = 0; i < move->count; i++) {
		struct ct_error why = { 0 };
		size_t first = tasks->count;
		const struct ct_task *before;
		int result = move->threads ? ct_taskset_add_thread(tasks, move->ids[i], &why) :
					     ct_taskset_add(tasks, move->ids[i], &why);

		if (result < 0 && !(seen && result == -ESRCH)) {
			*err = why;
			return result;
		}
		if (!seen || tasks->count == first)
			continue;
		before = ct_taskset_find(seen, tasks->tasks[first].pid);
		/* the process counts: without its leader all its threads may be new ones */
		if (!before || !ct_taskset_has_process(tasks, before)) /* the number is another's */
			ct_taskset_truncate(tasks, first);
	}
	return 0;
}

static int check_source(const struct ct_move *move, struct ct_error *err)
{
	size_t same = 0;

	for (size_t i = 0; move->from && i < move->from->count; i++) {
		const struct ct_place *from = &move->from->places[i];

		if (!*from->path)
			return ct_failx(err, EINVAL, "--from %s: the root of %s holds the whole machine: name processes instead",
					move->from->name, from->hierarchy->label);
		for (size_t j = 0; j < move->to->count; j++)
			same += move->to->places[j].hierarchy == from->hierarchy &&
				!strcmp(move->to->places[j].path, from->path);
	}
	if (same)
		return ct_failx(err, EINVAL, "--from %s: that is the container they are to be moved to",
				move->from->name);
	return 0;
}

/* Threads, which are not moved whole, obey rules of their own in v2. */
static bool is_threaded(const struct ct_move *move, const struct ct_place *place)
{
	return move->threads && place->hierarchy->version == 2;
}

static int check_destination(const struct ct_move *move, struct ct_error *err)
{
	for (size_t i = 0; i < move->to->count; i++) {
		struct ct_place *place = &move->to->places[i];
		enum ct_freeze_state state;
		int result = is_threaded(move, place) ? ct_threaded_accepts(place, err) :
							place->hierarchy->ops->accepts(place, err);

		if (result >= 0)
			result = place->hierarchy->ops->freeze_state(place, &state, err);
		if (result < 0)
			return result;
		if ((state == CT_FROZEN || state == CT_FREEZING) && !move->to_frozen)
			return ct_failx(err, EBUSY,
					"it is frozen in %s: what is moved there would stop; thaw it, or say --frozen if that is meant",
					place->hierarchy->label);
	}
	return 0;
}

static int check_threads(const struct ct_move *move, const struct ct_taskset *tasks, struct ct_error *err)
{
	int result = 0;

	for (size_t i = 0; result >= 0 && i < move->to->count; i++)
		if (is_threaded(move, &move->to->places[i]))
			result = ct_threaded_check(&move->to->places[i], tasks, err);
	return result;
}

/*
 * One process in one hierarchy: the kernel moves it whole, with nothing in between. So it does a
 * thread of v2, in whose threaded trees there can be no staging.
 */
static bool needs_hold(const struct ct_move *move, const struct ct_taskset *tasks)
{
	bool is_one = tasks->count && tasks->tasks[0].pid == tasks->tasks[tasks->count - 1].pid;

	if (move->no_freeze || (move->to->count == 1 && is_threaded(move, &move->to->places[0])))
		return false;
	return move->from || move->descendants || move->threads || !is_one || move->to->count > 1;
}

/* A whole list of steps would be too much to check by hand: hierarchy by hierarchy, F left out. */
static int plan_attach(const struct ct_move *move, const struct ct_hierarchy *freezer, bool running,
		       struct ct_taskset *tasks, struct ct_txn *txn, struct ct_error *err)
{
	bool is_first = true;

	for (size_t i = 0; i < move->to->count; i++) {
		const struct ct_place *place = &move->to->places[i];
		struct ct_step *step;

		if (place->hierarchy == freezer)
			continue;
		step = ct_txn_add(txn, CT_STEP_ATTACH, place->hierarchy, place->path, err);
		if (!step)
			return -ENOMEM;
		step->tasks = tasks;
		step->threads = move->threads;
		step->running = running;
		step->listed = running && is_first &&
			       (!move->from || place->hierarchy == move->from->places[0].hierarchy);
		is_first = false;
		if (running && ct_alike_origin(move, place->hierarchy, tasks->origins[0], &step->origin) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	}
	return 0;
}

/* v1 lets a user move only his own: known before, so that of a mixture none is moved. */
static int check_owners(const struct ct_move *move, const struct ct_taskset *tasks,
			struct ct_error *err)
{
	bool is_v1 = false;

	for (size_t i = 0; i < move->to->count; i++)
		is_v1 = is_v1 || move->to->places[i].hierarchy->version == 1;
	for (size_t i = 0; is_v1 && geteuid() != 0 && i < tasks->count; i++) {
		uid_t uid;

		if (ct_proc_owner(tasks->proc, tasks->tasks[i].pid, &uid) == 0 && uid != geteuid())
			return ct_failx(err, EPERM,
					"process %d belongs to user %u: on v1 only root moves another user's",
					tasks->tasks[i].pid, uid);
	}
	return 0;
}

/* What is wrong with an id is said of that alone; all else of the container. */
static int check(struct ct_move *move, const struct ct_taskset *seen, struct ct_taskset *tasks,
		 struct ct_error *err)
{
	int result = check_source(move, err);

	if (result >= 0)
		result = gather(move, seen, tasks, err);
	if (result >= 0)
		result = check_owners(move, tasks, err);
	if (result < 0)
		return result;
	result = check_destination(move, err);
	if (result >= 0)
		result = check_threads(move, tasks, err);
	return result < 0 ? ct_fail_in(err, "%s", move->to->name) : 0;
}

/* What is in a threaded tree cannot be held still in v2. */
static unsigned choose_freezer(const struct ct_move *move)
{
	for (size_t i = 0; !move->freezer && i < move->to->count; i++)
		if (is_threaded(move, &move->to->places[i]))
			return 1;
	return move->freezer;
}

static int prepare(struct ct_hierarchies *all, struct ct_move *move, struct ct_taskset *tasks,
		   struct ct_txn *txn, pid_t guard, struct ct_hold *hold, struct ct_error *err)
{
	ct_hold_clear(hold);
	*hold = (struct ct_hold){ .all = all, .move = move, .tasks = tasks, .txn = txn, .guard = guard };
	return ct_freezer_choose(all, choose_freezer(move), &hold->freezer, err);
}

/* What enters namespaces stands still anyway. */
static bool can_run(const struct ct_move *move, struct ct_hold *hold)
{
	return !move->freeze && !move->enter && ct_alike_can_run(hold);
}

int ct_move_plan(struct ct_hierarchies *all, struct ct_move *move, struct ct_taskset *tasks,
		 struct ct_txn *txn, struct ct_error *err)
{
	ct_cleanup(ct_hold_clear) struct ct_hold hold = { 0 };
	bool running = false;
	int result = check(move, NULL, tasks, err);

	if (result >= 0 && move->enter && !(move->enter->flags & CLONE_NEWUSER))
		result = ct_move_enter_add(move, tasks, txn, err);
	if (result < 0)
		return result;
	if (needs_hold(move, tasks)) {
		result = prepare(all, move, tasks, txn, 0, &hold, err);
		strlcpy(hold.name, ".ct-ID", sizeof(hold.name)); /* it is chosen anew when it is done */
		if (result >= 0)
			result = ct_hold_plan(&hold, err);
		running = result >= 0 && can_run(move, &hold);
	}
	if (result >= 0)
		result = plan_attach(move, hold.freezer, running, tasks, txn, err);
	if (result >= 0 && move->enter && move->enter->flags & CLONE_NEWUSER)
		result = ct_move_enter_add(move, tasks, txn, err);
	return result < 0 ? ct_fail_in(err, "%s", move->to->name) : 0;
}

static int attach_and_verify(struct ct_move *move, const struct ct_hierarchy *freezer, bool running,
			     struct ct_taskset *tasks, struct ct_txn *txn, struct ct_error *err)
{
	int result = plan_attach(move, freezer, running, tasks, txn, err);

	if (result >= 0)
		result = ct_txn_record(txn, tasks, err);
	if (result >= 0)
		result = ct_txn_apply(txn, err);
	if (result >= 0 && !running)
		result = ct_arrival_verify(move, freezer, tasks, err);
	/* the tasks wake in the destination from here on: it must still take them */
	if (result >= 0)
		result = check_destination(move, err);
	if (result >= 0 && move->party)
		result = ct_move_enter_last(move, tasks, txn, err);
	if (result < 0)
		return result;
	move->moved = tasks->count;
	result = ct_txn_commit(txn, err);
	if (result >= 0 && running)
		ct_arrival_fetch(move, tasks);
	return result < 0 || !move->to_frozen ? result : ct_arrival_settle(move, err);
}

/* Returns 1 if what runs is too fast: all is as it was, and it is to be held still. */
static int move_running(struct ct_move *move, struct ct_hold *hold, struct ct_error *err)
{
	struct ct_txn *txn = hold->txn;
	const struct ct_journal *journal = txn->journal;
	struct ct_error why = { 0 };
	uint64_t start = ct_clock();
	int result = attach_and_verify(move, hold->freezer, true, hold->tasks, txn, &why);

	if (result < 0 && !txn->committed)
		ct_txn_abort(txn, &why);
	if (result == -EAGAIN && !txn->committed && !why.torn) {
		ct_txn_clear(txn);
		if (move->from) /* else they are those that were named */
			ct_taskset_clear(hold->tasks);
		txn->journal = journal;
		return journal && ct_journal_again(journal, err) < 0 ? -err->code : 1;
	}
	if (ct_hold_in_place(hold)->stilled)
		move->held = ct_clock() - start;
	if (result < 0)
		*err = why;
	return result;
}

int ct_move_held(struct ct_hierarchies *all, struct ct_move *move, struct ct_taskset *tasks,
		 struct ct_txn *txn, pid_t guard, struct ct_error *err)
{
	ct_cleanup(ct_hold_clear) struct ct_hold hold = { 0 };
	bool hastened;
	uint64_t start;
	int result = prepare(all, move, tasks, txn, guard, &hold, err);

	if (result >= 0)
		result = ct_hold_plan(&hold, err);
	if (result >= 0 && can_run(move, &hold)) {
		result = move_running(move, &hold, err);
		if (result <= 0)
			return result;
		result = prepare(all, move, tasks, txn, guard, &hold, err);
		if (result >= 0)
			result = ct_hold_plan(&hold, err);
	}
	if (result < 0)
		return result;
	ct_haste_warm_up(move->to->places[0].hierarchy);
	hastened = ct_haste_begin();
	start = ct_clock();
	hold.deadline = start + move->timeout * 1000;
	result = ct_hold_all(&hold, err);
	if (result >= 0)
		result = attach_and_verify(move, hold.freezer, false, tasks, txn, err);
	if (result < 0 && !txn->committed)
		ct_txn_abort(txn, err);
	move->held = ct_clock() - start;
	ct_haste_end(hastened);
	return result;
}

/* They stand still from before the first step until after the last. */
static int move_entering(struct ct_hierarchies *all, struct ct_move *move, struct ct_taskset *tasks,
			 struct ct_txn *txn, const struct ct_guard *guard, struct ct_error *err)
{
	ct_cleanup(ct_party_clear) struct ct_party party = { .heir = -1 };
	int result;

	ct_haste_warm_up(move->to->places[0].hierarchy);
	move->party = &party;
	result = ct_move_enter_begin(move, tasks, guard->socket, &party, err);
	if (result >= 0 && !ct_party_is_final(&party))
		result = ct_move_enter_add(move, tasks, txn, err);
	if (result >= 0)
		result = ct_txn_apply(txn, err);
	if (result >= 0)
		result = needs_hold(move, tasks) ? ct_move_held(all, move, tasks, txn, guard->pid, err) :
						   attach_and_verify(move, NULL, false, tasks, txn, err);
	if (result < 0 && !txn->committed)
		ct_txn_abort(txn, err);
	if (txn->committed)
		ct_party_release(&party);
	move->held = party.count ? ct_clock() - party.since : 0;
	move->party = NULL;
	return result;
}

/* With the lock, a journal and a guard, so that no death in between leaves anything behind. */
static int move_safely(struct ct_hierarchies *all, struct ct_move *move, struct ct_taskset *tasks,
		       struct ct_txn *txn, struct ct_error *err)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset seen = { 0 };
	struct ct_safe safe;
	int result = ct_safe_begin(all, LOCK_TIMEOUT, &safe, err);

	if (result == -ENOENT) /* there is no state directory */
		ct_fail_also(err, "--no-freeze moves without");
	if (result < 0)
		return ct_fail_in(err, "%s", move->to->name);
	/* until the lock was ours another move may have been in the middle of the same tasks */
	seen = *tasks;
	*tasks = (struct ct_taskset){ .proc = seen.proc };
	result = check(move, &seen, tasks, err);
	if (result < 0 || (!tasks->count && !move->from)) { /* all have ended */
		ct_safe_end(&safe, false);
		return result;
	}
	txn->journal = &safe.journal;
	result = move->enter ? move_entering(all, move, tasks, txn, &safe.guard, err) :
			       ct_move_held(all, move, tasks, txn, safe.guard.pid, err);
	txn->journal = NULL;
	ct_safe_end(&safe, result < 0 && err->torn);
	return result < 0 ? ct_fail_in(err, "%s", move->to->name) : 0;
}

/* Repeats until a pass finds nothing new: what is left when asked not to freeze. */
static int move_freely(struct ct_move *move, struct ct_taskset *tasks, struct ct_txn *txn,
		       struct ct_error *err)
{
	int result = attach_and_verify(move, NULL, false, tasks, txn, err);

	if (result < 0 && !txn->committed)
		ct_txn_abort(txn, err);
	return result < 0 ? ct_fail_in(err, "%s", move->to->name) : 0;
}

int ct_move(struct ct_hierarchies *all, struct ct_move *move, struct ct_error *err)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset tasks = { .proc = all->proc };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	const struct ct_taskset none = { 0 }; /* threads are what was asked for, not their processes */
	struct ct_audit record = { .op = move->op ? move->op : "attach", .pids = move->ids, .count = move->count };
	int result = check(move, NULL, &tasks, err);

	if (result >= 0)
		result = move->enter || needs_hold(move, &tasks) ?
			 move_safely(all, move, &tasks, &txn, err) :
			 move_freely(move, &tasks, &txn, err);
	/* now that they run again: whoever takes the record may be one of them */
	record.error = result < 0 ? err->code : 0;
	ct_audit_taskset(move->to, move->threads ? &none : &tasks, &record);
	return result;
}
