// SPDX-License-Identifier: MIT
/* /proc/PID/cgroup: the paths in it are names of containers, which any user may choose. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/hierarchy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void locate(const struct ct_hierarchy *hierarchy, const char *text)
{
	autofree char *path = NULL;
	int result = ct_hierarchy_locate(hierarchy, text, &path);

	if ((result == 0) != (path != NULL) || (result < 0 && result != -ENOENT && result != -ENODATA))
		abort();
	/* a path below is relative, in the text, and leads out of nothing */
	if (path && (strchr(path, '\n') || !strcmp(path, "..") || !strncmp(path, "../", 3) ||
		     !strstr(text, path)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const roots[] = { "/", "/web", "/..", "/../..", "" };
	autofree char *text = strndup((const char *)data, size);

	if (!text)
		return 0;
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++)
		for (int id = 0; id < 3; id++) {
			const struct ct_hierarchy hierarchy = { .id = id, .version = id ? 1 : 2, .root = roots[i] };

			locate(&hierarchy, text);
		}
	return 0;
}
