/* SPDX-License-Identifier: MIT */
/*
 * What a process needs that stays in the background: to be nobody's foreground, and to hold
 * nothing of its caller's open.
 */
#pragma once

#include <stddef.h>

/*
 * Starts a process that is nobody's child, so that no wait(2) of the caller meets with it: 0 in that
 * process, 1 in the caller, or a negative errno.
 */
int ct_daemon_fork(void);

/*
 * For a child after fork(2): a session of its own, / as its directory, name as its name. It keeps
 * the descriptors *fds[0 … count), which become 3, 4 and so on, and no others. The first of them
 * must be a directory: it also stands in for the standard descriptors, for it can be neither
 * read nor written, and /dev/null would hold the mount that it lies in.
 */
void ct_daemon_detach(const char *name, int *const fds[], size_t count);

/* Makes what ps(1) shows as the command line name too, so that it is not taken for its caller. */
void ct_daemon_rename(const char *name);
