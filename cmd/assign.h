/* SPDX-License-Identifier: MIT */
/* Parameters on the command line, for the commands that have -s NAME=VALUE. */
#pragma once

#include "common/container.h"
#include "common/error.h"
#include "common/txn.h"

/* For the table of options: remembers NAME=VALUE. */
int assign_parse(const char *value, struct ct_error *err);

/* Appends to txn what sets all that was remembered for the container, which may be yet to be made. */
int assign_plan(const struct ct_hierarchies *all, const struct ct_container *container,
		struct ct_txn *txn, struct ct_error *err);
