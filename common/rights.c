// SPDX-License-Identifier: MIT
#include "common/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "common/cleanup.h"

/* What a thread may do, and where. */
struct reach {
	uint64_t user;		/* its user namespace */
	uid_t uid;
	bool admin;		/* has CAP_SYS_ADMIN in it */
};

static uint64_t id_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) < 0 ? 0 : status.st_ino;
}

/*
 * Whether reach has CAP_SYS_ADMIN in the user namespace fd: it has it in the one it is in, and in all
 * below; and the user who made one has it there, seen from the one above. Unknown counts as yes.
 */
static bool rules(const struct reach *reach, int fd)
{
	autoclose int at = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	bool owner = false;

	while (at >= 0) {
		uid_t uid;
		int above;

		if (id_of(at) == reach->user)
			return reach->admin || owner;
		owner = ioctl(at, NS_GET_OWNER_UID, &uid) == 0 && uid == reach->uid;
		above = ioctl(at, NS_GET_PARENT);
		if (above < 0)
			return false; /* past the top of what can be seen: it lies elsewhere */
		close(at);
		at = above;
	}
	return true;
}

static int read_reach(int proc, pid_t pid, pid_t tid, const char *status, struct reach *ret_reach)
{
	const char *effective = strstr(status, "\nCapEff:"), *uid = strstr(status, "\nUid:");
	struct stat user;
	uint64_t capabilities;
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/ns/user", pid, tid);
	if (fstatat(proc, path, &user, 0) < 0)
		return -errno;
	if (!effective || sscanf(effective + 8, "%" SCNx64, &capabilities) != 1 || !uid ||
	    sscanf(uid + 5, "%*u %u", &ret_reach->uid) != 1)
		return -EBADMSG;
	ret_reach->user = user.st_ino;
	ret_reach->admin = capabilities >> CAP_SYS_ADMIN & 1;
	return 0;
}

static int refuse(pid_t pid, int flag, struct ct_error *err)
{
	char word[32];

	ct_nsset_words(flag, word, sizeof(word));
	return ct_failx(err, EPERM, "process %d has no CAP_SYS_ADMIN over the %s namespace: only a process that has can enter it while it runs",
			pid, word);
}

int ct_rights_check(int proc, pid_t pid, pid_t tid, const char *status, const struct ct_nsset *set,
		   int flags, struct ct_error *err)
{
	struct reach reach;
	int result = read_reach(proc, pid, tid, status, &reach);

	if (result < 0)
		return ct_failx(err, -result, "cannot read the rights of process %d: %s", pid,
				strerror(-result));
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		int flag = ct_nsset_kinds[kind].flag;

		if (!(set->flags & flags & flag))
			continue;
		if (flag == CLONE_NEWUSER) {
			if (!rules(&reach, set->fds[kind]))
				return refuse(pid, flag, err);
			/* In there it has all rights. */
			reach = (struct reach){ .user = set->ids[kind], .uid = reach.uid, .admin = true };
			continue;
		}
		autoclose int owner = ioctl(set->fds[kind], NS_GET_USERNS);

		/* The kernel asks for it in the thread's own as well. */
		if (!reach.admin || (owner >= 0 && !rules(&reach, owner)))
			return refuse(pid, flag, err);
	}
	return 0;
}
