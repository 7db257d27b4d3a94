/* SPDX-License-Identifier: MIT */
/*
 * The marks of containers that delete themselves: a text file for each in the directory "reap" of
 * the state directory. It names the directories by hierarchy and inode, so that another container
 * of the same name is never taken for it; what another boot or another cgroup namespace has
 * written means nothing here. Whoever reads or changes a mark holds its lock (flock(2)); who
 * enters the container holds it until he is inside.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/container.h"
#include "common/error.h"

struct ct_mark_place {
	int hierarchy;		/* as /proc/self/cgroup numbers it: a number is not used again soon */
	char *label;		/* owned */
	ino_t inode;
	char *path;		/* as the kernel names it, from "/" on; owned */
};

struct ct_mark {
	char *name;		/* as it was given; owned */
	char boot[64];
	uint64_t namespace;	/* of cgroups */
	bool entered;		/* somebody was inside: empty, it is to go */
	struct ct_mark_place *places;	/* owned */
	size_t count;
};

/* Parses a mark, whole: -EBADMSG if it is none, -ENOMEM. Like a system call: no text. */
int ct_mark_parse(const char *text, struct ct_mark *ret_mark);

/* The text of a mark, for the caller to free. 0 or -ENOMEM, like a system call. */
int ct_mark_text(const struct ct_mark *mark, char **ret_text);

/* The name of the file that is for the container name; -EINVAL: it has control characters. */
int ct_mark_file(const char *name, char buffer[NAME_MAX + 1], struct ct_error *err);

/* A mark of this boot and this namespace, of name, without places yet. */
int ct_mark_begin(const char *name, struct ct_mark *ret_mark, struct ct_error *err);

/* Whether mark is of the same boot and namespace as other. */
bool ct_mark_is_kin(const struct ct_mark *mark, const struct ct_mark *other);

/* Adds the places of container, or puts them in the stead of those in the same hierarchies. */
int ct_mark_add(struct ct_mark *mark, struct ct_container *container, struct ct_error *err);

void ct_mark_clear(struct ct_mark *mark);

/*
 * Opens a mark's file, never through a link, and takes its lock; waits for it up to timeout
 * milliseconds. With create it is made if it is not there, and *ret_made told. -EAGAIN: others
 * have the lock; -EPERM: it is no file of this user; -ENOENT. Like a system call: no text.
 */
int ct_mark_open(int dir, const char *file, bool create, uint64_t timeout, bool *ret_made);

/* Reads the mark that is open. -EBADMSG: it is none. Like a system call: no text. */
int ct_mark_load(int fd, struct ct_mark *ret_mark);

/* Writes text to the file that is open, in the stead of what was there. */
int ct_mark_write(int fd, const char *text, struct ct_error *err);

/* The same with mark's text. */
int ct_mark_store(int fd, const struct ct_mark *mark, struct ct_error *err);
