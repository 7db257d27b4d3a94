/* SPDX-License-Identifier: MIT */
/*
 * Parameters of a container by name: which of its places has each, reading them, and planning
 * to set several, all or none. See param.h for what there is.
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

/*
 * The controller in whose v1 hierarchy all of the parameters are, if it has one; NULL: that cannot be told,
 * or they are in several. words are NAME or NAME=VALUE.
 */
const char *ct_set_home(char *const *words, size_t count);

/*
 * Deselects the hierarchies in which none of the parameters can be, so that they need not be looked
 * into. words are NAME or NAME=VALUE. False: that cannot be told of all of them, nothing is changed.
 */
bool ct_set_narrow(struct ct_hierarchies *all, char *const *words, size_t count);

/*
 * The first of the container's places from the *index-th on that has the parameter name; *index is
 * then the one after it. The places may be yet to be made. -ENOENT: none has, and err says why.
 */
int ct_set_find(const struct ct_hierarchies *all, const struct ct_container *container,
		const char *name, size_t *index, struct ct_place **ret_place, struct ct_error *err);

/* Appends to txn what sets them; which is to be applied after what makes the container. */
int ct_set_plan(const struct ct_hierarchies *all, const struct ct_container *container,
		const struct ct_assignments *list, struct ct_txn *txn, struct ct_error *err);

/* The value in v2's words, for the caller to free. */
int ct_set_read(const struct ct_hierarchies *all, const struct ct_container *container,
		const char *name, char **ret_value, struct ct_error *err);
