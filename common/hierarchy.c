// SPDX-License-Identifier: MIT
#include "common/hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/array.h"
#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/file.h"

/* Whether word[0 … length) is one of the comma separated words of list. */
static bool list_has(const char *list, const char *word, size_t length)
{
	for (const char *end;; list = end + 1) {
		end = strchrnul(list, ',');
		if ((size_t)(end - list) == length && !memcmp(list, word, length))
			return length;
		if (!*end)
			return false;
	}
}

/* Whether any word of a is one of b's: the kernel lists controllers in no fixed order. */
static bool lists_meet(const char *a, const char *b)
{
	for (const char *end;; a = end + 1) {
		end = strchrnul(a, ',');
		if (list_has(b, a, (size_t)(end - a)))
			return true;
		if (!*end)
			return false;
	}
}

bool ct_hierarchy_has(const struct ct_hierarchy *hierarchy, const char *word)
{
	return list_has(hierarchy->label, word, strlen(word));
}

struct ct_hierarchy *ct_hierarchies_v2(const struct ct_hierarchies *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].version == 2)
			return &all->items[i];
	return NULL;
}

char *ct_hierarchies_path(const struct ct_hierarchies *all, const char *name)
{
	const char *base = all->base ? all->base : "";
	char *path;

	return asprintf(&path, "%s%s%s", base, *base && *name ? "/" : "", name) < 0 ? NULL : path;
}

const char *ct_hierarchies_name(const struct ct_hierarchies *all, const char *path)
{
	size_t length = all->base ? strlen(all->base) : 0;

	if (!length)
		return path;
	if (strncmp(path, all->base, length) != 0 || (path[length] && path[length] != '/'))
		return NULL;
	return path + length + (path[length] == '/');
}

/* A controller is in one hierarchy only, so one word of the label tells them apart. */
static bool shows(const struct ct_mount *mount, const struct ct_hierarchy *hierarchy)
{
	if (mount->version != hierarchy->version)
		return false;
	return hierarchy->version == 2 || lists_meet(hierarchy->label, mount->options);
}

/*
 * The mount with the shortest root, of equals the first: "/" before "/web", which shows a
 * part, and before "/../..", which shows more but not where in it our tasks are.
 */
static const struct ct_mount *best_mount(const struct ct_mountinfo *mounts,
					 const struct ct_hierarchy *hierarchy)
{
	const struct ct_mount *best = NULL;

	for (size_t i = 0; i < mounts->count; i++) {
		const struct ct_mount *mount = &mounts->items[i];

		if (shows(mount, hierarchy) && (!best || strlen(mount->root) < strlen(best->root)))
			best = mount;
	}
	return best;
}

/* A line of /proc/PID/cgroup: ID:CONTROLLERS:PATH; the path may hold colons. */
static bool parse_line(char *line, struct ct_hierarchy *ret_hierarchy)
{
	char *label = strchr(line, ':'), *path = label ? strchr(label + 1, ':') : NULL, *end;
	long id;

	if (!path)
		return false;
	id = strtol(line, &end, 10);
	if (end == line || end != label || id < 0 || id > INT_MAX)
		return false;
	*label++ = '\0';
	*path++ = '\0';
	*ret_hierarchy = (struct ct_hierarchy){
		.id = (int)id,
		.version = id == 0 && !*label ? 2 : 1,
		.label = id == 0 && !*label ? "v2" : label,
		.self = path,
		.fd = -1,
	};
	ret_hierarchy->ops = ret_hierarchy->version == 2 ? &ct_cgroup_v2 : &ct_cgroup_v1;
	return true;
}

/* Mounted ones first, by the order of their mounts, as a person lists them. */
static int compare(const void *a, const void *b)
{
	const struct ct_hierarchy *left = a, *right = b;

	if (!left->mountpoint || !right->mountpoint)
		return !left->mountpoint - !right->mountpoint;
	/* the strings of all mounts lie in one text, in the order of its lines */
	return (left->mountpoint > right->mountpoint) - (left->mountpoint < right->mountpoint);
}

static bool take_mount(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy)
{
	const struct ct_mount *mount = best_mount(&all->mounts, hierarchy);

	hierarchy->proc = all->proc;
	if (!mount)
		return false;
	hierarchy->device = mount->device;
	hierarchy->mountpoint = mount->mountpoint;
	hierarchy->root = mount->root;
	hierarchy->options = mount->options;
	all->count++;
	return true;
}

static int discover(struct ct_hierarchies *all)
{
	char *rest = all->self_text, *line;

	while ((line = strsep(&rest, "\n"))) {
		struct ct_hierarchy found;

		if (!parse_line(line, &found))
			continue;
		take_mount(all, &found);
		if (ct_array_push(all->items, all->total, found) < 0)
			return -ENOMEM;
	}
	if (all->total)
		qsort(all->items, all->total, sizeof(*all->items), compare);
	return 0;
}

/* 1 if controller has a mounted v1 hierarchy, 0 if not. */
static int discover_home(struct ct_hierarchies *all, const char *controller)
{
	struct ct_hierarchy home = { .id = -1, .version = 1, .label = controller, .fd = -1, .ops = &ct_cgroup_v1 };

	if (!take_mount(all, &home))
		return 0;
	return ct_array_push(all->items, all->total, home) < 0 ? -ENOMEM : 1;
}

static int read_proc(struct ct_hierarchies *all, const char *controller, struct ct_error *err)
{
	char *text;
	int result;

	result = ct_file_read(all->proc, "self/mountinfo", &text);
	if (result < 0)
		return ct_failx(err, -result, "cannot read /proc/self/mountinfo: %s",
				strerror(-result));
	if (ct_mountinfo_parse(text, &all->mounts) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	result = controller ? discover_home(all, controller) : 0;
	if (result)
		return result < 0 ? ct_failx(err, ENOMEM, "out of memory") : 0;
	result = ct_file_read(all->proc, "self/cgroup", &all->self_text);
	if (result < 0)
		return ct_failx(err, -result, "cannot read /proc/self/cgroup: %s",
				result == -ENOENT ? "this kernel has no cgroups" : strerror(-result));
	if (discover(all) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	return 0;
}

int ct_hierarchies_open_home(struct ct_hierarchies *ret_all, const char *sysroot,
			     const char *controller, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	char path[PATH_MAX];
	int result;

	all.sysroot = strdup(sysroot);
	if (!all.sysroot)
		return ct_failx(err, ENOMEM, "out of memory");
	snprintf(path, sizeof(path), "%s/proc", sysroot);
	all.proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (all.proc < 0)
		return ct_fail(err, "cannot open %s", path);
	result = read_proc(&all, controller, err);
	if (result < 0)
		return result;
	*ret_all = all;
	all = (struct ct_hierarchies){ .proc = -1 };
	return 0;
}

int ct_hierarchies_open(struct ct_hierarchies *ret_all, const char *sysroot, struct ct_error *err)
{
	return ct_hierarchies_open_home(ret_all, sysroot, NULL, err);
}

void ct_hierarchies_clear(struct ct_hierarchies *all)
{
	int saved = errno;

	for (size_t i = 0; i < all->total; i++)
		if (all->items[i].fd >= 0)
			close(all->items[i].fd);
	free(all->items);
	ct_mountinfo_clear(&all->mounts);
	free(all->self_text);
	if (all->sysroot && all->proc >= 0)
		close(all->proc);
	free(all->sysroot);
	free(all->base);
	*all = (struct ct_hierarchies){ .proc = -1 };
	errno = saved;
}

/*
 * A mount can lie hidden under another one. In a fixture the device numbers are
 * those of the machine it was taken from, so there is nothing to compare.
 */
static bool is_mounted_at(const struct ct_hierarchies *all, const struct ct_mount *mount, int fd)
{
	struct stat status;

	return *all->sysroot || (fstat(fd, &status) == 0 && status.st_dev == mount->device);
}

static int open_mount(const struct ct_hierarchies *all, const struct ct_mount *mount)
{
	char path[PATH_MAX];
	autoclose int fd = -1;

	snprintf(path, sizeof(path), "%s%s", all->sysroot, mount->mountpoint);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return is_mounted_at(all, mount, fd) ? ct_take_fd(&fd) : -ENOENT;
}

int ct_hierarchy_open(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy,
		      struct ct_error *err)
{
	struct ct_mount mount = { .device = hierarchy->device, .mountpoint = hierarchy->mountpoint };
	int fd;

	if (hierarchy->fd >= 0)
		return 0;
	fd = open_mount(all, &mount);
	for (size_t i = 0; fd < 0 && i < all->mounts.count; i++) {
		const struct ct_mount *other = &all->mounts.items[i];

		if (!shows(other, hierarchy))
			continue;
		fd = open_mount(all, other);
		if (fd < 0)
			continue;
		hierarchy->mountpoint = other->mountpoint;
		hierarchy->root = other->root;
	}
	if (fd < 0)
		return ct_failx(err, -fd, "cannot open hierarchy %s at %s: %s; -H with the others leaves it out",
				hierarchy->label, hierarchy->mountpoint,
				fd == -ENOENT ? "another file system is mounted over it, and umount shows it again"
					      : strerror(-fd));
	hierarchy->fd = fd;
	return 0;
}

int ct_hierarchies_drop_unreachable(struct ct_hierarchies *all, struct ct_error *err)
{
	struct ct_error ignored; /* all but the first */
	int dropped = 0;

	for (size_t i = 0; i < all->count; i++) {
		struct ct_hierarchy *hierarchy = &all->items[i];

		if (!hierarchy->selected ||
		    ct_hierarchy_open(all, hierarchy, dropped ? &ignored : err) == 0)
			continue;
		hierarchy->selected = false;
		dropped++;
	}
	return dropped;
}
