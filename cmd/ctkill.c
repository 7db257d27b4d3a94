// SPDX-License-Identifier: MIT
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd/applet.h"
#include "cmd/report.h"
#include "cmd/signal.h"
#include "common/cleanup.h"
#include "common/demolish.h"
#include "common/haste.h"
#include "common/kill.h"
#include "common/proc.h"
#include "common/remove.h"

static struct {
	const char *hierarchies;
	bool remove;
	struct ct_kill how;
} opt = { .how = { .signal = SIGKILL, .timeout = 10000 } };

static struct ct_own own; /* lives as long as this process */

static int parse_signal(const char *value, struct ct_error *err)
{
	opt.how.signal = signal_number(value);
	if (!opt.how.signal)
		return ct_failx(err, EINVAL, "'%s' is no signal: a name as kill -l prints it, or 1 to %d",
				value, SIGRTMAX);
	return 0;
}

static int parse_timeout(const char *value, struct ct_error *err)
{
	opt.how.wait = true;
	return option_seconds(value, &opt.how.timeout, err);
}

static const struct ct_option options[] = {
	FLAG('r', "recursive", &opt.how.recursive, "in the containers below it as well"),
	PARSED('s', "signal", "SIGNAL", parse_signal, "send SIGNAL instead of KILL"),
	PARSED('t', "timeout", "SECONDS", parse_timeout, "wait so long until all have ended (10; only KILL and -d wait unasked)"),
	FLAG(0, "self", &opt.how.self, "also if this runs in it: then it and what it runs under come last"),
	FLAG('d', "delete", &opt.remove, "remove the containers afterwards"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "only in these, with commas between"),
	OPTIONS_END
};

static int print_process(const struct ct_hierarchies *all, const struct ct_container *container,
			 const struct ct_victims *victims, size_t first, struct ct_error *err)
{
	struct ct_proc_stat stat = { .command = "?" };
	const char *name = signal_name(opt.how.signal);
	autofree char *safe = NULL;
	char labels[512], number[16];

	snprintf(number, sizeof(number), "%d", opt.how.signal);
	ct_proc_stat(all->proc, victims->items[first].pid, &stat);
	ct_victims_labels(victims, first, container, labels, sizeof(labels));
	safe = report_safe(stat.command);
	if (!safe)
		return ct_failx(err, ENOMEM, "out of memory");
	printf("signal %d %s %s (%s)\n", victims->items[first].pid, name ? name : number, labels, safe);
	return 0;
}

static int print_victims(struct ct_hierarchies *all, struct ct_container *container,
			 struct ct_error *err)
{
	ct_cleanup(ct_reach_clear) struct ct_reach reach = { 0 };
	ct_cleanup(ct_victims_clear) struct ct_victims victims = { 0 }, others = { 0 };
	int result = ct_reach_open(container, opt.how.recursive, &reach, err);

	if (result >= 0)
		result = ct_kill_check(all, &reach, &opt.how, &own, &others, err);
	if (result >= 0)
		result = ct_victims_list(&reach, &victims, err);
	for (int last = 0; last <= 1; last++)
		for (size_t i = 0; result >= 0 && i < victims.count; i = ct_victims_next(&victims, i))
			if (ct_own_has(&own, victims.items[i].pid) == last)
				result = print_process(all, container, &victims, i, err);
	return result;
}

static int print_removal(struct ct_container *container, struct ct_error *err)
{
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result = ct_remove_plan(container, opt.how.recursive, true, &txn, err);

	return result < 0 ? result : applet_print_plan(&txn, err);
}

static int kill_one(struct ct_hierarchies *all, const char *name, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = ct_container_open(all, name, applet_exact(opt.hierarchies), &container, err);

	if (result < 0)
		return result;
	if (!globals.dry_run)
		return opt.remove ? ct_demolish(all, &container, &opt.how, &own, err) :
				    ct_kill(all, &container, &opt.how, &own, err);
	result = print_victims(all, &container, err);
	return result < 0 || !opt.remove ? result : print_removal(&container, err);
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	int status, result;

	if (opt.how.self && opt.remove)
		return usage_error(err, "--self and --delete exclude each other: what runs in a container cannot remove it");
	if (opt.how.signal == SIGKILL && !globals.dry_run && ct_haste_is_crowded())
		ct_haste_begin(); /* until this process ends */
	result = applet_hierarchies(opt.hierarchies, false, &all, err);
	if (result < 0)
		return result;
	status = applet_each(count, operands, kill_one, &all);
	/* a ctattach that was among them died together with its guard: what it held still goes on */
	if (!globals.dry_run && applet_recover(err) < 0)
		return -err->code;
	result = status || globals.dry_run ? 0 : ct_own_signal(&own, all.proc, opt.how.signal, err);
	return result < 0 ? result : status;
}

const struct applet ctkill = {
	.name = "ctkill",
	.summary = "signal every process in a container",
	.operands = "CONTAINER...",
	.op = "kill",
	.min_operands = 1,
	.max_operands = -1,
	.changes = true,
	.options = options,
	.run = run,
};
