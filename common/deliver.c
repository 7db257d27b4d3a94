// SPDX-License-Identifier: MIT
#include "common/deliver.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/pidfd.h"

int ct_deliver_one(int fd, int proc, pid_t pid, int signal, struct ct_error *err)
{
	char name[16];

	if (ct_trace) {
		snprintf(name, sizeof(name), "%d", pid);
		ct_trace("kill", proc, name, strsignal(signal));
	}
	errno = -ct_pidfd_signal(fd, pid, signal);
	return !errno ? 1 : errno == ESRCH ? 0 : ct_fail(err, "cannot signal process %d", pid);
}

/* Each process takes a descriptor: as many as we may have. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Opens as many as there are descriptors for, leaving some for the list. Returns how many. */
static int open_batch(const pid_t *pids, size_t count, int *fds, struct ct_error *err)
{
	enum { SPARE = 8 };
	size_t taken;

	for (taken = 0; taken < count; taken++) {
		fds[taken] = ct_pidfd_open(pids[taken]);
		if (fds[taken] == -EMFILE || fds[taken] == -ENFILE)
			break;
		if (fds[taken] < 0 && fds[taken] != -ESRCH) {
			close_all(fds, taken);
			return ct_failx(err, -fds[taken], "cannot hold on to process %d: %s",
					pids[taken], strerror(-fds[taken]));
		}
	}
	if (taken < count) {
		size_t most = taken > SPARE ? taken - SPARE : 0;

		close_all(fds + most, taken - most);
		taken = most;
	}
	return taken || !count ? (int)taken :
				 ct_failx(err, EMFILE, "too few descriptors are left to signal anything (ulimit -n)");
}

/* Those that are listed now are the ones that the descriptors stand for, or these have ended. */
static int send_batch(struct ct_reach *reach, int proc, pid_t *pids, const int *fds, size_t count,
		      int signal, struct ct_error *err)
{
	ct_cleanup(ct_victims_clear) struct ct_victims now = { 0 };
	int sent = 0, result = ct_victims_list(reach, &now, err);

	for (size_t i = 0; result >= 0 && i < count; i++) {
		if (fds[i] < 0 || !ct_victims_have(&now, pids[i]))
			continue;
		result = ct_deliver_one(fds[i], proc, pids[i], signal, err);
		if (result > 0) {
			pid_t pid = pids[i];

			pids[i] = pids[sent];
			pids[sent++] = pid;
		}
	}
	return result < 0 ? result : sent;
}

int ct_deliver(struct ct_reach *reach, int proc, pid_t *pids, size_t count, int signal,
	       struct ct_error *err)
{
	autofree int *fds = calloc(count + 1, sizeof(*fds));
	size_t sent = 0;

	if (!fds)
		return ct_failx(err, ENOMEM, "out of memory");
	raise_limit();
	for (size_t first = 0; first < count;) {
		int taken = open_batch(pids + first, count - first, fds, err);
		int result = taken < 0 ? taken : send_batch(reach, proc, pids + first, fds, (size_t)taken,
							    signal, err);

		close_all(fds, taken < 0 ? 0 : (size_t)taken);
		if (result < 0)
			return result;
		for (size_t i = 0; i < (size_t)result; i++, sent++) {
			pid_t pid = pids[first + i];

			pids[first + i] = pids[sent];
			pids[sent] = pid;
		}
		first += (size_t)taken;
	}
	return (int)sent;
}
