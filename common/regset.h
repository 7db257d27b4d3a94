/* SPDX-License-Identifier: MIT */
/* Register sets and signal masks of a stopped thread, as ptrace(2) has them. Like system calls. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The size of the set, which is at most size. */
ssize_t ct_regset_get(pid_t tid, int type, void *buffer, size_t size);

int ct_regset_set(pid_t tid, int type, const void *buffer, size_t size);

int ct_regset_get_mask(pid_t tid, uint64_t *ret_mask);

int ct_regset_set_mask(pid_t tid, uint64_t mask);
