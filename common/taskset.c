// SPDX-License-Identifier: MIT
#include "common/taskset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/proc.h"

static int intern_origin(struct ct_taskset *set, char *text, uint32_t *ret_origin)
{
	/* the last one first: threads of a process, and processes of a job, lie together */
	for (size_t i = set->origin_count; i-- > 0;)
		if (!strcmp(set->origins[i], text)) {
			*ret_origin = (uint32_t)i;
			free(text);
			return 0;
		}
	*ret_origin = (uint32_t)set->origin_count;
	if (ct_array_push(set->origins, set->origin_count, text) < 0) {
		free(text);
		return -ENOMEM;
	}
	return 0;
}

static size_t slot_of(const struct ct_taskset *set, pid_t pid)
{
	size_t slot = (size_t)pid * 2654435761u & (set->index_size - 1);

	while (set->index[slot] && set->tasks[set->index[slot] - 1].pid != pid)
		slot = (slot + 1) & (set->index_size - 1);
	return slot;
}

const struct ct_task *ct_taskset_find(const struct ct_taskset *set, pid_t pid)
{
	uint32_t found = set->index_size ? set->index[slot_of(set, pid)] : 0;

	return found ? &set->tasks[found - 1] : NULL;
}

static void fill_index(struct ct_taskset *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (!i || set->tasks[i].pid != set->tasks[i - 1].pid)
			set->index[slot_of(set, set->tasks[i].pid)] = (uint32_t)i + 1;
}

void ct_taskset_truncate(struct ct_taskset *set, size_t count)
{
	set->count = count;
	if (set->index_size)
		memset(set->index, 0, set->index_size * sizeof(*set->index));
	fill_index(set);
}

/* At most half of the index is in use; grown, it is filled anew. */
static int grow_index(struct ct_taskset *set)
{
	size_t size = set->index_size ? 4 * set->index_size : 16;
	uint32_t *grown;

	if (2 * set->count < set->index_size)
		return 0;
	grown = calloc(size, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	free(set->index);
	set->index = grown;
	set->index_size = size;
	fill_index(set);
	return 0;
}

static int push_task(struct ct_taskset *set, struct ct_task task)
{
	bool is_first = !set->count || set->tasks[set->count - 1].pid != task.pid;
	int result = grow_index(set);

	set->alike = false;
	if (result == 0)
		result = ct_array_push(set->tasks, set->count, task);
	if (result == 0 && is_first)
		set->index[slot_of(set, task.pid)] = (uint32_t)set->count;
	return result;
}

/* Takes over text. */
static int push(struct ct_taskset *set, struct ct_task task, char *text)
{
	int result = intern_origin(set, text, &task.origin);

	return result < 0 ? result : push_task(set, task);
}

int ct_taskset_replace(struct ct_taskset *set, const pid_t *pids, size_t count, const char *text)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset fresh = { .proc = set->proc };
	struct ct_taskset old = *set;
	struct ct_task task = { .start = ct_clock_ticks(), .chosen = true };
	char *copy = strdup(text);
	int result = copy ? intern_origin(&fresh, copy, &task.origin) : -ENOMEM;

	for (size_t i = 0; result >= 0 && i < count; i++) {
		task.tid = task.pid = pids[i];
		result = push_task(&fresh, task);
	}
	if (result < 0)
		return result;
	fresh.alike = true;
	*set = fresh;
	fresh = old;
	return 0;
}

static int read_thread(const struct ct_taskset *set, pid_t pid, pid_t tid, struct ct_task *ret_task,
		       char **ret_text)
{
	struct ct_proc_stat stat;
	int result = ct_proc_stat_thread(set->proc, pid, tid, &stat);

	/* one that is on its way out is moved no more, and is said to be in the root */
	if (result >= 0)
		result = stat.exiting ? -ESRCH : ct_proc_cgroup(set->proc, pid, tid, ret_text);
	if (result < 0)
		return result;
	*ret_task = (struct ct_task){ .tid = tid, .pid = pid, .start = stat.start, .chosen = true };
	return 0;
}

static int list_threads(const struct ct_taskset *set, pid_t pid, pid_t **ret_tids)
{
	int count = ct_proc_threads(set->proc, pid, ret_tids);

	for (int i = 1; i < count; i++) /* the leader first, in whatever order they are listed */
		if ((*ret_tids)[i] == pid) {
			(*ret_tids)[i] = (*ret_tids)[0];
			(*ret_tids)[0] = pid;
		}
	return count;
}

static int add_threads(struct ct_taskset *set, pid_t pid)
{
	autofree pid_t *tids = NULL;
	int count = list_threads(set, pid, &tids);

	for (int i = 0; i < count; i++) {
		struct ct_task task;
		char *text;
		int result = read_thread(set, pid, tids[i], &task, &text);

		if (result == 0)
			result = push(set, task, text);
		if (result < 0 && result != -ESRCH) /* a thread may end at any time */
			return result;
	}
	return count < 0 ? count : 0;
}

/*
 * While a thread executes a program it takes the place of the leader, which looks as if it ended:
 * a moment later it is there again, or has really gone.
 */
static int look_at(const struct ct_taskset *set, pid_t pid, struct ct_proc_stat *ret_stat)
{
	uint64_t pause = 200;
	int result;

	for (int tries = 0;; tries++) {
		result = ct_proc_stat(set->proc, pid, ret_stat);
		if (result < 0 || !ret_stat->exiting || ret_stat->threads > 1 || tries == 5)
			return result;
		ct_clock_pause(&pause, 2000);
	}
}

static int check(const struct ct_taskset *set, pid_t pid, struct ct_error *err)
{
	struct ct_proc_stat stat;
	pid_t leader;
	int result;

	if (pid <= 0)
		return ct_failx(err, EINVAL, "%d is no process: ids are positive numbers", pid);
	result = look_at(set, pid, &stat);
	if (result == -ESRCH)
		return ct_failx(err, ESRCH, "there is no process %d (it may have ended)", pid);
	if (result < 0)
		return ct_failx(err, -result, "cannot read /proc/%d/stat: %s", pid, strerror(-result));
	if (stat.kernel)
		return ct_failx(err, EINVAL, "%d (%s) is a kernel thread, which belongs to no container",
				pid, stat.command);
	if (ct_proc_leader(set->proc, pid, &leader) == 0 && leader != pid)
		return ct_failx(err, EINVAL, "%d is a thread of process %d (%s): give that", pid,
				leader, stat.command);
	if (stat.exiting && stat.state != 'Z' && stat.threads <= 1)
		return ct_failx(err, ESRCH, "process %d (%s) is ending", pid, stat.command);
	if (stat.state == 'Z' && stat.threads <= 1)
		return ct_failx(err, ESRCH,
				"%d (%s) is a zombie: it has ended, and goes when its parent %d waits for it",
				pid, stat.command, stat.ppid);
	return 0;
}

int ct_taskset_add(struct ct_taskset *set, pid_t pid, struct ct_error *err)
{
	size_t before = set->count;
	int result;

	if (ct_taskset_find(set, pid))
		return 0;
	result = check(set, pid, err);
	if (result < 0)
		return result;
	/* a thread that executes a program takes the leader's number while the list is read */
	for (int tries = 0; tries < 5; tries++) {
		result = add_threads(set, pid);
		if (result < 0 || set->count > before)
			break;
	}
	if (result == -ESRCH || (result == 0 && set->count == before))
		return ct_failx(err, ESRCH, "process %d ended meanwhile", pid);
	if (result < 0)
		return ct_failx(err, -result, "cannot read the threads of process %d: %s", pid,
				strerror(-result));
	return 0;
}

int ct_taskset_add_thread(struct ct_taskset *set, pid_t tid, struct ct_error *err)
{
	pid_t pid;
	int result;

	if (tid <= 0)
		return ct_failx(err, EINVAL, "%d is no thread: ids are positive numbers", tid);
	if (ct_proc_leader(set->proc, tid, &pid) < 0)
		return ct_failx(err, ESRCH, "there is no thread %d (it may have ended)", tid);
	if (!ct_taskset_find(set, pid)) {
		size_t first = set->count;

		result = ct_taskset_add(set, pid, err);
		if (result < 0)
			return result;
		for (size_t i = first; i < set->count; i++)
			set->tasks[i].chosen = false;
	}
	for (size_t i = 0; i < set->count; i++)
		if (set->tasks[i].tid == tid) {
			set->tasks[i].chosen = true;
			return 0;
		}
	return ct_failx(err, ESRCH, "thread %d ended meanwhile", tid);
}

/* The line of text that begins with "ID:"; its length is without the newline. */
static const char *find_line(const char *text, int id, size_t *ret_length)
{
	while (*text) {
		*ret_length = strcspn(text, "\n");
		if (strtol(text, NULL, 10) == id)
			return text;
		text += *ret_length + (text[*ret_length] == '\n');
	}
	*ret_length = 0;
	return text;
}

/* text, with its line for the hierarchy replaced by the one given. */
static char *replace_line(const char *text, int id, const char *line, size_t line_length)
{
	size_t length;
	const char *at = find_line(text, id, &length);
	char *joined;

	if (asprintf(&joined, "%.*s%.*s%s", (int)(at - text), text, (int)line_length, line, at + length) < 0)
		return NULL;
	return joined;
}

/* Without the component staging at its end, a line tells what the staging place is in. */
static size_t without_staging(const char *line, size_t length, const char *staging)
{
	size_t part = strlen(staging) + 1;

	if (length <= part || line[length - part] != '/' ||
	    memcmp(line + length - part + 1, staging, part - 1) != 0)
		return length;
	return length - part + (line[length - part - 1] == ':'); /* "0::/" keeps its slash */
}

bool ct_taskset_is_beside(const struct ct_taskset *set, int id, pid_t pid)
{
	autofree char *text = NULL;
	const char *line, *wanted;
	size_t length, wanted_length;
	int result = ct_proc_cgroup(set->proc, pid, pid, &text);

	if (result < 0 || !set->origin_count)
		return result == -ESRCH; /* it has ended: nobody moves it any more */
	line = find_line(text, id, &length);
	wanted = find_line(set->origins[0], id, &wanted_length);
	return length == wanted_length && !memcmp(line, wanted, length);
}

bool ct_taskset_is_reused(const struct ct_taskset *set, const struct ct_task *task)
{
	struct ct_proc_stat stat;

	return ct_proc_stat_thread(set->proc, task->pid, task->tid, &stat) == 0 &&
	       stat.start > task->start;
}

bool ct_taskset_has_process(const struct ct_taskset *set, const struct ct_task *task)
{
	struct ct_proc_stat stat;
	int result = ct_proc_stat(set->proc, task->pid, &stat);

	/* what cannot be looked at, for want of a descriptor, has not ended by that */
	return result == 0 ? stat.start <= task->start : result != -ESRCH;
}

static const struct ct_task *find_thread(const struct ct_taskset *set, const struct ct_task *task)
{
	const struct ct_task *at = ct_taskset_find(set, task->pid);
	const struct ct_task *end = set->tasks + set->count;

	for (; at && at < end && at->pid == task->pid; at++)
		if (at->tid == task->tid && task->start <= at->start)
			return at;
	return NULL;
}

static int reread_thread(const struct ct_taskset *old, int id, const char *staging, bool chosen,
			 pid_t pid, pid_t tid, struct ct_taskset *fresh)
{
	autofree char *text = NULL;
	const struct ct_task *before;
	struct ct_task task;
	const char *line;
	char *merged;
	size_t length;
	int result = read_thread(old, pid, tid, &task, &text);

	if (result < 0)
		return result == -ESRCH ? 0 : result;
	before = find_thread(old, &task);
	task.chosen = before ? before->chosen : chosen;
	line = find_line(before ? old->origins[before->origin] : text, id, &length);
	merged = replace_line(text, id, line, without_staging(line, length, staging));
	return merged ? push(fresh, task, merged) : -ENOMEM;
}

int ct_taskset_reread(const struct ct_taskset *old, int id, const char *staging, bool chosen,
		      struct ct_taskset *ret_fresh)
{
	for (size_t i = 0; i < old->count; i++) {
		autofree pid_t *tids = NULL;
		pid_t pid = old->tasks[i].pid;
		int count;

		if ((i && old->tasks[i - 1].pid == pid) || !ct_taskset_has_process(old, &old->tasks[i]))
			continue;
		count = list_threads(old, pid, &tids);
		if (count < 0 && count != -ESRCH)
			return count;
		for (int j = 0; j < count; j++) {
			int result = reread_thread(old, id, staging, chosen, pid, tids[j],
						   ret_fresh);

			if (result < 0)
				return result;
		}
	}
	return 0;
}

/* All threads that the process has now; one that ends meanwhile is left out. */
static int push_process(struct ct_taskset *set, pid_t pid)
{
	autofree pid_t *tids = NULL;
	int count = list_threads(set, pid, &tids), result = count;

	for (int i = 0; result >= 0 && i < count; i++) {
		autofree char *text = NULL;
		struct ct_task task;

		result = read_thread(set, pid, tids[i], &task, &text);
		if (result >= 0)
			result = push_task(set, task);
		if (result == -ESRCH)
			result = 0;
	}
	return result == -ESRCH ? 0 : result;
}

int ct_taskset_renew(struct ct_taskset *set, const pid_t *pids, size_t count)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset fresh = { .proc = set->proc };
	char *origin = set->origin_count == 1 ? strdup(set->origins[0]) : NULL;
	uint32_t index;
	int result = origin ? intern_origin(&fresh, origin, &index) : -ENOMEM;

	for (size_t i = 0; result >= 0 && i < set->count; i++)
		if ((!i || set->tasks[i - 1].pid != set->tasks[i].pid) &&
		    ct_taskset_has_process(set, &set->tasks[i]))
			result = push_process(&fresh, set->tasks[i].pid);
	for (size_t i = 0; result >= 0 && i < count; i++)
		if (!ct_taskset_find(&fresh, pids[i]))
			result = push_process(&fresh, pids[i]);
	if (result >= 0) {
		struct ct_taskset old = *set;

		*set = fresh;
		fresh = old;
	}
	return result;
}

void ct_taskset_clear(struct ct_taskset *set)
{
	for (size_t i = 0; i < set->origin_count; i++)
		free(set->origins[i]);
	free(set->origins);
	free(set->index);
	free(set->tasks);
	*set = (struct ct_taskset){ .proc = set->proc };
}
