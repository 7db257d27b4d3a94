// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bsd/string.h>

#include "cmd/applet.h"
#include "cmd/report.h"
#include "cmd/table.h"
#include "common/array.h"
#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/interrupt.h"
#include "common/mount.h"
#include "common/root.h"
#include "common/subsystem.h"

static struct {
	const char *controllers, *name, *release_agent;
	bool v2, each, unmount;
	struct table_style style;
} opt = { .style = { .name = "hierarchies" } };

static const struct ct_option options[] = {
	STRING('o', "controllers", "CONTROLLER", &opt.controllers, "mount a v1 hierarchy with these, with commas between"),
	STRING(0, "name", "NAME", &opt.name, "give the v1 hierarchy a name; without -o it has no controllers"),
	FLAG('2', "v2", &opt.v2, "mount the v2 hierarchy"),
	FLAG(0, "each", &opt.each, "mount each free controller at DIR/CONTROLLER"),
	STRING(0, "release-agent", "FILE", &opt.release_agent, "the program the kernel runs when a container empties (v1)"),
	FLAG('u', "unmount", &opt.unmount, "unmount the hierarchies at DIR..."),
	STRING(0, "output", "COLUMN", &opt.style.output, "list these columns, with commas between"),
	FLAG('J', "json", &opt.style.json, "list as JSON"),
	FLAG(0, "noheadings", &opt.style.no_headings, "list without a line of headings"),
	OPTIONS_END
};

static const struct table_column columns[] = {
	{ "ID", TABLE_NUMBER, false },
	{ "VERSION", TABLE_NUMBER, false },
	{ "CONTROLLERS", TABLE_LIST, false },
	{ "MOUNTPOINT", TABLE_TEXT, false },
	{ "CONTAINERS", TABLE_NUMBER, false },
	{ "TASKS", TABLE_NUMBER, false },
	{ "RELEASE-AGENT", TABLE_TEXT, false },
};

enum { COLUMNS = sizeof(columns) / sizeof(*columns) };

struct row {
	char id[16], version[4], containers[24], tasks[24], controllers[1024], agent[PATH_MAX];
};

/* For v2 the controllers it offers; what v1 has is its label. */
static void describe_contents(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy,
			      struct row *row)
{
	struct ct_error ignored; /* what cannot be read is left empty */
	size_t containers, tasks;

	if (ct_subsystem_usage(all, hierarchy, &containers, &tasks, &ignored) < 0)
		return;
	snprintf(row->containers, sizeof(row->containers), "%zu", containers);
	snprintf(row->tasks, sizeof(row->tasks), "%zu", tasks);
	if (hierarchy->version == 2) {
		if (ct_file_read_into(hierarchy->fd, "cgroup.controllers", row->controllers,
				      sizeof(row->controllers)) < 0)
			row->controllers[0] = '\0';
		row->controllers[strcspn(row->controllers, "\n")] = '\0';
		for (char *space = row->controllers; (space = strchr(space, ' '));)
			*space = ',';
	} else if (ct_file_read_into(hierarchy->fd, "release_agent", row->agent, sizeof(row->agent)) < 0) {
		row->agent[0] = '\0';
	}
	row->agent[strcspn(row->agent, "\n")] = '\0';
}

static const char *filled(const char *text)
{
	return *text ? text : NULL;
}

static int add_row(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy, struct table *table,
		   struct ct_error *err)
{
	struct row row = { 0 };
	int result = 0;

	snprintf(row.id, sizeof(row.id), "%d", hierarchy->id);
	snprintf(row.version, sizeof(row.version), "%u", hierarchy->version);
	strlcpy(row.controllers, hierarchy->version == 2 ? "" : hierarchy->label, sizeof(row.controllers));
	if (!hierarchy->mountpoint)
		return table_add(table, (const char *const[COLUMNS]){ row.id, row.version,
								      filled(row.controllers) }, err);
	describe_contents(all, hierarchy, &row);
	for (size_t i = 0; result >= 0 && i < all->mounts.count; i++) {
		const struct ct_mount *mount = &all->mounts.items[i];

		if (mount->device == hierarchy->device)
			result = table_add(table, (const char *const[COLUMNS]){
				row.id, row.version, filled(row.controllers), mount->mountpoint,
				filled(row.containers), filled(row.tasks), filled(row.agent) }, err);
	}
	return result;
}

static int list(struct ct_hierarchies *all, struct ct_error *err)
{
	ct_cleanup(table_free) struct table *table = NULL;
	int result = table_open(&opt.style, columns, COLUMNS, &table, err);

	for (size_t i = 0; result >= 0 && i < all->total; i++)
		result = add_row(all, &all->items[i], table, err);
	return result < 0 ? result : table_print(table, err);
}

static int print_mount(const struct ct_mount_request *request, struct ct_error *err)
{
	autofree char *safe = report_safe(request->target);

	if (!safe)
		return ct_failx(err, ENOMEM, "out of memory");
	printf("mount %s%s%s%s%s %s\n", request->version == 2 ? "v2" : "",
	       request->options ? request->options : "", request->options && request->name ? "," : "",
	       request->name ? "name=" : "", request->name ? request->name : "", safe);
	return 0;
}

static int mount_one(struct ct_hierarchies *all, const char *target, const char *controllers,
		     struct ct_error *err)
{
	struct ct_mount_request request = {
		.target = target,
		.version = opt.v2 ? 2 : 1,
		.options = controllers,
		.name = opt.name,
		.release_agent = opt.release_agent,
	};

	int result = globals.dry_run ? ct_mount_check(all, &request, err) : ct_mount(all, &request, err);

	return result < 0 || !globals.dry_run ? result : print_mount(&request, err);
}

/* What --each has made so far, so that a failure leaves none of it. */
struct made {
	char *target;
	bool directory;
};

/* A directory that --each would make first is not there to be looked at. */
static int print_each(struct ct_hierarchies *all, const char *dir, const char *target,
		      const char *controller, struct ct_error *err)
{
	struct ct_mount_request request = { .target = dir, .version = 1, .options = controller,
					    .release_agent = opt.release_agent };
	int result = ct_mount_check(all, &request, err);

	request.target = target;
	return result < 0 ? result : print_mount(&request, err);
}

static int mount_at(struct ct_hierarchies *all, const char *dir, const char *controller,
		    struct made *made, struct ct_error *err)
{
	int result;

	if (asprintf(&made->target, "%s/%s", dir, controller) < 0) {
		made->target = NULL;
		return ct_failx(err, ENOMEM, "out of memory");
	}
	if (globals.dry_run)
		return print_each(all, dir, made->target, controller, err);
	made->directory = mkdir(made->target, 0755) == 0;
	if (!made->directory && errno != EEXIST)
		return ct_fail(err, "cannot make %s", made->target);
	result = mount_one(all, made->target, controller, err);
	if (result < 0 && made->directory)
		rmdir(made->target);
	return result;
}

static void unmake(struct ct_hierarchies *all, const struct made *made, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies fresh = { .proc = -1 };
	struct ct_error why = { 0 };
	size_t containers;
	bool active;

	if (globals.dry_run)
		return;
	if (ct_hierarchies_open(&fresh, all->sysroot, &why) < 0 ||
	    ct_unmount(&fresh, made->target, &active, &containers, &why) < 0) {
		err->torn = true;
		ct_fail_also(err, "and %s", why.text);
	} else if (made->directory) {
		rmdir(made->target);
	}
}

static int mount_each(struct ct_hierarchies *all, const char *dir, struct ct_error *err)
{
	autofree char *controllers = NULL;
	struct made made[64] = { 0 };
	size_t count = 0;
	int result = ct_subsystem_free(all, &controllers, err);

	if (result < 0)
		return result;
	if (!*controllers)
		return ct_failx(err, ENOENT, "no controller is free: each is bound to a hierarchy, or offered by v2; ctmount lists them");
	for (char *rest = controllers, *word; count < 64 && (word = strsep(&rest, ","));) {
		if (ct_interrupt_pending()) {
			result = ct_failx(err, EINTR, "interrupted");
			break;
		}
		result = mount_at(all, dir, word, &made[count], err);
		if (result == -EINVAL) { /* listed in /proc/cgroups, but on v2 only (Linux 6.12 memory) */
			report("%s is passed over: the kernel has it on v2 only", word);
			free(made[count].target);
			result = 0;
			continue;
		}
		if (result < 0) {
			free(made[count].target);
			break;
		}
		count++;
	}
	while (result < 0 && count > 0) {
		unmake(all, &made[--count], err);
		free(made[count].target);
	}
	for (size_t i = 0; i < count; i++)
		free(made[i].target);
	return result;
}

static int unmount_one(struct ct_hierarchies *all, const char *target, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies fresh = { .proc = -1 };
	struct ct_error ignored; /* then names count from nowhere else */
	size_t containers;
	bool active;
	int result;

	/* the operand before may have changed what is mounted */
	result = ct_hierarchies_open(&fresh, all->sysroot, err);
	if (result >= 0 && globals.dry_run) {
		autofree char *safe = report_safe(target);

		result = ct_unmount_check(&fresh, target, err);
		if (result >= 0)
			printf("unmount %s\n", safe ? safe : "");
		return result;
	}
	if (result >= 0) {
		ct_root_find(&fresh, getenv("CT_ROOT"), &ignored);
		result = ct_unmount(&fresh, target, &active, &containers, err);
	}
	if (result >= 0 && active && containers)
		report("%s: the hierarchy stays active without a mount, for %zu container%s left in it: mount it again and ctrm -r what is there",
		       target, containers, containers == 1 ? " is" : "s are");
	else if (result >= 0 && active)
		report("%s: the hierarchy stays active, held by a mount in another mount namespace, or by zombies that their parents have not waited for: when those are gone, mount it again and unmount it",
		       target);
	return result;
}

static int check_options(int count, struct ct_error *err)
{
	bool mounts = opt.controllers || opt.name || opt.v2 || opt.each;

	if (opt.unmount && (mounts || opt.release_agent))
		return usage_error(err, "--unmount goes with no option that mounts");
	if (opt.each && (opt.controllers || opt.name || opt.v2))
		return usage_error(err, "--each chooses the controllers itself: leave out -o, --name and -2");
	if (opt.v2 && (opt.controllers || opt.name || opt.release_agent))
		return usage_error(err, "v2 has no -o, --name or --release-agent: its controllers are enabled per container");
	if (opt.release_agent && *opt.release_agent != '/')
		return usage_error(err, "--release-agent: '%s' is no full path, and the kernel runs no other",
				   opt.release_agent);
	if (opt.release_agent && isspace((unsigned char)opt.release_agent[strlen(opt.release_agent) - 1]))
		return usage_error(err, "--release-agent: '%s' ends with a blank, which the kernel would cut off",
				   opt.release_agent);
	if (!count && (mounts || opt.unmount || opt.release_agent))
		return usage_error(err, "DIR is missing");
	if (count && !mounts && !opt.unmount)
		return usage_error(err, "what is to be mounted? -o CONTROLLER, --name NAME, -2 or --each");
	if (count > 1 && !opt.unmount)
		return usage_error(err, "one DIR at a time");
	return 0;
}

static int run(int count, char **operands, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	int result = check_options(count, err);

	if (opt.unmount)
		globals.op = "unmount";
	if (result >= 0 && count)
		result = applet_audit(err);
	if (result < 0)
		return result;
	applet_recover(err); /* what cannot be put right is said */
	result = ct_hierarchies_open(&all, globals.sysroot, err);
	if (result < 0)
		return result;
	if (!count)
		return list(&all, err);
	if (*globals.sysroot && !globals.dry_run)
		return ct_failx(err, EPERM, "--sysroot shows another machine: nothing can be mounted there");
	if (opt.unmount)
		return applet_each(count, operands, unmount_one, &all);
	return opt.each ? mount_each(&all, operands[0], err) :
			  mount_one(&all, operands[0], opt.controllers, err);
}

const struct applet ctmount = {
	.name = "ctmount",
	.summary = "mount, unmount and list hierarchies",
	.operands = "[DIR...]",
	.op = "mount",
	.max_operands = -1,
	.changes = true,
	.options = options,
	.run = run,
};
