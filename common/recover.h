/* SPDX-License-Identifier: MIT */
/*
 * Ending what a dead mover had begun: back before its commit line, forward after it. Whoever
 * does it may be killed as well, and the next one does it again.
 */
#pragma once

#include "common/error.h"
#include "common/hierarchy.h"
#include "common/party.h"

/*
 * Recovers from the lines of a journal, which are taken apart; with what the mover has handed over to
 * left, or NULL. -EBADMSG: a line cannot be
 * understood. -EBUSY: for the way back that would be frozen where the caller is itself. Nothing
 * is changed then.
 */
int ct_recover_text(struct ct_hierarchies *all, char *text, struct ct_party *left, struct ct_error *err);

/* Recovers what the journal in the state directory says; the caller holds the lock. */
int ct_recover_locked(int state, const char *sysroot, struct ct_party *left, struct ct_error *err);

/* For every command that finds a journal (state.h): if nobody holds the lock, recovers. */
int ct_recover_pending(const char *sysroot, struct ct_error *err);
