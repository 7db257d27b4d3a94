// SPDX-License-Identifier: MIT
#include "common/unpin.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"
#include "common/nsset.h"
#include "common/pindir.h"
#include "common/pinrecord.h"

bool ct_unpin_is_pin(int dir, int kind, uint64_t *ret_id)
{
	struct stat own, above;

	if (fstatat(dir, ct_nsset_kinds[kind].name, &own, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fstat(dir, &above) < 0 || own.st_dev == above.st_dev)
		return false;
	*ret_id = own.st_ino;
	return true;
}

void ct_unpin(int dir, int flags)
{
	char path[64];

	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		const struct ct_nsset_kind *known = &ct_nsset_kinds[kind];

		if (!(flags & known->flag))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, known->name);
		while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			if (ct_trace)
				ct_trace("unmount", dir, known->name, NULL);
		unlinkat(dir, known->name, 0);
	}
}

void ct_unpin_drop(int base, const char *name, int flags)
{
	autoclose int dir = ct_pindir_open(base, name, false);
	uint64_t id;

	if (dir < 0)
		return;
	ct_unpin(dir, flags);
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++)
		if (ct_unpin_is_pin(dir, kind, &id))
			return;
	ct_unpin(dir, ~0);
	unlinkat(dir, CT_PINRECORD, 0);
	unlinkat(dir, CT_PINRECORD ".new", 0);
	ct_pindir_remove(base, name);
}

int ct_unpin_list(int base, const char *path, struct ct_tree *ret_names)
{
	struct ct_hierarchy pins = { .label = "the pinned namespaces", .fd = base };
	ct_cleanup(ct_tree_clear) struct ct_tree names = { 0 };
	struct ct_error ignored = { 0 }; /* of the two callers one sweeps, one would renew */
	char name[PATH_MAX] = "";
	struct ct_place place = { .hierarchy = &pins, .path = name, .fd = -1 };
	char *own;

	if (*path && ct_pindir_encode(path, name, sizeof(name)) < 0)
		return -ENAMETOOLONG;
	if (ct_walk(&place, true, &names, &ignored) < 0)
		return -ignored.code;
	own = strdup(name);
	if (!own || ct_array_push(names.paths, names.count, own) < 0) {
		free(own);
		return -ENOMEM;
	}
	*ret_names = names;
	names = (struct ct_tree){ 0 };
	return 0;
}

bool ct_unpin_is_alive(int base, const char *name)
{
	autoclose int dir = ct_pindir_open(base, name, false);

	return dir < 0 ? dir != -ENOENT : ct_pinrecord_is_alive(dir);
}

void ct_unpin_sweep(int base, const char *path)
{
	ct_cleanup(ct_tree_clear) struct ct_tree names = { 0 };

	if (ct_unpin_list(base, path, &names) < 0)
		return;
	for (size_t i = names.count; i-- > 0;)
		if (*names.paths[i] && !ct_unpin_is_alive(base, names.paths[i]))
			ct_unpin_drop(base, names.paths[i], ~0);
}

