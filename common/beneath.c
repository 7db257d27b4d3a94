// SPDX-License-Identifier: MIT
#include "common/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"

/* Which mount a directory lies in. A bind mount within one file system differs in the id alone. */
struct mount {
	dev_t device;
	int id;		/* -1: there is no /proc to tell it */
};

static int read_mount_id(int fd)
{
	char path[48], text[1024];
	const char *line;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (ct_file_read_into(AT_FDCWD, path, text, sizeof(text)) < 0 || !(line = strstr(text, "mnt_id:")))
		return -1;
	return (int)strtol(line + strlen("mnt_id:"), NULL, 10);
}

static int find_mount(int fd, struct mount *ret_mount, mode_t *ret_mode)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	*ret_mount = (struct mount){ .device = status.st_dev, .id = read_mount_id(fd) };
	*ret_mode = status.st_mode;
	return 0;
}

/* Only looked at (O_PATH) until it is known to be neither a link nor of another mount. */
static int step(int dir, const char *name, const struct mount *mount)
{
	autoclose int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct mount found = { 0 };
	mode_t mode = 0;
	int result = fd < 0 ? -errno : find_mount(fd, &found, &mode);

	if (result < 0)
		return result;
	if (S_ISLNK(mode))
		return -ELOOP;
	if (found.device != mount->device || found.id != mount->id)
		return -EXDEV;
	return ct_take_fd(&fd);
}

/*
 * What fd, which was only looked at, is to be opened for. A directory is by itself, anything else
 * by its name once more, for there may be no /proc to go by: it must be the same then.
 */
static int open_for(int fd, int dir, const char *name, int flags)
{
	autoclose int opened = -1;
	struct stat seen, status;

	if (fstat(fd, &seen) < 0)
		return -errno;
	if (S_ISDIR(seen.st_mode)) {
		opened = openat(fd, ".", flags | O_NOFOLLOW | O_CLOEXEC);
		return opened < 0 ? -errno : ct_take_fd(&opened);
	}
	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	opened = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC);
	if (opened < 0 || fstat(opened, &status) < 0)
		return -errno;
	if (status.st_dev != seen.st_dev || status.st_ino != seen.st_ino)
		return -EXDEV;
	return ct_take_fd(&opened);
}

int ct_beneath_walk(int dir, const char *path, int flags)
{
	autoclose int above = openat(dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
	autofree char *copy = strdup(path);
	char *rest = copy, *name = NULL;
	struct mount mount = { 0 };
	mode_t mode;
	int result = above < 0 ? -errno : find_mount(above, &mount, &mode);

	if (!copy)
		return -ENOMEM;
	if (result >= 0 && *path == '/')
		result = -EXDEV;
	while (result >= 0 && (name = strsep(&rest, "/"))) {
		if (!strcmp(name, ".."))
			return -EXDEV;
		result = step(above, *name ? name : ".", &mount);
		if (result < 0)
			return result;
		if (!rest) {
			fd = result;
			return open_for(fd, above, *name ? name : ".", flags);
		}
		close(above);
		above = result;
	}
	return result;
}
