// SPDX-License-Identifier: MIT
#include "common/taskset_read.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/proc.h"

int ct_taskset_read_thread(const struct ct_taskset *set, pid_t pid, pid_t tid, struct ct_task *ret_task,
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

int ct_taskset_list_threads(const struct ct_taskset *set, pid_t pid, pid_t **ret_tids)
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
	int count = ct_taskset_list_threads(set, pid, &tids);

	for (int i = 0; i < count; i++) {
		struct ct_task task;
		char *text;
		int result = ct_taskset_read_thread(set, pid, tids[i], &task, &text);

		if (result == 0)
			result = ct_taskset_push_at(set, task, text);
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
