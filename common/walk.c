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

static int add_children(struct ct_tree *tree, const char *path, int fd)
{
	autodir DIR *dir = NULL;
	const struct dirent *entry;
	size_t first = tree->count;
	struct stat status;

	/* the kernel counts a directory's children in its links: most have none to look for */
	if (fstat(fd, &status) == 0 && status.st_nlink == 2) {
		close(fd);
		return 0;
	}
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		if (add_child(tree, path, entry->d_name) < 0)
			return -ENOMEM;
	}
	if (tree->count > first) /* in an order that plans and messages can rely on */
		qsort(tree->paths + first, tree->count - first, sizeof(*tree->paths), compare);
	return 0;
}

int ct_walk(const struct ct_place *place, bool recursive, struct ct_tree *ret_tree, struct ct_error *err)
{
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };

	for (size_t next = 0; next <= (recursive ? tree.count : 0); next++) {
		const char *path = next ? tree.paths[next - 1] : place->path;
		int fd = ct_file_open_beneath(place->hierarchy->fd, path, O_RDONLY | O_DIRECTORY);
		int result = fd;

		if (fd == -ENOENT || fd == -ENODEV || fd == -EXDEV)
			continue; /* removed meanwhile, or something else mounted there */
		if (fd >= 0)
			result = add_children(&tree, path, fd);
		if (result < 0)
			return ct_failx(err, -result, "cannot list %s in %s: %s",
					*path ? path : "the root", place->hierarchy->label,
					strerror(-result));
	}
	*ret_tree = tree;
	tree = (struct ct_tree){ 0 };
	return 0;
}

void ct_tree_clear(struct ct_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		free(tree->paths[i]);
	free(tree->paths);
	*tree = (struct ct_tree){ 0 };
}
