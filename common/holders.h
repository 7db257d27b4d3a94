/* SPDX-License-Identifier: MIT */
/* What keeps a directory from being removed. */
#pragma once

#include "common/cgroup.h"
#include "common/error.h"
#include "common/walk.h"

/* -EBUSY: the place itself holds tasks, the first of which err names. 0: none is seen. */
int ct_holders_tasks(struct ct_place *place, struct ct_error *err);

/* The same of the containers below it, which are in tree. */
int ct_holders_children(const struct ct_place *place, const struct ct_tree *tree,
			struct ct_error *err);

/* Both of these, as they are now. */
int ct_holders_all(struct ct_place *place, struct ct_error *err);
