// SPDX-License-Identifier: MIT
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd/applet.h"
#include "cmd/report.h"
#include "common/cleanup.h"
#include "common/kill.h"
#include "common/remove.h"

static struct {
	const char *hierarchies;
	bool remove;
	struct ct_kill how;
} opt = { .how = { .signal = SIGKILL, .timeout = 10000 } };

/* What kill -l of a shell prints, and glibc calls otherwise. */
static int other_name(const char *name)
{
	const char *why;
	long long offset;

	if (!strcasecmp(name, "IO"))
		return SIGIO;
	if (!strcasecmp(name, "CLD"))
		return SIGCHLD;
	if (!strcasecmp(name, "IOT"))
		return SIGIOT;
	if (!strcasecmp(name, "RTMIN") || !strcasecmp(name, "RTMAX"))
		return strcasecmp(name, "RTMIN") ? SIGRTMAX : SIGRTMIN;
	if (strncasecmp(name, "RTMIN+", 6) != 0 && strncasecmp(name, "RTMAX-", 6) != 0)
		return 0;
	offset = option_number(name + 6, 0, SIGRTMAX - SIGRTMIN, &why);
	if (why)
		return 0;
	return name[5] == '+' ? SIGRTMIN + (int)offset : SIGRTMAX - (int)offset;
}

/* "TERM", "SIGTERM", "15", "RTMIN+1" */
static int parse_signal(const char *value, struct ct_error *err)
{
	const char *name = strncasecmp(value, "SIG", 3) ? value : value + 3, *why;
	int number = (int)option_number(value, 1, SIGRTMAX, &why);

	if (why)
		number = other_name(name);
	for (int signal = 1; !number && signal < NSIG; signal++) {
		const char *known = sigabbrev_np(signal);

		if (known && !strcasecmp(known, name))
			number = signal;
	}
	if (!number)
		return ct_failx(err, EINVAL, "'%s' is no signal: a name as kill -l prints it, or 1 to %d",
				value, SIGRTMAX);
	opt.how.signal = number;
	return 0;
}

static int parse_timeout(const char *value, struct ct_error *err)
{
	opt.how.wait = true;
	return option_seconds(value, &opt.how.timeout, err);
}

static const struct ct_option options[] = {
	FLAG('r', "recursive", &opt.how.recursive, "in the containers below it as well"),
	PARSED('s', "signal", "SIGNAL", parse_signal, "send SIGNAL instead of KILL"),
	PARSED('t', "timeout", "SECONDS", parse_timeout, "wait so long until all have ended (10; only KILL and -d wait unasked)"),
	FLAG('d', "delete", &opt.remove, "remove the containers afterwards"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "only in these, with commas between"),
	OPTIONS_END
};

static int print_victims(struct ct_container *container, struct ct_error *err)
{
	autofree pid_t *pids = NULL;
	int count = ct_kill_list(container, opt.how.recursive, &pids, err);

	const char *name = sigabbrev_np(opt.how.signal);

	for (int i = 0; i < count; i++)
		if (name)
			printf("signal %d %s\n", pids[i], name);
		else
			printf("signal %d %d\n", pids[i], opt.how.signal);
	return count < 0 ? count : 0;
}

static int remove_container(struct ct_container *container, struct ct_error *err)
{
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result = ct_remove_plan(container, opt.how.recursive, globals.dry_run, &txn, err);

	if (result >= 0)
		result = applet_run(&txn, err);
	return result < 0 ? result : ct_txn_commit(&txn, err);
}

static int kill_one(struct ct_hierarchies *all, const char *name, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = ct_container_open(all, name, applet_exact(opt.hierarchies), &container, err);

	if (result < 0)
		return result;
	result = globals.dry_run ? print_victims(&container, err) :
				   ct_kill(all, &container, &opt.how, err);
	return result < 0 || !opt.remove ? result : remove_container(&container, err);
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	int result = applet_hierarchies(opt.hierarchies, false, &all, err);

	if (opt.remove) /* what lives cannot be removed */
		opt.how.wait = true;
	return result < 0 ? result : applet_each(count, operands, kill_one, &all);
}

const struct applet ctkill = {
	.name = "ctkill",
	.summary = "signal every process in a container",
	.operands = "CONTAINER...",
	.min_operands = 1,
	.max_operands = -1,
	.changes = true,
	.options = options,
	.run = run,
};
