/* SPDX-License-Identifier: MIT */
/*
 * Finding a namespace of which only the numbers are known: as the root of a mount, or as one that a
 * process is in. What nobody is in, nothing is mounted of and nobody holds open is no more; another
 * one may have its inode number then.
 */
#pragma once

#include <sys/types.h>

#include "common/nsset.h"

/*
 * Opens that of a kind, by the numbers in the set; the threads of the process pid are asked first. Returns
 * the descriptor, or like a system call -ENOENT: there is none to be seen.
 */
int ct_nsfind_open(int proc, pid_t pid, const struct ct_nsset *set, int kind);

/* Opens those of the set that are not (-1), by their numbers. -ENOENT: *ret_flag is missing. */
int ct_nsfind_fill(int proc, pid_t pid, struct ct_nsset *set, int *ret_flag);
