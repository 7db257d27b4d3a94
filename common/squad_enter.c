// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

#include "common/asleep.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/squad.h"

enum { BESIDE = 4096 }; /* the frame: a path */

static int say_opened(pid_t tid, int code, struct ct_error *err)
{
	switch (code) {
	case EMFILE:
		return ct_failx(err, code, "thread %d has no descriptor free, and needs one for a moment: raise its RLIMIT_NOFILE",
				tid);
	default:
		errno = code;
		return ct_fail(err, "thread %d cannot open the holder of the namespaces", tid);
	}
}

static int say_entered(pid_t tid, int flags, int code, struct ct_error *err)
{
	char words[64];

	ct_nsset_words(flags, words, sizeof(words));
	switch (code) {
	case EPERM:
		return ct_failx(err, code, "thread %d may not enter %s: it has no CAP_SYS_ADMIN over it",
				tid, words);
	case EUSERS:
	case EINVAL:
		return ct_failx(err, code, "the kernel does not let thread %d enter %s: %s", tid, words,
				flags & CLONE_NEWPID ? "a pid namespace must be below its own, and seen by it" :
				"it shares its memory or directories with another task, or the kernel is before 5.8");
	default:
		errno = code;
		return ct_fail(err, "thread %d cannot enter %s", tid, words);
	}
}

static int say_run(const struct ct_squad *squad, const struct ct_tracee *tracee, int code,
		   struct ct_error *err)
{
	switch (code) {
	case EDEADLK:
		return ct_failx(err, EBUSY, "process %d: thread %d does not run, it is frozen: thaw it first",
				squad->pid, tracee->tid);
	case EOWNERDEAD:
		err->torn = true;
		return ct_failx(err, EBUSY, "process %d: thread %d was frozen while it entered namespaces, and will be in the new ones when it is thawed",
				squad->pid, tracee->tid);
	default:
		errno = code;
		return ct_fail(err, "process %d: thread %d cannot be made to enter namespaces", squad->pid,
			       tracee->tid);
	}
}

/* One thread, into set; 0 too if it has ended meanwhile. */
static int enter(struct ct_squad *squad, struct ct_tracee *tracee, const struct ct_ground *ground,
		 const struct ct_nsset *set, const struct ct_holder *holder, const char *path,
		 uint64_t deadline, struct ct_error *err)
{
	int flags = ct_nsset_differ(set, squad->proc, squad->pid, tracee->tid), result;
	struct ct_machine_result called = { 0 };

	if (tracee->gone || flags == 0 || flags == -ESRCH)
		return 0;
	errno = -flags;
	if (flags < 0)
		return ct_fail(err, "cannot read the namespaces of thread %d", tracee->tid);
	if (!(flags & CLONE_NEWNS))
		path = NULL;
	result = ct_tracee_enter(tracee, ground, holder->seen, flags, path, deadline, &called);
	if (tracee->gone)
		return 0;
	if (result < 0)
		return say_run(squad, tracee, -result, err);
	if (called.holder < 0)
		return say_opened(tracee->tid, (int)-called.holder, err);
	if (called.enter < 0)
		return say_entered(tracee->tid, flags, (int)-called.enter, err);
	tracee->entered = true;
	errno = (int)-called.directory;
	if (path && called.directory < 0)
		return ct_fail(err, "thread %d cannot go back to %s", tracee->tid, path);
	if (ct_nsset_differ(set, squad->proc, squad->pid, tracee->tid) > 0)
		return ct_failx(err, EIO, "thread %d has not entered, though the kernel says so", tracee->tid);
	return 0;
}

static struct ct_tracee *some(const struct ct_squad *squad)
{
	for (size_t i = 0; i < squad->count; i++)
		if (!squad->tracees[i].gone)
			return &squad->tracees[i];
	return NULL;
}

static int borrow(struct ct_squad *squad, struct ct_ground *ret_ground, struct ct_error *err)
{
	autofree uintptr_t *stacks = calloc(squad->count + 1, sizeof(*stacks));
	const struct ct_tracee *first = some(squad);
	int result;

	if (!stacks)
		return ct_failx(err, ENOMEM, "out of memory");
	if (!first)
		return ct_failx(err, ESRCH, "process %d has ended", squad->pid);
	for (size_t i = 0; i < squad->count; i++)
		stacks[i] = squad->tracees[i].stack;
	result = ct_ground_find(squad->proc, squad->pid, first->tid, stacks, squad->count,
				squad->frame + BESIDE, ret_ground, err);
	if (result < 0)
		return result;
	errno = -ct_ground_take(ret_ground);
	return errno ? ct_fail(err, "cannot write to the memory of process %d", squad->pid) : 0;
}

static bool needs_ground(const struct ct_squad *squad)
{
	for (size_t i = 0; i < squad->count; i++)
		if (squad->tracees[i].lost && !squad->tracees[i].gone)
			return true;
	return false;
}

/* What cannot be put back is memory that nothing uses: no reason to fail after all. */
static void give_back(const struct ct_squad *squad, struct ct_ground *ground)
{
	const struct ct_tracee *left = some(squad);

	if (needs_ground(squad))
		ct_ground_leave(ground);
	else
		ct_ground_return(ground, left ? left->tid : 0);
}

static int take_back(struct ct_squad *squad, const struct ct_ground *ground, uint64_t deadline,
		     struct ct_error *err)
{
	int result = 0;

	if (needs_ground(squad)) /* err says so already */
		return 0;
	for (size_t i = squad->count; i-- > 0;) {
		struct ct_tracee *tracee = &squad->tracees[i];
		struct ct_squad_origin *origin = &squad->origins[tracee->origin];
		int back = 0;

		if (!tracee->entered || tracee->gone)
			continue;
		if (!origin->holder.child)
			back = ct_holder_start(squad->proc, &origin->set, squad->pid, &origin->holder, err);
		if (back == 0)
			back = enter(squad, tracee, ground, &origin->set, &origin->holder, squad->directory,
				     deadline, err);
		if (back == 0)
			tracee->entered = false;
		else
			result = back;
	}
	return result;
}

int ct_squad_undo(struct ct_squad *squad, uint64_t deadline, struct ct_error *err)
{
	struct ct_ground ground = { 0 };
	bool any = false;
	int result;

	if (needs_ground(squad)) {
		err->torn = true;
		return ct_failx(err, EBUSY, "process %d is not taken back: thaw it, and use ctattach -N when it runs",
				squad->pid);
	}
	for (size_t i = 0; i < squad->count; i++)
		any |= squad->tracees[i].entered && !squad->tracees[i].gone;
	if (!any)
		return 0;
	result = borrow(squad, &ground, err);
	if (result == 0) {
		result = take_back(squad, &ground, deadline, err);
		give_back(squad, &ground);
	}
	err->torn |= result < 0;
	result = ct_squad_judge(squad, result, err);
	return result == -ESRCH ? 0 : result; /* nobody is left to be taken back */
}

int ct_squad_enter(struct ct_squad *squad, uint64_t deadline, struct ct_error *err)
{
	struct ct_ground ground = { 0 };
	struct ct_error also = { 0 };
	int result = borrow(squad, &ground, err);

	if (result < 0)
		return ct_squad_judge(squad, result, err);
	for (size_t i = 0; i < squad->count && result == 0; i++)
		result = enter(squad, &squad->tracees[i], &ground, squad->wanted, &squad->holder, NULL,
			       deadline, err);
	if (result < 0 && take_back(squad, &ground, ct_clock() + CT_SQUAD_PATIENCE, &also) < 0) {
		ct_fail_also(err, "and %s", also.text);
		err->torn = true;
	}
	give_back(squad, &ground);
	if (result == 0 && !some(squad))
		return ct_failx(err, ESRCH, "process %d has ended", squad->pid);
	return ct_squad_judge(squad, result, err);
}

/* A failure leaves a call that begins from its beginning. */
static void release(const struct ct_squad *squad, struct ct_tracee *tracee)
{
	if (tracee->stopped && tracee->interrupted)
		(void)ct_machine_resume(tracee->tid, &tracee->sleep,
					ct_asleep_is_signalled(squad->proc, squad->pid, tracee->tid));
	ct_tracee_release(tracee);
}

void ct_squad_clear(struct ct_squad *squad)
{
	for (size_t i = 0; i < squad->count; i++)
		release(squad, &squad->tracees[i]);
	ct_holder_end(&squad->holder);
	for (size_t i = 0; i < squad->origin_count; i++) {
		ct_holder_end(&squad->origins[i].holder);
		ct_nsset_clear(&squad->origins[i].set);
	}
	free(squad->tracees);
	free(squad->origins);
	free(squad->directory);
	*squad = (struct ct_squad){ .proc = -1 };
}
