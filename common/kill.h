/* SPDX-License-Identifier: MIT */
/* Ending everything in a container, or signalling it, in all hierarchies in which it exists. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/container.h"
#include "common/error.h"
#include "common/own.h"
#include "common/victims.h"

struct ct_kill {
	int signal;
	bool recursive;		/* the containers below as well */
	bool wait;		/* until no process is left; always for SIGKILL */
	bool self;		/* also if the caller, or a process above it, is in it */
	uint64_t timeout;	/* milliseconds to wait */
};

/*
 * Whether everything within reach may be signalled: refuses (-EPERM) if the caller or a process
 * above it is in it, unless how->self, which puts these into own; what another user's is; and what
 * has no number here unless the signal is SIGKILL. victims, or NULL if nobody asks who
 * they are, gets all but own.
 */
int ct_kill_check(struct ct_hierarchies *all, struct ct_reach *reach, const struct ct_kill *how,
		  struct ct_own *own, struct ct_victims *victims, struct ct_error *err);

/*
 * SIGKILL: by cgroup.kill where that reaches nobody else, then pass by pass, and what forks faster
 * than that is held still and killed; what is frozen is thawed, until nothing is left. Any
 * other signal: all is held still, gets it once, and goes on; what was frozen stays so.
 * The caller may go first (haste.h): hundreds that fork without end leave little time to others.
 * -ETIMEDOUT: err names who is left. own is gathered, for ct_own_signal() at the very end.
 */
int ct_kill(struct ct_hierarchies *all, struct ct_container *container,
	    const struct ct_kill *how, struct ct_own *own, struct ct_error *err);
