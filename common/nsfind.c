// SPDX-License-Identifier: MIT
#include "common/nsfind.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/mountinfo.h"
#include "common/proc.h"

/* Without waiting for what may be a pipe: who looks does not know what it is. */
static int open_if(int dir, const char *path, const struct ct_nsset *set, int kind)
{
	const uint64_t id = set->ids[kind], serial = set->serials[kind];
	autoclose int fd = -1;
	struct stat status;

	if (fstatat(dir, path, &status, 0) < 0 || status.st_ino != id)
		return -1;
	fd = openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0 || status.st_ino != id || (serial && ct_nsset_serial(fd) != serial))
		return -1;
	return ct_take_fd(&fd);
}

/* proc_pid_mountinfo(5): of a mounted namespace the root is its name. */
static int find_mounted(int proc, const struct ct_nsset *set, int kind)
{
	autofree char *text = NULL;
	char root[64];

	snprintf(root, sizeof(root), " %s:[%" PRIu64 "] /", ct_nsset_kinds[kind].name,
		 set->ids[kind]);
	if (ct_file_read(proc, "self/mountinfo", &text) < 0)
		return -1;
	for (char *at = text; (at = strstr(at, root));) {
		char *path = at + strlen(root) - 1;
		int fd;

		at = path + strcspn(path, " ");
		if (*at)
			*at++ = '\0';
		ct_mountinfo_unescape(path);
		fd = open_if(AT_FDCWD, path, set, kind);
		if (fd >= 0)
			return fd;
	}
	return -1;
}

static int find_thread(int proc, pid_t pid, const struct ct_nsset *set, int kind)
{
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(proc, pid, &tids), fd = -1;

	for (int i = 0; fd < 0 && i < count; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%d/task/%d/ns/%s", pid, tids[i], ct_nsset_kinds[kind].file);
		fd = open_if(proc, path, set, kind);
	}
	return fd;
}

static int find_process(int proc, const struct ct_nsset *set, int kind)
{
	autodir DIR *dir = NULL;
	const struct dirent *entry;
	int fd = -1;

	ct_file_open_dir(proc, ".", &dir);
	while (dir && fd < 0 && (entry = readdir(dir))) {
		char path[288];

		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/ns/%s", entry->d_name, ct_nsset_kinds[kind].file);
		fd = open_if(proc, path, set, kind);
	}
	return fd;
}

int ct_nsfind_open(int proc, pid_t pid, const struct ct_nsset *set, int kind)
{
	int fd = find_thread(proc, pid, set, kind);

	if (fd < 0)
		fd = find_mounted(proc, set, kind);
	if (fd < 0)
		fd = find_process(proc, set, kind);
	return fd < 0 ? -ENOENT : fd;
}

int ct_nsfind_fill(int proc, pid_t pid, struct ct_nsset *set, int *ret_flag)
{
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		int fd;

		*ret_flag = ct_nsset_kinds[kind].flag;
		if (!(set->flags & *ret_flag) || set->fds[kind] >= 0)
			continue;
		fd = ct_nsfind_open(proc, pid, set, kind);
		if (fd < 0)
			return fd;
		set->fds[kind] = fd;
	}
	return 0;
}
