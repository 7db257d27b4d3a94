// SPDX-License-Identifier: MIT
#include "common/seize.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/deliver.h"
#include "common/freezer.h"
#include "common/haste.h"
#include "common/hold.h"
#include "common/pidfd.h"
#include "common/taskset_renew.h"

/*
 * The freezer in which the container has a place, v2's first; if v1's has frozen some of it, v1's:
 * what stands still there stops nowhere else. 0: any.
 */
static unsigned choose(struct ct_reach *reach)
{
	unsigned best = 0;

	for (size_t i = 0; i < reach->whole.count; i++) {
		struct ct_place *place = &reach->whole.places[i];
		enum ct_freeze_state state = CT_NO_FREEZER;
		struct ct_error ignored; /* a place that has gone holds nobody */

		if (place->hierarchy->version == 2)
			best = 2;
		else if (place->hierarchy->ops->freeze_state(place, &state, &ignored) < 0 ||
			 state == CT_NO_FREEZER)
			continue;
		else if (state != CT_THAWED)
			return 1;
		else if (!best)
			best = 1;
	}
	return best;
}

int ct_seize_begin(struct ct_hierarchies *all, struct ct_reach *reach, uint64_t timeout,
		   struct ct_seize *ret_seize, struct ct_error *err)
{
	struct ct_container nowhere = { 0 };
	struct ct_move move = { .to = &nowhere, .from = &reach->whole };
	struct ct_seize *seize = ret_seize;
	struct ct_hold hold = { .all = all, .move = &move, .tasks = &seize->tasks, .txn = &seize->txn };
	int result;

	*seize = (struct ct_seize){ .tasks = { .proc = all->proc } };
	result = ct_freezer_choose(all, choose(reach), &hold.freezer, err);
	if (result >= 0)
		result = ct_safe_begin(all, timeout, &seize->safe, err);
	if (result < 0)
		return result;
	seize->begun = true;
	seize->txn.journal = &seize->safe.journal;
	hold.guard = seize->safe.guard.pid;
	result = ct_hold_plan(&hold, err);
	seize->hastened = ct_haste_begin();
	hold.deadline = ct_clock() + timeout * 1000;
	if (result >= 0)
		result = ct_hold_all(&hold, err);
	ct_hold_clear(&hold);
	return result;
}

int ct_seize_signal(struct ct_seize *seize, const struct ct_own *spare, int signal,
		    struct ct_error *err)
{
	const struct ct_taskset *tasks = &seize->tasks;
	int sent = 0;

	for (size_t i = 0; i < tasks->count; i++) {
		pid_t pid = tasks->tasks[i].pid;
		autoclose int fd = -1;
		int result;

		if ((i && tasks->tasks[i - 1].pid == pid) || ct_own_has(spare, pid))
			continue;
		fd = ct_pidfd_open(pid);
		/* the look comes after: the descriptor is that of the one which is held, or of none */
		if (fd == -ESRCH || (fd >= 0 && !ct_taskset_has_process(tasks, &tasks->tasks[i])))
			continue;
		result = fd < 0 ? ct_failx(err, -fd, "cannot hold on to process %d: %s", pid, strerror(-fd)) :
				  ct_deliver_one(fd, tasks->proc, pid, signal, err);
		if (result < 0)
			return result;
		sent += result;
	}
	return sent;
}

int ct_seize_end(struct ct_seize *seize, struct ct_error *err)
{
	struct ct_error torn = { 0 };

	if (seize->begun) {
		ct_txn_abort(&seize->txn, &torn);
		ct_haste_end(seize->hastened);
		seize->txn.journal = NULL;
		ct_safe_end(&seize->safe, torn.torn);
	}
	ct_txn_clear(&seize->txn);
	ct_taskset_clear(&seize->tasks);
	seize->begun = false;
	if (!torn.torn)
		return 0;
	*err = torn;
	return -err->code;
}
