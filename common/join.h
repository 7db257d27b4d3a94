/* SPDX-License-Identifier: MIT */
/* The calling process puts itself into a container: it has one thread, and forks nothing meanwhile. */
#pragma once

#include "common/container.h"
#include "common/error.h"
#include "common/txn.h"

/*
 * Appends to txn what moves the calling process, which must have one thread, into
 * the container. Hierarchies where it is already are left out. The steps take the places'
 * descriptors over.
 */
int ct_join_plan(struct ct_container *container, struct ct_txn *txn, struct ct_error *err);

/*
 * After a join: others may have moved all that the container holds meanwhile, and the calling process
 * along with it in some of the hierarchies. It joins again where it is not in the container, until
 * it is in all. -EAGAIN: it does not stay there.
 */
int ct_join_settle(const struct ct_container *container, struct ct_error *err);
