/* SPDX-License-Identifier: MIT */
/* What ctstat shows of a container: columns, how figures are written, in what order rows are. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/sample.h"
#include "cmd/table.h"
#include "common/error.h"
#include "common/stat.h"

struct columns_style {
	struct table_style table;
	const char *sort;	/* a column, NULL: in the order of a tree */
	bool bytes;		/* figures for programs: bytes and seconds; JSON has no others */
	bool rates, files;	/* CPU%, FILES are among the columns that are shown unasked */
};

enum { COLUMNS_CELL = 32, COLUMNS_TEXT = 1024 };

/* A table for samples of that style; columns that the user has mistaken are usage errors. */
int columns_open(const struct columns_style *style, struct table **ret_table, struct ct_error *err);

/* The figures that the columns shown and the order need, as CT_BIT()s. */
uint32_t columns_wanted(const struct table *table, const struct columns_style *style);

/* Whether they need what is pinned. */
bool columns_want_pins(const struct table *table, const struct columns_style *style);

/* The column called name; as many as there are: none is. */
size_t columns_find(const char *name);

/* Which figure the column is; CT_FIGURES: a text. */
enum ct_figure columns_kind(size_t column);

/* The text of a column that is no figure, in buffer or elsewhere. */
const char *columns_text(const struct sample *sample, size_t at, size_t column, bool json,
			 char buffer[COLUMNS_TEXT]);

/* Appends a row for each container. */
int columns_fill(struct table *table, const struct columns_style *style, const struct sample *sample,
		 struct ct_error *err);

/* "frozen", "freezing", "running", "empty"; "" if that may not be known */
const char *columns_state(const struct ct_stat *stat);

/* A figure as text; "" if it is absent. Returns buffer. */
const char *columns_figure(const struct ct_stat *stat, enum ct_figure figure, bool bytes,
			   char buffer[COLUMNS_CELL]);

/*
 * The containers in the order of the column called sort, numbers from the largest on, what is
 * absent last; NULL: as they are. An array of indices that is the caller's.
 */
int columns_order(const char *sort, const struct sample *sample, size_t **ret_order,
		  struct ct_error *err);

/*
 * Which container each is below, by its index; itself if none. An array of the caller's, NULL
 * without memory.
 */
size_t *columns_parents(const struct ct_containers *found);
