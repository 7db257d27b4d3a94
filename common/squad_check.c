// SPDX-License-Identifier: MIT
/* Whether the threads of a squad, which have stopped, may enter namespaces, and come back. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/array.h"
#include "common/asleep.h"
#include "common/cleanup.h"
#include "common/rights.h"
#include "common/squad.h"

/* What a process with several threads, or that shares its memory, may not enter. */
#define ALONE_ONLY (CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWTIME)

int ct_squad_number(const char *status, const char *name)
{
	const char *at = strstr(status, name);
	int number = 0;

	if (at)
		sscanf(at + strlen(name), "%d", &number);
	return number;
}

static int note_origin(struct ct_squad *squad, struct ct_tracee *tracee)
{
	struct ct_squad_origin origin = { .holder = { .pipe = -1, .handle = -1 } };
	int result;

	for (size_t i = 0; i < squad->origin_count; i++) {
		result = ct_nsset_differ(&squad->origins[i].set, squad->proc, squad->pid, tracee->tid);
		tracee->origin = (uint32_t)i;
		if (result <= 0)
			return result;
	}
	result = ct_nsset_open(squad->proc, squad->pid, tracee->tid, squad->wanted->flags, &origin.set);
	if (result < 0)
		return result;
	tracee->origin = (uint32_t)squad->origin_count;
	result = ct_array_push(squad->origins, squad->origin_count, origin);
	if (result < 0)
		ct_nsset_clear(&origin.set);
	return result;
}

static int look_at_root(int proc, pid_t pid, struct statx *ret_status)
{
	char name[64];

	snprintf(name, sizeof(name), "%d/root", pid);
	return statx(proc, name, 0, STATX_INO | STATX_MNT_ID, ret_status) < 0 ? -errno : 0;
}

/*
 * An undo leaves the process in the root of its mount namespace, which is where whoever enters that is.
 * What the link in /proc says is not enough: in a chroot of our own it says / of whoever is in it, too.
 */
static int check_root(struct ct_squad *squad, const struct ct_tracee *tracee, struct ct_error *err)
{
	struct ct_squad_origin *origin = &squad->origins[tracee->origin];
	struct ct_nsset set = origin->set;
	int others = ct_nsset_differ(&set, squad->proc, getpid(), getpid()), result = 0;
	struct statx here, there;

	/* nobody can enter the user namespace that he is in, nor needs to */
	if (others >= 0)
		set.flags &= others | ~CLONE_NEWUSER;
	if (!origin->holder.child)
		result = ct_holder_start(squad->proc, &set, squad->pid, &origin->holder, err);
	if (result < 0)
		return result;
	result = look_at_root(squad->proc, squad->pid, &here);
	if (result == 0)
		result = look_at_root(squad->proc, origin->holder.pid, &there);
	errno = -result;
	if (result < 0)
		return ct_fail(err, "cannot read the root directory of process %d", squad->pid);
	if (here.stx_ino == there.stx_ino && here.stx_dev_major == there.stx_dev_major &&
	    here.stx_dev_minor == there.stx_dev_minor && here.stx_mnt_id == there.stx_mnt_id)
		return 0;
	return ct_failx(err, EINVAL, "process %d has another root directory than its mnt namespace: it cannot enter another one",
			squad->pid);
}

/* The directory is found again by its path, if it can be. */
static int note_directory(struct ct_squad *squad, pid_t tid, struct ct_error *err)
{
	char name[64], path[4096], rooted[4200];
	struct stat here, there;
	ssize_t length;

	snprintf(name, sizeof(name), "%d/task/%d/cwd", squad->pid, tid);
	length = readlinkat(squad->proc, name, path, sizeof(path) - 1);
	if (length < 0)
		return ct_fail(err, "cannot read the working directory of process %d", squad->pid);
	path[length] = '\0';
	snprintf(rooted, sizeof(rooted), "%d/task/%d/root%s", squad->pid, tid, path);
	if (fstatat(squad->proc, name, &here, 0) < 0 || fstatat(squad->proc, rooted, &there, 0) < 0 ||
	    here.st_dev != there.st_dev || here.st_ino != there.st_ino)
		return ct_failx(err, EINVAL, "process %d could not be taken back to its working directory, which its path does not lead to",
				squad->pid);
	squad->directory = strdup(path);
	return squad->directory ? 0 : ct_failx(err, ENOMEM, "out of memory");
}

static int check_state(struct ct_squad *squad, struct ct_tracee *tracee,
		       struct ct_machine *machine, const char *status, struct ct_error *err)
{
	static unsigned char frame[CT_MACHINE_FRAME];
	int result, mode = ct_squad_number(status, "\nSeccomp:");
	size_t size;

	if (mode)
		return ct_failx(err, EPERM, "process %d is under seccomp (mode %d), which may kill it for entering a namespace: start it there instead",
				squad->pid, mode);
	if (ct_tracee_dispatches(tracee->tid))
		return ct_failx(err, EPERM, "process %d turns its system calls into signals (PR_SET_SYSCALL_USER_DISPATCH, as Wine does), which would kill it: start it there instead",
				squad->pid);
	result = ct_machine_save(tracee->tid, machine);
	if (result == -ENOEXEC)
		return ct_failx(err, ENOEXEC, "process %d is a 32-bit one, or has a shadow stack: it cannot be made to enter namespaces",
				squad->pid);
	if (result == -EOPNOTSUPP)
		return ct_failx(err, EOPNOTSUPP, "a running process can be made to enter namespaces on x86_64 and aarch64 alone");
	errno = -result;
	if (result < 0)
		return ct_fail(err, "cannot read the registers of thread %d", tracee->tid);
	tracee->interrupted = ct_asleep_is_same(squad->proc, squad->pid, tracee->tid, &tracee->sleep);
	tracee->stack = ct_machine_stack(machine);
	size = ct_machine_frame(machine, 0, frame);
	if (size > squad->frame)
		squad->frame = size;
	return 0;
}

static int check(struct ct_squad *squad, struct ct_tracee *tracee, struct ct_error *err)
{
	static struct ct_machine machine;
	autofree char *status = NULL;
	int result = ct_squad_read_status(squad, tracee->tid, &status), flags;

	errno = -result;
	if (result < 0)
		return ct_fail(err, "cannot read the status of thread %d", tracee->tid);
	result = check_state(squad, tracee, &machine, status, err);
	if (result < 0)
		return result;
	flags = ct_nsset_differ(squad->wanted, squad->proc, squad->pid, tracee->tid);
	result = flags < 0 ? flags : note_origin(squad, tracee);
	errno = -result;
	if (result < 0)
		return ct_fail(err, "cannot read the namespaces of thread %d", tracee->tid);
	result = ct_rights_check(squad->proc, squad->pid, tracee->tid, status, squad->wanted, flags, err);
	/* And it must be able to come back; from a user namespace nothing does. */
	if (result == 0 && !(flags & CLONE_NEWUSER))
		result = ct_rights_check(squad->proc, squad->pid, tracee->tid, status,
					&squad->origins[tracee->origin].set, flags, err);
	if (result == 0 && flags & CLONE_NEWNS)
		result = check_root(squad, tracee, err);
	if (result == 0 && flags & CLONE_NEWNS)
		result = note_directory(squad, tracee->tid, err);
	return result;
}

static int check_alone(const struct ct_squad *squad, struct ct_error *err)
{
	size_t living = 0;
	char words[64];

	for (size_t i = 0; i < squad->count; i++)
		living += !squad->tracees[i].gone;
	ct_nsset_words(squad->wanted->flags & ALONE_ONLY, words, sizeof(words));
	if (living < 2 || !words[0])
		return 0;
	return ct_failx(err, EUSERS, "process %d has %zu threads: only one that has a single thread can enter a namespace of the kind %s",
			squad->pid, living, words);
}

int ct_squad_check(struct ct_squad *squad, struct ct_error *err)
{
	int result = check_alone(squad, err);

	for (size_t i = 0; i < squad->count && result == 0; i++)
		if (!squad->tracees[i].gone)
			result = check(squad, &squad->tracees[i], err);
	return result;
}
