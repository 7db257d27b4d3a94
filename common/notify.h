/* SPDX-License-Identifier: MIT */
/*
 * The release agent of v1: a program that the kernel runs as root when a container in which
 * notify_on_release is 1 becomes empty, with its path below the hierarchy's root as argument. It is
 * set for a whole hierarchy. Documentation/admin-guide/cgroup-v1/cgroups.rst, 1.4.
 */
#pragma once

#include <stddef.h>

#include "common/error.h"
#include "common/hierarchy.h"

/*
 * The selected hierarchies that have no release agent, with commas between, "" if there are none.
 * -EOPNOTSUPP: not one of them has one, so that nothing could be run.
 */
int ct_notify_check(struct ct_hierarchies *all, char *without, size_t size, struct ct_error *err);
