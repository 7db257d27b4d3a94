// SPDX-License-Identifier: MIT
#include "common/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/beneath.h"
#include "common/cleanup.h"

void (*ct_trace)(const char *verb, int dir, const char *name, const char *text);

static int open_beneath(int dir, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	long fd;

	/* EAGAIN: something was renamed meanwhile and the kernel could not be sure */
	do {
		fd = syscall(SYS_openat2, dir, *path ? path : ".", &how, sizeof(how));
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return ct_beneath_walk(dir, path, flags);
	return fd < 0 ? -errno : (int)fd;
}

/* Whoever may make directories can make them deeper than the kernel takes a path: that is opened in parts. */
int ct_file_open_beneath(int dir, const char *path, int flags)
{
	autoclose int above = -1;

	while (strlen(path) >= PATH_MAX && *path != '/') {
		const char *slash = memrchr(path, '/', PATH_MAX - 1);
		char part[PATH_MAX];
		int fd;

		if (!slash)
			return -ENAMETOOLONG;
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		fd = open_beneath(above < 0 ? dir : above, part, O_PATH | O_DIRECTORY);
		if (fd < 0)
			return fd;
		if (above >= 0)
			close(above);
		above = fd;
		path = slash + 1;
	}
	return open_beneath(above < 0 ? dir : above, path, flags);
}

int ct_file_open_dir(int dir, const char *path, DIR **ret_dir)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret_dir = fdopendir(fd);
	if (*ret_dir)
		return 0;
	close(fd);
	return -ENOMEM;
}

int ct_file_access(int dir, const char *name, int mode)
{
	if (faccessat(dir, name, mode, AT_EACCESS) == 0)
		return 0;
	/* ct is never setuid: the real ids, by which the old call goes, are the effective ones */
	if (errno == EPERM && syscall(SYS_faccessat, dir, name, mode) == 0)
		return 0;
	return -errno;
}

bool ct_file_exists(int dir, const char *name)
{
	struct stat status;

	return fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

void ct_file_close_range(unsigned first, unsigned last)
{
	autodir DIR *dir = NULL;
	struct dirent *entry;

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	dir = opendir("/proc/self/fd");
	while (dir && (entry = readdir(dir))) {
		unsigned fd = (unsigned)strtoul(entry->d_name, NULL, 10);

		if (*entry->d_name != '.' && fd >= first && fd <= last && fd != (unsigned)dirfd(dir))
			close((int)fd);
	}
	for (long fd = first; !dir && fd <= (long)last && fd < sysconf(_SC_OPEN_MAX); fd++)
		close((int)fd);
}

int ct_file_read_fd(int fd, char **ret_text)
{
	size_t room = 4096, length = 0;
	autofree char *text = malloc(room);

	if (!text)
		return -ENOMEM;
	for (;;) {
		ssize_t got = read(fd, text + length, room - length - 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		length += (size_t)got;
		if (length + 1 < room)
			continue;
		if (room > INT_MAX / 2)
			return -EFBIG;
		char *grown = realloc(text, 2 * room);
		if (!grown)
			return -ENOMEM;
		text = grown;
		room *= 2;
	}
	text[length] = '\0';
	*ret_text = ct_take_ptr(text);
	return (int)length;
}

int ct_file_read(int dir, const char *path, char **ret_text)
{
	autoclose int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);

	return fd < 0 ? -errno : ct_file_read_fd(fd, ret_text);
}

int ct_file_read_into(int dir, const char *path, char *buffer, size_t size)
{
	autoclose int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, buffer, size);
	if (got < 0)
		return -errno;
	if ((size_t)got >= size)
		return -EFBIG;
	buffer[got] = '\0';
	return (int)got;
}

int ct_file_write(int dir, const char *name, const char *text)
{
	autoclose int fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	ssize_t written;

	if (fd < 0)
		return -errno;
	if (ct_trace)
		ct_trace("write", dir, name, text);
	do {
		written = write(fd, text, strlen(text));
	} while (written < 0 && errno == EINTR);
	return written < 0 ? -errno : 0;
}

void ct_file_path(int fd, char *buffer, size_t size)
{
	char link[32];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, buffer, size - 1);
	buffer[length < 0 ? 0 : length] = '\0';
}
