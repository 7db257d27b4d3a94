// SPDX-License-Identifier: MIT
#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "cmd/applet.h"
#include "cmd/progress.h"
#include "cmd/report.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/interrupt.h"
#include "common/wait.h"

static struct {
	const char *hierarchies;
	bool is_limited;
	uint64_t timeout;
	struct ct_wait wait;
} opt;

static int parse_timeout(const char *value, struct ct_error *err)
{
	opt.is_limited = true;
	return option_seconds(value, &opt.timeout, err);
}

static const struct ct_option options[] = {
	PARSED('t', "timeout", "SECONDS", parse_timeout, "wait no longer than this; 0 only asks"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "look into these only, with commas between"),
	OPTIONS_END
};

static int add_one(struct ct_hierarchies *all, const char *name, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = ct_container_open(all, name, applet_exact(opt.hierarchies), &container, err);

	return result < 0 ? result : ct_wait_add(&opt.wait, &container, err);
}

static int wait_for_all(uint64_t deadline, struct ct_error *err)
{
	for (;;) {
		ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
		int result = ct_wait_next(&opt.wait, deadline, &container, err);

		if (result < 0)
			return result;
	}
}

static int report_left(int status)
{
	for (size_t i = 0; i < opt.wait.count; i++) {
		struct ct_error why = { 0 };

		if (ct_wait_left(&opt.wait.items[i], &why) < 0)
			status = report_failure(opt.wait.items[i].container.name, &why);
	}
	return status;
}

static int wait_for(int count, char **operands, struct ct_hierarchies *all, struct ct_error *err)
{
	uint64_t deadline = opt.is_limited ? ct_clock() + opt.timeout * 1000 : UINT64_MAX;
	int status = applet_each(count, operands, add_one, all), result;

	progress_begin(count == 1 ? operands[0] : NULL);
	result = wait_for_all(deadline, err);
	progress_end();
	if (result == -ENODATA)
		return status;
	if (result == -ETIMEDOUT)
		return report_left(status);
	if (result == -EINTR) { /* nothing is to be undone or said: it may end us */
		sigprocmask(SIG_SETMASK, &globals.signals, NULL);
		ct_failx(err, EINTR, "interrupted");
	}
	return result;
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	int result = applet_hierarchies(opt.hierarchies, false, &all, err);

	if (result < 0)
		return result;
	ct_interrupt_hold(&globals.signals);
	result = wait_for(count, operands, &all, err);
	ct_wait_clear(&opt.wait);
	return result;
}

const struct applet ctwait = {
	.name = "ctwait",
	.summary = "wait until containers are empty",
	.operands = "CONTAINER...",
	.min_operands = 1,
	.max_operands = -1,
	.options = options,
	.run = run,
};
