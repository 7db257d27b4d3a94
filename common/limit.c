// SPDX-License-Identifier: MIT
#include "common/limit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"

/* The number in the file behind key ("" for one that has nothing else); false: none, or "max". */
static bool read_number(int dir, const char *file, const char *key, unsigned long long *ret_number)
{
	char text[512], *at, *end;

	if (ct_file_read_into(dir, file, text, sizeof(text)) < 0 || !(at = strstr(text, key)))
		return false;
	at += strlen(key);
	*ret_number = strtoull(at, &end, 10);
	return end > at;
}

/* The limit of the container dir, which the new one would be that many levels below. */
static const char *find_file(int dir, unsigned level, unsigned long long *ret_limit)
{
	unsigned long long count;

	if (read_number(dir, "cgroup.max.descendants", "", ret_limit) &&
	    read_number(dir, "cgroup.stat", "nr_descendants ", &count) && count >= *ret_limit)
		return "cgroup.max.descendants";
	if (read_number(dir, "cgroup.max.depth", "", ret_limit) && level > *ret_limit)
		return "cgroup.max.depth";
	return NULL;
}

void ct_limit_find(const struct ct_place *place, char *buffer, size_t size)
{
	autofree char *path = strdup(place->path);
	unsigned level = 1;

	for (char *slash; path && *path; level++) {
		autoclose int dir = -1;
		unsigned long long limit;
		const char *file;

		slash = strrchr(path, '/');
		*(slash ? slash : path) = '\0';
		dir = ct_file_open_beneath(place->hierarchy->fd, path, O_PATH | O_DIRECTORY);
		file = dir < 0 ? NULL : find_file(dir, level, &limit);
		if (!file)
			continue;
		snprintf(buffer, size, "%s%s%s/%s is %llu", place->hierarchy->mountpoint, *path ? "/" : "", path,
			 file, limit);
		return;
	}
	snprintf(buffer, size,
		 "cgroup.max.depth or cgroup.max.descendants of a container above all that is seen from here");
}
