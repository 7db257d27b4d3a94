/* SPDX-License-Identifier: MIT */
/*
 * Which of the limits on how many containers there may be in a tree of v2, and how deep, forbids
 * another one: the kernel says no more than EAGAIN. Documentation/admin-guide/cgroup-v2.rst
 * (cgroup.max.depth, cgroup.max.descendants).
 */
#pragma once

#include <stddef.h>

#include "common/cgroup.h"

/*
 * Writes "MOUNT/CONTAINER/cgroup.max.depth is 3", of the nearest container above place that
 * forbids it; if none that is seen from here does, that it must be one further up.
 */
void ct_limit_find(const struct ct_place *place, char *buffer, size_t size);
