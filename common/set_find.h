/* SPDX-License-Identifier: MIT */
/* Which place of a container has a parameter, by v1's or v2's name of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/container.h"
#include "common/error.h"

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
