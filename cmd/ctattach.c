// SPDX-License-Identifier: MIT
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cmd/applet.h"
#include "cmd/enter.h"
#include "cmd/report.h"
#include "common/array.h"
#include "common/cleanup.h"
#include "common/first.h"
#include "common/move.h"
#include "common/reap.h"

static struct {
	const char *container, *from, *hierarchies;
	bool first;
	struct ct_move move;
} opt = { .move = { .timeout = 2000 } };

static int parse_timeout(const char *value, struct ct_error *err)
{
	int result = option_seconds(value, &opt.move.timeout, err);

	if (result >= 0 && !opt.move.timeout)
		return ct_failx(err, EINVAL, "'%s' is no time in which a task could stop: give more than 0", value);
	return result;
}

/* For tests: the second best freezer, on a machine that has the best. */
static int parse_freezer(const char *value, struct ct_error *err)
{
	if (strcmp(value, "v1") != 0 && strcmp(value, "v2") != 0)
		return ct_failx(err, EINVAL, "'%s' is neither v1 nor v2", value);
	opt.move.freezer = value[1] == '1' ? 1 : 2;
	return 0;
}

static const struct ct_option options[] = {
	STRING('c', "container", "CONTAINER", &opt.container, "the container to move them to"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "only in these, with commas between"),
	FLAG('r', "recursive", &opt.move.descendants, "the processes and all their descendants"),
	FLAG('T', "threads", &opt.move.threads, "the ids are threads, which are moved alone"),
	STRING(0, "from", "CONTAINER", &opt.from, "everything that is in this container"),
	PARSED('N', "namespaces", "LIST", enter_parse_list, "they enter these of its namespaces, or others"),
	PARSED('t', "timeout", "SECONDS", parse_timeout, "how long it may take to hold the tasks still (2)"),
	FLAG(0, "first", &opt.first, "only if it holds no task, and they are in the container above it"),
	FLAG(0, "frozen", &opt.move.to_frozen, "the container may be frozen: they stop there"),
	FLAG(0, "freeze", &opt.move.freeze, "hold all of a container too, where it could be moved while it runs"),
	FLAG(0, "no-freeze", &opt.move.no_freeze, "do not hold them: a fork meanwhile may be left behind"),
	PARSED(0, "freezer", "v1|v2", parse_freezer, NULL),
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

static int print_plan(struct ct_hierarchies *all, struct ct_error *err)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset tasks = { .proc = all->proc };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result = ct_move_plan(all, &opt.move, &tasks, &txn, err);

	return result < 0 ? result : applet_print_plan(&txn, err);
}

/*
 * Whoever reads what ct says may be among the tasks that stand still meanwhile: it is kept, and
 * said when they run again.
 */
static int move_quietly(struct ct_hierarchies *all, struct ct_error *err)
{
	int result;

	report_keep(true);
	result = ct_move(all, &opt.move, err);
	report_keep(false);
	if (globals.verbose && result >= 0 && opt.move.held)
		report("%zu task%s stood still for %.1f ms", opt.move.moved, opt.move.moved == 1 ? "" : "s",
		       (double)opt.move.held / 1000);
	else if (globals.verbose && result >= 0)
		report("%zu task%s moved and did not stand still", opt.move.moved,
		       opt.move.moved == 1 ? "" : "s");
	return result;
}

static int move(struct ct_hierarchies *all, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container to = { 0 };
	ct_cleanup(ct_container_clear) struct ct_container from = { 0 };
	ct_cleanup(ct_reap_clear) struct ct_reap reap = CT_REAP_NONE;
	ct_cleanup(ct_first_clear) struct ct_first first = { 0 };
	int result;

	if (globals.marks && !globals.dry_run) /* it deletes itself: not now */
		ct_reap_enter(all, opt.container, &reap);
	result = ct_container_open(all, opt.container, applet_exact(opt.hierarchies), &to, err);
	if (result < 0)
		return ct_fail_in(err, "%s", opt.container);
	if (opt.from) {
		result = ct_container_open(all, opt.from, false, &from, err);
		if (result < 0)
			return ct_fail_in(err, "--from %s", opt.from);
		opt.move.from = &from;
	}
	opt.move.to = &to;
	if (enter.source.words) {
		result = enter_open_running(all, &to, err);
		if (result < 0)
			return ct_fail_in(err, "%s", opt.container);
		opt.move.enter = enter.how.set.flags ? &enter.how.set : NULL;
	}
	if (opt.first && !globals.dry_run) {
		result = ct_first(all, &to, opt.move.ids, opt.move.count, 10000, &first, err);
		if (result < 0)
			return ct_fail_in(err, "%s", opt.container);
	}
	result = globals.dry_run ? print_plan(all, err) : move_quietly(all, err);
	opt.move.from = opt.move.to = NULL;
	reap.done = reap.done || result >= 0 || err->torn; /* else nobody was inside */
	return result;
}

static int check_options(int count, struct ct_error *err)
{
	if (!opt.container)
		return usage_error(err, "which container? -c CONTAINER is missing");
	if (!count && !opt.from)
		return usage_error(err, "PID is missing, or --from CONTAINER");
	if (opt.move.threads && (opt.move.descendants || opt.from))
		return usage_error(err, "--threads moves the threads that are named: it goes with neither --recursive nor --from");
	if (opt.move.threads && enter.source.words)
		return usage_error(err, "--namespaces is for whole processes: it does not go with --threads");
	if (opt.first && (opt.from || opt.move.threads))
		return usage_error(err, "--first takes processes: it goes with neither --from nor --threads");
	if (opt.move.no_freeze && opt.move.freeze)
		return usage_error(err, "--freeze and --no-freeze contradict each other");
	if (opt.move.no_freeze && (opt.move.descendants || opt.from))
		return usage_error(err, "--no-freeze takes processes alone: without freezing nobody can tell what belongs to --recursive or --from");
	return 0;
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	autofree pid_t *pids = NULL;
	int result = check_options(count, err);

	if (result >= 0)
		result = parse_pids(count, operands, &pids, err);
	if (result >= 0)
		result = applet_hierarchies(opt.hierarchies, false, &all, err);
	if (result < 0)
		return result;
	opt.move.ids = pids;
	opt.move.count = (size_t)count;
	return move(&all, err);
}

const struct applet ctattach = {
	.name = "ctattach",
	.summary = "move running processes into a container",
	.operands = "[PID...]",
	.op = "attach",
	.max_operands = -1,
	.changes = true,
	.moves = true,
	.options = options,
	.run = run,
};
