// SPDX-License-Identifier: MIT
#include "common/move.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/reap.h"
#include "lib/handle.h"
#include "lib/worker.h"

enum { TIMEOUT = 2000 }; /* milliseconds */

struct job {
	const struct libct *ct;
	const char *container;
	struct ct_move move;
	const char *from;
};

enum number { MOVED, HELD };

static int open_both(const struct job *job, struct ct_hierarchies *all, struct ct_container *to,
		     struct ct_container *from, struct ct_error *err)
{
	int result = ct_container_open(all, job->container, handle_is_exact(job->ct), to, err);

	if (result < 0)
		return ct_fail_in(err, "%s", job->container);
	if (!job->from)
		return 0;
	result = ct_container_open(all, job->from, false, from, err);
	return result < 0 ? ct_fail_in(err, "--from %s", job->from) : 0;
}

static int move(const void *argument, uint64_t *numbers, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container to = { 0 }, from = { 0 };
	ct_cleanup(ct_reap_clear) struct ct_reap reap = CT_REAP_NONE;
	const struct job *job = argument;
	struct ct_move how = job->move;
	bool marks;
	int result = worker_begin(true, &marks, err);

	if (result >= 0)
		result = handle_hierarchies(job->ct, false, &all, err);
	if (result < 0)
		return result;
	if (marks) /* it deletes itself: not now */
		ct_reap_enter(&all, job->container, &reap);
	result = open_both(job, &all, &to, &from, err);
	if (result < 0)
		return result;
	how.to = &to;
	how.from = job->from ? &from : NULL;
	result = ct_move(&all, &how, err);
	reap.done = reap.done || result >= 0 || err->torn; /* else nobody was inside */
	numbers[MOVED] = how.moved;
	numbers[HELD] = how.held;
	return result;
}

static int check(const struct libct *ct, const char *container, const pid_t *pids, size_t count,
		 const struct libct_move_how *how, struct ct_error *err)
{
	int result = handle_check(ct, container, how->flags, LIBCT_RECURSIVE | LIBCT_THREADS | LIBCT_FROZEN, err);

	if (result < 0)
		return result;
	if (!how->from && (!count || !pids))
		return ct_failx(err, EINVAL, "%s: move what? there is no process, and no container to take them from", container);
	if (how->flags & LIBCT_THREADS && (how->flags & LIBCT_RECURSIVE || how->from))
		return ct_failx(err, EINVAL, "%s: LIBCT_THREADS moves the threads that are named: it goes with neither LIBCT_RECURSIVE nor from",
				container);
	return 0;
}

static int move_them(const struct libct *ct, const char *container, const pid_t *pids, size_t count,
		     struct libct_move_how *ret_how, struct ct_error *err)
{
	struct libct_move_how how = { 0 };
	uint64_t numbers[WORKER_NUMBERS];
	struct job job;
	int result = ret_how ? handle_take(&how, sizeof(how), ret_how, err) : 0;

	if (result >= 0)
		result = check(ct, container, pids, count, &how, err);
	if (result < 0)
		return result;
	job = (struct job){ .ct = ct, .container = container, .from = how.from, .move = {
		.ids = pids, .count = count,
		.threads = how.flags & LIBCT_THREADS,
		.descendants = how.flags & LIBCT_RECURSIVE,
		.to_frozen = how.flags & LIBCT_FROZEN,
		.timeout = how.timeout ? how.timeout : TIMEOUT,
	} };
	result = worker_run(move, &job, numbers, err);
	if (result >= 0 && ret_how) {
		ret_how->moved = numbers[MOVED];
		ret_how->held = numbers[HELD];
	}
	return result;
}

LIBCT_PUBLIC int libct_move(const struct libct *ct, const char *container, const pid_t *pids, size_t count,
			    struct libct_move_how *how, struct libct_error *ret_err)
{
	struct ct_error err = { 0 };
	CALM;

	return handle_tell(ret_err, move_them(ct, container, pids, count, how, &err), &err);
}
