// SPDX-License-Identifier: MIT
#include <errno.h>

#include "cmd/applet.h"
#include "cmd/assign.h"
#include "cmd/command.h"
#include "cmd/enter.h"
#include "cmd/record.h"
#include "cmd/report.h"
#include "common/cleanup.h"
#include "common/create.h"
#include "common/first.h"
#include "common/reap.h"

static struct {
	bool parents, fork, first, auto_delete;
	const char *container, *hierarchies;
} opt;

static struct ct_first first; /* held until the command is inside */

static const struct ct_option options[] = {
	STRING('c', "container", "CONTAINER", &opt.container, "the container to run it in"),
	FLAG('p', "parents", &opt.parents, "make the container, and those above it, if it is not there"),
	PARSED('s', "set", "NAME=VALUE", assign_parse, "set a parameter first, see ctset(8)"),
	FLAG('f', "fork", &opt.fork, "run it as a child born there, pass signals on, return its status"),
	FLAG('d', "auto-delete", &opt.auto_delete, "the container goes when the last task in it has ended"),
	FLAG(0, "first", &opt.first, "only if it holds no task, and from the container above it"),
	PARSED('N', "namespaces", "LIST", enter_parse_list, "enter only these of its namespaces, or others"),
	ENTER_OPTIONS,
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "only in these, with commas between"),
	OPTIONS_END
};

/*
 * With -p what is missing is made as ctcreate -p makes it, and joined with what is there. Many may
 * do that at once: none of them takes what another has made so far for all there is to be.
 */
static int find_or_plan(struct ct_hierarchies *all, struct ct_container *container,
			struct ct_txn *txn, struct ct_error *err)
{
	const struct ct_create how = { .parents = true, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	ct_cleanup(ct_container_clear) struct ct_container found = { 0 };
	struct ct_error why = { 0 };
	int result;

	if (!opt.parents)
		return ct_container_open(all, opt.container, applet_exact(opt.hierarchies), container, err);
	result = ct_container_open(all, opt.container, false, &found, &why);
	if (result < 0 && result != -ENOENT) {
		*err = why;
		return result;
	}
	result = ct_hierarchies_select(all, opt.hierarchies, true, err);
	for (size_t i = 0; i < found.count; i++)
		found.places[i].hierarchy->selected = true;
	if (result >= 0)
		result = ct_create_plan(all, opt.container, &how, txn, err);
	return result < 0 ? result : ct_container_choose(all, opt.container, container, err);
}

/* Before anything is entered: it is marked, or was by others, and the reaper waits until we are inside. */
static int begin_mark(const struct ct_hierarchies *all, struct ct_reap *reap, struct ct_error *err)
{
	if (globals.dry_run)
		return 0;
	if (opt.auto_delete)
		return ct_reap_begin(all, opt.container, reap, err);
	if (globals.marks)
		ct_reap_enter(all, opt.container, reap);
	return 0;
}

/* What is missing is made first, so that the mark can say what it means. */
static int fill_mark(struct ct_reap *reap, struct ct_container *container, struct ct_txn *txn,
		     struct ct_error *err)
{
	int result = opt.auto_delete && !globals.dry_run ? ct_txn_run(txn, err) : 0;

	if (result >= 0 && opt.auto_delete && !globals.dry_run)
		result = ct_reap_fill(reap, container, true, err);
	return result;
}

static int fail(struct ct_txn *txn, struct ct_error *err)
{
	record_failure(opt.container, err);
	ct_txn_abort(txn, err);
	return ct_fail_in(err, "%s", opt.container);
}

/* What is missing is made before, and stays locked until this process is inside. */
static int be_first(const struct ct_hierarchies *all, struct ct_container *container, struct ct_txn *txn,
		    struct ct_error *err)
{
	int result = globals.dry_run ? 0 : ct_txn_run(txn, err);

	return result < 0 || globals.dry_run ? result : ct_first(all, container, NULL, 0, 10000, &first, err);
}

static int run_command(struct ct_container *container, struct ct_txn *txn, struct ct_reap *reap, char **argv,
		       struct ct_error *err)
{
	pid_t pid;
	int result;

	if (!opt.fork && !ct_enter_forks(&enter.how))
		return command_become(container, txn, argv, err);
	result = command_start(container, txn, argv, &pid, err);
	if (result || !pid)
		return result;
	reap->done = true;
	ct_reap_clear(reap);
	ct_first_clear(&first);
	return enter_wait(pid, opt.fork);
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_reap_clear) struct ct_reap reap = CT_REAP_NONE;
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result;

	(void)count;
	if (!opt.container)
		return usage_error(err, "which container? -c CONTAINER is missing");
	result = applet_hierarchies(opt.hierarchies, false, &all, err);
	if (result < 0)
		return result;
	result = begin_mark(&all, &reap, err);
	if (result >= 0)
		result = find_or_plan(&all, &container, &txn, err);
	if (result >= 0)
		result = assign_plan(&all, &container, &txn, err);
	if (result >= 0)
		result = enter_open(&all, &container, false, err);
	if (result >= 0 && (opt.parents || opt.auto_delete) && !globals.dry_run && command_find(operands[0], err) < 0)
		return command_give_up(&container, &txn, operands, err);
	if (result >= 0)
		result = fill_mark(&reap, &container, &txn, err);
	if (result >= 0 && opt.first)
		result = be_first(&all, &container, &txn, err);
	if (result >= 0)
		result = run_command(&container, &txn, &reap, operands, err);
	return result < 0 ? fail(&txn, err) : result;
}

const struct applet ctexec = {
	.name = "ctexec",
	.summary = "run a command in a container",
	.operands = "COMMAND [ARG...]",
	.op = "exec",
	.min_operands = 1,
	.max_operands = -1,
	.changes = true,
	.command = true,
	.failure = COMMAND_CT,
	.options = options,
	.run = run,
};
