/* SPDX-License-Identifier: MIT */
/* Tables and JSON on stdout, through libsmartcols, which is loaded for it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

struct table;

struct table_column {
	const char *name;
	/* a list's words have commas between; of an object the cell is what is to be in the JSON */
	enum { TABLE_TEXT, TABLE_NUMBER, TABLE_LIST, TABLE_OBJECT } type;
	bool more;		/* shown only if it is asked for */
};

struct table_style {
	const char *name;	/* of the array that JSON output is */
	const char *output;	/* the columns the user wants, with commas between; "+…": more of them */
	bool json, no_headings;
	bool raw;		/* one blank between, and none in a cell */
	bool tree;		/* the first column is drawn as one, by table_link() */
};

/* An unknown column in style->output is a usage error. The table is for table_free(). */
int table_open(const struct table_style *style, const struct table_column *columns, size_t count,
	       struct table **ret_table, struct ct_error *err);

/*
 * Appends a row: cells[i] belongs to columns[i]; NULL is empty, in JSON null. The
 * strings are copied.
 */
int table_add(struct table *table, const char *const *cells, struct ct_error *err);

/* Whether the column is one of those that are printed. */
bool table_shows(const struct table *table, size_t column);

/* Draws the row number child, as they were added, below the row number parent. */
int table_link(struct table *table, size_t child, size_t parent, struct ct_error *err);

int table_print(struct table *table, struct ct_error *err);

void table_free(struct table **table);
