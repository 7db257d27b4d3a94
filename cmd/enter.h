/* SPDX-License-Identifier: MIT */
/* The options by which commands enter namespaces, and how they do. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cmd/option.h"
#include "common/container.h"
#include "common/enter.h"
#include "common/error.h"
#include "common/nssource.h"

extern struct enter_options {
	struct ct_nssource source;	/* of -N */
	struct ct_enter how;
	int fresh;			/* kinds of which the command gets a new one, unpinned */
	bool map_root;
} enter;

#define ENTER_OPTIONS                                                                                        \
	STRING(0, "root", "DIR", &enter.how.root, "make DIR the root of the command"),                       \
	STRING(0, "wd", "DIR", &enter.how.wd, "make DIR the working directory, as it is called there"),      \
	PARSED(0, "setuid", "UID", enter_parse_uid, "the user to become"),                                   \
	PARSED(0, "setgid", "GID", enter_parse_gid, "the group to become; supplementary ones are dropped"),   \
	FLAG(0, "mount-proc", &enter.how.mount_proc, "mount /proc anew, in a mount namespace of its own"),   \
	FLAG(0, "map-root-user", &enter.map_root, "be root in a new user namespace (user=NEW)")

/* For -N. */
int enter_parse_list(const char *value, struct ct_error *err);

int enter_parse_uid(const char *value, struct ct_error *err);
int enter_parse_gid(const char *value, struct ct_error *err);

/*
 * Opens the namespaces that -N names, without it those of the container, before anything is
 * changed. clone: the kinds that stand alone are new ones.
 */
int enter_open(struct ct_hierarchies *all, const struct ct_container *container, bool clone,
	       struct ct_error *err);

/* The same for processes that run: they can enter no new ones, which ctclone makes, nor a pid namespace. */
int enter_open_running(struct ct_hierarchies *all, const struct ct_container *container,
		       struct ct_error *err);

/* Refuses pid in the list of -N for a process that runs. */
int enter_check_running(struct ct_error *err);

/*
 * Makes those that are to be new, and joins all, or begins for a child that is to; with --dry-run
 * prints what would be.
 */
int enter_join(const struct ct_container *container, bool child, struct ct_error *err);

/*
 * Waits for the child that has become the command, and returns an exit status; unless plain, a
 * signal that ended it ends the caller too.
 */
int enter_wait(pid_t pid, bool plain);
