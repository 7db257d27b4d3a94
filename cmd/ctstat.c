// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "cmd/report.h"
#include "cmd/table.h"
#include "common/cleanup.h"
#include "common/stat.h"

static struct {
	bool recursive, names;
	const char *hierarchies;
	struct table_style style;
} opt = { .style = { .name = "containers" } };

static const struct ct_option options[] = {
	FLAG('r', "recursive", &opt.recursive, "the containers below as well"),
	STRING('o', "output", "COLUMN", &opt.style.output, "print these columns, with commas between"),
	FLAG('J', "json", &opt.style.json, "print JSON"),
	FLAG(0, "noheadings", &opt.style.no_headings, "print no line of headings"),
	FLAG(0, "names", &opt.names, "print names alone, those below as well"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "look only in these, with commas between"),
	OPTIONS_END
};

static const struct table_column columns[] = {
	{ "NAME", TABLE_TEXT },
	{ "TASKS", TABLE_NUMBER },
	{ "STATE", TABLE_TEXT },
	{ "HIERARCHIES", TABLE_LIST },
};

enum { COLUMNS = sizeof(columns) / sizeof(*columns) };

static const char *state_of(const struct ct_stat *stat)
{
	if (stat->freeze == CT_FROZEN)
		return "frozen";
	if (stat->freeze == CT_FREEZING)
		return "freezing";
	return stat->tasks ? "running" : "empty";
}

static int print_name(const char *name, struct ct_error *err)
{
	/* programs want the bytes back that a command takes, whatever the locale */
	autofree char *safe = isatty(STDOUT_FILENO) ? report_safe(name) : report_escape(name);

	if (!safe)
		return ct_failx(err, ENOMEM, "out of memory");
	printf("%s\n", safe);
	return 0;
}

static int add_row(struct table *table, struct ct_container *container, struct ct_error *err)
{
	struct ct_stat stat;
	char tasks[32], labels[1024];
	int result = ct_stat_read(container, &stat, err);

	if (result < 0)
		return result == -ENOENT ? 0 : ct_fail_in(err, "%s", container->name);
	snprintf(tasks, sizeof(tasks), "%zu", stat.tasks);
	ct_container_labels(container, labels, sizeof(labels));
	return table_add(table, (const char *const[COLUMNS]){ container->name, tasks, state_of(&stat), labels },
			 err);
}

static int show(struct ct_hierarchies *all, const char *name, struct table *table,
		struct ct_error *err)
{
	ct_cleanup(ct_containers_clear) struct ct_containers found = { 0 };
	int result = ct_stat_find(all, name, applet_exact(opt.hierarchies), opt.recursive || opt.names, &found, err);

	for (size_t i = 0; result >= 0 && i < found.count; i++)
		result = table ? add_row(table, &found.items[i], err) :
				 print_name(found.items[i].name, err);
	return result;
}

/* A container that is not there is reported, and the others are shown. */
static int show_each(struct ct_hierarchies *all, int count, char **operands, struct table *table)
{
	int worst = 0;

	for (int i = 0; i < count; i++) {
		struct ct_error err = { 0 };

		if (show(all, operands[i], table, &err) < 0)
			worst = report_failure(operands[i], &err);
	}
	return worst;
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(table_free) struct table *table = NULL;
	struct ct_error unseen = { 0 };
	int result = opt.names ? 0 : table_open(&opt.style, columns, COLUMNS, &table, err), status = 0;

	if (result >= 0)
		result = applet_hierarchies(opt.hierarchies, false, &all, err);
	if (result >= 0 && ct_hierarchies_drop_unreachable(&all, &unseen) > 0 && !opt.names)
		report("not everything can be seen: %s", unseen.text);
	if (result >= 0 && count)
		status = show_each(&all, count, operands, table);
	else if (result >= 0)
		result = show(&all, NULL, table, err);
	if (result >= 0 && table)
		result = table_print(table, err);
	return result < 0 ? result : status;
}

const struct applet ctstat = {
	.name = "ctstat",
	.summary = "list containers and what they hold",
	.operands = "[CONTAINER...]",
	.max_operands = -1,
	.options = options,
	.run = run,
};
