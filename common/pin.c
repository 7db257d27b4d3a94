// SPDX-License-Identifier: MIT
#include "common/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/pindir.h"
#include "common/pinrecord.h"
#include "common/unpin.h"

/* The places of a container have one path: its name below every hierarchy. */
static const char *path_of(const struct ct_container *container)
{
	return container->count ? container->places[0].path : "";
}

/* The directory of its pins, if those are of this very container; else -ENOENT. */
static int open_own(const struct ct_container *container, struct ct_error *err)
{
	autoclose int base = -1, dir = -1;
	char name[PATH_MAX];
	int result;

	if (!ct_pindir_exists(path_of(container)))
		return -ENOENT;
	base = ct_pindir_open_base(false, err);
	if (base < 0 || ct_pindir_encode(path_of(container), name, sizeof(name)) < 0)
		return base < 0 ? base : -ENOENT;
	dir = ct_pindir_open(base, name, false);
	if (dir == -ENOENT || dir == -ENOTDIR || dir == -ELOOP || dir == -EXDEV)
		return -ENOENT;
	result = dir < 0 ? dir : ct_pinrecord_is_of(dir, container);
	if (result < 0)
		return ct_failx(err, -result, "cannot tell which namespaces it names: %s", strerror(-result));
	return result ? ct_take_fd(&dir) : -ENOENT;
}

static int open_pin(int dir, int kind, struct ct_nsset *set, struct ct_error *err)
{
	const struct ct_nsset_kind *known = &ct_nsset_kinds[kind];
	autoclose int fd = openat(dir, known->name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	char where[PATH_MAX];
	int result;

	if (fd < 0)
		return errno == ENOENT ? 0 : ct_fail(err, "cannot open its %s namespace", known->name);
	result = ct_nsset_add(set, known->flag, fd);
	if (result >= 0)
		return 0;
	ct_file_path(fd, where, sizeof(where));
	if (result == -EINVAL)
		return ct_failx(err, ESTALE,
				"its %s namespace is gone: nothing of that kind is mounted on %s (any more, or in this mount namespace); ctcreate -p -N %s pins a new one, -N without %s leaves it out",
				known->name, where, known->name, known->name);
	return ct_failx(err, -result, "cannot open its %s namespace: %s", known->name, strerror(-result));
}

int ct_pin_open(const struct ct_container *container, int flags, struct ct_nsset *ret_set,
		struct ct_error *err)
{
	ct_cleanup(ct_nsset_clear) struct ct_nsset set = { 0 };
	struct ct_error why = { 0 };
	autoclose int dir = open_own(container, &why);
	int result = 0;

	if (dir < 0 && dir != -ENOENT) {
		*err = why;
		return dir;
	}
	for (int kind = 0; dir >= 0 && result >= 0 && kind < CT_NSSET_KINDS; kind++)
		if (flags & ct_nsset_kinds[kind].flag)
			result = open_pin(dir, kind, &set, err);
	if (result < 0)
		return result;
	*ret_set = set;
	set = (struct ct_nsset){ 0 };
	return 0;
}

void ct_pin_look(const struct ct_container *container, struct ct_pins *ret_pins)
{
	ct_cleanup(ct_nsset_clear) struct ct_nsset set = { 0 };
	struct ct_error ignored = { 0 }; /* whoever may not look sees none */
	autoclose int dir = open_own(container, &ignored);
	int gone = 0;

	for (int kind = 0; dir >= 0 && kind < CT_NSSET_KINDS; kind++)
		if (open_pin(dir, kind, &set, &ignored) < 0)
			gone |= ct_nsset_kinds[kind].flag;
	*ret_pins = (struct ct_pins){ .flags = set.flags, .gone = gone };
	memcpy(ret_pins->ids, set.ids, sizeof(set.ids));
}

static int explain(int kind, int code, struct ct_error *err)
{
	const char *name = ct_nsset_kinds[kind].name, *reason = strerror(code);

	if (code == EINVAL && !strcmp(name, "mnt"))
		reason = "the kernel pins a mount namespace only in an older one";
	else if (code == EPERM)
		reason = "to mount it takes root";
	return ct_failx(err, code, "cannot pin its %s namespace: %s", name, reason);
}

static int bind(int dir, const struct ct_nsset *set, int kind, struct ct_error *err)
{
	const struct ct_nsset_kind *known = &ct_nsset_kinds[kind];
	char from[64], to[64];
	int fd;

	ct_unpin(dir, known->flag); /* nothing is mounted there, or something else */
	fd = openat(dir, known->name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	if (fd < 0)
		return ct_fail(err, "cannot make a file for its %s namespace", known->name);
	close(fd);
	snprintf(from, sizeof(from), "/proc/self/fd/%d", set->fds[kind]);
	snprintf(to, sizeof(to), "/proc/self/fd/%d/%s", dir, known->name);
	if (ct_trace)
		ct_trace("mount", dir, known->name, NULL);
	return mount(from, to, NULL, MS_BIND, NULL) < 0 ? explain(kind, errno, err) : 0;
}

static int bind_all(int dir, const struct ct_nsset *set, struct ct_error *err)
{
	ct_cleanup(ct_nsset_clear) struct ct_nsset before = { 0 };
	struct ct_error ignored; /* what is gone makes room */
	int done = 0, result = 0;

	for (int kind = 0; kind < CT_NSSET_KINDS; kind++)
		if (set->flags & ct_nsset_kinds[kind].flag && open_pin(dir, kind, &before, &ignored) >= 0 &&
		    before.flags & ct_nsset_kinds[kind].flag)
			return ct_failx(err, EEXIST, "it names a %s namespace already (number %ju)",
					ct_nsset_kinds[kind].name, (uintmax_t)before.ids[kind]);
	for (int kind = 0; result >= 0 && kind < CT_NSSET_KINDS; kind++)
		if (set->flags & ct_nsset_kinds[kind].flag) {
			done |= ct_nsset_kinds[kind].flag;
			result = bind(dir, set, kind, err);
		}
	if (result < 0)
		ct_unpin(dir, done);
	return result;
}

/* Locked: what is pinned and of whom. */
static int add(int base, const char *name, const struct ct_container *container,
	       const struct ct_nsset *set, struct ct_error *err)
{
	autoclose int dir = ct_pindir_open(base, name, set->flags);
	int known, result;

	if (dir == -ENOENT && !set->flags)
		return 0;
	known = dir < 0 ? dir : ct_pinrecord_is_of(dir, container);
	if (known < 0) {
		ct_pindir_remove(base, name); /* unless something is in it */
		return ct_failx(err, -known, "cannot %s: %s",
				dir < 0 ? "make a directory for its namespaces" : "tell which namespaces it names",
				strerror(-known));
	}
	if (!known) /* of another one of that name, which cannot be told to have gone */
		ct_unpin(dir, ~0);
	if (!known && !set->flags)
		return 0;
	result = bind_all(dir, set, err);
	if (result >= 0 && ct_pinrecord_write(dir, container, err) < 0) {
		ct_unpin(dir, set->flags);
		result = -err->code;
	}
	if (result < 0 && !known)
		ct_pindir_remove(base, name);
	return result;
}

int ct_pin_add(const struct ct_container *container, const struct ct_nsset *set, struct ct_error *err)
{
	autoclose int base = -1;
	char name[PATH_MAX];

	if (!*path_of(container))
		return ct_failx(err, EINVAL, "the root of a hierarchy names no namespaces: make a container below it");
	if (ct_pindir_encode(path_of(container), name, sizeof(name)) < 0)
		return ct_failx(err, ENAMETOOLONG, "its name is too long for a container that names namespaces");
	base = ct_pindir_open_base(true, err);
	if (base < 0)
		return base;
	flock(base, LOCK_EX);
	ct_unpin_sweep(base, "");
	return add(base, name, container, set, err);
}

/* Opens the place of pins, locked; -1: there is none. */
static int open_locked(const char *path)
{
	struct ct_error ignored = { 0 }; /* then there is nothing to be removed either */
	int base = !*path || ct_pindir_exists(path) ? ct_pindir_open_base(false, &ignored) : -1;

	if (base >= 0)
		flock(base, LOCK_EX);
	return base < 0 ? -1 : base;
}

void ct_pin_drop(const char *path, int flags)
{
	autoclose int base = open_locked(path);
	char name[PATH_MAX];

	if (base >= 0 && ct_pindir_encode(path, name, sizeof(name)) == 0)
		ct_unpin_drop(base, name, flags);
}

void ct_pin_sweep(const char *path)
{
	autoclose int base = open_locked(path);

	if (base >= 0)
		ct_unpin_sweep(base, path);
}

int ct_pin_list(const char *path, struct ct_tree *ret_names)
{
	ct_cleanup(ct_tree_clear) struct ct_tree names = { 0 };
	autoclose int base = open_locked(path);
	size_t kept = 0;
	int result = base < 0 ? 0 : ct_unpin_list(base, path, &names);

	for (size_t i = 0; result >= 0 && i < names.count; i++) {
		if (ct_unpin_is_alive(base, names.paths[i]))
			names.paths[kept++] = names.paths[i];
		else
			free(names.paths[i]);
	}
	if (result < 0)
		return result;
	names.count = kept;
	*ret_names = names;
	names = (struct ct_tree){ 0 };
	return 0;
}

void ct_pin_renew(const struct ct_tree *names)
{
	autoclose int base = names->count ? open_locked("") : -1;

	for (size_t i = 0; base >= 0 && i < names->count; i++) {
		autoclose int dir = ct_pindir_open(base, names->paths[i], false);

		if (dir >= 0 && !ct_pinrecord_is_alive(dir))
			ct_pinrecord_renew(dir);
	}
}
