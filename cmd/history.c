// SPDX-License-Identifier: MIT
#include "cmd/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/cleanup.h"

static void shift(struct history_plot *plot, uint64_t slots)
{
	size_t by = slots < HISTORY_SLOTS ? (size_t)slots : HISTORY_SLOTS, kept = HISTORY_SLOTS - by;

	memmove(plot->sums, plot->sums + by, kept * sizeof(*plot->sums));
	memmove(plot->counts, plot->counts + by, kept * sizeof(*plot->counts));
	memset(plot->sums + kept, 0, by * sizeof(*plot->sums));
	memset(plot->counts + kept, 0, by * sizeof(*plot->counts));
}

static void add(struct history_plot *plot, const struct ct_figures *figures, enum ct_figure figure)
{
	if (!ct_figure_is_known(figures, figure))
		return;
	plot->sums[HISTORY_SLOTS - 1] += (double)figures->values[figure];
	plot->counts[HISTORY_SLOTS - 1]++;
}

/* The containers of the sample by name, each with what was known of it before. */
static int merge(struct histories *old, struct histories *fresh, const struct sample *sample,
		 const size_t *index)
{
	size_t j = 0;

	for (size_t i = 0; i < sample->found.count; i++) {
		const char *name = sample->found.items[index[i]].name;
		struct history *item = &fresh->items[fresh->count];
		int order = -1;

		fresh->of[index[i]] = fresh->count;
		if (fresh->count && !strcmp(item[-1].name, name)) { /* named twice by the operands */
			fresh->of[index[i]]--;
			continue;
		}
		while (j < old->count && (order = strcmp(old->items[j].name, name)) < 0)
			j++;
		if (j < old->count && order == 0) {
			*item = old->items[j];
			item->name = NULL;
		}
		item->name = strdup(name);
		if (!item->name)
			return -ENOMEM;
		fresh->count++;
		add(&item->cpu, &sample->stats[index[i]].figures, CT_CPU_PERCENT);
		add(&item->memory, &sample->stats[index[i]].figures, CT_MEMORY);
	}
	return 0;
}

int history_add(struct histories *histories, const struct sample *sample, uint64_t time,
		struct ct_error *err)
{
	ct_cleanup(history_clear) struct histories fresh = { .slot = time / HISTORY_SLOT };
	autofree size_t *index = sample_index(sample);

	fresh.items = calloc(sample->found.count + 1, sizeof(*fresh.items));
	fresh.of = calloc(sample->found.count + 1, sizeof(*fresh.of));
	for (size_t i = 0; i < histories->count; i++) {
		shift(&histories->items[i].cpu, fresh.slot - histories->slot);
		shift(&histories->items[i].memory, fresh.slot - histories->slot);
	}
	if (!index || !fresh.items || !fresh.of || merge(histories, &fresh, sample, index) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	history_clear(histories);
	*histories = fresh;
	fresh = (struct histories){ 0 };
	return 0;
}

void history_clear(struct histories *histories)
{
	for (size_t i = 0; i < histories->count; i++)
		free(histories->items[i].name);
	free(histories->items);
	free(histories->of);
	*histories = (struct histories){ 0 };
}

void history_draw(const struct history_plot *plot, double most, bool unicode, char text[HISTORY_TEXT])
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const plain[] = { "_", ".", ":", "-", "=", "+", "*", "#" };
	double values[HISTORY_SLOTS], largest = 0;

	*text = '\0';
	for (size_t i = 0; i < HISTORY_SLOTS; i++) {
		values[i] = plot->counts[i] ? plot->sums[i] / plot->counts[i] : 0;
		largest = values[i] > largest ? values[i] : largest;
	}
	most = most > 0 ? most : largest;
	for (size_t i = 0; i < HISTORY_SLOTS; i++) {
		double share = most > 0 ? values[i] / most : 0;
		size_t level = share >= 1 ? 7 : (size_t)(share * 8);

		strlcat(text, !plot->counts[i] ? " " : unicode ? blocks[level] : plain[level], HISTORY_TEXT);
	}
}

void history_bar(double share, int width, bool unicode, char text[100])
{
	int full = share >= 1 ? width : (int)(share * width + 0.5);

	*text = '\0';
	for (int i = 0; i < width && i < 30; i++)
		strlcat(text, i < full ? unicode ? "█" : "#" : unicode ? "░" : ".", 100);
}
