// SPDX-License-Identifier: MIT
#include "common/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/pidfd.h"

/* What the holder needs to know of the process that is to follow it. */
struct target {
	struct ct_nsset own;	/* user and pid, where they are not ours */
	uid_t uid;
	gid_t gid;
	int depth;		/* how many pid namespaces it is in */
};

struct message {
	int error;		/* errno, and of which kind; 0: it holds */
	int flag;
	pid_t pid;		/* as its parent numbers it */
};

/* "Name:" and what follows in the status of a process; NULL if it is not there. */
static const char *field(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? at + strlen(name) : NULL;
}

/* The last of the numbers of NSpid, or the one at depth; *ret_count: how many there are. */
static pid_t number_at(int proc, pid_t pid, int depth, int *ret_count)
{
	char path[32], status[4096];
	const char *at;
	pid_t number = 0, last = 0;
	int count = 0, length;

	snprintf(path, sizeof(path), "%d/status", pid);
	if (ct_file_read_into(proc, path, status, sizeof(status)) < 0)
		return 0;
	at = field(status, "\nNSpid:");
	for (; at && sscanf(at, " %d%n", &number, &length) == 1; at += length) {
		last = number;
		if (++count == depth || *(at + length) == '\n')
			break;
	}
	if (ret_count)
		*ret_count = count;
	return depth && count != depth ? 0 : last;
}

/* Its first pid namespace is the one it is in, not the one of its children. */
static int add_pid_namespace(int proc, pid_t pid, struct ct_nsset *set)
{
	struct stat status, ours;
	autoclose int fd = -1;
	char path[32];

	snprintf(path, sizeof(path), "%d/ns/pid", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0 || stat("/proc/self/ns/pid", &ours) < 0)
		return -errno;
	return status.st_ino == ours.st_ino ? 0 : ct_nsset_add(set, CLONE_NEWPID, fd);
}

static int look_at(int proc, pid_t pid, struct target *target)
{
	char path[32], text[4096];
	const char *uid, *gid;
	int result;

	snprintf(path, sizeof(path), "%d/status", pid);
	result = ct_file_read_into(proc, path, text, sizeof(text));
	if (result < 0)
		return result;
	uid = field(text, "\nUid:");
	gid = field(text, "\nGid:");
	if (!uid || !gid || sscanf(uid, "%u", &target->uid) != 1 || sscanf(gid, "%u", &target->gid) != 1)
		return -EBADMSG;
	number_at(proc, pid, 0, &target->depth);
	result = ct_nsset_open(proc, pid, pid, CLONE_NEWUSER, &target->own);
	if (result == 0 && ct_nsset_differ(&target->own, proc, getpid(), getpid()) == 0)
		ct_nsset_clear(&target->own);
	return result < 0 ? result : add_pid_namespace(proc, pid, &target->own);
}

/* Enters those of the kinds in flags; the kind that failed is in *ret_flag. */
static int enter(const struct ct_nsset *set, int flags, int *ret_flag)
{
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		int flag = ct_nsset_kinds[kind].flag;

		if (!(set->flags & flags & flag))
			continue;
		*ret_flag = flag;
		if (setns(set->fds[kind], flag) < 0)
			return -errno;
	}
	return 0;
}

/*
 * Root enters what it owns from where it is, and user after that; whoever has no rights but
 * in the user namespace enters that one first.
 */
static int enter_all(const struct ct_nsset *set, int *ret_flag)
{
	int result = enter(set, ~CLONE_NEWUSER, ret_flag);

	if (result == -EPERM && set->flags & CLONE_NEWUSER) {
		result = enter(set, CLONE_NEWUSER, ret_flag);
		return result < 0 ? result : enter(set, ~CLONE_NEWUSER, ret_flag);
	}
	return result < 0 ? result : enter(set, CLONE_NEWUSER, ret_flag);
}

/* Becomes somebody whom the target may look at: ptrace(2), "Ptrace access mode checking". */
static void become_like(const struct target *target, bool user)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 }, { 0 } };
	int ignored; /* one that stays what it is can be looked at by root */

	if (!user) {
		prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP);
		if (syscall(SYS_setresgid, target->gid, target->gid, target->gid) < 0 ||
		    syscall(SYS_setresuid, target->uid, target->uid, target->uid) < 0)
			errno = 0;
		enter(&target->own, CLONE_NEWUSER, &ignored);
	}
	syscall(SYS_capset, &header, none);
	prctl(PR_SET_DUMPABLE, 1);
}

/* Until the pipe closes. Then a moment longer, in which nobody else can get its number. */
__attribute__((noreturn)) static void stay(int pipe)
{
	char byte;

	while (read(pipe, &byte, 1) < 0 && errno == EINTR)
		;
	sleep(1);
	_exit(0);
}

static void close_all_but(int low, int high)
{
	if (low > 0)
		ct_file_close_range(0, (unsigned)low - 1);
	ct_file_close_range((unsigned)low + 1, (unsigned)high - 1);
	ct_file_close_range((unsigned)high + 1, ~0U);
}

__attribute__((noreturn)) static void hold(const struct ct_nsset *set, const struct target *target,
					   int pipe, int report)
{
	struct message message = { 0 };
	bool forks = (set->flags | target->own.flags) & CLONE_NEWPID;
	int result;

	prctl(PR_SET_NAME, "ct-holder");
	result = set->flags & CLONE_NEWPID ? 0 : enter(&target->own, CLONE_NEWPID, &message.flag);
	if (result == 0)
		result = enter_all(set, &message.flag);
	message.error = -result;
	message.pid = getpid();
	if (result == 0 && forks) {
		message.pid = fork();
		if (message.pid < 0)
			message.error = errno;
		if (message.pid != 0) {
			/* A child without a parent that waits would be a zombie in its namespace. */
			if (write(report, &message, sizeof(message)) < 0)
				_exit(EXIT_FAILURE);
			close_all_but(pipe, pipe);
			waitpid(message.pid, NULL, 0);
			_exit(0);
		}
	}
	if (result == 0)
		become_like(target, set->flags & CLONE_NEWUSER);
	/* Forked or not: it is ready when this one arrives. */
	if (write(report, &message, sizeof(message)) < 0 || message.error)
		_exit(EXIT_FAILURE);
	close_all_but(pipe, pipe);
	stay(pipe);
}

static int wait_until_held(int proc, int report, bool forks, int depth, struct ct_holder *holder,
			   struct ct_error *err)
{
	struct message message = { 0 };
	pid_t pid = holder->child;
	char word[64];

	for (int i = 0; i < (forks ? 2 : 1); i++) {
		ssize_t got;

		do
			got = read(report, &message, sizeof(message));
		while (got < 0 && errno == EINTR);
		if (got != sizeof(message))
			return ct_failx(err, ECHILD, "the holder of the namespaces died");
		ct_nsset_words(message.flag, word, sizeof(word));
		errno = message.error;
		if (errno)
			return ct_fail(err, "cannot enter the %s namespace", word);
		if (message.pid > 0 && forks && pid == holder->child)
			pid = message.pid; /* a child names itself 0 */
	}
	holder->pid = pid;
	holder->handle = ct_pidfd_open(pid);
	errno = holder->handle < 0 ? -holder->handle : 0;
	if (errno)
		return ct_fail(err, "cannot open the holder of the namespaces");
	holder->seen = number_at(proc, pid, depth, NULL);
	return holder->seen ? 0 : ct_failx(err, EINVAL,
			"the process cannot see its new namespaces: it is in a pid namespace of its own, not above them");
}

int ct_holder_start(int proc, const struct ct_nsset *set, pid_t target_pid,
		    struct ct_holder *ret_holder, struct ct_error *err)
{
	struct ct_holder holder = { .pipe = -1, .handle = -1 };
	struct target target = { .depth = 0 };
	int ends[2], reports[2], result;

	errno = -look_at(proc, target_pid, &target);
	if (errno) {
		ct_nsset_clear(&target.own);
		return ct_fail(err, "cannot read the user and namespaces of process %d", target_pid);
	}
	if (pipe2(ends, O_CLOEXEC) < 0 || pipe2(reports, O_CLOEXEC) < 0) {
		ct_nsset_clear(&target.own);
		return ct_fail(err, "cannot make a pipe");
	}
	holder.child = fork();
	if (holder.child == 0) {
		close(ends[1]);
		hold(set, &target, ends[0], reports[1]);
	}
	close(ends[0]);
	close(reports[1]);
	holder.pipe = ends[1];
	if (holder.child < 0)
		result = ct_fail(err, "cannot start a holder of the namespaces");
	else
		result = wait_until_held(proc, reports[0],
					 (set->flags | target.own.flags) & CLONE_NEWPID, target.depth,
					 &holder, err);
	close(reports[0]);
	ct_nsset_clear(&target.own);
	if (result < 0)
		ct_holder_end(&holder);
	else
		*ret_holder = holder;
	return result;
}

void ct_holder_end(struct ct_holder *holder)
{
	if (holder->child <= 0)
		return;
	ct_cleanup_close(&holder->pipe);
	/* Without a handle it has failed, and is about to end. A parent ends after its child. */
	if (holder->handle >= 0)
		ct_pidfd_signal(holder->handle, holder->pid, SIGKILL);
	ct_cleanup_close(&holder->handle);
	while (waitpid(holder->child, NULL, __WALL) < 0 && errno == EINTR)
		;
	*holder = (struct ct_holder){ .pipe = -1, .handle = -1 };
}
