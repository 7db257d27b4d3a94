/* SPDX-License-Identifier: MIT */
/*
 * In which system call a thread sleeps, seen before ptrace(2) stops it there. A kernel that undoes the
 * interrupted call before a tracer sees the thread (machine.h) tells it nowhere afterwards.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "common/machine.h"

/* Of the thread, which runs; there may be none. */
void ct_asleep_look(int proc, pid_t pid, pid_t tid, struct ct_machine_sleep *ret_sleep);

/*
 * Of the thread, which has been stopped by ptrace(2) since and has not run: whether it was in this call still.
 */
bool ct_asleep_is_same(int proc, pid_t pid, pid_t tid, const struct ct_machine_sleep *sleep);

/* Whether a signal waits for the thread that it will handle when it runs. */
bool ct_asleep_is_signalled(int proc, pid_t pid, pid_t tid);
