/* SPDX-License-Identifier: MIT */
/*
 * The state directory, where the journal and the lock of moves are: /run/ct for root,
 * $XDG_RUNTIME_DIR/ct for others. It must belong to the caller, and be writable by nobody else.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/* Opens it, and makes it if it is not there. Returns the descriptor. */
int ct_state_open(struct ct_error *err);

/*
 * Opens it if it is there: -ENOENT if not. For commands that only look whether a move was
 * left unfinished.
 */
int ct_state_find(struct ct_error *err);

/* Whether a journal is there. */
bool ct_state_has_journal(void);

/*
 * Takes the lock of moves, waiting for it up to timeout milliseconds: -EBUSY, and err
 * names the holder. The lock is held as long as any process has the returned descriptor.
 * -EINTR: interrupted (interrupt.h).
 */
int ct_state_lock(int state, uint64_t timeout, struct ct_error *err);

/*
 * The same for who moves nothing, but must not come in between a move. -ENOENT: the caller has no
 * state directory to be had, and therefore no moves.
 */
int ct_state_lock_if_any(uint64_t timeout, struct ct_error *err);
