// SPDX-License-Identifier: MIT
/* Documentation/admin-guide/cgroup-v2.rst (cgroup.kill, cgroup.events) */
#include "common/kill_all.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/deliver.h"
#include "common/haste.h"
#include "common/interrupt.h"
#include "common/progress.h"
#include "common/seize.h"
#include "common/survivors.h"
#include "common/walk.h"

enum {
	AGAIN = 1000000,	/* microseconds after which one that is still there is signalled again */
	AT_ONCE = 1000000,	/* that cgroup.kill alone is waited for */
	HOLD = 2000,		/* milliseconds that holding still may take */
	HOLDS = 3,		/* after which whoever is new was not forked in there */
};

int ct_kill_look(const struct ct_killing *killing, struct ct_reach *ret_reach,
		 struct ct_victims *ret_victims, struct ct_error *err)
{
	int result = ct_reach_open(killing->container, killing->how->recursive, ret_reach, err);

	if (result >= 0)
		result = ct_victims_list(ret_reach, ret_victims, err);
	if (result >= 0)
		ct_own_leave_out(killing->own, ret_victims);
	return result;
}

int ct_kill_check_time(const struct ct_killing *killing, const struct ct_reach *reach,
		       const struct ct_victims *left, struct ct_error *err)
{
	size_t count = left->processes + left->unseen;

	if (ct_progress)
		ct_progress(count);
	if (ct_interrupt_pending())
		return ct_failx(err, EINTR, "interrupted: %zu process%s been signalled and not ended yet",
				count, count == 1 ? " has" : "es have");
	if (ct_clock() >= killing->deadline)
		return ct_survivors_name(killing->all, reach, left, killing->how->timeout, err);
	return 0;
}

/* What victims has and before has not. */
static int find_new(const struct ct_victims *victims, const struct ct_victims *before, pid_t **pids,
		    size_t *count, struct ct_error *err)
{
	for (size_t i = 0; i < victims->count; i = ct_victims_next(victims, i))
		if (!ct_victims_have(before, victims->items[i].pid) &&
		    ct_array_push(*pids, *count, victims->items[i].pid) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	return 0;
}

void ct_kill_rest(uint64_t *pause, size_t left, size_t *before)
{
	uint64_t most = left < *before ? 200 + 10 * left : 50000;

	*before = left;
	ct_clock_pause(pause, most < 50000 ? most : 50000);
}

static bool has_children(const struct ct_place *place)
{
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	struct ct_error ignored; /* in doubt there are some */

	return ct_walk(place, false, &tree, &ignored) < 0 || tree.count;
}

/* A v1 place that is not thawed keeps what is in it alive, whatever it was sent. */
static int thaw(struct ct_reach *reach, struct ct_error *err)
{
	for (size_t i = 0; i < reach->whole.count; i++) {
		struct ct_place *place = &reach->whole.places[i];
		struct ct_error why = { 0 };
		int result = 0;

		/* v2's frozen ones die; those below, which are not meant, stay as they are */
		if (place->hierarchy->version == 1 || reach->recursive || !has_children(place))
			result = place->hierarchy->ops->freeze(place, false, &why);
		if (place->fd >= 0)
			close(ct_take_fd(&place->fd));
		if (result >= 0 || result == -ENOENT || result == -ENODEV || place->hierarchy->version == 2)
			continue;
		*err = why;
		return result;
	}
	return 0;
}

/* The kernel tells when a v2 place empties; if not in time, the passes look at who is left. */
static void await_empty(const struct ct_killing *killing, struct ct_place *place, uint64_t most)
{
	autoclose int fd = -1;
	uint64_t end = ct_clock() + most;
	int pause = 1;

	if (ct_place_open(place) == 0)
		fd = openat(place->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (end > killing->deadline)
		end = killing->deadline;
	while (fd >= 0 && ct_clock() < end && !ct_interrupt_pending()) {
		struct pollfd events = { .fd = fd, .events = POLLPRI };
		char text[256];
		ssize_t length = pread(fd, text, sizeof(text) - 1, 0);

		text[length > 0 ? length : 0] = '\0';
		if (!strstr(text, "populated 1"))
			break;
		poll(&events, 1, pause);
		pause = pause < 16 ? 2 * pause : 16;
	}
}

/* cgroup.kill takes everything below along: only where that is meant. */
static int kill_at_once(struct ct_killing *killing, bool wait, struct ct_error *err)
{
	struct ct_container *container = killing->container;
	struct ct_error ignored; /* what it does not kill is signalled one by one */

	for (size_t i = 0; !killing->own->count && i < container->count; i++) {
		ct_cleanup(ct_reach_clear) struct ct_reach reach = { 0 };
		struct ct_place *place = &container->places[i];
		int result;

		if (place->hierarchy->version != 2 || (!killing->how->recursive && has_children(place)) ||
		    place->hierarchy->ops->kill(place, &ignored) < 0)
			continue;
		result = ct_reach_open(container, killing->how->recursive, &reach, err);
		if (result >= 0)
			result = thaw(&reach, err);
		if (result < 0)
			return result;
		if (wait)
			await_empty(killing, place, AT_ONCE);
	}
	return 0;
}

/* Staging places hold nobody else, so that cgroup.kill can have them. */
static void kill_staged(const struct ct_killing *killing, struct ct_seize *still, uint64_t most)
{
	for (int wait = 0; wait <= 1; wait++)
		for (size_t i = 0; i < still->txn.begun; i++) {
			struct ct_place *place = &still->txn.steps[i].place;
			struct ct_error ignored; /* then one by one */

			if (still->txn.steps[i].kind != CT_STEP_STAGE)
				continue;
			/* a place is removed only when the last in it is dead, which may take its time */
			if (wait)
				await_empty(killing, place, most);
			else
				place->hierarchy->ops->kill(place, &ignored);
		}
}

/*
 * What forks faster than it is signalled: held still all at once, then killed. If some would not
 * stop, at least those that did are.
 */
static int kill_still(struct ct_killing *killing, struct ct_reach *reach, struct ct_error *err)
{
	struct ct_error why = { 0 }, *first = err;
	struct ct_seize still;
	int held = ct_seize_begin(killing->all, reach, HOLD, &still, &why), result = 0, end;

	/* others put them in, more of them the longer a pass takes: the short way is the better one */
	killing->cannot_hold = held < 0 || ++killing->holds >= HOLDS;
	if (held >= 0)
		result = ct_seize_signal(&still, killing->own, SIGKILL, err);
	if (!killing->own->count)
		kill_staged(killing, &still, held < 0 ? AT_ONCE : killing->how->timeout * 1000);
	if (held == -EINTR)
		result = ct_failx(err, EINTR, "%s", why.text);
	if (result < 0)
		first = &why;
	end = ct_seize_end(&still, first);
	return result < 0 ? result : end;
}

static int kill_pass(struct ct_killing *killing, struct ct_reach *reach, pid_t *pids, size_t count,
		     bool hold, struct ct_error *err)
{
	int result = hold && !killing->cannot_hold ?
			     kill_still(killing, reach, err) :
			     ct_deliver(reach, killing->all->proc, pids, count, SIGKILL, err);

	return result < 0 ? result : thaw(reach, err);
}

struct passes {
	struct ct_victims before;	/* who was signalled, or seen to be ending */
	uint64_t again, pause;
	size_t left;
	int count;
	bool hastened;
};

/*
 * Who is to be signalled: whoever is new, and once in a while all, because a number may be another's
 * by now. Somebody new after the first pass has been forked meanwhile: whoever goes first
 * wins, and if not, they are to be held still (*ret_hold).
 */
static int choose(struct passes *passes, const struct ct_victims *victims, pid_t **pids, size_t *count,
		  bool *ret_hold, struct ct_error *err)
{
	int result = find_new(victims, &passes->before, pids, count, err);

	*ret_hold = *count && passes->count > 1;
	if (*count && passes->count && !passes->hastened)
		passes->hastened = ct_haste_begin();
	if (result < 0 || ct_clock() < passes->again)
		return result;
	passes->again = ct_clock() + AGAIN;
	ct_victims_clear(&passes->before);
	*count = 0;
	return find_new(victims, &passes->before, pids, count, err);
}

/* Returns whether anybody is left to be looked at again. */
static int pass(struct ct_killing *killing, struct passes *passes, struct ct_error *err)
{
	ct_cleanup(ct_reach_clear) struct ct_reach reach = { 0 };
	ct_cleanup(ct_victims_clear) struct ct_victims victims = { 0 };
	autofree pid_t *pids = NULL;
	size_t count = 0;
	bool hold = false;
	int result = ct_kill_look(killing, &reach, &victims, err);

	if (result < 0 || !(victims.count + victims.unseen))
		return result;
	if (passes->count)
		result = ct_kill_check_time(killing, &reach, &victims, err);
	/* those of other pid namespaces have no number to be signalled by */
	if (result >= 0 && passes->count && victims.unseen && ct_clock() >= passes->again)
		result = kill_at_once(killing, false, err);
	if (result >= 0)
		result = choose(passes, &victims, &pids, &count, &hold, err);
	if (result >= 0 && count) {
		result = kill_pass(killing, &reach, pids, count, hold, err);
		passes->pause = 100 + 2 * victims.processes;
	}
	if (result < 0)
		return result;
	ct_victims_clear(&passes->before);
	passes->before = victims;
	victims = (struct ct_victims){ 0 };
	passes->count++;
	ct_kill_rest(&passes->pause, passes->before.processes + passes->before.unseen, &passes->left);
	return 1;
}

int ct_kill_all(struct ct_killing *killing, struct ct_error *err)
{
	struct passes passes = { 0 };
	int result = kill_at_once(killing, true, err);

	do {
		if (result >= 0)
			result = pass(killing, &passes, err);
	} while (result > 0);
	ct_haste_end(passes.hastened);
	ct_victims_clear(&passes.before);
	return result;
}
