/* SPDX-License-Identifier: MIT */
/*
 * The journal of a move: a text file in the state directory, a line for each step, written
 * before the step is done. It must survive a killed process, not a power cut: cgroups do not
 * outlive a boot, and the boot's id stands in its head. A last line without a newline was
 * not begun.
 */
#pragma once

#include <stddef.h>

#include "common/error.h"

struct ct_journal {
	int state;	/* the state directory; not owned */
	int fd;		/* -1: no journal is kept */
};

/* Begins one; the caller holds the lock, and has recovered what an earlier one left. */
int ct_journal_begin(int state, struct ct_journal *ret_journal, struct ct_error *err);

/* Begins it again: all that it has was undone. */
int ct_journal_again(const struct ct_journal *journal, struct ct_error *err);

/* Appends text, whole lines, with one write(2). */
int ct_journal_add(const struct ct_journal *journal, const char *text, size_t length,
		   struct ct_error *err);

/* The move is over: removes the file. */
int ct_journal_end(struct ct_journal *journal, struct ct_error *err);

/*
 * The lines that a dead mover left, without the head, for the caller to free. -ENOENT: there
 * is none, or it was another boot's and has been removed. -EBADMSG, -EPERM: it is
 * there, but no journal of ours; err says what to do.
 */
int ct_journal_read(int state, char **ret_text, struct ct_error *err);

/* Removes what ct_journal_read() has read. */
int ct_journal_discard(int state, struct ct_error *err);
