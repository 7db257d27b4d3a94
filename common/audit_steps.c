// SPDX-License-Identifier: MIT
#include "common/audit_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/audit.h"
#include "common/cleanup.h"

/* Of what has been undone again nobody knows any more whether it had been there. */
static bool counts(const struct ct_step *step, bool failed)
{
	switch (step->kind) {
	case CT_STEP_CREATE:
		return step->made || failed;
	case CT_STEP_REMOVE:
		return step->removed || failed;
	case CT_STEP_SHIFT:
	case CT_STEP_SET:
		return true;
	default:
		return false;
	}
}

/* By what they do, then by container; else in the order they were done in. */
static int compare(const void *a, const void *b)
{
	const struct ct_step *left = *(const struct ct_step *const *)a, *right = *(const struct ct_step *const *)b;
	int order = left->kind != right->kind ? (left->kind < right->kind ? -1 : 1) :
						strcmp(left->place.path, right->place.path);

	return order ? order : left < right ? -1 : 1;
}

static const char *operation(const struct ct_step *step)
{
	switch (step->kind) {
	case CT_STEP_CREATE:
		return "create";
	case CT_STEP_SHIFT:
		return "attach";
	case CT_STEP_SET:
		return "set";
	default:
		return "remove";
	}
}

static bool is_same(const struct ct_step *a, const struct ct_step *b)
{
	return a->kind == b->kind && a->kind != CT_STEP_SET && !strcmp(a->place.path, b->place.path);
}

/* The first of list and all that go with it. Returns how many. */
static size_t record_group(const struct ct_step *const *list, size_t count, int code)
{
	const struct ct_step *step = list[0];
	char labels[512] = "", command[1024];
	struct ct_audit record = {
		.op = operation(step),
		.container = *step->place.path ? step->place.path : "/",
		.hierarchies = labels,
		.error = code,
	};
	struct ct_error ignored; /* ct_audit_lost() tells */
	size_t taken = 0;

	for (; taken < count && (!taken || is_same(step, list[taken])); taken++) {
		strlcat(labels, taken ? "," : "", sizeof(labels));
		strlcat(labels, list[taken]->place.hierarchy->label, sizeof(labels));
	}
	if (step->kind == CT_STEP_SET) {
		snprintf(command, sizeof(command), "%s=%s", step->name, step->value);
		record.command = command;
	}
	ct_audit_write(&record, &ignored);
	return taken;
}

void ct_audit_steps(const struct ct_step *steps, size_t count, int code)
{
	autofree const struct ct_step **list = NULL;
	size_t total = 0, used = 0;

	for (size_t i = 0; i < count; i++)
		total += counts(&steps[i], code);
	if (!total || !ct_audit_on() || !(list = malloc(total * sizeof(*list))))
		return;
	for (size_t i = 0; i < count; i++)
		if (counts(&steps[i], code))
			list[used++] = &steps[i];
	qsort(list, used, sizeof(*list), compare);
	for (size_t i = 0; i < used;)
		i += record_group(list + i, used - i, code);
}
