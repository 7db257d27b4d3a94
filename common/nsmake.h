/* SPDX-License-Identifier: MIT */
/*
 * New namespaces, held open without a process in them. They are made by a child that ends as
 * soon as they are open here. See namespaces(7) and user_namespaces(7).
 */
#pragma once

#include "common/container.h"
#include "common/error.h"
#include "common/nsset.h"

/*
 * Adds a new namespace of each kind in flags to set; of those that belong to a user namespace, to
 * the new one if there is one. In that the caller's ids are root's, as unshare --map-root-user
 * has it. A cgroup namespace begins at inside, which the child joins for it. A mount namespace
 * is private. A pid namespace has no process yet: that needs a kernel that can tell (Linux 6.11).
 */
int ct_nsmake(int flags, const struct ct_container *inside, struct ct_nsset *set, struct ct_error *err);

/* Why the kernel refused (a positive errno) to make namespaces of these kinds. */
int ct_nsmake_explain(int flags, int code, struct ct_error *err);
