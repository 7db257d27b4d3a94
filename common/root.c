// SPDX-License-Identifier: MIT
#include "common/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/file.h"

/* boot/ct-root.service says so. */
static const char unit[] = "ct.slice/ct-root.service";

/* As sd_booted(3) does it. */
bool ct_root_is_systemd(const char *sysroot)
{
	char path[PATH_MAX];
	struct stat status;

	snprintf(path, sizeof(path), "%s/run/systemd/system", sysroot);
	return lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* systemd says so in the user's attribute since 251, before that only in root's. */
static bool is_delegated(const struct ct_hierarchy *v2, const char *path)
{
	autoclose int fd = ct_file_open_beneath(v2->fd, path, O_RDONLY | O_DIRECTORY);
	char value[2];

	if (fd < 0)
		return false;
	return (fgetxattr(fd, "user.delegate", value, sizeof(value)) == 1 ||
		fgetxattr(fd, "trusted.delegate", value, sizeof(value)) == 1) && *value == '1';
}

/*
 * A user's systemd (seen with 252) marks no directory. What was started by systemd-run has a file in his runtime
 * directory, which says so.
 */
static bool is_users(const struct ct_hierarchies *all, const char *path)
{
	const char *run = getenv("XDG_RUNTIME_DIR"), *name = strrchr(path, '/');
	autofree char *text = NULL;
	char *line;
	char file[PATH_MAX];

	if (!run || *run != '/' || !name || !strstr(path, "/user@"))
		return false;
	snprintf(file, sizeof(file), "%s%s/systemd/transient%s", all->sysroot, run, name);
	if (ct_file_read(AT_FDCWD, file, &text) < 0)
		return false;
	line = strstr(text, "\nDelegate=");
	if (!line)
		return false;
	line += strlen("\nDelegate=");
	line[strcspn(line, "\n")] = '\0';
	return *line && strcmp(line, "no") != 0;
}

/* That of the calling process, or one above it; another systemd, for a user, keeps its own to itself. */
static char *find_own(const struct ct_hierarchies *all, const struct ct_hierarchy *v2)
{
	char *path = NULL;

	if (ct_hierarchy_locate_path(v2, v2->self, &path) < 0)
		return NULL;
	while (*path) {
		char *slash = strrchr(path, '/');

		if ((is_delegated(v2, path) && strncmp(slash ? slash + 1 : path, "user@", 5) != 0) || is_users(all, path))
			return path;
		*(slash ? slash : path) = '\0';
	}
	free(path);
	return NULL;
}

static int use_given(struct ct_hierarchies *all, const char *given, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = ct_container_open(all, given, false, &container, err);

	if (result < 0)
		return ct_fail_in(err, "where names are to count from (CT_ROOT), %s", given);
	all->base = strdup(container.places[0].path);
	return all->base ? 0 : ct_failx(err, ENOMEM, "out of memory");
}

/* For a user whom systemd could give a part of v2, and who has no business in what else there is. */
static void tell_users(struct ct_hierarchies *all, bool own)
{
	for (size_t i = 0; i < all->count; i++) {
		if (all->items[i].version == 2 && !own)
			all->items[i].instead = "systemd-run --user --scope -p Delegate=yes COMMAND runs a command, a shell say, with a part of its own";
		if (all->items[i].version == 1 && own)
			all->items[i].instead = "-H v2 leaves it out";
	}
}

int ct_root_find(struct ct_hierarchies *all, const char *given, struct ct_error *err)
{
	struct ct_hierarchy *v2 = ct_hierarchies_v2(all);
	struct ct_error ignored; /* it is told when v2 is used */

	for (size_t i = 0; i < all->count; i++)
		all->items[i].selected = true;
	if (given && *given && all->count)
		return use_given(all, given, err);
	if (!v2 || !ct_root_is_systemd(all->sysroot) || ct_hierarchy_open(all, v2, &ignored) < 0)
		return 0;
	all->base = find_own(all, v2);
	if (geteuid() != 0)
		tell_users(all, all->base);
	if (!all->base && is_delegated(v2, unit))
		all->base = strdup(unit);
	all->owned = !all->base;
	return 0;
}
