/* SPDX-License-Identifier: MIT */
/*
 * Processes that run and are to enter the same namespaces, all or none. Each has a session
 * (inject.h) in which it stands still until the party is released or cleared. Whoever takes over
 * from one that has died knows the members and the numbers of their namespaces from a journal, and
 * has the sessions that were handed over; where a session has died with its injector, another is
 * begun that leads to where the process belongs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/inject.h"
#include "common/nsset.h"

struct ct_party_member {
	pid_t pid;
	uint64_t start;
	size_t from;			/* the set that it was in */
	struct ct_inject session;
	bool returns;			/* the session was begun anew */
};

struct ct_party {
	int proc;			/* not owned */
	uint64_t patience;		/* microseconds for each step of a session */
	struct ct_nsset *sets;		/* the first are those to enter; fds of -1 are not known; owned */
	size_t set_count;
	struct ct_party_member *members;	/* owned */
	size_t count;
	uint64_t since;			/* by ct_clock(): when the first stood still */
	int heir;			/* a socket to whoever takes over, -1: nobody; not owned */
};

/* An empty one, which is to enter copies of wanted, which has some. */
int ct_party_begin(int proc, const struct ct_nsset *wanted, uint64_t patience, int heir,
		   struct ct_party *ret_party, struct ct_error *err);

/*
 * Stops the process, if it may enter, and makes it a member: 1. 0: it is one already, or has ended. On
 * failure it goes on as it was.
 */
int ct_party_add(struct ct_party *party, pid_t pid, struct ct_error *err);

bool ct_party_has(const struct ct_party *party, pid_t pid);

/* Whether it cannot be undone, as a member would enter another user namespace. */
bool ct_party_is_final(const struct ct_party *party);

/* Whether all members that live are in the new namespaces; what is under way is waited for. */
bool ct_party_is_inside(struct ct_party *party);

/* All enter. On failure some may have. */
int ct_party_enter(struct ct_party *party, struct ct_error *err);

/* Whether all stand still: -EOWNERDEAD, one was let go by the death of its injector. */
int ct_party_check(struct ct_party *party, struct ct_error *err);

/* Stops again those that are not where they were, as far as it can be done now. */
void ct_party_brace(struct ct_party *party);

/* All are where they were, or where they are to be, and stand still if they have a session. */
int ct_party_undo(struct ct_party *party, struct ct_error *err);
int ct_party_redo(struct ct_party *party, struct ct_error *err);

/* Lets all go on where they are. */
void ct_party_release(struct ct_party *party);

/* Lets all go on where they were, unless they have been released. */
void ct_party_clear(struct ct_party *party);

/* ---- Taking over (party_record.c) ------------------------------------------- */

/* Lines for a journal, for the caller to free. -ENOMEM. */
int ct_party_text(const struct ct_party *party, char **ret_text);

/*
 * Understands "namespaces ..." and "member ...", of which rest is what follows the word. -EBADMSG.
 * The party begins as { 0 }.
 */
int ct_party_parse(struct ct_party *party, const char *word, const char *rest);

/* Sends what was added last to the heir: the set to, and the session of the member, if not NULL. */
void ct_party_hand_over(const struct ct_party *party, const struct ct_nsset *set,
			const struct ct_party_member *member);

/* Adds what arrives on the socket to left, which begins as { 0 }. 0: nothing comes any more. */
int ct_party_receive(struct ct_party *left, int socket);

/* The party of a journal gets what was handed over to left. */
void ct_party_inherit(struct ct_party *party, struct ct_party *left);
