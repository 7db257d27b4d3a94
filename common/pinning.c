// SPDX-License-Identifier: MIT
#include "common/pinning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/pindir.h"

static int add_place(struct ct_container *to, struct ct_hierarchy *hierarchy, const char *path,
		     struct ct_error *err)
{
	struct ct_place place = { .hierarchy = hierarchy, .path = strdup(path), .fd = -1 };

	if (place.path && ct_array_push(to->places, to->count, place) == 0)
		return 0;
	free(place.path);
	return ct_failx(err, ENOMEM, "out of memory");
}

/*
 * What it is known by does not depend on -H; a hierarchy that cannot be opened is none to know it by.
 */
static int find_places(struct ct_hierarchies *all, const struct ct_container *container,
		       struct ct_pinning *pinning, struct ct_error *err)
{
	struct ct_error ignored;
	int result = 0;

	for (size_t i = 0; result >= 0 && i < all->count; i++)
		if (ct_hierarchy_open(all, &all->items[i], &ignored) >= 0)
			result = add_place(&pinning->container, &all->items[i], container->places[0].path, err);
	for (size_t i = 0; result >= 0 && i < container->count; i++)
		result = add_place(&pinning->inside, container->places[i].hierarchy,
				   container->places[i].path, err);
	return result;
}

static struct ct_pinning *add_step(struct ct_hierarchies *all, const struct ct_container *container,
				   char *words, struct ct_txn *txn, struct ct_error *err)
{
	struct ct_step *step = ct_txn_add(txn, CT_STEP_PIN, container->places[0].hierarchy,
					  container->places[0].path, err);

	if (!step) {
		free(words);
		return NULL;
	}
	step->words = words;
	step->pinning = words ? calloc(1, sizeof(*step->pinning)) : NULL;
	if (!step->pinning) {
		ct_failx(err, ENOMEM, "out of memory");
		return NULL;
	}
	return find_places(all, container, step->pinning, err) < 0 ? NULL : step->pinning;
}

int ct_pinning_plan(struct ct_hierarchies *all, const struct ct_container *container,
		    const struct ct_nssource *source, struct ct_txn *txn, struct ct_error *err)
{
	int fresh = ct_nssource_flags(source, CT_NSSOURCE_NEW) | ct_nssource_flags(source, CT_NSSOURCE_OWN) |
		    ct_nssource_flags(source, CT_NSSOURCE_ANY);
	ct_cleanup(ct_nsset_clear) struct ct_nsset set = { 0 };
	struct ct_pinning *pinning;
	char *words = NULL;
	int result = ct_nssource_open(source, all, &set, err);

	if (result < 0 || !(fresh | set.flags))
		return result;
	if (!*container->places[0].path)
		return ct_failx(err, EINVAL, "the root of a hierarchy names no namespaces: make a container below it");
	if (ct_nssource_text(source, &words) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	pinning = add_step(all, container, words, txn, err);
	if (!pinning)
		return -ENOMEM;
	pinning->fresh = fresh;
	pinning->set = set;
	set = (struct ct_nsset){ 0 };
	return 0;
}

int ct_pinning_widen(struct ct_hierarchies *all, const struct ct_container *container, struct ct_txn *txn,
		     struct ct_error *err)
{
	if (!container->count || !ct_pindir_exists(container->places[0].path))
		return 0;
	return add_step(all, container, strdup(""), txn, err) ? 0 : -ENOMEM;
}

int ct_pinning_remove(struct ct_hierarchy *hierarchy, const char *path, struct ct_txn *txn,
		      struct ct_error *err)
{
	if (!ct_pindir_exists(path))
		return 0;
	return ct_txn_add(txn, CT_STEP_UNPIN, hierarchy, path, err) ? 0 : -ENOMEM;
}
