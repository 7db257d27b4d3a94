// SPDX-License-Identifier: MIT
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "cmd/enter.h"
#include "cmd/report.h"
#include "common/child.h"
#include "common/cleanup.h"
#include "common/join.h"
#include "common/move.h"
#include "common/pin.h"
#include "common/pinning.h"
#include "common/spawn.h"

enum { EXIT_CT = 125, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 }; /* as ctexec */

static struct {
	const char *name, *process, *hierarchies;
	pid_t pid;
} opt;

static const struct ct_option options[] = {
	STRING('c', "container", "NAME", &opt.name, "what the new container is called, instead of a name of ct's"),
	STRING('p', "pid", "PID", &opt.process, "for this process, in its container; print the name"),
	PARSED('N', "namespaces", "LIST", enter_parse_list, "it names these namespaces, new ones unless said otherwise"),
	ENTER_OPTIONS,
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "only in these, with commas between"),
	OPTIONS_END
};

/*
 * What is planned is applied; then its namespaces are there to be entered. Only root can pin them:
 * those of others last as long as the command.
 */
static int make(struct ct_hierarchies *all, struct ct_container *container, struct ct_txn *txn,
		struct ct_error *err)
{
	bool pins = geteuid() == 0 && enter.source.words && !opt.pid;
	int result = pins ? ct_pinning_plan(all, container, &enter.source, txn, err) :
			    enter_open(all, container, true, err);

	if (result >= 0 && globals.dry_run && !opt.pid)
		result = ct_join_plan(container, txn, err);
	if (result >= 0)
		result = applet_run(txn, err);
	if (result >= 0 && pins && !globals.dry_run)
		result = ct_pin_open(container, ~0, &enter.how.set, err);
	return result;
}

static int give_up(struct ct_txn *txn, struct ct_error *err)
{
	int status = err->code == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;

	ct_txn_abort(txn, err);
	report("%s", err->text);
	return status;
}

/* The first process of a pid namespace is a child. */
static int run_child(struct ct_container *container, struct ct_txn *txn, char **argv, struct ct_error *err)
{
	sigset_t all;
	bool joined = false;
	pid_t pid;
	int result = enter_join(container, true, err);

	if (result < 0 || globals.dry_run)
		return result;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	result = ct_spawn(container, argv, &globals.signals, &enter.how, &pid, &joined, err);
	if (result < 0)
		return joined ? give_up(txn, err) : result;
	ct_txn_commit(txn, err); /* has nothing to finish */
	return enter_wait(pid, false);
}

static int run_here(struct ct_container *container, struct ct_txn *txn, char **argv, struct ct_error *err)
{
	int result = ct_join_plan(container, txn, err);

	if (result >= 0)
		result = ct_txn_run(txn, err);
	if (result >= 0)
		result = enter_join(container, false, err);
	if (result >= 0)
		result = ct_enter_settle(&enter.how, err);
	if (result < 0)
		return result;
	sigprocmask(SIG_SETMASK, &globals.signals, NULL);
	execvp(argv[0], argv);
	ct_fail(err, "cannot run %s", argv[0]);
	return give_up(txn, err);
}

/* One, unless the process was in different containers. */
static void print_names(const struct ct_container *container)
{
	for (size_t i = 0; i < container->count; i++) {
		bool known = false;

		for (size_t j = 0; j < i; j++)
			known = known || !strcmp(container->places[i].path, container->places[j].path);
		autofree char *safe = known ? NULL : report_safe(container->places[i].path);

		if (safe)
			printf("%s\n", safe);
	}
}

/* That process alone: whoever it has started stays where he is. */
static int move_process(struct ct_hierarchies *all, struct ct_container *container, struct ct_txn *txn,
			struct ct_error *err)
{
	struct ct_move move = { .to = container, .ids = &opt.pid, .count = 1, .timeout = 2000 };
	int result = ct_move(all, &move, err);

	if (result < 0)
		return result;
	ct_txn_commit(txn, err); /* has nothing to finish */
	print_names(container);
	return 0;
}

static int clone_once(struct ct_hierarchies *all, char **argv, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result = ct_child_plan(all, opt.pid ? opt.pid : getpid(), opt.name, &txn, &container, err);

	if (result < 0)
		return result;
	result = make(all, &container, &txn, err);
	if (result >= 0 && opt.pid && !globals.dry_run)
		result = move_process(all, &container, &txn, err);
	else if (result >= 0 && !opt.pid && (globals.dry_run || ct_enter_forks(&enter.how)))
		result = run_child(&container, &txn, argv, err);
	else if (result >= 0 && !opt.pid)
		result = run_here(&container, &txn, argv, err);
	if (result >= 0)
		return result;
	ct_txn_abort(&txn, err);
	return ct_fail_in(err, "%s", container.name);
}

static int check_options(int count, struct ct_error *err)
{
	const char *why = NULL;

	if (opt.process)
		opt.pid = (pid_t)option_number(opt.process, 1, INT_MAX, &why);
	if (why)
		return usage_error(err, "'%s' is no process id", opt.process);
	if (opt.pid && count)
		return usage_error(err, "--pid gives a process that runs a container: no COMMAND goes with it");
	if (opt.pid && (enter.source.words || enter.how.root || enter.how.wd || enter.how.set_uid ||
			enter.how.set_gid || enter.how.mount_proc || enter.map_root))
		return usage_error(err, "--pid moves a process that runs: it enters no namespaces by that");
	if (opt.name && (strchr(opt.name, '/') || !*opt.name))
		return usage_error(err, "'%s' is to be the name of a container below this one, without '/'", opt.name);
	return 0;
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	char *shell[] = { getenv("SHELL"), NULL };
	int result = check_options(count, err);

	if (!shell[0] || !*shell[0])
		shell[0] = (char[]){ "/bin/sh" };
	if (result >= 0)
		result = applet_hierarchies(opt.hierarchies, true, &all, err);
	for (int tries = 0; result >= 0; tries++) {
		result = clone_once(&all, count ? operands : shell, err);
		if (result != -EEXIST || opt.name || tries > 9)
			break;
		result = 0; /* another one has made it since it was looked for */
	}
	return result;
}

const struct applet ctclone = {
	.name = "ctclone",
	.summary = "make a container below the current one and run a command in it",
	.operands = "[COMMAND [ARG...]]",
	.max_operands = -1,
	.changes = true,
	.command = true,
	.failure = EXIT_CT,
	.options = options,
	.run = run,
};
