// SPDX-License-Identifier: MIT
#include "common/hold.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alike.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/freezer.h"
#include "common/hold_gather.h"
#include "common/hold_stage.h"
#include "common/interrupt.h"
#include "common/taskset_renew.h"
#include "common/walk.h"

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

		result = ct_hold_find_home(hold, &hold->tasks->tasks[i], &home, err);
		if (result >= 0 && (!ct_hold_in_place(hold) || strcmp(home, ct_hold_in_place(hold)->place.path) != 0))
			result = ct_hold_add_stage(hold, home, &index, err);
	}
	return result;
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

static int check_deadline(const struct ct_hold *hold, struct ct_error *err)
{
	if (ct_interrupt_pending())
		return ct_failx(err, EINTR, "interrupted");
	if (ct_clock() > hold->deadline)
		return ct_failx(err, ETIMEDOUT, "processes appear faster than they can be held still (-t gives them longer)");
	return 0;
}

int ct_hold_all(struct ct_hold *hold, struct ct_error *err)
{
	size_t staged = 0;
	int news = 1, result = ct_txn_apply(hold->txn, err), quick = 0;

	if (result >= 0)
		result = quick = ct_hold_stage_source(hold, err);
	if (result >= 0 && quick)
		result = wait_still(hold, err);
	if (result >= 0 && quick && ct_alike_add(hold))
		return 0; /* all are still, and there are no others */
	if (result >= 0)
		result = ct_hold_add_from(hold, err);
	while (result >= 0 && news) {
		result = ct_hold_stage_from(hold, staged, err);
		if (result >= 0)
			result = wait_still(hold, err);
		/* what was born in a staging place needs no staging, but its children might */
		if (result >= 0)
			result = ct_hold_add_born(hold, err);
		staged = hold->tasks->count;
		if (result >= 0)
			result = news = ct_hold_add_from(hold, err);
		if (result >= 0)
			result = ct_hold_add_descendants(hold, err);
		news = news || result > 0;
		if (result >= 0 && !news)
			result = news = ct_hold_stage_runaways(hold, err);
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
