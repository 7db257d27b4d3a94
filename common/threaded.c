// SPDX-License-Identifier: MIT
#include "common/threaded.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"

/* The word in its cgroup.type; "" for the root, which has none, and what cannot be read. */
static void read_type(const struct ct_hierarchy *hierarchy, const char *path, char *buffer, size_t size)
{
	autoclose int fd = ct_file_open_beneath(hierarchy->fd, path, O_PATH | O_DIRECTORY);

	if (fd < 0 || ct_file_read_into(fd, "cgroup.type", buffer, size) < 0)
		buffer[0] = '\0';
	buffer[strcspn(buffer, "\n")] = '\0';
}

/* Cuts path down to the domain that it belongs to: the nearest one above that is not threaded. */
static void cut_to_domain(const struct ct_hierarchy *hierarchy, char *path)
{
	char type[32];

	for (;;) {
		char *slash = strrchr(path, '/');

		read_type(hierarchy, path, type, sizeof(type));
		if (strcmp(type, "threaded") != 0 || !*path)
			return;
		*(slash ? slash : path) = '\0';
	}
}

int ct_threaded_accepts(struct ct_place *place, struct ct_error *err)
{
	const char *mount = place->hierarchy->mountpoint;
	char type[32];
	int result = ct_cgroup_access(place, "cgroup.threads");

	if (result < 0)
		return ct_failx(err, -result, "cannot move threads into it in v2: %s/%s/cgroup.threads: %s", mount,
				place->path, strerror(-result));
	read_type(place->hierarchy, place->path, type, sizeof(type));
	if (!*type || !strcmp(type, "threaded") || !strcmp(type, "domain threaded"))
		return 0;
	return ct_failx(err, EOPNOTSUPP,
			"v2 moves single threads only within a threaded tree, and it is none (%s/%s/cgroup.type says '%s'): leave v2 out with -H, or move the process",
			mount, place->path, type);
}

static int refuse_stranger(const struct ct_place *place, const char *domain, const struct ct_task *task,
			   const char *path, struct ct_error *err)
{
	return ct_failx(err, EOPNOTSUPP,
			"v2 moves single threads only within a threaded tree: thread %d is in /%s, and the threaded tree that %s belongs to is that of /%s; leave v2 out with -H, or move the process",
			task->tid, path, place->path, domain);
}

int ct_threaded_check(struct ct_place *place, const struct ct_taskset *tasks, struct ct_error *err)
{
	autofree char *domain = strdup(place->path);

	if (!domain)
		return ct_failx(err, ENOMEM, "out of memory");
	cut_to_domain(place->hierarchy, domain);
	for (size_t i = 0; i < tasks->count; i++) {
		const struct ct_task *task = &tasks->tasks[i];
		autofree char *path = NULL, *other = NULL;

		if (!task->chosen ||
		    ct_hierarchy_locate(place->hierarchy, tasks->origins[task->origin], &path) < 0)
			continue; /* what cannot be told the kernel refuses */
		other = strdup(path);
		if (!other)
			return ct_failx(err, ENOMEM, "out of memory");
		cut_to_domain(place->hierarchy, other);
		if (strcmp(domain, other) != 0)
			return refuse_stranger(place, domain, task, path, err);
	}
	return 0;
}
