// SPDX-License-Identifier: MIT
#include "common/squad.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/array.h"
#include "common/asleep.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/proc.h"

enum { LAST_BREATH = 100000 }; /* microseconds from a killed process's first failure to its end */

static bool is_there(const struct ct_squad *squad, pid_t tid)
{
	struct ct_proc_stat stat;
	int result = ct_proc_stat_thread(squad->proc, squad->pid, tid, &stat);

	return result < 0 ? result != -ESRCH : !stat.exiting; /* unknown is not gone */
}

int ct_squad_read_status(const struct ct_squad *squad, pid_t tid, char **ret_text)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/status", squad->pid, tid);
	return ct_file_read(squad->proc, path, ret_text);
}

static bool has_ended(const struct ct_squad *squad)
{
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(squad->proc, squad->pid, &tids);

	for (int i = 0; i < count; i++)
		if (is_there(squad, tids[i]))
			return false;
	return count >= 0 || count == -ESRCH;
}

int ct_squad_judge(const struct ct_squad *squad, int result, struct ct_error *err)
{
	/* What is being killed fails in these ways first. */
	bool dying = result == -ESRCH || result == -ENOENT || result == -EACCES || result == -EFAULT;
	uint64_t deadline = ct_clock() + (dying ? LAST_BREATH : 0), pause = 100;

	if (result >= 0)
		return result;
	while (!has_ended(squad)) {
		if (ct_clock() >= deadline)
			return result;
		ct_clock_pause(&pause, 2000);
	}
	err->torn = false;
	return ct_failx(err, ESRCH, "process %d has ended", squad->pid);
}

/* PTRACE_SEIZE says EPERM for many things. */
static int why_not(const struct ct_squad *squad, pid_t tid, int code, struct ct_error *err)
{
	autofree char *status = NULL;
	int tracer = 0;

	if (ct_squad_read_status(squad, tid, &status) >= 0)
		tracer = ct_squad_number(status, "\nTracerPid:");
	if (tracer)
		return ct_failx(err, EBUSY, "process %d is traced by process %d: end that first", squad->pid,
				tracer);
	errno = code;
	return ct_fail(err, "may not trace process %d", squad->pid);
}

static int seize_new(struct ct_squad *squad, size_t *ret_new, struct ct_error *err)
{
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(squad->proc, squad->pid, &tids);

	*ret_new = 0;
	if (count < 0 && count != -ESRCH)
		return ct_failx(err, -count, "cannot list the threads of process %d: %s", squad->pid, strerror(-count));
	for (int i = 0; i < count; i++) {
		struct ct_tracee tracee = { .tid = tids[i] };
		struct ct_proc_stat stat;
		bool known = false;
		int result = ct_proc_stat_thread(squad->proc, squad->pid, tids[i], &stat);

		for (size_t k = 0; k < squad->count; k++)
			known |= squad->tracees[k].tid == tids[i];
		if (known || result == -ESRCH || (result == 0 && stat.exiting))
			continue;
		if (result < 0)
			return ct_failx(err, -result, "cannot look at thread %d: %s", tids[i], strerror(-result));
		if (stat.worker)
			return ct_failx(err, EBUSY, "process %d has a thread of the kernel in it (%s, for io_uring or vhost), which enters no namespace: end what uses that, or start it there instead",
					squad->pid, stat.command);
		ct_asleep_look(squad->proc, squad->pid, tids[i], &tracee.sleep);
		result = ct_tracee_seize(tids[i]);
		if (result < 0) {
			if (is_there(squad, tids[i]))
				return why_not(squad, tids[i], -result, err);
			continue;
		}
		if (ct_array_push(squad->tracees, squad->count, tracee) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
		++*ret_new;
	}
	return 0;
}

static int not_stopped(const struct ct_squad *squad, int result, struct ct_error *err)
{
	struct ct_proc_stat stat = { .state = '?' };
	char channel[64] = "";
	pid_t tid = 0;

	if (result == -EAGAIN)
		return ct_failx(err, EAGAIN, "process %d executes another program just now: try again",
				squad->pid);
	for (size_t i = 0; i < squad->count && !tid; i++)
		if (!squad->tracees[i].stopped && !squad->tracees[i].gone)
			tid = squad->tracees[i].tid;
	ct_proc_stat_thread(squad->proc, squad->pid, tid, &stat);
	ct_proc_wait_channel(squad->proc, tid, channel, sizeof(channel));
	return ct_failx(err, ETIMEDOUT, "process %d: thread %d does not stop (state %c%s%s): it is frozen, waits for a child of vfork or for a device; try again later",
			squad->pid, tid, stat.state, channel[0] ? ", in " : "", channel);
}

/* A thread may start another before it has stopped: until a listing has none that is new. */
static int stop_all(struct ct_squad *squad, uint64_t deadline, struct ct_error *err)
{
	size_t fresh;

	do {
		int result = seize_new(squad, &fresh, err);

		if (result < 0)
			return result;
		result = ct_tracee_wait(squad->tracees, squad->count, deadline);
		if (result < 0)
			return not_stopped(squad, result, err);
	} while (fresh > 0);
	for (size_t i = 0; i < squad->count; i++)
		if (!squad->tracees[i].gone)
			return 0;
	return ct_failx(err, ESRCH, "process %d has ended", squad->pid);
}

static int look(struct ct_squad *squad, uint64_t start, struct ct_error *err)
{
	struct ct_proc_stat stat;
	int result;

	if (squad->pid <= 0)
		return ct_failx(err, EINVAL, "%d is no process", squad->pid);
	result = ct_proc_stat(squad->proc, squad->pid, &stat);
	if (result < 0 && result != -ESRCH)
		return ct_failx(err, -result, "cannot look at process %d: %s", squad->pid, strerror(-result));
	if (result < 0 || (start && stat.start != start))
		return ct_failx(err, ESRCH, "there is no process %d", squad->pid);
	if (stat.kernel)
		return ct_failx(err, EINVAL, "%d is a kernel thread", squad->pid);
	return 0;
}

int ct_squad_stop(struct ct_squad *squad, uint64_t start, uint64_t deadline, struct ct_error *err)
{
	int result = look(squad, start, err);

	if (result < 0)
		return result;
	/* First, as it takes time in which nothing need be stopped. */
	result = ct_holder_start(squad->proc, squad->wanted, squad->pid, &squad->holder, err);
	if (result == 0)
		result = stop_all(squad, deadline, err);
	if (result == 0) /* again: now it can no longer end and be another one */
		result = look(squad, start, err);
	if (result == 0)
		result = ct_squad_check(squad, err);
	return ct_squad_judge(squad, result, err);
}
