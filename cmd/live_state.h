/* SPDX-License-Identifier: MIT */
/* What the live screen knows, between its keys (live.c), its rows (live_rows.c) and its drawing (live_draw.c). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/history.h"
#include "cmd/sample.h"
#include "common/hierarchy.h"

enum live_mode { LIVE_LOOK, LIVE_FILTER, LIVE_KILL };

struct live {
	struct ct_hierarchies *all;
	struct sample_request request;
	uint64_t interval;	/* milliseconds */
	const char *sort;	/* a column, NULL: by name */
	bool tree, files;
	enum live_mode mode;
	char filter[64];	/* in the names that are shown */
	char message[600];	/* "" none; without controls */
	char *selected;		/* a container's name; owned */
	struct sample sample;
	struct histories histories;
	size_t *rows, *parents;	/* the containers shown, in order; what each is below */
	size_t row_count, cursor, top;
};

/* Chooses and orders the rows anew. */
int live_arrange(struct live *live, struct ct_error *err);

/* Draws all of it, and shows it. */
void live_draw(struct live *live);

/* How many rows of containers there is room for. */
size_t live_room(void);
