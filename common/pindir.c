// SPDX-License-Identifier: MIT
#include "common/pindir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/nsset.h"
#include "common/pinrecord.h"
#include "common/state.h"

static bool is_reserved(const char *word, size_t length)
{
	if (*word == '+' || (length == strlen(CT_PINRECORD) && !memcmp(word, CT_PINRECORD, length)))
		return true;
	for (int i = 0; i < CT_NSSET_KINDS; i++)
		if (strlen(ct_nsset_kinds[i].name) == length && !memcmp(word, ct_nsset_kinds[i].name, length))
			return true;
	return false;
}

int ct_pindir_encode(const char *path, char *buffer, size_t size)
{
	size_t used = 0;

	for (;;) {
		size_t length = strcspn(path, "/"), mark = is_reserved(path, length);

		if (used + mark + length >= size || mark + length > NAME_MAX)
			return -ENAMETOOLONG;
		if (mark)
			buffer[used++] = '+';
		memcpy(buffer + used, path, length);
		used += length;
		if (!path[length])
			break;
		if (used + 1 >= size)
			return -ENAMETOOLONG;
		buffer[used++] = '/';
		path += length + 1;
	}
	buffer[used] = '\0';
	return 0;
}

bool ct_pindir_exists(const char *path)
{
	char name[PATH_MAX], full[2 * PATH_MAX];
	size_t length = *path ? ct_state_path(full, sizeof(full)) : 0;

	if (!length || ct_pindir_encode(path, name, sizeof(name)) < 0)
		return false;
	snprintf(full + length, sizeof(full) - length, "/ns/%s", name);
	return ct_file_exists(AT_FDCWD, full);
}

void ct_pindir_hide(void)
{
	char path[PATH_MAX + 4];
	size_t length = ct_state_path(path, PATH_MAX);

	if (!length)
		return;
	snprintf(path + length, sizeof(path) - length, "/ns");
	while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
}

/* The mount, not the directory below it. */
static int open_mount(int state)
{
	autoclose int fd = openat(state, "ns", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat own, above;
	struct statfs kind;

	if (fd < 0 || fstat(fd, &own) < 0 || fstat(state, &above) < 0 || fstatfs(fd, &kind) < 0)
		return -errno;
	if (own.st_dev == above.st_dev)
		return -ENOENT;
	return kind.f_type == TMPFS_MAGIC && own.st_uid == geteuid() ? ct_take_fd(&fd) : -EPERM;
}

static int make_mount(int state, struct ct_error *err)
{
	char path[64];
	int fd;

	/* held until both descriptors of it are closed */
	if (flock(state, LOCK_EX) < 0)
		return ct_fail(err, "cannot lock the state directory");
	fd = open_mount(state);
	if (fd >= 0)
		return fd;
	if (mkdirat(state, "ns", 0700) < 0 && errno != EEXIST)
		return ct_fail(err, "cannot make the directory for namespaces in the state directory");
	snprintf(path, sizeof(path), "/proc/self/fd/%d/ns", state);
	if (ct_trace)
		ct_trace("mount", state, "ns", NULL);
	if (mount("ct", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700") < 0) {
		int code = errno;

		unlinkat(state, "ns", AT_REMOVEDIR); /* empty, or there before and in use */
		if (code == EPERM)
			return ct_failx(err, code,
					"cannot pin namespaces: to mount them takes root (CAP_SYS_ADMIN); ctexec -N user=NEW,... runs a command in new ones that last as long as it does");
		return ct_failx(err, code, "cannot mount a place for namespaces: %s", strerror(code));
	}
	if (mount("none", path, NULL, MS_PRIVATE, NULL) < 0)
		return ct_fail(err, "cannot make the mount for namespaces private");
	fd = open_mount(state);
	return fd < 0 ? ct_failx(err, -fd, "cannot open the place for namespaces: %s", strerror(-fd)) : fd;
}

int ct_pindir_open_base(bool make, struct ct_error *err)
{
	autoclose int state = make ? ct_state_open(err) : ct_state_find(err);
	int fd;

	if (state < 0)
		return state;
	fd = open_mount(state);
	if (fd == -EPERM)
		return ct_failx(err, EPERM, "what is mounted at ns in the state directory is not what ct mounts there: unmount it");
	if (fd < 0 && make)
		return make_mount(state, err);
	return fd < 0 ? ct_failx(err, -fd, "no namespaces are pinned: %s", strerror(-fd)) : fd;
}

static int make_path(int base, const char *name)
{
	char part[PATH_MAX];

	for (const char *end = name; *end; end += *end == '/') {
		end += strcspn(end, "/");
		snprintf(part, sizeof(part), "%.*s", (int)(end - name), name);
		if (mkdirat(base, part, 0700) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int ct_pindir_open(int base, const char *name, bool make)
{
	int result = make ? make_path(base, name) : 0;

	return result < 0 ? result : ct_file_open_beneath(base, name, O_RDONLY | O_DIRECTORY);
}

void ct_pindir_remove(int base, const char *name)
{
	char part[PATH_MAX];

	strlcpy(part, name, sizeof(part));
	for (char *slash = part; slash && (unlinkat(base, part, AT_REMOVEDIR) == 0 || errno == ENOENT);) {
		slash = strrchr(part, '/');
		if (slash)
			*slash = '\0';
	}
}
