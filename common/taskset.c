// SPDX-License-Identifier: MIT
#include "common/taskset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
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

static int add_thread(struct ct_taskset *set, pid_t pid, pid_t tid)
{
	struct ct_task task = { .tid = tid, .pid = pid };
	struct ct_proc_stat stat;
	char *text;
	int result = ct_proc_stat_thread(set->proc, pid, tid, &stat);

	if (result < 0)
		return result;
	task.start = stat.start;
	result = ct_proc_cgroup(set->proc, pid, tid, &text);
	if (result < 0)
		return result;
	result = intern_origin(set, text, &task.origin);
	if (result < 0)
		return result;
	return ct_array_push(set->tasks, set->count, task);
}

static int add_threads(struct ct_taskset *set, pid_t pid)
{
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(set->proc, pid, &tids);

	for (int i = 1; i < count; i++) /* the leader first, in whatever order they are listed */
		if (tids[i] == pid) {
			tids[i] = tids[0];
			tids[0] = pid;
		}

	for (int i = 0; i < count; i++) {
		int result = add_thread(set, pid, tids[i]);

		if (result < 0 && result != -ESRCH) /* a thread may end at any time */
			return result;
	}
	return count < 0 ? count : 0;
}

static int check(const struct ct_taskset *set, pid_t pid, struct ct_error *err)
{
	struct ct_proc_stat stat;
	pid_t leader;
	int result;

	if (pid <= 0)
		return ct_failx(err, EINVAL, "%d is no process: ids are positive numbers", pid);
	result = ct_proc_stat(set->proc, pid, &stat);
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

	for (size_t i = 0; i < set->count; i++)
		if (set->tasks[i].pid == pid)
			return 0;
	result = check(set, pid, err);
	if (result < 0)
		return result;
	result = add_threads(set, pid);
	if (result == -ESRCH || (result == 0 && set->count == before))
		return ct_failx(err, ESRCH, "process %d ended meanwhile", pid);
	if (result < 0)
		return ct_failx(err, -result, "cannot read the threads of process %d: %s", pid,
				strerror(-result));
	return 0;
}

void ct_taskset_clear(struct ct_taskset *set)
{
	for (size_t i = 0; i < set->origin_count; i++)
		free(set->origins[i]);
	free(set->origins);
	free(set->tasks);
	*set = (struct ct_taskset){ .proc = set->proc };
}
