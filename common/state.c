// SPDX-License-Identifier: MIT
#include "common/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/interrupt.h"

static int find_path(char *buffer, size_t size, struct ct_error *err)
{
	const char *runtime = secure_getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0)
		snprintf(buffer, size, "%s", CT_STATEDIR);
	else if (runtime && *runtime == '/')
		snprintf(buffer, size, "%s/ct", runtime);
	else
		return ct_failx(err, ENOENT,
				"there is no place for what has to be written down: XDG_RUNTIME_DIR is not set (a login session sets it)");
	return 0;
}

static int open_path(const char *path, struct ct_error *err)
{
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return ct_fail(err, "cannot open the state directory %s", path);
	if (fstat(fd, &status) < 0)
		return ct_fail(err, "cannot look at the state directory %s", path);
	if (status.st_uid != geteuid())
		return ct_failx(err, EPERM, "the state directory %s belongs to user %u, not to %u: remove it", path,
				status.st_uid, geteuid());
	if (status.st_mode & 022)
		return ct_failx(err, EPERM, "the state directory %s is writable by others: chmod 700 it", path);
	return ct_take_fd(&fd);
}

int ct_state_find(struct ct_error *err)
{
	char path[PATH_MAX];
	int result = find_path(path, sizeof(path), err);

	return result < 0 ? result : open_path(path, err);
}

int ct_state_open(struct ct_error *err)
{
	char path[PATH_MAX];
	int result = find_path(path, sizeof(path), err);

	if (result < 0)
		return result;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return ct_failx(err, errno, "cannot make the state directory %s: %s; %s", path, strerror(errno),
				geteuid() == 0 ? "a tmpfs mounted on the directory above it will do" :
						 "XDG_RUNTIME_DIR must name a directory of one's own");
	return open_path(path, err);
}

static bool has(const char *dir, const char *name)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return ct_file_exists(AT_FDCWD, path);
}

void ct_state_pending(struct ct_state_pending *ret_pending)
{
	struct ct_error ignored; /* without a state directory there is nothing */
	char path[PATH_MAX];

	*ret_pending = (struct ct_state_pending){ false, false };
	if (find_path(path, sizeof(path), &ignored) < 0)
		return;
	ret_pending->journal = has(path, "journal");
	ret_pending->marks = has(path, "reap");
}

int ct_state_boot(char *buffer, size_t size, struct ct_error *err)
{
	int result = ct_file_read_into(AT_FDCWD, "/proc/sys/kernel/random/boot_id", buffer, size);

	if (result < 0)
		return ct_failx(err, -result, "cannot read the boot's id: %s", strerror(-result));
	buffer[strcspn(buffer, "\n")] = '\0';
	return 0;
}

static int read_holder(int lock)
{
	char text[64] = "";

	return pread(lock, text, sizeof(text) - 1, 0) > 0 ? (int)strtol(text, NULL, 10) : 0;
}

static int name_holder(int pid, struct ct_error *err)
{
	char path[64], command[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	if (pid <= 0 || ct_file_read_into(AT_FDCWD, path, command, sizeof(command)) < 0)
		return ct_failx(err, EBUSY, "another move is under way and does not end: try again");
	command[strcspn(command, "\n")] = '\0';
	return ct_failx(err, EBUSY, "process %d (%s) has been moving tasks for too long: try again, or look what keeps it",
			pid, command);
}

int ct_state_lock(int state, uint64_t timeout, struct ct_error *err)
{
	autoclose int lock = openat(state, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	uint64_t deadline = ct_clock() + timeout * 1000, pause = 500;
	char text[32];
	int length, before = 0;

	if (lock < 0)
		return ct_fail(err, "cannot open the lock in the state directory");
	while (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		int holder;

		if (errno != EWOULDBLOCK && errno != EINTR)
			return ct_fail(err, "cannot take the lock in the state directory");
		if (ct_interrupt_pending())
			return ct_failx(err, EINTR, "interrupted while waiting for another move");
		holder = read_holder(lock);
		if (before && holder != before) /* many may be in a row, each of which is quick */
			deadline = ct_clock() + timeout * 1000;
		before = holder;
		if (ct_clock() > deadline)
			return name_holder(holder, err);
		ct_clock_pause(&pause, 8000);
	}
	/* who holds it, for the message above; nothing else depends on it */
	length = snprintf(text, sizeof(text), "%d\n", getpid());
	if (ftruncate(lock, 0) < 0 || pwrite(lock, text, (size_t)length, 0) < 0)
		return ct_fail(err, "cannot write the lock in the state directory");
	return ct_take_fd(&lock);
}

int ct_state_lock_if_any(uint64_t timeout, struct ct_error *err)
{
	struct ct_error ignored;
	autoclose int state = ct_state_open(&ignored);

	return state < 0 ? -ENOENT : ct_state_lock(state, timeout, err);
}

size_t ct_state_path(char *buffer, size_t size)
{
	struct ct_error ignored; /* then there is nothing in it either */

	return find_path(buffer, size, &ignored) < 0 ? 0 : strlen(buffer);
}
