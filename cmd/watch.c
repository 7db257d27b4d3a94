// SPDX-License-Identifier: MIT
#include "cmd/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "cmd/report.h"
#include "common/cleanup.h"
#include "common/clock.h"

void watch_report(const struct sample *sample)
{
	if (sample->unknown > 1)
		report("%s (and so %zu more)", sample->why.text, sample->unknown - 1);
	else if (sample->unknown)
		report("%s", sample->why.text);
}

static void wait_until(uint64_t time)
{
	for (uint64_t now; (now = ct_clock()) < time;)
		poll(NULL, 0, (int)((time - now + 999) / 1000));
}

static int print(struct table **table, const struct columns_style *style, const struct sample *sample,
		 struct ct_error *err)
{
	int result = *table ? 0 : columns_open(style, table, err);

	if (result >= 0)
		result = columns_fill(*table, style, sample, err);
	if (result >= 0)
		result = table_print(*table, err);
	table_free(table);
	if (result >= 0)
		watch_report(sample);
	return result;
}

int watch_tables(struct ct_hierarchies *all, const struct sample_request *request,
		 const struct columns_style *style, uint64_t interval, bool forever,
		 struct table **table, struct ct_error *err)
{
	ct_cleanup(sample_clear) struct sample before = { 0 };
	struct sample_request first = *request, again = *request;
	uint64_t next = ct_clock();
	int status, result;

	if (interval && !forever) { /* the first look is for CPU% alone */
		first.wanted &= CT_BIT(CT_CPU);
		first.pins = false;
	}
	result = status = sample_take(all, &first, &before, err);
	if (result >= 0 && (forever || !interval))
		result = print(table, style, &before, err);
	again.quiet = true; /* what comes and goes is no failure */
	while (result >= 0 && interval) {
		ct_cleanup(sample_clear) struct sample sample = { 0 };

		/* a full disk, or a reader that has gone, ends it */
		if (forever && (putchar('\n') == EOF || fflush(stdout) == EOF))
			break;
		next += interval * 1000;
		wait_until(next);
		result = sample_take(all, &again, &sample, err);
		if (result >= 0)
			result = sample_rate(&before, &sample, err);
		if (result >= 0)
			result = print(table, style, &sample, err);
		if (!forever)
			break;
		sample_clear(&before);
		before = sample;
		sample = (struct sample){ 0 };
	}
	return result < 0 ? result : status;
}
