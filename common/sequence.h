/* SPDX-License-Identifier: MIT */
/*
 * Restartable sequences, rseq(2): a few instructions that a thread is to begin anew when it was
 * interrupted in them. The kernel sees to that by where the thread is when it goes on, so that one that
 * was sent elsewhere meanwhile would finish what it should not.
 */
#pragma once

#include <sys/types.h>

#include "common/machine.h"

/*
 * If the state of the stopped thread is in the middle of one, it is where that is begun anew
 * afterwards. Like a system call.
 */
int ct_sequence_abort(pid_t tid, struct ct_machine *machine);
