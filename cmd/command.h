/* SPDX-License-Identifier: MIT */
/* How ctexec and ctclone run the command that they were given. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "common/container.h"
#include "common/error.h"
#include "common/txn.h"

enum { COMMAND_CT = 125, COMMAND_CANNOT_RUN = 126, COMMAND_NOT_FOUND = 127 }; /* as env(1) and timeout(1) */

/*
 * Whether execvp(3) would find something to run, asked before anything is made or marked for it.
 * What is looked up elsewhere, below another root or among other mounts, only the attempt can tell.
 */
int command_find(const char *name, struct ct_error *err);

/* Nothing has run, so nothing stays made: reports err and returns the exit status. */
int command_give_up(const struct ct_container *container, struct ct_txn *txn, char **argv,
		    struct ct_error *err);

/*
 * This process joins, enters and becomes the command. With --dry-run what it would do is printed.
 * Returns 0, an exit status, or a negative errno: then the caller is to abort txn.
 */
int command_become(struct ct_container *container, struct ct_txn *txn, char **argv, struct ct_error *err);

/*
 * A child joins, enters and becomes the command, and txn is committed; *ret_pid is the child, for
 * enter_wait(), or 0. Returns as command_become().
 */
int command_start(struct ct_container *container, struct ct_txn *txn, char **argv, pid_t *ret_pid,
		  struct ct_error *err);
