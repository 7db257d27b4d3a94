/* SPDX-License-Identifier: MIT */
/*
 * Holding on to a process, so that a signal reaches it and not one that has got its number since:
 * by pidfd_open(2), or where that is not to be had (before Linux 5.3, or a seccomp filter) by its
 * directory in /proc, which is that of one process too. See pidfd_send_signal(2).
 */
#pragma once

#include <sys/types.h>

/*
 * A descriptor of the process; like a system call. -ESRCH: there is none of that number, or it is
 * a thread's.
 */
int ct_pidfd_open(pid_t pid);

/*
 * Signals the process, whose number was pid when fd was opened; like a system call. -ESRCH: it has
 * ended. Where not even pidfd_send_signal(2) is to be had it is seen to be alive right before.
 */
int ct_pidfd_signal(int fd, pid_t pid, int signal);
