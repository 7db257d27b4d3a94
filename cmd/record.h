/* SPDX-License-Identifier: MIT */
/*
 * The audit records of what ctexec and ctclone execute. From within a user namespace the kernel takes
 * none: they are written before one is entered.
 */
#pragma once

#include <sys/types.h>

#include "common/container.h"
#include "common/error.h"
#include "common/txn.h"

/* This process is about to become the command, and what txn has made for it stays if it does. */
int record_become(const struct ct_container *container, const struct ct_txn *txn, char **argv,
		  struct ct_error *err);

/*
 * To be called twice, before a child is started, with a pid of 0, and when it has become the command;
 * the first is the one that writes only where the second would come too late.
 */
int record_start(const struct ct_container *container, char **argv, pid_t pid, struct ct_error *err);

/* The command could not be run. */
void record_refused(const struct ct_container *container, char **argv, const struct ct_error *err);

/* It did not come to that; before what has been done is undone. */
void record_failure(const char *container, const struct ct_error *err);
