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

static struct ct_step *add_step(struct ct_hierarchies *all, const struct ct_container *container,
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
	step->pinning->all = all;
	return find_places(all, container, step->pinning, err) < 0 ? NULL : step;
}

/* later: the kinds that are opened when the step is applied. */
static struct ct_step *plan(struct ct_hierarchies *all, const struct ct_container *container,
			    const struct ct_nssource *source, int later, struct ct_txn *txn, struct ct_error *err)
{
	ct_cleanup(ct_nsset_clear) struct ct_nsset set = { 0 };
	struct ct_step *step;
	char *words = NULL;

	if (ct_nssource_open_some(source, all, ~later, &set, err) < 0)
		return NULL;
	if (!*container->places[0].path) {
		ct_failx(err, EINVAL, "the root of a hierarchy names no namespaces: make a container below it");
		return NULL;
	}
	if (ct_nssource_text(source, &words) < 0) {
		ct_failx(err, ENOMEM, "out of memory");
		return NULL;
	}
	step = add_step(all, container, words, txn, err);
	if (!step)
		return NULL;
	step->pinning->fresh = ct_nssource_flags(source, CT_NSSOURCE_NEW) | ct_nssource_flags(source, CT_NSSOURCE_OWN) |
			       ct_nssource_flags(source, CT_NSSOURCE_ANY);
	step->pinning->set = set;
	set = (struct ct_nsset){ 0 };
	return step;
}

static bool is_nothing(const struct ct_nssource *source)
{
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++)
		if (source->items[kind].from != CT_NSSOURCE_NONE)
			return false;
	return true;
}

int ct_pinning_plan(struct ct_hierarchies *all, const struct ct_container *container,
		    const struct ct_nssource *source, struct ct_txn *txn, struct ct_error *err)
{
	return is_nothing(source) || plan(all, container, source, 0, txn, err) ? 0 : -err->code;
}

int ct_pinning_plan_file(struct ct_hierarchies *all, const struct ct_container *container,
			 const struct ct_nssource *source, const char *where, struct ct_txn *txn,
			 struct ct_error *err)
{
	int later = ct_nssource_flags(source, CT_NSSOURCE_CONTAINER);
	struct ct_step *step;

	if (is_nothing(source))
		return 0;
	step = plan(all, container, source, later, txn, err);
	if (!step)
		return ct_fail_in(err, "%s", where);
	step->pinning->keep = true;
	step->where = strdup(where);
	if (!step->where)
		return ct_failx(err, ENOMEM, "out of memory");
	return later ? ct_nssource_parse(step->words, &step->pinning->later, err) : 0;
}

int ct_pinning_widen(struct ct_hierarchies *all, const struct ct_container *container, struct ct_txn *txn,
		     struct ct_error *err)
{
	if (!container->count || !ct_pindir_exists(container->places[0].path))
		return 0;
	return add_step(all, container, strdup(""), txn, err) ? 0 : -err->code;
}

int ct_pinning_remove(struct ct_hierarchy *hierarchy, const char *path, struct ct_txn *txn,
		      struct ct_error *err)
{
	if (!ct_pindir_exists(path))
		return 0;
	return ct_txn_add(txn, CT_STEP_UNPIN, hierarchy, path, err) ? 0 : -ENOMEM;
}
