// SPDX-License-Identifier: MIT
/*
 * The promise of a move, on the model of model.h: whatever fails, dies, forks or leaves at
 * whatever moment, each task of the move is afterwards in the container in all hierarchies or
 * in its old place in all, nothing is frozen and no staging place is left.
 *
 * A crash is a state (states.h): at each moment of a run the machine and the journal are set
 * aside. Recovery starts from each of them, and each moment of a recovery is one of them too,
 * until no new state appears.
 */
#include "common/move.h"

#include "common/clock.h"
#include "common/file.h"
#include "common/haste.h"
#include "common/journal.h"
#include "common/proc.h"
#include "common/recover.h"
#include "common/taskset_read.h"
#include "tests/unit/states.h"

/* ---- Time, which passes only when it is waited for ------------------------------- */

static uint64_t now;

uint64_t ct_clock(void)
{
	return now++;
}

void ct_clock_pause(uint64_t *pause, uint64_t most)
{
	now += *pause;
	*pause = 2 * *pause < most ? 2 * *pause : most;
}

/* Haste is for real machines: it moves nothing. */
void ct_haste_warm_up(struct ct_hierarchy *hierarchy)
{
	(void)hierarchy;
}

bool ct_haste_begin(void)
{
	return false;
}

void ct_haste_end(bool hastened)
{
	(void)hastened;
}

enum { TICKS = 60000000, LATER }; /* all tasks but the latest are older */

uint64_t ct_clock_ticks(void)
{
	return TICKS;
}

/* ---- /proc, without files: tens of thousands of moves are made ------------------- */

static int read_file(int dir, const char *path, char **ret_text);
static int read_file_into(int dir, const char *path, char *buffer, size_t size);
static int read_threads(int proc, pid_t pid, pid_t **ret_tids);
static int read_children(int proc, pid_t pid, pid_t **pids, size_t *count);

#define ct_file_read read_file
#define ct_file_read_into read_file_into
#include "common/file.c"
#undef ct_file_read
#undef ct_file_read_into

#define ct_proc_threads read_threads
#define ct_proc_children read_children
#include "common/proc.c"
#undef ct_proc_threads
#undef ct_proc_children

/* As if there were many: one task speaks for all at first. */
#define ALIKE_SAMPLE 1
#include "common/alike.c"

int ct_file_read(int dir, const char *path, char **ret_text)
{
	char text[1024];

	if (dir != model.all.proc || !strncmp(path, "self/", 5))
		return read_file(dir, path, ret_text);
	if (!model_read(path, text, sizeof(text)))
		return -ENOENT;
	*ret_text = strdup(text);
	return *ret_text ? (int)strlen(text) : -ENOMEM;
}

int ct_file_read_into(int dir, const char *path, char *buffer, size_t size)
{
	if (dir != model.all.proc)
		return read_file_into(dir, path, buffer, size);
	return model_read(path, buffer, size) ? (int)strlen(buffer) : -ENOENT;
}

int ct_proc_threads(int proc, pid_t pid, pid_t **ret_tids)
{
	pid_t *tids = NULL;
	size_t count = 0;

	if (proc != model.all.proc)
		return read_threads(proc, pid, ret_tids);
	model.looks++;
	for (size_t i = 0; i < model.task_count; i++)
		if (model.tasks[i].pid == pid && !model.tasks[i].gone &&
		    ct_array_push(tids, count, model.tasks[i].tid) < 0)
			abort();
	if (!count)
		return -ESRCH;
	*ret_tids = tids;
	return (int)count;
}

int ct_proc_children(int proc, pid_t pid, pid_t **pids, size_t *count)
{
	if (proc != model.all.proc)
		return read_children(proc, pid, pids, count);
	model.looks++;
	for (size_t i = 0; i < model.task_count; i++) {
		const struct model_task *task = &model.tasks[i];

		if (task->parent == pid && task->pid == task->tid && !task->gone &&
		    ct_array_push(*pids, *count, task->pid) < 0)
			abort();
	}
	return model_threads(pid) ? 0 : -ESRCH;
}

/* ---- Scenarios ------------------------------------------------------------------- */

/* Numbers that no process has. P has three threads and the child C, that has the child G. */
enum { P = 5000001, P2, P3, Q = 5000010, C = 5000020, G, STRANGER = 5000050, NATIVE, NEW = 5000100 };

struct scenario {
	const char *name;
	const char *const *labels;
	unsigned to;		/* bits of the hierarchies in which the destination exists */
	unsigned from;		/* the same for the source; 0: the ids are moved */
	pid_t ids[4];
	bool descendants, threads;
	unsigned freezer;	/* which version's; 0: the best */
	bool twice;		/* what was begun running is taken back, and done again */
	void (*build)(void);
};

static const char *const all_four[] = { "cpu", "freezer", "name=x", "v2", NULL };
static const char *const only_v1[] = { "cpu", "name=x", "freezer", NULL };

static void build_family(void)
{
	for (size_t i = 0; i < 3; i++)
		model_spawn(P, P + (pid_t)i, "old")->ours = true;
	model_spawn(Q, Q, "other")->ours = true;
	model_spawn(STRANGER, STRANGER, "other");
	model_spawn(NATIVE, NATIVE, "web");
}

/* Threads of one process lie in several containers of v1, in its freezer too. */
static void build_spread(void)
{
	build_family();
	for (size_t i = 0; i < model.hierarchies; i++) {
		if (!strcmp(model.labels[i], "cpu"))
			model_place(P2, i, "other");
		if (!strcmp(model.labels[i], "freezer"))
			model_place(P3, i, "");
	}
}

static void build_children(void)
{
	build_spread();
	model_fork(model_task(P), C, C);
	model_fork(model_task(C), G, G);
	for (size_t i = 0; i < model.hierarchies; i++)
		model_place(C, i, "other");
}

/* All that is in the source, which holds nothing else. */
static void build_source(void)
{
	build_family();
	for (size_t i = 0; i < model.hierarchies; i++)
		model_place(Q, i, "old");
}

/* Processes of one thread, all in the same places: they are moved while they run. */
static void build_alike(void)
{
	model_spawn(P, P, "old")->ours = true;
	model_spawn(Q, Q, "old")->ours = true;
	model_fork(model_task(P), C, C);
	model_fork(model_task(C), G, G);
	model_spawn(STRANGER, STRANGER, "other");
	model_spawn(NATIVE, NATIVE, "web");
}

/* One of them is elsewhere in one hierarchy: that comes to light when the others have moved. */
static void build_alike_but_one(void)
{
	build_alike();
	model_place(Q, 2, "other");
}

/* Q is in the source where the destination is not, and nowhere else: it belongs to the move. */
static void build_alike_and_one_more(void)
{
	build_alike();
	for (size_t i = 1; i < model.hierarchies; i++)
		model_place(Q, i, "other");
}

/* Processes of one thread that are named, and lie with others. */
static void build_pair(void)
{
	model_spawn(P, P, "old")->ours = true;
	model_spawn(Q, Q, "old")->ours = true;
	model_spawn(STRANGER, STRANGER, "old");
	model_spawn(NATIVE, NATIVE, "web");
}

/* They lie alone: what they leave can be emptied. */
static void build_pair_alone(void)
{
	build_pair();
	model_fork(model_task(P), C, C);
	for (size_t i = 0; i < model.hierarchies; i++)
		model_place(STRANGER, i, "other");
}

/* Alone in v2, with a stranger elsewhere: they are held where they lie. */
static void build_pair_alone_in_v2(void)
{
	build_pair();
	model_fork(model_task(P), C, C);
	model_place(STRANGER, model.hierarchies - 1, "other");
}

/* Not everything of it lies in it everywhere. */
static void build_source_spread(void)
{
	build_spread();
	model_place(Q, 0, "old");
}

/* Below the source lies another container, which is not to be held. */
static void build_source_with_child(void)
{
	build_source();
	model_make((1u << model.hierarchies) - 1, "old/deep");
	for (size_t i = 0; i < model.hierarchies; i++)
		model_place(STRANGER, i, "old/deep");
}

/* One thread is to go; the others are only held still with it. */
static void build_thread(void)
{
	build_spread();
	for (size_t i = 0; i < model.task_count; i++)
		model.tasks[i].ours = model.tasks[i].tid == P2;
}

static void build_source_frozen(void)
{
	build_source();
	model_find(model.hierarchies - 1, "old")->frozen = true;
}

enum { ALL = 15, NOT_CPU = 14, NOT_V2 = 7, NOT_FREEZER = 13 };

static const struct scenario scenarios[] = {
	{ "two processes, v2", all_four, ALL, 0, { P, Q }, .build = build_spread },
	{ "two processes, v2, whose container has no place in v2", all_four, NOT_V2, 0, { P, Q },
	  .build = build_spread },
	{ "two processes of one thread, v2", all_four, ALL, 0, { P, Q }, .build = build_pair },
	{ "three that are alone", all_four, ALL, 0, { P, Q, C }, .build = build_pair_alone },
	{ "three that are alone, but for v1", all_four, ALL, 0, { P, Q, C }, .build = build_pair_alone_in_v2 },
	{ "two processes, v1 freezer", all_four, ALL, 0, { P, Q }, .freezer = 1, .build = build_spread },
	{ "two processes, v1 freezer, no place in it", all_four, NOT_FREEZER, 0, { Q, P }, .freezer = 1,
	  .build = build_spread },
	{ "with descendants, v2", all_four, ALL, 0, { P, Q }, .descendants = true, .build = build_children },
	{ "with descendants, v1 freezer", only_v1, 7, 0, { P, Q }, .descendants = true,
	  .build = build_children },
	{ "from a container, frozen where it lies, v2", all_four, ALL, ALL, .build = build_source },
	{ "from a container, frozen where it lies, v1 freezer", only_v1, 7, 7, .build = build_source },
	{ "from a container, no place to go to in v2", all_four, NOT_V2, ALL, .build = build_source },
	{ "from a container that is not in v2", all_four, ALL, NOT_V2, .build = build_source_spread },
	{ "from a container with another below", all_four, ALL, ALL, .build = build_source_with_child },
	{ "from a container spread over v1", only_v1, 7, 7, .build = build_source_spread },
	{ "from a container that runs", all_four, ALL, ALL, .build = build_alike },
	{ "from a container that would run with v2", only_v1, 7, 7, .build = build_alike },
	{ "from a container that runs, held elsewhere if need be", all_four, NOT_V2, NOT_V2,
	  .build = build_alike },
	{ "from a container that runs, but for one", all_four, ALL, ALL, .twice = true,
	  .build = build_alike_but_one },
	{ "from a container that would run but for one that is in it elsewhere", all_four, NOT_CPU, ALL,
	  .build = build_alike_and_one_more },
	{ "from a frozen container", all_four, ALL, ALL, .build = build_source_frozen },
	{ "one thread", only_v1, 7, 0, { P2 }, .threads = true, .build = build_thread },
};

enum { SCENARIOS = sizeof(scenarios) / sizeof(*scenarios) };

/* ---- Running one ----------------------------------------------------------------- */

static const struct scenario *scenario;
static struct ct_container to, from;
static struct state initial;
static char directory[PATH_MAX];	/* of the journal, and in dead/ of what a dead mover left */
static int state_fd, dead_fd;

/* Where a task lies if it is not moved, and in which hierarchies somebody else has moved it. */
static struct {
	char home[MODEL_HIERARCHIES][96];
	unsigned taken;
	bool must_move;
} expected[MODEL_TASKS];

static void born(size_t index)
{
	memcpy(expected[index].home, model.tasks[index].place, sizeof(expected[index].home));
	expected[index].taken = 0;
	expected[index].must_move = model.tasks[index].ours;
}

static void open_places(const char *name, unsigned which, struct ct_container *container)
{
	struct ct_error err = { 0 };
	size_t kept = 0;

	CHECK_NUMBER(ct_container_open(&model.all, name, false, container, &err), 0);
	for (size_t i = 0; i < container->count; i++) {
		if (which & 1u << model_index(container->places[i].hierarchy))
			container->places[kept++] = container->places[i];
		else
			ct_place_clear(&container->places[i]);
	}
	container->count = kept;
}

static void begin(const struct scenario *which)
{
	unsigned everywhere;

	scenario = which;
	model.in_memory = true;
	model_open(which->labels);
	everywhere = (1u << model.hierarchies) - 1;
	model_make(which->to, "web");
	model_make(everywhere, "old");
	model_make(everywhere, "other");
	model_make(everywhere, "elsewhere");
	which->build();
	/* the hierarchy in which web is missing holds the native in its root */
	for (size_t i = 0; i < model.hierarchies; i++)
		if (!(which->to & 1u << i))
			model_place(NATIVE, i, "");
	if (!model_start())
		exit(1);
	open_places("web", which->to, &to);
	if (which->from)
		open_places("old", which->from, &from);
	make_tree(directory);
	state_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dead_fd = open(below(directory, "dead/"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < model.task_count; i++)
		born(i);
	initial = state_take(NULL);
}

static void end(void)
{
	model.before = NULL;
	model.meanwhile = NULL;
	model.attaching = NULL;
	ct_container_clear(&to);
	ct_container_clear(&from);
	state_clear(&initial);
	close(state_fd);
	close(dead_fd);
	remove_tree(directory);
	model_close();
}

static int gather(struct ct_taskset *tasks, struct ct_error *err)
{
	int result = 0;

	for (const pid_t *id = scenario->ids; result >= 0 && *id; id++)
		result = scenario->threads ? ct_taskset_add_thread(tasks, *id, err) :
					     ct_taskset_add(tasks, *id, err);
	return result;
}

/* Moves, as ct_move() does with the lock and the guard around it; the journal stays. */
static int run(struct ct_error *err)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset tasks = { .proc = model.all.proc };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	struct ct_move move = { .to = &to, .from = scenario->from ? &from : NULL, .ids = scenario->ids,
				.threads = scenario->threads, .descendants = scenario->descendants,
				.freezer = scenario->freezer, .timeout = 10000 };
	struct ct_journal journal = { .fd = -1 };
	int result;

	now = 1000;
	unlinkat(state_fd, "journal", 0);
	CHECK_NUMBER(ct_journal_begin(state_fd, &journal, err), 0);
	txn.journal = &journal;
	result = gather(&tasks, err);
	if (result >= 0)
		result = ct_move_held(&model.all, &move, &tasks, &txn, 0, err);
	txn.journal = NULL;
	close(journal.fd);
	return result;
}

/* The whole file as it is. */
static char *read_raw(void)
{
	char *text = NULL;

	return ct_file_read(state_fd, "journal", &text) < 0 ? NULL : text;
}

/* What is read from the journal of one who died with so much of it written. */
static char *read_dead(const char *raw, size_t length)
{
	struct ct_error err = { 0 };
	char *text = NULL;
	int fd = openat(dead_fd, "journal", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, raw, length) != (ssize_t)length)
		abort();
	close(fd);
	if (ct_journal_read(dead_fd, &text, &err) < 0)
		CHECK_NUMBER(err.code, ENOENT);
	return text;
}

static bool is_committed(const char *journal)
{
	return journal && (strstr(journal, "\ncommit\n") || !strncmp(journal, "commit\n", 7));
}

/* ---- What must hold always ------------------------------------------------------- */

/* What the initial state says of a container. */
static bool was_frozen(const struct model_cgroup *cgroup)
{
	for (size_t i = 0; i < initial.cgroup_count; i++)
		if (initial.cgroups[i].hierarchy == cgroup->hierarchy &&
		    !strcmp(initial.cgroups[i].path, cgroup->path))
			return initial.cgroups[i].frozen;
	return false;
}

static bool check_nothing_left(void)
{
	bool held = CHECK_NUMBER(model.cgroup_count, initial.cgroup_count);

	for (size_t i = 0; i < model.cgroup_count; i++) {
		const struct model_cgroup *cgroup = &model.cgroups[i];

		if (!CHECK_NUMBER(cgroup->frozen, was_frozen(cgroup)) || !CHECK(!strstr(cgroup->path, ".ct-")))
			held = CHECK_TEXT(cgroup->path, "neither frozen nor a staging place");
	}
	return held;
}

/*
 * A task is in the container in all hierarchies of the move, or nowhere in it and at home;
 * hierarchies in which somebody else has put it elsewhere do not count.
 */
static bool check_task(size_t index, bool moved, bool back)
{
	const struct model_task *task = &model.tasks[index];
	unsigned arrived = 0, stayed = 0;

	for (size_t i = 0; i < model.hierarchies; i++) {
		if (expected[index].taken & 1u << i)
			continue;
		if (!(scenario->to & 1u << i) && !CHECK_TEXT(task->place[i], expected[index].home[i]))
			return false;
		if (!(scenario->to & 1u << i))
			continue;
		arrived += !strcmp(task->place[i], "web");
		stayed += strcmp(task->place[i], "web") && !strcmp(task->place[i], expected[index].home[i]);
		if (strcmp(task->place[i], "web") && !CHECK_TEXT(task->place[i], expected[index].home[i]))
			return false;
	}
	if (back || !task->ours)
		return CHECK_NUMBER(arrived, 0);
	return moved && expected[index].must_move && !expected[index].taken ? CHECK_NUMBER(stayed, 0) :
									      CHECK(!arrived || !stayed);
}

/* moved: those of the move must be there; back: they must be at home. */
static bool check_tasks(bool moved, bool back)
{
	bool held = true;

	for (size_t i = 0; i < model.task_count; i++) {
		const struct model_task *task = &model.tasks[i];

		if (task->gone || task->zombie || task->tid == NATIVE)
			continue;
		if (!check_task(i, moved, back)) {
			fprintf(check_told, "so task %d is split, or is not where it should be\n", task->tid);
			held = false;
		}
	}
	return held;
}

static void tell(const char *what)
{
	autofree char *dump = model_dump();

	fprintf(check_told, "%s: %s\n--- machine\n%s--- calls\n%s---\n", scenario->name, what, dump, model.calls);
}

/* ---- States ---------------------------------------------------------------------- */

enum { SEEN = 1 << 16 };

static uint64_t seen[SEEN];
static struct state *queue;
static size_t queue_count, states;
static size_t journal_length; /* at the last moment */
static bool cut_anywhere;

static bool is_new(uint64_t key)
{
	size_t slot = key % SEEN;

	while (seen[slot] && seen[slot] != key)
		slot = (slot + 1) % SEEN;
	if (seen[slot])
		return false;
	seen[slot] = key;
	if (++states > SEEN / 2)
		abort();
	return true;
}

/* The machine as it is, with a journal that is taken over. */
static void remember(char *journal)
{
	uint64_t key = state_key();

	if (!is_new(journal ? state_mix_text(key, journal) : key)) {
		free(journal);
		return;
	}
	if (ct_array_push(queue, queue_count, state_take(journal)) < 0)
		abort();
}

/* A moment of a move: what it has written since the last one may have been cut off anywhere. */
static void crash_move(void)
{
	static char *whole; /* what is read of the journal as it is */
	struct stat status = { 0 };
	autofree char *raw = NULL;

	if (fstatat(state_fd, "journal", &status, 0) < 0 || (size_t)status.st_size == journal_length) {
		remember(whole ? strdup(whole) : NULL);
		return;
	}
	raw = read_raw();
	for (; cut_anywhere && journal_length < (size_t)status.st_size; journal_length++)
		remember(read_dead(raw, journal_length));
	journal_length = (size_t)status.st_size;
	free(whole);
	whole = read_dead(raw, journal_length);
	remember(whole ? strdup(whole) : NULL);
}

static const char *recovering;

static void crash_recovery(void)
{
	remember(strdup(recovering));
}

/* Recovers from the state that the machine is in. */
static int recover(const char *journal, struct ct_error *err)
{
	autofree char *text = strdup(journal);

	return ct_recover_text(&model.all, text, NULL, err);
}

/* Each state that waits: recovered it is all old, or all new. Adds those in between. */
static void recover_all(uint64_t old, uint64_t new)
{
	while (queue_count > 0) {
		struct state state = queue[--queue_count];
		struct ct_error err = { 0 };
		bool good;

		state_restore(&state);
		recovering = state.journal;
		model.meanwhile = crash_recovery;
		if (state.journal)
			CHECK_NUMBER(recover(state.journal, &err), 0);
		model.meanwhile = NULL;
		good = CHECK_TEXT(err.text, "");
		if (!CHECK(state_key() == (is_committed(state.journal) ? new : old)) || !good) {
			tell(state.journal ? state.journal : "without a journal");
			state_restore(&state);
			tell("the state to recover from");
			while (queue_count > 0)
				state_clear(&queue[--queue_count]);
		}
		state_clear(&state);
	}
}

static void forget(void)
{
	memset(seen, 0, sizeof(seen));
	free(queue);
	queue = NULL;
	queue_count = states = 0;
}

/* One move from the initial state; the states in between are left in the queue. */
static void run_and_remember(uint64_t *ret_old, uint64_t *ret_new)
{
	struct ct_error err = { 0 };

	*ret_old = state_key();
	journal_length = 0;
	model.meanwhile = crash_move;
	if (!CHECK_NUMBER(run(&err), 0) || !CHECK_TEXT(err.text, ""))
		tell("refused");
	crash_move();
	model.meanwhile = NULL;
	*ret_new = state_key();
	CHECK(*ret_new != *ret_old);
	check_nothing_left();
	check_tasks(true, false);
}

TEST(killed_at_any_moment_it_is_taken_back_or_finished)
{
	for (size_t i = 0; i < SCENARIOS; i++) {
		uint64_t old, new;

		begin(&scenarios[i]);
		cut_anywhere = true;
		run_and_remember(&old, &new);
		recover_all(old, new);
		CHECK(states > 50); /* or nothing has been tried */
		cut_anywhere = false;
		forget();
		end();
	}
}

/* ---- Failures -------------------------------------------------------------------- */

static const struct {
	const char *verb;
	int codes[12];
} failures[] = {
	{ "create", { EACCES, EPERM, ENOENT, EEXIST, EAGAIN, ENOSPC, ENOMEM, EROFS, ENODEV } },
	{ "remove", { EACCES, EPERM, EBUSY, EROFS, ENOMEM } },
	{ "attach", { EACCES, EPERM, ENOENT, ENODEV, EBUSY, EINVAL, ENOSPC, EOPNOTSUPP, ENOMEM, EAGAIN, EIO } },
	{ "attach-thread", { EACCES, EPERM, ENOENT, ENODEV, EBUSY, EINVAL, ENOSPC, EOPNOTSUPP, ENOMEM } },
	{ "freeze", { EACCES, EPERM, ENODEV, EINVAL, EBUSY, EOPNOTSUPP, ENOMEM } },
	{ "thaw", { EACCES, EPERM, ENODEV, EINVAL, EBUSY, ENOMEM } },
};

static size_t fail_at;
static int fail_code;

static int fail(size_t n)
{
	return n == fail_at ? fail_code : 0;
}

/* The last line of model.calls. */
static const char *last_call(void)
{
	size_t length = strlen(model.calls);

	while (length > 1 && model.calls[length - 2] != '\n')
		length--;
	return length ? model.calls + length - 1 : "";
}

enum { OPERATIONS = 128 };

static const int *codes_of[OPERATIONS];
static size_t operations;

static int note_codes(size_t n)
{
	static const int none[1];
	const char *call = last_call();
	size_t length = strcspn(call, " ");

	if (n >= OPERATIONS)
		abort();
	codes_of[n] = none;
	operations = n;
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++)
		if (strlen(failures[i].verb) == length && !strncmp(call, failures[i].verb, length))
			codes_of[n] = failures[i].codes;
	return 0;
}

/* Everything as before, and so it stays when the journal is followed, should we die right now. */
static void check_taken_back(uint64_t old, int result, const struct ct_error *err)
{
	autofree char *raw = read_raw(), *journal = raw ? read_dead(raw, strlen(raw)) : NULL;
	struct ct_error why = { 0 };
	bool torn = scenario->twice && err->torn; /* the first try could not be taken back: the guard does it */

	CHECK(result == -fail_code || torn);
	CHECK(err->code == fail_code || torn);
	CHECK(!err->torn || torn);
	CHECK(strstr(err->text, "refused") != NULL);
	if (!torn && !CHECK(state_key() == old))
		tell("not as it was");
	if (journal)
		CHECK_NUMBER(recover(journal, &why), 0);
	if (!CHECK(state_key() == old) || !CHECK_TEXT(why.text, ""))
		tell("not as it was when recovered");
}

static bool check_all_run(void)
{
	for (size_t i = 0; i < model.task_count; i++)
		for (size_t j = 0; j < model.hierarchies; j++)
			if (!model.tasks[i].gone && model_is_frozen(j, model.tasks[i].place[j]) &&
			    !was_frozen(model_find(j, model.tasks[i].place[j])))
				return CHECK_NUMBER(model.tasks[i].tid, 0);
	return true;
}

/*
 * What fails after the commit line cannot be taken back: it is told. Nobody stays frozen for it,
 * unless thawing is what failed; then the guard, which tries again, thaws them.
 */
static void check_torn(int result, const struct ct_error *err, const char *journal)
{
	struct ct_error why = { 0 };

	CHECK(result < 0 ? err->torn && err->code == fail_code : !*err->text);
	if (!strstr(err->text, "thaw refused") && !check_all_run())
		tell("still frozen");
	CHECK_NUMBER(recover(journal, &why), 0);
	if (!check_nothing_left() || !check_all_run())
		tell("recovered");
}

static void fail_once(uint64_t old)
{
	struct ct_error err = { 0 };
	autofree char *raw = NULL, *journal = NULL;
	int result;

	state_restore(&initial);
	model.before = fail;
	result = run(&err);
	model.before = NULL;
	CHECK(model.operations >= fail_at);
	raw = read_raw();
	journal = read_dead(raw, strlen(raw));
	if (is_committed(journal))
		check_torn(result, &err, journal);
	else
		check_taken_back(old, result, &err);
}

TEST(whatever_fails_all_is_as_it_was)
{
	for (size_t i = 0; i < SCENARIOS; i++) {
		struct ct_error err = { 0 };
		uint64_t old;

		begin(&scenarios[i]);
		old = state_key();
		model.before = note_codes;
		CHECK_NUMBER(run(&err), 0);
		CHECK(operations >= 8);
		for (fail_at = 1; fail_at <= operations; fail_at++)
			for (const int *code = codes_of[fail_at]; *code; code++) {
				fail_code = *code;
				fail_once(old);
				if (check_failed) {
					fprintf(check_told, "%s: operation %zu, %s\n", scenario->name, fail_at,
						strerror(fail_code));
					fail_at = operations;
					break;
				}
			}
		end();
	}
}

/* A failure, and death at any moment of taking back what was done. */
TEST(killed_while_it_takes_back)
{
	for (size_t i = 0; i < SCENARIOS; i++) {
		struct ct_error err = { 0 };
		uint64_t old, new;

		begin(&scenarios[i]);
		run_and_remember(&old, &new);
		while (queue_count > 0) /* seen already */
			state_clear(&queue[--queue_count]);
		model.before = note_codes;
		state_restore(&initial);
		CHECK_NUMBER(run(&err), 0);
		fail_code = EACCES;
		for (fail_at = 1; fail_at <= operations; fail_at++) {
			autofree char *raw = NULL, *journal = NULL;

			state_restore(&initial);
			journal_length = 0;
			model.before = fail;
			model.meanwhile = crash_move;
			err = (struct ct_error){ 0 };
			CHECK(run(&err) < 0);
			model.before = NULL;
			model.meanwhile = NULL;
			raw = read_raw();
			journal = read_dead(raw, strlen(raw));
			if (!is_committed(journal)) {
				recover_all(old, new);
				continue;
			}
			while (queue_count > 0)
				state_clear(&queue[--queue_count]);
		}
		forget();
		end();
	}
}

/* ---- The world goes on ----------------------------------------------------------- */

enum deed_kind { FORK, THREAD, DAEMON, EXIT, ZOMBIE, LEADER, REUSE, TAKE, ENTER, CHAIN };

enum { FREEZER = MODEL_HIERARCHIES }; /* whichever hierarchy they are held in */

struct deed {
	enum deed_kind kind;
	pid_t actor;
	size_t hierarchy;	/* TAKE */
};

static struct deed deed;
static size_t link_life; /* CHAIN: moments after which the child forks the next one, and ends */
static size_t moment, deed_at;
static bool deed_done;

enum { MOMENTS = 1024 };

static bool can_do[MOMENTS], again[MOMENTS], attaches[MOMENTS], attaches_home[MOMENTS], blind[MOMENTS],
	blind_home[MOMENTS];
static size_t looks_at[MOMENTS], operations_at[MOMENTS];

static void end_process(pid_t pid)
{
	for (size_t i = 0; i < model.task_count; i++)
		if (model.tasks[i].pid == pid && !model.tasks[i].gone)
			model_end(model.tasks[i].tid);
}

/* Another process gets the number. */
static void reuse(pid_t pid)
{
	struct model_task *task;

	end_process(pid);
	task = model_spawn(pid, pid, "elsewhere");
	task->start = LATER;
	model_show_new(task);
	born(model.task_count - 1);
}

/* A child lies and belongs where its parent does. */
static struct model_task *give_birth(const struct model_task *thread, pid_t pid, pid_t tid)
{
	size_t parent = (size_t)(thread - model.tasks);
	struct model_task *child = model_fork(thread, pid, tid);

	expected[model.task_count - 1] = expected[parent];
	/* whoever is born before its parent is held belongs to a move of PIDs only as a whole */
	expected[model.task_count - 1].must_move = expected[parent].must_move && !scenario->threads &&
						    (scenario->from || pid == thread->pid ||
						     (scenario->descendants && deed.kind == FORK));
	return child;
}

/* Somebody comes into the source: afterwards that process is in one container as a whole, too. */
static void enter(pid_t pid)
{
	struct model_task *task = model_task(pid);

	for (size_t i = 0; i < model.hierarchies; i++)
		model_place(pid, i, "old");
	born((size_t)(task - model.tasks));
	task->ours = true;
	expected[task - model.tasks].must_move = false;
}

static void take(pid_t pid, size_t hierarchy)
{
	for (size_t i = 0; i < model.task_count; i++) {
		struct model_task *task = &model.tasks[i];

		if (task->pid != pid || task->gone)
			continue;
		/* from its place in the container, or on the way there */
		task->taken |= 1u << (hierarchy + (strcmp(task->place[hierarchy], "web") ? 0 : 8));
		expected[i].taken |= 1u << hierarchy;
		model_place(task->tid, hierarchy, "elsewhere");
	}
	model_wake();
}

/* The leader ends, its threads live on. v2 says where it was last, and does not move it. */
static void leave_threads(pid_t pid)
{
	for (size_t i = 0; i < model.hierarchies; i++)
		if (strcmp(model.labels[i], "v2") != 0)
			model_place(pid, i, "");
	model_task(pid)->zombie = true;
	model_show_stat(model_task(pid));
}

/* Whose ancestor ends before it is held may have lost its tie to the move; it is not split for that. */
static void let_orphans_go(pid_t pid)
{
	for (size_t i = 0; i < model.task_count; i++)
		if (!model.tasks[i].gone && model.tasks[i].parent == pid && expected[i].must_move &&
		    !scenario->from) {
			expected[i].must_move = model.tasks[i].pid == Q;
			let_orphans_go(model.tasks[i].pid);
		}
}

static void act(const struct model_task *actor)
{
	if (deed.kind == EXIT || deed.kind == ZOMBIE || deed.kind == REUSE)
		let_orphans_go(actor->pid);
	switch (deed.kind) {
	case FORK:
		give_birth(actor, NEW, NEW);
		break;
	case THREAD:
		give_birth(actor, actor->pid, NEW);
		break;
	case DAEMON:
		give_birth(give_birth(actor, NEW, NEW), NEW + 1, NEW + 1);
		model_end(NEW);
		break;
	case EXIT:
		end_process(actor->pid);
		break;
	case ZOMBIE:
		model_zombie(actor->pid);
		break;
	case LEADER:
		leave_threads(actor->pid);
		break;
	case REUSE:
		reuse(actor->pid);
		break;
	case TAKE:
		take(actor->pid, deed.hierarchy);
		break;
	case ENTER:
		enter(actor->pid);
		break;
	case CHAIN:
		give_birth(actor, NEW, NEW);
		break;
	}
}

/*
 * Between the last look at a task and the write that moves it nothing can be noticed: the kernel
 * offers no more. What happens right there is left out, if a number passes to another
 * process, or if the task leaves while it is just being sent home.
 */
static bool is_attach(bool home)
{
	const char *call = last_call();

	return model.calling && !strncmp(call, "attach", 6) &&
	       (!home || (!strstr(call, " /web ") && !strstr(call, "/.ct-")));
}

static bool is_blind_moment(void)
{
	if (deed.kind == TAKE)
		return is_attach(true) || blind_home[moment];
	return deed.kind == REUSE && blind[moment];
}

/* Once the moves are known: the moments before an attach that no look comes between. */
static void find_blind_moments(size_t moments)
{
	bool any = false, home = false;

	for (size_t i = moments; i > 0; i--) {
		bool looked = looks_at[i] != looks_at[i + 1];

		any = attaches[i] || (any && !looked);
		home = attaches_home[i] || (home && !looked);
		blind[i] = any;
		blind_home[i] = home;
	}
}

static void forge_next_link(void)
{
	const struct model_task *link = model_task(NEW);

	if (!link || link->zombie || !model_can_act(link))
		return;
	give_birth(link, NEW + 1, NEW + 1);
	model_zombie(NEW);
}

/* Once, at its moment, if the actor is not frozen; one that is taken does nothing itself. */
static void world(void)
{
	const struct model_task *actor = model_task(deed.actor);
	bool able = actor && !actor->zombie && (deed.kind == TAKE || model_can_act(actor));

	if (++moment >= MOMENTS - 1) { /* a loop without end: the deadline ends it */
		moment = MOMENTS - 2;
		now += 10000000;
	}
	if (!deed_at) {
		can_do[moment] = able;
		attaches[moment] = is_attach(false);
		attaches_home[moment] = is_attach(true);
		looks_at[moment] = model.looks;
		/* twice in a row without a look or an operation in between is once */
		again[moment] = moment > 1 && looks_at[moment] == looks_at[moment - 1] &&
				operations_at[moment - 1] == model.operations;
		operations_at[moment] = model.operations;
	}
	if (deed_done && deed.kind == CHAIN && moment == deed_at + link_life)
		forge_next_link();
	if (moment != deed_at || !able || is_blind_moment())
		return;
	deed_done = true;
	act(actor);
}

/* Who has left is not brought back, and who does not belong is not moved. */
static void watch(const struct model_task *task, size_t hierarchy, const char *path)
{
	struct model_task *mine = &model.tasks[task - model.tasks];
	bool on = !strcmp(path, "web"), staging = strstr(path, ".ct-") != NULL;

	if (task->taken & 1u << (hierarchy + 8))
		CHECK(!"one that has left the container is moved again");
	if (task->taken & 1u << hierarchy && !on && !staging && strcmp(path, "elsewhere") != 0)
		CHECK(!"one that has left is moved back");
	if (on || staging)
		mine->taken &= ~(1u << hierarchy);
	if (!task->ours && !staging && strcmp(path, expected[task - model.tasks].home[hierarchy]) != 0)
		CHECK(!"a stranger is moved");
}

static const char *refused_label; /* in that hierarchy the last attach to the container fails */
static size_t refuse_at, refuse_seen;

static int refuse(size_t n)
{
	const char *call = last_call();
	char wanted[64];

	(void)n;
	snprintf(wanted, sizeof(wanted), " %s /web ", refused_label);
	if (strncmp(call, "attach", 6) != 0 || !strstr(call, wanted))
		return 0;
	return ++refuse_seen == refuse_at ? EIO : 0;
}

static bool is_freezer(size_t hierarchy)
{
	bool has_v2 = !strcmp(model.labels[model.hierarchies - 1], "v2");

	return !strcmp(model.labels[hierarchy], has_v2 && scenario->freezer != 1 ? "v2" : "freezer");
}

/* How often the last hierarchy that is attached before the freezing one is written to. */
static int count_refusals(size_t n)
{
	const char *call = last_call();

	(void)n;
	if (strncmp(call, "attach", 6) != 0 || !strstr(call, " /web "))
		return 0;
	for (size_t i = 0; i < model.hierarchies; i++) {
		char wanted[64];

		snprintf(wanted, sizeof(wanted), " %s /web ", model.labels[i]);
		if (!strstr(call, wanted) || is_freezer(i))
			continue;
		refuse_seen = refused_label == model.labels[i] ? refuse_seen + 1 : 1;
		refused_label = model.labels[i];
	}
	return 0;
}

static void tell_deed(const char *what)
{
	static const char *const names[] = { "forks", "starts a thread", "forks twice", "exits",
					     "is a zombie", "loses its leader", "is another", "is taken in",
					     "comes in", "begins a chain" };

	fprintf(check_told, "%d %s%s%s at moment %zu\n", deed.actor, names[deed.kind],
		deed.kind == TAKE ? " " : "", deed.kind == TAKE ? model.labels[deed.hierarchy] : "", deed_at);
	tell(what);
}

static void restart(void)
{
	state_restore(&initial);
	for (size_t i = 0; i < model.task_count; i++)
		born(i);
	moment = 0;
	deed_done = false;
	model.meanwhile = world;
	model.attaching = watch;
}

/* The deed at this moment of a move, which is then refused at its end or not. */
static void meddle(bool refused)
{
	struct ct_error err = { 0 };
	int result;

	restart();
	refuse_seen = 0;
	model.before = refused ? refuse : NULL;
	result = run(&err);
	model.before = NULL;
	model.meanwhile = NULL;
	CHECK(!err.torn);
	if (!check_nothing_left() || !check_tasks(result == 0, result < 0) || check_failed) {
		tell_deed(err.text);
		return;
	}
}

static size_t plain_moments(void)
{
	struct ct_error err = { 0 };

	deed_at = 0;
	restart();
	refused_label = NULL;
	model.before = count_refusals;
	CHECK_NUMBER(run(&err), 0);
	model.before = NULL;
	refuse_at = refuse_seen;
	find_blind_moments(moment);
	return moment;
}

static void meddle_always(void)
{
	size_t moments = plain_moments();

	for (deed_at = 1; deed_at <= moments && !check_failed; deed_at++) {
		if (!can_do[deed_at] || again[deed_at])
			continue;
		meddle(false);
		if (!check_failed && deed_at % 2) /* every other one is enough */
			meddle(true);
	}
}

TEST(whatever_tasks_do_meanwhile_none_is_split)
{
	static const struct deed deeds[] = {
		{ FORK, P, 0 }, { FORK, P2, 0 }, { FORK, Q, 0 }, { FORK, C, 0 }, { THREAD, P, 0 },
		{ THREAD, P2, 0 }, { DAEMON, P, 0 }, { DAEMON, C, 0 }, { EXIT, P, 0 }, { EXIT, C, 0 },
		{ ZOMBIE, P, 0 }, { ZOMBIE, Q, 0 }, { LEADER, P, 0 }, { REUSE, P, 0 }, { REUSE, Q, 0 },
		{ REUSE, C, 0 },
	};

	for (size_t i = 0; i < SCENARIOS; i++) {
		begin(&scenarios[i]);
		for (size_t j = 0; j < sizeof(deeds) / sizeof(*deeds) && !check_failed; j++) {
			deed = deeds[j];
			if (model_task(deed.actor))
				meddle_always();
		}
		end();
	}
}

/* A link that is listed, and dead when it is looked at, may have forked the next one in between. */
TEST(a_chain_is_not_lost_between_two_links)
{
	enum { LONGEST = 12 };

	for (size_t i = 0; i < SCENARIOS; i++) {
		if (scenarios[i].build != build_alike && scenarios[i].build != build_pair_alone)
			continue;
		begin(&scenarios[i]);
		for (link_life = 1; link_life <= LONGEST && !check_failed; link_life++) {
			deed = (struct deed){ CHAIN, P, 0 };
			meddle_always();
		}
		end();
	}
}

TEST(who_comes_in_meanwhile_is_not_split)
{
	for (size_t i = 0; i < SCENARIOS; i++) {
		if ((scenarios[i].from != ALL && scenarios[i].build != build_pair_alone) || scenarios[i].to != ALL)
			continue;
		begin(&scenarios[i]);
		deed = (struct deed){ ENTER, STRANGER, 0 };
		meddle_always();
		end();
	}
}

TEST(who_leaves_meanwhile_is_not_brought_back)
{
	static const pid_t actors[] = { P, Q, C };

	for (size_t i = 0; i < SCENARIOS; i++) {
		/* who leaves during the first try is a part of the second; a pair goes home by one list */
		if (scenarios[i].twice || scenarios[i].build == build_pair)
			continue;
		begin(&scenarios[i]);
		for (size_t j = 0; j < sizeof(actors) / sizeof(*actors) && !check_failed; j++)
			for (size_t k = 0; model_task(actors[j]) && k < model.hierarchies; k++) {
				if (!strcmp(model.labels[k], "name=x")) /* just like cpu */
					continue;
				deed = (struct deed){ TAKE, actors[j], k };
				meddle_always();
			}
		end();
	}
}

/* The deed at this moment of a recovery. */
static void meddle_with_recovery(const struct state *state)
{
	struct ct_error err = { 0 };

	state_restore(state);
	for (size_t i = 0; i < model.task_count; i++)
		if (i >= initial.task_count)
			born(i);
		else
			expected[i].taken = 0;
	moment = 0;
	model.meanwhile = world;
	model.attaching = watch;
	CHECK_NUMBER(recover(state->journal, &err), 0);
	model.meanwhile = NULL;
	model.attaching = NULL;
	if (!CHECK_TEXT(err.text, "") || !check_nothing_left() ||
	    !check_tasks(is_committed(state->journal), !is_committed(state->journal)) || check_failed) {
		tell_deed(state->journal);
		state_restore(state);
		tell("the state to recover from");
	}
}

static void meddle_with_recoveries(const struct state *state, const struct deed *deeds, size_t count)
{
	size_t moments;

	deed_at = 0;
	deed.actor = deeds[0].actor;
	meddle_with_recovery(state);
	moments = moment;
	find_blind_moments(moments);
	for (size_t i = 0; i < count; i++) {
		deed = deeds[i];
		for (size_t j = 0; deed.hierarchy == FREEZER; j++)
			if (is_freezer(j))
				deed.hierarchy = j;
		for (deed_at = 1; deed_at <= moments && !check_failed; deed_at++)
			if (!again[deed_at])
				meddle_with_recovery(state);
	}
}

TEST(whatever_tasks_do_while_others_recover_none_is_split)
{
	static const struct deed deeds[] = {
		{ FORK, P, 0 },	 { EXIT, Q, 0 }, { LEADER, P, 0 }, { REUSE, P, 0 },
		{ REUSE, Q, 0 }, { TAKE, P, 0 }, { TAKE, Q, FREEZER },
	};

	for (size_t i = 0; i < SCENARIOS; i++) {
		uint64_t old, new;

		/* where they go home in the end, recovery does what it does for the others */
		if (scenarios[i].labels == all_four && scenarios[i].to != ALL)
			continue;
		begin(&scenarios[i]);
		run_and_remember(&old, &new);
		memset(seen, 0, sizeof(seen));
		while (queue_count > 0) { /* of those that differ in the journal alone the last */
			struct state state = queue[--queue_count];

			state_restore(&state);
			if (state.journal && !check_failed && is_new(state_key() + is_committed(state.journal)))
				meddle_with_recoveries(&state, deeds, sizeof(deeds) / sizeof(*deeds));
			state_clear(&state);
		}
		forget();
		end();
	}
}

/*
 * Whenever the latest process is to be attached in the first hierarchy it has just forked: passes
 * do not come to an end, and it takes a freeze.
 */
static void storm(void)
{
	const struct model_task *latest = &model.tasks[model.task_count - 1];
	char call[64];

	if (model.task_count == initial.task_count)
		latest = model_task(P);
	snprintf(call, sizeof(call), "attach %s /web %d\n", model.labels[0], latest->tid);
	if (model.calling && !strcmp(last_call(), call) && model_can_act(latest) &&
	    model.task_count < initial.task_count + 8)
		give_birth(latest, NEW + (pid_t)model.task_count, NEW + (pid_t)model.task_count);
	crash_move();
}

/* Recovered from the state all is old or new as a whole, whoever was born. */
static void recover_from(const struct state *state)
{
	struct ct_error err = { 0 };

	state_restore(state);
	CHECK_NUMBER(recover(state->journal, &err), 0);
	if (CHECK_TEXT(err.text, "") && check_nothing_left() &&
	    check_tasks(is_committed(state->journal), !is_committed(state->journal)) && !check_failed)
		return;
	tell(state->journal);
	state_restore(state);
	tell("the state to recover from");
}

TEST(what_forks_too_fast_is_held_still_in_the_end)
{
	for (size_t i = 0; i < SCENARIOS; i++) {
		struct ct_error err = { 0 };

		if (scenarios[i].build != build_alike || scenarios[i].labels != all_four)
			continue;
		begin(&scenarios[i]);
		journal_length = 0;
		model.meanwhile = storm;
		CHECK_NUMBER(run(&err), 0);
		model.meanwhile = NULL;
		CHECK(model.task_count > initial.task_count && strstr(model.calls, "freeze "));
		if (!CHECK_TEXT(err.text, "") || !check_nothing_left() || !check_tasks(true, false))
			tell("refused");
		CHECK(states > 50); /* or nothing has been tried */
		while (queue_count > 0) {
			struct state state = queue[--queue_count];

			if (state.journal && !check_failed)
				recover_from(&state);
			state_clear(&state);
		}
		forget();
		end();
	}
}
