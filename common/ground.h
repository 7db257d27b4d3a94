/* SPDX-License-Identifier: MIT */
/*
 * Memory that is borrowed from a stopped process: a bit of executable memory that nothing uses
 * (the zeros behind the end of a text, the vdso's if it can be), for the code of machine.h, and
 * the low end of the first thread's stack, far below where that has come to, for the frame; a stack
 * that is used up to there grows. Both are given back as they were. What a killed borrower leaves there does no harm.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/machine.h"

struct ct_ground {
	pid_t tid;		/* a stopped thread, by which the memory is reached */
	uintptr_t code, frame;
	size_t room;		/* for the frame */
	unsigned char *before;	/* what was in it; owned */
	unsigned char code_before[CT_MACHINE_CODE];
};

/* Finds the places, with room bytes for a frame; stacks[]: where the stacks of all threads are. */
int ct_ground_find(int proc, pid_t pid, pid_t tid, const uintptr_t *stacks, size_t count, size_t room,
		   struct ct_ground *ret_ground, struct ct_error *err);

/* Keeps what is there, and puts the code in. Like a system call. */
int ct_ground_take(struct ct_ground *ground);

/* Writes into the frame's room, from offset on. Like a system call. */
int ct_ground_write(const struct ct_ground *ground, size_t offset, const void *data, size_t size);

/* Puts everything back; tid: a thread that is still there. Like a system call. */
int ct_ground_return(struct ct_ground *ground, pid_t tid);

/* Leaves everything as it is, for a thread that still needs it. */
void ct_ground_leave(struct ct_ground *ground);
