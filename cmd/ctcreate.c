// SPDX-License-Identifier: MIT
#include "cmd/applet.h"
#include "cmd/assign.h"
#include "cmd/report.h"
#include "common/cleanup.h"
#include "common/config.h"
#include "common/create.h"
#include "common/notify.h"
#include "common/nssource.h"
#include "common/owner.h"
#include "common/pinning.h"
#include "common/reap.h"

static struct {
	const char *hierarchies, *from;
	bool auto_delete;
	struct ct_create how;
	struct ct_nssource source;
} opt = { .how = { .uid = (uid_t)-1, .gid = (gid_t)-1 } };

static int parse_owner(const char *value, struct ct_error *err)
{
	return ct_owner_parse(value, &opt.how.uid, &opt.how.gid, err);
}

static int parse_mode(const char *value, struct ct_error *err)
{
	opt.how.set_mode = true;
	return ct_owner_parse_mode(value, &opt.how.mode, err);
}

static int parse_namespaces(const char *value, struct ct_error *err)
{
	return ct_nssource_parse(value, &opt.source, err);
}

static const struct ct_option options[] = {
	FLAG('p', "parents", &opt.how.parents, "make the ones above it too; that it exists is no error"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "only in these, with commas between"),
	FLAG(0, "leaf", &opt.how.leaf, "move what runs in the ones above it into a container leaf there first (v2)"),
	PARSED('a', "owner", "UID:GID", parse_owner, "give it to UID and GID"),
	PARSED('m', "mode", "MODE", parse_mode, "give its directories the octal MODE"),
	FLAG('d', "auto-delete", &opt.auto_delete, "it goes when the last task in it has ended"),
	FLAG(0, "notify", &opt.how.notify, "the kernel runs the release agent when it empties (v1)"),
	PARSED('s', "set", "NAME=VALUE", assign_parse, "set a parameter, see ctset(8)"),
	STRING(0, "from", "FILE", &opt.from, "make the containers that FILE describes, and set their parameters"),
	PARSED('N', "namespaces", "LIST", parse_namespaces, "it names these namespaces, which are pinned"),
	OPTIONS_END
};

/* From here on the reaper may have it. */
static int fill_mark(struct ct_hierarchies *all, const char *name, struct ct_reap *reap,
		     struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = ct_container_open(all, name, applet_exact(opt.hierarchies), &container, err);

	return result < 0 ? result : ct_reap_fill(reap, &container, false, err);
}

static int create_one(struct ct_hierarchies *all, const char *name, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_reap_clear) struct ct_reap reap = CT_REAP_NONE;
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	bool marks = opt.auto_delete && !globals.dry_run;
	int result = marks ? ct_reap_begin(all, name, &reap, err) : 0;

	if (result >= 0)
		result = ct_create_plan(all, name, &opt.how, &txn, err);
	if (result >= 0)
		result = ct_container_choose(all, name, &container, err);
	/* before it may be frozen: who makes a cgroup namespace that begins there enters it */
	if (result >= 0 && opt.source.words)
		result = ct_pinning_plan(all, &container, &opt.source, &txn, err);
	if (result >= 0)
		result = assign_plan(all, &container, &txn, err);
	if (result >= 0)
		result = opt.how.leaf && !globals.dry_run ? ct_create_run(all, &txn, err) : applet_run(&txn, err);
	if (result >= 0 && marks)
		result = fill_mark(all, name, &reap, err);
	if (result >= 0)
		result = ct_txn_commit(&txn, err);
	reap.done = result >= 0;
	return result;
}

static int create_from(struct ct_hierarchies *all, struct ct_error *err)
{
	ct_cleanup(ct_config_clear) struct ct_config config = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result = ct_config_read(opt.from, &config, err);

	if (result >= 0)
		result = ct_config_plan_create(all, &config, &txn, err);
	if (result >= 0)
		result = applet_run(&txn, err);
	return result < 0 ? result : ct_txn_commit(&txn, err);
}

static int check_notify(struct ct_hierarchies *all, struct ct_error *err)
{
	char without[512] = "";
	int result = ct_notify_check(all, without, sizeof(without), err);

	if (result >= 0 && *without)
		report("--notify: nothing will be run in %s, where no release agent is set (v2 has none); -H leaves them out",
		       without);
	return result;
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	int result;

	if (!count && !opt.from)
		return usage_error(err, "CONTAINER... is missing");
	if (count && opt.from)
		return usage_error(err, "'%s' and --from exclude each other", operands[0]);
	if (opt.from && (opt.auto_delete || opt.how.notify))
		return usage_error(err, "--from goes with neither --auto-delete nor --notify");
	result = applet_hierarchies(opt.hierarchies, true, &all, err);
	if (result >= 0 && opt.how.notify)
		result = check_notify(&all, err);
	if (result < 0 || opt.from)
		return result < 0 ? result : create_from(&all, err);
	return applet_each(count, operands, create_one, &all);
}

const struct applet ctcreate = {
	.name = "ctcreate",
	.summary = "make containers",
	.operands = "[CONTAINER...]",
	.op = "create",
	.max_operands = -1,
	.changes = true,
	.options = options,
	.run = run,
};
