/* SPDX-License-Identifier: MIT */
/*
 * Entering namespaces on the way to become a command: the process joins them, and then settles:
 * root, /proc, working directory, user. Where a pid namespace is entered that is a child, for its
 * members are only born, and the parent begins. The words mean what they mean to unshare(1) and
 * nsenter(1).
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/nsset.h"

struct ct_enter {
	struct ct_nsset set;	/* to be joined; owned */
	int joined;		/* set: the kinds that the parent is in already */
	bool new_pid;		/* a pid namespace of its own */
	bool mount_proc;	/* a mount namespace of its own, with /proc mounted anew */
	const char *root;	/* the new root, as the namespaces that were joined show it; or NULL */
	const char *wd;		/* the working directory in that, or NULL */
	bool set_uid, set_gid;	/* also outside of a user namespace */
	uid_t uid;		/* 0 if not set */
	gid_t gid;
};

/* Whether it is to be a child that joins, settles and becomes the command. */
bool ct_enter_forks(const struct ct_enter *enter);

/* In the parent: it stays outside itself, but for what it must enter to enter a pid namespace. */
int ct_enter_begin(struct ct_enter *enter, struct ct_error *err);

/*
 * Joins, those a user namespace owns after that one where it must be so, before it where it
 * can. The process must have one thread. On failure some may have been joined.
 */
int ct_enter_join(const struct ct_enter *enter, struct ct_error *err);

int ct_enter_settle(const struct ct_enter *enter, struct ct_error *err);

void ct_enter_clear(struct ct_enter *enter);
