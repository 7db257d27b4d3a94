/* SPDX-License-Identifier: MIT */
/* A new container below the one that a process is in. */
#pragma once

#include <sys/types.h>

#include "common/container.h"
#include "common/error.h"
#include "common/hierarchy.h"
#include "common/txn.h"

/*
 * Plans a child of the container that pid is in, in each selected hierarchy: called own, or with
 * NULL by a name that none of them has yet. The process may be in different ones: then the
 * paths of ret_container's places differ, and its name is that of the first. On v2 the child
 * gets what controllers it can without the one above giving up its processes. Nothing is
 * changed yet.
 */
int ct_child_plan(struct ct_hierarchies *all, pid_t pid, const char *own, struct ct_txn *txn,
		  struct ct_container *ret_container, struct ct_error *err);
