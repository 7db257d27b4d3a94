/* SPDX-License-Identifier: MIT */
/*
 * A model of the kernel's cgroups behind struct ct_cgroup_ops. It is a sysroot of its own: a
 * directory with one tree per hierarchy and a /proc, which struct ct_hierarchies is read
 * from as usual; then the model's operations are put in the place of v1's and v2's.
 *
 * Containers are directories (whoever opens a place finds one); what tasks they hold, which
 * controllers and whose they are is kept here, and /proc is rewritten whenever a
 * task moves. Every changing call is an operation: it is counted, written down in calls, and
 * asks before() whether it is to fail. An attach of n tasks is n operations, as it is n
 * writes on a real machine. model_dump() is all there is to see, as text.
 *
 * Freezing takes a moment, as it does there: a task in a frozen container goes on until the
 * container's state is looked at. Then it is still: it neither forks nor ends (model_can_act()).
 */
#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include "common/array.h"
#include "common/cgroup.h"
#include "common/container.h"
#include "tests/unit/support.h"

enum { MODEL_HIERARCHIES = 4, MODEL_TASKS = 32, MODEL_CGROUPS = 128, MODEL_SELF = 1000 };

struct model_task {
	pid_t tid, pid, parent;
	unsigned long start;
	bool gone;
	bool zombie;	/* a leader that has ended before its threads: it lies in the roots */
	bool still;	/* frozen */
	bool ours;	/* a test's: it belongs to the move, as does what it forks */
	unsigned taken;	/* a test's: bits of the hierarchies in which somebody else has put it elsewhere */
	char place[MODEL_HIERARCHIES][96]; /* the path, "" the root */
};

struct model_cgroup {
	size_t hierarchy;
	char path[256];
	char enabled[128];	/* controllers for its children, each with a blank behind it */
	uid_t uid;
	gid_t gid;
	bool frozen;
};

static struct model {
	char root[PATH_MAX];
	struct ct_hierarchies all;
	const char *labels[MODEL_HIERARCHIES];
	size_t hierarchies;
	struct model_task tasks[MODEL_TASKS];
	size_t task_count;
	struct model_cgroup cgroups[MODEL_CGROUPS];
	size_t cgroup_count;
	size_t operations;
	char calls[8192];
	size_t looks;	/* at lists and at /proc, if that is in memory */
	bool in_memory;	/* /proc is no files, but what model_read() says */

	/* Called before operation number n (from 1) takes effect; an errno makes it fail. */
	int (*before)(size_t n);

	/*
	 * Called before and after every operation and every look: the world goes on meanwhile.
	 * calling: an operation is about to be done, the last of calls.
	 */
	void (*meanwhile)(void);
	bool calling;

	/* Called before a task is attached. */
	void (*attaching)(const struct model_task *task, size_t hierarchy, const char *path);
} model;

/* ---- What is in it --------------------------------------------------------------- */

static size_t model_index(const struct ct_hierarchy *hierarchy)
{
	for (size_t i = 0; i < model.hierarchies; i++)
		if (!strcmp(model.labels[i], hierarchy->label))
			return i;
	abort();
}

static struct model_cgroup *model_find(size_t hierarchy, const char *path)
{
	for (size_t i = 0; i < model.cgroup_count; i++)
		if (model.cgroups[i].hierarchy == hierarchy && !strcmp(model.cgroups[i].path, path))
			return &model.cgroups[i];
	return NULL;
}

static struct model_task *model_task(pid_t tid)
{
	for (size_t i = 0; i < model.task_count; i++)
		if (model.tasks[i].tid == tid && !model.tasks[i].gone)
			return &model.tasks[i];
	return NULL;
}

static const char *model_directory(size_t hierarchy, const char *path)
{
	return below(model.root, "h%zu/%s", hierarchy, path);
}

static void model_cgroup_text(const struct model_task *task, char *text, size_t size)
{
	size_t length = 0;

	for (size_t i = model.hierarchies; i-- > 0;) {
		bool v2 = !strcmp(model.labels[i], "v2");

		/* of what has ended v1 says that it is in the root */
		length += (size_t)snprintf(text + length, size - length, "%zu:%s:/%s\n", v2 ? 0 : i + 1,
					   v2 ? "" : model.labels[i],
					   task->zombie && !v2 ? "" : task->place[i]);
	}
}

/* A file of /proc, whose directory is there. */
__attribute__((format(printf, 2, 3))) static void model_write(const char *text, const char *format, ...)
{
	char path[2 * PATH_MAX];
	size_t size = strlen(text);
	int length = snprintf(path, sizeof(path), "%s/proc/", model.root), fd;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path + length, sizeof(path) - (size_t)length, format, arguments);
	va_end(arguments);
	if (model.in_memory && strncmp(path + length, "self/", 5) != 0)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, size) != (ssize_t)size) {
		perror(path);
		exit(1);
	}
	close(fd);
}

/* /proc says where the task is. */
static void model_show(const struct model_task *task)
{
	char text[1024];

	if (model.in_memory && task->pid != MODEL_SELF)
		return;
	model_cgroup_text(task, text, sizeof(text));
	model_write(text, "%d/task/%d/cgroup", task->pid, task->tid);
	if (task->pid == MODEL_SELF)
		model_write(text, "self/cgroup");
}

static int model_threads(pid_t pid)
{
	int count = 0;

	for (size_t i = 0; i < model.task_count; i++)
		count += model.tasks[i].pid == pid && !model.tasks[i].gone;
	return count;
}

static void model_stat_text(const struct model_task *task, char *text, size_t size)
{
	snprintf(text, size, "%d (model) %c %d 1 1 0 -1 %d 0 0 0 0 0 0 0 0 20 0 %d 0 %lu 0 0 0 0\n", task->tid,
		 task->zombie ? 'Z' : 'S', task->parent, task->zombie ? 4 : 0, model_threads(task->pid),
		 task->start);
}

/* Of all threads' children the leader has those of all. */
static void model_children_text(const struct model_task *task, char *text, size_t size)
{
	size_t length = 0;

	*text = '\0';
	for (size_t i = 0; task->tid == task->pid && i < model.task_count; i++)
		if (model.tasks[i].parent == task->pid && model.tasks[i].pid == model.tasks[i].tid &&
		    !model.tasks[i].gone)
			length += (size_t)snprintf(text + length, size - length, "%d ", model.tasks[i].pid);
}

/* How it is, and who its children are. */
static void model_show_stat(const struct model_task *task)
{
	char text[MODEL_TASKS * 12];

	if (model.in_memory)
		return;
	model_stat_text(task, text, sizeof(text));
	model_write(text, "%d/task/%d/stat", task->pid, task->tid);
	if (task->tid == task->pid)
		model_write(text, "%d/stat", task->pid);
	model_children_text(task, text, sizeof(text));
	model_write(text, "%d/task/%d/children", task->pid, task->tid);
}

/* What has the task as a part or a child: its process and its parent. */
static void model_show_around(const struct model_task *task)
{
	for (size_t i = 0; i < model.task_count; i++) {
		const struct model_task *other = &model.tasks[i];

		if (!other->gone && other->tid == other->pid &&
		    (other->pid == task->parent || other->pid == task->pid))
			model_show_stat(other);
	}
}

static void model_show_new(const struct model_task *task)
{
	char status[64];

	if (model.in_memory && task->pid != MODEL_SELF)
		return;
	below(model.root, "proc/%d/task/%d/stat", task->pid, task->tid);
	below(model.root, "proc/%d/status", task->tid);
	snprintf(status, sizeof(status), "Name:\tmodel\nTgid:\t%d\n", task->pid);
	model_write(status, "%d/status", task->tid);
	model_show_stat(task);
	model_show(task);
	model_show_around(task);
}

/* What the file at path below /proc says: PID/FILE or PID/task/TID/FILE; false: there is none. */
__attribute__((unused)) static bool model_read(const char *path, char *text, size_t size)
{
	char *end;
	pid_t pid = (pid_t)strtol(path, &end, 10), tid = pid;
	const struct model_task *task;

	model.looks++;
	if (!strncmp(end, "/task/", 6))
		tid = (pid_t)strtol(end + 6, &end, 10);
	task = model_task(tid);
	if (!task || (tid != pid && pid != task->pid))
		return false;
	if (!strcmp(end, "/status"))
		snprintf(text, size, "Name:\tmodel\nTgid:\t%d\n", task->pid);
	else if (!strcmp(end, "/stat"))
		model_stat_text(task, text, size);
	else if (!strcmp(end, "/cgroup"))
		model_cgroup_text(task, text, size);
	else if (!strcmp(end, "/children"))
		model_children_text(task, text, size);
	else
		return false;
	return true;
}

/* A task that has ended; a process when its last thread has. */
static void model_hide(const struct model_task *task)
{
	if (model.in_memory)
		return;
	remove_tree(below(model.root, "proc/%d/task/%d", task->pid, task->tid));
	if (task->tid != task->pid)
		remove_tree(below(model.root, "proc/%d", task->tid));
	if (!model_threads(task->pid))
		remove_tree(below(model.root, "proc/%d", task->pid));
	model_show_around(task);
}

/* ---- Building one ---------------------------------------------------------------- */

static void model_add(size_t hierarchy, const char *path)
{
	struct model_cgroup *made = &model.cgroups[model.cgroup_count++];

	*made = (struct model_cgroup){ .hierarchy = hierarchy, .uid = geteuid(), .gid = getegid() };
	snprintf(made->path, sizeof(made->path), "%s", path);
}

/* A container of every hierarchy whose number is in which (bit 0 the first). */
__attribute__((unused)) static void model_make(unsigned which, const char *path)
{
	for (size_t i = 0; i < model.hierarchies; i++)
		if (which & 1u << i) {
			model_add(i, path);
			mkdir(model_directory(i, path), 0755);
		}
}

/* A thread of the process pid, which lies at path everywhere. */
__attribute__((unused)) static struct model_task *model_spawn(pid_t pid, pid_t tid, const char *path)
{
	struct model_task *task = &model.tasks[model.task_count++];

	*task = (struct model_task){ .tid = tid, .pid = pid, .parent = 1, .start = (unsigned long)tid * 10 };
	for (size_t i = 0; i < model.hierarchies; i++)
		snprintf(task->place[i], sizeof(task->place[i]), "%s", path);
	model_show_new(task);
	return task;
}

/* Behind ct's back: another process puts the task elsewhere in one hierarchy. */
__attribute__((unused)) static void model_place(pid_t tid, size_t hierarchy, const char *path)
{
	struct model_task *task = model_task(tid);

	snprintf(task->place[hierarchy], sizeof(task->place[hierarchy]), "%s", path);
	model_show(task);
}

/* Init takes the children of a process that has ended. */
static void model_orphan(pid_t pid)
{
	for (size_t i = 0; i < model.task_count; i++) {
		struct model_task *child = &model.tasks[i];

		if (child->gone || child->parent != pid)
			continue;
		child->parent = 1;
		model_show_stat(child);
	}
}

__attribute__((unused)) static void model_end(pid_t tid)
{
	struct model_task *task = model_task(tid);

	task->gone = true;
	if (!model_threads(task->pid))
		model_orphan(task->pid);
	model_hide(task);
}

/* The leader ends, its threads live on. */
__attribute__((unused)) static void model_leave_threads(pid_t pid)
{
	for (size_t i = 0; i < model.hierarchies; i++)
		model_place(pid, i, "");
	model_task(pid)->zombie = true;
	model_show_stat(model_task(pid));
}

/* The process has ended, and nobody has waited for it: it is still listed where it was. */
__attribute__((unused)) static void model_zombie(pid_t pid)
{
	for (size_t i = 0; i < model.task_count; i++)
		if (model.tasks[i].pid == pid && model.tasks[i].tid != pid && !model.tasks[i].gone)
			model_end(model.tasks[i].tid);
	model_task(pid)->zombie = true;
	model_orphan(pid);
	model_show_stat(model_task(pid));
	model_show(model_task(pid));
}

/* ---- Freezing -------------------------------------------------------------------- */

static bool model_can_freeze(size_t hierarchy)
{
	return !strcmp(model.labels[hierarchy], "v2") || !strcmp(model.labels[hierarchy], "freezer");
}

/* Whether path is above, or at, the other. */
static bool model_covers(const char *above, const char *path)
{
	size_t length = strlen(above);

	return !length || (!strncmp(path, above, length) && (!path[length] || path[length] == '/'));
}

static bool model_is_frozen(size_t hierarchy, const char *path)
{
	for (size_t i = 0; i < model.cgroup_count; i++)
		if (model.cgroups[i].hierarchy == hierarchy && model.cgroups[i].frozen &&
		    model_covers(model.cgroups[i].path, path))
			return true;
	return false;
}

/* Lets go of whoever is in no frozen container any more. */
static void model_wake(void)
{
	for (size_t i = 0; i < model.task_count; i++) {
		struct model_task *task = &model.tasks[i];
		bool frozen = false;

		for (size_t j = 0; task->still && !frozen && j < model.hierarchies; j++)
			frozen = model_can_freeze(j) && model_is_frozen(j, task->place[j]);
		task->still = frozen;
	}
}

/* Whether the thread does anything by itself. */
__attribute__((unused)) static bool model_can_act(const struct model_task *task)
{
	return !task->gone && !task->zombie && !task->still;
}

/*
 * A new process of the parent, or with the pid of the parent a new thread: born where the
 * forking thread is. The caller has looked whether that can act.
 */
__attribute__((unused)) static struct model_task *model_fork(const struct model_task *thread, pid_t pid,
							      pid_t tid)
{
	struct model_task *task = &model.tasks[model.task_count];

	if (model.task_count >= MODEL_TASKS)
		abort();
	*task = *thread;
	task->tid = tid;
	task->pid = pid;
	task->parent = pid == thread->pid ? thread->parent : thread->pid;
	task->start = (unsigned long)tid * 10;
	model.task_count++;
	model_show_new(task);
	return task;
}

/* ---- The operations -------------------------------------------------------------- */

static void model_moment(void)
{
	if (model.meanwhile)
		model.meanwhile();
}

static int model_call(struct ct_error *err, const char *verb, const struct ct_place *place,
		      const char *detail)
{
	size_t length = strlen(model.calls);
	int code;

	snprintf(model.calls + length, sizeof(model.calls) - length, "%s %s /%s%s%s\n", verb,
		 place->hierarchy->label, place->path, *detail ? " " : "", detail);
	model.calling = true;
	model_moment();
	model.calling = false;
	model.operations++;
	code = model.before ? model.before(model.operations) : 0;
	return code ? ct_failx(err, code, "%s refused", verb) : 0;
}

static int model_refuse(struct ct_error *err, int code)
{
	return ct_failx(err, code, "%s", strerror(code));
}

static bool model_holds_tasks(size_t hierarchy, const char *path)
{
	for (size_t i = 0; i < model.task_count; i++)
		if (!model.tasks[i].gone && !model.tasks[i].zombie &&
		    !strcmp(model.tasks[i].place[hierarchy], path))
			return true;
	return false;
}

static int model_create(struct ct_place *place, struct ct_error *err)
{
	size_t hierarchy = model_index(place->hierarchy);
	int result = model_call(err, "create", place, "");

	if (result < 0)
		return result;
	if (model_find(hierarchy, place->path))
		return model_refuse(err, EEXIST);
	if (faccessat(place->hierarchy->fd, place->path, F_OK, 0) == 0 || !*place->path)
		return model_refuse(err, EEXIST);
	if (mkdirat(place->hierarchy->fd, place->path, 0755) < 0)
		return model_refuse(err, errno);
	model_add(hierarchy, place->path);
	model_moment();
	return ct_place_open(place);
}

static int model_remove(struct ct_place *place, struct ct_error *err)
{
	size_t hierarchy = model_index(place->hierarchy);
	struct model_cgroup *cgroup;
	int result = model_call(err, "remove", place, "");

	if (result < 0)
		return result;
	cgroup = model_find(hierarchy, place->path);
	if (!cgroup)
		return model_refuse(err, ENOENT);
	if (model_holds_tasks(hierarchy, place->path))
		return model_refuse(err, EBUSY);
	if (unlinkat(place->hierarchy->fd, place->path, AT_REMOVEDIR) < 0)
		return model_refuse(err, errno == ENOTEMPTY ? EBUSY : errno);
	*cgroup = model.cgroups[--model.cgroup_count];
	if (place->fd >= 0)
		close(place->fd);
	place->fd = -1;
	model_moment();
	return 0;
}

static void model_move(const struct model_task *which, bool whole, size_t hierarchy, const char *path)
{
	for (size_t i = 0; i < model.task_count; i++) {
		struct model_task *task = &model.tasks[i];

		if (task->gone || task->zombie || (whole ? task->pid != which->pid : task != which))
			continue;
		if (model.attaching)
			model.attaching(task, hierarchy, path);
		model_place(task->tid, hierarchy, path);
	}
}

static int model_attach_one(struct ct_place *place, enum ct_attach kind, pid_t id, struct ct_error *err)
{
	static const char *const verbs[] = {
		[CT_ATTACH_PROCESS] = "attach", [CT_ATTACH_THREAD] = "attach-thread",
		[CT_ATTACH_SELF] = "join",
	};
	size_t hierarchy = model_index(place->hierarchy);
	const struct model_cgroup *cgroup;
	const struct model_task *task;
	char number[16] = "";
	int result;

	if (kind != CT_ATTACH_SELF)
		snprintf(number, sizeof(number), "%d", id);
	result = model_call(err, verbs[kind], place, number);
	if (result < 0)
		return result;
	cgroup = model_find(hierarchy, place->path);
	task = model_task(kind == CT_ATTACH_SELF ? MODEL_SELF : id);
	if (!cgroup)
		return model_refuse(err, ENOENT);
	if (!task)
		return model_refuse(err, ESRCH);
	if (*place->path && *cgroup->enabled)
		return model_refuse(err, EBUSY);
	model_move(task, kind == CT_ATTACH_PROCESS, hierarchy, place->path);
	model_wake();
	return 0;
}

static int model_attach(struct ct_place *place, enum ct_attach kind, const pid_t *ids, size_t count,
			size_t *ret_done, struct ct_error *err)
{
	*ret_done = 0;
	for (; *ret_done < count; ++*ret_done) {
		int result = model_attach_one(place, kind, ids[*ret_done], err);

		model_moment();
		if (result < 0)
			return result;
	}
	return 0;
}

/* Reading changes nothing and is no operation. */
static int model_controllers(struct ct_place *place, bool enabled, char **ret_words,
			     struct ct_error *err)
{
	const struct model_cgroup *cgroup = model_find(model_index(place->hierarchy), place->path);
	const char *words = "";
	size_t length;

	if (!cgroup)
		return ct_failx(err, ENOENT, "there is no such place");
	if (place->hierarchy->version == 2)
		words = enabled ? cgroup->enabled : "cpu memory pids ";
	length = strlen(words);
	*ret_words = strndup(words, length ? length - 1 : 0);
	return 0;
}

static int model_own(struct ct_place *place, uid_t uid, gid_t gid, struct ct_error *err)
{
	struct model_cgroup *cgroup = model_find(model_index(place->hierarchy), place->path);
	char detail[32];
	int result;

	snprintf(detail, sizeof(detail), "%d:%d", (int)uid, (int)gid);
	result = model_call(err, "own", place, detail);
	if (result < 0)
		return result;
	if (!cgroup)
		return model_refuse(err, ENOENT);
	cgroup->uid = uid == (uid_t)-1 ? cgroup->uid : uid;
	cgroup->gid = gid == (gid_t)-1 ? cgroup->gid : gid;
	return 0;
}

static int model_enable(struct ct_place *place, const char *words, bool on, struct ct_error *err)
{
	size_t hierarchy = model_index(place->hierarchy);
	struct model_cgroup *cgroup = model_find(hierarchy, place->path);
	int result = model_call(err, on ? "enable" : "disable", place, words);
	int length;

	if (result < 0)
		return result;
	if (!cgroup)
		return model_refuse(err, ENOENT);
	if (on && *place->path && model_holds_tasks(hierarchy, place->path))
		return model_refuse(err, EBUSY);
	for (; *words; words += length + (words[length] == ' ')) {
		char word[64], *at;

		length = (int)strcspn(words, " ");
		snprintf(word, sizeof(word), "%.*s ", length, words);
		at = strstr(cgroup->enabled, word);
		if (on && !at)
			snprintf(cgroup->enabled + strlen(cgroup->enabled),
				 sizeof(cgroup->enabled) - strlen(cgroup->enabled), "%s", word);
		else if (!on && at)
			memmove(at, at + strlen(word), strlen(at + strlen(word)) + 1);
	}
	return 0;
}

static int model_kill(struct ct_place *place, struct ct_error *err)
{
	size_t hierarchy = model_index(place->hierarchy);
	int result = model_call(err, "kill", place, "");

	for (size_t i = 0; result >= 0 && i < model.task_count; i++)
		if (!model.tasks[i].gone && !strcmp(model.tasks[i].place[hierarchy], place->path))
			model_end(model.tasks[i].tid);
	return result;
}

static int model_freeze(struct ct_place *place, bool on, struct ct_error *err)
{
	size_t hierarchy = model_index(place->hierarchy);
	struct model_cgroup *cgroup = model_find(hierarchy, place->path);
	int result;

	if (!cgroup)
		return model_refuse(err, ENOENT);
	if (!model_can_freeze(hierarchy) || !*place->path)
		return on ? model_refuse(err, EOPNOTSUPP) : 0;
	if (cgroup->frozen == on) /* as v1 and v2 do: it is not written again */
		return 0;
	result = model_call(err, on ? "freeze" : "thaw", place, "");
	cgroup = model_find(hierarchy, place->path);
	if (result >= 0 && cgroup)
		cgroup->frozen = on;
	model_wake();
	model_moment();
	return result;
}

/* The first look sees them stop, unless they are still already. */
static int model_freeze_state(struct ct_place *place, enum ct_freeze_state *ret_state,
			      struct ct_error *err)
{
	size_t hierarchy = model_index(place->hierarchy);

	(void)err;
	model_moment();
	*ret_state = model_is_frozen(hierarchy, place->path) ? CT_FROZEN : CT_THAWED;
	if (!model_can_freeze(hierarchy) || !*place->path)
		*ret_state = CT_NO_FREEZER;
	for (size_t i = 0; *ret_state == CT_FROZEN && i < model.task_count; i++) {
		struct model_task *task = &model.tasks[i];

		if (!task->gone && !task->zombie && model_covers(place->path, task->place[hierarchy]))
			task->still = true;
	}
	return 0;
}

static int model_freezes_itself(struct ct_place *place, bool *ret_itself, struct ct_error *err)
{
	const struct model_cgroup *cgroup = model_find(model_index(place->hierarchy), place->path);

	(void)err;
	*ret_itself = cgroup && cgroup->frozen;
	return 0;
}

static int model_may_freeze(struct ct_place *place)
{
	return model_can_freeze(model_index(place->hierarchy)) && *place->path ? 0 : -ENOENT;
}

static int model_list(struct ct_place *place, enum ct_list kind, pid_t **ids, size_t *count,
		      struct ct_error *err)
{
	size_t hierarchy = model_index(place->hierarchy), first = *count;

	model_moment();
	model.looks++;
	if (!model_find(hierarchy, place->path))
		return model_refuse(err, ENOENT);
	for (size_t i = 0; i < model.task_count; i++) {
		const struct model_task *task = &model.tasks[i];
		pid_t id = kind == CT_LIST_THREADS ? task->tid : task->pid;
		bool listed = task->gone || (task->zombie && kind == CT_LIST_THREADS) ||
			      strcmp(task->place[hierarchy], place->path) != 0;

		for (size_t j = first; j < *count; j++)
			listed = listed || (*ids)[j] == id;
		if (!listed && ct_array_push(*ids, *count, id) < 0)
			return model_refuse(err, ENOMEM);
	}
	model_moment();
	return 0;
}

static int model_accepts(struct ct_place *place, struct ct_error *err)
{
	const struct model_cgroup *cgroup;

	model_moment();
	cgroup = model_find(model_index(place->hierarchy), place->path);
	if (!cgroup)
		return model_refuse(err, ENOENT);
	return *place->path && *cgroup->enabled ? model_refuse(err, EBUSY) : 0;
}

static const struct ct_cgroup_ops model_ops = {
	.create = model_create,
	.remove = model_remove,
	.attach = model_attach,
	.controllers = model_controllers,
	.own = model_own,
	.enable = model_enable,
	.kill = model_kill,
	.freeze = model_freeze,
	.list = model_list,
	.accepts = model_accepts,
	.freeze_state = model_freeze_state,
	.freezes_itself = model_freezes_itself,
	.may_freeze = model_may_freeze,
};

/* ---- Beginning, looking, ending -------------------------------------------------- */

/*
 * A machine with these hierarchies ("cpu", "cpu,cpuacct", "name=x", "v2"; NULL after the
 * last) and this process as task MODEL_SELF in the roots.
 */
__attribute__((unused)) static void model_open(const char *const *labels)
{
	char mountinfo[4096] = "1 1 0:2 / / rw - rootfs rootfs rw\n";

	model = (struct model){ .in_memory = model.in_memory };
	make_tree(model.root);
	for (size_t i = 0; labels[i]; i++) {
		bool v2 = !strcmp(labels[i], "v2");
		size_t length = strlen(mountinfo);

		model.labels[model.hierarchies++] = labels[i];
		snprintf(mountinfo + length, sizeof(mountinfo) - length,
			 "%zu 1 0:%zu / /h%zu rw - %s none rw%s%s\n", 20 + i, 20 + i, i,
			 v2 ? "cgroup2" : "cgroup", v2 ? "" : ",", v2 ? "" : labels[i]);
	}
	for (size_t i = 0; i < model.hierarchies; i++) {
		mkdir(below(model.root, "h%zu", i), 0755);
		model_make(1u << i, "");
	}
	write_file(below(model.root, "proc/self/mountinfo"), mountinfo);
	model_spawn(MODEL_SELF, MODEL_SELF, "");
}

/* Reads it as a machine, once it is as a test wants it. */
__attribute__((unused)) static bool model_start(void)
{
	struct ct_error err = { 0 };

	if (!CHECK_NUMBER(ct_hierarchies_open(&model.all, model.root, &err), 0) ||
	    !CHECK_NUMBER(ct_hierarchies_select(&model.all, NULL, false, &err), 0) ||
	    !CHECK_NUMBER(model.all.count, model.hierarchies))
		return CHECK_TEXT(err.text, "");
	for (size_t i = 0; i < model.all.count; i++)
		model.all.items[i].ops = &model_ops;
	return true;
}

__attribute__((unused)) static void model_close(void)
{
	ct_hierarchies_clear(&model.all);
	remove_tree(model.root);
}

static void model_dump_directory(FILE *file, size_t hierarchy, const char *path)
{
	const struct model_cgroup *cgroup = model_find(hierarchy, path);
	struct dirent **entries = NULL;
	struct stat status;
	int count;

	if (stat(model_directory(hierarchy, path), &status) < 0) {
		fprintf(file, "%s /%s: %s\n", model.labels[hierarchy], path, strerror(errno));
		return;
	}
	fprintf(file, "%s /%s %04o", model.labels[hierarchy], path, status.st_mode & 07777);
	if (cgroup)
		fprintf(file, " %d:%d%s%s%s\n", (int)cgroup->uid, (int)cgroup->gid,
			*cgroup->enabled ? " enables " : "", cgroup->enabled,
			cgroup->frozen ? " frozen" : "");
	else
		fprintf(file, " not the model's\n");
	count = scandir(model_directory(hierarchy, path), &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		autofree char *child = NULL;

		if (asprintf(&child, "%s%s%s", path, *path ? "/" : "", entries[i]->d_name) < 0)
			abort();
		if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
			model_dump_directory(file, hierarchy, child);
		free(entries[i]);
	}
	free(entries);
}

/* Containers with mode, owner and controllers, then where each task is; for free(3). */
__attribute__((unused)) static char *model_dump(void)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		abort();
	for (size_t i = 0; i < model.hierarchies; i++)
		model_dump_directory(file, i, "");
	for (size_t i = 0; i < model.task_count; i++) {
		const struct model_task *task = &model.tasks[i];

		fprintf(file, "%d/%d", task->pid, task->tid);
		for (size_t j = 0; j < model.hierarchies && !task->gone; j++)
			fprintf(file, " %s:/%s", model.labels[j], task->place[j]);
		fprintf(file, task->gone ? " has ended\n" : "\n");
	}
	fclose(file);
	return text;
}
