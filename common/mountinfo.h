/* SPDX-License-Identifier: MIT */
/*
 * The cgroup mounts among the lines of /proc/self/mountinfo
 * (proc_pid_mountinfo(5)). Read by these few lines and not through libmount,
 * because loading that would double the cost of ctexec.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct ct_mount {
	dev_t device;
	unsigned version;	/* 1 or 2 */
	const char *root;	/* the directory of the hierarchy that is mounted */
	const char *mountpoint;
	const char *options;	/* of the super block: controllers, name=, … */
};

/* Owns text; the strings of items point into it. */
struct ct_mountinfo {
	char *text;
	struct ct_mount *items;
	size_t count;
};

/*
 * Takes over text, which must be from malloc(3), and parses it; lines that are
 * malformed or no cgroup mounts are passed over. 0 or -ENOMEM, like a system call.
 */
int ct_mountinfo_parse(char *text, struct ct_mountinfo *ret_mounts);

/* In place: the kernel writes white space and backslashes of a path as \ooo. */
void ct_mountinfo_unescape(char *text);

void ct_mountinfo_clear(struct ct_mountinfo *mounts);
