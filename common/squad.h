/* SPDX-License-Identifier: MIT */
/*
 * All threads of a process under ptrace(2): stopped together, made to enter namespaces one after
 * the other, taken back, let go. For use in a process of its own (inject.h): one that traces
 * threads which do not stop gets rid of them only by ending.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/holder.h"
#include "common/nsset.h"
#include "common/tracee.h"

/* Where threads were; those that were in the same namespaces share one. */
struct ct_squad_origin {
	struct ct_nsset set;
	struct ct_holder holder;
};

enum { CT_SQUAD_PATIENCE = 1000000 }; /* microseconds for taking threads back */

struct ct_squad {
	int proc;			/* not owned */
	pid_t pid;
	const struct ct_nsset *wanted;	/* not owned */
	struct ct_holder holder;	/* in the wanted ones */
	struct ct_tracee *tracees;
	size_t count;
	struct ct_squad_origin *origins;
	size_t origin_count;
	size_t frame;			/* the size of the largest that a thread needs to come back */
	char *directory;		/* where to go back to from another mnt; owned */
};

/*
 * Stops all threads of the process that started at start, and checks that they may enter
 * wanted. Nothing is changed. On failure the squad is to be cleared as well; threads that did not stop are let go
 * when the calling process ends.
 */
int ct_squad_stop(struct ct_squad *squad, uint64_t start, uint64_t deadline, struct ct_error *err);

/* Every thread enters, or on failure none has, unless err->torn. */
int ct_squad_enter(struct ct_squad *squad, uint64_t deadline, struct ct_error *err);

/* Takes those back that have entered; err->torn: one could not be. */
int ct_squad_undo(struct ct_squad *squad, uint64_t deadline, struct ct_error *err);

/* Lets all go on. */
void ct_squad_clear(struct ct_squad *squad);

/* ---- Between its parts ------------------------------------------------------ */

/* Whether those that have stopped may enter, and come back; notes where they are (squad_check.c). */
int ct_squad_check(struct ct_squad *squad, struct ct_error *err);

/* The text of a thread's status, for the caller to free. Like a system call. */
int ct_squad_read_status(const struct ct_squad *squad, pid_t tid, char **ret_text);

/* The number after name in that text; 0 if it is not there. */
int ct_squad_number(const char *status, const char *name);

/* For the functions above: of a process that has ended err says just that. */
int ct_squad_judge(const struct ct_squad *squad, int result, struct ct_error *err);
