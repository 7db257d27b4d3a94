// SPDX-License-Identifier: MIT
#include "common/kill.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include <bsd/string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/interrupt.h"
#include "common/proc.h"
#include "common/walk.h"

/* A process and the hierarchy that lists it. */
struct victim {
	pid_t pid;
	const struct ct_place *place;
};

struct victims {
	struct victim *items;
	size_t count;
	size_t unseen;	/* of other pid namespaces: v2 lists them, without a number */
};

static void clear(struct victims *victims)
{
	free(victims->items);
	*victims = (struct victims){ 0 };
}

static int by_pid(const void *a, const void *b)
{
	const struct victim *left = a, *right = b;

	return (left->pid > right->pid) - (left->pid < right->pid);
}

/* Adds what one directory lists; one that has gone meanwhile lists nothing. */
static int collect_directory(struct ct_place *place, const struct ct_place *top,
			     struct victims *victims, struct ct_error *err)
{
	autofree pid_t *pids = NULL;
	size_t count = 0;
	struct ct_error why = { 0 };
	int result = place->hierarchy->ops->list(place, CT_LIST_PROCESSES, &pids, &count, &why);

	if (result == -EOPNOTSUPP) /* threaded: its processes are listed by threads only */
		result = place->hierarchy->ops->list(place, CT_LIST_THREADS, &pids, &count, &why);
	if (result == -ENOENT || result == -ENODEV)
		return 0;
	if (result < 0) {
		*err = why;
		return result;
	}
	for (size_t i = 0; i < count; i++) {
		struct victim victim = { .pid = pids[i], .place = top };

		victims->unseen += !pids[i];
		if (pids[i] && ct_array_push(victims->items, victims->count, victim) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	}
	return 0;
}

static int collect_place(struct ct_place *place, bool recursive, struct victims *victims,
			 struct ct_error *err)
{
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	int result = collect_directory(place, place, victims, err);

	if (result >= 0 && recursive)
		result = ct_walk(place, true, &tree, err);
	for (size_t i = 0; result >= 0 && i < tree.count; i++) {
		ct_cleanup(ct_place_clear) struct ct_place below = {
			.hierarchy = place->hierarchy, .path = strdup(tree.paths[i]), .fd = -1,
		};

		if (!below.path)
			return ct_failx(err, ENOMEM, "out of memory");
		result = collect_directory(&below, place, victims, err);
	}
	return result;
}

static int collect(struct ct_container *container, bool recursive, struct victims *victims,
		   struct ct_error *err)
{
	size_t kept = 0;

	victims->count = victims->unseen = 0;
	for (size_t i = 0; i < container->count; i++) {
		int result = collect_place(&container->places[i], recursive, victims, err);

		if (result < 0)
			return result;
	}
	if (victims->count)
		qsort(victims->items, victims->count, sizeof(*victims->items), by_pid);
	for (size_t i = 0; i < victims->count; i++)
		if (!kept || victims->items[kept - 1].pid != victims->items[i].pid)
			victims->items[kept++] = victims->items[i];
	victims->count = kept;
	return 0;
}

int ct_kill_list(struct ct_container *container, bool recursive, pid_t **ret_pids,
		 struct ct_error *err)
{
	ct_cleanup(clear) struct victims victims = { 0 };
	autofree pid_t *pids = NULL;
	size_t count = 0;
	int result = collect(container, recursive, &victims, err);

	if (result < 0)
		return result;
	for (size_t i = 0; i < victims.count; i++)
		if (ct_array_push(pids, count, victims.items[i].pid) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	*ret_pids = ct_take_ptr(pids);
	return (int)count;
}

static const struct victim *find(const struct victims *victims, pid_t pid)
{
	struct victim key = { .pid = pid };

	if (!victims->count)
		return NULL;
	return bsearch(&key, victims->items, victims->count, sizeof(key), by_pid);
}

static int refuse_own(int proc, const struct victims *victims, struct ct_error *err)
{
	struct ct_proc_stat stat;

	for (pid_t pid = getpid(); pid > 0; pid = stat.ppid) {
		if (ct_proc_stat(proc, pid, &stat) < 0)
			break;
		if (find(victims, pid))
			return ct_failx(err, EPERM,
					"it holds %s%d (%s), which this command runs under: run it from outside, or move that out first with ctattach",
					pid == getpid() ? "ct itself, " : "", pid, stat.command);
	}
	return 0;
}

/* Only cgroup.kill reaches those that have no number here. */
static int refuse_unseen(const struct victims *victims, int signal, struct ct_error *err)
{
	if (!victims->unseen || signal == SIGKILL)
		return 0;
	return ct_failx(err, EPERM,
			"it holds %zu process%s of another pid namespace, which cannot be signalled from here (nothing has been)",
			victims->unseen, victims->unseen == 1 ? "" : "es");
}

/*
 * Whoever is not root may signal only what is his: asked before, so that of a mixture none is
 * signalled.
 */
static int refuse_foreign(int proc, const struct victims *victims, struct ct_error *err)
{
	for (size_t i = 0; geteuid() != 0 && i < victims->count; i++) {
		pid_t pid = victims->items[i].pid;
		struct ct_proc_stat stat = { .command = "?" };

		if (kill(pid, 0) == 0 || errno != EPERM)
			continue;
		ct_proc_stat(proc, pid, &stat);
		return ct_failx(err, EPERM,
				"process %d (%s) belongs to another user: only root may signal it (nothing has been signalled)",
				pid, stat.command);
	}
	return 0;
}

/* Whether text puts a task into place or below it. */
static bool lies_in(const struct ct_place *place, const char *text)
{
	autofree char *path = NULL;
	size_t length = strlen(place->path);

	return ct_hierarchy_locate(place->hierarchy, text, &path) == 0 &&
	       !strncmp(path, place->path, length) &&
	       (!length || !path[length] || path[length] == '/');
}

/* A leader that has ended lies in the root; the threads that live tell the truth. */
static bool is_member(int proc, const struct victim *victim)
{
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(proc, victim->pid, &tids);

	for (int i = 0; i < count; i++) {
		autofree char *text = NULL;

		if (ct_proc_cgroup(proc, victim->pid, tids[i], &text) >= 0 &&
		    lies_in(victim->place, text))
			return true;
	}
	return false;
}

/*
 * The listing is stale when it is used. The pidfd holds on to one process; only if that is
 * in the container now, it is signalled, so that a reused pid harms no neighbour.
 */
static int signal_one(int proc, const struct victim *victim, int signal)
{
	autoclose int fd = (int)syscall(SYS_pidfd_open, victim->pid, 0);

	if (fd < 0) /* EINVAL: a thread that leads no process, of a threaded container */
		return errno == ESRCH || errno == EINVAL ? 0 : -errno;
	if (!is_member(proc, victim))
		return 0;
	if (ct_trace) {
		char name[16];

		snprintf(name, sizeof(name), "%d", victim->pid);
		ct_trace("kill", proc, name, strsignal(signal));
	}
	if (syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) < 0)
		return errno == ESRCH ? 0 : -errno;
	return 1;
}

static int signal_all(int proc, const struct victims *victims, const struct victims *before,
		      int signal, struct ct_error *err)
{
	int sent = 0;

	for (size_t i = 0; i < victims->count; i++) {
		const struct victim *victim = &victims->items[i];
		int result;

		/* any other signal than KILL is received once: some programs count */
		if (signal != SIGKILL && find(before, victim->pid))
			continue;
		result = signal_one(proc, victim, signal);
		if (result < 0)
			return ct_failx(err, -result, "cannot signal process %d: %s", victim->pid,
					strerror(-result));
		sent += result;
	}
	return sent;
}

/* cgroup.kill takes everything below along: only where that is meant. */
static void kill_at_once(struct ct_container *container, bool recursive)
{
	struct ct_error ignored; /* what it does not kill is signalled one by one */

	for (size_t i = 0; i < container->count; i++) {
		struct ct_place *place = &container->places[i];
		ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };

		if (!recursive && (ct_walk(place, false, &tree, &ignored) < 0 || tree.count))
			continue;
		place->hierarchy->ops->kill(place, &ignored);
	}
}

static int thaw_place(struct ct_place *place, bool recursive, struct ct_error *err)
{
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	int result = place->hierarchy->ops->freeze(place, false, err);

	if (result >= 0 && recursive)
		result = ct_walk(place, true, &tree, err);
	for (size_t i = 0; result >= 0 && i < tree.count; i++) {
		ct_cleanup(ct_place_clear) struct ct_place below = {
			.hierarchy = place->hierarchy, .path = strdup(tree.paths[i]), .fd = -1,
		};

		if (!below.path)
			return ct_failx(err, ENOMEM, "out of memory");
		result = place->hierarchy->ops->freeze(&below, false, err);
		if (result == -ENOENT || result == -ENODEV)
			result = 0;
	}
	return result;
}

static int thaw(struct ct_container *container, bool recursive, struct ct_error *err)
{
	for (size_t i = 0; i < container->count; i++) {
		int result = thaw_place(&container->places[i], recursive, err);

		if (result < 0)
			return result;
	}
	return 0;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* A container above that is frozen keeps all below it so; it is not ours to thaw. */
static bool name_frozen_above(const struct ct_place *place, struct ct_error *err)
{
	for (const char *slash = strchr(place->path, '/'); slash; slash = strchr(slash + 1, '/')) {
		ct_cleanup(ct_place_clear) struct ct_place above = {
			.hierarchy = place->hierarchy,
			.path = strndup(place->path, (size_t)(slash - place->path)),
			.fd = -1,
		};
		enum ct_freeze_state state = CT_NO_FREEZER;
		struct ct_error ignored; /* what cannot be read is not named */

		if (!above.path ||
		    above.hierarchy->ops->freeze_state(&above, &state, &ignored) < 0 ||
		    (state != CT_FROZEN && state != CT_FREEZING))
			continue;
		ct_fail_also(err, "%s, above it, is frozen in %s: thaw that first", above.path,
			     above.hierarchy->label);
		return true;
	}
	return false;
}

static int name_survivors(int proc, const struct ct_container *container,
			  const struct victims *victims, const struct ct_kill *how,
			  struct ct_error *err)
{
	char names[360] = "";

	for (size_t i = 0; i < victims->count && i < 3; i++) {
		struct ct_proc_stat stat = { .state = '?' };
		char channel[64], one[160];

		ct_proc_stat(proc, victims->items[i].pid, &stat);
		ct_proc_wait_channel(proc, victims->items[i].pid, channel, sizeof(channel));
		snprintf(one, sizeof(one), "%s%d (%s) state %c%s%s", i ? ", " : "",
			 victims->items[i].pid, stat.command, stat.state,
			 *channel ? " waiting in " : "", channel);
		strlcat(names, one, sizeof(names));
	}
	if (victims->unseen)
		return ct_failx(err, ETIMEDOUT, "%zu process%s of another pid namespace left, which cannot be named from here",
				victims->unseen, victims->unseen == 1 ? " is" : "es are");
	ct_failx(err, ETIMEDOUT, "%zu process%s left after %.3g s: %s%s", victims->count,
		 victims->count == 1 ? " is" : "es are", (double)how->timeout / 1000, names,
		 victims->count > 3 ? ", ..." : "");
	for (size_t i = 0; i < container->count; i++)
		if (name_frozen_above(&container->places[i], err))
			break;
	return -err->code;
}

/* Signals what is there until nothing is. */
static int kill_until_empty(struct ct_hierarchies *all, struct ct_container *container,
			    const struct ct_kill *how, struct victims *victims, struct ct_error *err)
{
	ct_cleanup(clear) struct victims before = { 0 };
	uint64_t deadline = now() + how->timeout;
	struct timespec pause = { .tv_nsec = 200000 };
	int sent = 0;

	for (;;) {
		int result = signal_all(all->proc, victims, &before, how->signal, err);

		if (result < 0)
			return result;
		sent += result;
		result = how->signal == SIGKILL ? thaw(container, how->recursive, err) : 0;
		if (result < 0 || !(how->wait || how->signal == SIGKILL))
			return result < 0 ? result : sent;
		clear(&before);
		before = *victims;
		*victims = (struct victims){ 0 };
		result = collect(container, how->recursive, victims, err);
		if (result < 0 || !(victims->count + victims->unseen))
			return result < 0 ? result : sent;
		if (ct_interrupt_pending())
			return ct_failx(err, EINTR, "interrupted: %zu process%s been signalled and not ended yet",
					victims->count, victims->count == 1 ? " has" : "es have");
		if (now() >= deadline)
			return name_survivors(all->proc, container, victims, how, err);
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 20000000)
			pause.tv_nsec *= 2;
	}
}

int ct_kill(struct ct_hierarchies *all, struct ct_container *container,
	    const struct ct_kill *how, struct ct_error *err)
{
	ct_cleanup(clear) struct victims victims = { 0 };
	int result = collect(container, how->recursive, &victims, err);

	if (result >= 0)
		result = refuse_own(all->proc, &victims, err);
	if (result >= 0)
		result = refuse_foreign(all->proc, &victims, err);
	if (result >= 0)
		result = refuse_unseen(&victims, how->signal, err);
	if (result < 0)
		return result;
	if (ct_interrupt_pending())
		return ct_failx(err, EINTR, "interrupted, nothing has been signalled");
	if (how->signal == SIGKILL)
		kill_at_once(container, how->recursive);
	return kill_until_empty(all, container, how, &victims, err);
}
