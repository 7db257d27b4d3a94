/* SPDX-License-Identifier: MIT */
/*
 * The calling process and those above it, as far as they are in what is to be ended or frozen:
 * nobody's surprise is wanted. Each is held on to by a pidfd.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/victims.h"

struct ct_own {
	struct ct_own_process { pid_t pid; int fd; } *items;	/* nearest first; owned */
	size_t count;
};

/*
 * The calling process does this for another one, whose child's child it is, and which is what messages mean
 * by the caller.
 */
void ct_own_work_for(pid_t caller);

/* Who stands between it and that one; 0: nobody does. */
pid_t ct_own_between(void);

/* Adds those that are within reach and not in own yet. Returns how many of own are. */
int ct_own_find(struct ct_own *own, const struct ct_reach *reach, int proc, struct ct_error *err);

/* Says that the nearest of them, of which there are some, is in the way, and ways, the other ways out. */
int ct_own_refuse(const struct ct_own *own, int proc, const char *ways, struct ct_error *err);

bool ct_own_has(const struct ct_own *own, pid_t pid);

/* Takes them out of victims. */
void ct_own_leave_out(const struct ct_own *own, struct ct_victims *victims);

/* Signals them, the farthest above first and the caller last: this may not return. */
int ct_own_signal(const struct ct_own *own, int proc, int signal, struct ct_error *err);

void ct_own_clear(struct ct_own *own);
