// SPDX-License-Identifier: MIT
#include "common/first.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/interrupt.h"
#include "common/proc.h"

static int lock_directory(int fd, uint64_t deadline, struct ct_error *err)
{
	uint64_t pause = 200;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return ct_fail(err, "cannot lock its directory");
		if (ct_interrupt_pending())
			return ct_failx(err, EINTR, "interrupted while waiting for another one to enter");
		if (ct_clock() > deadline)
			return ct_failx(err, EBUSY, "somebody who wants to be first holds the lock of its directory (flock) and does not enter: try again");
		ct_clock_pause(&pause, 5000);
	}
	return 0;
}

/* In each hierarchy: another one may have been told to enter by -H in some of them alone. */
static int lock_all(struct ct_container *container, uint64_t timeout, struct ct_first *first,
		    struct ct_error *err)
{
	uint64_t deadline = ct_clock() + timeout * 1000;
	int result = 0;

	for (size_t i = 0; result >= 0 && i < container->count; i++) {
		struct ct_place *place = &container->places[i];
		int fd = ct_file_open_beneath(place->hierarchy->fd, place->path, O_RDONLY | O_DIRECTORY);

		if (fd < 0)
			return ct_failx(err, -fd, "cannot open its directory in %s to lock it: %s",
					place->hierarchy->label, strerror(-fd));
		if (ct_array_push(first->locks, first->count, fd) < 0) {
			close(fd);
			return ct_failx(err, ENOMEM, "out of memory");
		}
		result = lock_directory(fd, deadline, err);
	}
	return result;
}

static int check_empty(struct ct_place *place, struct ct_error *err)
{
	autofree pid_t *tasks = NULL;
	size_t count = 0;
	int result = place->hierarchy->ops->list(place, CT_LIST_THREADS, &tasks, &count, err);

	if (result < 0 || !count)
		return result;
	return ct_failx(err, EBUSY, "it holds a task in %s already (%d): --first is refused", place->hierarchy->label,
			tasks[0]);
}

static int check_parent(const struct ct_place *place, const char *path, pid_t pid, struct ct_error *err)
{
	const char *name;
	size_t length = ct_path_parent(place->path, &name);

	if (path && strlen(path) == length && !strncmp(path, place->path, length))
		return 0;
	return ct_failx(err, EXDEV, "process %d is in /%s in %s: --first enters from the parent /%.*s alone", pid,
			path ? path : "...", place->hierarchy->label, (int)length, place->path);
}

static int check_process(const struct ct_hierarchies *all, const struct ct_container *container,
			 pid_t pid, struct ct_error *err)
{
	autofree char *text = NULL;
	int result = ct_proc_cgroup(all->proc, pid, pid, &text);

	if (result < 0)
		return ct_failx(err, -result, "cannot tell where process %d is: %s", pid, strerror(-result));
	for (size_t i = 0; result >= 0 && i < container->count; i++) {
		autofree char *path = NULL;

		ct_hierarchy_locate(container->places[i].hierarchy, text, &path);
		result = check_parent(&container->places[i], path, pid, err);
	}
	return result;
}

int ct_first(const struct ct_hierarchies *all, struct ct_container *container, const pid_t *pids,
	     size_t count, uint64_t timeout, struct ct_first *ret_first, struct ct_error *err)
{
	pid_t self = getpid();
	int result = 0;

	for (size_t i = 0; result >= 0 && i < (count ? count : 1); i++)
		result = check_process(all, container, count ? pids[i] : self, err);
	if (result >= 0)
		result = lock_all(container, timeout, ret_first, err);
	for (size_t i = 0; result >= 0 && i < container->count; i++)
		result = check_empty(&container->places[i], err);
	return result < 0 ? result : 0;
}

void ct_first_clear(struct ct_first *first)
{
	for (size_t i = 0; i < first->count; i++)
		close(first->locks[i]);
	free(first->locks);
	*first = (struct ct_first){ 0 };
}
