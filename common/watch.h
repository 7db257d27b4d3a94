/* SPDX-License-Identifier: MIT */
/*
 * The marked containers that the reaper watches: what it knows of each, when it is to be looked at
 * again, and the look, which may end in its removal. A look opens what it needs and closes it.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/hierarchy.h"
#include "common/look.h"
#include "common/mark.h"

struct ct_watch {
	char *file;		/* of the mark; owned */
	struct stat status;	/* of that file, when it was read */
	struct ct_mark mark;
	struct ct_look_memory memory;	/* its watches are owned */
	unsigned skipped;	/* looks that only asked for one task */
	unsigned unseen;	/* looks in a row at which it could not be seen */
	bool kept;		/* by the scan that is under way */
	bool touched;		/* a list of tasks was written to, or only cut to nothing by who opened it */
	bool changed;		/* it was entered, which the file does not say yet */
	bool gone;		/* to be forgotten */
	uint64_t due, pause;	/* when to look again; the growing step */
};

struct ct_watch_list {
	struct ct_watch *items;	/* owned */
	size_t count;
	int state;		/* the state directory; not owned */
	int notify;		/* -1: the kernel gives no more of these, and we look all the time */
	bool outdated;		/* what all says of the mounts */
	struct ct_hierarchies all;
};

int ct_watch_open(struct ct_watch_list *list, int state, struct ct_error *err);

/* A look at the directory of marks: begin, keep or add for each file, end forgets the others. */
void ct_watch_begin(struct ct_watch_list *list);

/* Whether the file is known and has not changed. */
bool ct_watch_keep(struct ct_watch_list *list, const char *file, const struct stat *status);

/* Takes the mark over. 0 or -ENOMEM. */
int ct_watch_add(struct ct_watch_list *list, const char *file, struct ct_mark *mark,
		 const struct stat *status);

void ct_watch_end(struct ct_watch_list *list);

/* What inotify has told. */
void ct_watch_event(struct ct_watch_list *list, int watch, uint32_t mask, const char *name);

/* Looks at those whose time has come, and removes what is to go. */
void ct_watch_look(struct ct_watch_list *list);

/* When the next one is to be looked at, by ct_clock(); UINT64_MAX: none. */
uint64_t ct_watch_due(const struct ct_watch_list *list);
