// SPDX-License-Identifier: MIT
#include "common/squad.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/proc.h"
#include "common/rights.h"

/* What a process with several threads, or that shares its memory, may not enter. */
#define ALONE_ONLY (CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWTIME)

enum { LAST_BREATH = 100000 }; /* microseconds from a killed process's first failure to its end */

static bool is_there(const struct ct_squad *squad, pid_t tid)
{
	struct ct_proc_stat stat;

	return ct_proc_stat_thread(squad->proc, squad->pid, tid, &stat) == 0 && !stat.exiting;
}

static int read_status(const struct ct_squad *squad, pid_t tid, char **ret_text)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/status", squad->pid, tid);
	return ct_file_read(squad->proc, path, ret_text);
}

/* The number after name in the text of a status; 0 if it is not there. */
static int number_of(const char *status, const char *name)
{
	const char *at = strstr(status, name);
	int number = 0;

	if (at)
		sscanf(at + strlen(name), "%d", &number);
	return number;
}

static bool has_ended(const struct ct_squad *squad)
{
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(squad->proc, squad->pid, &tids);

	for (int i = 0; i < count; i++)
		if (is_there(squad, tids[i]))
			return false;
	return true;
}

int ct_squad_judge(const struct ct_squad *squad, int result, struct ct_error *err)
{
	/* What is being killed fails in these ways first. */
	bool dying = result == -ESRCH || result == -ENOENT || result == -EACCES || result == -EFAULT;
	uint64_t deadline = ct_clock() + (dying ? LAST_BREATH : 0), pause = 100;

	if (result >= 0)
		return result;
	while (!has_ended(squad)) {
		if (ct_clock() >= deadline)
			return result;
		ct_clock_pause(&pause, 2000);
	}
	err->torn = false;
	return ct_failx(err, ESRCH, "process %d has ended", squad->pid);
}

/* PTRACE_SEIZE says EPERM for many things. */
static int why_not(const struct ct_squad *squad, pid_t tid, int code, struct ct_error *err)
{
	autofree char *status = NULL;
	int tracer = 0;

	if (read_status(squad, tid, &status) >= 0)
		tracer = number_of(status, "\nTracerPid:");
	if (tracer)
		return ct_failx(err, EBUSY, "process %d is traced by process %d: end that first", squad->pid,
				tracer);
	errno = code;
	return ct_fail(err, "may not trace process %d", squad->pid);
}

static int seize_new(struct ct_squad *squad, size_t *ret_new, struct ct_error *err)
{
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(squad->proc, squad->pid, &tids);

	*ret_new = 0;
	for (int i = 0; i < count; i++) {
		struct ct_tracee tracee = { .tid = tids[i] };
		bool known = false;
		int result;

		for (size_t k = 0; k < squad->count; k++)
			known |= squad->tracees[k].tid == tids[i];
		if (known || !is_there(squad, tids[i]))
			continue;
		result = ct_tracee_seize(tids[i]);
		if (result < 0) {
			if (is_there(squad, tids[i]))
				return why_not(squad, tids[i], -result, err);
			continue;
		}
		if (ct_array_push(squad->tracees, squad->count, tracee) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
		++*ret_new;
	}
	return 0;
}

static int not_stopped(const struct ct_squad *squad, int result, struct ct_error *err)
{
	struct ct_proc_stat stat = { .state = '?' };
	char channel[64] = "";
	pid_t tid = 0;

	if (result == -EAGAIN)
		return ct_failx(err, EAGAIN, "process %d executes another program just now: try again",
				squad->pid);
	for (size_t i = 0; i < squad->count && !tid; i++)
		if (!squad->tracees[i].stopped && !squad->tracees[i].gone)
			tid = squad->tracees[i].tid;
	ct_proc_stat_thread(squad->proc, squad->pid, tid, &stat);
	ct_proc_wait_channel(squad->proc, tid, channel, sizeof(channel));
	return ct_failx(err, ETIMEDOUT, "process %d: thread %d does not stop (state %c%s%s): it is frozen, waits for a child of vfork or for a device; try again later",
			squad->pid, tid, stat.state, channel[0] ? ", in " : "", channel);
}

/* A thread may start another before it has stopped: until a listing has none that is new. */
static int stop_all(struct ct_squad *squad, uint64_t deadline, struct ct_error *err)
{
	size_t fresh;

	do {
		int result = seize_new(squad, &fresh, err);

		if (result < 0)
			return result;
		result = ct_tracee_wait(squad->tracees, squad->count, deadline);
		if (result < 0)
			return not_stopped(squad, result, err);
	} while (fresh > 0);
	for (size_t i = 0; i < squad->count; i++)
		if (!squad->tracees[i].gone)
			return 0;
	return ct_failx(err, ESRCH, "process %d has ended", squad->pid);
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

/* The directory is found again by its path, if it can be: an undo leaves the process in the root. */
static int note_directory(struct ct_squad *squad, pid_t tid, struct ct_error *err)
{
	char name[64], path[4096], rooted[4200];
	struct stat here, there;
	ssize_t length;

	snprintf(name, sizeof(name), "%d/task/%d/root", squad->pid, tid);
	length = readlinkat(squad->proc, name, path, sizeof(path));
	if (length != 1)
		return ct_failx(err, EINVAL, "process %d has another root directory than its mnt namespace: it cannot enter another one",
				squad->pid);
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
	int result, mode = number_of(status, "\nSeccomp:");

	if (mode)
		return ct_failx(err, EPERM, "process %d is under seccomp (mode %d), which may kill it for entering a namespace: start it there instead",
				squad->pid, mode);
	result = ct_machine_save(tracee->tid, machine);
	if (result == -ENOEXEC)
		return ct_failx(err, ENOEXEC, "process %d is a 32-bit one, or has a shadow stack: it cannot be made to enter namespaces",
				squad->pid);
	if (result == -EOPNOTSUPP)
		return ct_failx(err, EOPNOTSUPP, "a running process can be made to enter namespaces on x86_64 and aarch64 alone");
	errno = -result;
	if (result < 0)
		return ct_fail(err, "cannot read the registers of thread %d", tracee->tid);
	tracee->stack = ct_machine_stack(machine);
	squad->vectors = machine->vector_size;
	return 0;
}

static int check(struct ct_squad *squad, struct ct_tracee *tracee, struct ct_error *err)
{
	static struct ct_machine machine;
	autofree char *status = NULL;
	int result = read_status(squad, tracee->tid, &status), flags;

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

static int look(struct ct_squad *squad, uint64_t start, struct ct_error *err)
{
	struct ct_proc_stat stat;

	if (squad->pid <= 0)
		return ct_failx(err, EINVAL, "%d is no process", squad->pid);
	if (ct_proc_stat(squad->proc, squad->pid, &stat) < 0 || (start && stat.start != start))
		return ct_failx(err, ESRCH, "there is no process %d", squad->pid);
	if (stat.kernel)
		return ct_failx(err, EINVAL, "%d is a kernel thread", squad->pid);
	return 0;
}

int ct_squad_stop(struct ct_squad *squad, uint64_t start, uint64_t deadline, struct ct_error *err)
{
	int result = look(squad, start, err);

	if (result < 0)
		return result;
	/* First, as it takes time in which nothing need be stopped. */
	result = ct_holder_start(squad->proc, squad->wanted, squad->pid, &squad->holder, err);
	if (result == 0)
		result = stop_all(squad, deadline, err);
	if (result == 0) /* again: now it can no longer end and be another one */
		result = look(squad, start, err);
	if (result == 0)
		result = check_alone(squad, err);
	for (size_t i = 0; i < squad->count && result == 0; i++)
		if (!squad->tracees[i].gone)
			result = check(squad, &squad->tracees[i], err);
	return ct_squad_judge(squad, result, err);
}
