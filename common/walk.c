// SPDX-License-Identifier: MIT
#include "common/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"

static int add_child(struct ct_tree *tree, const char *path, const char *name)
{
	char *child;
	int length = *path ? asprintf(&child, "%s/%s", path, name) : asprintf(&child, "%s", name);

	if (length < 0)
		return -ENOMEM;
	if (ct_array_push(tree->paths, tree->count, child) < 0) {
		free(child);
		return -ENOMEM;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * The kernel counts a directory's children in its links: most have none to look for, and need
 * not even be opened. Adds whether that is so of the paths from the first on.
 */
static int add_leaves(const struct ct_tree *tree, size_t first, int fd, bool **leaves)
{
	for (size_t i = first; i < tree->count;) {
		const char *slash = strrchr(tree->paths[i], '/');
		struct stat status;
		bool leaf = fstatat(fd, slash ? slash + 1 : tree->paths[i], &status, AT_SYMLINK_NOFOLLOW) == 0 &&
			    status.st_nlink == 2;

		if (ct_array_push(*leaves, i, leaf) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* leaves: NULL if the children are not to be looked into. */
static int add_children(struct ct_tree *tree, const char *path, int fd, bool **leaves)
{
	autodir DIR *dir = NULL;
	const struct dirent *entry;
	size_t first = tree->count;

	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((errno = 0, entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		if (add_child(tree, path, entry->d_name) < 0)
			return -ENOMEM;
	}
	if (errno)
		return -errno;
	if (tree->count > first) /* in an order that plans and messages can rely on */
		qsort(tree->paths + first, tree->count - first, sizeof(*tree->paths), compare);
	return leaves ? add_leaves(tree, first, dirfd(dir), leaves) : 0;
}

static int explain(const struct ct_place *place, const char *path, int code, struct ct_error *err)
{
	return ct_failx(err, code, "cannot list %s in %s: %s", *path ? path : "the root",
			place->hierarchy->label, strerror(code));
}

int ct_walk_visible(const struct ct_place *place, bool recursive, struct ct_tree *ret_tree,
		    struct ct_error *hidden, struct ct_error *err)
{
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	autofree bool *leaves = NULL;

	for (size_t next = 0; next <= (recursive ? tree.count : 0); next++) {
		const char *path = next ? tree.paths[next - 1] : place->path;
		int fd, result;

		if (next && leaves && leaves[next - 1])
			continue;
		result = fd = ct_file_open_beneath(place->hierarchy->fd, path, O_RDONLY | O_DIRECTORY);
		if (fd == -ENOENT || fd == -ENODEV || fd == -EXDEV)
			continue; /* removed meanwhile, or something else mounted there */
		if (fd >= 0)
			result = add_children(&tree, path, fd, recursive ? &leaves : NULL);
		if (result == -EACCES && hidden) {
			if (!hidden->code)
				explain(place, path, EACCES, hidden);
			continue;
		}
		if (result < 0)
			return explain(place, path, -result, err);
	}
	*ret_tree = tree;
	tree = (struct ct_tree){ 0 };
	return 0;
}

int ct_walk(const struct ct_place *place, bool recursive, struct ct_tree *ret_tree, struct ct_error *err)
{
	return ct_walk_visible(place, recursive, ret_tree, NULL, err);
}

void ct_tree_clear(struct ct_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		free(tree->paths[i]);
	free(tree->paths);
	*tree = (struct ct_tree){ 0 };
}
