/* SPDX-License-Identifier: MIT */
/*
 * What the kernel says now of a process that is to be held: whether it lives, and where in the freezing
 * hierarchy it is (proc_pid_stat(5), cgroups(7)).
 */
#pragma once

#include "common/hold.h"

enum ct_life { CT_ALIVE, CT_ENDING, CT_DEAD };

/* One that is ending still has its children; before it is dead it leaves them to another. */
enum ct_life ct_hold_life_of(const struct ct_hold *hold, pid_t pid);

/*
 * The path in the freezing hierarchy where its leader is or, if that has ended, whichever of its threads
 * lives; the caller's. NULL: it cannot be told.
 */
char *ct_hold_where_now(const struct ct_hold *hold, pid_t pid);

/*
 * The same, asked again while it cannot be told: when a thread executes a program, threads have
 * other names for a moment. -ESRCH: it has ended; -EAGAIN: it lives, but cannot be looked at. No text.
 */
int ct_hold_find_now(const struct ct_hold *hold, const struct ct_task *task, char **ret_path);

/* The text for that -EAGAIN, which it returns. */
int ct_hold_cannot_look(const struct ct_task *task, struct ct_error *err);
