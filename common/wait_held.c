// SPDX-License-Identifier: MIT
/* Whether a container that is waited for still holds a task. */
#include "common/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/members.h"
#include "common/proc.h"

/* The place's directory, opened, if it is the one that was there at first; else -ENOENT. */
static int open_same(const struct ct_place *place, const struct ct_wait_place *watched)
{
	autoclose int fd = ct_file_open_beneath(place->hierarchy->fd, place->path, O_PATH | O_DIRECTORY);
	struct stat status;

	if (fd < 0)
		return fd;
	return fstat(fd, &status) < 0 || status.st_ino != watched->inode ? -ENOENT : ct_take_fd(&fd);
}

/* Whether the task that was seen is still in the place or below: reading a list costs far more. */
static bool sees_witness(const struct ct_place *place, pid_t witness)
{
	autofree char *text = NULL, *path = NULL;
	size_t length = strlen(place->path);

	return witness && ct_proc_cgroup(place->hierarchy->proc, witness, witness, &text) >= 0 &&
	       ct_hierarchy_locate(place->hierarchy, text, &path) == 0 &&
	       !strncmp(path, place->path, length) && (!path[length] || path[length] == '/');
}

/* Whether a task is in one of the directories from item->next on, which then tells which. */
static int scan(struct ct_wait_item *item, struct ct_place *place, struct ct_error *err)
{
	for (; item->next <= item->tree.count; item->next++) {
		ct_cleanup(ct_members_clear) struct ct_members members = { 0 };
		const char *path = item->next ? item->tree.paths[item->next - 1] : place->path;
		int result = ct_members_add_path(place->hierarchy, path, CT_LIST_THREADS, &members, err);

		if (result < 0)
			return result;
		if (!members.count && !members.unseen)
			continue;
		item->witness = members.count ? members.ids[0] : 0;
		return 1;
	}
	return 0;
}

/*
 * A place that has to be asked. First the task seen last, then what follows the directory that
 * it was in; only when nobody is there, all from the beginning, as they are then.
 */
static int ask(struct ct_wait_item *item, struct ct_place *place, struct ct_error *err)
{
	int result;

	if (sees_witness(place, item->witness))
		return 1;
	item->witness = 0;
	if (item->next) {
		result = scan(item, place, err);
		if (result)
			return result;
	}
	ct_tree_clear(&item->tree);
	item->next = 0;
	result = ct_walk(place, true, &item->tree, err);
	return result < 0 ? result : scan(item, place, err);
}

static int read_populated(int fd)
{
	char text[256];
	int result = ct_file_read_into(fd, "cgroup.events", text, sizeof(text));

	return result < 0 ? result : strstr(text, "populated 1") != NULL;
}

static int is_populated(struct ct_wait_item *item, size_t index, struct ct_error *err)
{
	struct ct_place *place = &item->container.places[index];
	autoclose int fd = open_same(place, &item->places[index]);
	int result = fd;

	if (fd >= 0)
		result = place->hierarchy->version == 2 ? read_populated(fd) : ask(item, place, err);
	if (result == -ENOENT || result == -ENODEV)
		return 0;
	if (result < 0)
		return ct_failx(err, -result, "cannot tell whether it is empty in %s: %s",
				place->hierarchy->label, strerror(-result));
	return result;
}

/* One place that holds a task is enough to know; where one was seen last is looked at first. */
int ct_wait_held(struct ct_wait_item *item, struct ct_error *err)
{
	size_t first = item->at;

	for (size_t i = 0; i < item->container.count; i++) {
		size_t index = (first + i) % item->container.count;
		int result;

		if (index != item->at) { /* what is known of the other place is of no use here */
			ct_tree_clear(&item->tree);
			item->next = 0;
			item->witness = 0;
			item->pause = CT_WAIT_PAUSE;
		}
		item->at = index;
		result = is_populated(item, index, err);
		if (result)
			return result;
	}
	return 0;
}
