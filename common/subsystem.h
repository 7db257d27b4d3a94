/* SPDX-License-Identifier: MIT */
/*
 * The controllers of the kernel, in the words of 2006 its subsystems (/proc/cgroups, see
 * cgroups(7)): which there are, which hierarchy each is bound to, and what is in that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "common/hierarchy.h"

/* Whether each word of options, with commas between, is a controller or another mount option. */
int ct_subsystem_check(const struct ct_hierarchies *all, const char *options, struct ct_error *err);

/*
 * -EBUSY if a controller among options is bound to a hierarchy with others: err tells which, and
 * what is in it.
 */
int ct_subsystem_check_holders(struct ct_hierarchies *all, const char *options,
			       struct ct_error *err);

/* -EBUSY if name is that of a hierarchy with other controllers than options (NULL: none). */
int ct_subsystem_check_name(struct ct_hierarchies *all, const char *name, const char *options,
			    struct ct_error *err);

/* Puts into err what uses the controller word, v1 or v2; false if nothing that can be seen does. */
bool ct_subsystem_describe(struct ct_hierarchies *all, const char *word, struct ct_error *err);

/*
 * The controllers that are bound to no hierarchy, nor offered by a mounted v2; with commas
 * between, for the caller to free.
 */
int ct_subsystem_free(struct ct_hierarchies *all, char **ret_list, struct ct_error *err);

/* How many containers a hierarchy has, and how many processes in them (not in its root). */
int ct_subsystem_usage(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy,
		       size_t *ret_containers, size_t *ret_tasks, struct ct_error *err);
