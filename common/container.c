// SPDX-License-Identifier: MIT
#include "common/container.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/name.h"

static int add_place(struct ct_container *container, struct ct_hierarchy *hierarchy,
		     const char *path, struct ct_error *err)
{
	struct ct_place place = { .hierarchy = hierarchy, .path = strdup(path), .fd = -1 };

	if (!place.path || ct_array_push(container->places, container->count, place) < 0) {
		free(place.path);
		return ct_failx(err, ENOMEM, "out of memory");
	}
	return 0;
}

/* The mount that an existing directory lies in, and what of its path lies below that. */
static struct ct_hierarchy *find_mount(struct ct_hierarchies *all, const char *path, dev_t device,
				       const char **ret_rest, const char **ret_root)
{
	struct ct_hierarchy *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < all->mounts.count; i++) {
		const struct ct_mount *mount = &all->mounts.items[i];
		size_t length = strlen(mount->mountpoint);

		if (strncmp(path, mount->mountpoint, length) != 0 || length < longest ||
		    (path[length] && path[length] != '/') ||
		    (!*all->sysroot && mount->device != device))
			continue;
		for (size_t j = 0; j < all->count; j++)
			if (all->items[j].device == mount->device) {
				found = &all->items[j];
				longest = length;
				*ret_rest = path + length + (path[length] == '/');
				*ret_root = mount->root;
			}
	}
	return found;
}

/* The path as the kernel knows it: symbolic links on the way to a mount point are no harm. */
static int real_path(const struct ct_hierarchies *all, const char *path, char *buffer, size_t size,
		     dev_t *ret_device)
{
	char full[2 * PATH_MAX], real[2 * PATH_MAX];
	size_t length = strlen(all->sysroot);
	struct stat status;
	autoclose int fd = -1;

	snprintf(full, sizeof(full), "%s%s", all->sysroot, path);
	fd = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	ct_file_path(fd, real, sizeof(real));
	if (*all->sysroot) {
		autofree char *base = realpath(all->sysroot, NULL);

		length = base && !strncmp(real, base, strlen(base)) ? strlen(base) : 0;
	}
	*ret_device = status.st_dev;
	return strlcpy(buffer, real + length, size) < size ? 0 : -ENAMETOOLONG;
}

/* What is to be made does not exist: its parent tells the hierarchy. */
static int real_parent(const struct ct_hierarchies *all, const char *path, char *buffer, size_t size,
		       dev_t *ret_device)
{
	const char *name;
	size_t length = ct_path_parent(path, &name);
	autofree char *parent = strndup(path, length);
	int result;

	if (!parent)
		return -ENOMEM;
	result = real_path(all, length ? parent : "/", buffer, size, ret_device);
	if (result == -ENOENT && length)
		result = real_parent(all, parent, buffer, size, ret_device);
	if (result < 0)
		return result;
	if (!length)
		buffer[0] = '\0'; /* the slash follows */
	if (strlcat(buffer, "/", size) >= size || strlcat(buffer, name, size) >= size)
		return -ENAMETOOLONG;
	return 0;
}

/*
 * Another mount may show a part of the hierarchy only (a bind mount of a container):
 * root is that part, and the place is told as the hierarchy's own mount sees it.
 */
static int rebase(const struct ct_hierarchy *hierarchy, const char *root, const char *rest,
		  char *buffer, size_t size)
{
	const char *base = hierarchy->root + strspn(hierarchy->root, "/");
	const char *extra = root + strspn(root, "/");
	size_t length = strlen(base);

	if (strncmp(extra, base, length) != 0 || (length && extra[length] && extra[length] != '/'))
		return -ENOENT;
	if (strcmp(root, hierarchy->root) != 0 && !strncmp(extra, "..", 2))
		return -ENOENT; /* a mount made outside of our cgroup namespace */
	extra += length;
	extra += strspn(extra, "/");
	if ((size_t)snprintf(buffer, size, "%s%s%s", extra, *extra && *rest ? "/" : "", rest) >= size)
		return -ENAMETOOLONG;
	return 0;
}

static int locate_absolute(struct ct_hierarchies *all, const char *name,
			   struct ct_container *container, struct ct_error *err)
{
	autofree char *path = strdup(name);
	char real[PATH_MAX], place[PATH_MAX];
	struct ct_hierarchy *hierarchy;
	const char *rest = "", *root = "";
	dev_t device = 0;
	int result;

	if (!path)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t end = strlen(path); end > 1 && path[end - 1] == '/';) /* as rmdir(1) allows */
		path[--end] = '\0';
	result = real_path(all, path, real, sizeof(real), &device);
	if (result == -ENOENT)
		result = real_parent(all, path, real, sizeof(real), &device);
	if (result < 0)
		return ct_failx(err, -result, "cannot open it: %s", strerror(-result));
	hierarchy = find_mount(all, real, device, &rest, &root);
	if (!hierarchy)
		return ct_failx(err, ENOENT,
				"it lies in no mounted hierarchy; a name without a leading '/' is looked up in all of them, and ctmount lists where they are");
	if (!hierarchy->selected)
		return ct_failx(err, EINVAL, "it lies in %s, which -H leaves out", hierarchy->label);
	result = rebase(hierarchy, root, rest, place, sizeof(place));
	if (result < 0)
		return ct_failx(err, -result, "cannot find it below %s", hierarchy->mountpoint);
	return add_place(container, hierarchy, place, err);
}

static int check_absolute(const char *name, struct ct_error *err)
{
	autofree char *path = strdup(name + strspn(name, "/"));

	if (!path)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t end = strlen(path); end && path[end - 1] == '/';)
		path[--end] = '\0';
	for (char *rest = path, *word; (word = strsep(&rest, "/"));)
		if (!strcmp(word, ".") || !strcmp(word, "..") || (!*word && *path))
			return ct_failx(err, EINVAL,
					"not a container name: an absolute path may not have the component '%s'",
					word);
	return 0;
}

/* The places name may have, none of them opened yet. */
static int locate(struct ct_hierarchies *all, const char *name, struct ct_container *container,
		  struct ct_error *err)
{
	autofree char *path = NULL;
	int result;

	if (*name == '/') {
		result = check_absolute(name, err);
		return result < 0 ? result : locate_absolute(all, name, container, err);
	}
	result = ct_name_check(name, err);
	path = ct_hierarchies_path(all, name);
	if (result >= 0 && !path)
		return ct_failx(err, ENOMEM, "out of memory");
	/* v2 first: it has most rules, and what it refuses need then not be undone elsewhere */
	for (unsigned version = 2; version >= 1; version--)
		for (size_t i = 0; result >= 0 && i < all->count; i++)
			if (all->items[i].selected && all->items[i].version == version)
				result = add_place(container, &all->items[i], path, err);
	return result;
}

static int explain_open(const struct ct_place *place, int code, struct ct_error *err)
{
	const char *label = place->hierarchy->label, *reason = strerror(code);

	if (code == ENOTDIR)
		reason = "it is a file, not a container";
	else if (code == ELOOP)
		reason = "a symbolic link is in the way, and ct follows none in a hierarchy";
	else if (code == EXDEV)
		reason = "something is mounted in the way, and ct stays in the hierarchy";
	return ct_failx(err, code, "cannot open it in %s: %s", label, reason);
}

static int open_places(struct ct_hierarchies *all, struct ct_container *container,
		       struct ct_error *err)
{
	for (size_t i = 0; i < container->count; i++) {
		struct ct_place *place = &container->places[i];
		int result = ct_hierarchy_open(all, place->hierarchy, err);

		if (result < 0)
			return result;
		result = ct_place_open(place);
		if (result < 0 && result != -ENOENT)
			return explain_open(place, -result, err);
	}
	return 0;
}

static int missing(const struct ct_container *container, struct ct_error *err)
{
	char labels[256];

	ct_container_labels(container, labels, sizeof(labels));
	return ct_failx(err, ENOENT,
			"no such container in %s; ct stat -r lists those there are, ctcreate makes one",
			labels);
}

static int drop_missing(struct ct_container *container, bool exact, struct ct_error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < container->count; i++) {
		if (container->places[i].fd >= 0)
			kept++;
		else if (exact)
			return ct_failx(err, ENOENT, "no such container in %s",
					container->places[i].hierarchy->label);
	}
	if (!kept)
		return missing(container, err);
	kept = 0;
	for (size_t i = 0; i < container->count; i++) {
		if (container->places[i].fd >= 0)
			container->places[kept++] = container->places[i];
		else
			ct_place_clear(&container->places[i]);
	}
	container->count = kept;
	return 0;
}

static int prepare(struct ct_hierarchies *all, const char *name, struct ct_container *container,
		   struct ct_error *err)
{
	int result;

	container->name = strdup(name);
	if (!container->name)
		return ct_failx(err, ENOMEM, "out of memory");
	result = locate(all, name, container, err);
	return result < 0 ? result : open_places(all, container, err);
}

int ct_container_open(struct ct_hierarchies *all, const char *name, bool exact,
		      struct ct_container *ret_container, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = prepare(all, name, &container, err);

	if (result >= 0)
		result = drop_missing(&container, exact, err);
	if (result < 0)
		return result;
	*ret_container = container;
	container = (struct ct_container){ 0 };
	return 0;
}

/* What an absolute name would add to a hierarchy obeys the rules; what is there may be opened. */
static int check_new(const struct ct_place *place, struct ct_error *err)
{
	for (const char *rest = place->path;; rest += strcspn(rest, "/") + 1) {
		autofree char *path = strndup(place->path,
					      (size_t)(rest - place->path) + strcspn(rest, "/"));
		int fd;

		if (!path)
			return ct_failx(err, ENOMEM, "out of memory");
		fd = ct_file_open_beneath(place->hierarchy->fd, path, O_PATH | O_DIRECTORY);
		if (fd < 0)
			return ct_name_check_path(rest, err);
		close(fd);
		if (!strchr(rest, '/'))
			return 0;
	}
}

/* Who wants it there all the same names it by its path, or sets CT_ROOT. */
static int check_owner(const struct ct_hierarchies *all, const struct ct_container *container, const char *name,
		       struct ct_error *err)
{
	bool concerned = false;

	for (size_t i = 0; i < container->count; i++)
		concerned |= container->places[i].hierarchy->version == 2 && container->places[i].fd < 0;
	if (!all->owned || !concerned || *name == '/')
		return 0;
	return ct_failx(err, EPERM, "%s", geteuid() == 0 ?
			"v2 belongs to systemd here, and it has given ct no part of it: systemctl start ct-root.service makes one" :
			"v2 belongs to systemd here: systemd-run --user --scope -p Delegate=yes COMMAND runs a command, a shell say, with a part of its own");
}

int ct_container_choose(struct ct_hierarchies *all, const char *name,
			struct ct_container *ret_container, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = prepare(all, name, &container, err);

	if (result >= 0)
		result = check_owner(all, &container, name, err);

	if (result >= 0 && *name == '/' && container.places[0].fd < 0)
		result = check_new(&container.places[0], err);
	if (result < 0)
		return result;
	*ret_container = container;
	container = (struct ct_container){ 0 };
	return 0;
}

struct ct_place *ct_container_place(const struct ct_container *container,
				    const struct ct_hierarchy *hierarchy)
{
	for (size_t i = 0; container && i < container->count; i++)
		if (container->places[i].hierarchy == hierarchy)
			return &container->places[i];
	return NULL;
}

void ct_container_clear(struct ct_container *container)
{
	int saved = errno;

	for (size_t i = 0; i < container->count; i++)
		ct_place_clear(&container->places[i]);
	free(container->places);
	free(container->name);
	*container = (struct ct_container){ 0 };
	errno = saved;
}

void ct_container_labels(const struct ct_container *container, char *buffer, size_t size)
{
	buffer[0] = '\0';
	for (size_t i = 0; i < container->count; i++) {
		if (i)
			strlcat(buffer, ",", size);
		strlcat(buffer, container->places[i].hierarchy->label, size);
	}
}
