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
 * Puts text, which is taken over, among the origins, unless it is there already. 0 or -ENOMEM, as all of
 * these that return a number.
 */
int ct_taskset_intern(struct ct_taskset *set, char *text, uint32_t *ret_origin);

/* Adds a task, the threads of a process one after the other. */
int ct_taskset_push(struct ct_taskset *set, struct ct_task task);

/* The same, with its origin, which is taken over, as a text. */
int ct_taskset_push_at(struct ct_taskset *set, struct ct_task task, char *text);

/*
 * Makes the set these processes of one thread that are all where text says, and nothing else; nothing is
 * read. Instead of when each was started they get the present time: a later one that has the same
 * number is another one. On failure the set is as it was.
 */
int ct_taskset_replace(struct ct_taskset *set, const pid_t *pids, size_t count, const char *text);

/* Drops the tasks from number count on, which must begin a process. */
void ct_taskset_truncate(struct ct_taskset *set, size_t count);

/* The first task of the process, NULL if the set does not have it. */
const struct ct_task *ct_taskset_find(const struct ct_taskset *set, pid_t pid);

void ct_taskset_clear(struct ct_taskset *set);
