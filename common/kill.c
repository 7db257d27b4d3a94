// SPDX-License-Identifier: MIT
#include "common/kill.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "common/audit_tasks.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/deliver.h"
#include "common/interrupt.h"
#include "common/kill_all.h"
#include "common/proc.h"
#include "common/seize.h"

enum { HOLD = 2000 }; /* milliseconds that it may take until all stand still */

/* ---- What is refused ------------------------------------------------------------- */

/* A slip of the keyboard is not to end the machine. */
static int refuse_root(const struct ct_container *container, struct ct_error *err)
{
	for (size_t i = 0; i < container->count; i++)
		if (!*container->places[i].path)
			return ct_failx(err, EPERM, "it is the root of %s, and holds the whole machine: --self takes a container below it",
					container->places[i].hierarchy->label);
	return 0;
}

/* Only cgroup.kill reaches those that have no number here, and it spares nobody. */
static int refuse_unseen(const struct ct_victims *victims, const struct ct_own *own, int signal,
			 struct ct_error *err)
{
	if (!victims->unseen || (signal == SIGKILL && !own->count))
		return 0;
	return ct_failx(err, EPERM,
			"it holds %zu process%s of another pid namespace, which cannot be signalled from here (nothing has been)",
			victims->unseen, victims->unseen == 1 ? "" : "es");
}

/*
 * Whoever is not root may signal only what is his: asked before, so that of a mixture none is
 * signalled.
 */
static int refuse_foreign(int proc, const struct ct_victims *victims, struct ct_error *err)
{
	for (size_t i = 0; i < victims->count; i = ct_victims_next(victims, i)) {
		pid_t pid = victims->items[i].pid;
		struct ct_proc_stat stat = { .command = "?" };

		if (kill(pid, 0) == 0 || errno != EPERM)
			continue;
		ct_proc_stat(proc, pid, &stat);
		return ct_failx(err, EPERM,
				"process %d (%s) belongs to another user: only root (CAP_KILL) may signal it (nothing has been signalled)",
				pid, stat.command);
	}
	return 0;
}

int ct_kill_check(struct ct_hierarchies *all, struct ct_reach *reach, const struct ct_kill *how,
		  struct ct_own *own, struct ct_victims *victims, struct ct_error *err)
{
	ct_cleanup(ct_victims_clear) struct ct_victims listed = { 0 };
	ct_cleanup(ct_own_clear) struct ct_own inside = { 0 };
	int result = how->self ? refuse_root(reach->container, err) : 0;

	if (result >= 0 && !*all->sysroot) /* nobody of this machine is on another */
		result = ct_own_find(how->self ? own : &inside, reach, all->proc, err);
	if (result > 0 && !how->self)
		return ct_own_refuse(&inside, all->proc,
				     ", move that out first with ctattach, or end it as the last with --self", err);
	/* root may kill whoever it is */
	if (result >= 0 && (victims || geteuid() != 0 || how->signal != SIGKILL || own->count))
		result = ct_victims_list(reach, &listed, err);
	if (result < 0)
		return result;
	ct_own_leave_out(own, &listed);
	result = geteuid() != 0 && !*all->sysroot ? refuse_foreign(all->proc, &listed, err) : 0;
	if (result >= 0)
		result = refuse_unseen(&listed, own, how->signal, err);
	if (result < 0 || !victims)
		return result;
	*victims = listed;
	listed = (struct ct_victims){ 0 };
	return 0;
}

/* ---- Other signals than KILL ----------------------------------------------------- */

static bool has_id(const pid_t *ids, size_t count, pid_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/*
 * Where nothing can be held still: pass by pass, each number once, until a pass finds nobody new.
 * A child does not inherit what its parent was sent, so that what is forked meanwhile gets it too.
 */
static int signal_passes(const struct ct_killing *killing, struct ct_error *err)
{
	autofree pid_t *sent = NULL;
	size_t sent_count = 0;

	for (;;) {
		ct_cleanup(ct_reach_clear) struct ct_reach reach = { 0 };
		ct_cleanup(ct_victims_clear) struct ct_victims victims = { 0 };
		autofree pid_t *pids = NULL;
		size_t count = 0;
		int result = ct_kill_look(killing, &reach, &victims, err);

		for (size_t i = 0; result >= 0 && i < victims.count; i = ct_victims_next(&victims, i))
			if (!has_id(sent, sent_count, victims.items[i].pid) &&
			    ct_array_push(pids, count, victims.items[i].pid) < 0)
				return ct_failx(err, ENOMEM, "out of memory");
		if (result < 0 || !count)
			return result;
		if (sent_count && ct_clock() >= killing->deadline)
			return ct_failx(err, ETIMEDOUT,
					"processes appear faster than they can be signalled: %zu have been, each once",
					sent_count);
		result = ct_deliver(&reach, killing->all->proc, pids, count, killing->how->signal, err);
		for (int i = 0; i < result; i++)
			if (ct_array_push(sent, sent_count, pids[i]) < 0)
				return ct_failx(err, ENOMEM, "out of memory");
		if (result >= 0 && ct_interrupt_pending())
			return ct_failx(err, EINTR, "interrupted: %zu processes have been signalled", sent_count);
		if (result < 0)
			return result;
	}
}

/* All stand still, get it once each, and take it when they go on. */
static int signal_once(const struct ct_killing *killing, struct ct_reach *reach, struct ct_error *err)
{
	struct ct_error why = { 0 }, first = { 0 };
	struct ct_seize still;
	int held = ct_seize_begin(killing->all, reach, HOLD, &still, &why);
	int result = held < 0 ? 0 : ct_seize_signal(&still, killing->own, killing->how->signal, &first);
	int end = ct_seize_end(&still, &why);

	if (end < 0 || held == -EINTR) {
		*err = why;
		return -err->code;
	}
	if (result < 0)
		*err = first;
	return held < 0 ? signal_passes(killing, err) : result;
}

static int await_end(const struct ct_killing *killing, struct ct_error *err)
{
	uint64_t pause = 200;
	size_t left = 0;

	for (;;) {
		ct_cleanup(ct_reach_clear) struct ct_reach reach = { 0 };
		ct_cleanup(ct_victims_clear) struct ct_victims victims = { 0 };
		int result = ct_kill_look(killing, &reach, &victims, err);

		if (result < 0 || !(victims.count + victims.unseen))
			return result;
		result = ct_kill_check_time(killing, &reach, &victims, err);
		if (result < 0)
			return result;
		ct_kill_rest(&pause, victims.processes + victims.unseen, &left);
	}
}

static int end_or_signal(struct ct_hierarchies *all, struct ct_container *container,
			 const struct ct_kill *how, struct ct_own *own, struct ct_error *err)
{
	ct_cleanup(ct_reach_clear) struct ct_reach reach = { 0 };
	struct ct_killing killing = { .all = all, .container = container, .how = how, .own = own };
	int result = ct_reach_open(container, how->recursive, &reach, err);

	if (result >= 0)
		result = ct_kill_check(all, &reach, how, own, NULL, err);
	if (result < 0)
		return result;
	if (ct_interrupt_pending())
		return ct_failx(err, EINTR, "interrupted, nothing has been signalled");
	killing.deadline = ct_clock() + how->timeout * 1000;
	if (how->signal == SIGKILL)
		return ct_kill_all(&killing, err);
	result = signal_once(&killing, &reach, err);
	return result < 0 || !how->wait ? result : await_end(&killing, err);
}

int ct_kill(struct ct_hierarchies *all, struct ct_container *container,
	    const struct ct_kill *how, struct ct_own *own, struct ct_error *err)
{
	struct ct_audit record = { .op = "kill", .signal = how->signal };
	autofree pid_t *pids = NULL;
	struct ct_error ignored; /* ct_audit_lost() tells */
	int result;

	ct_audit_members(container, how->recursive, &pids, &record); /* afterwards nobody is there any more */
	result = end_or_signal(all, container, how, own, err);
	record.error = result < 0 ? err->code : 0;
	ct_audit_container(container, &record, &ignored);
	return result;
}
