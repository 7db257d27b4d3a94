// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "cmd/report.h"
#include "common/cleanup.h"
#include "common/config.h"
#include "common/dump.h"
#include "common/set.h"
#include "common/set_find.h"

static struct {
	bool recursive, human, list;
	const char *from, *hierarchies;
} opt;

static const struct ct_option options[] = {
	STRING(0, "from", "FILE", &opt.from, "set what FILE says of it, and of the containers below it"),
	FLAG('r', "recursive", &opt.recursive, "list the containers below it as well"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "only in these, with commas between"),
	FLAG(0, "human", &opt.human, "print sizes as 512M, cpu.max as 50%"),
	FLAG(0, "parameters", &opt.list, "print the parameters that there are as a table for programs"),
	OPTIONS_END
};

static int list_parameters(void)
{
	for (size_t i = 0; i < ct_params_count; i++) {
		const struct ct_param *param = &ct_params[i];
		char takes[160];

		ct_param_takes(param, takes, sizeof(takes));
		printf("%s\t%s\t%s\t%s\t%s\t%s\n", param->name, param->only_v1 ? "-" : param->controller,
		       param->v1 ? param->v1 : "-", takes,
		       param->initial ? *param->initial ? param->initial : "none" : "-", param->note ? param->note : "-");
	}
	return 0;
}

static int print_value(const char *name, const char *value, bool alone)
{
	autofree char *human = opt.human ? ct_param_human(ct_param_find(name), value) : strdup(value);

	if (!human)
		return -1;
	if (alone) {
		printf("%s\n", human);
		return 0;
	}
	for (char *rest = human, *line; (line = strsep(&rest, "\n"));)
		printf("%s=%s\n", name, line);
	return 0;
}

/* Those without '=' are to be read, after the others were set. */
static int read_all(struct ct_hierarchies *all, const struct ct_container *container, int count,
		    char **words, struct ct_error *err)
{
	for (int i = 0; i < count; i++) {
		autofree char *value = NULL;
		int result = strchr(words[i], '=') ? 0 : ct_set_read(all, container, words[i], &value, err);

		if (result < 0)
			return result;
		if (value && print_value(words[i], value, count == 1) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	}
	return 0;
}

/* One alone need not be undone, and its container is open. */
static void hasten(const struct ct_container *container, struct ct_step *step)
{
	step->alone = true;
	for (size_t i = 0; i < container->count; i++)
		if (container->places[i].hierarchy == step->place.hierarchy)
			step->place.fd = fcntl(container->places[i].fd, F_DUPFD_CLOEXEC, 0);
}

static int set_all(struct ct_hierarchies *all, const struct ct_container *container, int count,
		   char **words, struct ct_error *err)
{
	ct_cleanup(ct_assignments_clear) struct ct_assignments list = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result = 0;

	for (int i = 0; result >= 0 && i < count; i++)
		if (strchr(words[i], '='))
			result = ct_assignments_add(&list, words[i], NULL, err);
	if (result >= 0)
		result = ct_set_plan(all, container, &list, &txn, err);
	if (result >= 0 && txn.count == 1)
		hasten(container, &txn.steps[0]);
	if (result >= 0)
		result = applet_run(&txn, err);
	return result < 0 ? result : ct_txn_commit(&txn, err);
}

static int from_file(struct ct_hierarchies *all, const char *name, struct ct_error *err)
{
	ct_cleanup(ct_config_clear) struct ct_config config = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result = ct_config_read(opt.from, &config, err);

	if (result >= 0)
		result = ct_config_plan_set(all, &config, name, &txn, err);
	if (result >= 0)
		result = applet_run(&txn, err);
	return result < 0 ? result : ct_txn_commit(&txn, err);
}

static int print_dump(struct ct_hierarchies *all, const char *name, struct ct_error *err)
{
	autofree char *text = NULL;
	struct ct_error left = { 0 };
	int result = ct_dump(all, name, opt.recursive, opt.human, &text, &left, err);

	if (result < 0)
		return result;
	*err = left;
	if (!isatty(STDOUT_FILENO)) {
		fputs(text, stdout);
		return -left.code;
	}
	/* names may be hostile, and a file wants their bytes */
	for (char *rest = text, *line; (line = strsep(&rest, "\n")) && rest;) {
		autofree char *safe = report_safe(line);

		if (!safe)
			return ct_failx(err, ENOMEM, "out of memory");
		printf("%s\n", safe);
	}
	return -left.code;
}

/* An absolute name may lie in any hierarchy, a file name containers of all. */
static const char *find_home(int count, char **operands)
{
	return !opt.from && count > 1 && *operands[0] != '/' ? ct_set_home(operands + 1, (size_t)count - 1) : NULL;
}

/*
 * Looks only where the parameters are, which is faster; into all hierarchies if that is not enough,
 * so that it can be said why.
 */
static int open_container(struct ct_hierarchies *all, int count, char **operands,
			  struct ct_container *container, struct ct_error *err)
{
	struct ct_error none = { 0 };
	int result;

	if (!opt.hierarchies && count > 1 && ct_set_narrow(all, operands + 1, (size_t)count - 1)) {
		if (ct_container_open(all, operands[0], false, container, &none) >= 0)
			return 0;
		ct_hierarchies_clear(all);
		result = applet_look(NULL, false, all, err);
		if (result < 0)
			return result;
	}
	return ct_container_open(all, operands[0], applet_exact(opt.hierarchies), container, err);
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	bool writes = opt.from;
	int result;

	if (opt.list)
		return list_parameters();
	if (!count)
		return usage_error(err, "which container? CONTAINER is missing");
	if (opt.from && count > 1)
		return usage_error(err, "'%s' and --from exclude each other", operands[1]);
	if (opt.recursive && (opt.from || count > 1))
		return usage_error(err, "-r is for listing: without names");
	for (int i = 1; i < count; i++)
		writes = writes || strchr(operands[i], '=');
	globals.changes = writes;
	result = opt.hierarchies ? applet_hierarchies(opt.hierarchies, false, &all, err) :
				   applet_home(find_home(count, operands), &all, err);
	if (result < 0 || opt.from)
		return result < 0 ? result : from_file(&all, operands[0], err);
	result = open_container(&all, count, operands, &container, err);
	if (result >= 0 && count == 1)
		result = print_dump(&all, operands[0], err);
	if (result >= 0 && writes)
		result = set_all(&all, &container, count - 1, operands + 1, err);
	if (result >= 0 && !globals.dry_run)
		result = read_all(&all, &container, count - 1, operands + 1, err);
	return result < 0 ? ct_fail_in(err, "%s", operands[0]) : result;
}

const struct applet ctset = {
	.name = "ctset",
	.summary = "read and set parameters of a container",
	.operands = "[CONTAINER [NAME|NAME=VALUE...]]",
	.op = "set",
	.max_operands = -1,
	.changes = true,
	.options = options,
	.run = run,
};
