// SPDX-License-Identifier: MIT
/* Which rows the live screen has, and in what order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/columns.h"
#include "cmd/live_state.h"
#include "common/cleanup.h"

static bool is_shown(const struct live *live, size_t at)
{
	return !*live->filter || strstr(live->sample.found.items[at].name, live->filter);
}

/* Below each its children, in the order that they are in. */
static int put_in_tree(struct live *live, const size_t *order)
{
	size_t count = live->sample.found.count, end = count;
	autofree size_t *first = calloc(count + 1, sizeof(*first)); /* child of each; of "end" the roots */
	autofree size_t *next = calloc(count + 1, sizeof(*next));

	if (!first || !next)
		return -ENOMEM;
	for (size_t i = 0; i <= count; i++)
		first[i] = end;
	for (size_t i = count; i-- > 0;) {
		size_t at = order[i], above = live->parents[at] == at ? end : live->parents[at];

		next[at] = first[above];
		first[above] = at;
	}
	for (size_t at = first[end]; at != end;) {
		if (is_shown(live, at))
			live->rows[live->row_count++] = at;
		if (first[at] != end) {
			at = first[at];
			continue;
		}
		while (next[at] == end && live->parents[at] != at)
			at = live->parents[at];
		at = next[at];
	}
	return 0;
}

/* The cursor stays on its container, or where it was. No key may act on one that is not shown any more. */
static void place_cursor(struct live *live)
{
	size_t room = live_room(), at = 0;

	while (live->selected && at < live->row_count &&
	       strcmp(live->sample.found.items[live->rows[at]].name, live->selected) != 0)
		at++;
	if (live->selected && at < live->row_count) {
		live->cursor = at;
	} else {
		free(live->selected);
		live->selected = NULL;
	}
	if (live->cursor >= live->row_count)
		live->cursor = live->row_count ? live->row_count - 1 : 0;
	if (live->top > live->cursor)
		live->top = live->cursor;
	if (room && live->cursor >= live->top + room)
		live->top = live->cursor - room + 1;
	if (live->top + room > live->row_count)
		live->top = live->row_count > room ? live->row_count - room : 0;
}

int live_arrange(struct live *live, struct ct_error *err)
{
	size_t count = live->sample.found.count;
	autofree size_t *order = NULL;
	int result = columns_order(live->sort, &live->sample, &order, err);

	if (result < 0)
		return result;
	free(live->rows);
	free(live->parents);
	live->rows = calloc(count + 1, sizeof(*live->rows));
	live->parents = columns_parents(&live->sample.found);
	live->row_count = 0;
	if (!live->rows || !live->parents)
		return ct_failx(err, ENOMEM, "out of memory");
	if (live->tree && put_in_tree(live, order) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = 0; !live->tree && i < count; i++)
		if (is_shown(live, order[i]))
			live->rows[live->row_count++] = order[i];
	place_cursor(live);
	return 0;
}
