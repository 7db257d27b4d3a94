// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>

#include "cmd/applet.h"
#include "cmd/report.h"
#include "common/cleanup.h"
#include "common/freeze.h"

static struct {
	const char *hierarchies;
	bool thaw;
	uint64_t timeout;
} opt = { .timeout = 10000 };

static int parse_timeout(const char *value, struct ct_error *err)
{
	return option_seconds(value, &opt.timeout, err);
}

static const struct ct_option options[] = {
	FLAG('u', "thaw", &opt.thaw, "let it run again"),
	PARSED('t', "timeout", "SECONDS", parse_timeout, "how long freezing may take (10)"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "only by these, with commas between"),
	OPTIONS_END
};

static int print_plan(struct ct_hierarchies *all, struct ct_container *container, struct ct_error *err)
{
	struct ct_freeze freeze = { .count = 0 };
	int result = opt.thaw ? ct_freeze_plan_thaw(all, container, &freeze, err) :
				ct_freeze_plan(all, container, &freeze, err);

	for (size_t i = 0; result >= 0 && i < freeze.count; i++) {
		autofree char *safe = report_safe(freeze.places[i]->path);

		if (!safe)
			return ct_failx(err, ENOMEM, "out of memory");
		printf("%s %s /%s\n", opt.thaw ? "thaw" : "freeze", freeze.places[i]->hierarchy->label, safe);
	}
	return result;
}

static int freeze_one(struct ct_hierarchies *all, const char *name, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = ct_container_open(all, name, applet_exact(opt.hierarchies), &container, err);

	if (result < 0)
		return result;
	if (globals.dry_run)
		return print_plan(all, &container, err);
	return opt.thaw ? ct_freeze_thaw(all, &container, err) :
			  ct_freeze_apply(all, &container, opt.timeout, err);
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	int result;

	if (opt.thaw)
		globals.op = "thaw";
	result = applet_hierarchies(opt.hierarchies, false, &all, err);
	return result < 0 ? result : applet_each(count, operands, freeze_one, &all);
}

const struct applet ctfreeze = {
	.name = "ctfreeze",
	.summary = "freeze everything in a container, or thaw it",
	.operands = "CONTAINER...",
	.op = "freeze",
	.min_operands = 1,
	.max_operands = -1,
	.changes = true,
	.options = options,
	.run = run,
};
