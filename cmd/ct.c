// SPDX-License-Identifier: MIT
/* The one binary: chooses the command, parses, runs, reports. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "cmd/applet.h"
#include "cmd/option.h"
#include "cmd/report.h"
#include "common/audit.h"
#include "common/file.h"
#include "common/interrupt.h"
#include "common/nearest.h"

static bool describe;
static const char *root;

static const struct ct_option options[] = {
	STRING(0, "root", "CONTAINER", &root, "where names count from, for this command and what it runs (CT_ROOT)"),
	FLAG(0, "describe", &describe, "print the commands and options as a table for programs"),
	OPTIONS_END
};

static int run_ct(int count, char **operands, struct ct_error *err);

static const struct applet ct = {
	.name = "ct",
	.summary = "run processes in containers over all hierarchies",
	.operands = "COMMAND [ARG...]",
	.max_operands = -1,
	.command = true,
	.options = options,
	.run = run_ct,
};

static const struct applet *const applets[] = {
	&ctattach, &ctclone, &ctcreate, &ctexec, &ctfreeze, &ctkill, &ctmount, &ctrm, &ctset, &ctstat, &ctwait,
};

enum { APPLETS = sizeof(applets) / sizeof(*applets) };

/* "ctexec" and "exec" are the same. */
static const struct applet *find_applet(const char *name)
{
	for (size_t i = 0; i < APPLETS; i++)
		if (!strcmp(name, applets[i]->name) || !strcmp(name, applets[i]->name + 2))
			return applets[i];
	return NULL;
}

static int unknown_command(const char *name, struct ct_error *err)
{
	struct ct_nearest nearest = { .word = name };
	char names[256] = "", hint[64] = "";

	for (size_t i = 0; i < APPLETS; i++) {
		const char *word = applets[i]->name + 2;

		strlcat(names, i ? ", " : "", sizeof(names));
		strlcat(names, word, sizeof(names));
		ct_nearest_try(&nearest, applets[i]->name, word);
		ct_nearest_try(&nearest, word, word);
	}
	if (nearest.found)
		snprintf(hint, sizeof(hint), "did you mean %s? ", nearest.found);
	return usage_error(err, "unknown command '%s'; %sthe commands are %s", name, hint, names);
}

static int run_applet(const struct applet *applet, int argc, char **argv);

static int describe_all(int count, char **operands, struct ct_error *err)
{
	if (!count) {
		option_describe(&ct);
		for (size_t i = 0; i < APPLETS; i++)
			option_describe(applets[i]);
	}
	for (int i = 0; i < count; i++) {
		const struct applet *applet = strcmp(operands[i], "ct") ? find_applet(operands[i]) : &ct;

		if (!applet)
			return unknown_command(operands[i], err);
		option_describe(applet);
	}
	return 0;
}

static int run_ct(int count, char **operands, struct ct_error *err)
{
	const struct applet *applet;

	if (describe)
		return describe_all(count, operands, err);
	if (!count)
		return usage_error(err, "which command? ct --help lists them");
	applet = find_applet(operands[0]);
	if (root)
		setenv("CT_ROOT", root, 1);
	return applet ? run_applet(applet, count, operands) : unknown_command(operands[0], err);
}

static int print_help(const struct applet *applet)
{
	option_help(applet);
	if (applet != &ct)
		return 0;
	printf("\nCommands (\"ct exec\" is \"ctexec\" by another name):\n");
	for (size_t i = 0; i < APPLETS; i++)
		printf("  %-10s %s\n", applets[i]->name, applets[i]->summary);
	return 0;
}

static int check_operands(const struct applet *applet, int count, char **operands,
			  struct ct_error *err)
{
	if (count < applet->min_operands)
		return usage_error(err, "%s is missing", applet->operands);
	if (applet->max_operands >= 0 && count > applet->max_operands)
		return usage_error(err, "'%s' is an operand too many", operands[applet->max_operands]);
	return 0;
}

static int parse_and_run(const struct applet *applet, int argc, char **argv, struct ct_error *err)
{
	int first = option_parse(applet, argc, argv, err), result;

	if (first < 0)
		return first;
	if (globals.help)
		return print_help(applet);
	if (globals.version) {
		printf("%s (ct) %s\n", applet->name, VERSION);
		return 0;
	}
	if (globals.verbose)
		ct_trace = report_trace;
	if (applet->changes)
		ct_interrupt_hold(&globals.signals);
	if (applet == &ct && describe)
		return run_ct(argc - first, argv + first, err);
	result = check_operands(applet, argc - first, argv + first, err);
	return result < 0 ? result : applet->run(argc - first, argv + first, err);
}

/* What a command that failed was about: -c CONTAINER, or its operand. */
static const char *find_object(const struct applet *applet, int argc, char **argv)
{
	for (const struct ct_option *option = applet->options; option->name; option++)
		if (option->kind == CT_STRING && option->letter == 'c')
			return *option->string;
	return optind < argc ? argv[optind] : NULL;
}

static void conclude_audit(const struct applet *applet, int argc, char **argv, const struct ct_error *err)
{
	bool mounts = applet == &ctmount;
	const char *object = find_object(applet, argc, argv);
	const struct ct_audit record = { .op = globals.op, .container = mounts ? NULL : object,
					 .path = mounts ? object : NULL, .error = err->code };

	if (globals.audited && !is_usage_error(err))
		ct_audit_conclude(&record);
}

/* A record that was lost is no failure, unless records are required. */
static int tell_lost(const struct applet *applet, int status)
{
	struct ct_error lost;

	if (!(ct_audit_required() || globals.verbose) || !ct_audit_lost(&lost))
		return status;
	report("%s", lost.text);
	if (status || !ct_audit_required())
		return status;
	return applet->failure ? applet->failure : STATUS_TORN;
}

static int run_applet(const struct applet *applet, int argc, char **argv)
{
	struct ct_error err = { 0 };
	int result;

	globals.program = applet->name;
	globals.op = applet->op;
	globals.changes = applet->changes;
	globals.moves = applet->moves;
	result = parse_and_run(applet, argc, argv, &err);
	if (result < 0)
		conclude_audit(applet, argc, argv, &err);
	if (applet != &ct)
		result = tell_lost(applet, result);
	if (result >= 0)
		return result;
	report("%s", err.text);
	if (is_usage_error(&err)) {
		fprintf(stderr, "Try '%s --help' for more information.\n", applet->name);
		return STATUS_USAGE;
	}
	if (applet->failure)
		return applet->failure;
	return err.torn ? STATUS_TORN : STATUS_FAILED;
}

/* A full disk behind stdout is a failure, not a detail. */
static int close_stdout(int status)
{
	int failed = ferror(stdout);

	errno = 0;
	if (fclose(stdout) == 0 && !failed)
		return status;
	report("cannot write the output: %s", strerror(errno ? errno : EIO));
	return status ? status : STATUS_FAILED;
}

/*
 * A caller may have closed the standard descriptors. What is opened then must not become
 * one of them; what stands in for it fails as a closed one does, and is closed on exec.
 */
static void keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
}

int main(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	const char *name = argc ? slash ? slash + 1 : argv[0] : "ct";
	const struct applet *applet = strncmp(name, "ct", 2) ? NULL : find_applet(name);
	int status;

	keep_standard_descriptors();
	status = close_stdout(run_applet(applet ? applet : &ct, argc, argv));
	if (status && globals.changes && ct_interrupt_pending()) /* all is undone and said: now it may end us */
		sigprocmask(SIG_SETMASK, &globals.signals, NULL);
	return status;
}
