/* SPDX-License-Identifier: MIT */
/*
 * The state directory, where the journal and the lock of moves are, and the reaper's marks: /run/ct
 * for root, $XDG_RUNTIME_DIR/ct for others. It must belong to the caller, and be writable by nobody
 * else.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* Opens it, and makes it if it is not there. Returns the descriptor. */
int ct_state_open(struct ct_error *err);

/*
 * Opens it if it is there: -ENOENT if not. For commands that only look whether a move was
 * left unfinished.
 */
int ct_state_find(struct ct_error *err);

/* What waits there for some command to see to it. */
struct ct_state_pending {
	bool journal;	/* of a move that may have been left unfinished */
	bool marks;	/* of containers that delete themselves (mark.h) */
};

/* Costs a system call for each. */
void ct_state_pending(struct ct_state_pending *ret_pending);

/* The boot's id, which tells what is older than the cgroups there are. */
int ct_state_boot(char *buffer, size_t size, struct ct_error *err);

/*
 * Takes the lock of moves, waiting up to timeout milliseconds for each who holds it before us:
 * -EBUSY, and err names the holder. The lock is held as long as any process has the returned descriptor.
 * -EINTR: interrupted (interrupt.h).
 */
int ct_state_lock(int state, uint64_t timeout, struct ct_error *err);

/*
 * The same for who moves nothing, but must not come in between a move. -ENOENT: the caller has no
 * state directory to be had, and therefore no moves.
 */
int ct_state_lock_if_any(uint64_t timeout, struct ct_error *err);

/* Where it would be. Returns the length, 0: there is no place for it. Nothing is looked at. */
size_t ct_state_path(char *buffer, size_t size);
