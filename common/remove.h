/* SPDX-License-Identifier: MIT */
/* Removing containers that hold nothing any more. */
#pragma once

#include <stdbool.h>

#include "common/container.h"
#include "common/error.h"
#include "common/txn.h"

/*
 * Appends to txn the removal of container from its hierarchies, with recursive of those
 * below it first. -EBUSY: it holds tasks or, without recursive, containers, which
 * are named. With populated it may hold tasks, which will have gone by then. Nothing is
 * changed yet.
 */
int ct_remove_plan(struct ct_container *container, bool recursive, bool populated,
		   struct ct_txn *txn, struct ct_error *err);
