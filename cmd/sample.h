/* SPDX-License-Identifier: MIT */
/* Containers and their figures at one time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/hierarchy.h"
#include "common/pin.h"
#include "common/stat.h"

struct sample_request {
	int count;
	char **operands;	/* none: the topmost containers */
	bool recursive;
	bool exact;		/* see ct_container_open() */
	bool quiet;		/* an operand that is not there is no failure */
	bool names;		/* nothing but the names: no figures */
	uint32_t wanted;	/* CT_BIT()s */
	bool pins;		/* what they have pinned, too */
};

struct sample {
	struct ct_containers found;
	struct ct_stat *stats;		/* of each; owned */
	struct ct_pins *pins;		/* the same; NULL if they were not asked for */
	size_t unknown;			/* what may not be looked at: directories, tasks, open files */
	struct ct_error why;		/* the first of it */
};

/*
 * Operands that are not there are reported, and the others taken: the return value is an
 * exit status, or a negative errno. Cleared by the caller.
 */
int sample_take(struct ct_hierarchies *all, const struct sample_request *request,
		struct sample *ret_sample, struct ct_error *err);

/* Adds what two samples of the same containers tell, CT_CPU_PERCENT. */
int sample_rate(const struct sample *before, struct sample *sample, struct ct_error *err);

/* The containers by their names: an array of indices that is the caller's, NULL without memory. */
size_t *sample_index(const struct sample *sample);

void sample_clear(struct sample *sample);
