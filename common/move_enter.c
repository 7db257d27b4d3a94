// SPDX-License-Identifier: MIT
#include "common/move_enter.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/proc.h"

bool ct_move_enter_is_ours(const struct ct_move *move, int proc, pid_t pid)
{
	struct ct_proc_stat stat;

	for (; move->party && pid > 1; pid = stat.ppid) {
		if (pid == getpid())
			return true;
		if (ct_proc_stat(proc, pid, &stat) < 0)
			return false;
	}
	return false;
}

/* Adds those that are not ours. Returns how many are new. */
static int add_all(const struct ct_move *move, const pid_t *pids, size_t count, struct ct_error *err)
{
	int added = 0;

	for (size_t i = 0; i < count; i++) {
		int result;

		/* 0: of another pid namespace, nothing for a process that is to be named */
		if (!pids[i] || ct_move_enter_is_ours(move, move->party->proc, pids[i]))
			continue;
		result = ct_party_add(move->party, pids[i], err);
		if (result < 0)
			return result;
		added += result;
	}
	return added;
}

static int add_children(const struct ct_move *move, struct ct_error *err)
{
	autofree pid_t *pids = NULL;
	size_t count = 0;

	for (size_t i = 0; move->descendants && i < move->party->count; i++) {
		pid_t pid = move->party->members[i].pid;
		int result = ct_proc_children(move->party->proc, pid, &pids, &count);

		if (result < 0 && result != -ESRCH)
			return ct_failx(err, -result, "cannot list the children of process %d: %s", pid,
					strerror(-result));
	}
	return count ? add_all(move, pids, count, err) : 0;
}

static int add_source(const struct ct_move *move, struct ct_error *err)
{
	int added = 0;

	for (size_t i = 0; move->from && i < move->from->count; i++) {
		struct ct_place *place = &move->from->places[i];
		autofree pid_t *pids = NULL;
		size_t count = 0;
		int result = place->hierarchy->ops->list(place, CT_LIST_PROCESSES, &pids, &count, err);

		if (result >= 0)
			result = add_all(move, pids, count, err);
		if (result < 0)
			return result;
		added += result;
	}
	return added;
}

/* What is stopped forks no more: until a look finds none that is new. */
static int add_found(const struct ct_move *move, struct ct_error *err)
{
	uint64_t deadline = ct_clock() + move->timeout * 1000;
	int added = 1;

	while (added) {
		int result = add_source(move, err);

		added = result;
		if (result >= 0)
			result = add_children(move, err);
		if (result < 0)
			return result;
		added += result;
		if (added && ct_clock() > deadline)
			return ct_failx(err, ETIMEDOUT, "processes appear faster than they can be held still (-t gives them longer)");
	}
	return 0;
}

int ct_move_enter_begin(const struct ct_move *move, const struct ct_taskset *tasks, int heir,
			struct ct_party *ret_party, struct ct_error *err)
{
	int result = ct_party_begin(tasks->proc, move->enter, move->timeout * 1000, heir, ret_party, err);

	for (size_t i = 0; result >= 0 && i < tasks->count; i++)
		result = ct_party_add(ret_party, tasks->tasks[i].pid, err);
	if (result >= 0)
		result = add_found(move, err);
	if (result < 0)
		return result;
	if (ct_party_is_final(ret_party) && ret_party->count > 1)
		return ct_failx(err, EINVAL, "nothing comes back from a user namespace, so that of several processes some might be in it and others not: move them one by one");
	return 0;
}

int ct_move_enter_add(const struct ct_move *move, struct ct_taskset *tasks, struct ct_txn *txn,
		      struct ct_error *err)
{
	struct ct_step *step = ct_txn_add(txn, CT_STEP_ENTER, move->to->places[0].hierarchy,
					  move->to->places[0].path, err);
	char words[64];

	if (!step)
		return -ENOMEM;
	ct_nsset_words(move->enter->flags, words, sizeof(words));
	step->tasks = tasks;
	step->party = move->party;
	step->words = strdup(words);
	return step->words ? 0 : ct_failx(err, ENOMEM, "out of memory");
}

static int thaw(struct ct_txn *txn, struct ct_error *err)
{
	int result = 0;

	for (size_t i = 0; result >= 0 && i < txn->count; i++) {
		struct ct_step *step = &txn->steps[i];

		if (step->kind == CT_STEP_STAGE || (step->kind == CT_STEP_HOLD && !step->was_frozen))
			result = step->place.hierarchy->ops->freeze(&step->place, false, err);
		ct_cleanup_close(&step->place.fd);
		step->place.fd = -1;
	}
	return result;
}

static bool lives(const struct ct_taskset *tasks, const struct ct_task *task)
{
	struct ct_proc_stat stat;
	int result = ct_proc_stat_thread(tasks->proc, task->pid, task->tid, &stat);

	return result < 0 ? result != -ESRCH : !stat.exiting; /* unknown is not gone */
}

int ct_move_enter_last(const struct ct_move *move, struct ct_taskset *tasks, struct ct_txn *txn,
		       struct ct_error *err)
{
	int result = ct_party_check(move->party, err);

	for (size_t i = 0; result >= 0 && i < tasks->count; i++)
		if (!ct_party_has(move->party, tasks->tasks[i].pid) && lives(tasks, &tasks->tasks[i]))
			return ct_failx(err, EAGAIN, "process %d came in while the others entered their namespaces: try again",
					tasks->tasks[i].pid);
	if (result < 0 || !ct_party_is_final(move->party))
		return result;
	result = thaw(txn, err);
	if (result >= 0)
		result = ct_move_enter_add(move, tasks, txn, err);
	return result < 0 ? result : ct_txn_apply(txn, err);
}
