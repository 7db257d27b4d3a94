// SPDX-License-Identifier: MIT
#include "common/txn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/audit_steps.h"
#include "common/cleanup.h"
#include "common/interrupt.h"
#include "common/party.h"
#include "common/progress.h"

struct ct_step *ct_txn_add(struct ct_txn *txn, enum ct_step_kind kind,
			   struct ct_hierarchy *hierarchy, const char *path,
			   struct ct_error *err)
{
	struct ct_step step = {
		.kind = kind,
		.place = { .hierarchy = hierarchy, .path = strdup(path), .fd = -1 },
	};

	if (!step.place.path || ct_array_push(txn->steps, txn->count, step) < 0) {
		ct_step_clear(&step);
		ct_failx(err, ENOMEM, "out of memory");
		return NULL;
	}
	return &txn->steps[txn->count - 1];
}

/*
 * What recovery takes back, and as what. Containers that were made, and what was set in them, stay; but
 * for the leaf, which is written down with what goes into it.
 */
static const char *written_name(const struct ct_step *step)
{
	switch (step->kind) {
	case CT_STEP_CREATE:
		return step->origin ? "shift" : NULL;
	case CT_STEP_ATTACH:
	case CT_STEP_STAGE:
	case CT_STEP_HOLD:
	case CT_STEP_ENTER:
		return ct_step_name(step);
	default:
		return NULL;
	}
}

/*
 * "KIND LABEL FLAGS /PATH"; where it sends tasks on to (shift: whence they come), and who enters which
 * namespaces, stands in lines before.
 */
static int write_step(const struct ct_txn *txn, const struct ct_step *step, struct ct_error *err)
{
	const char *name = written_name(step), *arrive = step->kind == CT_STEP_CREATE ? step->origin : step->arrive;
	autofree char *text = NULL, *party = NULL;
	int length;

	if (!txn->journal || !name)
		return 0;
	if (step->kind == CT_STEP_ENTER && ct_party_text(step->party, &party) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	length = asprintf(&text, "%s%s%s%s%s %s %s%s /%s\n", party ? party : "",
			  arrive ? "arrive /" : "", arrive ? arrive : "", arrive ? "\n" : "",
			  name, step->place.hierarchy->label,
			  step->threads ? "t" : "p",
			  step->was_frozen ? "f" : step->running ? "r" : "-", step->place.path);
	if (length < 0) {
		text = NULL;
		return ct_failx(err, ENOMEM, "out of memory");
	}
	return ct_journal_add(txn->journal, text, (size_t)length, err);
}

static bool is_final(const struct ct_txn *txn)
{
	return txn->begun && ct_step_is_final(&txn->steps[txn->begun - 1]);
}

static bool sets_same(const struct ct_step *a, const struct ct_step *b)
{
	return a->kind == CT_STEP_SET && a->place.hierarchy == b->place.hierarchy &&
	       !strcmp(a->name, b->name) && !strcmp(a->place.path, b->place.path);
}

/*
 * v1 refuses a container more than the one above has, and less than one below: from a file, which may grow some
 * and shrink others, what is refused goes to the end, and there before what has gone there. So all that
 * can grow has grown before anything shrinks, and that begins with the leaves. What is said of the same
 * afterwards goes with it: the last word counts.
 */
static bool put_off(struct ct_txn *txn, int why)
{
	size_t end = txn->count - txn->waiting, left = end > txn->begun ? end - txn->begun : 0;
	struct ct_step *step = &txn->steps[txn->begun];
	const struct ct_step refused = *step;
	struct ct_error untold = { 0 }; /* it is undone with the others then */

	if (!txn->patient || !left || step->kind != CT_STEP_SET ||
	    step->place.hierarchy->version != 1 || (why != -EINVAL && why != -EBUSY) ||
	    ct_step_undo(step, &untold) < 0)
		return false;
	ct_settings_clear(&step->settings);
	for (; left; left--) {
		const struct ct_step late = *step;

		if (!sets_same(&late, &refused)) {
			step++;
			continue;
		}
		memmove(step, step + 1, (size_t)(&txn->steps[end - 1] - step) * sizeof(*step));
		txn->steps[end - 1] = late;
		txn->waiting++;
	}
	return true;
}

int ct_txn_apply(struct ct_txn *txn, struct ct_error *err)
{
	while (txn->begun < txn->count) {
		struct ct_step *step = &txn->steps[txn->begun];
		int result;

		if (ct_interrupt_pending())
			return ct_failx(err, EINTR, "interrupted");
		result = write_step(txn, step, err);
		if (result < 0)
			return result;
		if (ct_progress && step->kind == CT_STEP_REMOVE)
			ct_progress(txn->count - txn->begun);
		txn->tried = txn->begun + 1;
		result = ct_step_apply(step, err);
		if (result < 0 && put_off(txn, result)) {
			*err = (struct ct_error){ 0 };
			continue;
		}
		if (result == 0 || ct_step_is_partial(step))
			txn->begun++;
		if (result < 0)
			return result;
	}
	return ct_interrupt_pending() && !is_final(txn) ? ct_failx(err, EINTR, "interrupted") : 0;
}

int ct_txn_run(struct ct_txn *txn, struct ct_error *err)
{
	int result = ct_txn_apply(txn, err);

	if (result < 0)
		ct_txn_abort(txn, err);
	return result;
}

static void tell_torn(const struct ct_step *step, const char *what, const struct ct_error *why,
		      struct ct_error *err)
{
	err->torn = true;
	if (!err->code) {
		ct_failx(err, why->code, "could not %s \"%s %s /%s\": %s", what, ct_step_name(step),
			 step->place.hierarchy->label, step->place.path, why->text);
		return;
	}
	ct_fail_also(err, "could not %s \"%s %s /%s\": %s", what, ct_step_name(step),
		     step->place.hierarchy->label, step->place.path, why->text);
}

void ct_txn_abort(struct ct_txn *txn, struct ct_error *err)
{
	if (!txn->again)
		ct_audit_steps(txn->steps, txn->tried, err->code ? err->code : ECANCELED);
	txn->tried = 0;
	for (size_t i = 0; i < txn->begun; i++) {
		struct ct_error why = { 0 };

		if (ct_step_brace(&txn->steps[i], &why) < 0)
			tell_torn(&txn->steps[i], "brace", &why, err);
	}
	while (txn->begun > 0) {
		struct ct_step *step = &txn->steps[--txn->begun];
		struct ct_error why = { 0 };

		if (ct_step_undo(step, &why) < 0)
			tell_torn(step, "undo", &why, err);
	}
}

static int finish(struct ct_txn *txn, struct ct_error *err)
{
	struct ct_error torn = { 0 };

	txn->committed = true;
	ct_audit_steps(txn->steps, txn->begun, 0);
	while (txn->begun > 0) {
		struct ct_step *step = &txn->steps[--txn->begun];
		struct ct_error why = { 0 };

		if (ct_step_finish(step, &why) < 0)
			tell_torn(step, "finish", &why, &torn);
	}
	if (!torn.torn)
		return 0;
	*err = torn;
	return -err->code;
}

int ct_txn_commit(struct ct_txn *txn, struct ct_error *err)
{
	static const char line[] = "commit\n";
	struct ct_error why = { 0 };
	int result = txn->journal ? ct_journal_add(txn->journal, line, strlen(line), &why) : 0;

	if (result < 0 && !is_final(txn)) {
		*err = why;
		ct_txn_abort(txn, err);
		return result;
	}
	return finish(txn, err);
}

/* An origin is several lines of text: each is written as "origin INDEX LINE". */
static void record_origin(FILE *file, size_t index, const char *text)
{
	while (*text) {
		int length = (int)strcspn(text, "\n");

		fprintf(file, "origin %zu %.*s\n", index, length, text);
		text += length + (text[length] == '\n');
	}
}

int ct_txn_record(const struct ct_txn *txn, const struct ct_taskset *tasks, struct ct_error *err)
{
	autofree char *text = NULL;
	size_t size;
	FILE *file;

	if (!txn->journal)
		return 0;
	file = open_memstream(&text, &size);
	if (!file)
		return ct_failx(err, ENOMEM, "out of memory");
	fputs("tasks\n", file);
	for (size_t i = 0; i < tasks->origin_count; i++)
		record_origin(file, i, tasks->origins[i]);
	for (size_t i = 0; i < tasks->count; i++) {
		const struct ct_task *task = &tasks->tasks[i];

		fprintf(file, "task %d %d %" PRIu64 " %" PRIu32 " %d\n", task->tid, task->pid, task->start,
			task->origin, task->chosen);
	}
	fputs("end\n", file);
	if (fclose(file) != 0)
		return ct_failx(err, ENOMEM, "out of memory");
	return ct_journal_add(txn->journal, text, size, err);
}

void ct_txn_clear(struct ct_txn *txn)
{
	struct ct_error ignored = { 0 }; /* the failure that leads here has been told already */

	if (!txn->committed)
		ct_txn_abort(txn, &ignored);
	for (size_t i = 0; i < txn->count; i++)
		ct_step_clear(&txn->steps[i]);
	free(txn->steps);
	*txn = (struct ct_txn){ 0 };
}
