// SPDX-License-Identifier: MIT
#include "common/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"
#include "common/limit.h"

int ct_place_open(struct ct_place *place)
{
	int fd;

	if (place->fd >= 0)
		return 0;
	fd = ct_file_open_beneath(place->hierarchy->fd, place->path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	place->fd = fd;
	return 0;
}

void ct_places_close(struct ct_place *places, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (places[i].fd >= 0)
			close(places[i].fd);
		places[i].fd = -1;
	}
}

void ct_place_clear(struct ct_place *place)
{
	if (place->path && place->fd >= 0) /* a zeroed place does not own descriptor 0 */
		close(place->fd);
	free(place->path);
	*place = (struct ct_place){ .fd = -1 };
}

const char *ct_place_text(const struct ct_place *place, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s in %s", *place->path ? place->path : "the root",
		 place->hierarchy->label);
	return buffer;
}

size_t ct_path_parent(const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');

	*ret_name = slash ? slash + 1 : path;
	return slash ? (size_t)(slash - path) : 0;
}

static int open_parent(const struct ct_place *place, const char **ret_name)
{
	size_t length = ct_path_parent(place->path, ret_name);
	autofree char *parent = strndup(place->path, length);

	if (!parent)
		return -ENOMEM;
	return ct_file_open_beneath(place->hierarchy->fd, parent, O_PATH | O_DIRECTORY);
}

static int explain_mkdir(const struct ct_place *place, int code, struct ct_error *err)
{
	const char *label = place->hierarchy->label, *reason = strerror(code);
	const char *name;
	char limit[PATH_MAX + 64];
	size_t length = ct_path_parent(place->path, &name);

	switch (code) {
	case ENOENT:
		return ct_failx(err, code, "cannot create it in %s: its parent %.*s is not there", label,
				(int)length, place->path);
	case EEXIST:
		return ct_failx(err, code, "cannot create it in %s: it exists there", label);
	case EAGAIN:
		ct_limit_find(place, limit, sizeof(limit));
		return ct_failx(err, code, "cannot create it in %s: %s, which is reached: remove others (ctrm), or raise it",
				label, limit);
	case EROFS:
		reason = "the hierarchy is mounted read-only";
		break;
	case EACCES:
	case EPERM:
		return ct_failx(err, code, "cannot create it in %s: no write permission for %s%s%.*s; %s", label,
				place->hierarchy->mountpoint, length ? "/" : "", (int)length, place->path,
				place->instead ? place->instead :
				place->hierarchy->instead ? place->hierarchy->instead :
				"root gives a user a container of his own by ctcreate -a UID:GID");
	default:
		break;
	}
	return ct_failx(err, code, "cannot create it in %s: %s", label, reason);
}

int ct_cgroup_mkdir(struct ct_place *place, struct ct_error *err)
{
	const char *name;
	autoclose int parent = open_parent(place, &name);
	int result;

	if (parent < 0)
		return explain_mkdir(place, -parent, err);
	if (ct_trace)
		ct_trace("mkdir", parent, name, NULL);
	if (mkdirat(parent, name, 0755) < 0)
		return explain_mkdir(place, errno, err);
	result = ct_place_open(place);
	if (result < 0) {
		unlinkat(parent, name, AT_REMOVEDIR);
		return explain_mkdir(place, -result, err);
	}
	return 0;
}

int ct_cgroup_rmdir(struct ct_place *place, struct ct_error *err)
{
	const char *name, *reason;
	autoclose int parent = open_parent(place, &name);
	int code = parent < 0 ? -parent : 0;

	if (!code && ct_trace)
		ct_trace("rmdir", parent, name, NULL);
	if (!code && unlinkat(parent, name, AT_REMOVEDIR) < 0)
		code = errno;
	if (code) {
		reason = code == EBUSY ? "it holds tasks or containers" :
			 code == EROFS ? "the hierarchy is mounted read-only" :
			 code == EACCES || code == EPERM ? "no write permission for the directory above it" :
							   strerror(code);
		return ct_failx(err, code, "cannot remove it from %s: %s", place->hierarchy->label,
				reason);
	}
	if (place->fd >= 0)
		close(place->fd);
	place->fd = -1;
	return 0;
}

int ct_cgroup_own(struct ct_place *place, const char *const *files, uid_t uid, gid_t gid,
		  struct ct_error *err)
{
	int result = ct_place_open(place);

	if (result < 0)
		return ct_failx(err, -result, "cannot open it in %s: %s", place->hierarchy->label,
				strerror(-result));
	if (ct_trace)
		ct_trace("chown", place->fd, ".", NULL);
	if (fchownat(place->fd, "", uid, gid, AT_EMPTY_PATH) < 0)
		return ct_failx(err, errno, "cannot change its owner in %s: %s", place->hierarchy->label,
				errno == EPERM ? "only root (CAP_CHOWN) gives it to another user or to a group that one is not in" : strerror(errno));
	for (; *files; files++)
		if (fchownat(place->fd, *files, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return ct_fail(err, "cannot change the owner of its %s in %s", *files,
				       place->hierarchy->label);
	return 0;
}

int ct_cgroup_access(struct ct_place *place, const char *file)
{
	int result = ct_place_open(place);

	return result < 0 ? result : ct_file_access(place->fd, file, W_OK);
}

bool ct_cgroup_is_boundary(const struct ct_place *place, const char *file, int code)
{
	return code == EPERM && ct_hierarchy_is_bounded(place->hierarchy) && ct_file_access(place->fd, file, W_OK) >= 0;
}

int ct_cgroup_explain_freeze(const struct ct_place *place, bool on, const char *file, int code,
			     struct ct_error *err)
{
	const char *verb = on ? "freeze" : "thaw", *label = place->hierarchy->label;

	if (ct_cgroup_is_boundary(place, file, code))
		return ct_failx(err, code, "cannot %s %s in %s: " CT_CGROUP_BOUNDARY, verb,
				*place->path ? place->path : "the root", label);
	if (code == EACCES || code == EPERM)
		return ct_failx(err, code, "cannot %s %s in %s: %s/%s/%s is not writable by this user", verb, place->path,
				label, place->hierarchy->mountpoint, place->path, file);
	return ct_failx(err, code, "cannot %s %s in %s: %s", verb, place->path, label,
			code == EOPNOTSUPP ? "it cannot be frozen there" :
			code == EROFS ? "the hierarchy is mounted read-only" : strerror(code));
}

/* Each is a write of its own; told together, the file's path is looked up once. */
static void trace_ids(const struct ct_place *place, const char *file, const pid_t *ids, size_t count)
{
	autofree char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return;
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "%s%d", i ? "\n" : "", ids[i]);
	if (fclose(stream) == 0 && count)
		ct_trace("write", place->fd, file, text);
}

int ct_cgroup_attach(struct ct_place *place, const char *file, bool self, const pid_t *ids,
		     size_t count, size_t *ret_done)
{
	autoclose int fd = -1;
	int result;

	*ret_done = 0;
	result = ct_place_open(place);
	if (result < 0)
		return result;
	fd = openat(place->fd, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	for (; *ret_done < count; ++*ret_done) {
		char text[16];
		int length = snprintf(text, sizeof(text), "%d", self ? 0 : ids[*ret_done]);

		do {
			result = write(fd, text, (size_t)length) < 0 ? -errno : 0;
		} while (result == -EINTR);
		if (result < 0)
			break;
	}
	if (ct_trace)
		trace_ids(place, file, self ? &(pid_t){ 0 } : ids, *ret_done + (result < 0));
	return result;
}

int ct_place_list(struct ct_place *place, const char *file, pid_t **pids, size_t *count,
		  struct ct_error *err)
{
	autofree char *text = NULL;
	char where[512];
	int result;

	result = ct_place_open(place);
	if (result >= 0)
		result = ct_file_read(place->fd, file, &text);
	if (result < 0)
		return ct_failx(err, -result, "cannot read %s of %s: %s", file,
				ct_place_text(place, where, sizeof(where)),
				result == -EXDEV ? "another file system is mounted over it, and umount shows it again"
						 : strerror(-result));
	for (char *rest = text, *end;; rest = end) {
		long pid = strtol(rest, &end, 10);

		if (end == rest)
			return 0;
		if (ct_array_push(*pids, *count, (pid_t)pid) < 0)
			return ct_failx(err, ENOMEM, "out of memory");
	}
}
