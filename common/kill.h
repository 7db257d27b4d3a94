/* SPDX-License-Identifier: MIT */
/* Signalling everything in a container, and waiting until it has gone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/container.h"
#include "common/error.h"

struct ct_kill {
	int signal;
	bool recursive;		/* the containers below as well */
	bool wait;		/* until no process is left; always for SIGKILL */
	uint64_t timeout;	/* milliseconds to wait */
};

/*
 * Signals each process of the container. SIGKILL: by cgroup.kill where there is one, and
 * pass by pass until nothing is left; what is frozen is thawed, because on v1 it could
 * not die. Refuses (-EPERM, nothing signalled) if the caller or a process above it is
 * inside. -ETIMEDOUT: err names who is left. Returns how many processes were
 * signalled.
 */
int ct_kill(struct ct_hierarchies *all, struct ct_container *container,
	    const struct ct_kill *how, struct ct_error *err);

/* The processes of the container, each once; with recursive also those below. */
int ct_kill_list(struct ct_container *container, bool recursive, pid_t **ret_pids,
		 struct ct_error *err);
