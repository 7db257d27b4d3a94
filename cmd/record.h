/* SPDX-License-Identifier: MIT */
/* The audit records of what ctexec and ctclone execute. */
#pragma once

#include <sys/types.h>

#include "common/container.h"
#include "common/error.h"
#include "common/txn.h"

/* Before anything is entered: so that also what fails in a user namespace, or as another user, is recorded. */
int record_begin(struct ct_error *err);

/* This process is about to become the command, and what txn has made for it stays if it does. */
int record_become(const struct ct_container *container, const struct ct_txn *txn, char **argv,
		  struct ct_error *err);

/* The child pid has become the command. */
int record_start(const struct ct_container *container, char **argv, pid_t pid, struct ct_error *err);

/* The command could not be run. */
void record_refused(const struct ct_container *container, char **argv, const struct ct_error *err);

/* It did not come to that; before what has been done is undone. */
void record_failure(const char *container, const struct ct_error *err);
