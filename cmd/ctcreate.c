// SPDX-License-Identifier: MIT
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/applet.h"
#include "cmd/report.h"
#include "common/cleanup.h"
#include "common/create.h"
#include "common/notify.h"
#include "common/reap.h"

static struct {
	const char *hierarchies;
	bool auto_delete;
	struct ct_create how;
} opt = { .how = { .uid = (uid_t)-1, .gid = (gid_t)-1 } };

static int parse_user(const char *text, uid_t *ret_uid, struct ct_error *err)
{
	const struct passwd *user = getpwnam(text);
	const char *why;
	uid_t uid = user ? user->pw_uid : (uid_t)option_number(text, 0, UINT32_MAX - 1, &why);

	if (!user && why)
		return ct_failx(err, EINVAL, "there is no user '%s'", text);
	*ret_uid = uid;
	return 0;
}

static int parse_group(const char *text, gid_t *ret_gid, struct ct_error *err)
{
	const struct group *group = getgrnam(text);
	const char *why;
	gid_t gid = group ? group->gr_gid : (gid_t)option_number(text, 0, UINT32_MAX - 1, &why);

	if (!group && why)
		return ct_failx(err, EINVAL, "there is no group '%s'", text);
	*ret_gid = gid;
	return 0;
}

/* As chown(1) takes it: UID, UID:GID, :GID, by name or number. */
static int parse_owner(const char *value, struct ct_error *err)
{
	autofree char *user = strdup(value);
	char *group;
	int result = 0;

	if (!user)
		return ct_failx(err, ENOMEM, "out of memory");
	group = strchr(user, ':');
	if (group)
		*group++ = '\0';
	if (!*user && !(group && *group))
		return ct_failx(err, EINVAL, "'%s' names no owner: UID:GID, UID or :GID", value);
	if (*user)
		result = parse_user(user, &opt.how.uid, err);
	if (result >= 0 && group && *group)
		result = parse_group(group, &opt.how.gid, err);
	return result;
}

static int parse_mode(const char *value, struct ct_error *err)
{
	if (!*value || strspn(value, "01234567") != strlen(value) || strlen(value) > 5)
		return ct_failx(err, EINVAL, "'%s' is no octal mode such as 0750", value);
	opt.how.mode = (mode_t)strtoul(value, NULL, 8);
	if (opt.how.mode > 07777)
		return ct_failx(err, EINVAL, "'%s' is more than 7777", value);
	opt.how.set_mode = true;
	return 0;
}

static const struct ct_option options[] = {
	FLAG('p', "parents", &opt.how.parents, "make the ones above it too; that it exists is no error"),
	STRING('H', "hierarchies", "HIERARCHY", &opt.hierarchies, "only in these, with commas between"),
	PARSED('a', "owner", "UID:GID", parse_owner, "give it to UID and GID"),
	PARSED('m', "mode", "MODE", parse_mode, "give its directories the octal MODE"),
	FLAG('d', "auto-delete", &opt.auto_delete, "it goes when the last task in it has ended"),
	FLAG(0, "notify", &opt.how.notify, "the kernel runs the release agent when it empties (v1)"),
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
	ct_cleanup(ct_reap_clear) struct ct_reap reap = CT_REAP_NONE;
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	bool marks = opt.auto_delete && !globals.dry_run;
	int result = marks ? ct_reap_begin(name, &reap, err) : 0;

	if (result >= 0)
		result = ct_create_plan(all, name, &opt.how, &txn, err);
	if (result >= 0)
		result = applet_run(&txn, err);
	if (result >= 0 && marks)
		result = fill_mark(all, name, &reap, err);
	if (result >= 0)
		result = ct_txn_commit(&txn, err);
	reap.done = result >= 0;
	return result;
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	int result = applet_hierarchies(opt.hierarchies, true, &all, err);
	char without[512] = "";

	if (result >= 0 && opt.how.notify)
		result = ct_notify_check(&all, without, sizeof(without), err);
	if (result >= 0 && *without)
		report("--notify: nothing will be run in %s, where no release agent is set (v2 has none); -H leaves them out",
		       without);
	return result < 0 ? result : applet_each(count, operands, create_one, &all);
}

const struct applet ctcreate = {
	.name = "ctcreate",
	.summary = "make containers",
	.operands = "CONTAINER...",
	.min_operands = 1,
	.max_operands = -1,
	.changes = true,
	.options = options,
	.run = run,
};
