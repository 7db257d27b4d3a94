/* SPDX-License-Identifier: MIT */
/* Which containers there are, and their figures. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/container.h"
#include "common/error.h"
#include "common/figure.h"

/* Containers in the order of a tree: each before those below it. */
struct ct_containers {
	struct ct_container *items;	/* their places are not opened; owned */
	size_t count;
};

struct ct_stat {
	struct ct_figures figures;
	enum ct_freeze_state freeze;	/* the most frozen of its places */
	uint64_t when;			/* by ct_clock() */
};

/*
 * The container name, with recursive those below it too. Without a name (NULL) the
 * topmost ones of the selected hierarchies, with recursive all. hidden is filled by the first
 * directory that may not be looked into; those below it are not found.
 */
int ct_stat_find(struct ct_hierarchies *all, const char *name, bool exact, bool recursive,
		 struct ct_containers *ret_found, struct ct_error *hidden, struct ct_error *err);

/*
 * How many processes it has, each once whatever hierarchies list it, and what else is wanted
 * (CT_BIT()s) and known. 1: its processes may not be listed, for which err has the reason, and only
 * the rest is known. -ENOENT: the container went away meanwhile.
 */
int ct_stat_read(struct ct_container *container, uint32_t wanted, struct ct_stat *ret_stat,
		 struct ct_error *err);

/*
 * Adds CT_FILES, the open files of its tasks. It may fail where the others do not
 * (-EPERM, -ENOSYS): then stat stays as it is.
 */
int ct_stat_files(struct ct_container *container, struct ct_stat *stat, struct ct_error *err);

/* Adds CT_CPU_PERCENT from the same container's CPU time before. */
void ct_stat_rate(const struct ct_stat *before, struct ct_stat *stat);

void ct_containers_clear(struct ct_containers *containers);
