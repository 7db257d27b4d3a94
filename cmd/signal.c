// SPDX-License-Identifier: MIT
#include "cmd/signal.h"

#include <signal.h>
#include <stddef.h>
#include <strings.h>

#include "cmd/option.h"

/* The first of those that have one number is its name. */
static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP },	 { "INT", SIGINT },	{ "QUIT", SIGQUIT },   { "ILL", SIGILL },
	{ "TRAP", SIGTRAP },	 { "ABRT", SIGABRT },	{ "BUS", SIGBUS },     { "FPE", SIGFPE },
	{ "KILL", SIGKILL },	 { "USR1", SIGUSR1 },	{ "SEGV", SIGSEGV },   { "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE },	 { "ALRM", SIGALRM },	{ "TERM", SIGTERM },   { "CHLD", SIGCHLD },
	{ "CONT", SIGCONT },	 { "STOP", SIGSTOP },	{ "TSTP", SIGTSTP },   { "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },	 { "URG", SIGURG },	{ "XCPU", SIGXCPU },   { "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM }, { "PROF", SIGPROF },	{ "WINCH", SIGWINCH }, { "POLL", SIGPOLL },
	{ "SYS", SIGSYS },
#ifdef SIGSTKFLT
	{ "STKFLT", SIGSTKFLT },
#endif
#ifdef SIGPWR
	{ "PWR", SIGPWR },
#endif
	{ "IO", SIGIO },	 { "CLD", SIGCHLD },	{ "IOT", SIGABRT },
};

enum { SIGNALS = sizeof(signals) / sizeof(*signals) };

const char *signal_name(int number)
{
	for (size_t i = 0; i < SIGNALS; i++)
		if (signals[i].number == number)
			return signals[i].name;
	return NULL;
}

static int real_time(const char *name)
{
	const char *why;
	long long offset;

	if (!strcasecmp(name, "RTMIN") || !strcasecmp(name, "RTMAX"))
		return strcasecmp(name, "RTMIN") ? SIGRTMAX : SIGRTMIN;
	if (strncasecmp(name, "RTMIN+", 6) != 0 && strncasecmp(name, "RTMAX-", 6) != 0)
		return 0;
	offset = option_number(name + 6, 0, SIGRTMAX - SIGRTMIN, &why);
	if (why)
		return 0;
	return name[5] == '+' ? SIGRTMIN + (int)offset : SIGRTMAX - (int)offset;
}

int signal_number(const char *word)
{
	const char *name = strncasecmp(word, "SIG", 3) ? word : word + 3, *why;
	int number = (int)option_number(word, 1, SIGRTMAX, &why);

	if (!why)
		return number;
	for (size_t i = 0; i < SIGNALS; i++)
		if (!strcasecmp(signals[i].name, name))
			return signals[i].number;
	return real_time(name);
}
