/* SPDX-License-Identifier: MIT */
/*
 * The part of a move that makes its processes enter namespaces. They stand still by ptrace(2) from
 * before the first step until after the last, and so cannot fork. A freezer holds them as well, so
 * that none runs on in the middle should all of ct be killed; but what is frozen cannot enter: they
 * do so first of all, when they are where they were in all hierarchies, or, what cannot be undone (a user
 * namespace), last of all, thawed again.
 */
#pragma once

#include "common/error.h"
#include "common/move.h"
#include "common/party.h"
#include "common/txn.h"

/*
 * Stops the processes of the move, and what they have forked until then that belongs to it, as the members
 * of move->party, which is begun for them; heir as in party.h. On failure the caller clears that.
 */
int ct_move_enter_begin(const struct ct_move *move, const struct ct_taskset *tasks, int heir,
			struct ct_party *ret_party, struct ct_error *err);

/* Adds the step ENTER. */
int ct_move_enter_add(const struct ct_move *move, struct ct_taskset *tasks, struct ct_txn *txn,
		      struct ct_error *err);

/* When all else is done: makes sure that all have stood still, and does what comes last. */
int ct_move_enter_last(const struct ct_move *move, struct ct_taskset *tasks, struct ct_txn *txn,
		       struct ct_error *err);

/* Whether the process is ct's own: a child of the mover, who traces for it, and so on. */
bool ct_move_enter_is_ours(const struct ct_move *move, int proc, pid_t pid);
