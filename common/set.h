/* SPDX-License-Identifier: MIT */
/*
 * Parameters of a container by name: reading them, and planning to set several, all or none. See param.h for
 * what there is, set_find.h for where.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/container.h"
#include "common/error.h"
#include "common/param.h"
#include "common/txn.h"

struct ct_assignment {
	char *name, *value;	/* as typed; owned */
	char *where;		/* "FILE:LINE" for messages, or NULL; owned */
};

struct ct_assignments {
	struct ct_assignment *items;
	size_t count;
};

/* Appends "NAME=VALUE", blanks around the '=' left out. */
int ct_assignments_add(struct ct_assignments *list, const char *text, const char *where,
		       struct ct_error *err);
void ct_assignments_clear(struct ct_assignments *list);

/*
 * Whether name is one that could be set to value somewhere, as far as that can be told without a
 * container.
 */
int ct_set_check(const struct ct_assignment *assignment, struct ct_error *err);

/* Appends to txn what sets them; which is to be applied after what makes the container. */
int ct_set_plan(const struct ct_hierarchies *all, const struct ct_container *container,
		const struct ct_assignments *list, struct ct_txn *txn, struct ct_error *err);

/* The value in v2's words, for the caller to free. */
int ct_set_read(const struct ct_hierarchies *all, const struct ct_container *container,
		const char *name, char **ret_value, struct ct_error *err);
