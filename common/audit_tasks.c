// SPDX-License-Identifier: MIT
#include "common/audit_tasks.h"

#include <stdlib.h>

#include "common/array.h"
#include "common/cleanup.h"

int ct_audit_container(const struct ct_container *container, struct ct_audit *record, struct ct_error *err)
{
	const char *path = container->count ? container->places[0].path : container->name;
	char labels[512];

	if (!ct_audit_on())
		return 0;
	ct_container_labels(container, labels, sizeof(labels));
	record->container = path && *path ? path : "/";
	record->hierarchies = labels;
	return ct_audit_write(record, err);
}

void ct_audit_taskset(const struct ct_container *container, const struct ct_taskset *tasks,
		      struct ct_audit *record)
{
	autofree pid_t *pids = NULL;
	struct ct_error ignored; /* ct_audit_lost() tells */
	size_t count = 0;

	if (!ct_audit_on())
		return;
	for (size_t i = 0; i < tasks->count; i++)
		/* its threads follow each other */
		if ((!i || tasks->tasks[i].pid != tasks->tasks[i - 1].pid) &&
		    ct_array_push(pids, count, tasks->tasks[i].pid) < 0)
			break;
	if (count) {
		record->pids = pids;
		record->count = count;
	}
	if (container)
		ct_audit_container(container, record, &ignored);
	else
		ct_audit_write(record, &ignored);
}

void ct_audit_members(struct ct_container *container, bool recursive, pid_t **ret_pids, struct ct_audit *record)
{
	ct_cleanup(ct_reach_clear) struct ct_reach reach = { 0 };
	ct_cleanup(ct_victims_clear) struct ct_victims victims = { 0 };
	struct ct_error ignored;
	size_t count = 0;

	if (!ct_audit_on() || ct_reach_open(container, recursive, &reach, &ignored) < 0 ||
	    ct_victims_list(&reach, &victims, &ignored) < 0)
		return;
	for (size_t i = 0; i < victims.count; i = ct_victims_next(&victims, i))
		if (ct_array_push(*ret_pids, count, victims.items[i].pid) < 0)
			break;
	record->pids = *ret_pids;
	record->count = count;
}
