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

int ct_hierarchy_locate(const struct ct_hierarchy *hierarchy, const char *text, char **ret_path)
{
	while (*text) {
		const char *label = strchr(text, ':'), *path = label ? strchr(label + 1, ':') : NULL;
		const char *end = strchrnul(text, '\n');
		autofree char *line = NULL;

		if (path && path < end && isdigit((unsigned char)*text) &&
		    strtol(text, NULL, 10) == hierarchy->id) {
			line = strndup(path + 1, (size_t)(end - path - 1));
			return line ? ct_hierarchy_locate_path(hierarchy, line, ret_path) : -ENOMEM;
		}
		text = *end ? end + 1 : end;
	}
	return -ENODATA;
}
