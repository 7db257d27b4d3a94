// SPDX-License-Identifier: MIT
#include "common/tracee.h"

#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/sequence.h"

/*
 * linux/ptrace.h of Linux 6.4; an older kernel does not tell. No enum: ptrace(2) takes those of glibc's own, or
 * a number as with musl.
 */
#define GET_CONFIGURATION 0x4211

enum { LAST_CHANCE = 200000 }; /* microseconds for a thread to come back that did not run */

/* What a thread has stopped for. */
enum stop {
	STOP_TRAP,	/* our interruption, or job control */
	STOP_SYSCALL,
	STOP_SIGNAL,	/* which is about to be delivered */
	STOP_EXEC,
	STOP_GONE,
};

/*
 * PTRACE_O_TRACESYSGOOD is more than a convenience: a thread that stands at a system call when its
 * tracer dies is sent the signal of the stop. This one has no meaning to the kernel; SIGTRAP kills.
 */
int ct_tracee_seize(pid_t tid)
{
	if (ptrace(PTRACE_SEIZE, tid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC) < 0)
		return -errno;
	return ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0 ? -errno : 0;
}

static enum stop stop_of(int status)
{
	if (!WIFSTOPPED(status))
		return STOP_GONE;
	switch (status >> 16) {
	case PTRACE_EVENT_STOP:
		return STOP_TRAP;
	case PTRACE_EVENT_EXEC:
		return STOP_EXEC;
	default:
		return WSTOPSIG(status) & 0x80 ? STOP_SYSCALL : STOP_SIGNAL;
	}
}

bool ct_tracee_dispatches(pid_t tid)
{
	struct {
		uint64_t mode, selector, offset, length;
	} configuration = { 0 };

	return ptrace(GET_CONFIGURATION, tid, sizeof(configuration), &configuration) == 0 && configuration.mode;
}

/* tid: -1 is any. Returns whose status it is. */
static pid_t wait_for(pid_t tid, uint64_t deadline, int *ret_status)
{
	pid_t who;

	for (;;) {
		who = waitpid(tid, ret_status, __WALL);
		if (who >= 0 || errno != EINTR)
			return who < 0 ? -errno : who;
		if (ct_clock() < deadline)
			continue;
		who = waitpid(tid, ret_status, __WALL | WNOHANG);
		return who == 0 ? -ETIMEDOUT : who < 0 ? -errno : who;
	}
}

static struct ct_tracee *find(struct ct_tracee *tracees, size_t count, pid_t tid)
{
	for (size_t i = 0; i < count; i++)
		if (tracees[i].tid == tid)
			return &tracees[i];
	return NULL;
}

static size_t running(const struct ct_tracee *tracees, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += !tracees[i].stopped && !tracees[i].gone;
	return found;
}

int ct_tracee_wait(struct ct_tracee *tracees, size_t count, uint64_t deadline)
{
	for (size_t left = running(tracees, count); left > 0;) {
		struct ct_tracee *tracee;
		int status;
		pid_t tid = wait_for(-1, deadline, &status);

		if (tid < 0)
			return tid == -ECHILD ? -EAGAIN : tid;
		tracee = find(tracees, count, tid);
		if (!tracee)
			continue;
		switch (stop_of(status)) {
		case STOP_TRAP:
			left -= !tracee->stopped;
			tracee->stopped = true;
			break;
		case STOP_GONE:
			left -= !tracee->stopped;
			tracee->stopped = false;
			tracee->gone = true;
			break;
		case STOP_SIGNAL:
			ptrace(PTRACE_CONT, tid, 0, WSTOPSIG(status));
			break;
		case STOP_SYSCALL:
			ptrace(PTRACE_CONT, tid, 0, 0);
			break;
		case STOP_EXEC:
			return -EAGAIN;
		}
	}
	return 0;
}

/* Whether the thread stands before the last call of the code. */
static bool at_last_call(pid_t tid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY && ct_machine_is_last(info.entry.nr);
}

/*
 * Lets it run until it has stopped after the last call. The interruption that is asked for at
 * the entry of that call takes effect at its end, where the kernel looks for signals: only there
 * it looks, too, whether an interrupted call is to be restarted.
 */
static int run(struct ct_tracee *tracee, uint64_t deadline)
{
	bool last = false;
	int status, signal = 0;

	for (;;) {
		if (ptrace(last ? PTRACE_CONT : PTRACE_SYSCALL, tracee->tid, 0, signal) < 0)
			return -errno;
		tracee->stopped = false;
		int result = wait_for(tracee->tid, deadline, &status);

		if (result < 0)
			return result;
		tracee->stopped = true;
		signal = 0;
		switch (stop_of(status)) {
		case STOP_GONE:
			tracee->gone = true;
			tracee->stopped = false;
			return -ESRCH;
		case STOP_TRAP:
			if (last)
				return 0;
			break;
		case STOP_SYSCALL:
			if (!last && at_last_call(tracee->tid)) {
				last = true;
				ptrace(PTRACE_INTERRUPT, tracee->tid, 0, 0);
			}
			break;
		case STOP_SIGNAL: /* SIGSTOP alone cannot be held back */
			signal = WSTOPSIG(status);
			break;
		case STOP_EXEC:
			break;
		}
	}
}

/* Whether a thread that has not run to the end can be taken back to where it was: 0 if it is there. */
static int bring_back(struct ct_tracee *tracee, const struct ct_ground *ground,
		      const struct ct_machine *machine)
{
	static struct ct_machine now;

	if (!tracee->stopped && (ptrace(PTRACE_INTERRUPT, tracee->tid, 0, 0) < 0 ||
	    ct_tracee_wait(tracee, 1, ct_clock() + LAST_CHANCE) < 0))
		return -EOWNERDEAD;
	if (tracee->gone)
		return -ESRCH;
	/* From the first call on it may hold a descriptor, which only itself can close. */
	if (ct_machine_save(tracee->tid, &now) < 0 ||
	    (ct_machine_place(&now) != ground->code && ct_machine_place(&now) != ct_machine_place(machine)))
		return -EOWNERDEAD;
	return ct_machine_restore(tracee->tid, machine) < 0 ? -EOWNERDEAD : 0;
}

int ct_tracee_enter(struct ct_tracee *tracee, const struct ct_ground *ground, pid_t holder, int flags,
		    const char *path, uint64_t deadline, struct ct_machine_result *ret_result)
{
	struct ct_machine_call call = { .code = ground->code, .frame = ground->frame,
					.holder = holder, .flags = flags };
	static unsigned char frame[CT_MACHINE_FRAME];
	static struct ct_machine machine;
	size_t size;
	int result = ct_machine_save(tracee->tid, &machine);

	if (result == 0)
		result = ct_sequence_abort(tracee->tid, &machine);
	if (result < 0)
		return result;
	size = ct_machine_frame(&machine, ground->frame, frame);
	result = ct_ground_write(ground, 0, frame, size);
	if (result == 0 && path) {
		call.path = ground->frame + size;
		result = ct_ground_write(ground, size, path, strlen(path) + 1);
	}
	if (result < 0)
		return result;
	result = ct_machine_start(tracee->tid, &machine, &call);
	if (result == 0)
		result = run(tracee, deadline);
	if (result < 0 && result != -ESRCH) {
		int back = bring_back(tracee, ground, &machine);

		/* something else holds it, a freezer above all */
		result = back < 0 ? back : result == -ETIMEDOUT ? -EDEADLK : result;
	}
	tracee->lost = result == -EOWNERDEAD;
	if (result < 0)
		return result;
	result = ct_machine_results(tracee->tid, ret_result);
	return result < 0 ? result : ct_machine_restore(tracee->tid, &machine);
}

void ct_tracee_release(struct ct_tracee *tracee)
{
	if (tracee->stopped)
		ptrace(PTRACE_DETACH, tracee->tid, 0, 0);
	tracee->stopped = false;
}
