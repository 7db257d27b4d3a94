// SPDX-License-Identifier: MIT
#include "common/taskset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"

int ct_taskset_intern(struct ct_taskset *set, char *text, uint32_t *ret_origin)
{
	/* the last one first: threads of a process, and processes of a job, lie together */
	for (size_t i = set->origin_count; i-- > 0;)
		if (!strcmp(set->origins[i], text)) {
			*ret_origin = (uint32_t)i;
			free(text);
			return 0;
		}
	*ret_origin = (uint32_t)set->origin_count;
	if (ct_array_push(set->origins, set->origin_count, text) < 0) {
		free(text);
		return -ENOMEM;
	}
	return 0;
}

static size_t slot_of(const struct ct_taskset *set, pid_t pid)
{
	size_t slot = (size_t)pid * 2654435761u & (set->index_size - 1);

	while (set->index[slot] && set->tasks[set->index[slot] - 1].pid != pid)
		slot = (slot + 1) & (set->index_size - 1);
	return slot;
}

const struct ct_task *ct_taskset_find(const struct ct_taskset *set, pid_t pid)
{
	uint32_t found = set->index_size ? set->index[slot_of(set, pid)] : 0;

	return found ? &set->tasks[found - 1] : NULL;
}

static void fill_index(struct ct_taskset *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (!i || set->tasks[i].pid != set->tasks[i - 1].pid)
			set->index[slot_of(set, set->tasks[i].pid)] = (uint32_t)i + 1;
}

void ct_taskset_truncate(struct ct_taskset *set, size_t count)
{
	set->count = count;
	if (set->index_size)
		memset(set->index, 0, set->index_size * sizeof(*set->index));
	fill_index(set);
}

/* At most half of the index is in use; grown, it is filled anew. */
static int grow_index(struct ct_taskset *set)
{
	size_t size = set->index_size ? 4 * set->index_size : 16;
	uint32_t *grown;

	if (2 * set->count < set->index_size)
		return 0;
	grown = calloc(size, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	free(set->index);
	set->index = grown;
	set->index_size = size;
	fill_index(set);
	return 0;
}

int ct_taskset_push(struct ct_taskset *set, struct ct_task task)
{
	bool is_first = !set->count || set->tasks[set->count - 1].pid != task.pid;
	int result = grow_index(set);

	set->alike = false;
	if (result == 0)
		result = ct_array_push(set->tasks, set->count, task);
	if (result == 0 && is_first)
		set->index[slot_of(set, task.pid)] = (uint32_t)set->count;
	return result;
}

int ct_taskset_push_at(struct ct_taskset *set, struct ct_task task, char *text)
{
	int result = ct_taskset_intern(set, text, &task.origin);

	return result < 0 ? result : ct_taskset_push(set, task);
}

int ct_taskset_replace(struct ct_taskset *set, const pid_t *pids, size_t count, const char *text)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset fresh = { .proc = set->proc };
	struct ct_taskset old = *set;
	struct ct_task task = { .start = ct_clock_ticks(), .chosen = true };
	char *copy = strdup(text);
	int result = copy ? ct_taskset_intern(&fresh, copy, &task.origin) : -ENOMEM;

	for (size_t i = 0; result >= 0 && i < count; i++) {
		task.tid = task.pid = pids[i];
		result = ct_taskset_push(&fresh, task);
	}
	if (result < 0)
		return result;
	fresh.alike = true;
	*set = fresh;
	fresh = old;
	return 0;
}

void ct_taskset_clear(struct ct_taskset *set)
{
	for (size_t i = 0; i < set->origin_count; i++)
		free(set->origins[i]);
	free(set->origins);
	free(set->index);
	free(set->tasks);
	*set = (struct ct_taskset){ .proc = set->proc };
}
