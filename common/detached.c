// SPDX-License-Identifier: MIT
#include "common/detached.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"

static int set(int context, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, context, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key, value, 0);
}

/* Exactly what the hierarchy has: with other controllers the kernel would refuse, or make one. */
static int choose_v1(int context, const char *label)
{
	autofree char *copy = strdup(label);
	char *rest = copy, *word;

	if (!copy)
		return -ENOMEM;
	if (!strncmp(label, "name=", 5) && set(context, "none", NULL) < 0)
		return -errno;
	while ((word = strsep(&rest, ","))) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (set(context, word, value) < 0)
			return -errno;
	}
	return 0;
}

int ct_detached_open(struct ct_hierarchy *hierarchy)
{
	const char *type = hierarchy->version == 2 ? "cgroup2" : "cgroup";
	autoclose int context = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	int result = context < 0 ? -errno : 0, mount;

	if (result == 0 && hierarchy->version == 1)
		result = choose_v1(context, hierarchy->label);
	if (result < 0)
		return result;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	if (mount < 0)
		return -errno;
	hierarchy->fd = mount;
	hierarchy->mountpoint = "(not mounted)";
	hierarchy->root = "/";
	return 0;
}
