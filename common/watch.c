// SPDX-License-Identifier: MIT
#include "common/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/remove.h"

/* Microseconds: what has to be polled is, in growing steps; the others are looked at now and then. */
enum { LEAST_PAUSE = 20000, MOST_PAUSE = 800000, SLOW = 5000000, MOST_SKIPPED = 4, MOST_UNSEEN = 16 };

/* What is removed by a hierarchy that refuses is made again: not too often. */
static const uint64_t MOST_REFUSED = 3600000000;

int ct_watch_open(struct ct_watch_list *list, int state, struct ct_error *err)
{
	*list = (struct ct_watch_list){ .state = state, .notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
					.all = { .proc = -1 } };
	return ct_look_discover(&list->all, err);
}

static bool is_watched_twice(const struct ct_watch_list *list, const struct ct_watch *item, int watch)
{
	for (size_t i = 0; i < list->count; i++)
		for (size_t j = 0; &list->items[i] != item && j < list->items[i].mark.count; j++)
			if (list->items[i].memory.watches[j] == watch)
				return true;
	return false;
}

/* The watch of a directory that was removed would keep a bit of memory in the kernel. */
static void stop_watching(struct ct_watch_list *list, struct ct_watch *item)
{
	for (size_t i = 0; item->memory.watches && i < item->mark.count; i++)
		if (item->memory.watches[i] >= 0 && !is_watched_twice(list, item, item->memory.watches[i]))
			inotify_rm_watch(list->notify, item->memory.watches[i]);
	free(item->memory.watches);
	item->memory.watches = NULL;
}

/* Takes the mark over; all of it is looked at anew. */
static int set_mark(struct ct_watch_list *list, struct ct_watch *item, struct ct_mark *mark)
{
	int *watches = malloc((mark->count + 1) * sizeof(*watches));

	if (!watches)
		return -ENOMEM;
	stop_watching(list, item);
	ct_mark_clear(&item->mark);
	item->mark = *mark;
	*mark = (struct ct_mark){ 0 };
	item->memory.watches = watches;
	for (size_t i = 0; i < item->mark.count; i++)
		watches[i] = -1;
	item->memory.last = 0;
	item->changed = item->touched = false;
	item->due = 0;
	item->pause = LEAST_PAUSE;
	list->outdated = true; /* it may lie in what was mounted since */
	return 0;
}

void ct_watch_begin(struct ct_watch_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		list->items[i].kept = false;
}

static struct ct_watch *find(struct ct_watch_list *list, const char *file)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i].file, file))
			return &list->items[i];
	return NULL;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool ct_watch_keep(struct ct_watch_list *list, const char *file, const struct stat *status)
{
	struct ct_watch *item = find(list, file);

	if (!item || !is_same(&item->status, status))
		return false;
	item->kept = true;
	return true;
}

int ct_watch_add(struct ct_watch_list *list, const char *file, struct ct_mark *mark,
		 const struct stat *status)
{
	struct ct_watch *item = find(list, file), new = { .file = NULL };

	if (!item) {
		new.file = strdup(file);
		if (!new.file || ct_array_push(list->items, list->count, new) < 0) {
			free(new.file);
			return -ENOMEM;
		}
		item = &list->items[list->count - 1];
	}
	item->kept = true;
	item->status = *status;
	return set_mark(list, item, mark);
}

static void forget(struct ct_watch_list *list, size_t index)
{
	struct ct_watch *item = &list->items[index];

	stop_watching(list, item);
	ct_mark_clear(&item->mark);
	free(item->file);
	*item = list->items[--list->count];
}

void ct_watch_end(struct ct_watch_list *list)
{
	for (size_t i = list->count; i-- > 0;)
		if (!list->items[i].kept || !list->items[i].memory.watches)
			forget(list, i);
}

/* Who writes a number to one of these enters. */
static bool is_entry(const char *name)
{
	return !strcmp(name, "tasks") || !strcmp(name, "cgroup.procs") || !strcmp(name, "cgroup.threads");
}

static void tell(struct ct_watch *item, size_t place, uint32_t mask, const char *name)
{
	bool entry = is_entry(name), entered = mask & IN_CLOSE_WRITE && entry && item->touched;

	if (mask & (IN_IGNORED | IN_UNMOUNT)) {
		if (mask & IN_IGNORED)
			item->memory.watches[place] = -1;
		item->due = ct_clock() + item->pause;
		return;
	}
	/* a shell cuts the list to nothing before it writes a number: until then nobody is in */
	item->touched = item->touched || (mask & IN_MODIFY && entry);
	if (!entered && !(mask & IN_MODIFY && entry) && !(mask & IN_DELETE) && strcmp(name, "cgroup.events") != 0)
		return;
	item->changed = item->changed || (entered && !item->mark.entered);
	item->mark.entered = item->mark.entered || entered;
	item->due = 0;
	item->pause = LEAST_PAUSE;
}

void ct_watch_event(struct ct_watch_list *list, int watch, uint32_t mask, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		struct ct_watch *item = &list->items[i];

		if (mask & IN_Q_OVERFLOW)
			item->due = 0;
		for (size_t j = 0; j < item->mark.count; j++)
			if (item->memory.watches[j] == watch)
				tell(item, j, mask, name);
	}
}

uint64_t ct_watch_due(const struct ct_watch_list *list)
{
	uint64_t due = UINT64_MAX;

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].due < due)
			due = list->items[i].due;
	return due;
}

/*
 * Opens the mark's file and takes its lock. -EAGAIN: somebody else has it, or has written
 * something that has been taken over now and is to be looked at.
 */
static int confirm(struct ct_watch_list *list, struct ct_watch *item, int *ret_dir)
{
	ct_cleanup(ct_mark_clear) struct ct_mark mark = { 0 };
	autofree char *here = NULL, *there = NULL;
	autoclose int dir = openat(list->state, "reap", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	autoclose int fd = dir < 0 ? -1 : ct_mark_open(dir, item->file, false, 0, NULL);
	int result = fd < 0 ? -EAGAIN : ct_mark_load(fd, &mark);

	if (result < 0) /* what is no mark any more the next scan removes */
		return -EAGAIN;
	mark.entered = item->mark.entered = mark.entered || item->mark.entered;
	if (ct_mark_text(&mark, &there) < 0 || ct_mark_text(&item->mark, &here) < 0)
		return -EAGAIN;
	if (strcmp(here, there) != 0) {
		fstat(fd, &item->status);
		set_mark(list, item, &mark);
		return -EAGAIN;
	}
	*ret_dir = ct_take_fd(&dir);
	return ct_take_fd(&fd);
}

static int store(struct ct_watch *item, int fd)
{
	struct ct_error ignored; /* without room it is tried again */

	if (ct_mark_store(fd, &item->mark, &ignored) < 0)
		return -EAGAIN;
	fstat(fd, &item->status);
	item->changed = false;
	return 0;
}

static int remember(struct ct_watch_list *list, struct ct_watch *item)
{
	autoclose int dir = -1;
	autoclose int fd = confirm(list, item, &dir);

	return fd < 0 ? -EAGAIN : store(item, fd);
}

/* The mark has nothing to tell any more. */
static int drop(struct ct_watch_list *list, struct ct_watch *item)
{
	autoclose int dir = -1;
	autoclose int fd = confirm(list, item, &dir);

	if (fd < 0)
		return -EAGAIN;
	unlinkat(dir, item->file, 0);
	item->gone = true;
	return 0;
}

/* What was removed and had to be made again is still ours, but another directory. */
static int keep_after(struct ct_watch_list *list, struct ct_watch *item, const struct ct_txn *txn, int fd)
{
	struct ct_mark mark = item->mark;

	for (size_t i = 0; i < txn->count; i++)
		if (txn->steps[i].removed)
			ct_look_adopt(&list->all, &mark, &txn->steps[i].place);
	item->mark = (struct ct_mark){ 0 };
	stop_watching(list, item);
	return set_mark(list, item, &mark) < 0 ? -ENOMEM : store(item, fd);
}

/* All of its directories or none, as ctrm(8) does it. */
static int remove_all(struct ct_watch_list *list, struct ct_watch *item)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { .again = true };
	struct ct_error err = { 0 };
	autoclose int dir = -1;
	autoclose int fd = confirm(list, item, &dir);
	int result = fd < 0 ? -EAGAIN : ct_look_container(&list->all, &item->mark, &container);

	if (result >= 0)
		result = ct_remove_plan(&container, false, false, &txn, &err);
	if (result >= 0)
		result = ct_txn_run(&txn, &err);
	if (result < 0) {
		if (txn.count && fd >= 0)
			keep_after(list, item, &txn, fd);
		return result;
	}
	ct_txn_commit(&txn, &err); /* its pins go with it, which cannot fail */
	unlinkat(dir, item->file, 0);
	item->gone = true;
	return 0;
}

/* In steps that grow, and at times that many share, so that one waking serves them all. */
static void poll_again(struct ct_watch *item, uint64_t most)
{
	uint64_t now = ct_clock();

	item->pause = item->pause < most ? item->pause : most; /* it may have been longer for other reasons */
	item->due = (now + item->pause) / item->pause * item->pause;
	item->pause = 2 * item->pause < most ? 2 * item->pause : most;
}

/* A task that has not ended for long will hardly have been moved: most looks ask for it alone. */
static bool is_as_before(struct ct_watch *item)
{
	return item->pause == MOST_PAUSE && !item->changed && item->skipped++ % MOST_SKIPPED &&
	       ct_look_still(&item->memory);
}

static void look(struct ct_watch_list *list, struct ct_watch *item)
{
	bool woken = !item->due || item->pause > LEAST_PAUSE;
	enum ct_look_view view = ct_look(&list->all, list->notify, &item->mark, &item->memory,
					 woken, &list->outdated);
	int result = 0;

	item->unseen = view == CT_LOOK_UNSEEN ? item->unseen + 1 : 0;
	if (view == CT_LOOK_TASKS || view == CT_LOOK_QUIET_TASKS || view == CT_LOOK_EMPTY) {
		item->changed = item->changed || !item->mark.entered;
		item->mark.entered = true;
	}
	if (view == CT_LOOK_GONE)
		result = drop(list, item);
	else if (view == CT_LOOK_EMPTY)
		result = remove_all(list, item);
	else if (item->changed)
		result = remember(list, item);
	if (item->gone)
		return;
	if (result < 0 && result != -EAGAIN && result != -EBUSY) {
		item->pause = item->pause < SLOW ? SLOW : item->pause;
		poll_again(item, MOST_REFUSED);
	} else if (view == CT_LOOK_UNSEEN) { /* perhaps because it has just been unmounted */
		poll_again(item, item->unseen < MOST_UNSEEN ? MOST_PAUSE : SLOW);
	} else if (result < 0 || view == CT_LOOK_TASKS || view == CT_LOOK_UNWATCHED) {
		poll_again(item, MOST_PAUSE);
	} else {
		item->due = (ct_clock() + SLOW) / SLOW * SLOW;
		item->pause = LEAST_PAUSE;
	}
}

void ct_watch_look(struct ct_watch_list *list)
{
	struct ct_error ignored; /* the next look tries again */
	uint64_t now = ct_clock();

	if (ct_watch_due(list) > now)
		return;
	if (list->outdated && ct_look_discover(&list->all, &ignored) == 0)
		list->outdated = false;
	for (size_t i = list->count; i-- > 0;) {
		struct ct_watch *item = &list->items[i];

		if (item->due <= now && item->due && is_as_before(item))
			poll_again(item, MOST_PAUSE);
		else if (item->due <= now)
			look(list, item);
		if (item->gone)
			forget(list, i);
	}
	ct_look_close(&list->all);
}
