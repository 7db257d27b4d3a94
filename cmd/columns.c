// SPDX-License-Identifier: MIT
#include "cmd/columns.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/stdlib.h>

#include "cmd/report.h"
#include "common/cleanup.h"

enum { NAME = 0 };

/* The columns: figures, and a few that are none of CT_FIGURES. */
static const struct {
	enum ct_figure figure;
	const char *name;	/* of one that is no figure */
	bool unasked;
} kinds[] = {
	{ CT_FIGURES, "NAME", true },
	{ CT_TASKS, NULL, true }, { CT_THREADS, NULL, false }, { CT_PIDS, NULL, false },
	{ CT_LIMIT_PIDS, NULL, false },
	{ CT_CPU_PERCENT, NULL, false }, { CT_CPU, NULL, true }, { CT_LIMIT_CPU, NULL, false },
	{ CT_MEMORY, NULL, true }, { CT_PEAK, NULL, true }, { CT_SWAP, NULL, false },
	{ CT_LIMIT_MEMORY, NULL, false },
	{ CT_IO_READ, NULL, false }, { CT_IO_WRITE, NULL, false }, { CT_FILES, NULL, false },
	{ CT_PRESSURE_CPU, NULL, false }, { CT_PRESSURE_MEMORY, NULL, false },
	{ CT_PRESSURE_IO, NULL, false },
	{ CT_FIGURES, "STATE", true }, { CT_FIGURES, "HIERARCHIES", false }, { CT_FIGURES, "NS", false },
};

enum { COLUMNS = sizeof(kinds) / sizeof(*kinds), NS = COLUMNS - 1, HIERARCHIES = COLUMNS - 2, STATE = COLUMNS - 3 };

static const char *heading(size_t column)
{
	return kinds[column].name ? kinds[column].name : ct_figure_name(kinds[column].figure);
}

size_t columns_find(const char *name)
{
	size_t column = 0;

	while (column < COLUMNS && strcasecmp(name, heading(column)) != 0)
		column++;
	return column;
}

/* What is asked for by name and cannot be had so. */
static int check(const struct table *table, const struct columns_style *style, struct ct_error *err)
{
	uint32_t wanted = columns_wanted(table, style);

	if ((wanted & CT_BIT(CT_CPU_PERCENT)) && !style->rates)
		return usage_error(err, "CPU%% needs two looks: add --interval SECONDS or --watch SECONDS");
	if ((wanted & CT_BIT(CT_FILES)) && !style->files)
		return usage_error(err, "FILES takes a while: add --files to have it");
	return 0;
}

int columns_open(const struct columns_style *style, struct table **ret_table, struct ct_error *err)
{
	static struct table_column columns[COLUMNS]; /* the table goes on to look at them */
	ct_cleanup(table_free) struct table *table = NULL;
	int result;

	if (style->sort && columns_find(style->sort) == COLUMNS)
		return usage_error(err, "--sort: unknown column '%s': it takes those that -o takes",
				   style->sort);
	for (size_t i = 0; i < COLUMNS; i++) {
		enum ct_figure figure = kinds[i].figure;

		columns[i] = (struct table_column){
			.name = heading(i),
			.type = figure != CT_FIGURES ? TABLE_NUMBER :
				i == HIERARCHIES ? TABLE_LIST : i == NS ? TABLE_OBJECT : TABLE_TEXT,
			.more = !kinds[i].unasked && !(figure == CT_CPU_PERCENT && style->rates) &&
				!(figure == CT_FILES && style->files) && !(i == NS && style->table.tree),
		};
	}
	result = table_open(&style->table, columns, COLUMNS, &table, err);
	if (result >= 0)
		result = check(table, style, err);
	if (result >= 0)
		*ret_table = ct_take_ptr(table);
	return result;
}

uint32_t columns_wanted(const struct table *table, const struct columns_style *style)
{
	uint32_t wanted = 0;

	for (size_t i = 0; i < COLUMNS; i++)
		if (kinds[i].figure != CT_FIGURES &&
		    (table_shows(table, i) || (style->sort && columns_find(style->sort) == i)))
			wanted |= CT_BIT(kinds[i].figure);
	if (wanted & CT_BIT(CT_CPU_PERCENT))
		wanted |= CT_BIT(CT_CPU);
	return wanted;
}

bool columns_want_pins(const struct table *table, const struct columns_style *style)
{
	return table_shows(table, NS) || (style->sort && columns_find(style->sort) == NS);
}

enum ct_figure columns_kind(size_t column)
{
	return kinds[column].figure;
}

const char *columns_state(const struct ct_stat *stat)
{
	if (stat->freeze == CT_FROZEN)
		return "frozen";
	if (stat->freeze == CT_FREEZING)
		return "freezing";
	if (!ct_figure_is_known(&stat->figures, CT_TASKS))
		return "";
	return stat->figures.values[CT_TASKS] ? "running" : "empty";
}

static void write_time(uint64_t value, bool bytes, char buffer[COLUMNS_CELL])
{
	uint64_t seconds = value / 1000000000, rest = value % 1000000000;

	if (bytes)
		snprintf(buffer, COLUMNS_CELL, "%" PRIu64 ".%06" PRIu64, seconds, rest / 1000);
	else
		snprintf(buffer, COLUMNS_CELL, "%" PRIu64 ":%02" PRIu64 ".%02" PRIu64, seconds / 60,
			 seconds % 60, rest / 10000000);
}

const char *columns_figure(const struct ct_stat *stat, enum ct_figure figure, bool bytes,
			   char buffer[COLUMNS_CELL])
{
	uint64_t value = stat->figures.values[figure];

	*buffer = '\0';
	if (!ct_figure_is_known(&stat->figures, figure))
		return buffer;
	switch (ct_figure_unit(figure)) {
	case CT_PERCENT:
		snprintf(buffer, COLUMNS_CELL, "%" PRIu64 ".%02" PRIu64, value / 100, value % 100);
		break;
	case CT_NANOSECONDS:
		write_time(value, bytes, buffer);
		break;
	case CT_BYTES:
		if (!bytes && value <= INT64_MAX) {
			humanize_number(buffer, 5, (int64_t)value, "", HN_AUTOSCALE,
					HN_B | HN_NOSPACE | HN_DECIMAL);
			break;
		}
		/* fallthrough */
	case CT_COUNT:
		snprintf(buffer, COLUMNS_CELL, "%" PRIu64, value);
		break;
	}
	return buffer;
}

/* net,uts:gone; in JSON { "net": 4026531840, "uts": "gone" } */
static void write_pins(const struct ct_pins *pins, bool json, char buffer[COLUMNS_TEXT])
{
	const char *separator = json ? "{ " : "";
	size_t length = 0;

	*buffer = '\0';
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		const struct ct_nsset_kind *known = &ct_nsset_kinds[kind];
		bool gone = pins->gone & known->flag;
		char value[32] = "\"gone\"";

		if (!gone && !(pins->flags & known->flag))
			continue;
		if (!gone)
			snprintf(value, sizeof(value), "%" PRIu64, pins->ids[kind]);
		if (json)
			length += (size_t)snprintf(buffer + length, COLUMNS_TEXT - length, "%s\"%s\": %s", separator,
						   known->name, value);
		else
			length += (size_t)snprintf(buffer + length, COLUMNS_TEXT - length, "%s%s%s", separator,
						   known->name, gone ? ":gone" : "");
		separator = json ? ", " : ",";
	}
	if (json)
		snprintf(buffer + length, COLUMNS_TEXT - length, "%s", length ? " }" : "{}");
}

const char *columns_text(const struct sample *sample, size_t at, size_t column, bool json,
			 char buffer[COLUMNS_TEXT])
{
	const struct ct_container *container = &sample->found.items[at];

	if (column == NAME)
		return container->name;
	if (column == STATE)
		return columns_state(&sample->stats[at]);
	*buffer = '\0';
	if (column == HIERARCHIES)
		ct_container_labels(container, buffer, COLUMNS_TEXT);
	else if (column == NS && sample->pins)
		write_pins(&sample->pins[at], json, buffer);
	return buffer;
}

static int fill_row(struct table *table, const struct columns_style *style, const struct sample *sample,
		    size_t at, const char *name, struct ct_error *err)
{
	char texts[COLUMNS][COLUMNS_CELL], labels[COLUMNS_TEXT], pins[COLUMNS_TEXT];
	const char *cells[COLUMNS] = { 0 };

	for (size_t i = 0; i < COLUMNS; i++) {
		if (kinds[i].figure != CT_FIGURES && table_shows(table, i))
			columns_figure(&sample->stats[at], kinds[i].figure, style->bytes || style->table.json, texts[i]);
		else
			*texts[i] = '\0';
		if (*texts[i])
			cells[i] = texts[i];
	}
	if (table_shows(table, HIERARCHIES))
		cells[HIERARCHIES] = columns_text(sample, at, HIERARCHIES, false, labels);
	if (table_shows(table, NS) && *columns_text(sample, at, NS, style->table.json, pins))
		cells[NS] = pins;
	cells[NAME] = name;
	cells[STATE] = columns_state(&sample->stats[at]);
	cells[STATE] = *cells[STATE] ? cells[STATE] : NULL;
	return table_add(table, cells, err);
}

static int link_rows(struct table *table, const struct sample *sample, const size_t *order,
		     const size_t *parents, struct ct_error *err)
{
	autofree size_t *rows = calloc(sample->found.count + 1, sizeof(*rows));

	if (!rows)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < sample->found.count; i++)
		rows[order[i]] = i;
	for (size_t i = 0; i < sample->found.count; i++)
		if (parents[order[i]] != order[i] &&
		    table_link(table, i, rows[parents[order[i]]], err) < 0)
			return -err->code;
	return 0;
}

int columns_fill(struct table *table, const struct columns_style *style, const struct sample *sample,
		 struct ct_error *err)
{
	autofree size_t *order = NULL;
	autofree size_t *parents = NULL;
	int result = columns_order(style->sort, sample, &order, err);

	if (style->table.tree)
		parents = columns_parents(&sample->found);
	if (result >= 0 && style->table.tree && !parents)
		result = ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = 0; result >= 0 && i < sample->found.count; i++) {
		size_t at = order[i];
		const char *name = sample->found.items[at].name;

		if (parents && parents[at] != at && !style->table.json)
			name += strlen(sample->found.items[parents[at]].name) + 1;
		result = fill_row(table, style, sample, at, name, err);
	}
	return result < 0 || !parents ? result : link_rows(table, sample, order, parents, err);
}
