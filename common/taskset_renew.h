/* SPDX-License-Identifier: MIT */
/* What has become of the tasks of a set since they were listed. */
#pragma once

#include "common/taskset.h"

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

/*
 * Reads the processes of old anew into *ret_fresh, with all the threads that they have now; those
 * that old does not know are chosen or not. In the hierarchy with the number id a thread stays where
 * old has it; one that old does not know, or has in a container called staging, is put into what that is
 * in. 0 or a negative errno, like a system call; *ret_fresh is to be cleared either way.
 */
int ct_taskset_reread(const struct ct_taskset *old, int id, const char *staging, bool chosen,
		      struct ct_taskset *ret_fresh);

/*
 * Reads the processes of the set anew, and those named, with all threads that they have now. All
 * have the set's one origin: what was alike at first, and what it has forked since. 0 or
 * -ENOMEM; on failure the set is as it was.
 */
int ct_taskset_renew(struct ct_taskset *set, const pid_t *pids, size_t count);
