// SPDX-License-Identifier: MIT
#include "common/name.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * The kernel's files in a container are named CONTROLLER.WORD; a directory of such a name
 * could be made in the hierarchies that lack the controller and in no other.
 */
static const char *const controllers[] = {
	"cgroup",  "cpu",  "cpuacct",    "cpuset",  "blkio", "io",   "memory", "pids", "devices",
	"freezer", "misc", "net_cls",    "hugetlb", "rdma",  "dmem", "irq",    "debug",
	"net_prio", "perf_event",
};

static bool is_kernel_file(const char *name, size_t length)
{
	static const char *const files[] = { "tasks", "notify_on_release", "release_agent" };
	const char *dot = memchr(name, '.', length);

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (strlen(files[i]) == length && !memcmp(name, files[i], length))
			return true;
	for (size_t i = 0; dot && i < sizeof(controllers) / sizeof(*controllers); i++)
		if (strlen(controllers[i]) == (size_t)(dot - name) &&
		    !memcmp(name, controllers[i], (size_t)(dot - name)))
			return true;
	return false;
}

static int check_component(const char *name, size_t length, struct ct_error *err)
{
	if (!length)
		return ct_failx(err, EINVAL,
				"not a container name: it has an empty component; write web/frontend, without slashes at the ends or twice");
	if (length > NAME_MAX)
		return ct_failx(err, ENAMETOOLONG,
				"not a container name: a component has %zu bytes, and a directory's name at most %d",
				length, NAME_MAX);
	if ((length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.'))
		return ct_failx(err, EINVAL,
				"not a container name: '%.*s' would leave the path; name containers from the root of the hierarchies down",
				(int)length, name);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return ct_failx(err, EINVAL,
					"not a container name: it has a control character (byte %zu of '%.*s')",
					i + 1, (int)length, name);
	if (is_kernel_file(name, length))
		return ct_failx(err, EINVAL,
				"not a container name: '%.*s' is, or may become, a file of the kernel in every container; choose another",
				(int)length, name);
	return 0;
}

int ct_name_check_path(const char *path, struct ct_error *err)
{
	if (strlen(path) >= PATH_MAX)
		return ct_failx(err, ENAMETOOLONG,
				"not a container name: it has %zu bytes, and a path at most %d",
				strlen(path), PATH_MAX - 1);
	for (;;) {
		size_t length = strcspn(path, "/");
		int result = check_component(path, length, err);

		if (result < 0 || !path[length])
			return result;
		path += length + 1;
	}
}

int ct_name_check(const char *name, struct ct_error *err)
{
	if (!*name)
		return ct_failx(err, EINVAL, "not a container name: it is empty");
	if (*name == '/')
		return ct_failx(err, EINVAL, "not a container name: it is an absolute path");
	return ct_name_check_path(name, err);
}
