/* SPDX-License-Identifier: MIT */
/*
 * Files that describe containers, as ctset writes them and people do:
 *
 *	# a comment
 *	[web/frontend]
 *	hierarchies=cpu,memory
 *	owner=daemon:daemon
 *	mode=0750
 *	namespaces=net,uts
 *	memory.max=512M
 *
 * What stands before the first [NAME] is said of the container that is asked for. A mistake
 * is told with its line, before anything is changed.
 */
#pragma once

#include <stddef.h>

#include "common/create.h"
#include "common/error.h"
#include "common/hierarchy.h"
#include "common/nssource.h"
#include "common/set.h"
#include "common/txn.h"

struct ct_config_section {
	char *name;		/* NULL: before the first; owned */
	char *where;		/* "FILE:LINE: NAME"; owned */
	char *hierarchies;	/* NULL: not said; owned */
	char *hierarchies_where;	/* "FILE:LINE: NAME" of those; owned */
	struct ct_nssource source;	/* of its namespaces; owned */
	char *source_where;	/* "FILE:LINE: NAME" of those; owned */
	struct ct_create how;
	struct ct_assignments settings, subtree; /* what it hands down comes last of all */
};

struct ct_config {
	struct ct_config_section *items; /* owned */
	size_t count;
};

int ct_config_read(const char *file, struct ct_config *ret_config, struct ct_error *err);
void ct_config_clear(struct ct_config *config);

/*
 * Appends to txn what makes the containers that are missing (in the hierarchies that are said, or
 * are selected now), pins the namespaces that are missing and sets the parameters of all.
 */
int ct_config_plan_create(struct ct_hierarchies *all, const struct ct_config *config, struct ct_txn *txn,
			  struct ct_error *err);

/*
 * Appends to txn what does so for container and those below it, and makes none. -ENOENT: one of them does
 * not exist, or nothing is said of any.
 */
int ct_config_plan_set(struct ct_hierarchies *all, const struct ct_config *config, const char *container,
		       struct ct_txn *txn, struct ct_error *err);
