// SPDX-License-Identifier: MIT
#include "cmd/record.h"

#include <sched.h>
#include <unistd.h>

#include <bsd/string.h>

#include "cmd/applet.h"
#include "cmd/enter.h"
#include "cmd/report.h"
#include "common/audit_steps.h"
#include "common/audit_tasks.h"
#include "common/audit_witness.h"

/* Its words with blanks between, as far as there is room. */
static void join_words(char **argv, char *text, size_t size)
{
	*text = '\0';
	for (; *argv; argv++) {
		strlcat(text, *argv, size);
		strlcat(text, argv[1] ? " " : "", size);
	}
}

static int record(const struct ct_container *container, char **argv, pid_t pid, int code, struct ct_error *err)
{
	char words[2048];
	struct ct_audit audit = { .op = globals.op, .command = words, .pids = &pid, .count = pid != 0, .error = code };

	if (!ct_audit_on())
		return 0;
	join_words(argv, words, sizeof(words));
	return ct_audit_container(container, &audit, err);
}

int record_begin(struct ct_error *err)
{
	bool loses = (enter.how.set.flags | enter.fresh) & CLONE_NEWUSER || enter.how.set_uid;
	int result = loses && !globals.dry_run ? ct_audit_witness_begin(err) : 0;

	return ct_audit_required() ? result : 0; /* what is lost is told when it is */
}

int record_become(const struct ct_container *container, const struct ct_txn *txn, char **argv,
		  struct ct_error *err)
{
	struct ct_error lost;
	int result;

	if (globals.dry_run)
		return 0;
	ct_audit_steps(txn->steps, txn->begun, 0);
	result = record(container, argv, getpid(), 0, err);
	if (result >= 0 && globals.verbose && ct_audit_lost(&lost))
		report("%s", lost.text);
	return result;
}

int record_start(const struct ct_container *container, char **argv, pid_t pid, struct ct_error *err)
{
	int result = record(container, argv, pid, 0, err);

	ct_audit_witness_end();
	return result;
}

void record_refused(const struct ct_container *container, char **argv, const struct ct_error *err)
{
	struct ct_error ignored; /* ct_audit_lost() tells */

	record(container, argv, 0, err->code, &ignored);
}

void record_failure(const char *container, const struct ct_error *err)
{
	struct ct_error ignored; /* ct_audit_lost() tells */

	if (globals.audited)
		ct_audit_write(&(struct ct_audit){ .op = globals.op, .container = container, .error = err->code },
			       &ignored);
}
