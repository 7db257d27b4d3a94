/* SPDX-License-Identifier: MIT */
/*
 * Makes a process that already runs enter namespaces, each of its threads, by ptrace(2): it is
 * stopped, borrowed for three system calls a thread, and goes on where it was. It notices nothing: its
 * registers, memory, signals, descriptors and interrupted sleeps are as before.
 *
 * A session is a process of its own that does the tracing (the injector). Should the caller die,
 * and whoever it has given a copy of the socket to, it takes the target back and lets it go; should the
 * injector die, each thread finishes by itself what it was at (machine.h), and ct_inject_unite() can
 * bring them together again. Between begin and end the target stands still, and cannot fork: this is
 * to be short.
 *
 * What the kernel does not allow is refused at the beginning: mnt, user and time for a process with
 * several threads; pid, which changes nothing but where children are born, for a namespace that is not
 * below the target's own; all for a target without CAP_SYS_ADMIN over both namespaces. A user
 * namespace is entered for good: nothing can be undone after that.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/nsset.h"

struct ct_inject {
	pid_t injector;	/* 0: there is none; of a session that was taken over no child of ours */
	int socket;
};

/*
 * Stops the process that was started at start (0: not asked), and makes sure that its threads may
 * enter the namespaces of wanted, which is needed no longer. Each step of the session may take
 * patience microseconds.
 * On failure the process goes on as it was.
 */
int ct_inject_begin(int proc, pid_t pid, uint64_t start, const struct ct_nsset *wanted,
		    uint64_t patience, struct ct_inject *ret_session, struct ct_error *err);

/* Whether the target stands still: -EOWNERDEAD, the injector is not there any more. */
int ct_inject_check(struct ct_inject *session, struct ct_error *err);

/* All threads enter; on failure none has, unless err->torn says so. They stay stopped. */
int ct_inject_enter(struct ct_inject *session, struct ct_error *err);

/* All threads go back to where they were; nothing if they are there. They stay stopped. */
int ct_inject_undo(struct ct_inject *session, struct ct_error *err);

/* Lets the process go on, as it is. */
int ct_inject_end(struct ct_inject *session, struct ct_error *err);

/* A session that has not ended is undone. */
void ct_inject_clear(struct ct_inject *session);

/*
 * How many threads of the process are in all namespaces of set, and how many are not. Both are not 0
 * if an injector was killed between two threads. Like a system call.
 */
int ct_inject_count(int proc, pid_t pid, const struct ct_nsset *set, size_t *ret_inside,
		    size_t *ret_outside);

/* For recovery: all threads enter what the thread tid is in, of the kinds in flags. */
int ct_inject_unite(int proc, pid_t pid, uint64_t start, pid_t tid, int flags, uint64_t patience,
		    struct ct_error *err);
