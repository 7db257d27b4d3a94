/* SPDX-License-Identifier: MIT */
/*
 * States of the model's machine, with the journal as a dead mover would have left it: they are
 * taken while something runs, told apart, and put back. To crash at some moment is to go on
 * from the state of that moment.
 */
#pragma once

#include "tests/unit/model.h"

struct state {
	struct model_task *tasks;	/* owned */
	size_t task_count;
	struct model_cgroup *cgroups;	/* owned */
	size_t cgroup_count;
	char *journal;			/* lines without the head, NULL: none; owned */
};

static uint64_t state_mix(uint64_t key, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		key = (key ^ bytes[i]) * 1099511628211u;
	return key;
}

static uint64_t state_mix_text(uint64_t key, const char *text)
{
	return state_mix(key, text, strlen(text) + 1);
}

/* All there is to see, but not whether a task has stopped yet, as one number. */
static uint64_t state_key(void)
{
	uint64_t key = 14695981039346656037u, sum = 0;

	for (size_t i = 0; i < model.task_count; i++) {
		const struct model_task *task = &model.tasks[i];

		key = state_mix(key, (int[]){ task->tid, task->pid, task->gone, task->zombie }, 4 * sizeof(int));
		key = state_mix(key, &task->start, sizeof(task->start));
		for (size_t j = 0; !task->gone && j < model.hierarchies; j++)
			key = state_mix_text(key, task->place[j]);
	}
	for (size_t i = 0; i < model.cgroup_count; i++) { /* in whatever order */
		const struct model_cgroup *cgroup = &model.cgroups[i];
		uint64_t one = state_mix_text(cgroup->hierarchy + 7, cgroup->path);

		one = state_mix_text(one, cgroup->enabled);
		sum += state_mix(one, (int[]){ cgroup->frozen, (int)cgroup->uid, (int)cgroup->gid },
				 3 * sizeof(int));
	}
	return state_mix(key, &sum, sizeof(sum));
}

static void *state_copy(const void *items, size_t size)
{
	void *copy = malloc(size + 1);

	if (!copy)
		abort();
	return memcpy(copy, items, size);
}

/* The machine as it is; journal is taken over. */
static struct state state_take(char *journal)
{
	return (struct state){
		.tasks = state_copy(model.tasks, model.task_count * sizeof(*model.tasks)),
		.task_count = model.task_count,
		.cgroups = state_copy(model.cgroups, model.cgroup_count * sizeof(*model.cgroups)),
		.cgroup_count = model.cgroup_count,
		.journal = journal,
	};
}

static void state_clear(struct state *state)
{
	free(state->tasks);
	free(state->cgroups);
	free(state->journal);
	*state = (struct state){ 0 };
}

/* Where a container's directory is, for those that are made and removed all the time. */
static const char *state_directory(const struct model_cgroup *cgroup)
{
	static char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/h%zu/%s", model.root, cgroup->hierarchy, cgroup->path);
	return path;
}

static int state_by_length(const void *a, const void *b)
{
	const struct model_cgroup *left = a, *right = b;
	size_t left_length = strlen(left->path), right_length = strlen(right->path);

	return (left_length > right_length) - (left_length < right_length);
}

/* The directories in their places, those below after those above. */
static void state_restore_cgroups(const struct state *state)
{
	qsort(model.cgroups, model.cgroup_count, sizeof(*model.cgroups), state_by_length);
	for (size_t i = model.cgroup_count; i-- > 0;) {
		bool stays = false;

		for (size_t j = 0; j < state->cgroup_count; j++)
			stays = stays || (state->cgroups[j].hierarchy == model.cgroups[i].hierarchy &&
					  !strcmp(state->cgroups[j].path, model.cgroups[i].path));
		if (!stays)
			rmdir(state_directory(&model.cgroups[i]));
	}
	qsort(state->cgroups, state->cgroup_count, sizeof(*state->cgroups), state_by_length);
	for (size_t i = 0; i < state->cgroup_count; i++)
		if (!model_find(state->cgroups[i].hierarchy, state->cgroups[i].path))
			mkdir(state_directory(&state->cgroups[i]), 0755);
	memcpy(model.cgroups, state->cgroups, state->cgroup_count * sizeof(*model.cgroups));
	model.cgroup_count = state->cgroup_count;
}

static bool state_same_life(const struct model_task *a, const struct model_task *b)
{
	return a->tid == b->tid && a->pid == b->pid && a->start == b->start && a->gone == b->gone &&
	       a->zombie == b->zombie && a->parent == b->parent;
}

/* Makes the machine what it was. What is set aside by the test (before, meanwhile) stays. */
static void state_restore(const struct state *state)
{
	struct model_task old[MODEL_TASKS];
	size_t old_count = model.task_count;
	bool changed = old_count != state->task_count;

	state_restore_cgroups(state);
	memcpy(old, model.tasks, sizeof(old));
	for (size_t i = 0; i < old_count && i < state->task_count; i++)
		changed = changed || !state_same_life(&old[i], &state->tasks[i]);
	for (size_t i = 0; changed && i < old_count; i++)
		if (!model.tasks[i].gone && (i >= state->task_count ||
					     !state_same_life(&old[i], &state->tasks[i])))
			model_end(model.tasks[i].tid);
	memcpy(model.tasks, state->tasks, state->task_count * sizeof(*model.tasks));
	model.task_count = state->task_count;
	for (size_t i = 0; i < model.task_count; i++) {
		const struct model_task *task = &model.tasks[i];
		bool alike = i < old_count && state_same_life(&old[i], task);

		if (task->gone)
			continue;
		if (!alike)
			model_show_new(task);
		else if (memcmp(old[i].place, task->place, sizeof(task->place)) != 0)
			model_show(task);
		if (changed)
			model_show_stat(task);
	}
	model.operations = 0;
	model.calls[0] = '\0';
}
