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
#include <unistd.h>

#include <bsd/string.h>
#include <libmount/libmount.h>

#include "common/audit.h"
#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/dlopen.h"
#include "common/file.h"
#include "common/interrupt.h"
#include "common/subsystem.h"

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

/* Then there is no other reason to refuse it: what /proc/cgroups does not list has been refused before. */
static bool is_one_controller(const struct ct_mount_request *request)
{
	return request->version == 1 && request->options && !strchr(request->options, ',') && !request->name;
}

static int explain_mount(struct ct_hierarchies *all, const struct ct_mount_request *request, int code,
			 struct ct_error *err)
{
	autofree char *copy = strdup(request->options ? request->options : "");
	char *rest = copy, *word;

	if (code == EBUSY) {
		while (rest && (word = strsep(&rest, ",")))
			if (ct_subsystem_describe(all, word, err))
				return -code;
		return ct_failx(err, code,
				"%s: the same hierarchy is mounted there already, or a controller is in use where this mount namespace does not see it",
				request->target);
	}
	if (code == EPERM || code == EACCES)
		return ct_failx(err, code, "%s: mounting needs root (CAP_SYS_ADMIN)", request->target);
	if (code == ENOENT && access(request->target, F_OK) < 0)
		return ct_failx(err, code, "%s: there is no such directory; mkdir makes it", request->target);
	if (code == EINVAL && is_one_controller(request))
		return ct_failx(err, code, "%s: the kernel has %s on v2 only; %s", request->target, request->options,
				ct_hierarchies_v2(all) ? "v2 is mounted, ctmount lists where" : "ctmount -2 DIR mounts v2");
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

int ct_mount_check(struct ct_hierarchies *all, const struct ct_mount_request *request,
		   struct ct_error *err)
{
	struct stat status;
	int result = 0;

	if (request->options) {
		result = ct_subsystem_check(all, request->options, err);
		if (result >= 0)
			result = ct_subsystem_check_holders(all, request->options, err);
	}
	if (result >= 0 && request->name)
		result = ct_subsystem_check_name(all, request->name, request->options, err);
	if (result >= 0 && stat(request->target, &status) < 0)
		return explain_mount(all, request, errno, err);
	if (result >= 0 && !S_ISDIR(status.st_mode))
		return ct_failx(err, ENOTDIR, "%s: it is not a directory", request->target);
	return result;
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
	/* refused it is because the kernel is at it already: that takes time as well */
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

/* What is empty on the way to where names count from was made by us alone, and would keep the hierarchy. */
static void drop_base(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy)
{
	autofree char *path = strdup(all->base ? all->base : "");
	struct ct_error ignored; /* then containers are left, and that is told */

	if (!path || ct_hierarchy_open(all, hierarchy, &ignored) < 0)
		return;
	while (*path && unlinkat(hierarchy->fd, path, AT_REMOVEDIR) == 0) {
		char *slash = strrchr(path, '/');

		*(slash ? slash : path) = '\0';
	}
}

static void audit(const char *op, const char *target, const char *filesystem, int result,
		  const struct ct_error *err)
{
	const struct ct_audit record = { .op = op, .path = target, .filesystem = filesystem,
					 .error = result < 0 ? err->code : 0 };
	struct ct_error ignored; /* ct_audit_lost() tells */

	ct_audit_write(&record, &ignored);
}

static int unmount_hierarchy(struct ct_hierarchies *all, const char *target, bool *ret_active,
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
	drop_base(all, hierarchy);
	result = ct_subsystem_usage(all, hierarchy, ret_containers, &tasks, err);
	if (result < 0)
		return result;
	close(hierarchy->fd); /* it would keep the mount busy */
	hierarchy->fd = -1;
	pause_for(50);
	result = unmount(target, err);
	for (int tries = 0; result == 0 && is_active(all, hierarchy); tries++) {
		if (*ret_containers || tries == 4 || ct_interrupt_pending()) {
			*ret_active = true;
			break;
		}
		let_go(hierarchy, 200L << tries); /* a busy machine takes its time */
	}
	return result;
}

int ct_unmount(struct ct_hierarchies *all, const char *target, bool *ret_active,
	       size_t *ret_containers, struct ct_error *err)
{
	int result = unmount_hierarchy(all, target, ret_active, ret_containers, err);

	audit("unmount", target, NULL, result, err);
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
	    unmount_hierarchy(&fresh, request->target, &active, &containers, &why) >= 0)
		return -err->code;
	err->torn = true;
	return ct_fail_also(err, "and it could not be unmounted again: %s", why.text);
}

static int mount_hierarchy(struct ct_hierarchies *all, const struct ct_mount_request *request,
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

int ct_mount(struct ct_hierarchies *all, const struct ct_mount_request *request,
	     struct ct_error *err)
{
	int result = mount_hierarchy(all, request, err);
	char filesystem[1024];

	snprintf(filesystem, sizeof(filesystem), "%s%s%s%s", request->version == 2 ? "v2" : "",
		 request->options ? request->options : "", request->options && request->name ? "," : "",
		 request->name ? "name=" : "");
	strlcat(filesystem, request->name ? request->name : "", sizeof(filesystem));
	audit("mount", request->target, filesystem, result, err);
	return result;
}
