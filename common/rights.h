/* SPDX-License-Identifier: MIT */
/*
 * Whether a thread may enter namespaces: it needs CAP_SYS_ADMIN over each of them, which is asked in
 * the user namespace that owns it. setns(2), user_namespaces(7).
 */
#pragma once

#include <sys/types.h>

#include "common/error.h"
#include "common/nsset.h"

/*
 * Looks before anything is changed; -EPERM: it may not. What cannot be seen from here is left to
 * the kernel to refuse. status: the text of /proc/PID/task/TID/status.
 */
int ct_rights_check(int proc, pid_t pid, pid_t tid, const char *status, const struct ct_nsset *set,
		   int flags, struct ct_error *err);
