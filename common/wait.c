// SPDX-License-Identifier: MIT
#include "common/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/interrupt.h"
#include "common/members.h"
#include "common/proc.h"
#include "common/progress.h"

enum { /* microseconds */
	MOST_PAUSE = 100000,
	/* a notification is lost with the directory: a watched place is asked too, but seldom */
	WATCHED_PAUSE = 1000000,
};

static void clear_item(struct ct_wait_item *item)
{
	ct_container_clear(&item->container);
	ct_tree_clear(&item->tree);
	free(item->places);
}

void ct_wait_clear(struct ct_wait *wait)
{
	for (size_t i = 0; i < wait->count; i++)
		clear_item(&wait->items[i]);
	free(wait->items);
	if (wait->open && wait->notify >= 0)
		close(wait->notify);
	if (wait->open && wait->interrupt >= 0)
		close(wait->interrupt);
	*wait = (struct ct_wait){ 0 };
}

/* Without inotify, or when it has no room left, v2 is asked as v1 is. */
static void open_wait(struct ct_wait *wait)
{
	if (wait->open)
		return;
	wait->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	wait->interrupt = ct_interrupt_open();
	wait->open = true;
}

static int watch_place(const struct ct_wait *wait, struct ct_place *place,
		       struct ct_wait_place *watched, struct ct_error *err)
{
	struct stat status;
	char path[64];

	if (!*place->path)
		return ct_failx(err, EINVAL, "it is the root of %s, which is never empty",
				place->hierarchy->label);
	watched->watch = -1;
	/* one that has gone since it was opened has no inode, and will be found gone */
	if (ct_place_open(place) == 0 && fstat(place->fd, &status) == 0)
		watched->inode = status.st_ino;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/cgroup.events", place->fd);
	if (place->hierarchy->version == 2 && place->fd >= 0 && wait->notify >= 0)
		watched->watch = inotify_add_watch(wait->notify, path, IN_MODIFY);
	if (place->fd >= 0)
		close(place->fd);
	place->fd = -1;
	return 0;
}

int ct_wait_add(struct ct_wait *wait, struct ct_container *container, struct ct_error *err)
{
	autofree struct ct_wait_place *places = calloc(container->count, sizeof(*places));
	struct ct_wait_item item = { .container = *container, .pause = CT_WAIT_PAUSE };
	int result = 0;

	open_wait(wait);
	if (!places)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = 0; result >= 0 && i < container->count; i++)
		result = watch_place(wait, &container->places[i], &places[i], err);
	if (result < 0)
		return result;
	item.places = places;
	if (ct_array_push(wait->items, wait->count, item) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	places = NULL;
	*container = (struct ct_container){ 0 };
	return 0;
}

/* Notes whom the notifications concern. Too many at once: all. */
static void read_events(struct ct_wait *wait)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t length;

	if (wait->notify < 0)
		return;
	while ((length = read(wait->notify, buffer, sizeof(buffer))) > 0) {
		const struct inotify_event *event;

		for (const char *at = buffer; at < buffer + length; at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)(const void *)at;
			for (size_t i = 0; i < wait->count; i++) {
				struct ct_wait_item *item = &wait->items[i];

				for (size_t j = 0; j < item->container.count; j++)
					if (item->places[j].watch == event->wd || event->mask & IN_Q_OVERFLOW)
						item->when = 0;
			}
		}
	}
}

/* The same container may be watched twice, by one watch. */
static void drop_watches(const struct ct_wait *wait, size_t index)
{
	const struct ct_wait_item *dropped = &wait->items[index];

	for (size_t i = 0; i < dropped->container.count; i++) {
		bool shared = dropped->places[i].watch < 0;

		for (size_t j = 0; !shared && j < wait->count; j++)
			for (size_t k = 0; j != index && k < wait->items[j].container.count; k++)
				shared |= wait->items[j].places[k].watch == dropped->places[i].watch;
		if (!shared)
			inotify_rm_watch(wait->notify, dropped->places[i].watch);
	}
}

static void give_away(struct ct_wait *wait, size_t index, struct ct_container *ret_container)
{
	struct ct_wait_item *item = &wait->items[index];

	drop_watches(wait, index);
	*ret_container = item->container;
	item->container = (struct ct_container){ 0 };
	clear_item(item);
	memmove(item, item + 1, (wait->count - index - 1) * sizeof(*item));
	wait->count--;
}

int ct_wait_look(struct ct_wait *wait, struct ct_container *ret_container, struct ct_error *err)
{
	read_events(wait);
	for (size_t i = 0; i < wait->count; i++) {
		struct ct_wait_item *item = &wait->items[i];
		uint64_t now = ct_clock();
		int result;

		if (item->when > now)
			continue;
		result = ct_wait_held(item, err);
		if (result < 0)
			return ct_fail_in(err, "%s", item->container.name);
		if (!result) {
			give_away(wait, i, ret_container);
			return 1;
		}
		if (item->places[item->at].watch >= 0) {
			item->when = now + WATCHED_PAUSE;
			continue;
		}
		item->when = now + item->pause;
		item->pause = 2 * item->pause < MOST_PAUSE ? 2 * item->pause : MOST_PAUSE;
	}
	return 0;
}

int ct_wait_descriptor(const struct ct_wait *wait)
{
	return wait->open ? wait->notify : -1;
}

uint64_t ct_wait_when(const struct ct_wait *wait)
{
	uint64_t when = UINT64_MAX;

	for (size_t i = 0; i < wait->count; i++)
		when = wait->items[i].when < when ? wait->items[i].when : when;
	return when;
}

static void count_members(const struct ct_wait_item *item, struct ct_members *members)
{
	struct ct_error ignored; /* who cannot be listed is not counted */

	for (size_t i = 0; i < item->container.count; i++)
		ct_members_add(&item->container.places[i], CT_LIST_PROCESSES, members, &ignored);
	for (size_t i = 0; i < item->container.count; i++) {
		if (item->container.places[i].fd >= 0)
			close(item->container.places[i].fd);
		item->container.places[i].fd = -1;
	}
	ct_members_sort(members);
}

static void tell_progress(const struct ct_wait *wait, uint64_t *told)
{
	ct_cleanup(ct_members_clear) struct ct_members members = { 0 };

	if (!ct_progress || ct_clock() < *told + 1000000)
		return;
	for (size_t i = 0; i < wait->count; i++)
		count_members(&wait->items[i], &members);
	ct_progress(members.count + members.unseen);
	*told = ct_clock();
}

static void sleep_until(const struct ct_wait *wait, uint64_t deadline)
{
	struct pollfd waited[] = {
		{ .fd = wait->notify, .events = POLLIN },
		{ .fd = wait->interrupt, .events = POLLIN },
	};
	uint64_t when = ct_wait_when(wait), now = ct_clock(), length;
	struct timespec time;

	when = when < deadline ? when : deadline;
	length = when > now ? when - now : 0;
	time = (struct timespec){ .tv_sec = (time_t)(length / 1000000),
				  .tv_nsec = (long)(length % 1000000 * 1000) };
	ppoll(waited, 2, &time, NULL);
}

int ct_wait_next(struct ct_wait *wait, uint64_t deadline, struct ct_container *ret_container,
		 struct ct_error *err)
{
	uint64_t told = ct_clock();

	while (wait->count) {
		bool late = ct_clock() >= deadline;
		int result;

		for (size_t i = 0; late && wait->last != deadline && i < wait->count; i++)
			wait->items[i].when = 0; /* the last look is at all of them */
		wait->last = late ? deadline : 0;
		result = ct_wait_look(wait, ret_container, err);
		if (result)
			return result < 0 ? result : 0;
		if (ct_interrupt_pending())
			return -EINTR;
		if (late)
			return -ETIMEDOUT;
		tell_progress(wait, &told);
		sleep_until(wait, deadline);
	}
	return -ENODATA;
}

int ct_wait_left(const struct ct_wait_item *item, struct ct_error *err)
{
	ct_cleanup(ct_members_clear) struct ct_members members = { 0 };
	char names[300];
	size_t all;

	count_members(item, &members);
	all = members.count + members.unseen;
	if (!all)
		return 0;
	ct_proc_names(item->container.places[0].hierarchy->proc, members.ids, members.count, false, names,
		      sizeof(names));
	if (!*names)
		snprintf(names, sizeof(names), "of another pid namespace, so that they have no name here");
	return ct_failx(err, ETIMEDOUT, "%zu process%s left: %s", all, all == 1 ? " is" : "es are", names);
}
