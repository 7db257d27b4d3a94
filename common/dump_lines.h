/* SPDX-License-Identifier: MIT */
/* The parameters of a container, as lines of a dump (dump.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/cgroup.h"

struct ct_dump_lines {
	struct ct_dump_line *items;	/* owned */
	size_t count;
};

/* Adds those of one of its places; with_v2: another one is in v2. Like a system call: no text. */
int ct_dump_lines_add(const struct ct_place *place, bool with_v2, struct ct_dump_lines *lines);

/* In the order of the table; with human, sizes are rounded. 0 or -ENOMEM. */
int ct_dump_lines_print(struct ct_dump_lines *lines, bool human, FILE *file);

void ct_dump_lines_clear(struct ct_dump_lines *lines);
