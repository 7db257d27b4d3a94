// SPDX-License-Identifier: MIT
#include "common/enter.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/pindir.h"

bool ct_enter_forks(const struct ct_enter *enter)
{
	return enter->new_pid || enter->set.flags & CLONE_NEWPID;
}

static int explain(int kind, int code, struct ct_error *err)
{
	const char *name = ct_nsset_kinds[kind].name, *reason = strerror(code);

	if (code == EPERM || code == EACCES)
		reason = "it takes root, or the owner of the user namespace that it belongs to, in that";
	else if (code == EINVAL && !strcmp(name, "user"))
		reason = "this process is in it already, or is below it";
	else if (code == EINVAL && !strcmp(name, "pid"))
		reason = "the kernel lets a process into pid namespaces below its own alone";
	return ct_failx(err, code, "cannot enter its %s namespace: %s", name, reason);
}

/* A process that is there already need not, and for user may not, enter it. */
static bool is_there(const struct ct_nsset *set, int kind)
{
	struct stat status;
	char path[48];

	snprintf(path, sizeof(path), "/proc/self/ns/%s", ct_nsset_kinds[kind].name);
	return stat(path, &status) == 0 && status.st_ino == set->ids[kind];
}

/*
 * Before the user namespace all that the caller may enter as he is, after it what only its owner
 * may. Any that is refused both times is reported.
 */
static int join_all(const struct ct_nsset *set, int left, struct ct_error *err)
{
	for (int pass = 0; pass < 2; pass++)
		for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
			int flag = ct_nsset_kinds[kind].flag;

			if (!(left & flag) || (!pass && flag == CLONE_NEWUSER && left != flag))
				continue;
			if ((flag == CLONE_NEWUSER && is_there(set, kind)) || setns(set->fds[kind], flag) == 0)
				left &= ~flag;
			else if (pass)
				return explain(kind, errno, err);
		}
	return 0;
}

/* A path that is there in the new mount namespace too is stayed in. */
static void go_back(const char *path)
{
	if (*path != '/' || chdir(path) < 0)
		if (chdir("/") < 0)
			return; /* setns(2) has put us there already */
}

int ct_enter_join(const struct ct_enter *enter, struct ct_error *err)
{
	int flags = enter->set.flags & ~enter->joined, result;
	char path[PATH_MAX] = "";

	if (flags & CLONE_NEWNS && !getcwd(path, sizeof(path)))
		path[0] = '\0';
	if (flags & CLONE_NEWUSER)
		(void)setgroups(0, NULL); /* refused before or after is no harm, as in nsenter(1) */
	result = join_all(&enter->set, flags, err);
	if (result >= 0 && *path)
		go_back(path);
	return result;
}

static int join_pid(const struct ct_nsset *set)
{
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++)
		if (ct_nsset_kinds[kind].flag == CLONE_NEWPID)
			return setns(set->fds[kind], CLONE_NEWPID);
	return -1;
}

/*
 * Only what a user namespace owns, or will own, takes going in there; everything else is left to
 * the child, who can enter its cgroups before that.
 */
int ct_enter_begin(struct ct_enter *enter, struct ct_error *err)
{
	bool inside = enter->new_pid && enter->set.flags & CLONE_NEWUSER;
	int result;

	if (enter->set.flags & CLONE_NEWPID) {
		if (join_pid(&enter->set) == 0)
			enter->joined = CLONE_NEWPID;
		else
			inside = true;
	}
	if (inside) {
		result = ct_enter_join(enter, err);
		if (result < 0)
			return result;
		enter->joined = enter->set.flags;
	}
	if (enter->new_pid && unshare(CLONE_NEWPID) < 0)
		return ct_fail(err, "cannot make a new pid namespace");
	return 0;
}

/* With all mounts that it shows private: what is mounted in it is seen nowhere else. */
static int leave_mounts(struct ct_error *err)
{
	if (unshare(CLONE_NEWNS) < 0)
		return ct_fail(err, "cannot make a mount namespace for /proc");
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return ct_fail(err, "cannot make mounts private before /proc is mounted");
	ct_pindir_hide();
	return 0;
}

static int refuse_id(const char *what, unsigned id, struct ct_error *err)
{
	return errno == EINVAL ? ct_failx(err, EINVAL, "cannot become %s %u, which the user namespace does not map", what, id) :
				 ct_fail(err, "cannot become %s %u", what, id);
}

/* In a user namespace that is joined the caller becomes its root, unless it is to be another. */
static int become(const struct ct_enter *enter, struct ct_error *err)
{
	bool user = enter->set.flags & CLONE_NEWUSER;

	if ((user || enter->set_gid) && setgroups(0, NULL) < 0 && !(user && errno == EPERM))
		return ct_fail(err, "cannot drop the supplementary groups");
	if ((user || enter->set_gid) && setgid(enter->gid) < 0)
		return refuse_id("group", enter->gid, err);
	if ((user || enter->set_uid) && setuid(enter->uid) < 0)
		return refuse_id("user", enter->uid, err);
	return 0;
}

int ct_enter_settle(const struct ct_enter *enter, struct ct_error *err)
{
	int result = enter->mount_proc ? leave_mounts(err) : 0;

	if (result < 0)
		return result;
	if (enter->root && (chroot(enter->root) < 0 || chdir("/") < 0))
		return ct_fail(err, "cannot make %s the root", enter->root);
	if (enter->mount_proc && mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return ct_fail(err, "cannot mount /proc");
	if (enter->wd && chdir(enter->wd) < 0)
		return ct_fail(err, "cannot make %s the working directory", enter->wd);
	return become(enter, err);
}

void ct_enter_clear(struct ct_enter *enter)
{
	ct_nsset_clear(&enter->set);
	*enter = (struct ct_enter){ 0 };
}
