// SPDX-License-Identifier: MIT
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cmd/applet.h"
#include "cmd/report.h"
#include "common/array.h"
#include "common/cleanup.h"
#include "common/move.h"

static struct {
	const char *container, *hierarchies;
} opt;

static const struct ct_option options[] = {
	STRING('c', "container", "CONTAINER", &opt.container, "the container to move them to"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "only in these, with commas between"),
	OPTIONS_END
};

static int parse_pid(const char *text, pid_t *ret_pid, struct ct_error *err)
{
	const char *why;
	long long pid = option_number(text, LLONG_MIN, LLONG_MAX, &why);

	if (why && !strcmp(why, "invalid"))
		return usage_error(err, "'%s' is no process id", text);
	if (why || pid > INT_MAX)
		return ct_failx(err, ESRCH, "there is no process %s: it is beyond what the kernel counts to",
				text);
	if (pid <= 0)
		return ct_failx(err, EINVAL, "%s is no process: ids are positive numbers", text);
	*ret_pid = (pid_t)pid;
	return 0;
}

static int parse_pids(int count, char **operands, pid_t **pids, struct ct_error *err)
{
	size_t parsed = 0;

	for (int i = 0; i < count; i++) {
		pid_t pid = 0;
		int result = parse_pid(operands[i], &pid, err);

		if (result < 0)
			return result;
		if (ct_array_push(*pids, parsed, pid) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	}
	return 0;
}

static int gather(int count, const pid_t *pids, struct ct_taskset *tasks, struct ct_error *err)
{
	int result = 0;

	for (int i = 0; result >= 0 && i < count; i++)
		result = ct_taskset_add(tasks, pids[i], err);
	return result;
}

static int move(struct ct_hierarchies *all, int count, const pid_t *pids, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_taskset_clear) struct ct_taskset tasks = { .proc = all->proc };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result = ct_container_open(all, opt.container, applet_exact(opt.hierarchies), &container, err);

	if (result < 0)
		return ct_fail_in(err, "%s", opt.container);
	result = gather(count, pids, &tasks, err);
	if (result >= 0)
		result = ct_move_plan(&container, &tasks, &txn, err);
	if (result < 0)
		return result;
	result = applet_run(&txn, err);
	if (result >= 0 && !globals.dry_run) {
		result = ct_move_verify(&container, &tasks, err);
		if (result < 0)
			ct_txn_abort(&txn, err);
	}
	if (result < 0)
		return ct_fail_in(err, "%s", opt.container);
	ct_txn_commit(&txn);
	return 0;
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	autofree pid_t *pids = NULL;
	int result;

	if (!opt.container)
		return usage_error(err, "which container? -c CONTAINER is missing");
	result = parse_pids(count, operands, &pids, err);
	if (result >= 0)
		result = applet_hierarchies(opt.hierarchies, false, &all, err);
	return result < 0 ? result : move(&all, count, pids, err);
}

const struct applet ctattach = {
	.name = "ctattach",
	.summary = "move running processes into a container",
	.operands = "PID...",
	.min_operands = 1,
	.max_operands = -1,
	.changes = true,
	.options = options,
	.run = run,
};
