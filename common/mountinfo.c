// SPDX-License-Identifier: MIT
#include "common/mountinfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "common/array.h"

static int is_octal(char c)
{
	return c >= '0' && c <= '7';
}

void ct_mountinfo_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && is_octal(from[2]) &&
		    is_octal(from[3])) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* Fields: id, parent, major:minor, root, mount point, options, tags… "-" type, source, options */
static int parse_line(char *line, struct ct_mount *ret_mount)
{
	char *before[5], *after[3], *field;
	unsigned long major, minor;
	char *end;
	size_t i;

	for (i = 0; i < 5; i++) {
		before[i] = strsep(&line, " ");
		if (!line)
			return 0;
	}
	do {
		field = strsep(&line, " ");
		if (!line)
			return 0;
	} while (strcmp(field, "-") != 0);
	for (i = 0; i < 3; i++) {
		after[i] = strsep(&line, " ");
		if (!after[i])
			return 0;
	}
	if (strcmp(after[0], "cgroup") != 0 && strcmp(after[0], "cgroup2") != 0)
		return 0;
	major = strtoul(before[2], &end, 10);
	if (end == before[2] || *end != ':')
		return 0;
	minor = strtoul(end + 1, NULL, 10);
	ct_mountinfo_unescape(before[3]);
	ct_mountinfo_unescape(before[4]);
	*ret_mount = (struct ct_mount){
		.device = makedev((unsigned)major, (unsigned)minor),
		.version = after[0][6] == '2' ? 2 : 1,
		.root = before[3],
		.mountpoint = before[4],
		.options = after[2],
	};
	return 1;
}

int ct_mountinfo_parse(char *text, struct ct_mountinfo *ret_mounts)
{
	struct ct_mountinfo mounts = { .text = text };
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		struct ct_mount mount;

		/* most lines of a machine are other file systems: a cheap look first */
		if (!strstr(line, " - cgroup") || !parse_line(line, &mount))
			continue;
		if (ct_array_push(mounts.items, mounts.count, mount) < 0) {
			ct_mountinfo_clear(&mounts);
			return -ENOMEM;
		}
	}
	*ret_mounts = mounts;
	return 0;
}

void ct_mountinfo_clear(struct ct_mountinfo *mounts)
{
	free(mounts->items);
	free(mounts->text);
	*mounts = (struct ct_mountinfo){ 0 };
}
