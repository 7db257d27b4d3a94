/* SPDX-License-Identifier: MIT */
/* Who is in places and in those below them: a growing list, to be sorted before it is asked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/cgroup.h"
#include "common/error.h"

struct ct_members {
	pid_t *ids;	/* owned */
	size_t count;
	size_t unseen;	/* of other pid namespaces: v2 lists them, without a number */
};

/* Adds those of place and of all below it. What goes away meanwhile holds nothing. */
int ct_members_add(struct ct_place *place, enum ct_list kind, struct ct_members *members,
		   struct ct_error *err);

/* The same of the one directory at path in the hierarchy. */
int ct_members_add_path(struct ct_hierarchy *hierarchy, const char *path, enum ct_list kind,
			struct ct_members *members, struct ct_error *err);

/* Sorts them by number, each once. */
void ct_members_sort(struct ct_members *members);

/* Whether id is among them, which are sorted. */
bool ct_members_have(const struct ct_members *members, pid_t id);

void ct_members_clear(struct ct_members *members);
