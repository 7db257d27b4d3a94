// SPDX-License-Identifier: MIT
/* Documentation/admin-guide/cgroup-v2.rst */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/array.h"
#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"
#include "common/proc.h"

/* A file's text without the newline at its end; "" if it cannot be read. */
static void read_line(struct ct_place *place, const char *file, char *buffer, size_t size)
{
	if (ct_place_open(place) < 0 || ct_file_read_into(place->fd, file, buffer, size) < 0)
		buffer[0] = '\0';
	buffer[strcspn(buffer, "\n")] = '\0';
}

/* How much of the path two places have in common: whole components. */
static size_t common_length(const char *a, const char *b)
{
	size_t length = 0;

	for (size_t i = 0;; i++) {
		if ((!a[i] || a[i] == '/') && (!b[i] || b[i] == '/'))
			length = i;
		if (!a[i] || a[i] != b[i])
			return length;
	}
}

/*
 * A move needs the destination, and the nearest container above both it and the task
 * ("Delegation Containment").
 */
static int explain_access(struct ct_place *place, const char *written, pid_t pid, int code,
			  struct ct_error *err)
{
	const char *mount = place->hierarchy->mountpoint, *path = place->path;
	autofree char *text = NULL, *from = NULL;
	char file[64] = "/proc/self/cgroup";
	size_t length;

	if (ct_file_access(place->fd, written, W_OK) < 0)
		return ct_failx(err, code, "no permission in v2: %s/%s/%s is not writable", mount, path, written);
	if (pid)
		snprintf(file, sizeof(file), "/proc/%d/cgroup", pid);
	if (ct_file_read(AT_FDCWD, file, &text) < 0 ||
	    ct_hierarchy_locate(place->hierarchy, text, &from) < 0)
		return ct_failx(err, code,
				"no permission in v2: cgroup.procs of the nearest container above both it and the task must be writable too");
	length = common_length(path, from);
	return ct_failx(err, code,
			"no permission in v2: %s%s%.*s/cgroup.procs, of the nearest container above both it and the task, is not writable",
			mount, length ? "/" : "", (int)length, path);
}

/*
 * With nsdelegate both ends of a move must be within the cgroup namespace of who moves ("Delegation Containment"). The
 * kernel tells where a task is as seen from there.
 */
static int explain_boundary(struct ct_place *place, pid_t pid, int code, struct ct_error *err)
{
	static const char rule[] = "v2 is mounted with nsdelegate, and from within a cgroup namespace nothing passes its root";
	autofree char *text = NULL;
	char file[64], *path = NULL;

	snprintf(file, sizeof(file), "%d/cgroup", pid);
	if (pid && ct_file_read(place->hierarchy->proc, file, &text) >= 0)
		path = strncmp(text, "0::/", 4) ? strstr(text, "\n0::/") : text;
	if (path) {
		path += strcspn(path, "/");
		path[strcspn(path, "\n")] = '\0';
	}
	if (path && (!strcmp(path, "/..") || strncmp(path, "/../", 4) == 0))
		return ct_failx(err, code,
				"refused in v2: it is in %s, outside of this cgroup namespace: %s; move it from outside",
				path, rule);
	return ct_failx(err, code, "refused in v2: %s/%s lies outside of this cgroup namespace: %s; run it from outside",
			place->hierarchy->mountpoint, place->path, rule);
}

/* The rules that the kernel hides behind an errno; see "Migration" and "No Internal Process Constraint". */
static int explain_attach(struct ct_place *place, const char *written, pid_t pid, int code,
			  struct ct_error *err)
{
	const char *mount = place->hierarchy->mountpoint, *path = place->path;
	char text[512];

	switch (code) {
	case EBUSY:
		read_line(place, "cgroup.subtree_control", text, sizeof(text));
		return ct_failx(err, code,
				"it may hold no process in v2, because it has controllers (%s) enabled for its children: use a container below it, or disable them in %s/%s/cgroup.subtree_control",
				text, mount, path);
	case EOPNOTSUPP:
		read_line(place, "cgroup.type", text, sizeof(text));
		return ct_failx(err, code,
				"it may not hold this task in v2: its cgroup.type is '%s', and tasks move into or out of a threaded tree only as whole processes to its domain",
				text);
	case EACCES:
	case EPERM:
		return explain_access(place, written, pid, code, err);
	case EROFS:
		return ct_failx(err, code, "refused in v2: the hierarchy is mounted read-only");
	case ENOENT:
		if (ct_file_read_into(place->fd, "cgroup.type", text, sizeof(text)) >= 0)
			return explain_boundary(place, pid, code, err);
		__attribute__((fallthrough));
	case ENODEV:
		return ct_failx(err, ENOENT, "it has been removed from v2 meanwhile");
	default:
		return ct_failx(err, code, "refused in v2: %s", strerror(code));
	}
}

static int attach(struct ct_place *place, enum ct_attach kind, const pid_t *ids, size_t count,
		  size_t *ret_done, struct ct_error *err)
{
	const char *file = kind == CT_ATTACH_THREAD ? "cgroup.threads" : "cgroup.procs";
	int result = ct_cgroup_attach(place, file, kind == CT_ATTACH_SELF, ids, count, ret_done);

	if (result >= 0)
		return 0;
	return explain_attach(place, file, kind == CT_ATTACH_SELF ? 0 : ids[*ret_done], -result, err);
}

/* Threaded controllers can share a place with processes; the others cannot. */
static bool has_domain_controllers(const char *list)
{
	static const char *const threaded[] = { "cpu", "cpuset", "perf_event", "pids" };

	while (*list) {
		size_t length = strcspn(list, " ");
		bool found = length == 0;

		for (size_t i = 0; i < sizeof(threaded) / sizeof(*threaded); i++)
			found = found || (strlen(threaded[i]) == length && !strncmp(list, threaded[i], length));
		if (!found)
			return true;
		list += length + (list[length] == ' ');
	}
	return false;
}

static int accepts(struct ct_place *place, struct ct_error *err)
{
	char enabled[1024], type[64];
	int result = ct_cgroup_access(place, "cgroup.procs");

	if (result < 0)
		return explain_attach(place, "cgroup.procs", 0, -result, err);
	read_line(place, "cgroup.type", type, sizeof(type));
	if (!*type) /* the root holds whatever comes */
		return 0;
	if (!strcmp(type, "domain invalid") || !strcmp(type, "threaded"))
		return explain_attach(place, "cgroup.procs", 0, EOPNOTSUPP, err);
	read_line(place, "cgroup.subtree_control", enabled, sizeof(enabled));
	return has_domain_controllers(enabled) ? explain_attach(place, "cgroup.procs", 0, EBUSY, err) : 0;
}

static int controllers(struct ct_place *place, bool enabled, char **ret_words,
		       struct ct_error *err)
{
	const char *file = enabled ? "cgroup.subtree_control" : "cgroup.controllers";
	char text[1024];

	read_line(place, file, text, sizeof(text));
	*ret_words = strdup(text);
	return *ret_words ? 0 : ct_failx(err, ENOMEM, "out of memory");
}

/* The files of /sys/kernel/cgroup/delegate that every kernel has; limits stay the giver's. */
static int own(struct ct_place *place, uid_t uid, gid_t gid, struct ct_error *err)
{
	static const char *const files[] = { "cgroup.procs", "cgroup.threads",
					     "cgroup.subtree_control", NULL };

	return ct_cgroup_own(place, files, uid, gid, err);
}

/*
 * The kernel refuses domain controllers in a populated place, but threaded ones turn
 * it into a threaded domain without a word, and its children can hold nothing.
 */
static bool holds_processes(struct ct_place *place)
{
	char type[64], pid[16];

	read_line(place, "cgroup.type", type, sizeof(type));
	if (strcmp(type, "domain") != 0) /* the root has no type; threaded ones are meant so */
		return false;
	return ct_file_read_into(place->fd, "cgroup.procs", pid, sizeof(pid)) != 0;
}

static int explain_enable(const struct ct_place *place, const char *words, bool on, int code,
			  struct ct_error *err)
{
	const char *path = *place->path ? place->path : "the root";
	const char *reason = strerror(code);

	if (code == EBUSY && on)
		reason = "it holds processes itself: ctcreate --leaf moves them into a container below it first, -H leaves v2 out";
	else if (code == EBUSY)
		reason = "a container below it still uses them";
	else if (code == EOPNOTSUPP)
		reason = "it belongs to a threaded tree";
	else if (code == EROFS)
		reason = "the hierarchy is mounted read-only";
	else if (code == ENOENT)
		reason = "the container above it does not pass them on";
	return ct_failx(err, code, "cannot %s %s for the children of %s in v2: %s",
			on ? "enable" : "disable", words, path, reason);
}

static int enable(struct ct_place *place, const char *words, bool on, struct ct_error *err)
{
	autofree char *copy = strdup(words);
	char text[2048] = "", *rest = copy, *word;
	int result;

	if (!copy)
		return ct_failx(err, ENOMEM, "out of memory");
	while ((word = strsep(&rest, " "))) {
		strlcat(text, on ? "+" : "-", sizeof(text));
		strlcat(text, word, sizeof(text));
		strlcat(text, " ", sizeof(text));
	}
	result = ct_place_open(place);
	/* who may not write it anyhow is told that, for then --leaf is no way out */
	if (result >= 0 && on && holds_processes(place) &&
	    ct_file_access(place->fd, "cgroup.subtree_control", W_OK) >= 0)
		result = -EBUSY;
	if (result >= 0)
		result = ct_file_write(place->fd, "cgroup.subtree_control", text);
	return result < 0 ? explain_enable(place, words, on, -result, err) : 0;
}

static int kill_all(struct ct_place *place, struct ct_error *err)
{
	int result = ct_place_open(place);

	if (result >= 0)
		result = ct_file_write(place->fd, "cgroup.kill", "1");
	if (result == -ENOENT || result == -EOPNOTSUPP) /* before 5.14, the root; threaded */
		return ct_failx(err, EOPNOTSUPP, "%s has no usable cgroup.kill in v2", place->path);
	if (result < 0)
		return ct_failx(err, -result, "cannot write cgroup.kill of %s in v2: %s", place->path,
				strerror(-result));
	return 0;
}

static int freeze_state(struct ct_place *place, enum ct_freeze_state *ret_state,
			struct ct_error *err)
{
	char events[256], freeze[16];

	(void)err;
	read_line(place, "cgroup.freeze", freeze, sizeof(freeze));
	if (ct_place_open(place) < 0 ||
	    ct_file_read_into(place->fd, "cgroup.events", events, sizeof(events)) < 0)
		events[0] = '\0';
	if (strstr(events, "frozen 1"))
		*ret_state = CT_FROZEN;
	else if (!strcmp(freeze, "1"))
		*ret_state = CT_FREEZING;
	else /* the root, and kernels before 5.2, have no cgroup.freeze */
		*ret_state = *freeze ? CT_THAWED : CT_NO_FREEZER;
	return 0;
}

static int freezes_itself(struct ct_place *place, bool *ret_itself, struct ct_error *err)
{
	char text[16];

	(void)err;
	read_line(place, "cgroup.freeze", text, sizeof(text));
	*ret_itself = !strcmp(text, "1");
	return 0;
}

static int may_freeze(struct ct_place *place)
{
	return ct_cgroup_access(place, "cgroup.freeze");
}

static int freeze(struct ct_place *place, bool on, struct ct_error *err)
{
	char text[16];
	int result;

	read_line(place, "cgroup.freeze", text, sizeof(text));
	if (!strcmp(text, on ? "1" : "0") || (!*text && !on))
		return 0;
	result = *text ? ct_file_write(place->fd, "cgroup.freeze", on ? "1" : "0") : -EOPNOTSUPP;
	return result < 0 ? ct_cgroup_explain_freeze(place, on, "cgroup.freeze", -result, err) : 0;
}

/*
 * v2 does not list a process whose leader has ended while other threads live: each thread whose
 * process is not in ids[first … *count), sorted, has such a one.
 */
static int add_leaderless(const struct ct_place *place, const pid_t *tids, size_t tid_count,
			  pid_t **ids, size_t first, size_t *count)
{
	size_t listed = *count - first;

	for (size_t i = 0; i < tid_count; i++) {
		pid_t leader;

		if (listed && bsearch(&tids[i], *ids + first, listed, sizeof(pid_t), ct_array_compare_ids))
			continue;
		/* one that is its own leader came between the lists, or has a number anew */
		if (ct_proc_leader(place->hierarchy->proc, tids[i], &leader) < 0 || leader == tids[i] ||
		    (listed && bsearch(&leader, *ids + first, listed, sizeof(pid_t), ct_array_compare_ids)))
			continue;
		if (*count > first + listed && (*ids)[*count - 1] == leader)
			continue;
		if (ct_array_push(*ids, *count, leader) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int list(struct ct_place *place, enum ct_list kind, pid_t **ids, size_t *count,
		struct ct_error *err)
{
	autofree pid_t *tids = NULL;
	size_t first = *count, tid_count = 0;
	int result;

	if (kind == CT_LIST_THREADS)
		return ct_place_list(place, "cgroup.threads", ids, count, err);
	result = ct_place_list(place, "cgroup.procs", ids, count, err);
	if (result >= 0)
		result = ct_place_list(place, "cgroup.threads", &tids, &tid_count, err);
	if (result < 0 || tid_count == *count - first) /* each process has one thread, its leader */
		return result;
	if (*count > first)
		qsort(*ids + first, *count - first, sizeof(pid_t), ct_array_compare_ids);
	if (add_leaderless(place, tids, tid_count, ids, first, count) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	return 0;
}

const struct ct_cgroup_ops ct_cgroup_v2 = {
	.create = ct_cgroup_mkdir,
	.remove = ct_cgroup_rmdir,
	.attach = attach,
	.accepts = accepts,
	.controllers = controllers,
	.own = own,
	.enable = enable,
	.kill = kill_all,
	.freeze = freeze,
	.list = list,
	.freeze_state = freeze_state,
	.freezes_itself = freezes_itself,
	.may_freeze = may_freeze,
};
