// SPDX-License-Identifier: MIT
#include "common/own.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/deliver.h"
#include "common/pidfd.h"
#include "common/proc.h"

static pid_t caller; /* 0: the process itself */

void ct_own_work_for(pid_t pid)
{
	caller = pid;
}

pid_t ct_own_between(void)
{
	return caller ? getppid() : 0;
}

static int add(struct ct_own *own, pid_t pid, struct ct_error *err)
{
	struct ct_own_process process = { .pid = pid, .fd = ct_pidfd_open(pid) };

	if (process.fd == -ESRCH)
		return 0;
	if (process.fd < 0)
		return ct_failx(err, -process.fd, "cannot hold on to process %d: %s", pid,
				strerror(-process.fd));
	if (ct_array_push(own->items, own->count, process) == 0)
		return 0;
	close(process.fd);
	return ct_failx(err, ENOMEM, "out of memory");
}

int ct_own_find(struct ct_own *own, const struct ct_reach *reach, int proc, struct ct_error *err)
{
	struct ct_proc_stat stat;
	int found = 0;

	for (pid_t pid = getpid(); pid > 0; pid = stat.ppid) {
		int result = 0;

		if (ct_proc_stat(proc, pid, &stat) < 0)
			break;
		if (!ct_reach_holds(reach, proc, pid))
			continue;
		if (!ct_own_has(own, pid))
			result = add(own, pid, err);
		if (result < 0)
			return result;
		found++;
	}
	return found;
}

int ct_own_refuse(const struct ct_own *own, int proc, const char *ways, struct ct_error *err)
{
	struct ct_proc_stat stat = { .command = "?" };
	pid_t pid = own->items[0].pid;

	if (caller && ct_own_has(own, caller))
		pid = caller;
	ct_proc_stat(proc, pid, &stat);
	if (caller)
		return ct_failx(err, EPERM, "it holds %d (%s), %s: do it from outside%s", pid, stat.command,
				pid == caller ? "which asks for it" : "under which the one runs that asks for it", ways);
	return ct_failx(err, EPERM, "it holds %s%d (%s), which this command runs under: run it from outside%s",
			pid == getpid() ? "ct itself, " : "", pid, stat.command, ways);
}

bool ct_own_has(const struct ct_own *own, pid_t pid)
{
	for (size_t i = 0; i < own->count; i++)
		if (own->items[i].pid == pid)
			return true;
	return false;
}

void ct_own_leave_out(const struct ct_own *own, struct ct_victims *victims)
{
	size_t kept = 0, processes = 0;

	for (size_t i = 0; own->count && i < victims->count; i++) {
		if (ct_own_has(own, victims->items[i].pid))
			continue;
		processes += !kept || victims->items[kept - 1].pid != victims->items[i].pid;
		victims->items[kept++] = victims->items[i];
	}
	if (!own->count)
		return;
	victims->count = kept;
	victims->processes = processes;
}

int ct_own_signal(const struct ct_own *own, int proc, int signal, struct ct_error *err)
{
	bool self = ct_own_has(own, getpid());
	sigset_t set;

	for (size_t i = own->count; i-- > 0;) {
		int result = own->items[i].pid == getpid() ? 0 : ct_deliver_one(own->items[i].fd, proc,
									      own->items[i].pid, signal, err);

		if (result < 0)
			return result;
	}
	if (!self)
		return 0;
	/* it is held back as long as something is changed (interrupt.h): now nothing is */
	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return kill(getpid(), signal) < 0 ? ct_fail(err, "cannot signal ct itself") : 0;
}

void ct_own_clear(struct ct_own *own)
{
	for (size_t i = 0; i < own->count; i++)
		close(own->items[i].fd);
	free(own->items);
	*own = (struct ct_own){ 0 };
}
