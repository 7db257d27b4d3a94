/* SPDX-License-Identifier: MIT */
/*
 * Signalling processes of a container that go on running meanwhile. A list of numbers is stale when
 * it is used: a pidfd holds on to one process, and only if the container lists the number after
 * that, the process is signalled, so that one which has left, or has got the number of
 * another, is spared. See pidfd_open(2), pidfd_send_signal(2).
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/victims.h"

/*
 * Signals those of pids that are within reach. Returns how many were, and puts these first.
 * One that ends meanwhile is no failure.
 */
int ct_deliver(struct ct_reach *reach, int proc, pid_t *pids, size_t count, int signal,
	       struct ct_error *err);

/*
 * Signals the process that fd, from ct_pidfd_open(pid), stands for: 1, or 0 if it has ended. Told to who
 * listens (ct_trace); proc is the directory /proc.
 */
int ct_deliver_one(int fd, int proc, pid_t pid, int signal, struct ct_error *err);
