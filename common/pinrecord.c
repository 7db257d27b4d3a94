// SPDX-License-Identifier: MIT
#include "common/pinrecord.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"

/* A line of the record: a directory of a cgroup. */
struct known {
	int hierarchy;
	uint64_t inode;
	unsigned device_major, device_minor;
	const char *path;	/* in the file system */
};

/* Of the caller's, or the machine's, which tells nothing of what was to be looked at. */
static bool is_trouble(int result)
{
	return result == -EMFILE || result == -ENFILE || result == -ENOMEM || result == -EIO || result == -EINTR;
}

static int write_record(int dir, const char *text)
{
	static const char fresh[] = CT_PINRECORD ".new";
	autoclose int fd = openat(dir, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	int code;

	if (fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
	    renameat(dir, fresh, dir, CT_PINRECORD) == 0)
		return 0;
	code = errno;
	unlinkat(dir, fresh, 0);
	return -code;
}

static void write_line(FILE *file, int hierarchy, const struct stat *status, const char *path)
{
	fprintf(file, "%d %" PRIu64 " %u %u %s\n", hierarchy, (uint64_t)status->st_ino,
		major(status->st_dev), minor(status->st_dev), path);
}

/* Takes the next line apart, in place. */
static bool read_line(char **rest, struct known *ret_known)
{
	char *line;
	int at = 0;

	while ((line = strsep(rest, "\n")))
		if (sscanf(line, "%d %" SCNu64 " %u %u %n", &ret_known->hierarchy, &ret_known->inode,
			   &ret_known->device_major, &ret_known->device_minor, &at) == 4 && at) {
			ret_known->path = line + at;
			return true;
		}
	return false;
}

static int stat_path(const char *path, struct stat *ret_status)
{
	if (fstatat(AT_FDCWD, path, ret_status, AT_SYMLINK_NOFOLLOW) < 0)
		return is_trouble(-errno) ? -errno : -ENOENT;
	return S_ISDIR(ret_status->st_mode) ? 0 : -ENOENT;
}

static bool is_same(const struct known *known, const struct stat *status)
{
	return status->st_ino == known->inode && major(status->st_dev) == known->device_major &&
	       minor(status->st_dev) == known->device_minor;
}

int ct_pinrecord_write(int dir, const struct ct_container *container, struct ct_error *err)
{
	autofree char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	int result;

	if (!file)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < container->count; i++) {
		struct ct_place *place = &container->places[i];
		char path[2 * PATH_MAX];
		struct stat status;

		snprintf(path, sizeof(path), "%s/%s", place->hierarchy->mountpoint, place->path);
		if (ct_place_open(place) == 0 && fstat(place->fd, &status) == 0 && !strchr(path, '\n'))
			write_line(file, place->hierarchy->id, &status, path);
	}
	if (fclose(file) != 0)
		return ct_failx(err, ENOMEM, "out of memory");
	result = write_record(dir, text);
	return result < 0 ? ct_failx(err, -result, "cannot write whose its namespaces are: %s",
				     strerror(-result)) : 0;
}

static int is_of_place(const char *record, struct ct_place *place)
{
	autofree char *text = strdup(record);
	struct known known;
	struct stat status;
	int result = text ? ct_place_open(place) : -ENOMEM;

	if (result < 0 || fstat(place->fd, &status) < 0)
		return is_trouble(result) ? result : 0;
	for (char *rest = text; read_line(&rest, &known);)
		if (known.hierarchy == place->hierarchy->id && is_same(&known, &status))
			return 1;
	return 0;
}

int ct_pinrecord_is_of(int dir, const struct ct_container *container)
{
	autofree char *text = NULL;
	int result = ct_file_read(dir, CT_PINRECORD, &text);

	if (result < 0)
		return is_trouble(result) ? result : 0;
	result = 0;
	for (size_t i = 0; result != 1 && i < container->count; i++) {
		int found = is_of_place(text, &container->places[i]);

		result = found ? found : result;
	}
	return result;
}

/* The hierarchy is where it was: its nearest directory that is there still lies in it. */
static bool is_mounted(const struct known *known)
{
	autofree char *path = strdup(known->path);
	struct stat status;

	for (char *slash; path && (slash = strrchr(path, '/')) && slash != path;) {
		*slash = '\0';
		if (stat_path(path, &status) == 0)
			return major(status.st_dev) == known->device_major &&
			       minor(status.st_dev) == known->device_minor;
	}
	return false;
}

/* Somewhere: hierarchies is /proc/self/cgroup, which lists those that are not mounted, too. */
static bool is_listed(const struct known *known, const char *hierarchies)
{
	char line[16];
	size_t length = (size_t)snprintf(line, sizeof(line), "%d:", known->hierarchy);

	while (hierarchies && strncmp(hierarchies, line, length) != 0) {
		hierarchies = strchr(hierarchies, '\n');
		hierarchies += hierarchies ? 1 : 0;
	}
	return hierarchies;
}

bool ct_pinrecord_is_alive(int dir)
{
	autofree char *text = NULL, *hierarchies = NULL;
	struct known known;
	struct stat status;
	int result = ct_file_read(dir, CT_PINRECORD, &text);

	if (result < 0)
		return is_trouble(result);
	if (ct_file_read(AT_FDCWD, "/proc/self/cgroup", &hierarchies) < 0)
		return true;
	for (char *rest = text; read_line(&rest, &known);) {
		result = stat_path(known.path, &status);
		if ((result < 0 && result != -ENOENT) || (result == 0 && is_same(&known, &status)))
			return true;
		/* what is mounted elsewhere now may well have it */
		if (!is_mounted(&known) && is_listed(&known, hierarchies))
			return true;
	}
	return false;
}

void ct_pinrecord_renew(int dir)
{
	autofree char *text = NULL, *fresh = NULL;
	struct known known;
	struct stat status;
	size_t size;
	FILE *file;

	if (ct_file_read(dir, CT_PINRECORD, &text) < 0)
		return;
	file = open_memstream(&fresh, &size);
	if (!file)
		return;
	for (char *rest = text; read_line(&rest, &known);)
		if (stat_path(known.path, &status) == 0)
			write_line(file, known.hierarchy, &status, known.path);
	if (fclose(file) == 0)
		write_record(dir, fresh);
}
