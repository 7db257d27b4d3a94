// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "cmd/columns.h"
#include "cmd/live.h"
#include "cmd/openmetrics.h"
#include "cmd/report.h"
#include "cmd/watch.h"
#include "common/cleanup.h"

static struct {
	bool names, metrics;
	const char *hierarchies;
	uint64_t interval, watch;	/* milliseconds, 0: not given */
	struct sample_request request;
	struct columns_style style;
} opt = { .style.table = { .name = "containers" } };

static int parse_seconds(const char *value, uint64_t *ret_milliseconds, struct ct_error *err)
{
	int result = option_seconds(value, ret_milliseconds, err);

	if (result >= 0 && (*ret_milliseconds < 10 || *ret_milliseconds > 86400000))
		result = ct_failx(err, ERANGE, "%s seconds: it takes 0.01 to 86400", value);
	return result;
}

static int parse_interval(const char *value, struct ct_error *err)
{
	return parse_seconds(value, &opt.interval, err);
}

static int parse_watch(const char *value, struct ct_error *err)
{
	return parse_seconds(value, &opt.watch, err);
}

static const struct ct_option options[] = {
	FLAG('r', "recursive", &opt.request.recursive, "the containers below as well"),
	FLAG('T', "tree", &opt.style.table.tree, "the same, drawn as a tree"),
	STRING('o', "output", "COLUMN", &opt.style.table.output, "print these columns, with commas between; +COLUMN: more of them"),
	STRING(0, "sort", "COLUMN", &opt.style.sort, "in the order of this column, the largest number first"),
	FLAG(0, "files", &opt.style.files, "count open files, which takes a while"),
	PARSED(0, "interval", "SECONDS", parse_interval, "look twice, so long apart, for CPU%"),
	PARSED('w', "watch", "SECONDS", parse_watch, "a screen, or a table, every so many seconds"),
	FLAG('J', "json", &opt.style.table.json, "print JSON"),
	FLAG(0, "openmetrics", &opt.metrics, "print all figures as OpenMetrics"),
	FLAG('b', "bytes", &opt.style.bytes, "sizes in bytes, times in seconds"),
	FLAG(0, "raw", &opt.style.table.raw, "one blank between columns, and none in them"),
	FLAG(0, "noheadings", &opt.style.table.no_headings, "print no line of headings"),
	FLAG(0, "names", &opt.names, "print names alone, those below as well"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "look only in these, with commas between"),
	OPTIONS_END
};

/* Of the ways to print, and of what changes them, what does not go together. */
static int check_options(struct ct_error *err)
{
	const struct table_style *table = &opt.style.table;
	const char *way = opt.names ? "--names" : opt.metrics ? "--openmetrics" : "--raw";
	const struct {
		bool given, raw;	/* raw: nor does --raw go with it */
		const char *option;
	} others[] = {
		{ opt.names && opt.metrics, false, "--openmetrics" }, { table->json, true, "--json" },
		{ table->tree, true, "--tree" }, { opt.watch, false, "--watch" },
		{ opt.interval, false, "--interval" }, { table->output, false, "--output" },
		{ opt.style.sort, false, "--sort" }, { opt.style.bytes, false, "--bytes" },
		{ table->raw, false, "--raw" }, { table->no_headings, false, "--noheadings" },
		{ opt.style.files && opt.names, false, "--files" },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (others[i].given && (opt.names || opt.metrics || (table->raw && others[i].raw)))
			return usage_error(err, "%s and %s exclude each other", way, others[i].option);
	if (opt.watch && opt.interval)
		return usage_error(err, "--watch and --interval exclude each other");
	if (opt.style.files && *globals.sysroot)
		return usage_error(err, "--files and --sysroot exclude each other");
	return 0;
}

static int print_names(struct ct_hierarchies *all, struct ct_error *err)
{
	ct_cleanup(sample_clear) struct sample sample = { 0 };
	int status = sample_take(all, &opt.request, &sample, err);

	for (size_t i = 0; status >= 0 && i < sample.found.count; i++) {
		/* programs want the bytes back that a command takes, whatever the locale */
		const char *name = sample.found.items[i].name;
		autofree char *safe = isatty(STDOUT_FILENO) ? report_safe(name) : report_escape(name);

		if (!safe)
			return ct_failx(err, ENOMEM, "out of memory");
		printf("%s\n", safe);
	}
	return status;
}

static int print_metrics(struct ct_hierarchies *all, struct ct_error *err)
{
	ct_cleanup(sample_clear) struct sample sample = { 0 };
	int status = sample_take(all, &opt.request, &sample, err), result;

	if (status < 0)
		return status;
	watch_report(&sample);
	result = openmetrics_print(&sample, isatty(STDOUT_FILENO), err);
	return result < 0 ? result : status;
}

static int run_in(struct ct_hierarchies *all, struct table **table, bool live, struct ct_error *err)
{
	struct ct_error unseen = { 0 };
	int result = applet_hierarchies(opt.hierarchies, false, all, err);

	if (result < 0)
		return result;
	if (ct_hierarchies_drop_unreachable(all, &unseen) > 0 && !opt.names)
		report("not everything can be seen: %s", unseen.text);
	if (opt.names)
		return print_names(all, err);
	if (opt.metrics)
		return print_metrics(all, err);
	if (live)
		return live_run(all, &opt.request, &opt.style, opt.watch, err);
	return watch_tables(all, &opt.request, &opt.style, opt.watch ? opt.watch : opt.interval, opt.watch,
			    table, err);
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(table_free) struct table *table = NULL;
	bool live = opt.watch && !opt.style.table.json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	int result = check_options(err);

	opt.style.rates = opt.watch || opt.interval;
	opt.request.count = count;
	opt.request.operands = operands;
	opt.request.names = opt.names;
	opt.request.exact = applet_exact(opt.hierarchies);
	opt.request.recursive |= opt.names || opt.style.table.tree;
	if (result >= 0 && !opt.names && !opt.metrics)
		result = columns_open(&opt.style, &table, err);
	if (table)
		opt.request.wanted = columns_wanted(table, &opt.style);
	opt.request.pins = table && columns_want_pins(table, &opt.style) && !*globals.sysroot;
	if (!table) /* all of them */
		opt.request.wanted = CT_BIT(CT_FIGURES) - 1 - (opt.style.files ? 0 : CT_BIT(CT_FILES));
	return result < 0 ? result : run_in(&all, &table, live, err);
}

const struct applet ctstat = {
	.name = "ctstat",
	.summary = "list containers and what they hold",
	.operands = "[CONTAINER...]",
	.max_operands = -1,
	.options = options,
	.run = run,
};
