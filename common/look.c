// SPDX-License-Identifier: MIT
#include "common/look.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/detached.h"
#include "common/file.h"

int ct_look_discover(struct ct_hierarchies *all, struct ct_error *err)
{
	struct ct_hierarchies fresh = { .proc = -1 };
	int result;

	ct_look_close(all);
	result = ct_hierarchies_open(&fresh, "", err);
	if (result < 0)
		return result;
	close(fresh.proc); /* it would keep the mount of /proc busy */
	fresh.proc = -1;
	for (size_t i = 0; i < fresh.total; i++)
		fresh.items[i].proc = -1;
	ct_hierarchies_clear(all);
	*all = fresh;
	return 0;
}

void ct_look_close(struct ct_hierarchies *all)
{
	for (size_t i = 0; i < all->total; i++) {
		struct ct_hierarchy *hierarchy = &all->items[i];

		if (hierarchy->fd >= 0)
			close(hierarchy->fd);
		hierarchy->fd = -1;
		if (i >= all->count) /* it was mounted for the moment */
			hierarchy->mountpoint = NULL;
	}
}

static struct ct_hierarchy *find(struct ct_hierarchies *all, const struct ct_mark_place *known)
{
	for (size_t i = 0; i < all->total; i++)
		if (all->items[i].id == known->hierarchy && !strcmp(all->items[i].label, known->label))
			return &all->items[i];
	return NULL;
}

static int open_hierarchy(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy)
{
	struct ct_error ignored; /* it is looked at again */

	if (hierarchy->fd >= 0)
		return 0;
	return hierarchy->mountpoint ? ct_hierarchy_open(all, hierarchy, &ignored) : ct_detached_open(hierarchy);
}

/* -ENOENT: it has gone, and another of its name does not matter; -EAGAIN: that cannot be told. */
static int open_place(struct ct_hierarchies *all, const struct ct_mark_place *known,
		      struct ct_place *ret_place, struct stat *ret_status)
{
	ct_cleanup(ct_place_clear) struct ct_place place = { .hierarchy = find(all, known), .fd = -1 };
	int result;

	if (!place.hierarchy)
		return -ENOENT;
	if (open_hierarchy(all, place.hierarchy) < 0 ||
	    ct_hierarchy_locate_path(place.hierarchy, known->path, &place.path) < 0)
		return -EAGAIN;
	result = ct_place_open(&place);
	if (result == -ENOENT || result == -ENODEV)
		return -ENOENT;
	if (result < 0 || fstat(place.fd, ret_status) < 0)
		return -EAGAIN;
	if (ret_status->st_ino != known->inode)
		return -ENOENT;
	*ret_place = place;
	place = (struct ct_place){ .fd = -1 };
	return 0;
}

static bool has_tasks(struct ct_place *place, pid_t *ret_task)
{
	char text[256];
	int result;

	if (place->hierarchy->version == 2) /* whether below or in it: it cannot be removed */
		return ct_file_read_into(place->fd, "cgroup.events", text, sizeof(text)) > 0 &&
		       strstr(text, "populated 1");
	result = ct_file_read_into(place->fd, "cgroup.procs", text, sizeof(text));
	if (result > 0)
		*ret_task = (pid_t)strtol(text, NULL, 10);
	return result > 0 || result == -EFBIG;
}

bool ct_look_still(const struct ct_look_memory *memory)
{
	autoclose int fd = memory->task > 0 ? (int)syscall(SYS_pidfd_open, memory->task, 0) : -1;
	struct pollfd ended = { .fd = fd, .events = POLLIN };

	return fd >= 0 && poll(&ended, 1, 0) == 0;
}

/* What the kernel counts shows that somebody was there, however short and long ago. */
static bool was_used(struct ct_place *place)
{
	static const struct {
		const char *controller, *file;
	} counters[] = {
		{ "v2", "cpu.stat" },
		{ "cpuacct", "cpuacct.usage" },
		{ "pids", "pids.peak" },
		{ "memory", "memory.max_usage_in_bytes" },
	};

	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
		char text[2048], *number = text;

		if (!ct_hierarchy_has(place->hierarchy, counters[i].controller) ||
		    ct_file_read_into(place->fd, counters[i].file, text, sizeof(text)) <= 0)
			continue;
		while (*number && !isdigit((unsigned char)*number))
			number++;
		if (strtoull(number, NULL, 10))
			return true;
	}
	return false;
}

/* In a mount that ends with this look a watch would end with it, and tell so for ever. */
static void watch(struct ct_hierarchies *all, int notify, const struct ct_place *place, int *watch)
{
	char path[32];

	if (*watch >= 0 || notify < 0 || (size_t)(place->hierarchy - all->items) >= all->count)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place->fd);
	*watch = inotify_add_watch(notify, path, IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE | IN_ONLYDIR);
}

/* What a look has found so far. */
struct found {
	bool there, unseen, unwatched, used, parent;
};

/* CT_LOOK_TASKS, CT_LOOK_QUIET_TASKS, or CT_LOOK_EMPTY for "look at the others". */
static enum ct_look_view look_at(struct ct_hierarchies *all, int notify, const struct ct_mark *mark,
				 size_t index, struct ct_look_memory *memory, struct found *found)
{
	ct_cleanup(ct_place_clear) struct ct_place place = { .fd = -1 };
	struct stat status;
	int result = open_place(all, &mark->places[index], &place, &status);

	found->unseen |= result == -EAGAIN;
	if (result < 0)
		return CT_LOOK_EMPTY;
	found->there = true;
	watch(all, notify, &place, &memory->watches[index]);
	found->unwatched |= memory->watches[index] < 0;
	if (has_tasks(&place, &memory->task))
		return place.hierarchy->version == 2 && memory->watches[index] >= 0 ? CT_LOOK_QUIET_TASKS : CT_LOOK_TASKS;
	found->parent |= status.st_nlink > 2;
	found->used |= !mark->entered && was_used(&place);
	return CT_LOOK_EMPTY;
}

static enum ct_look_view conclude(const struct ct_mark *mark, const struct found *found)
{
	if (found->unseen)
		return CT_LOOK_UNSEEN;
	if (!found->there)
		return CT_LOOK_GONE;
	if ((mark->entered || found->used) && !found->parent)
		return CT_LOOK_EMPTY;
	return found->unwatched ? CT_LOOK_UNWATCHED : CT_LOOK_QUIET;
}

enum ct_look_view ct_look(struct ct_hierarchies *all, int notify, const struct ct_mark *mark,
			  struct ct_look_memory *memory, bool thorough, bool *outdated)
{
	size_t first = memory->last;
	struct found found = { .there = false };

	memory->task = 0;
	for (size_t i = 0; i < mark->count; i++) {
		size_t index = (first + i) % mark->count;
		enum ct_look_view view = look_at(all, notify, mark, index, memory, &found);

		if (view != CT_LOOK_EMPTY) {
			memory->last = index;
			return view;
		}
		if (found.there && !thorough && !mark->entered)
			return CT_LOOK_QUIET;
	}
	*outdated |= found.unseen;
	return conclude(mark, &found);
}

int ct_look_container(struct ct_hierarchies *all, const struct ct_mark *mark,
		      struct ct_container *ret_container)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };

	for (size_t i = 0; i < mark->count; i++) {
		struct ct_place place = { .fd = -1 };
		struct stat status;
		int result = open_place(all, &mark->places[i], &place, &status);

		if (result == -ENOENT)
			continue;
		if (result < 0)
			return result;
		if (ct_array_push(container.places, container.count, place) < 0) {
			ct_place_clear(&place);
			return -ENOMEM;
		}
	}
	*ret_container = container;
	container = (struct ct_container){ 0 };
	return 0;
}

void ct_look_adopt(struct ct_hierarchies *all, struct ct_mark *mark, const struct ct_place *place)
{
	for (size_t i = 0; i < mark->count; i++) {
		struct stat status;
		autofree char *path = NULL;
		autoclose int fd = -1;

		if (find(all, &mark->places[i]) != place->hierarchy ||
		    ct_hierarchy_locate_path(place->hierarchy, mark->places[i].path, &path) < 0 ||
		    strcmp(path, place->path) != 0)
			continue;
		fd = ct_file_open_beneath(place->hierarchy->fd, path, O_PATH | O_DIRECTORY);
		if (fd >= 0 && fstat(fd, &status) == 0)
			mark->places[i].inode = status.st_ino;
	}
}
