// SPDX-License-Identifier: MIT
/* The order of rows, and what is below what. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/columns.h"

size_t *columns_parents(const struct ct_containers *found)
{
	size_t *parents = calloc(found->count + 1, sizeof(*parents));

	for (size_t i = 0; parents && i < found->count; i++) {
		parents[i] = i;
		/* in the order of a tree: it is below the last one, or below what that is below */
		for (size_t above = i ? i - 1 : 0; i; above = parents[above]) {
			size_t length = strlen(found->items[above].name);

			if (!strncmp(found->items[above].name, found->items[i].name, length) &&
			    found->items[i].name[length] == '/')
				parents[i] = above;
			if (parents[i] == above || parents[above] == above)
				break;
		}
	}
	return parents;
}

struct key {
	const struct sample *sample;
	size_t column;
};

static int compare_texts(const struct key *key, size_t left, size_t right)
{
	char a[COLUMNS_TEXT], b[COLUMNS_TEXT];

	return strcmp(columns_text(key->sample, left, key->column, false, a),
		      columns_text(key->sample, right, key->column, false, b));
}

static int compare(const void *a, const void *b, void *data)
{
	const struct key *key = data;
	size_t left = *(const size_t *)a, right = *(const size_t *)b;
	enum ct_figure figure = columns_kind(key->column);
	const struct ct_figures *x = &key->sample->stats[left].figures;
	const struct ct_figures *y = &key->sample->stats[right].figures;
	int order;

	if (figure == CT_FIGURES)
		order = compare_texts(key, left, right);
	else if (ct_figure_is_known(x, figure) != ct_figure_is_known(y, figure))
		order = ct_figure_is_known(x, figure) ? -1 : 1;
	else
		order = (x->values[figure] < y->values[figure]) - (x->values[figure] > y->values[figure]);
	return order ? order : (left > right) - (left < right);
}

int columns_order(const char *sort, const struct sample *sample, size_t **ret_order,
		  struct ct_error *err)
{
	struct key key = { .sample = sample, .column = sort ? columns_find(sort) : 0 };
	size_t *order;

	order = calloc(sample->found.count + 1, sizeof(*order));
	if (!order)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < sample->found.count; i++)
		order[i] = i;
	if (sort)
		qsort_r(order, sample->found.count, sizeof(*order), compare, &key);
	*ret_order = order;
	return 0;
}
