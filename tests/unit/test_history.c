// SPDX-License-Identifier: MIT
#include "cmd/history.h"

#include "tests/unit/support.h"

enum { SLOT = HISTORY_SLOT };

/* A sample of these containers, that many hundredths of a percent and bytes each. */
static void add(struct histories *histories, uint64_t time, size_t count, const char *const *names,
		uint64_t figure)
{
	struct ct_container containers[4] = { 0 };
	struct ct_stat stats[4] = { 0 };
	struct sample sample = { .found = { .items = containers, .count = count }, .stats = stats };
	struct ct_error err = { 0 };

	for (size_t i = 0; i < count; i++) {
		containers[i].name = strdup(names[i]);
		ct_figure_set(&stats[i].figures, CT_CPU_PERCENT, figure);
		if (figure)
			ct_figure_set(&stats[i].figures, CT_MEMORY, figure);
	}
	CHECK_NUMBER(history_add(histories, &sample, time, &err), 0);
	for (size_t i = 0; i < count; i++) {
		CHECK_TEXT(histories->items[histories->of[i]].name, names[i]);
		free(containers[i].name);
	}
}

static void draws(const struct history_plot *plot, double most, const char *wanted)
{
	char text[HISTORY_TEXT];

	history_draw(plot, most, false, text);
	CHECK_TEXT(text, wanted);
}

TEST(the_minute_goes_by)
{
	ct_cleanup(history_clear) struct histories histories = { 0 };
	static const char *const web[] = { "web" };

	add(&histories, 0, 1, web, 0);
	draws(&histories.items[0].cpu, 10000, "         _");
	draws(&histories.items[0].memory, 10000, "          "); /* absent is not zero */
	add(&histories, SLOT, 1, web, 10000);
	draws(&histories.items[0].cpu, 10000, "        _#");
	add(&histories, SLOT + 1, 1, web, 0); /* the mean of a slot */
	draws(&histories.items[0].cpu, 10000, "        _=");
	add(&histories, 4 * SLOT, 1, web, 99999);
	draws(&histories.items[0].cpu, 10000, "     _=  #");
	draws(&histories.items[0].cpu, 0, "     __  #"); /* of the largest */
	add(&histories, 13 * SLOT, 1, web, 5000);
	draws(&histories.items[0].cpu, 10000, "#        =");
	add(&histories, 1000 * (uint64_t)SLOT, 1, web, 5000);
	draws(&histories.items[0].cpu, 10000, "         =");
}

TEST(each_has_its_own)
{
	ct_cleanup(history_clear) struct histories histories = { 0 };
	static const char *const first[] = { "b", "a" }, *const second[] = { "c", "b", "b" };

	add(&histories, 0, 2, first, 10000);
	add(&histories, SLOT, 3, second, 10000);
	CHECK_NUMBER(histories.count, 2); /* a is forgotten, b named twice */
	CHECK_NUMBER(histories.of[1], histories.of[2]);
	draws(&histories.items[histories.of[0]].cpu, 10000, "         #");
	draws(&histories.items[histories.of[1]].cpu, 10000, "        ##");
	add(&histories, 2 * SLOT, 2, first, 10000);
	draws(&histories.items[histories.of[1]].cpu, 10000, "         #"); /* a new one by that name */
	add(&histories, 3 * SLOT, 0, first, 1);
	CHECK_NUMBER(histories.count, 0);
}

TEST(bars)
{
	char text[100];

	history_bar(0, 5, false, text);
	CHECK_TEXT(text, ".....");
	history_bar(0.5, 4, false, text);
	CHECK_TEXT(text, "##..");
	history_bar(7, 4, false, text);
	CHECK_TEXT(text, "####");
	history_bar(0.5, 2, true, text);
	CHECK_TEXT(text, "\xe2\x96\x88\xe2\x96\x91");
}
