/* SPDX-License-Identifier: MIT */
/*
 * A process that waits for the mover to end, and recovers at once if it ended without having
 * removed its journal. It shares the mover's lock, so that nobody moves in between.
 */
#pragma once

#include <sys/types.h>

#include "common/error.h"

struct ct_guard {
	pid_t pid;
	int socket;	/* the guard sees its other end close when the mover ends; an heir (party.h) */
};

/* Starts it; state and lock are the descriptors of state.h. */
int ct_guard_start(int state, int lock, const char *sysroot, struct ct_guard *ret_guard,
		   struct ct_error *err);

/* The move is over: lets the guard end, and waits for that. */
void ct_guard_end(struct ct_guard *guard);
