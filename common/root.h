/* SPDX-License-Identifier: MIT */
/*
 * Where relative names count from. Usually that is the root of each hierarchy. Where process 1 is systemd, v2
 * belongs to it, and others keep to what it has delegated to them: the unit that the caller is in, or the
 * one that comes with ct. The user may choose another place (CT_ROOT).
 */
#pragma once

#include <stdbool.h>

#include "common/error.h"
#include "common/hierarchy.h"

/* What keeps ct's own processes out of the way of controllers that are handed down: a container in the place. */
#define CT_ROOT_LEAF ".ct"

/* Whether process 1 is systemd, of the machine below sysroot ("": this one). */
bool ct_root_is_systemd(const char *sysroot);

/*
 * Sets all->base and all->owned; what a user's own systemd has delegated is told by its files below
 * XDG_RUNTIME_DIR. given, a container by any name, is taken if it is not NULL nor empty, and must exist. Selects
 * all hierarchies.
 */
int ct_root_find(struct ct_hierarchies *all, const char *given, struct ct_error *err);
