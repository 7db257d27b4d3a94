// SPDX-License-Identifier: MIT
#include "cmd/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "cmd/enter.h"
#include "cmd/record.h"
#include "cmd/report.h"
#include "common/file.h"
#include "common/join.h"
#include "common/spawn.h"

static bool is_elsewhere(void)
{
	return enter.how.root || enter.how.wd || (enter.how.set.flags | enter.fresh) & CLONE_NEWNS ||
	       !(ct_nssource_flags(&enter.source, CT_NSSOURCE_NONE) & CLONE_NEWNS);
}

static int refuse(const char *name, int result, struct ct_error *err)
{
	return result < 0 ? ct_failx(err, -result, "cannot run %s: %s", name, strerror(-result)) : 0;
}

int command_find(const char *name, struct ct_error *err)
{
	const char *path = getenv("PATH");
	int code = ENOENT;

	if (is_elsewhere())
		return 0;
	if (strchr(name, '/'))
		return refuse(name, ct_file_access(AT_FDCWD, name, X_OK), err);
	path = path ? path : "/bin:/usr/bin";
	for (const char *end;; path = end + 1) {
		char file[PATH_MAX];
		int result;

		end = strchrnul(path, ':');
		snprintf(file, sizeof(file), "%.*s%s%s", (int)(end - path), path, end > path ? "/" : "", name);
		result = ct_file_access(AT_FDCWD, file, X_OK);
		if (result == 0)
			return 0;
		if (result == -EACCES)
			code = EACCES;
		if (!*end)
			return refuse(name, -code, err);
	}
}

int command_give_up(const struct ct_container *container, struct ct_txn *txn, char **argv,
		    struct ct_error *err)
{
	int status = err->code == ENOENT ? COMMAND_NOT_FOUND : COMMAND_CANNOT_RUN;

	record_refused(container, argv, err);
	ct_txn_abort(txn, err);
	report("%s", err->text);
	return status;
}

int command_become(struct ct_container *container, struct ct_txn *txn, char **argv, struct ct_error *err)
{
	int result = record_begin(err);

	if (result >= 0)
		result = ct_join_plan(container, txn, err);
	if (result >= 0)
		result = applet_run(txn, err);
	if (result >= 0 && !globals.dry_run)
		result = ct_join_settle(container, err);
	if (result >= 0)
		result = record_become(container, txn, argv, err);
	if (result >= 0)
		result = enter_join(container, false, err);
	if (result < 0 || globals.dry_run)
		return result;
	result = ct_enter_settle(&enter.how, err);
	if (result < 0)
		return result;
	sigprocmask(SIG_SETMASK, &globals.signals, NULL);
	execvp(argv[0], argv);
	ct_fail(err, "cannot run %s", argv[0]);
	return command_give_up(container, txn, argv, err);
}

int command_start(struct ct_container *container, struct ct_txn *txn, char **argv, pid_t *ret_pid,
		  struct ct_error *err)
{
	sigset_t all;
	bool joined = false;
	int result = record_begin(err);

	*ret_pid = 0;
	if (result >= 0)
		result = applet_run(txn, err);
	if (result >= 0)
		result = enter_join(container, true, err);
	if (result < 0 || globals.dry_run)
		return result;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	result = ct_spawn(container, argv, &globals.signals, &enter.how, ret_pid, &joined, err);
	if (result < 0) {
		*ret_pid = 0;
		return joined ? command_give_up(container, txn, argv, err) : result;
	}
	ct_txn_commit(txn, err); /* what was made stays, which cannot fail */
	record_start(container, argv, *ret_pid, err); /* ct_audit_lost() tells */
	return 0;
}
