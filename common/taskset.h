/* SPDX-License-Identifier: MIT */
/*
 * The tasks of a move: every thread with its process, its start time (a pid may be
 * reused) and where it was. Tasks that were in the same places share one origin, so
 * that the memory does not grow with the number of hierarchies.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"

struct ct_task {
	pid_t tid, pid;
	uint64_t start;
	uint32_t origin;	/* index into origins */
};

struct ct_taskset {
	struct ct_task *tasks;	/* a process's threads together, its leader first */
	size_t count;
	char **origins;		/* texts as in /proc/PID/cgroup */
	size_t origin_count;
	int proc;		/* /proc; not owned */
};

/*
 * Adds a process with all its threads; one that is in the set already stays once.
 * Refuses what can not be moved: -ESRCH gone or a zombie, -EINVAL a kernel thread or
 * a process whose number is not positive.
 */
int ct_taskset_add(struct ct_taskset *set, pid_t pid, struct ct_error *err);

void ct_taskset_clear(struct ct_taskset *set);
