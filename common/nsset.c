// SPDX-License-Identifier: MIT
#include "common/nsset.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "common/cleanup.h"

const struct ct_nsset_kind ct_nsset_kinds[CT_NSSET_KINDS] = {
	{ "user", "user", CLONE_NEWUSER },
	{ "mnt", "mnt", CLONE_NEWNS },
	{ "net", "net", CLONE_NEWNET },
	{ "uts", "uts", CLONE_NEWUTS },
	{ "ipc", "ipc", CLONE_NEWIPC },
	{ "cgroup", "cgroup", CLONE_NEWCGROUP },
	{ "time", "time", CLONE_NEWTIME },
	{ "pid", "pid_for_children", CLONE_NEWPID },
};

/* linux/nsfs.h: the headers that ct is built with may be older */
#define SERIAL_NUMBER _IOR(0xb7, 13, uint64_t)

uint64_t ct_nsset_serial(int fd)
{
	uint64_t serial = 0;

	return ioctl(fd, SERIAL_NUMBER, &serial) < 0 ? 0 : serial;
}

static void file_of(char *buffer, size_t size, pid_t pid, pid_t tid, int kind)
{
	snprintf(buffer, size, "%d/task/%d/ns/%s", pid, tid, ct_nsset_kinds[kind].file);
}

static int gone(void)
{
	return errno == ENOENT ? -ESRCH : -errno;
}

static int open_kind(struct ct_nsset *set, int proc, pid_t pid, pid_t tid, int kind)
{
	struct stat status;
	char path[64];
	int fd;

	file_of(path, sizeof(path), pid, tid, kind);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return gone();
	set->fds[kind] = fd;
	set->flags |= ct_nsset_kinds[kind].flag;
	if (fstat(fd, &status) < 0)
		return -errno;
	set->ids[kind] = status.st_ino;
	set->serials[kind] = ct_nsset_serial(fd);
	return 0;
}

int ct_nsset_open(int proc, pid_t pid, pid_t tid, int flags, struct ct_nsset *ret_set)
{
	struct ct_nsset set = { 0 };
	int result = 0;

	for (int kind = 0; kind < CT_NSSET_KINDS && result == 0; kind++)
		if (flags & ct_nsset_kinds[kind].flag)
			result = open_kind(&set, proc, pid, tid, kind);
	if (result < 0)
		ct_nsset_clear(&set);
	else
		*ret_set = set;
	return result;
}

int ct_nsset_add(struct ct_nsset *set, int flag, int fd)
{
	struct stat status;

	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		if (ct_nsset_kinds[kind].flag != flag)
			continue;
		if (set->flags & flag || ioctl(fd, NS_GET_NSTYPE) != flag)
			return -EINVAL;
		set->fds[kind] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (set->fds[kind] < 0)
			return -errno;
		set->flags |= flag;
		if (fstat(fd, &status) < 0)
			return -errno;
		set->ids[kind] = status.st_ino;
		set->serials[kind] = ct_nsset_serial(fd);
		return 0;
	}
	return -EINVAL;
}

int ct_nsset_differ(const struct ct_nsset *set, int proc, pid_t pid, pid_t tid)
{
	struct stat status;
	char path[64];
	int flags = 0;

	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		if (!(set->flags & ct_nsset_kinds[kind].flag))
			continue;
		file_of(path, sizeof(path), pid, tid, kind);
		if (fstatat(proc, path, &status, 0) < 0)
			return gone();
		if (status.st_ino != set->ids[kind])
			flags |= ct_nsset_kinds[kind].flag;
	}
	return flags;
}

void ct_nsset_words(int flags, char *buffer, size_t size)
{
	buffer[0] = '\0';
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		if (!(flags & ct_nsset_kinds[kind].flag))
			continue;
		if (buffer[0])
			strlcat(buffer, ",", size);
		strlcat(buffer, ct_nsset_kinds[kind].name, size);
	}
}

void ct_nsset_drop(struct ct_nsset *set, int flags)
{
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++)
		if (set->flags & flags & ct_nsset_kinds[kind].flag)
			ct_cleanup_close(&set->fds[kind]);
	set->flags &= ~flags;
}

void ct_nsset_clear(struct ct_nsset *set)
{
	ct_nsset_drop(set, ~0);
	*set = (struct ct_nsset){ 0 };
}
