/* SPDX-License-Identifier: MIT */
/*
 * v2's threaded trees: below a domain lie containers between which its threads can be moved one by
 * one; to and from any other place processes move whole. Documentation/admin-guide/cgroup-v2.rst
 * ("Threads").
 */
#pragma once

#include "common/cgroup.h"
#include "common/error.h"
#include "common/taskset.h"

/* Whether a place of v2 belongs to a threaded tree, and the caller may move threads there. */
int ct_threaded_accepts(struct ct_place *place, struct ct_error *err);

/* Whether the chosen tasks are in the same threaded tree as the place, which accepts threads. */
int ct_threaded_check(struct ct_place *place, const struct ct_taskset *tasks, struct ct_error *err);
