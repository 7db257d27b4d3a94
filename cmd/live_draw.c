// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

#include "cmd/columns.h"
#include "cmd/live_state.h"
#include "cmd/report.h"
#include "cmd/screen.h"
#include "common/cleanup.h"

enum { HEAD = 2, FOOT = 1, NAME_LEAST = 14, BAR = 10 };

/* What stands right of the name; what is less important goes first where there is no room. */
enum part { TASKS, CPU_PERCENT, CPU_PLOT, MEMORY, MEMORY_PLOT, LIMIT, FILES, STATE, PARTS };

static const struct {
	const char *heading;
	int width;	/* negative: to the right */
	int rank;
} parts[PARTS] = {
	[TASKS] = { "TASKS", -6, 3 },
	[CPU_PERCENT] = { "CPU%", -7, 0 },
	[CPU_PLOT] = { "CPU 1 MIN", HISTORY_SLOTS, 5 },
	[MEMORY] = { "MEMORY", -6, 1 },
	[MEMORY_PLOT] = { "MEM 1 MIN", HISTORY_SLOTS, 6 },
	[LIMIT] = { "OF LIMIT", BAR + 2, 4 },
	[FILES] = { "FILES", -6, 7 },
	[STATE] = { "STATE", 8, 2 },
};

size_t live_room(void)
{
	int rows, columns;

	screen_size(&rows, &columns);
	return rows > HEAD + FOOT ? (size_t)(rows - HEAD - FOOT) : 0;
}

static int width_of(enum part part)
{
	return parts[part].width < 0 ? -parts[part].width : parts[part].width;
}

/* Which parts there is room for; returns the width of the name. */
static int choose_parts(const struct live *live, int columns, bool shown[PARTS])
{
	int left = columns;

	memset(shown, 0, PARTS * sizeof(*shown));
	for (int rank = 0; rank < PARTS; rank++)
		for (enum part part = 0; part < PARTS; part++) {
			if (parts[part].rank != rank || (part == FILES && !live->files) ||
			    left - width_of(part) - 1 < NAME_LEAST)
				continue;
			shown[part] = true;
			left -= width_of(part) + 1;
		}
	return left;
}

static double share(const struct ct_figures *figures, enum ct_figure used, enum ct_figure limit)
{
	if (!ct_figure_is_known(figures, used) || !ct_figure_is_known(figures, limit))
		return -1;
	return figures->values[limit] ? (double)figures->values[used] / (double)figures->values[limit] : 1;
}

/* A bar for the limit that is nearest: c for CPU, m for memory, p for tasks. */
static enum screen_style draw_limit(const struct ct_figures *figures, char *text, size_t size)
{
	const struct {
		char letter;
		double share;
	} limits[] = {
		{ 'm', share(figures, CT_MEMORY, CT_LIMIT_MEMORY) },
		{ 'c', share(figures, CT_CPU_PERCENT, CT_LIMIT_CPU) },
		{ 'p', share(figures, CT_PIDS, CT_LIMIT_PIDS) },
	};
	size_t nearest = 0;
	char bar[100];

	for (size_t i = 1; i < sizeof(limits) / sizeof(*limits); i++)
		if (limits[i].share > limits[nearest].share)
			nearest = i;
	*text = '\0';
	if (limits[nearest].share < 0)
		return SCREEN_PLAIN;
	history_bar(limits[nearest].share, BAR, screen_is_unicode(), bar);
	snprintf(text, size, "%c %s", limits[nearest].letter, bar);
	return limits[nearest].share < 0.75 ? SCREEN_GOOD : limits[nearest].share < 0.9 ? SCREEN_WARN :
								       SCREEN_BAD;
}

static double full(const struct ct_figures *figures, enum ct_figure limit, double otherwise)
{
	return ct_figure_is_known(figures, limit) ? (double)figures->values[limit] : otherwise;
}

static enum screen_style draw_part(const struct live *live, size_t at, enum part part, char *text,
				   size_t size)
{
	const struct ct_stat *stat = &live->sample.stats[at];
	const struct history *history = &live->histories.items[live->histories.of[at]];
	static const enum ct_figure shows[PARTS] = {
		[TASKS] = CT_TASKS, [CPU_PERCENT] = CT_CPU_PERCENT, [MEMORY] = CT_MEMORY,
		[FILES] = CT_FILES,
	};

	switch (part) {
	case CPU_PLOT: /* of one CPU, where there is no limit */
		history_draw(&history->cpu, full(&stat->figures, CT_LIMIT_CPU, 10000), screen_is_unicode(),
			     text);
		return SCREEN_COLD;
	case MEMORY_PLOT:
		history_draw(&history->memory, full(&stat->figures, CT_LIMIT_MEMORY, 0),
			     screen_is_unicode(), text);
		return SCREEN_COLD;
	case LIMIT:
		return draw_limit(&stat->figures, text, size);
	case STATE:
		strlcpy(text, columns_state(stat), size);
		return stat->freeze == CT_FROZEN || stat->freeze == CT_FREEZING ? SCREEN_COLD : SCREEN_PLAIN;
	default:
		columns_figure(stat, shows[part], false, text);
		return SCREEN_PLAIN;
	}
}

static void draw_name(const struct live *live, size_t at, int row, int width, enum screen_style style)
{
	const char *name = live->sample.found.items[at].name;
	autofree char *safe = NULL;
	int depth = 0;

	if (live->tree && live->parents[at] != at)
		name += strlen(live->sample.found.items[live->parents[at]].name) + 1;
	for (size_t i = at; live->tree && live->parents[i] != i; i = live->parents[i])
		depth += 2;
	depth = depth < width / 2 ? depth : width / 2;
	safe = report_safe(name);
	screen_put(row, 0, depth, style, "");
	screen_put(row, depth, width - depth, style, safe ? safe : "");
}

static void draw_row(const struct live *live, size_t number, int row, const bool shown[PARTS],
		     int width)
{
	size_t at = live->rows[number];
	int column = width;
	bool chosen = number == live->cursor;

	draw_name(live, at, row, width, chosen ? SCREEN_REVERSE : SCREEN_PLAIN);
	for (enum part part = 0; part < PARTS; part++) {
		char text[120];
		enum screen_style style;

		if (!shown[part])
			continue;
		style = draw_part(live, at, part, text, sizeof(text));
		screen_put(row, column, 1, SCREEN_PLAIN, " ");
		screen_put(row, column + 1, parts[part].width, style, text);
		column += width_of(part) + 1;
	}
}

static void draw_foot(const struct live *live, int row, int columns)
{
	char text[700];

	if (live->mode == LIVE_FILTER)
		snprintf(text, sizeof(text), "show names with: %s", live->filter);
	else if (*live->message)
		strlcpy(text, live->message, sizeof(text));
	else
		strlcpy(text, "s sort  t tree  / filter  f freeze, thaw  k kill  q quit", sizeof(text));
	screen_put(row, 0, columns, live->mode == LIVE_KILL ? SCREEN_BAD : SCREEN_BOLD, text);
}

void live_draw(struct live *live)
{
	int rows, columns, width, column;
	bool shown[PARTS];
	char text[200];

	screen_size(&rows, &columns);
	screen_clear();
	width = choose_parts(live, columns, shown);
	snprintf(text, sizeof(text), "%zu of %zu containers, by %s%s%s%s, every %g s", live->row_count,
		 live->sample.found.count, live->sort ? live->sort : "NAME", live->tree ? ", tree" : "",
		 *live->filter ? ", names with " : "", live->filter, (double)live->interval / 1000);
	screen_put(0, 0, columns, SCREEN_PLAIN, text);
	screen_put(1, 0, width, SCREEN_BOLD, "NAME");
	column = width;
	for (enum part part = 0; part < PARTS; part++)
		if (shown[part]) {
			screen_put(1, column + 1, parts[part].width, SCREEN_BOLD, parts[part].heading);
			column += width_of(part) + 1;
		}
	for (size_t i = 0; i < live_room() && live->top + i < live->row_count; i++)
		draw_row(live, live->top + i, HEAD + (int)i, shown, width);
	draw_foot(live, rows - 1, columns);
	screen_show();
}
