/* SPDX-License-Identifier: MIT */
/* Fills a set with processes that run, as /proc has them. See proc(5). */
#pragma once

#include "common/error.h"
#include "common/taskset.h"

/*
 * Adds a process with all its threads; one that is in the set already stays once.
 * Refuses what can not be moved: -ESRCH gone or a zombie, -EINVAL a kernel thread or
 * a process whose number is not positive.
 */
int ct_taskset_add(struct ct_taskset *set, pid_t pid, struct ct_error *err);

/* The same for one thread: its process is added, but this thread alone is chosen. */
int ct_taskset_add_thread(struct ct_taskset *set, pid_t tid, struct ct_error *err);

/*
 * One thread, which is chosen; its place, a text to be freed, goes to *ret_text. 0 or a negative errno:
 * -ESRCH if it has ended, or is about to.
 */
int ct_taskset_read_thread(const struct ct_taskset *set, pid_t pid, pid_t tid, struct ct_task *ret_task,
			   char **ret_text);

/* The threads of a process, its leader first, to be freed. How many, or a negative errno. */
int ct_taskset_list_threads(const struct ct_taskset *set, pid_t pid, pid_t **ret_tids);
