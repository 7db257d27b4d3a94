// SPDX-License-Identifier: MIT
#include "common/nsmake.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"
#include "common/pindir.h"

/* linux/pidfd.h and linux/nsfs.h of Linux 6.11: the headers that ct is built with may be older */
#define PIDFD_PID_FOR_CHILDREN _IO(0xFF, 6)
#define MOUNT_NAMESPACE_ID     _IOR(0xb7, 5, uint64_t)

/* What the child says when it is done, or has failed. */
struct answer {
	bool unshared;
	int code;
	struct ct_error err;
};

struct maker {
	pid_t pid;
	int heard;	/* the answer is read from it */
	int hold;	/* the child ends when it is closed */
};

static int join(const struct ct_container *inside, struct ct_error *err)
{
	pid_t self = 0;
	size_t done;
	int result = 0;

	for (size_t i = 0; result >= 0 && i < inside->count; i++) {
		struct ct_place *place = &inside->places[i];
		enum ct_freeze_state state = CT_NO_FREEZER;

		result = place->hierarchy->ops->freeze_state(place, &state, err);
		if (result >= 0 && (state == CT_FREEZING || state == CT_FROZEN))
			return ct_failx(err, EBUSY, "it is frozen in %s, where nothing gets on; ctfreeze -u thaws it",
					place->hierarchy->label);
		if (result >= 0)
			result = place->hierarchy->ops->attach(place, CT_ATTACH_SELF, &self, 1, &done, err);
	}
	return result;
}

/* 0: the kernel does not tell. */
static uint64_t mount_namespace_id(void)
{
	autoclose int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	uint64_t id = 0;

	return fd >= 0 && ioctl(fd, MOUNT_NAMESPACE_ID, &id) == 0 ? id : 0;
}

/*
 * A mount namespace can be pinned in one with a lower number alone. Linux 6.18 hands numbers out by
 * processor, so that a later one may have a lower number: until it has not, the next is tried.
 */
static int unshare_mounts(uint64_t own)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	cpu_set_t one;

	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	for (int cpu = 0; cpu < cpus && cpu < CPU_SETSIZE && mount_namespace_id() < own; cpu++) {
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one) == 0 && unshare(CLONE_NEWNS) < 0)
			return -errno;
	}
	return 0;
}

/*
 * A mount namespace would get copies of all pins, and keep those namespaces alive. They go before
 * a new user namespace locks them, with a mount namespace in between.
 */
static int unshare_all(int flags)
{
	uint64_t own = mount_namespace_id();
	bool early = flags & CLONE_NEWNS && unshare_mounts(own) == 0;
	int result;

	if (early) {
		if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
			return -errno;
		ct_pindir_hide();
	}
	if (unshare(flags & ~CLONE_NEWNS) < 0)
		return -errno;
	if (!(flags & CLONE_NEWNS) || (early && !(flags & CLONE_NEWUSER)))
		return 0;
	result = unshare_mounts(own); /* that belongs to the user namespace, too */
	if (result == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	return result;
}

__attribute__((noreturn)) static void make(int flags, const struct ct_container *inside, int tell,
					   int hold)
{
	struct answer answer = { .unshared = false };
	char byte;
	int result = flags & CLONE_NEWCGROUP && inside ? join(inside, &answer.err) : 0;

	if (result >= 0) {
		answer.unshared = true;
		answer.code = -unshare_all(flags);
	} else {
		answer.code = -result;
	}
	if (write(tell, &answer, sizeof(answer)) == sizeof(answer))
		while (read(hold, &byte, 1) < 0 && errno == EINTR)
			;
	_exit(0);
}

int ct_nsmake_explain(int flags, int code, struct ct_error *err)
{
	const char *reason = strerror(code);
	char words[64];

	ct_nsset_words(flags, words, sizeof(words));
	if (code == EPERM && flags & CLONE_NEWUSER)
		reason = "the kernel makes no user namespace inside of a chroot, nor where its settings forbid it to users (user.max_user_namespaces, unprivileged_userns_clone)";
	else if (code == EPERM)
		reason = "only root (CAP_SYS_ADMIN) may, or who makes a user namespace with it (user)";
	else if (code == EINVAL)
		reason = "this kernel does not know all of these kinds";
	else if (code == ENOSPC || code == EUSERS)
		reason = "a limit in /proc/sys/user is reached, or they are nested too deep";
	return ct_failx(err, code, "cannot make new namespaces (%s): %s", words, reason);
}

static int start(int flags, const struct ct_container *inside, struct maker *ret_maker,
		 struct ct_error *err)
{
	int heard[2], hold[2];

	if (pipe2(heard, O_CLOEXEC) < 0)
		return ct_fail(err, "cannot make a pipe");
	if (pipe2(hold, O_CLOEXEC) < 0) {
		close(heard[0]), close(heard[1]);
		return ct_fail(err, "cannot make a pipe");
	}
	ret_maker->pid = fork();
	if (ret_maker->pid == 0) {
		close(hold[1]);
		make(flags, inside, heard[1], hold[0]);
	}
	close(heard[1]), close(hold[0]);
	ret_maker->heard = heard[0];
	ret_maker->hold = hold[1];
	return ret_maker->pid < 0 ? ct_fail(err, "cannot start a process") : 0;
}

static void stop(struct maker *maker)
{
	close(maker->heard);
	close(maker->hold);
	while (maker->pid > 0 && waitpid(maker->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* One line each: the caller's own ids alone may be mapped without privilege. */
static int map_root(int dir, struct ct_error *err)
{
	char uids[32], gids[32];
	int result = ct_file_write(dir, "setgroups", "deny");

	snprintf(uids, sizeof(uids), "0 %u 1\n", geteuid());
	snprintf(gids, sizeof(gids), "0 %u 1\n", getegid());
	if (result >= 0)
		result = ct_file_write(dir, "uid_map", uids);
	if (result >= 0)
		result = ct_file_write(dir, "gid_map", gids);
	return result < 0 ? ct_failx(err, -result, "cannot map the ids of the new user namespace: %s",
				     strerror(-result)) : 0;
}

static int open_pid_namespace(pid_t pid, struct ct_error *err)
{
	autoclose int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int fd = pidfd < 0 ? -1 : ioctl(pidfd, PIDFD_PID_FOR_CHILDREN, 0);

	if (fd < 0)
		return ct_failx(err, EOPNOTSUPP,
				"this kernel hands out no pid namespace that has no process yet (Linux 6.11 does): ctexec -N pid=NEW runs a command in a new one");
	return fd;
}

static int open_kind(const struct maker *maker, int dir, int kind, struct ct_nsset *set,
		     struct ct_error *err)
{
	const struct ct_nsset_kind *known = &ct_nsset_kinds[kind];
	autoclose int fd = -1;
	char path[32];
	int result;

	if (known->flag == CLONE_NEWPID) {
		fd = open_pid_namespace(maker->pid, err);
		if (fd < 0)
			return fd;
	} else {
		/* the child itself stays where it was in time */
		snprintf(path, sizeof(path), "ns/%s", known->flag == CLONE_NEWTIME ? "time_for_children" : known->name);
		fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	}
	result = fd < 0 ? -errno : ct_nsset_add(set, known->flag, fd);
	return result < 0 ? ct_failx(err, -result, "cannot open the new %s namespace: %s", known->name,
				     strerror(-result)) : 0;
}

static int open_all(const struct maker *maker, int flags, struct ct_nsset *set, struct ct_error *err)
{
	char path[32];
	autoclose int dir = -1;
	int result;

	snprintf(path, sizeof(path), "/proc/%d", maker->pid);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return ct_fail(err, "cannot open %s", path);
	result = flags & CLONE_NEWUSER ? map_root(dir, err) : 0;
	for (int kind = 0; result >= 0 && kind < CT_NSSET_KINDS; kind++)
		if (flags & ct_nsset_kinds[kind].flag)
			result = open_kind(maker, dir, kind, set, err);
	return result;
}

int ct_nsmake(int flags, const struct ct_container *inside, struct ct_nsset *set, struct ct_error *err)
{
	ct_cleanup(stop) struct maker maker = { .heard = -1, .hold = -1 };
	struct answer answer;
	ssize_t got;
	int result;

	if (!flags)
		return 0;
	result = start(flags, inside, &maker, err);
	if (result < 0)
		return result;
	do {
		got = read(maker.heard, &answer, sizeof(answer));
	} while (got < 0 && errno == EINTR);
	if (got != sizeof(answer))
		return ct_failx(err, ECHILD, "the process that was to make namespaces has been ended");
	if (answer.code && !answer.unshared) {
		*err = answer.err;
		return ct_fail_in(err, "cannot make a cgroup namespace that begins there");
	}
	return answer.code ? ct_nsmake_explain(flags, answer.code, err) : open_all(&maker, flags, set, err);
}
