/* SPDX-License-Identifier: MIT */
/*
 * A holder: a process of ours that has entered namespaces and stays in them, for another
 * process to enter them after it: by a pidfd, which setns(2) takes, and which any process can open
 * for itself that sees the holder's number.
 */
#pragma once

#include <sys/types.h>

#include "common/error.h"
#include "common/nsset.h"

struct ct_holder {
	pid_t child;	/* ours; 0: there is none */
	pid_t pid;	/* the holder: the child, or a child of that in a pid namespace */
	int handle;	/* of the holder, from ct_pidfd_open() */
	int pipe;	/* it ends a while after this has been closed */
	pid_t seen;	/* the holder's number, as the other process sees it */
};

/*
 * Starts one in the namespaces of set, which the process target can see, and may look at: it
 * has the target's user, and no capability.
 */
int ct_holder_start(int proc, const struct ct_nsset *set, pid_t target,
		    struct ct_holder *ret_holder, struct ct_error *err);

void ct_holder_end(struct ct_holder *holder);
