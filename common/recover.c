// SPDX-License-Identifier: MIT
#include "common/recover.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/audit_tasks.h"
#include "common/cleanup.h"
#include "common/freezer.h"
#include "common/journal.h"
#include "common/state.h"
#include "common/txn.h"

struct recovery {
	struct ct_hierarchies *all;
	struct ct_txn txn;
	struct ct_taskset tasks;	/* the last list that was written to its end */
	struct ct_taskset list;		/* the one that is being read */
	struct ct_party party;		/* who enters namespaces */
	const char *arrive;	/* of the step that the next line describes */
	bool committed;
};

static void clear(struct recovery *recovery)
{
	recovery->txn.committed = true; /* undone or finished, or not even begun: not here */
	ct_txn_clear(&recovery->txn);
	ct_taskset_clear(&recovery->tasks);
	ct_taskset_clear(&recovery->list);
	ct_party_clear(&recovery->party);
}

static struct ct_hierarchy *find_label(struct ct_hierarchies *all, const char *label)
{
	for (size_t i = 0; i < all->total; i++)
		if (!strcmp(all->items[i].label, label))
			return &all->items[i];
	return NULL;
}

/*
 * A hierarchy that has gone took its containers along. One that is not mounted any more can
 * only be the freezer, which is opened as it was.
 */
static int parse_step(struct recovery *recovery, enum ct_step_kind kind, char *rest,
		      struct ct_error *err)
{
	char *label = strsep(&rest, " "), *flags = strsep(&rest, " "), **place;
	struct ct_hierarchy *hierarchy, *freezer;
	struct ct_step *step;
	int result = 0;

	if (!rest || *rest != '/' || !flags || strlen(flags) != 2)
		return -EBADMSG;
	hierarchy = find_label(recovery->all, label);
	if (!hierarchy) {
		recovery->arrive = NULL;
		return 0;
	}
	if (hierarchy->fd < 0)
		result = hierarchy->mountpoint ? ct_hierarchy_open(recovery->all, hierarchy, err) :
						 ct_freezer_choose(recovery->all, 2, &freezer, err);
	if (result < 0)
		return result;
	step = ct_txn_add(&recovery->txn, kind, hierarchy, rest + 1, err);
	if (!step)
		return -ENOMEM;
	recovery->txn.begun = recovery->txn.count;
	step->tasks = &recovery->tasks;
	step->party = &recovery->party;
	step->threads = flags[0] == 't';
	step->was_frozen = flags[1] == 'f';
	step->running = flags[1] == 'r';
	step->made = kind == CT_STEP_SHIFT;
	if (!recovery->arrive)
		return kind == CT_STEP_SHIFT ? -EBADMSG : 0;
	place = kind == CT_STEP_SHIFT ? &step->origin : &step->arrive;
	*place = strdup(recovery->arrive);
	recovery->arrive = NULL;
	return *place ? 0 : ct_failx(err, ENOMEM, "out of memory");
}

static int parse_origin(struct recovery *recovery, const char *rest, struct ct_error *err)
{
	struct ct_taskset *tasks = &recovery->list;
	char *line, *text;
	unsigned long index = strtoul(rest, &line, 10);
	int length;

	if (line == rest || *line != ' ' || index > tasks->origin_count)
		return -EBADMSG;
	length = asprintf(&text, "%s%s\n", index < tasks->origin_count ? tasks->origins[index] : "",
			  line + 1);
	if (length < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	if (index < tasks->origin_count) {
		free(tasks->origins[index]);
		tasks->origins[index] = text;
		return 0;
	}
	if (ct_array_push(tasks->origins, tasks->origin_count, text) == 0)
		return 0;
	free(text);
	return ct_failx(err, ENOMEM, "out of memory");
}

static int parse_task(struct recovery *recovery, const char *rest, struct ct_error *err)
{
	struct ct_task task;
	int chosen;

	if (sscanf(rest, "%d %d %" SCNu64 " %" SCNu32 " %d", &task.tid, &task.pid, &task.start,
		   &task.origin, &chosen) != 5 ||
	    task.tid <= 0 || task.pid <= 0 || task.origin >= recovery->list.origin_count)
		return -EBADMSG;
	task.chosen = chosen;
	if (ct_array_push(recovery->list.tasks, recovery->list.count, task) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	return 0;
}

/* A list of tasks counts when it is complete: its writer may have been killed in the middle. */
static int parse_list(struct recovery *recovery, const char *word)
{
	if (!strcmp(word, "tasks")) {
		ct_taskset_clear(&recovery->list);
		return 0;
	}
	if (strcmp(word, "end") != 0)
		return -EBADMSG;
	ct_taskset_clear(&recovery->tasks);
	recovery->tasks = recovery->list;
	recovery->list = (struct ct_taskset){ .proc = recovery->tasks.proc };
	return 0;
}

static int parse_party(struct recovery *recovery, const char *word, const char *rest, struct ct_error *err)
{
	int result = ct_party_parse(&recovery->party, word, rest);

	return result == -ENOMEM ? ct_failx(err, ENOMEM, "out of memory") : result;
}

static int parse_line(struct recovery *recovery, char *line, struct ct_error *err)
{
	char *word = strsep(&line, " ");

	if (!strcmp(word, "commit") && !line) {
		recovery->committed = true;
		return 0;
	}
	if (!line)
		return parse_list(recovery, word);
	if (!strcmp(word, "origin"))
		return parse_origin(recovery, line, err);
	if (!strcmp(word, "task"))
		return parse_task(recovery, line, err);
	if (!strcmp(word, "namespaces") || !strcmp(word, "member"))
		return parse_party(recovery, word, line, err);
	if (!strcmp(word, "enter"))
		return recovery->party.set_count ? parse_step(recovery, CT_STEP_ENTER, line, err) : -EBADMSG;
	if (!strcmp(word, "attach"))
		return parse_step(recovery, CT_STEP_ATTACH, line, err);
	if (!strcmp(word, "shift"))
		return parse_step(recovery, CT_STEP_SHIFT, line, err);
	if (!strcmp(word, "stage"))
		return parse_step(recovery, CT_STEP_STAGE, line, err);
	if (!strcmp(word, "hold"))
		return parse_step(recovery, CT_STEP_HOLD, line, err);
	if (strcmp(word, "arrive") != 0 || *line != '/')
		return -EBADMSG;
	recovery->arrive = line + 1;
	return 0;
}

/* What is to be held still for the way back must not hold us: we would never come to thaw it. */
static int check_not_within(const struct recovery *recovery, struct ct_error *err)
{
	for (size_t i = 0; i < recovery->txn.count; i++) {
		const struct ct_step *step = &recovery->txn.steps[i];

		if (step->kind == CT_STEP_HOLD && step->running &&
		    ct_freezer_holds_us(recovery->all->proc, &step->place))
			return ct_failx(err, EBUSY,
					"its tasks are to be held still in /%s of %s, where this command is itself: run one from outside of it, ct stat will do",
					step->place.path, step->place.hierarchy->label);
	}
	return 0;
}

/* Its mover has died before it could say what became of the move. */
static void audit(const struct recovery *recovery)
{
	struct ct_audit record = { .op = "attach", .error = recovery->committed ? 0 : ECANCELED };

	for (size_t i = 0; i < recovery->txn.count; i++) {
		const struct ct_step *step = &recovery->txn.steps[i];

		if (step->kind == CT_STEP_ATTACH || step->kind == CT_STEP_SHIFT)
			record.container = step->place.path;
		else if (!record.container)
			record.container = step->arrive;
	}
	if (recovery->txn.count)
		ct_audit_taskset(NULL, &recovery->tasks, &record);
}

static bool enters(const struct recovery *recovery)
{
	for (size_t i = 0; i < recovery->txn.count; i++)
		if (recovery->txn.steps[i].kind == CT_STEP_ENTER)
			return true;
	return false;
}

/* Who has entered what he cannot leave has done so last of all: there is only forward from there. */
static bool is_committed(struct recovery *recovery)
{
	return recovery->committed || (enters(recovery) && ct_party_is_final(&recovery->party) &&
				       ct_party_is_inside(&recovery->party));
}

int ct_recover_text(struct ct_hierarchies *all, char *text, struct ct_party *left, struct ct_error *err)
{
	ct_cleanup(clear) struct recovery recovery = { .all = all, .tasks = { .proc = all->proc },
						       .list = { .proc = all->proc },
						       .party = { .proc = all->proc } };
	struct ct_error why = { 0 };
	size_t number = 2; /* the head was the first line */
	int result;

	for (char *rest = text, *line; (line = strsep(&rest, "\n")) && (rest || *line); number++) {
		result = parse_line(&recovery, line, err);

		if (result == -EBADMSG)
			return ct_failx(err, EBADMSG,
					"line %zu of the journal in the state directory makes no sense: look at it, see that nothing is frozen, and remove it",
					number);
		if (result < 0)
			return result;
	}
	if (left)
		ct_party_inherit(&recovery.party, left);
	recovery.committed = is_committed(&recovery);
	if (recovery.committed) {
		result = ct_txn_commit(&recovery.txn, err);
		ct_party_release(&recovery.party);
		audit(&recovery);
		return result;
	}
	result = check_not_within(&recovery, err);
	if (result < 0)
		return result;
	ct_txn_abort(&recovery.txn, &why);
	audit(&recovery);
	if (!why.torn)
		return 0;
	*err = why;
	return -err->code;
}

int ct_recover_locked(int state, const char *sysroot, struct ct_party *left, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	autofree char *text = NULL;
	struct ct_error why = { 0 };
	int result = ct_journal_read(state, &text, &why);

	if (result == -ENOENT)
		return 0;
	if (result < 0) {
		*err = why;
		return result;
	}
	result = ct_hierarchies_open(&all, sysroot, err);
	if (result >= 0)
		result = ct_recover_text(&all, text, left, err);
	/* what could not be put back now cannot be later; the message is the last to tell */
	if (result < 0 && !err->torn)
		return result;
	return ct_journal_discard(state, result < 0 ? &why : err) < 0 ? -EIO : result;
}

int ct_recover_pending(const char *sysroot, struct ct_error *err)
{
	autoclose int state = -1, lock = -1;
	struct ct_error ignored;

	if (*sysroot)
		return 0;
	state = ct_state_find(err);
	if (state < 0)
		return state;
	lock = ct_state_lock(state, 0, &ignored); /* held: its mover lives, or a guard is at it */
	return lock < 0 ? 0 : ct_recover_locked(state, sysroot, NULL, err);
}
