// SPDX-License-Identifier: MIT
#include "common/reap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/reaper.h"
#include "common/state.h"

enum { BEGIN_TIMEOUT = 10000, ENTER_TIMEOUT = 2000, TRIES = 100 };

static int open_dir(int state)
{
	int fd = openat(state, "reap", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Of the name as it is everywhere, without the slashes at its end, which mean nothing. */
static int mark_file(const struct ct_hierarchies *all, const char *name, char file[NAME_MAX + 1], char **ret_name, struct ct_error *err)
{
	size_t length = strlen(name);

	while (length > 1 && name[length - 1] == '/')
		length--;
	if (*name == '/' || !all)
		*ret_name = strndup(name, length);
	else
		*ret_name = ct_hierarchies_path(all, name);
	return *ret_name ? ct_mark_file(*ret_name, file, err) : ct_failx(err, ENOMEM, "out of memory");
}

/* The reaper removes the directory when it ends: then it is made again. */
static int open_mark(struct ct_reap *reap, struct ct_error *err)
{
	int result = -ENOENT;
	bool made;

	for (int tries = 0; result == -ENOENT && tries < TRIES; tries++) {
		if (reap->dir >= 0)
			close(reap->dir);
		if (mkdirat(reap->state, "reap", 0700) < 0 && errno != EEXIST)
			return ct_fail(err, "cannot make the directory reap in the state directory");
		result = reap->dir = open_dir(reap->state);
		if (result >= 0)
			result = ct_mark_open(reap->dir, reap->file, true, BEGIN_TIMEOUT, &made);
	}
	if (result == -EAGAIN)
		return ct_failx(err, EBUSY, "another command has been entering it, and does not get on: try again");
	if (result == -EINTR)
		return ct_failx(err, EINTR, "interrupted");
	if (result < 0)
		return ct_failx(err, -result, "cannot open reap/%s in the state directory: %s", reap->file,
				result == -EPERM ? "it is no file that ct made: look who did, and remove it"
						 : strerror(-result));
	reap->fd = result;
	return 0;
}

/* What an earlier command has marked counts on, if it is of this boot. */
static int adopt(struct ct_reap *reap, struct ct_error *err)
{
	ct_cleanup(ct_mark_clear) struct ct_mark old = { 0 };
	int result = ct_mark_load(reap->fd, &old);

	if (result == -ENOMEM || (result >= 0 && ct_mark_text(&old, &reap->before) < 0))
		return ct_failx(err, ENOMEM, "out of memory");
	if (result < 0 || !ct_mark_is_kin(&old, &reap->mark)) {
		free(ct_take_ptr(reap->before));
		return ct_mark_store(reap->fd, &reap->mark, err);
	}
	if (strcmp(old.name, reap->mark.name) != 0) {
		reap->done = true; /* not ours to take back */
		return ct_failx(err, EEXIST, "its mark would be the same file as that of %s: choose another name",
				old.name);
	}
	ct_mark_clear(&reap->mark);
	reap->mark = old;
	old = (struct ct_mark){ 0 };
	return 0;
}

int ct_reap_begin(const struct ct_hierarchies *all, const char *name, struct ct_reap *ret_reap, struct ct_error *err)
{
	ct_cleanup(ct_reap_clear) struct ct_reap reap = { .state = -1, .dir = -1, .fd = -1 };
	autofree char *clean = NULL;
	int result = mark_file(all, name, reap.file, &clean, err);

	if (result >= 0)
		result = ct_mark_begin(clean, &reap.mark, err);
	if (result >= 0)
		result = reap.state = ct_state_open(err);
	if (result >= 0)
		result = open_mark(&reap, err);
	if (result >= 0)
		result = adopt(&reap, err);
	if (result < 0)
		return result;
	*ret_reap = reap;
	reap = (struct ct_reap)CT_REAP_NONE;
	return 0;
}

int ct_reap_fill(struct ct_reap *reap, struct ct_container *container, bool entered,
		 struct ct_error *err)
{
	int result = ct_mark_add(&reap->mark, container, err);

	reap->mark.entered = reap->mark.entered || entered;
	if (result >= 0)
		result = ct_mark_store(reap->fd, &reap->mark, err);
	return result < 0 ? result : ct_reaper_start(reap->state, err);
}

void ct_reap_enter(const struct ct_hierarchies *all, const char *name, struct ct_reap *ret_reap)
{
	ct_cleanup(ct_reap_clear) struct ct_reap reap = CT_REAP_NONE;
	autofree char *clean = NULL;
	struct ct_error ignored; /* best effort */

	if (mark_file(all, name, reap.file, &clean, &ignored) < 0 || (reap.state = ct_state_find(&ignored)) < 0 ||
	    (reap.dir = open_dir(reap.state)) < 0 ||
	    (reap.fd = ct_mark_open(reap.dir, reap.file, false, ENTER_TIMEOUT, NULL)) < 0 ||
	    ct_mark_load(reap.fd, &reap.mark) < 0 || strcmp(reap.mark.name, clean) != 0 ||
	    ct_mark_text(&reap.mark, &reap.before) < 0)
		return;
	reap.done = false; /* it may yet be refused */
	reap.mark.entered = true;
	ct_mark_store(reap.fd, &reap.mark, &ignored);
	*ret_reap = reap;
	reap = (struct ct_reap)CT_REAP_NONE;
}

/* The lock goes last: until then nobody takes the file for a mark. */
static void take_back(struct ct_reap *reap)
{
	struct ct_error ignored; /* nothing more can be done: the mark names nothing that is there */

	if (reap->before) {
		ct_mark_write(reap->fd, reap->before, &ignored);
		return;
	}
	unlinkat(reap->dir, reap->file, 0);
	unlinkat(reap->state, "reap", AT_REMOVEDIR);
}

static void close_all(struct ct_reap *reap)
{
	const int fds[] = { reap->fd, reap->dir, reap->state };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

void ct_reap_clear(struct ct_reap *reap)
{
	int saved = errno;

	if (reap->fd >= 0 && !reap->done)
		take_back(reap);
	close_all(reap);
	ct_mark_clear(&reap->mark);
	free(reap->before);
	*reap = (struct ct_reap)CT_REAP_NONE;
	errno = saved;
}

/* Directories are none of ours, and no reason to start one. */
static bool has_marks(int state)
{
	autodir DIR *dir = NULL;
	struct dirent *entry;
	int fd = open_dir(state);

	if (fd < 0 || !(dir = fdopendir(fd)))
		return false;
	while ((entry = readdir(dir)))
		if (entry->d_type != DT_DIR)
			return true;
	return false;
}

void ct_reap_wake(void)
{
	struct ct_error ignored; /* the next command tries again */
	autoclose int state = ct_state_find(&ignored);

	if (state >= 0 && has_marks(state))
		ct_reaper_start(state, &ignored);
}
