// SPDX-License-Identifier: MIT
#include "common/taskset_renew.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/proc.h"
#include "common/taskset_read.h"

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
	int result = ct_taskset_read_thread(old, pid, tid, &task, &text);

	if (result < 0)
		return result == -ESRCH ? 0 : result;
	before = find_thread(old, &task);
	task.chosen = before ? before->chosen : chosen;
	line = find_line(before ? old->origins[before->origin] : text, id, &length);
	merged = replace_line(text, id, line, without_staging(line, length, staging));
	return merged ? ct_taskset_push_at(fresh, task, merged) : -ENOMEM;
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
		count = ct_taskset_list_threads(old, pid, &tids);
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
	int count = ct_taskset_list_threads(set, pid, &tids), result = count;

	for (int i = 0; result >= 0 && i < count; i++) {
		autofree char *text = NULL;
		struct ct_task task;

		result = ct_taskset_read_thread(set, pid, tids[i], &task, &text);
		if (result >= 0)
			result = ct_taskset_push(set, task);
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
	int result = origin ? ct_taskset_intern(&fresh, origin, &index) : -ENOMEM;

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
