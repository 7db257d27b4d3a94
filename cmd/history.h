/* SPDX-License-Identifier: MIT */
/* What containers used in the last minute, and drawings of it in a line of text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/sample.h"
#include "common/error.h"

/* A minute is so many slots of so many microseconds. */
enum { HISTORY_SLOTS = 10, HISTORY_SLOT = 6000000, HISTORY_TEXT = 3 * HISTORY_SLOTS + 1 };

struct history_plot {
	double sums[HISTORY_SLOTS];	/* the present slot is the last */
	unsigned counts[HISTORY_SLOTS];
};

struct history {
	char *name;
	struct history_plot cpu, memory;
};

struct histories {
	struct history *items;	/* by name */
	size_t count;
	size_t *of;		/* of each container of the last sample which it is */
	uint64_t slot;		/* the present one */
};

/*
 * Adds what the sample says, taken at that time (ct_clock()). Containers that are no more in it
 * are forgotten.
 */
int history_add(struct histories *histories, const struct sample *sample, uint64_t time,
		struct ct_error *err);

void history_clear(struct histories *histories);

/* The last minute, a character a slot, where most is a full one; 0: the largest in it is. */
void history_draw(const struct history_plot *plot, double most, bool unicode, char text[HISTORY_TEXT]);

/* A bar of that many characters (30 at most) which is filled to share, 0 to 1. */
void history_bar(double share, int width, bool unicode, char text[100]);
