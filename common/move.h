/* SPDX-License-Identifier: MIT */
/* Putting tasks into a container: in all its hierarchies or in none. */
#pragma once

#include "common/container.h"
#include "common/error.h"
#include "common/taskset.h"
#include "common/txn.h"

/*
 * Appends to txn what moves the calling process, which must have one thread, into
 * the container. Hierarchies where it is already are left out. The steps take the places'
 * descriptors over.
 */
int ct_join_plan(struct ct_container *container, struct ct_txn *txn, struct ct_error *err);

/*
 * Appends to txn what moves the tasks into the container, hierarchy by hierarchy.
 * tasks must outlive txn.
 */
int ct_move_plan(const struct ct_container *container, struct ct_taskset *tasks,
		 struct ct_txn *txn, struct ct_error *err);

/*
 * Makes sure that each task which lives is in the container in every hierarchy; the
 * kernel takes some writes without moving anything. To be called before the commit.
 */
int ct_move_verify(const struct ct_container *container, const struct ct_taskset *tasks,
		   struct ct_error *err);
