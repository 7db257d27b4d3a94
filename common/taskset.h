/* SPDX-License-Identifier: MIT */
/*
 * The tasks of a move: every thread with its process, its start time (a pid may be
 * reused) and where it was. Tasks that were in the same places share one origin, so
 * that the memory does not grow with the number of hierarchies.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"

struct ct_task {
	pid_t tid, pid;
	uint64_t start;
	uint32_t origin;	/* index into origins */
	bool chosen;		/* it is to be moved, not only held still with its process */
};

struct ct_taskset {
	struct ct_task *tasks;	/* a process's threads together, its leader first */
	size_t count;
	char **origins;		/* texts as in /proc/PID/cgroup */
	size_t origin_count;
	bool alike;		/* all have one thread and one origin */
	uint32_t *index;	/* by process: where its threads begin, plus one; 0 is free */
	size_t index_size;	/* a power of two */
	pid_t last_pid;		/* alike: the number given out last when they were listed; 0: not known */
	int proc;		/* /proc; not owned */
};

/*
 * Adds a process with all its threads; one that is in the set already stays once.
 * Refuses what can not be moved: -ESRCH gone or a zombie, -EINVAL a kernel thread or
 * a process whose number is not positive.
 */
int ct_taskset_add(struct ct_taskset *set, pid_t pid, struct ct_error *err);

/* The same for one thread: its process is added, but this thread alone is chosen. */
int ct_taskset_add_thread(struct ct_taskset *set, pid_t tid, struct ct_error *err);

/*
 * Makes the set these processes of one thread that are all where text says, and nothing else; nothing is
 * read. Instead of when each was started they get the present time: a later one that has the same
 * number is another one. -ENOMEM: the set is as it was.
 */
int ct_taskset_replace(struct ct_taskset *set, const pid_t *pids, size_t count, const char *text);

/* Drops the tasks from number count on, which must begin a process. */
void ct_taskset_truncate(struct ct_taskset *set, size_t count);

/* Whether the task's number belongs to another one by now, which started later. */
bool ct_taskset_is_reused(const struct ct_taskset *set, const struct ct_task *task);

/*
 * Whether the task's process is there and the one that was looked at. A thread of it may have
 * gone, or by execve(2) have become the leader, with the leader's number.
 */
bool ct_taskset_has_process(const struct ct_taskset *set, const struct ct_task *task);

/*
 * Whether the process is where the set's first origin is in the hierarchy with the number id, as its
 * children are that nobody has moved; or has ended.
 */
bool ct_taskset_is_beside(const struct ct_taskset *set, int id, pid_t pid);

/* The first task of the process, NULL if the set does not have it. */
const struct ct_task *ct_taskset_find(const struct ct_taskset *set, pid_t pid);

/*
 * Reads the processes of old anew into *ret_fresh, with all the threads that they have now; those
 * that old does not know are chosen or not. In
 * the hierarchy with the number id a thread stays where old has it; one that old does not
 * know, or has in a container called staging, is put into what that is in. 0 or a
 * negative errno, like a system call; *ret_fresh is to be cleared either way.
 */
int ct_taskset_reread(const struct ct_taskset *old, int id, const char *staging, bool chosen,
		      struct ct_taskset *ret_fresh);

/*
 * Reads the processes of the set anew, and those named, with all threads that they have now. All
 * have the set's one origin: what was alike at first, and what it has forked since. 0 or
 * -ENOMEM; on failure the set is as it was.
 */
int ct_taskset_renew(struct ct_taskset *set, const pid_t *pids, size_t count);

void ct_taskset_clear(struct ct_taskset *set);
