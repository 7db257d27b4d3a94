/* SPDX-License-Identifier: MIT */
/*
 * Starting a command as a child that is born in the container: in v2 by
 * clone3(CLONE_INTO_CGROUP), which takes no lock and waits for no grace period; in v1 the child
 * joins before it becomes the command. A child that cannot join ends without having run.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/container.h"
#include "common/enter.h"
#include "common/error.h"

/*
 * Starts argv in the container and returns once it has become the command; *ret_pid is
 * the child, for the caller to wait for. before is the signal mask it gets. What enter
 * says the caller has begun, and the child joins and settles. On failure
 * there is no child left; err->code is that of execvp(3) if *ret_joined.
 */
int ct_spawn(const struct ct_container *container, char *const argv[], const sigset_t *before,
	     const struct ct_enter *enter, pid_t *ret_pid, bool *ret_joined, struct ct_error *err);

/*
 * Waits for pid like a shell in the foreground: signals that somebody sends to the caller
 * go to it (the terminal's own reach both anyway), and when it stops, so does the
 * caller. The caller has blocked all signals. Returns its wait status.
 */
int ct_spawn_wait(pid_t pid);
