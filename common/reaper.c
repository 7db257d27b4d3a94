// SPDX-License-Identifier: MIT
#include "common/reaper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/array.h"
#include "common/audit.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/daemon.h"
#include "common/mark.h"
#include "common/root.h"
#include "common/watch.h"

/* Microseconds between two looks into the directory of marks, while one in it is locked. */
enum { LEAST_PAUSE = 10000, MOST_PAUSE = 640000 };

struct reaper {
	int state, lock;
	int watch;		/* of the directory of marks */
	size_t locked;		/* marks that somebody is at work with */
	bool stale;		/* the directory of marks has changed */
	uint64_t due, pause;	/* when to look at it again */
	struct ct_mark kin;	/* what this boot's and namespace's marks are like */
	struct ct_watch_list list;
};

static bool enter(struct ct_hierarchy *hierarchy, const char *path, size_t length)
{
	ct_cleanup(ct_place_clear) struct ct_place place = { .hierarchy = hierarchy, .fd = -1 };
	struct ct_error ignored; /* whoever may not leave stays */
	pid_t self = 0;
	size_t done;

	place.path = strndup(path, length);
	return place.path && hierarchy->ops->attach(&place, CT_ATTACH_SELF, &self, 1, &done, &ignored) >= 0;
}

static bool enter_leaf(const struct ct_hierarchies *all, struct ct_hierarchy *hierarchy)
{
	autofree char *leaf = ct_hierarchies_path(all, CT_ROOT_LEAF);

	return leaf && (mkdirat(hierarchy->fd, leaf, 0755) == 0 || errno == EEXIST) &&
	       enter(hierarchy, leaf, strlen(leaf));
}

static void leave_hierarchy(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy)
{
	size_t base = all->base ? strlen(all->base) : 0;
	autofree char *path = NULL;
	const char *end;

	if (ct_hierarchy_locate_path(hierarchy, hierarchy->self, &path) < 0)
		path = strdup(""); /* it lies elsewhere: up to what is seen */
	if (!path || !ct_hierarchies_name(all, path))
		return; /* in nobody's container */
	end = path + base;
	if (enter(hierarchy, path, base) || (base && enter_leaf(all, hierarchy)))
		return;
	while ((end = *end ? strchr(end + 1, '/') : NULL))
		if (enter(hierarchy, path, (size_t)(end - path)))
			return;
}

/*
 * Others may be in the middle of a container that is to be frozen, killed or removed, by this very
 * reaper too: up to where names count from, or as far as a user may. What systemd owns is left to it.
 */
static void leave_containers(struct ct_hierarchies *all)
{
	struct ct_error ignored; /* whoever may not leave stays */
	bool systemd = ct_root_is_systemd(all->sysroot);

	ct_root_find(all, getenv("CT_ROOT"), &ignored);
	for (size_t i = 0; i < all->count; i++) {
		struct ct_hierarchy *hierarchy = &all->items[i];

		if (strcmp(hierarchy->self, "/") != 0 && ct_hierarchy_open(all, hierarchy, &ignored) >= 0 &&
		    !(systemd && ct_hierarchy_has(hierarchy, "name=systemd")) &&
		    !(all->owned && hierarchy->version == 2))
			leave_hierarchy(all, hierarchy);
	}
	ct_look_close(all);
}

/*
 * One file of the directory. What is no mark of ours is removed, or it would be looked at for
 * ever; another namespace's is left to its own reaper.
 */
static void load(struct reaper *reaper, int dir, const char *file)
{
	ct_cleanup(ct_mark_clear) struct ct_mark mark = { 0 };
	autoclose int fd = ct_mark_open(dir, file, false, 0, NULL);
	struct stat status;
	int result = fd;

	if (fd == -EAGAIN || fd == -ENOMEM || fd == -EINTR || fd == -EMFILE || fd == -ENFILE) {
		reaper->locked++;
		return;
	}
	if (fd == -ENOENT)
		return;
	if (fd >= 0)
		result = ct_mark_load(fd, &mark);
	if (result == -ENOMEM || result == -EIO) {
		reaper->locked++;
		return;
	}
	/* without places its maker has died before there was anything to remove */
	if (result < 0 || strcmp(mark.boot, reaper->kin.boot) != 0 || !mark.count) {
		if (unlinkat(dir, file, 0) < 0 && errno == EISDIR)
			unlinkat(dir, file, AT_REMOVEDIR);
		return;
	}
	if (!ct_mark_is_kin(&mark, &reaper->kin) || fstat(fd, &status) < 0)
		return;
	if (ct_watch_add(&reaper->list, file, &mark, &status) < 0)
		reaper->locked++;
}

static void scan(struct reaper *reaper)
{
	autodir DIR *dir = NULL;
	struct dirent *entry;
	int fd = openat(reaper->state, "reap", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char path[32];

	reaper->locked = 0;
	reaper->stale = false;
	if (fd >= 0 && !(dir = fdopendir(fd)))
		close(fd);
	if (dir) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		reaper->watch = inotify_add_watch(reaper->list.notify, path,
						  IN_CREATE | IN_DELETE | IN_CLOSE_WRITE | IN_MOVE | IN_ONLYDIR);
	}
	ct_watch_begin(&reaper->list);
	while (dir && (entry = readdir(dir))) {
		struct stat status;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		    ct_watch_keep(&reaper->list, entry->d_name, &status))
			continue;
		load(reaper, fd, entry->d_name);
	}
	ct_watch_end(&reaper->list);
	reaper->pause = reaper->locked && reaper->pause ? 2 * reaper->pause : LEAST_PAUSE;
	if (reaper->pause > MOST_PAUSE)
		reaper->pause = MOST_PAUSE;
	/* without notification it has to be looked at all the time */
	reaper->due = reaper->locked ? ct_clock() + reaper->pause :
		      reaper->list.notify < 0 ? ct_clock() + MOST_PAUSE : UINT64_MAX;
}

static void read_events(struct reaper *reaper)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t length;

	while ((length = read(reaper->list.notify, buffer, sizeof(buffer))) > 0)
		for (char *at = buffer; at < buffer + length;) {
			const struct inotify_event *event = (const struct inotify_event *)(const void *)at;

			if (event->wd == reaper->watch || event->mask & IN_Q_OVERFLOW)
				reaper->stale = true;
			if (event->wd != reaper->watch)
				ct_watch_event(&reaper->list, event->wd, event->mask, event->len ? event->name : "");
			at += sizeof(*event) + event->len;
		}
}

static void wait_for_more(struct reaper *reaper)
{
	struct pollfd poll_notify = { .fd = reaper->list.notify, .events = POLLIN };
	uint64_t now = ct_clock(), due = ct_watch_due(&reaper->list);
	struct timespec time, breath = { .tv_nsec = 2000000 };
	uint64_t left;

	due = reaper->due < due ? reaper->due : due;
	left = due > now ? due - now : 0;
	time = (struct timespec){ .tv_sec = (time_t)(left / 1000000), .tv_nsec = (long)(left % 1000000 * 1000) };
	if (ppoll(&poll_notify, 1, due == UINT64_MAX ? NULL : &time, NULL) <= 0)
		return;
	nanosleep(&breath, NULL); /* what happens at once is seen to at once */
	read_events(reaper);
}

/*
 * Nothing is marked. Whoever marks something looks for the lock after that, so it is looked for
 * marks again after the lock is free: one of both sees the other.
 */
static bool is_over(struct reaper *reaper)
{
	unlinkat(reaper->state, "reap", AT_REMOVEDIR);
	flock(reaper->lock, LOCK_UN);
	scan(reaper);
	return (!reaper->list.count && !reaper->locked) || flock(reaper->lock, LOCK_EX | LOCK_NB) < 0;
}

__attribute__((noreturn)) static void reap(int state, int lock)
{
	struct reaper reaper = { .state = state, .lock = lock, .stale = true };
	struct ct_error ignored; /* nobody is left to tell; the next command starts another */

	ct_daemon_detach("ct-reaper", (int *const[]){ &reaper.state, &reaper.lock }, 2);
	ct_daemon_rename("ct-reaper");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* the caller's limit of a file's size may be that of a mark */
	umask(077);
	if (ct_mark_begin("-", &reaper.kin, &ignored) < 0 || ct_watch_open(&reaper.list, reaper.state, &ignored) < 0)
		_exit(EXIT_FAILURE);
	leave_containers(&reaper.list.all);
	for (;;) {
		ct_audit_renew("ct-reaper");
		if (reaper.stale || reaper.due <= ct_clock())
			scan(&reaper);
		ct_watch_look(&reaper.list);
		if (reaper.list.count || reaper.locked || reaper.stale)
			wait_for_more(&reaper);
		else if (is_over(&reaper))
			_exit(EXIT_SUCCESS);
	}
}

int ct_reaper_start(int state, struct ct_error *err)
{
	autoclose int lock = openat(state, "reaper", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	sigset_t none;
	int result;

	if (lock < 0)
		return ct_fail(err, "cannot open the reaper's lock in the state directory");
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : ct_fail(err, "cannot take the reaper's lock in the state directory");
	result = ct_daemon_fork();
	if (result == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		reap(state, lock);
	}
	return result < 0 ? ct_failx(err, EAGAIN, "cannot start the reaper: too many processes") : 0;
}
