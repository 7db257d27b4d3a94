/* SPDX-License-Identifier: MIT */
/* Planning which namespaces a container will name (pin.h). */
#pragma once

#include "common/container.h"
#include "common/error.h"
#include "common/nssource.h"
#include "common/txn.h"

/*
 * Appends to txn that the namespaces of source are pinned for the container, whose
 * places are those in which it is by then. Those of others are opened now, the new ones are
 * made then: the kinds that stand alone, too.
 */
int ct_pinning_plan(struct ct_hierarchies *all, const struct ct_container *container,
		    const struct ct_nssource *source, struct ct_txn *txn, struct ct_error *err);

/*
 * The same for what a file says at where ("FILE:LINE"): kinds that the container names already stay as
 * they are, and those of other containers, which may be made by the same file, are opened then.
 */
int ct_pinning_plan_file(struct ct_hierarchies *all, const struct ct_container *container,
			 const struct ct_nssource *source, const char *where, struct ct_txn *txn,
			 struct ct_error *err);

/* That pins, if it has any, are of all its places, some of which are new. */
int ct_pinning_widen(struct ct_hierarchies *all, const struct ct_container *container, struct ct_txn *txn,
		     struct ct_error *err);

/* That the pins of the container at path in hierarchy go with it, if it has any. */
int ct_pinning_remove(struct ct_hierarchy *hierarchy, const char *path, struct ct_txn *txn,
		      struct ct_error *err);
