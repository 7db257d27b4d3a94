// SPDX-License-Identifier: MIT
/* Where in a hierarchy that is mounted, perhaps in part, a path as the kernel names it lies. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/hierarchy.h"

/* What of path lies below root; NULL if it does not. "/" above everything. */
static const char *below(const char *path, const char *root)
{
	size_t length = strlen(root);

	while (length && root[length - 1] == '/')
		length--;
	if (strncmp(path, root, length) != 0 || (path[length] && path[length] != '/'))
		return NULL;
	return path + length + (path[length] == '/');
}

int ct_hierarchy_locate_path(const struct ct_hierarchy *hierarchy, const char *kernel_path,
			     char **ret_path)
{
	const char *rest = below(kernel_path, hierarchy->root);

	/* a path that goes up leaves what this cgroup namespace shows */
	if (!rest || !strcmp(rest, "..") || !strncmp(rest, "../", 3))
		return -ENOENT;
	*ret_path = strdup(rest);
	return *ret_path ? 0 : -ENOMEM;
}

/* The path in text's line for the hierarchy, and its length; NULL: it has none. */
static const char *find_path(const struct ct_hierarchy *hierarchy, const char *text, size_t *ret_length)
{
	while (*text) {
		const char *label = strchr(text, ':'), *path = label ? strchr(label + 1, ':') : NULL;
		const char *end = strchrnul(text, '\n');

		if (path && path < end && isdigit((unsigned char)*text) &&
		    strtol(text, NULL, 10) == hierarchy->id) {
			*ret_length = (size_t)(end - path - 1);
			return path + 1;
		}
		text = *end ? end + 1 : end;
	}
	return NULL;
}

int ct_hierarchy_locate(const struct ct_hierarchy *hierarchy, const char *text, char **ret_path)
{
	autofree char *line = NULL;
	const char *path;
	size_t length;

	path = find_path(hierarchy, text, &length);
	if (!path)
		return -ENODATA;
	line = strndup(path, length);
	return line ? ct_hierarchy_locate_path(hierarchy, line, ret_path) : -ENOMEM;
}

bool ct_hierarchy_is_outside(const struct ct_hierarchy *hierarchy)
{
	return !strcmp(hierarchy->root, "/..") || strncmp(hierarchy->root, "/../", 4) == 0;
}

bool ct_hierarchy_is_same(const struct ct_hierarchy *hierarchy, const char *text, const char *other)
{
	size_t left, right;
	const char *path = find_path(hierarchy, text, &left), *second = find_path(hierarchy, other, &right);

	return path && second && left == right && strncmp(path, second, left) == 0;
}

bool ct_hierarchy_is_bounded(const struct ct_hierarchy *hierarchy)
{
	return hierarchy->version == 2 && hierarchy->options && strstr(hierarchy->options, "nsdelegate");
}

bool ct_hierarchy_is_elsewhere(const struct ct_hierarchy *hierarchy, const char *text, const char *path)
{
	size_t root = strlen(hierarchy->root), length = 0;
	const char *found = find_path(hierarchy, text, &length);

	while (root && hierarchy->root[root - 1] == '/')
		root--;
	if (!found || length < root || memcmp(found, hierarchy->root, root) != 0 ||
	    (length > root && found[root] != '/'))
		return false;
	found += root + (length > root);
	length -= root + (length > root);
	if (length >= 2 && !memcmp(found, "..", 2) && (length == 2 || found[2] == '/'))
		return false;
	return strlen(path) != length || memcmp(found, path, length) != 0;
}
