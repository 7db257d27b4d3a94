// SPDX-License-Identifier: MIT
#include "common/interrupt.h"

#include <stddef.h>

/* All that end a process and are not its own fault. */
static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2 };

enum { HELD = sizeof(held) / sizeof(*held) };

void ct_interrupt_hold(sigset_t *ret_before)
{
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < HELD; i++)
		sigaddset(&signals, held[i]);
	sigaddset(&signals, SIGPIPE); /* who reads what is said may go: that is no reason to stop */
	sigprocmask(SIG_BLOCK, &signals, ret_before);
}

/* Blocked, an ignored signal (nohup's SIGHUP) stays pending like any other. */
bool ct_interrupt_pending(void)
{
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < HELD; i++) {
		struct sigaction action;

		if (sigismember(&pending, held[i]) == 1 && sigaction(held[i], NULL, &action) == 0 &&
		    action.sa_handler != SIG_IGN)
			return true;
	}
	return false;
}
