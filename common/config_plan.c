// SPDX-License-Identifier: MIT
/* What a file of containers makes and sets, as steps. */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/config.h"
#include "common/pinning.h"

static int compare(const void *a, const void *b)
{
	const struct ct_step *left = a, *right = b;

	if (left->kind != right->kind)
		return left->kind > right->kind ? 1 : -1;
	if (left->place.hierarchy != right->place.hierarchy)
		return left->place.hierarchy > right->place.hierarchy ? 1 : -1;
	return strcmp(left->place.path, right->place.path);
}

static void keep(void *step)
{
	(void)step;
}

/* The containers above are planned anew with each that is below: once is enough. */
static int drop_repeats(struct ct_txn *txn, struct ct_error *err)
{
	void *seen = NULL;
	size_t kept = 0;
	bool failed = false;

	for (size_t i = 0; i < txn->count; i++) {
		struct ct_step *step = &txn->steps[i], **found;

		if (!failed && (step->kind == CT_STEP_CREATE || step->kind == CT_STEP_ENABLE)) {
			txn->steps[kept] = *step;
			found = tsearch(&txn->steps[kept], &seen, compare);
			failed = !found;
			if (found && *found != &txn->steps[kept]) {
				ct_step_clear(step);
				continue;
			}
		} else {
			txn->steps[kept] = *step;
		}
		kept++;
	}
	tdestroy(seen, keep);
	txn->count = kept;
	return failed ? ct_failx(err, ENOMEM, "out of memory") : 0;
}

/* Which hierarchies are selected, for those parts of a file that do not choose themselves; NULL without memory. */
static bool *selection(const struct ct_hierarchies *all)
{
	bool *selected = calloc(all->count + 1, sizeof(*selected));

	for (size_t i = 0; selected && i < all->count; i++)
		selected[i] = all->items[i].selected;
	return selected;
}

static int choose(struct ct_hierarchies *all, const struct ct_config_section *section, const bool *before,
		  struct ct_error *err)
{
	if (section->hierarchies)
		return ct_hierarchies_select(all, section->hierarchies, true, err) < 0 ?
			       ct_fail_in(err, "%s", section->hierarchies_where) : 0;
	for (size_t i = 0; i < all->count; i++)
		all->items[i].selected = before[i];
	return 0;
}

/*
 * What one says of its container. The namespaces first: a new one of the kind cgroup begins there, for
 * which a process enters it that would stay if it was frozen.
 */
static int plan_values(struct ct_hierarchies *all, const struct ct_config_section *section,
		       const struct ct_container *container, bool subtree, struct ct_txn *txn,
		       struct ct_error *err)
{
	int result = 0;

	if (!subtree && section->source.words)
		result = ct_pinning_plan_file(all, container, &section->source, section->source_where, txn, err);
	if (result >= 0)
		result = ct_set_plan(all, container, subtree ? &section->subtree : &section->settings, txn, err);
	return result;
}

static int plan_section(struct ct_hierarchies *all, const struct ct_config_section *section,
			bool subtree, struct ct_txn *txn, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = 0;

	if (!section->name) {
		if (!section->settings.count && !section->subtree.count && !section->source.words)
			return 0;
		return ct_failx(err, EINVAL, "of which container? [CONTAINER] must come first");
	}
	if (!subtree)
		result = ct_create_plan(all, section->name, &section->how, txn, err);
	if (result >= 0)
		result = ct_container_choose(all, section->name, &container, err);
	return result < 0 ? result : plan_values(all, section, &container, subtree, txn, err);
}

/* An error of a line has its line already. */
static int tell_where(const struct ct_config_section *section, struct ct_error *err)
{
	size_t length = strcspn(section->where, ":");

	if (!strncmp(err->text, section->where, length) && err->text[length] == ':')
		return -err->code;
	return ct_fail_in(err, "%s", section->where);
}

int ct_config_plan_create(struct ct_hierarchies *all, const struct ct_config *config, struct ct_txn *txn,
			  struct ct_error *err)
{
	autofree bool *before = selection(all);

	if (!before)
		return ct_failx(err, ENOMEM, "out of memory");
	txn->patient = true;
	/* what is handed down is cut only when all is made, and from the leaves on */
	for (size_t i = 0; i < 2 * config->count; i++) {
		bool subtree = i >= config->count;
		const struct ct_config_section *section =
			&config->items[subtree ? 2 * config->count - 1 - i : i];
		int result = choose(all, section, before, err);

		if (result >= 0)
			result = plan_section(all, section, subtree, txn, err);
		if (result < 0)
			return tell_where(section, err);
	}
	return drop_repeats(txn, err);
}

/* Whether name is container, or below it. */
static bool is_within(const char *name, const char *container)
{
	size_t length = strlen(container);

	return !strncmp(name, container, length) && (!name[length] || name[length] == '/');
}

int ct_config_plan_set(struct ct_hierarchies *all, const struct ct_config *config, const char *name,
		       struct ct_txn *txn, struct ct_error *err)
{
	autofree bool *before = selection(all);
	bool any = false;

	if (!before)
		return ct_failx(err, ENOMEM, "out of memory");
	txn->patient = true;
	for (size_t i = 0; i < 2 * config->count; i++) {
		ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
		bool subtree = i >= config->count;
		const struct ct_config_section *section =
			&config->items[subtree ? 2 * config->count - 1 - i : i];
		int result;

		if (section->name && !is_within(section->name, name))
			continue;
		any = true;
		result = choose(all, section, before, err);
		if (result >= 0)
			result = ct_container_open(all, section->name ? section->name : name,
						   section->hierarchies && strcmp(section->hierarchies, "all"),
						   &container, err);
		if (result >= 0)
			result = plan_values(all, section, &container, subtree, txn, err);
		if (result < 0)
			return tell_where(section, err);
	}
	return any ? 0 : ct_failx(err, ENOENT, "the file says nothing of %s; give it [%s]", name, name);
}
