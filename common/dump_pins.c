// SPDX-License-Identifier: MIT
#include "common/dump_pins.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"

/* Whether a list of namespaces can have the name as a source. */
static bool can_be_listed(const char *name)
{
	return !strchr(name, ',') && strcmp(name, "NEW") != 0 && strncmp(name, "PID:", 4) != 0 &&
	       strncmp(name, "FILE:", 5) != 0;
}

static const char *find(const struct ct_dump_pins *before, int kind, uint64_t id)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct ct_dump_pin *item = &before->items[i];

		if (item->pins.flags & ct_nsset_kinds[kind].flag && item->pins.ids[kind] == id &&
		    can_be_listed(item->name))
			return item->name;
	}
	return NULL;
}

int ct_dump_pins_print(struct ct_dump_pins *before, const struct ct_container *container, FILE *file)
{
	struct ct_dump_pin own = { .name = NULL };
	const char *separator = "namespaces=";

	ct_pin_look(container, &own.pins);
	if (!own.pins.flags)
		return 0;
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		const char *name;

		if (!(own.pins.flags & ct_nsset_kinds[kind].flag))
			continue;
		name = find(before, kind, own.pins.ids[kind]);
		fprintf(file, "%s%s%s%s", separator, ct_nsset_kinds[kind].name, name ? "=" : "", name ? name : "");
		separator = ",";
	}
	fputs("\n", file);
	own.name = strdup(container->name);
	if (own.name && ct_array_push(before->items, before->count, own) == 0)
		return 0;
	free(own.name);
	return -ENOMEM;
}

void ct_dump_pins_clear(struct ct_dump_pins *before)
{
	for (size_t i = 0; i < before->count; i++)
		free(before->items[i].name);
	free(before->items);
	*before = (struct ct_dump_pins){ 0 };
}
