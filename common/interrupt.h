/* SPDX-License-Identifier: MIT */
/*
 * The signals by which a user or a system ends a command: SIGINT, SIGTERM, SIGHUP and the like.
 * A command that changes something holds them back, looks between its steps whether one has
 * come, undoes what it did and only then dies of it. SIGPIPE is held back too, and does
 * nothing: whoever reads the messages of a change may go without breaking it in the middle.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>

/* Blocks them; *ret_before is the mask until then, for what is executed later. */
void ct_interrupt_hold(sigset_t *ret_before);

/*
 * Blocks the signals by which a terminal stops a process (^Z): it would leave others standing
 * still. *ret_before is the mask until then, to be set again.
 */
void ct_interrupt_hold_stops(sigset_t *ret_before);

/*
 * A descriptor that is readable as long as one of those held back is pending (signalfd(2)), to
 * poll(2) for; nothing is read of it. Like a system call: no text.
 */
int ct_interrupt_open(void);

/* Whether one of them has come since; one that the process ignores never has. */
bool ct_interrupt_pending(void);
