// SPDX-License-Identifier: MIT
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "cmd/command.h"
#include "cmd/enter.h"
#include "cmd/record.h"
#include "cmd/report.h"
#include "common/child.h"
#include "common/cleanup.h"
#include "common/move.h"
#include "common/nsmake.h"
#include "common/pin.h"
#include "common/pinning.h"
#include "common/reaps.h"

static struct {
	bool auto_delete;
	const char *name, *process, *hierarchies;
	pid_t pid;
} opt;

static const struct ct_option options[] = {
	STRING('c', "container", "NAME", &opt.name, "what the new container is called, instead of a name of ct's"),
	STRING('p', "pid", "PID", &opt.process, "for this process, in its container; print the name"),
	PARSED('N', "namespaces", "LIST", enter_parse_list, "it names these namespaces, new ones unless said otherwise"),
	ENTER_OPTIONS,
	FLAG('d', "auto-delete", &opt.auto_delete, "the container goes when the last task in it has ended"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "only in these, with commas between"),
	OPTIONS_END
};

/*
 * What is planned is applied; then its namespaces are there to be entered. Only root can pin them:
 * those of others last as long as the command.
 */
static int make(struct ct_hierarchies *all, struct ct_container *container, struct ct_reaps *reaps,
		struct ct_txn *txn, struct ct_error *err)
{
	bool pins = geteuid() == 0 && enter.source.words, dry = globals.dry_run;
	int result = pins ? ct_pinning_plan(all, container, &enter.source, txn, err) :
			    enter_open(all, container, true, err);

	if (result >= 0 && opt.auto_delete && !dry)
		result = ct_reaps_begin(container, reaps, err);
	if (result >= 0 && (!dry || opt.pid))
		result = applet_run(txn, err);
	if (result >= 0 && pins && !dry)
		result = ct_pin_open(container, ~0, &enter.how.set, err);
	else if (result >= 0 && opt.pid && !dry)
		result = ct_nsmake(enter.fresh, container, &enter.how.set, err);
	if (result >= 0 && !dry)
		result = ct_reaps_fill(reaps, container, true, err);
	return result;
}

/* The first process of a pid namespace is a child. */
static int run_command(struct ct_container *container, struct ct_reaps *reaps, struct ct_txn *txn, char **argv,
		       struct ct_error *err)
{
	pid_t pid;
	int result;

	if (globals.dry_run || !ct_enter_forks(&enter.how))
		return command_become(container, txn, argv, err);
	result = command_start(container, txn, argv, &pid, err);
	if (result)
		return result;
	ct_reaps_keep(reaps);
	return enter_wait(pid, false);
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

/* As ctattach has it. */
static void print_entrance(void)
{
	char words[64];

	ct_nsset_words(~ct_nssource_flags(&enter.source, CT_NSSOURCE_NONE), words, sizeof(words));
	if (enter.source.words && *words)
		printf("enter %s %d\n", words, opt.pid);
}

/* That process alone: whoever it has started stays where he is. */
static int move_process(struct ct_hierarchies *all, struct ct_container *container, struct ct_reaps *reaps,
			struct ct_txn *txn, struct ct_error *err)
{
	struct ct_move move = { .to = container, .ids = &opt.pid, .count = 1, .timeout = 2000, .op = globals.op,
				.enter = enter.how.set.flags ? &enter.how.set : NULL };
	int result = ct_move(all, &move, err);

	if (result < 0)
		return result;
	ct_txn_commit(txn, err); /* what was made stays, which cannot fail */
	ct_reaps_keep(reaps);
	print_names(container);
	return 0;
}

static int clone_once(struct ct_hierarchies *all, char **argv, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_reaps_clear) struct ct_reaps reaps = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { .again = !opt.name };
	bool moves;
	int result = ct_child_plan(all, opt.pid ? opt.pid : getpid(), opt.name, &txn, &container, err);

	if (result < 0)
		return result;
	if (opt.auto_delete && !opt.pid && !globals.dry_run && command_find(argv[0], err) < 0)
		return command_give_up(&container, &txn, argv, err);
	result = make(all, &container, &reaps, &txn, err);
	txn.again = false;
	moves = result >= 0 && opt.pid && !globals.dry_run;
	if (moves)
		result = move_process(all, &container, &reaps, &txn, err);
	else if (result >= 0 && opt.pid)
		print_entrance();
	else if (result >= 0)
		result = run_command(&container, &reaps, &txn, argv, err);
	if (result >= 0)
		return result;
	if (result != -EEXIST)
		record_failure(container.name, err);
	ct_txn_abort(&txn, err);
	return moves ? result : ct_fail_in(err, "%s", container.name); /* which a move has said */
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
	if (opt.pid && (enter.how.root || enter.how.wd || enter.how.set_uid || enter.how.set_gid ||
			enter.how.mount_proc || enter.map_root))
		return usage_error(err, "--pid moves a process that runs: of what is for a COMMAND it takes --namespaces alone");
	if (opt.name && (strchr(opt.name, '/') || !*opt.name))
		return usage_error(err, "'%s' is to be the name of a container below this one, without '/'", opt.name);
	return opt.pid ? enter_check_running(err) : 0;
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
	.op = "clone",
	.max_operands = -1,
	.changes = true,
	.command = true,
	.failure = COMMAND_CT,
	.options = options,
	.run = run,
};
