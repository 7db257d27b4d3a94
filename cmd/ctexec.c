// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "cmd/assign.h"
#include "cmd/enter.h"
#include "cmd/report.h"
#include "common/cleanup.h"
#include "common/create.h"
#include "common/first.h"
#include "common/join.h"
#include "common/reap.h"
#include "common/spawn.h"

enum { EXIT_CT = 125, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 }; /* as env(1) and timeout(1) */

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

/* Whether execvp(3) would find something to run: asked before anything is made or marked for it. */
static int find_command(const char *name, struct ct_error *err)
{
	const char *path = getenv("PATH");
	int code = ENOENT;

	if (strchr(name, '/'))
		return faccessat(AT_FDCWD, name, X_OK, AT_EACCESS) == 0 ? 0 : ct_fail(err, "cannot run %s", name);
	path = path ? path : "/bin:/usr/bin";
	for (const char *end;; path = end + 1) {
		char file[PATH_MAX];

		end = strchrnul(path, ':');
		snprintf(file, sizeof(file), "%.*s%s%s", (int)(end - path), path, end > path ? "/" : "", name);
		if (faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0)
			return 0;
		if (errno == EACCES)
			code = EACCES;
		if (!*end)
			return ct_failx(err, code, "cannot run %s: %s", name, strerror(code));
	}
}

/* Nothing has run, so nothing stays made. */
static int give_up(struct ct_txn *txn, struct ct_error *err)
{
	int status = err->code == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;

	ct_txn_abort(txn, err);
	report("%s", err->text);
	return status;
}

/* Before anything is entered: it is marked, or was by others, and the reaper waits until we are inside. */
static int begin_mark(struct ct_reap *reap, struct ct_error *err)
{
	if (globals.dry_run)
		return 0;
	if (opt.auto_delete)
		return ct_reap_begin(opt.container, reap, err);
	if (globals.marks)
		ct_reap_enter(opt.container, reap);
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

/* This process joins and becomes the command. */
static int run_here(struct ct_container *container, struct ct_txn *txn, char **argv,
		    struct ct_error *err)
{
	int result = ct_join_plan(container, txn, err);

	if (result >= 0)
		result = applet_run(txn, err);
	if (result >= 0 && !globals.dry_run)
		result = ct_join_settle(container, err);
	if (result >= 0)
		result = enter_join(container, false, err);
	if (result >= 0 && !globals.dry_run)
		result = ct_enter_settle(&enter.how, err);
	if (result < 0)
		return fail(txn, err);
	if (globals.dry_run)
		return 0;
	sigprocmask(SIG_SETMASK, &globals.signals, NULL);
	execvp(argv[0], argv);
	ct_fail(err, "cannot run %s", argv[0]);
	return give_up(txn, err);
}

static int run_child(struct ct_container *container, struct ct_txn *txn, struct ct_reap *reap,
		     char **argv, struct ct_error *err)
{
	sigset_t all;
	bool joined;
	pid_t pid;
	int result = applet_run(txn, err);

	if (result >= 0)
		result = enter_join(container, true, err);
	if (result < 0 || globals.dry_run)
		return result < 0 ? fail(txn, err) : 0;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	result = ct_spawn(container, argv, &globals.signals, &enter.how, &pid, &joined, err);
	if (result < 0)
		return joined ? give_up(txn, err) : fail(txn, err);
	ct_txn_commit(txn, err); /* what was made stays; nothing is left to fail */
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
	if ((opt.parents || opt.auto_delete) && !globals.dry_run && find_command(operands[0], err) < 0)
		return give_up(&txn, err);
	result = applet_hierarchies(opt.hierarchies, false, &all, err);
	if (result < 0)
		return result;
	result = begin_mark(&reap, err);
	if (result >= 0)
		result = find_or_plan(&all, &container, &txn, err);
	if (result >= 0)
		result = assign_plan(&all, &container, &txn, err);
	if (result >= 0)
		result = enter_open(&all, &container, false, err);
	if (result >= 0)
		result = fill_mark(&reap, &container, &txn, err);
	if (result >= 0 && opt.first)
		result = be_first(&all, &container, &txn, err);
	if (result < 0)
		return fail(&txn, err);
	return opt.fork || ct_enter_forks(&enter.how) ? run_child(&container, &txn, &reap, operands, err) :
			  run_here(&container, &txn, operands, err);
}

const struct applet ctexec = {
	.name = "ctexec",
	.summary = "run a command in a container",
	.operands = "COMMAND [ARG...]",
	.min_operands = 1,
	.max_operands = -1,
	.changes = true,
	.command = true,
	.failure = EXIT_CT,
	.options = options,
	.run = run,
};
