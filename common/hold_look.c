// SPDX-License-Identifier: MIT
#include "common/hold_look.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/proc.h"
#include "common/taskset_renew.h"

enum ct_life ct_hold_life_of(const struct ct_hold *hold, pid_t pid)
{
	struct ct_proc_stat stat;
	int result = ct_proc_stat(hold->tasks->proc, pid, &stat);

	if (result < 0)
		return result == -ESRCH ? CT_DEAD : CT_ALIVE;
	if (!stat.exiting || stat.threads > 1)
		return CT_ALIVE;
	return stat.state == 'Z' || stat.state == 'X' ? CT_DEAD : CT_ENDING;
}

/* Where the kernel says that the thread is in the freezer now; NULL: it cannot be told. */
static char *where_thread(const struct ct_hold *hold, pid_t pid, pid_t tid)
{
	autofree char *text = NULL;
	struct ct_proc_stat stat;
	char *path;

	/* of one that has ended the kernel says the root */
	if (ct_proc_stat_thread(hold->tasks->proc, pid, tid, &stat) < 0 || stat.exiting ||
	    ct_proc_cgroup(hold->tasks->proc, pid, tid, &text) < 0)
		return NULL;
	return ct_hierarchy_locate(hold->freezer, text, &path) < 0 ? NULL : path;
}

char *ct_hold_where_now(const struct ct_hold *hold, pid_t pid)
{
	autofree pid_t *tids = NULL;
	char *path = where_thread(hold, pid, pid);
	int count = path ? 0 : ct_proc_threads(hold->tasks->proc, pid, &tids);

	for (int i = 0; !path && i < count; i++)
		path = where_thread(hold, pid, tids[i]);
	return path;
}

int ct_hold_find_now(const struct ct_hold *hold, const struct ct_task *task, char **ret_path)
{
	uint64_t pause = 100;

	for (int tries = 0; tries < 6; tries++) {
		if (!ct_taskset_has_process(hold->tasks, task))
			return -ESRCH;
		*ret_path = ct_hold_where_now(hold, task->pid);
		if (*ret_path)
			return 0;
		if (ct_hold_life_of(hold, task->pid) != CT_ALIVE)
			return -ESRCH;
		ct_clock_pause(&pause, 1000);
	}
	return -EAGAIN;
}

int ct_hold_cannot_look(const struct ct_task *task, struct ct_error *err)
{
	return ct_failx(err, EAGAIN, "process %d cannot be looked at in /proc (are there descriptors and memory left?)",
			task->pid);
}
