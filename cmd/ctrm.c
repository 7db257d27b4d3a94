// SPDX-License-Identifier: MIT
#include "cmd/applet.h"
#include "cmd/report.h"
#include "common/cleanup.h"
#include "common/remove.h"

static struct {
	bool recursive;
	const char *hierarchies;
} opt;

static const struct ct_option options[] = {
	FLAG('r', "recursive", &opt.recursive, "remove the containers below it first"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "only from these, with commas between"),
	OPTIONS_END
};

static int remove_one(struct ct_hierarchies *all, const char *name, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result = ct_container_open(all, name, applet_exact(opt.hierarchies), &container, err);

	if (result >= 0)
		result = ct_remove_plan(&container, opt.recursive, false, &txn, err);
	if (result >= 0)
		result = applet_run(&txn, err);
	return result < 0 ? result : ct_txn_commit(&txn, err);
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	int result = applet_hierarchies(opt.hierarchies, false, &all, err);

	return result < 0 ? result : applet_each(count, operands, remove_one, &all);
}

const struct applet ctrm = {
	.name = "ctrm",
	.summary = "remove empty containers",
	.operands = "CONTAINER...",
	.op = "remove",
	.min_operands = 1,
	.max_operands = -1,
	.changes = true,
	.options = options,
	.run = run,
};
