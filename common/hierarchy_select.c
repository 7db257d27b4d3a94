// SPDX-License-Identifier: MIT
/* Which of the hierarchies a command is for: -H, or those that are nobody's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"

/* The named hierarchies by which init systems follow their services. */
static bool belongs_to_init(const struct ct_hierarchy *hierarchy)
{
	static const char *const names[] = { "name=systemd", "name=elogind", "name=openrc" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (ct_hierarchy_has(hierarchy, names[i]))
			return true;
	return false;
}

bool ct_hierarchy_offers(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy,
			 const char *word)
{
	struct ct_error ignored; /* what cannot be opened offers nothing */
	char text[1024], *rest = text, *have;

	if (hierarchy->version != 2 || ct_hierarchy_open(all, hierarchy, &ignored) < 0 ||
	    ct_file_read_into(hierarchy->fd, "cgroup.controllers", text, sizeof(text)) < 0)
		return false;
	while ((have = strsep(&rest, " \n")))
		if (!strcmp(have, word))
			return true;
	return false;
}

static bool select_word(struct ct_hierarchies *all, const char *word)
{
	bool found = false;

	for (size_t i = 0; i < all->count; i++) {
		if (strcmp(word, "all") != 0 && !ct_hierarchy_has(&all->items[i], word))
			continue;
		all->items[i].selected = true;
		found = true;
	}
	for (size_t i = 0; !found && i < all->count; i++) {
		if (!ct_hierarchy_offers(all, &all->items[i], word))
			continue;
		all->items[i].selected = true;
		found = true;
	}
	return found;
}

int ct_hierarchies_select(struct ct_hierarchies *all, const char *list, bool for_new,
			  struct ct_error *err)
{
	autofree char *copy = strdup(list ? list : "");
	char *rest = copy, *word, labels[256];

	if (!copy)
		return ct_failx(err, ENOMEM, "out of memory");
	if (!all->count)
		return ct_failx(err, ENOENT,
				"no hierarchy is mounted: ctmount -2 DIR mounts v2, ctmount -o cpu DIR a v1 one");
	for (size_t i = 0; i < all->count; i++)
		all->items[i].selected = !list && !(for_new && belongs_to_init(&all->items[i]));
	while (list && (word = strsep(&rest, ","))) {
		if (*word && select_word(all, word))
			continue;
		ct_hierarchies_labels(all, labels, sizeof(labels));
		return ct_failx(err, ENOENT, "'%s' is no mounted hierarchy: -H takes %s or all", word,
				labels);
	}
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].selected)
			return 0;
	ct_hierarchies_labels(all, labels, sizeof(labels));
	return ct_failx(err, ENOENT,
			"only hierarchies of the init system are mounted (%s): -H all takes them too",
			labels);
}

void ct_hierarchies_labels(const struct ct_hierarchies *all, char *buffer, size_t size)
{
	buffer[0] = '\0';
	for (size_t i = 0; i < all->count; i++) {
		if (i)
			strlcat(buffer, ", ", size);
		strlcat(buffer, all->items[i].label, size);
	}
}
