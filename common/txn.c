// SPDX-License-Identifier: MIT
#include "common/txn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"
#include "common/interrupt.h"
#include "common/proc.h"

static const struct ct_cgroup_ops *ops(const struct ct_step *step)
{
	return step->place.hierarchy->ops;
}

static int enable(struct ct_step *step, struct ct_error *err)
{
	return ops(step)->enable(&step->place, step->words, true, err);
}

static int disable(struct ct_step *step, struct ct_error *err)
{
	return ops(step)->enable(&step->place, step->words, false, err);
}

static int create(struct ct_step *step, struct ct_error *err)
{
	return ops(step)->create(&step->place, err);
}

static int discard(struct ct_step *step, struct ct_error *err)
{
	return ops(step)->remove(&step->place, err);
}

static int own(struct ct_step *step, struct ct_error *err)
{
	return ops(step)->own(&step->place, step->uid, step->gid, err);
}

static int set_mode(struct ct_step *step, struct ct_error *err)
{
	char path[32];
	int result = ct_place_open(&step->place);

	if (result < 0)
		return ct_failx(err, -result, "cannot open it in %s: %s",
				step->place.hierarchy->label, strerror(-result));
	if (ct_trace)
		ct_trace("chmod", step->place.fd, ".", NULL);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", step->place.fd); /* fchmod refuses O_PATH */
	if (chmod(path, step->mode) < 0)
		return ct_fail(err, "cannot change its mode in %s", step->place.hierarchy->label);
	return 0;
}

static int nothing(struct ct_step *step, struct ct_error *err)
{
	(void)step, (void)err;
	return 0;
}

static int join(struct ct_step *step, struct ct_error *err)
{
	pid_t self = 0;
	size_t done;

	return ops(step)->attach(&step->place, CT_ATTACH_SELF, &self, 1, &done, err);
}

static int leave(struct ct_step *step, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place origin = {
		.hierarchy = step->place.hierarchy, .path = ct_take_ptr(step->origin), .fd = -1,
	};
	pid_t self = 0;
	size_t done;

	if (!origin.path)
		return ct_failx(err, ENOENT, "where this process was in %s lies outside of what %s shows",
				step->place.hierarchy->label, step->place.hierarchy->mountpoint);
	return ops(step)->attach(&origin, CT_ATTACH_SELF, &self, 1, &done, err);
}

/* Attaches ids one by one as the kernel wants; those that have ended are passed over. */
static int attach_all(struct ct_place *place, enum ct_attach kind, const pid_t *ids, size_t count,
		      struct ct_error *err)
{
	for (size_t next = 0; next < count; next++) {
		struct ct_error why = { 0 };
		size_t done = 0;
		int result = place->hierarchy->ops->attach(place, kind, ids + next, count - next,
							   &done, &why);

		next += done;
		if (result == 0)
			return 0;
		if (result == -ESRCH)
			continue;
		*err = why;
		return ct_fail_in(err, "process %d", ids[next]);
	}
	return 0;
}

static int attach(struct ct_step *step, struct ct_error *err)
{
	const struct ct_taskset *set = step->tasks;
	autofree pid_t *pids = NULL;
	size_t count = 0;

	for (size_t i = 0; i < set->count; i++) {
		if (i && set->tasks[i].pid == set->tasks[i - 1].pid)
			continue;
		if (ct_array_push(pids, count, set->tasks[i].pid) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	}
	return attach_all(&step->place, CT_ATTACH_PROCESS, pids, count, err);
}

/*
 * Whether the task is still the one we knew and still where the step has put it. A place that
 * cannot be told, outside of our cgroup namespace, is taken for that.
 */
static bool is_ours(const struct ct_step *step, const struct ct_task *task)
{
	autofree char *text = NULL, *path = NULL;
	struct ct_proc_stat stat;

	if (ct_proc_stat_thread(step->tasks->proc, task->pid, task->tid, &stat) < 0 ||
	    stat.start != task->start ||
	    ct_proc_cgroup(step->tasks->proc, task->pid, task->tid, &text) < 0)
		return false;
	return ct_hierarchy_locate(step->place.hierarchy, text, &path) < 0 ||
	       !strcmp(path, step->place.path);
}

/* Puts one task back by its origin; one that ends meanwhile needs no way back. */
static int detach_task(struct ct_step *step, const struct ct_task *task, enum ct_attach kind,
		       struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place origin = { .hierarchy = step->place.hierarchy, .fd = -1 };
	struct ct_error why = { 0 };
	size_t done;
	int result;

	result = ct_hierarchy_locate(step->place.hierarchy, step->tasks->origins[task->origin],
				     &origin.path);
	if (result < 0)
		return ct_failx(err, -result, "task %d came from outside of what %s shows", task->tid,
				step->place.hierarchy->mountpoint);
	result = ops(step)->attach(&origin, kind, &task->tid, 1, &done, &why);
	if (result == -ESRCH || result == 0)
		return 0;
	*err = why;
	return ct_fail_in(err, "task %d to /%s", task->tid, origin.path);
}

/*
 * The threads tasks[0 … count) of one process. v1: one by one, for they may have lain in
 * different containers. v2: the process as a whole, by a thread that lives (a leader that has
 * ended tells nothing), then the threads that were in another part of a threaded
 * tree. Returns the first failure, and goes on after it.
 */
static int detach_process(struct ct_step *step, const struct ct_task *tasks, size_t count,
			  struct ct_error *err)
{
	bool is_v2 = step->place.hierarchy->version == 2;
	const struct ct_task *whole = NULL;
	int first = 0;

	for (size_t i = 0; i < count; i++) {
		struct ct_error ignored; /* all but the first */
		enum ct_attach kind = is_v2 && !whole ? CT_ATTACH_PROCESS : CT_ATTACH_THREAD;
		int result;

		if (whole ? tasks[i].origin == whole->origin : !is_ours(step, &tasks[i]))
			continue;
		if (is_v2 && !whole)
			whole = &tasks[i];
		result = detach_task(step, &tasks[i], kind, first ? &ignored : err);
		first = first ? first : result;
	}
	return first;
}

static int detach(struct ct_step *step, struct ct_error *err)
{
	const struct ct_taskset *set = step->tasks;
	int first = 0;

	for (size_t i = 0, count; i < set->count; i += count) {
		struct ct_error ignored; /* all but the first */
		int result;

		for (count = 1; i + count < set->count; count++)
			if (set->tasks[i + count].pid != set->tasks[i].pid)
				break;
		result = detach_process(step, &set->tasks[i], count, first ? &ignored : err);
		first = first ? first : result;
	}
	return first;
}

static int remove_place(struct ct_step *step, struct ct_error *err)
{
	struct stat status;
	int result = ct_place_open(&step->place);

	if (result == -ENOENT)
		return 0; /* gone already: somebody wanted the same */
	if (result < 0)
		return ct_failx(err, -result, "cannot open it in %s: %s",
				step->place.hierarchy->label, strerror(-result));
	if (fstat(step->place.fd, &status) < 0)
		return ct_fail(err, "cannot look at it in %s", step->place.hierarchy->label);
	step->uid = status.st_uid;
	step->gid = status.st_gid;
	step->mode = status.st_mode & 07777;
	result = ct_settings_save(&step->place, &step->settings);
	if (result < 0)
		return ct_failx(err, -result, "out of memory");
	result = ops(step)->remove(&step->place, err);
	step->removed = result == 0;
	return result;
}

static int make_again(struct ct_step *step, struct ct_error *err)
{
	int result;

	if (!step->removed)
		return 0;
	result = create(step, err);
	if (result == 0 && (step->uid != geteuid() || step->gid != getegid()))
		result = own(step, err);
	if (result == 0)
		result = set_mode(step, err);
	return result < 0 ? result : ct_settings_restore(&step->place, &step->settings, err);
}

static const struct {
	const char *name;
	int (*apply)(struct ct_step *step, struct ct_error *err);
	int (*undo)(struct ct_step *step, struct ct_error *err);
	bool undo_failed;	/* an apply that failed may have done a part */
} kinds[] = {
	[CT_STEP_ENABLE] = { "enable", enable,       disable,    false },
	[CT_STEP_CREATE] = { "create", create,       discard,    false },
	[CT_STEP_OWN]    = { "own",    own,          nothing,    false },
	[CT_STEP_MODE]   = { "mode",   set_mode,     nothing,    false },
	[CT_STEP_JOIN]   = { "join",   join,         leave,      false },
	[CT_STEP_ATTACH] = { "attach", attach,       detach,     true  },
	[CT_STEP_REMOVE] = { "remove", remove_place, make_again, false },
};

struct ct_step *ct_txn_add(struct ct_txn *txn, enum ct_step_kind kind,
			   struct ct_hierarchy *hierarchy, const char *path,
			   struct ct_error *err)
{
	struct ct_step step = {
		.kind = kind,
		.place = { .hierarchy = hierarchy, .path = strdup(path), .fd = -1 },
	};

	if (!step.place.path || ct_array_push(txn->steps, txn->count, step) < 0) {
		ct_place_clear(&step.place);
		ct_failx(err, ENOMEM, "out of memory");
		return NULL;
	}
	return &txn->steps[txn->count - 1];
}

/* A plan may have more steps than a process may have descriptors. */
static int do_step(struct ct_step *step, int (*act)(struct ct_step *step, struct ct_error *err),
		   struct ct_error *err)
{
	int result = act(step, err);

	if (step->place.fd >= 0)
		close(step->place.fd);
	step->place.fd = -1;
	return result;
}

static int apply_all(struct ct_txn *txn, struct ct_error *err)
{
	while (txn->begun < txn->count) {
		struct ct_step *step = &txn->steps[txn->begun];
		int result;

		if (ct_interrupt_pending())
			return ct_failx(err, EINTR, "interrupted");
		result = do_step(step, kinds[step->kind].apply, err);
		if (result == 0 || kinds[step->kind].undo_failed)
			txn->begun++;
		if (result < 0)
			return result;
	}
	return ct_interrupt_pending() ? ct_failx(err, EINTR, "interrupted") : 0;
}

int ct_txn_run(struct ct_txn *txn, struct ct_error *err)
{
	int result = apply_all(txn, err);

	if (result < 0)
		ct_txn_abort(txn, err);
	return result;
}

void ct_txn_abort(struct ct_txn *txn, struct ct_error *err)
{
	while (txn->begun > 0) {
		struct ct_step *step = &txn->steps[--txn->begun];
		struct ct_error why = { 0 };

		if (do_step(step, kinds[step->kind].undo, &why) >= 0)
			continue;
		err->torn = true;
		ct_fail_also(err, "could not undo \"%s %s /%s\": %s", kinds[step->kind].name,
			     step->place.hierarchy->label, step->place.path, why.text);
	}
}

void ct_txn_commit(struct ct_txn *txn)
{
	txn->committed = true;
}

void ct_txn_clear(struct ct_txn *txn)
{
	struct ct_error ignored = { 0 }; /* the failure that leads here has been told already */

	if (!txn->committed)
		ct_txn_abort(txn, &ignored);
	for (size_t i = 0; i < txn->count; i++) {
		ct_place_clear(&txn->steps[i].place);
		free(txn->steps[i].words);
		free(txn->steps[i].origin);
		ct_settings_clear(&txn->steps[i].settings);
	}
	free(txn->steps);
	*txn = (struct ct_txn){ 0 };
}

static char *task_list(const struct ct_taskset *set)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	for (size_t i = 0; i < set->count; i++)
		if (!i || set->tasks[i].pid != set->tasks[i - 1].pid)
			fprintf(file, "%s%d", i ? "," : "", set->tasks[i].pid);
	return fclose(file) == 0 ? text : (free(text), NULL);
}

int ct_step_text(const struct ct_step *step, char **ret_text)
{
	autofree char *detail = NULL;
	int length;

	switch (step->kind) {
	case CT_STEP_ENABLE:
		length = asprintf(&detail, " %s", step->words);
		break;
	case CT_STEP_OWN:
		length = asprintf(&detail, " %d:%d", (int)step->uid, (int)step->gid);
		break;
	case CT_STEP_MODE:
		length = asprintf(&detail, " %04o", (unsigned)step->mode);
		break;
	case CT_STEP_ATTACH: {
		autofree char *pids = task_list(step->tasks);

		length = pids ? asprintf(&detail, " %s", pids) : -1;
		break;
	}
	default:
		length = asprintf(&detail, "%s", "");
		break;
	}
	if (length < 0) {
		detail = NULL;
		return -ENOMEM;
	}
	length = asprintf(ret_text, "%s %s /%s%s", kinds[step->kind].name,
			  step->place.hierarchy->label, step->place.path, detail);
	return length < 0 ? -ENOMEM : 0;
}
