// SPDX-License-Identifier: MIT
#include "lib/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "lib/handle.h"

struct libct_list {
	char **items;	/* owned */
	size_t count;
};

struct libct_list *list_new(struct ct_error *err)
{
	struct libct_list *list = calloc(1, sizeof(*list));

	if (!list)
		ct_failx(err, ENOMEM, "out of memory");
	return list;
}

int list_add(struct libct_list *list, const char *text, struct ct_error *err)
{
	char *copy = strdup(text);

	if (copy && ct_array_push(list->items, list->count, copy) == 0)
		return 0;
	free(copy);
	return ct_failx(err, ENOMEM, "out of memory");
}

void list_drop(struct libct_list *const *list)
{
	libct_list_free(*list);
}

LIBCT_PUBLIC size_t libct_list_count(const struct libct_list *list)
{
	return list ? list->count : 0;
}

LIBCT_PUBLIC const char *libct_list_get(const struct libct_list *list, size_t index)
{
	return list && index < list->count ? list->items[index] : NULL;
}

LIBCT_PUBLIC void libct_list_free(struct libct_list *list)
{
	CALM;

	for (size_t i = 0; list && i < list->count; i++)
		free(list->items[i]);
	if (list)
		free(list->items);
	free(list);
}
