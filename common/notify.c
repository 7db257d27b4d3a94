// SPDX-License-Identifier: MIT
#include "common/notify.h"

#include <errno.h>
#include <limits.h>

#include <bsd/string.h>

#include "common/file.h"

static bool has_agent(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy)
{
	struct ct_error ignored; /* who needs the hierarchy says that it cannot be opened */
	char agent[PATH_MAX + 1];

	return hierarchy->version == 1 && ct_hierarchy_open(all, hierarchy, &ignored) == 0 &&
	       ct_file_read_into(hierarchy->fd, "release_agent", agent, sizeof(agent)) > 1;
}

int ct_notify_check(struct ct_hierarchies *all, char *without, size_t size, struct ct_error *err)
{
	bool any = false, v1 = false;

	without[0] = '\0';
	for (size_t i = 0; i < all->count; i++) {
		struct ct_hierarchy *hierarchy = &all->items[i];

		if (!hierarchy->selected)
			continue;
		v1 |= hierarchy->version == 1;
		if (has_agent(all, hierarchy)) {
			any = true;
			continue;
		}
		strlcat(without, *without ? "," : "", size);
		strlcat(without, hierarchy->label, size);
	}
	if (any)
		return 0;
	if (!v1)
		return ct_failx(err, EOPNOTSUPP, "--notify: v2 has no release agent, which is v1's: -d deletes a container that empties, ctwait waits for that");
	return ct_failx(err, EOPNOTSUPP,
			"--notify: no release agent is set in %s, so nothing would be run: write the path of a program to release_agent in the root of a v1 hierarchy, or use -d, which deletes a container that empties, or ctwait",
			without);
}
