// SPDX-License-Identifier: MIT
#include "cmd/sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report.h"
#include "common/array.h"
#include "common/cleanup.h"

static int append(struct ct_containers *all, struct ct_containers *more, struct ct_error *err)
{
	struct ct_container *both;

	if (!all->count) {
		free(all->items);
		*all = *more;
		*more = (struct ct_containers){ 0 };
		return 0;
	}
	both = reallocarray(all->items, all->count + more->count, sizeof(*both));
	if (!both)
		return ct_failx(err, ENOMEM, "out of memory");
	all->items = both;
	for (size_t i = 0; i < more->count; i++)
		both[all->count++] = more->items[i];
	more->count = 0;
	return 0;
}

static void note(struct sample *sample, const struct ct_error *why)
{
	if (sample->unknown++ == 0)
		sample->why = *why;
}

/* Returns an exit status, or a negative errno. */
static int find(struct ct_hierarchies *all, const struct sample_request *request,
		struct ct_containers *found, struct ct_error *hidden, struct ct_error *err)
{
	int status = 0;

	for (int i = 0; i < request->count; i++) {
		ct_cleanup(ct_containers_clear) struct ct_containers here = { 0 };
		struct ct_error why = { 0 };
		int result = ct_stat_find(all, request->operands[i], request->exact, request->recursive,
					  &here, hidden, &why);

		if (result < 0 && !(request->quiet && result == -ENOENT))
			status = report_failure(request->operands[i], &why);
		else if (result >= 0 && append(found, &here, err) < 0)
			return -err->code;
	}
	return request->count ? status : ct_stat_find(all, NULL, false, request->recursive, found, hidden, err);
}

static int measure(struct sample *sample, struct ct_container *container, uint32_t wanted,
		   struct ct_stat *stat, struct ct_error *err)
{
	struct ct_error why = { 0 };
	int result = ct_stat_read(container, wanted, stat, &why);

	if (result < 0) {
		*err = why;
		return result;
	}
	if (!result && (wanted & CT_BIT(CT_FILES)))
		result = ct_stat_files(container, stat, &why);
	if (result && result != -ENOENT) {
		ct_fail_in(&why, "%s", container->name);
		note(sample, &why);
	}
	return 0;
}

static void look_at_pins(struct ct_container *container, struct ct_pins *ret_pins)
{
	ct_pin_look(container, ret_pins);
	ct_places_close(container->places, container->count);
}

/* Those that have gone meanwhile are left out. */
static int measure_all(struct sample *sample, const struct sample_request *request, struct ct_error *err)
{
	struct ct_containers *found = &sample->found;
	size_t kept = 0;

	sample->stats = calloc(found->count + 1, sizeof(*sample->stats));
	sample->pins = request->pins ? calloc(found->count + 1, sizeof(*sample->pins)) : NULL;
	if (!sample->stats || (request->pins && !sample->pins))
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < found->count; i++) {
		struct ct_error why = { 0 };
		int result = measure(sample, &found->items[i], request->wanted, &sample->stats[kept], &why);

		if (result < 0 && result != -ENOENT) {
			*err = why;
			return ct_fail_in(err, "%s", found->items[i].name);
		}
		if (result >= 0 && sample->pins)
			look_at_pins(&found->items[i], &sample->pins[kept]);
		if (result >= 0 && kept++ != i) {
			struct ct_container gone = found->items[kept - 1];

			found->items[kept - 1] = found->items[i];
			found->items[i] = gone;
		}
	}
	while (found->count > kept)
		ct_container_clear(&found->items[--found->count]);
	return 0;
}

int sample_take(struct ct_hierarchies *all, const struct sample_request *request,
		struct sample *ret_sample, struct ct_error *err)
{
	ct_cleanup(sample_clear) struct sample sample = { 0 };
	struct ct_error hidden = { 0 };
	int status = find(all, request, &sample.found, &hidden, err);
	int result = status < 0 || request->names ? status : measure_all(&sample, request, err);

	if (result < 0)
		return result;
	if (hidden.code)
		note(&sample, &hidden);
	*ret_sample = sample;
	sample = (struct sample){ 0 };
	return status;
}

static int compare(const void *a, const void *b, void *data)
{
	const struct ct_container *items = data;
	size_t left = *(const size_t *)a, right = *(const size_t *)b;
	int order = strcmp(items[left].name, items[right].name);

	return order ? order : (left > right) - (left < right);
}

size_t *sample_index(const struct sample *sample)
{
	size_t count = sample->found.count, *index = calloc(count + 1, sizeof(*index));

	for (size_t i = 0; index && i < count; i++)
		index[i] = i;
	if (index)
		qsort_r(index, count, sizeof(*index), compare, sample->found.items);
	return index;
}

int sample_rate(const struct sample *before, struct sample *sample, struct ct_error *err)
{
	autofree size_t *old = sample_index(before);
	autofree size_t *new = sample_index(sample);

	if (!old || !new)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = 0, j = 0; i < sample->found.count && j < before->found.count;) {
		int order = strcmp(sample->found.items[new[i]].name, before->found.items[old[j]].name);

		if (order == 0)
			ct_stat_rate(&before->stats[old[j]], &sample->stats[new[i]]);
		i += order <= 0;
		j += order > 0; /* an operand may be given twice */
	}
	return 0;
}

void sample_clear(struct sample *sample)
{
	ct_containers_clear(&sample->found);
	free(sample->stats);
	free(sample->pins);
	*sample = (struct sample){ 0 };
}
