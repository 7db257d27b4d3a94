// SPDX-License-Identifier: MIT
#include "cmd/table.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>
#include <libsmartcols/libsmartcols.h>

#include "cmd/report.h"
#include "cmd/utf8.h"
#include "common/array.h"
#include "common/cleanup.h"
#include "common/dlopen.h"

CT_DLOPEN_NOTE(note, "[{\"feature\":\"tables\",\"description\":\"ctstat and the list of ctmount\","
		     "\"priority\":\"recommended\",\"soname\":[\"libsmartcols.so.1\"]}]");

#define FUNCTIONS(X)                                                                  \
	X(scols_new_table) X(scols_unref_table) X(scols_table_set_name)               \
	X(scols_table_enable_json) X(scols_table_enable_noheadings)                   \
	X(scols_table_new_column) X(scols_column_set_json_type) X(scols_table_new_line) \
	X(scols_column_set_wrapfunc) X(scols_wrapnl_chunksize) X(scols_wrapnl_nextchunk) \
	X(scols_line_set_data) X(scols_print_table) X(scols_table_enable_raw)          \
	X(scols_line_add_child)

#define POINTER(function) __typeof__(function) *function;
static struct { FUNCTIONS(POINTER) } lib;

#define SYMBOL(function) { #function, &lib.function },
static const struct ct_symbol symbols[] = { FUNCTIONS(SYMBOL) };

struct table {
	struct libscols_table *scols;
	const struct table_column *columns;
	size_t *shown;		/* the columns in the order of output */
	size_t count;
	struct libscols_line **lines;
	size_t line_count;
	bool json, tree;
};

static int choose_column(struct table *table, const char *word, size_t total, struct ct_error *err)
{
	char names[400] = "";

	for (size_t i = 0; i < total; i++) {
		if (!strcasecmp(word, table->columns[i].name)) {
			if (table->json && table_shows(table, i)) /* an object has a name once */
				return 0;
			if (ct_array_push(table->shown, table->count, i) < 0)
				return ct_failx(err, ENOMEM, "out of memory");
			return 0;
		}
		strlcat(names, i ? ", " : "", sizeof(names));
		strlcat(names, table->columns[i].name, sizeof(names));
	}
	return usage_error(err, "unknown column '%s': there are %s", word, names);
}

static int choose_columns(struct table *table, const char *output, size_t total,
			  struct ct_error *err)
{
	autofree char *copy = strdup(output ? output : "");
	char *rest = copy, *word;

	if (!copy)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = 0; (!output || *output == '+') && i < total; i++)
		if (!table->columns[i].more && ct_array_push(table->shown, table->count, i) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	rest += *rest == '+';
	while (output && (word = strsep(&rest, ","))) {
		int result = choose_column(table, word, total, err);

		if (result < 0)
			return result;
	}
	return 0;
}

static int add_column(struct table *table, const struct table_column *column, struct ct_error *err)
{
	bool is_list = table->json && column->type == TABLE_LIST;
	int flags = column->type == TABLE_NUMBER ? SCOLS_FL_RIGHT : is_list ? SCOLS_FL_WRAP : 0;
	struct libscols_column *added;

	if (table->tree && column == table->columns)
		flags |= SCOLS_FL_TREE;
	added = lib.scols_table_new_column(table->scols, column->name, 0, flags);

	if (!added)
		return ct_failx(err, ENOMEM, "out of memory");
	if (column->type == TABLE_NUMBER || column->type == TABLE_OBJECT) /* which is: as it is */
		lib.scols_column_set_json_type(added, SCOLS_JSON_NUMBER);
	if (is_list) {
		lib.scols_column_set_json_type(added, SCOLS_JSON_ARRAY_STRING);
		lib.scols_column_set_wrapfunc(added, lib.scols_wrapnl_chunksize,
					      lib.scols_wrapnl_nextchunk, NULL);
	}
	return 0;
}

static int set_up(struct table *table, const struct table_style *style, size_t total,
		  struct ct_error *err)
{
	int result = choose_columns(table, style->output, total, err);

	if (result >= 0)
		result = ct_dlopen("libsmartcols.so.1", "libsmartcols1 or util-linux-libs", symbols,
				   sizeof(symbols) / sizeof(*symbols), err);
	if (result < 0)
		return result;
	setlocale(LC_ALL, "");
	table->scols = lib.scols_new_table();
	if (!table->scols || lib.scols_table_set_name(table->scols, style->name) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	lib.scols_table_enable_json(table->scols, style->json);
	lib.scols_table_enable_noheadings(table->scols, style->no_headings);
	lib.scols_table_enable_raw(table->scols, style->raw);
	for (size_t i = 0; result >= 0 && i < table->count; i++)
		result = add_column(table, &table->columns[table->shown[i]], err);
	return result;
}

int table_open(const struct table_style *style, const struct table_column *columns, size_t count,
	       struct table **ret_table, struct ct_error *err)
{
	ct_cleanup(table_free) struct table *table = calloc(1, sizeof(*table));
	int result;

	if (!table)
		return ct_failx(err, ENOMEM, "out of memory");
	table->columns = columns;
	table->json = style->json;
	table->tree = style->tree;
	result = set_up(table, style, count, err);
	if (result >= 0)
		*ret_table = ct_take_ptr(table);
	return result;
}

static int set_cell(const struct table *table, struct libscols_line *line, size_t at,
		    const char *text)
{
	autofree char *copy = NULL;

	if (!text)
		return 0;
	if (!table->json)
		return lib.scols_line_set_data(line, at, text);
	copy = utf8_clean(text, isatty(STDOUT_FILENO));
	if (!copy)
		return -ENOMEM;
	/* an array's elements are lines of the cell */
	for (char *comma = copy; table->columns[table->shown[at]].type == TABLE_LIST &&
				 (comma = strchr(comma, ','));)
		*comma = '\n';
	return lib.scols_line_set_data(line, at, copy);
}

int table_add(struct table *table, const char *const *cells, struct ct_error *err)
{
	struct libscols_line *line = lib.scols_table_new_line(table->scols, NULL);

	for (size_t i = 0; line && i < table->count; i++)
		if (set_cell(table, line, i, cells[table->shown[i]]) < 0)
			line = NULL;
	if (line && table->tree && ct_array_push(table->lines, table->line_count, line) < 0)
		line = NULL;
	return line ? 0 : ct_failx(err, ENOMEM, "out of memory");
}

bool table_shows(const struct table *table, size_t column)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->shown[i] == column)
			return true;
	return false;
}

int table_link(struct table *table, size_t child, size_t parent, struct ct_error *err)
{
	if (lib.scols_line_add_child(table->lines[parent], table->lines[child]) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	return 0;
}

int table_print(struct table *table, struct ct_error *err)
{
	int result = lib.scols_print_table(table->scols);

	if (result < 0)
		return ct_failx(err, -result, "cannot print the table: %s", strerror(-result));
	return 0;
}

void table_free(struct table **table)
{
	if (!*table)
		return;
	if ((*table)->scols)
		lib.scols_unref_table((*table)->scols);
	free((*table)->shown);
	free((*table)->lines);
	free(*table);
	*table = NULL;
}
