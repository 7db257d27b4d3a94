// SPDX-License-Identifier: MIT
#include "common/demolish.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/remove.h"
#include "common/txn.h"

enum { LEAST = 500000 }; /* microseconds: what has ended keeps its directory for a moment */

/* Plans anew what has not been removed yet: there may be more of it by now. */
static int plan_rest(struct ct_container *container, bool recursive, struct ct_txn *txn,
		     struct ct_error *err)
{
	while (txn->count > txn->begun)
		ct_step_clear(&txn->steps[--txn->count]);
	return ct_remove_plan(container, recursive, true, txn, err);
}

static int remove_all(struct ct_hierarchies *all, struct ct_container *container,
		      const struct ct_kill *how, struct ct_own *own, uint64_t deadline,
		      struct ct_txn *txn, struct ct_error *err)
{
	uint64_t pause = 100;

	for (;;) {
		struct ct_error why = { 0 };
		struct ct_kill again = *how;
		uint64_t now;
		int result = plan_rest(container, how->recursive, txn, err);

		if (result < 0)
			return result;
		result = ct_txn_apply(txn, &why);
		now = ct_clock();
		if (result != -EBUSY || now >= deadline) {
			if (result < 0)
				*err = why;
			return result;
		}
		ct_clock_pause(&pause, 10000);
		again.timeout = (deadline - now) / 1000;
		result = ct_kill(all, container, &again, own, err);
		if (result < 0)
			return result;
	}
}

int ct_demolish(struct ct_hierarchies *all, struct ct_container *container,
		const struct ct_kill *how, struct ct_own *own, struct ct_error *err)
{
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	uint64_t deadline = ct_clock() + how->timeout * 1000, least;
	struct ct_kill waiting = *how;
	int result;

	waiting.wait = true; /* what lives cannot be removed */
	result = ct_kill(all, container, &waiting, own, err);
	if (result < 0)
		return result;
	least = ct_clock() + LEAST;
	result = remove_all(all, container, &waiting, own, deadline > least ? deadline : least, &txn, err);
	if (result < 0) {
		ct_txn_abort(&txn, err);
		return result;
	}
	return ct_txn_commit(&txn, err);
}
