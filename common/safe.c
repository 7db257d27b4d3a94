// SPDX-License-Identifier: MIT
#include "common/safe.h"

#include <unistd.h>

#include "common/cleanup.h"
#include "common/interrupt.h"
#include "common/recover.h"
#include "common/state.h"

int ct_safe_begin(struct ct_hierarchies *all, uint64_t timeout, struct ct_safe *ret_safe,
		  struct ct_error *err)
{
	autoclose int state = ct_state_open(err);
	autoclose int lock = state < 0 ? -1 : ct_state_lock(state, timeout, err);
	struct ct_safe safe = { .journal = { .fd = -1 } };
	int result = state < 0 ? state : lock;

	if (result >= 0)
		result = ct_recover_locked(state, all->sysroot, NULL, err);
	if (result >= 0)
		result = ct_guard_start(state, lock, all->sysroot, &safe.guard, err);
	if (result < 0)
		return result;
	result = ct_journal_begin(state, &safe.journal, err);
	if (result < 0) {
		ct_guard_end(&safe.guard);
		return result;
	}
	ct_interrupt_hold_stops(&safe.before);
	safe.state = ct_take_fd(&state);
	safe.lock = ct_take_fd(&lock);
	*ret_safe = safe;
	return 0;
}

void ct_safe_end(struct ct_safe *safe, bool torn)
{
	struct ct_error ignored; /* the next command removes what is of no use any more */

	if (!torn)
		ct_journal_end(&safe->journal, &ignored);
	else if (safe->journal.fd >= 0)
		close(safe->journal.fd);
	ct_guard_end(&safe->guard);
	sigprocmask(SIG_SETMASK, &safe->before, NULL);
	close(safe->lock);
	close(safe->state);
}
