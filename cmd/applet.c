// SPDX-License-Identifier: MIT
#include "cmd/applet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/progress.h"
#include "cmd/report.h"
#include "common/audit.h"
#include "common/cleanup.h"
#include "common/interrupt.h"
#include "common/reap.h"
#include "common/recover.h"
#include "common/root.h"
#include "common/state.h"

struct applet_globals globals = { .program = "ct", .sysroot = "" };

int applet_recover(struct ct_error *err)
{
	struct ct_state_pending pending = { false, false };
	struct ct_error why = { 0 };

	if (!*globals.sysroot)
		ct_state_pending(&pending);
	globals.marks = pending.marks;
	if (pending.marks)
		ct_reap_wake();
	if (!pending.journal || ct_recover_pending(globals.sysroot, &why) >= 0)
		return 0;
	ct_fail_in(&why, "a move that was left unfinished");
	if (globals.moves) {
		*err = why;
		return -err->code;
	}
	report("%s", why.text);
	return 0;
}

int applet_audit(struct ct_error *err)
{
	int result;

	if (!globals.changes || globals.dry_run)
		return 0;
	result = ct_audit_begin(globals.program, err);
	globals.audited = result >= 0;
	return result;
}

static int begin(struct ct_error *err)
{
	int result;

	if (*globals.sysroot && globals.changes && !globals.dry_run)
		return ct_failx(err, EPERM, "--sysroot shows another machine: nothing can be changed there");
	result = applet_audit(err);
	return result < 0 ? result : applet_recover(err);
}

int applet_look(const char *list, bool for_new, struct ct_hierarchies *all, struct ct_error *err)
{
	int result = ct_hierarchies_open(all, globals.sysroot, err);

	if (result >= 0)
		result = ct_root_find(all, getenv("CT_ROOT"), err);
	return result < 0 ? result : ct_hierarchies_select(all, list, for_new, err);
}

int applet_hierarchies(const char *list, bool for_new, struct ct_hierarchies *all,
		       struct ct_error *err)
{
	int result = begin(err);

	return result < 0 ? result : applet_look(list, for_new, all, err);
}

int applet_home(const char *controller, struct ct_hierarchies *all, struct ct_error *err)
{
	const char *root = getenv("CT_ROOT");
	int result;

	/* elsewhere names count from where v2 says, or a plan shows each hierarchy's whole label */
	if (!controller || globals.dry_run || (root && *root) || ct_root_is_systemd(globals.sysroot))
		return applet_hierarchies(NULL, false, all, err);
	result = begin(err);
	if (result >= 0)
		result = ct_hierarchies_open_home(all, globals.sysroot, controller, err);
	return result < 0 ? result : ct_hierarchies_select(all, NULL, false, err);
}

bool applet_exact(const char *list)
{
	return list && strcmp(list, "all") != 0;
}

int applet_print_plan(const struct ct_txn *txn, struct ct_error *err)
{
	for (size_t i = 0; i < txn->count; i++) {
		autofree char *text = NULL, *safe = NULL;

		if (ct_step_text(&txn->steps[i], &text) < 0 || !(safe = report_safe(text)))
			return ct_failx(err, ENOMEM, "out of memory");
		printf("%s\n", safe);
	}
	return 0;
}

int applet_run(struct ct_txn *txn, struct ct_error *err)
{
	return globals.dry_run ? applet_print_plan(txn, err) : ct_txn_run(txn, err);
}

int applet_each(int count, char **operands,
		int (*act)(struct ct_hierarchies *all, const char *name, struct ct_error *err),
		struct ct_hierarchies *all)
{
	int worst = 0;

	for (int i = 0; i < count; i++) {
		struct ct_error err = { 0 };
		int status;

		if (ct_interrupt_pending()) {
			report("interrupted: %s%s left as it was", operands[i],
			       i + 1 < count ? " and what follows is" : " is");
			return worst ? worst : STATUS_FAILED;
		}
		progress_begin(operands[i]);
		status = act(all, operands[i], &err);
		progress_end();
		if (globals.audited)
			ct_audit_conclude(&(struct ct_audit){ .op = globals.op, .container = operands[i],
							      .error = status < 0 ? err.code : 0 });
		if (status >= 0)
			continue;
		status = report_failure(operands[i], &err);
		worst = status > worst ? status : worst;
	}
	return worst;
}
