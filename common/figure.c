// SPDX-License-Identifier: MIT
#include "common/figure.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"

/* ---- What the files say ----------------------------------------------------------- */

static bool digits(const char *text, uint64_t *ret_value, const char **ret_end)
{
	char *end;

	if (!isdigit((unsigned char)*text)) /* strtoull takes blanks and signs */
		return false;
	errno = 0;
	*ret_value = strtoull(text, &end, 10);
	*ret_end = end;
	return errno == 0;
}

/* "max", and v1's largest number of pages, are no limit. */
static bool number(const char *text, const char *key, uint64_t *ret_value)
{
	const char *end;

	(void)key;
	return digits(text, ret_value, &end) && *ret_value < INT64_MAX - (1 << 20);
}

/* The number behind the first key, which begins a line or is inside of one. */
static bool field(const char *text, const char *key, uint64_t *ret_value)
{
	const char *end;

	for (const char *at = text; (at = strstr(at, key)); at += strlen(key))
		if (*key == ' ' || at == text || at[-1] == '\n')
			return digits(at + strlen(key), ret_value, &end);
	return false;
}

/*
 * The numbers behind all keys, one for each device. On v2 no line is no transfer yet. v1 has a line
 * for each device whose transfers it counts: none, it counts nothing.
 */
static bool sum(const char *text, const char *key, uint64_t *ret_value)
{
	uint64_t total = 0, value;
	const char *at = text, *end;
	bool found = key[strlen(key) - 1] == '=';

	while ((at = strstr(at, key))) {
		at += strlen(key);
		if (!digits(at, &value, &end) || __builtin_add_overflow(total, value, &total))
			return false;
		found = true;
	}
	*ret_value = total;
	return found;
}

/* "12.34" behind key, in hundredths. */
static bool average(const char *text, const char *key, uint64_t *ret_value)
{
	const char *at = strstr(text, key), *end;
	uint64_t whole, part;

	if (!at || !digits(at + strlen(key), &whole, &end) || *end != '.' ||
	    !isdigit((unsigned char)end[1]) || !isdigit((unsigned char)end[2]))
		return false;
	part = (uint64_t)(end[1] - '0') * 10 + (uint64_t)(end[2] - '0');
	return !__builtin_mul_overflow(whole, UINT64_C(100), ret_value) &&
	       !__builtin_add_overflow(*ret_value, part, ret_value);
}

/* "QUOTA PERIOD": how much of one CPU that is. "max", and v1's -1, are no limit. */
static bool quota(const char *text, const char *key, uint64_t *ret_value)
{
	uint64_t used, period;
	const char *end;

	(void)key;
	if (!digits(text, &used, &end) || !digits(end + strspn(end, " \n"), &period, &end) || !period ||
	    __builtin_mul_overflow(used, UINT64_C(10000), &used))
		return false;
	*ret_value = (used + period / 2) / period;
	return true;
}

/* ---- Which files there are ------------------------------------------------------ */

/* Where a figure is found. */
struct source {
	unsigned version;
	const char *controller;	/* NULL: whatever the hierarchy has */
	const char *file;
	const char *also;	/* a second file, whose text goes behind that of the first */
	bool (*parse)(const char *text, const char *key, uint64_t *ret_value);
	const char *key;
	uint64_t scale;		/* by which the file's number becomes one of the unit */
};

enum { SOURCES = 3 };

/* v1's accounts are those of v2 where it is the container and all below it that count. */
static const struct kind {
	const char *name;
	enum ct_unit unit;
	struct source sources[SOURCES];
} kinds[CT_FIGURES] = {
	[CT_TASKS] = { "TASKS", CT_COUNT, { { 0 } } },
	[CT_THREADS] = { "THREADS", CT_COUNT, { { 0 } } },
	[CT_FILES] = { "FILES", CT_COUNT, { { 0 } } },
	[CT_CPU_PERCENT] = { "CPU%", CT_PERCENT, { { 0 } } },
	[CT_CPU] = { "CPU", CT_NANOSECONDS, {
		{ 1, "cpuacct", "cpuacct.usage", NULL, number, NULL, 1 },
		{ 2, NULL, "cpu.stat", NULL, field, "usage_usec ", 1000 } } },
	[CT_MEMORY] = { "MEMORY", CT_BYTES, {
		{ 1, "memory", "memory.usage_in_bytes", NULL, number, NULL, 1 },
		{ 2, NULL, "memory.current", NULL, number, NULL, 1 } } },
	[CT_PEAK] = { "PEAK", CT_BYTES, {
		{ 1, "memory", "memory.max_usage_in_bytes", NULL, number, NULL, 1 },
		{ 2, NULL, "memory.peak", NULL, number, NULL, 1 } } },
	[CT_SWAP] = { "SWAP", CT_BYTES, {
		{ 1, "memory", "memory.stat", NULL, field, "total_swap ", 1 },
		{ 2, NULL, "memory.swap.current", NULL, number, NULL, 1 } } },
	[CT_IO_READ] = { "IO-READ", CT_BYTES, {
		{ 1, "blkio", "blkio.throttle.io_service_bytes_recursive", NULL, sum, " Read ", 1 },
		{ 1, "blkio", "blkio.throttle.io_service_bytes", NULL, sum, " Read ", 1 },
		{ 2, NULL, "io.stat", NULL, sum, " rbytes=", 1 } } },
	[CT_IO_WRITE] = { "IO-WRITE", CT_BYTES, {
		{ 1, "blkio", "blkio.throttle.io_service_bytes_recursive", NULL, sum, " Write ", 1 },
		{ 1, "blkio", "blkio.throttle.io_service_bytes", NULL, sum, " Write ", 1 },
		{ 2, NULL, "io.stat", NULL, sum, " wbytes=", 1 } } },
	[CT_PIDS] = { "PIDS", CT_COUNT, {
		{ 1, "pids", "pids.current", NULL, number, NULL, 1 },
		{ 2, NULL, "pids.current", NULL, number, NULL, 1 } } },
	[CT_PRESSURE_CPU] = { "PRESSURE-CPU", CT_PERCENT, {
		{ 2, NULL, "cpu.pressure", NULL, average, "some avg10=", 1 } } },
	[CT_PRESSURE_MEMORY] = { "PRESSURE-MEMORY", CT_PERCENT, {
		{ 2, NULL, "memory.pressure", NULL, average, "some avg10=", 1 } } },
	[CT_PRESSURE_IO] = { "PRESSURE-IO", CT_PERCENT, {
		{ 2, NULL, "io.pressure", NULL, average, "some avg10=", 1 } } },
	/* the first "total=" is that of the line "some" */
	[CT_STALL_CPU] = { "STALL-CPU", CT_NANOSECONDS, {
		{ 2, NULL, "cpu.pressure", NULL, field, " total=", 1000 } } },
	[CT_STALL_MEMORY] = { "STALL-MEMORY", CT_NANOSECONDS, {
		{ 2, NULL, "memory.pressure", NULL, field, " total=", 1000 } } },
	[CT_STALL_IO] = { "STALL-IO", CT_NANOSECONDS, {
		{ 2, NULL, "io.pressure", NULL, field, " total=", 1000 } } },
	[CT_LIMIT_CPU] = { "CPU-LIMIT", CT_PERCENT, {
		{ 1, "cpu", "cpu.cfs_quota_us", "cpu.cfs_period_us", quota, NULL, 1 },
		{ 2, NULL, "cpu.max", NULL, quota, NULL, 1 } } },
	[CT_LIMIT_MEMORY] = { "MEMORY-LIMIT", CT_BYTES, {
		{ 1, "memory", "memory.limit_in_bytes", NULL, number, NULL, 1 },
		{ 2, NULL, "memory.max", NULL, number, NULL, 1 } } },
	[CT_LIMIT_PIDS] = { "PIDS-LIMIT", CT_COUNT, {
		{ 1, "pids", "pids.max", NULL, number, NULL, 1 },
		{ 2, NULL, "pids.max", NULL, number, NULL, 1 } } },
};

const char *ct_figure_name(enum ct_figure figure)
{
	return kinds[figure].name;
}

enum ct_unit ct_figure_unit(enum ct_figure figure)
{
	return kinds[figure].unit;
}

bool ct_figure_is_known(const struct ct_figures *figures, enum ct_figure figure)
{
	return figures->known & CT_BIT(figure);
}

void ct_figure_set(struct ct_figures *figures, enum ct_figure figure, uint64_t value)
{
	figures->values[figure] = value;
	figures->known |= CT_BIT(figure);
}

static bool parse(const struct source *source, const char *text, uint64_t *ret_value)
{
	uint64_t value;

	return source->parse(text, source->key, &value) &&
	       !__builtin_mul_overflow(value, source->scale, ret_value);
}

bool ct_figure_parse(enum ct_figure figure, unsigned version, const char *text, uint64_t *ret_value)
{
	for (size_t i = 0; i < SOURCES && kinds[figure].sources[i].file; i++)
		if (kinds[figure].sources[i].version == version)
			return parse(&kinds[figure].sources[i], text, ret_value);
	return false;
}

/* ---- Reading them ----------------------------------------------------------------- */

/* The text that was read last: several figures are in one file. */
struct page {
	const struct ct_place *place;
	const char *file;
	char *text;
};

static void clear_page(struct page *page)
{
	free(page->text);
	*page = (struct page){ 0 };
}

static int turn_to(struct page *page, struct ct_place *place, const struct source *source)
{
	autofree char *more = NULL;
	char *both;
	int result;

	if (page->place == place && !strcmp(page->file, source->file))
		return 0;
	clear_page(page);
	result = ct_place_open(place);
	if (result >= 0)
		result = ct_file_read(place->fd, source->file, &page->text);
	if (result >= 0 && source->also) {
		result = ct_file_read(place->fd, source->also, &more);
		if (result >= 0 && asprintf(&both, "%s %s", page->text, more) < 0)
			result = -ENOMEM;
		if (result >= 0) {
			free(page->text);
			page->text = both;
		}
	}
	if (result < 0) {
		clear_page(page);
		return result;
	}
	page->place = place;
	page->file = source->file;
	return 0;
}

/* 1: a place has the source, whatever it says; 0: none has. */
static int read_from(struct ct_place *places, size_t count, const struct source *source,
		     enum ct_figure figure, struct page *page, struct ct_figures *figures)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value;
		int result;

		if (places[i].hierarchy->version != source->version ||
		    (source->controller && !ct_hierarchy_has(places[i].hierarchy, source->controller)))
			continue;
		result = turn_to(page, &places[i], source);
		if (result == -ENOMEM)
			return result;
		if (result < 0)
			continue;
		if (parse(source, page->text, &value))
			ct_figure_set(figures, figure, value);
		return 1;
	}
	return 0;
}

int ct_figures_read(struct ct_place *places, size_t count, uint32_t wanted,
		    struct ct_figures *figures)
{
	ct_cleanup(clear_page) struct page page = { 0 };

	for (enum ct_figure figure = 0; figure < CT_FIGURES; figure++) {
		int result = 0;

		if (!(wanted & CT_BIT(figure)))
			continue;
		for (size_t i = 0; result == 0 && i < SOURCES && kinds[figure].sources[i].file; i++)
			result = read_from(places, count, &kinds[figure].sources[i], figure, &page,
					   figures);
		if (result < 0)
			return result;
	}
	return 0;
}
