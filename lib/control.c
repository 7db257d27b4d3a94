// SPDX-License-Identifier: MIT
/* Signalling, freezing and thawing what is in a container. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>

#include "common/cleanup.h"
#include "common/demolish.h"
#include "common/freeze.h"
#include "common/haste.h"
#include "common/kill.h"
#include "lib/handle.h"
#include "lib/worker.h"

enum { TIMEOUT = 10000 }; /* milliseconds */

enum what { KILL, FREEZE, THAW };

static const char *const ops[] = { "kill", "freeze", "thaw" };

struct job {
	const struct libct *ct;
	const char *container;
	enum what what;
	struct ct_kill kill;
	bool remove;
	uint64_t timeout;
};

static int end(const struct job *job, struct ct_hierarchies *all, struct ct_container *container, struct ct_error *err)
{
	ct_cleanup(ct_own_clear) struct ct_own own = { 0 };

	if (job->kill.signal == SIGKILL && ct_haste_is_crowded())
		ct_haste_begin(); /* until this process ends */
	return job->remove ? ct_demolish(all, container, &job->kill, &own, err) :
			     ct_kill(all, container, &job->kill, &own, err);
}

static int act(const void *argument, uint64_t *numbers, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	const struct job *job = argument;
	int result = worker_look(job->ct, false, &all, err);

	(void)numbers;
	if (result < 0)
		return result;
	result = ct_container_open(&all, job->container, handle_is_exact(job->ct), &container, err);
	if (result >= 0 && job->what == KILL)
		result = end(job, &all, &container, err);
	else if (result >= 0)
		result = job->what == FREEZE ? ct_freeze_apply(&all, &container, job->timeout, err) :
					       ct_freeze_thaw(&all, &container, err);
	return worker_conclude(ops[job->what], job->container, result, err);
}

static int run(const struct job *job, uint64_t flags, uint64_t known, struct libct_error *ret_err)
{
	uint64_t numbers[WORKER_NUMBERS];
	struct ct_error err = { 0 };
	int result = handle_check(job->ct, job->container, flags, known, &err);

	if (result >= 0 && job->what == KILL && (job->kill.signal < 1 || job->kill.signal > SIGRTMAX))
		result = ct_failx(&err, EINVAL, "%s: %d is no signal", job->container, job->kill.signal);
	if (result >= 0)
		result = worker_run(act, job, numbers, &err);
	return handle_tell(ret_err, result, &err);
}

LIBCT_PUBLIC int libct_kill(const struct libct *ct, const char *container, int signal, uint64_t flags, uint64_t timeout,
			    struct libct_error *ret_err)
{
	const struct job job = {
		.ct = ct, .container = container, .what = KILL, .remove = flags & LIBCT_REMOVE,
		.kill = {
			.signal = signal,
			.recursive = flags & LIBCT_RECURSIVE,
			.wait = flags & (LIBCT_WAIT | LIBCT_REMOVE),
			.timeout = timeout ? timeout : TIMEOUT,
		},
	};
	CALM;

	return run(&job, flags, LIBCT_RECURSIVE | LIBCT_WAIT | LIBCT_REMOVE, ret_err);
}

LIBCT_PUBLIC int libct_freeze(const struct libct *ct, const char *container, uint64_t timeout, struct libct_error *ret_err)
{
	const struct job job = { .ct = ct, .container = container, .what = FREEZE, .timeout = timeout ? timeout : TIMEOUT };
	CALM;

	return run(&job, 0, 0, ret_err);
}

LIBCT_PUBLIC int libct_thaw(const struct libct *ct, const char *container, struct libct_error *ret_err)
{
	const struct job job = { .ct = ct, .container = container, .what = THAW };
	CALM;

	return run(&job, 0, 0, ret_err);
}
