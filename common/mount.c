// SPDX-License-Identifier: MIT
#include "common/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include <bsd/string.h>
#include <libmount/libmount.h>

#include "common/array.h"
#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/dlopen.h"
#include "common/file.h"
#include "common/walk.h"

CT_DLOPEN_NOTE(note, "[{\"feature\":\"mount\",\"description\":\"ctmount\","
		     "\"priority\":\"recommended\",\"soname\":[\"libmount.so.1\"]}]");

#define FUNCTIONS(X)                                                              \
	X(mnt_new_context) X(mnt_free_context) X(mnt_context_disable_helpers)     \
	X(mnt_context_disable_mtab) X(mnt_context_set_fstype)                     \
	X(mnt_context_set_source) X(mnt_context_set_target)                       \
	X(mnt_context_set_options) X(mnt_context_mount) X(mnt_context_umount)     \
	X(mnt_context_get_syscall_errno)

#define POINTER(function) __typeof__(function) *function;
static struct { FUNCTIONS(POINTER) } lib;

#define SYMBOL(function) { #function, &lib.function },
static const struct ct_symbol symbols[] = { FUNCTIONS(SYMBOL) };

static int load(struct ct_error *err)
{
	return ct_dlopen("libmount.so.1", "libmount1", symbols, sizeof(symbols) / sizeof(*symbols), err);
}

static void free_context(struct libmnt_context **context)
{
	if (*context)
		lib.mnt_free_context(*context);
}

/* Calls libmount's function; the negative errno of the system call, or of libmount. */
static int call(int (*function)(struct libmnt_context *context), const char *target,
		const char *type, const char *options, struct ct_error *err)
{
	ct_cleanup(free_context) struct libmnt_context *context = NULL;
	int result = load(err), code;

	if (result < 0)
		return result;
	context = lib.mnt_new_context();
	if (!context || lib.mnt_context_disable_helpers(context, true) < 0 ||
	    lib.mnt_context_disable_mtab(context, true) < 0 ||
	    lib.mnt_context_set_target(context, target) < 0 ||
	    (type && (lib.mnt_context_set_fstype(context, type) < 0 ||
		      lib.mnt_context_set_source(context, type) < 0 ||
		      lib.mnt_context_set_options(context, options) < 0)))
		return ct_failx(err, ENOMEM, "out of memory");
	result = function(context);
	if (!result)
		return 0;
	code = lib.mnt_context_get_syscall_errno(context);
	if (!code)
		code = result < 0 ? -result : EINVAL;
	if (code >= MNT_ERR_NOFSTAB) /* libmount's own: whoever is not root it sends to fstab */
		code = geteuid() == 0 ? EINVAL : EPERM;
	return ct_failx(err, code, "%s", strerror(code));
}

struct subsystem {
	char name[64];
	int hierarchy, enabled;
};

/* /proc/cgroups: a heading, then name, hierarchy, number of cgroups, enabled. */
static int read_subsystems(const struct ct_hierarchies *all, struct subsystem **ret_items,
			   size_t *ret_count, struct ct_error *err)
{
	autofree char *text = NULL;
	autofree struct subsystem *items = NULL;
	size_t count = 0;
	int result = ct_file_read(all->proc, "cgroups", &text);

	if (result < 0)
		return ct_failx(err, -result, "cannot read /proc/cgroups: %s", strerror(-result));
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		struct subsystem found;

		if (sscanf(line, "%63s %d %*d %d", found.name, &found.hierarchy, &found.enabled) == 3 &&
		    ct_array_push(items, count, found) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	}
	*ret_items = ct_take_ptr(items);
	*ret_count = count;
	return 0;
}

static bool is_mount_flag(const char *word)
{
	static const char *const flags[] = { "none", "xattr", "noprefix", "clone_children",
					     "cpuset_v2_mode", "ro", "rw" };

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (!strcmp(word, flags[i]))
			return true;
	return !strncmp(word, "name=", 5);
}

static int check_word(const struct subsystem *items, size_t count, const char *word,
		      struct ct_error *err)
{
	char names[512] = "";

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(word, items[i].name) && !items[i].enabled)
			return ct_failx(err, EINVAL, "%s is switched off in this kernel (cgroup_disable=)", word);
		if (!strcmp(word, items[i].name))
			return 0;
		strlcat(names, i ? ", " : "", sizeof(names));
		strlcat(names, items[i].name, sizeof(names));
	}
	return ct_failx(err, EINVAL, "'%s' is no controller of this kernel: there are %s", word, names);
}

static int check_options(const struct ct_hierarchies *all, const char *options, struct ct_error *err)
{
	autofree struct subsystem *items = NULL;
	autofree char *copy = strdup(options);
	char *rest = copy, *word;
	size_t count;
	int result;

	if (!copy)
		return ct_failx(err, ENOMEM, "out of memory");
	result = read_subsystems(all, &items, &count, err);
	while (result >= 0 && (word = strsep(&rest, ",")))
		if (!is_mount_flag(word))
			result = check_word(items, count, word, err);
	return result;
}

int ct_mount_usage(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy,
		   size_t *ret_containers, size_t *ret_tasks, struct ct_error *err)
{
	struct ct_place root = { .hierarchy = hierarchy, .path = (char[]){ "" }, .fd = -1 };
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	size_t tasks = 0;
	int result = ct_hierarchy_open(all, hierarchy, err);

	if (result >= 0)
		result = ct_walk(&root, true, &tree, err);
	if (result < 0)
		return result;
	for (size_t i = 0; i < tree.count; i++) {
		struct ct_place place = { .hierarchy = hierarchy, .path = tree.paths[i], .fd = -1 };
		struct ct_error ignored; /* removed meanwhile, or threaded: it counts none */
		autofree pid_t *pids = NULL;
		size_t count = 0;

		ct_place_list(&place, "cgroup.procs", &pids, &count, &ignored);
		tasks += count;
		if (place.fd >= 0)
			close(place.fd);
	}
	*ret_containers = tree.count;
	*ret_tasks = tasks;
	return 0;
}

static struct ct_hierarchy *find_holder(struct ct_hierarchies *all, const char *word)
{
	for (size_t i = 0; i < all->total; i++)
		if (all->items[i].version == 1 && ct_hierarchy_has(&all->items[i], word))
			return &all->items[i];
	return NULL;
}

/* Whether the hierarchy's controllers are the ones that options lists, no more and no less. */
static bool holds_all(const struct ct_hierarchy *holder, const char *options)
{
	const struct ct_hierarchy wanted = { .label = options };
	autofree char *theirs = strdup(holder->label), *ours = strdup(options);
	char *rest, *word;

	for (rest = theirs; rest && (word = strsep(&rest, ","));)
		if (strncmp(word, "name=", 5) != 0 && !ct_hierarchy_has(&wanted, word))
			return false;
	for (rest = ours; rest && (word = strsep(&rest, ","));)
		if (*word && !is_mount_flag(word) && !ct_hierarchy_has(holder, word))
			return false;
	return true;
}

/* What holds the controller word, if anything does. */
static bool describe_holder(struct ct_hierarchies *all, const char *word, struct ct_error *err)
{
	struct ct_hierarchy *holder = find_holder(all, word);
	size_t containers = 0, tasks = 0;
	struct ct_error ignored; /* the numbers are a help, not the matter */

	if (!holder)
		return false;
	if (!holder->mountpoint) {
		ct_failx(err, EBUSY,
			 "%s is bound to hierarchy %s, which is active without a mount: mount exactly '%s', remove its containers, then unmount it",
			 word, holder->label, holder->label);
		return true;
	}
	ct_mount_usage(all, holder, &containers, &tasks, &ignored);
	ct_failx(err, EBUSY,
		 "%s is bound to hierarchy %s, which is mounted at %s (containers: %zu, processes in them: %zu): use that one, or mount exactly '%s' a second time",
		 word, holder->label, holder->mountpoint, containers, tasks, holder->label);
	return true;
}

/* v2 has a controller as long as any container hands it down. */
static bool describe_v2(struct ct_hierarchies *all, const char *word, struct ct_error *err)
{
	for (size_t i = 0; i < all->count; i++) {
		struct ct_hierarchy *v2 = &all->items[i];
		struct ct_place root = { .hierarchy = v2, .path = (char[]){ "" }, .fd = -1 };
		struct ct_hierarchy words = { .label = "" };
		autofree char *list = NULL;
		struct ct_error ignored; /* then it is not said */

		if (v2->version != 2 || ct_hierarchy_open(all, v2, &ignored) < 0 ||
		    v2->ops->controllers(&root, true, &list, &ignored) < 0)
			continue;
		if (root.fd >= 0)
			close(root.fd);
		for (char *space = list; (space = strchr(space, ' '));)
			*space = ',';
		words.label = list;
		if (!ct_hierarchy_has(&words, word))
			continue;
		ct_failx(err, EBUSY,
			 "%s is handed down in v2: write -%s to %s/cgroup.subtree_control, and before that to those of the containers below",
			 word, word, v2->mountpoint);
		return true;
	}
	return false;
}

static int explain_mount(struct ct_hierarchies *all, const struct ct_mount_request *request, int code,
			 struct ct_error *err)
{
	autofree char *copy = strdup(request->options ? request->options : "");
	char *rest = copy, *word;

	if (code == EBUSY) {
		while (rest && (word = strsep(&rest, ",")))
			if (describe_holder(all, word, err) || describe_v2(all, word, err))
				return -code;
		return ct_failx(err, code,
				"%s: the same hierarchy is mounted there already, or a controller is in use where this mount namespace does not see it",
				request->target);
	}
	if (code == EPERM || code == EACCES)
		return ct_failx(err, code, "%s: mounting needs root (CAP_SYS_ADMIN)", request->target);
	if (code == ENOENT && access(request->target, F_OK) < 0)
		return ct_failx(err, code, "%s: there is no such directory; mkdir makes it", request->target);
	if ((code == EINVAL || code == ENOENT) && request->version == 1)
		return ct_failx(err, code,
				"%s: the kernel refuses %s%s%s; it may have the controller on v2 only, or a hierarchy of that name with others",
				request->target, request->options ? request->options : "none",
				request->name ? " with name " : "", request->name ? request->name : "");
	return ct_failx(err, code, "%s: %s", request->target, strerror(code));
}

static int set_release_agent(const struct ct_mount_request *request, struct ct_error *err)
{
	autoclose int dir = open(request->target, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result = dir < 0 ? -errno : ct_file_write(dir, "release_agent", request->release_agent);

	if (result < 0)
		return ct_failx(err, -result, "%s: cannot set the release agent to '%s': %s",
				request->target, request->release_agent, strerror(-result));
	return 0;
}

/*
 * A controller that a hierarchy has already can be mounted again together with all that
 * it is bound with, and only so.
 */
static int check_holders(struct ct_hierarchies *all, const struct ct_mount_request *request,
			 struct ct_error *err)
{
	autofree char *copy = strdup(request->options);
	char *rest = copy, *word;

	if (!copy)
		return ct_failx(err, ENOMEM, "out of memory");
	while ((word = strsep(&rest, ","))) {
		const struct ct_hierarchy *holder = find_holder(all, word);

		if (holder && !holds_all(holder, request->options))
			return describe_holder(all, word, err), -EBUSY;
	}
	return 0;
}

static int check_name(struct ct_hierarchies *all, const struct ct_mount_request *request,
		      struct ct_error *err)
{
	const struct ct_hierarchy *holder;
	char word[160];

	if ((size_t)snprintf(word, sizeof(word), "name=%s", request->name) >= sizeof(word))
		return ct_failx(err, ENAMETOOLONG, "--name: a hierarchy's name is shorter");
	holder = find_holder(all, word);
	if (!holder || holds_all(holder, request->options ? request->options : ""))
		return 0;
	return ct_failx(err, EBUSY,
			"the name %s is that of hierarchy %s, mounted at %s: use that one, or choose another name",
			request->name, holder->label,
			holder->mountpoint ? holder->mountpoint : "no place that can be seen here");
}

int ct_mount_check(struct ct_hierarchies *all, const struct ct_mount_request *request,
		   struct ct_error *err)
{
	struct stat status;
	int result = 0;

	if (request->options) {
		result = check_options(all, request->options, err);
		if (result >= 0)
			result = check_holders(all, request, err);
	}
	if (result >= 0 && request->name)
		result = check_name(all, request, err);
	if (result >= 0 && stat(request->target, &status) < 0)
		return explain_mount(all, request, errno, err);
	if (result >= 0 && !S_ISDIR(status.st_mode))
		return ct_failx(err, ENOTDIR, "%s: it is not a directory", request->target);
	return result;
}

static bool v2_offers(struct ct_hierarchies *all, const char *name, struct ct_error *err)
{
	for (size_t i = 0; i < all->count; i++) {
		struct ct_place root = { .hierarchy = &all->items[i], .path = (char[]){ "" }, .fd = -1 };
		autofree char *words = NULL;
		char *rest, *word;
		bool found = false;

		if (all->items[i].version != 2 || ct_hierarchy_open(all, &all->items[i], err) < 0 ||
		    all->items[i].ops->controllers(&root, false, &words, err) < 0)
			continue;
		for (rest = words; (word = strsep(&rest, " "));)
			found = found || !strcmp(word, name);
		if (root.fd >= 0)
			close(root.fd);
		if (found)
			return true;
	}
	return false;
}

int ct_mount_free_controllers(struct ct_hierarchies *all, char **ret_list, struct ct_error *err)
{
	autofree struct subsystem *items = NULL;
	char list[1024] = "";
	size_t count;
	int result = read_subsystems(all, &items, &count, err);

	if (result < 0)
		return result;
	for (size_t i = 0; i < count; i++) {
		if (!items[i].enabled || items[i].hierarchy || v2_offers(all, items[i].name, err))
			continue;
		strlcat(list, *list ? "," : "", sizeof(list));
		strlcat(list, items[i].name, sizeof(list));
	}
	*ret_list = strdup(list);
	return *ret_list ? 0 : ct_failx(err, ENOMEM, "out of memory");
}

/* Whether the kernel still has the hierarchy. */
static bool is_active(const struct ct_hierarchies *all, const struct ct_hierarchy *hierarchy)
{
	autofree char *text = NULL;
	char start[160];

	/* by its label: the number may be another one after let_go() */
	snprintf(start, sizeof(start), ":%s:", hierarchy->label);
	if (ct_file_read(all->proc, "self/cgroup", &text) < 0)
		return false;
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
		if (!strncmp(line + strcspn(line, ":"), start, strlen(start)))
			return true;
	return false;
}

static void pause_for(long milliseconds)
{
	struct timespec time = { .tv_sec = milliseconds / 1000,
				 .tv_nsec = milliseconds % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/*
 * The kernel drops a removed container some time after its rmdir; a hierarchy that loses its
 * last mount before that stays for ever. Mounting it once more, out of sight, and
 * letting go later makes the kernel look again.
 */
static void let_go(const struct ct_hierarchy *hierarchy, long milliseconds)
{
	autoclose int context = (int)syscall(SYS_fsopen, "cgroup", FSOPEN_CLOEXEC);
	autoclose int mount = -1;
	autofree char *copy = strdup(hierarchy->label);
	bool named_only = !strncmp(hierarchy->label, "name=", 5);

	if (context < 0 || !copy)
		return;
	if (named_only)
		syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, "none", NULL, 0);
	for (char *rest = copy, *word; (word = strsep(&rest, ","));) {
		if (!strncmp(word, "name=", 5))
			syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "name", word + 5, 0);
		else
			syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, word, NULL, 0);
	}
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	if (mount >= 0)
		pause_for(milliseconds);
}

static const struct ct_mount *find_target(const struct ct_hierarchies *all, const char *target,
					  struct ct_error *err)
{
	autofree char *real = realpath(target, NULL);

	if (!real) {
		ct_fail(err, "cannot find it");
		return NULL;
	}
	for (size_t i = all->mounts.count; i-- > 0;) /* of several at one place the last is on top */
		if (!strcmp(all->mounts.items[i].mountpoint, real))
			return &all->mounts.items[i];
	ct_failx(err, EINVAL, "no hierarchy is mounted there; ctmount lists where they are");
	return NULL;
}

int ct_unmount_check(struct ct_hierarchies *all, const char *target, struct ct_error *err)
{
	return find_target(all, target, err) ? 0 : -err->code;
}

static int unmount(const char *target, struct ct_error *err)
{
	struct ct_error why = { 0 };
	int result = load(err);

	if (result < 0)
		return result;
	if (ct_trace)
		ct_trace("umount", AT_FDCWD, target, NULL);
	result = call(lib.mnt_context_umount, target, NULL, NULL, &why);
	if (result == -EBUSY)
		return ct_failx(err, EBUSY,
				"in use: a process has its working directory or an open file there (fuser -m finds it)");
	if (result == -EPERM || result == -EACCES)
		return ct_failx(err, -result, "unmounting needs root (CAP_SYS_ADMIN)");
	return result < 0 ? ct_failx(err, -result, "cannot unmount it: %s", why.text) : 0;
}

int ct_unmount(struct ct_hierarchies *all, const char *target, bool *ret_active,
	       size_t *ret_containers, struct ct_error *err)
{
	const struct ct_mount *mount = find_target(all, target, err);
	struct ct_hierarchy *hierarchy = NULL;
	size_t mounts = 0, tasks;
	int result = 0;

	*ret_active = false;
	*ret_containers = 0;
	if (!mount)
		return -err->code;
	for (size_t i = 0; i < all->mounts.count; i++)
		mounts += all->mounts.items[i].device == mount->device;
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].device == mount->device)
			hierarchy = &all->items[i];
	if (!hierarchy || mounts > 1 || hierarchy->version == 2)
		return unmount(target, err);
	result = ct_mount_usage(all, hierarchy, ret_containers, &tasks, err);
	if (result < 0)
		return result;
	close(hierarchy->fd); /* it would keep the mount busy */
	hierarchy->fd = -1;
	pause_for(50);
	result = unmount(target, err);
	for (int tries = 0; result == 0 && is_active(all, hierarchy); tries++) {
		if (*ret_containers || tries == 4) {
			*ret_active = true;
			break;
		}
		let_go(hierarchy, 200L << tries); /* a busy machine takes its time */
	}
	return result;
}

static int unmount_again(struct ct_hierarchies *all, const struct ct_mount_request *request,
			 struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies fresh = { .proc = -1 };
	struct ct_error why = { 0 };
	size_t containers;
	bool active;

	if (ct_hierarchies_open(&fresh, all->sysroot, &why) >= 0 &&
	    ct_unmount(&fresh, request->target, &active, &containers, &why) >= 0)
		return -err->code;
	err->torn = true;
	return ct_fail_also(err, "and it could not be unmounted again: %s", why.text);
}

int ct_mount(struct ct_hierarchies *all, const struct ct_mount_request *request,
	     struct ct_error *err)
{
	struct ct_error why = { 0 };
	char options[1024];
	int result = ct_mount_check(all, request, err);

	if (result < 0)
		return result;
	/* none: a v1 hierarchy of a name alone */
	if ((size_t)snprintf(options, sizeof(options), "nosuid,nodev,noexec%s%s%s%s",
			     request->version == 2 ? "" : ",",
			     request->version == 2 ? "" : request->options ? request->options : "none",
			     request->name ? ",name=" : "", request->name ? request->name : "") >=
	    sizeof(options))
		return ct_failx(err, E2BIG, "%s: the options are too long", request->target);
	result = load(err);
	if (result < 0)
		return result;
	if (ct_trace)
		ct_trace("mount", AT_FDCWD, request->target, options);
	result = call(lib.mnt_context_mount, request->target, request->version == 2 ? "cgroup2" : "cgroup",
		      options, &why);
	if (result < 0)
		return explain_mount(all, request, -result, err);
	if (!request->release_agent)
		return 0;
	result = set_release_agent(request, err);
	return result < 0 ? unmount_again(all, request, err) : 0;
}
