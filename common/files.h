/* SPDX-License-Identifier: MIT */
/*
 * The open files of tasks, each counted once however many descriptors and processes share it: by
 * kcmp(2), which compares two of them, and puts them in an order. What a file is stays unknown.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"

/*
 * How many there are, of the threads tids[0 … count). One that ends meanwhile, or a descriptor that is
 * closed, is passed over. -EPERM, -EACCES: a task is not for the caller to look at, and
 * err names it; -ENOSYS: the kernel has no kcmp(2). proc is the directory /proc.
 */
int ct_files_count(int proc, const pid_t *tids, size_t count, size_t *ret_files,
		   struct ct_error *err);
