// SPDX-License-Identifier: MIT
#include "common/reaps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int begin(const char *name, struct ct_reaps *reaps, struct ct_error *err)
{
	struct ct_reap reap = CT_REAP_NONE;
	int result = ct_reap_begin(NULL, name, &reap, err);

	if (result < 0)
		return result;
	if (ct_array_push(reaps->items, reaps->count, reap) == 0)
		return 0;
	ct_reap_clear(&reap);
	return ct_failx(err, ENOMEM, "out of memory");
}

/* In the order of the names: of two who want the same none waits for the other. */
int ct_reaps_begin(const struct ct_container *container, struct ct_reaps *ret_reaps, struct ct_error *err)
{
	ct_cleanup(ct_reaps_clear) struct ct_reaps reaps = { 0 };
	autofree const char **names = calloc(container->count + 1, sizeof(*names));
	int result = names ? 0 : ct_failx(err, ENOMEM, "out of memory");

	for (size_t i = 0; result >= 0 && i < container->count; i++)
		names[i] = container->places[i].path;
	if (result >= 0)
		qsort(names, container->count, sizeof(*names), compare);
	for (size_t i = 0; result >= 0 && i < container->count; i++)
		if (!i || strcmp(names[i], names[i - 1]) != 0)
			result = begin(names[i], &reaps, err);
	if (result < 0)
		return result;
	*ret_reaps = reaps;
	reaps = (struct ct_reaps){ 0 };
	return 0;
}

/* The places of that name, to be opened anew. */
static int take_part(const struct ct_container *container, const char *name, struct ct_container *part,
		     struct ct_error *err)
{
	for (size_t i = 0; i < container->count; i++) {
		struct ct_place place = { .hierarchy = container->places[i].hierarchy, .fd = -1 };

		if (strcmp(container->places[i].path, name) != 0)
			continue;
		place.path = strdup(name);
		if (!place.path || ct_array_push(part->places, part->count, place) < 0) {
			free(place.path);
			return ct_failx(err, ENOMEM, "out of memory");
		}
	}
	return 0;
}

int ct_reaps_fill(struct ct_reaps *reaps, const struct ct_container *container, bool entered,
		  struct ct_error *err)
{
	int result = 0;

	for (size_t i = 0; result >= 0 && i < reaps->count; i++) {
		struct ct_reap *reap = &reaps->items[i];
		ct_cleanup(ct_container_clear) struct ct_container part = { 0 };

		result = take_part(container, reap->mark.name, &part, err);
		if (result >= 0)
			result = ct_reap_fill(reap, &part, entered, err);
	}
	return result;
}

void ct_reaps_keep(struct ct_reaps *reaps)
{
	for (size_t i = 0; i < reaps->count; i++)
		reaps->items[i].done = true;
	ct_reaps_clear(reaps);
}

void ct_reaps_clear(struct ct_reaps *reaps)
{
	for (size_t i = reaps->count; i-- > 0;)
		ct_reap_clear(&reaps->items[i]);
	free(reaps->items);
	*reaps = (struct ct_reaps){ 0 };
}
