/* SPDX-License-Identifier: MIT */
/*
 * SIGINT, SIGTERM and SIGHUP. A command that changes something holds them back, looks
 * between its steps whether one has come, undoes what it did and only then dies of it.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>

/* Blocks them; *ret_before is the mask until then, for what is executed later. */
void ct_interrupt_hold(sigset_t *ret_before);

/* Whether one of them has come since; one that the process ignores never has. */
bool ct_interrupt_pending(void);
