// SPDX-License-Identifier: MIT
#include "common/interrupt.h"

#include <errno.h>
#include <stddef.h>
#include <sys/signalfd.h>

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

void ct_interrupt_hold_stops(sigset_t *ret_before)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTSTP);
	sigaddset(&signals, SIGTTIN);
	sigaddset(&signals, SIGTTOU);
	sigprocmask(SIG_BLOCK, &signals, ret_before);
}

static bool is_ignored(int signal)
{
	struct sigaction action;

	return sigaction(signal, NULL, &action) < 0 || action.sa_handler == SIG_IGN;
}

int ct_interrupt_open(void)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	for (size_t i = 0; i < HELD; i++)
		if (!is_ignored(held[i]))
			sigaddset(&signals, held[i]);
	fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Blocked, an ignored signal (nohup's SIGHUP) stays pending like any other. */
bool ct_interrupt_pending(void)
{
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < HELD; i++)
		if (sigismember(&pending, held[i]) == 1 && !is_ignored(held[i]))
			return true;
	return false;
}
