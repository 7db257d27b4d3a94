/* SPDX-License-Identifier: MIT */
/*
 * Namespaces of several kinds, held open: those that a thread has, or those that one is to
 * enter. They live as long as somebody holds them, whatever becomes of the thread. Who they
 * are is told by their inode numbers. See namespaces(7).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { CT_NSSET_KINDS = 8 };

struct ct_nsset_kind {
	const char *name;	/* net, uts, …: the word of a user */
	const char *file;	/* in /proc/PID/task/TID/ns: what setns(2) changes */
	int flag;		/* CLONE_NEW… */
};

/* user first: who enters it may then enter what it owns. */
extern const struct ct_nsset_kind ct_nsset_kinds[CT_NSSET_KINDS];

struct ct_nsset {
	int flags;				/* the kinds it has */
	int fds[CT_NSSET_KINDS];		/* valid where flags say so; owned */
	uint64_t ids[CT_NSSET_KINDS];		/* inode numbers, which are given again */
	uint64_t serials[CT_NSSET_KINDS];	/* which are not; 0: the kernel does not tell */
};

/*
 * Opens what the thread has of the kinds in flags. For pid that is the one which its children
 * are born in. Like a system call; -ESRCH: there is no such thread.
 */
int ct_nsset_open(int proc, pid_t pid, pid_t tid, int flags, struct ct_nsset *ret_set);

/* Puts a copy of fd into the set; -EINVAL: it is no namespace of the kind that flag says. */
int ct_nsset_add(struct ct_nsset *set, int flag, int fd);

/* The serial number of a namespace that is open (Linux 6.18), or 0. */
uint64_t ct_nsset_serial(int fd);

/* Lets go of those of the kinds in flags. */
void ct_nsset_drop(struct ct_nsset *set, int flags);

/* The kinds of which the thread has another one than the set, or a negative errno. */
int ct_nsset_differ(const struct ct_nsset *set, int proc, pid_t pid, pid_t tid);

/* "net,uts", of the kinds in flags. */
void ct_nsset_words(int flags, char *buffer, size_t size);

void ct_nsset_clear(struct ct_nsset *set);
