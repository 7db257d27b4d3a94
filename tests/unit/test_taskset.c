// SPDX-License-Identifier: MIT
/* The tasks of a move, and the check that they arrived. */
#include "common/taskset_read.h"
#include "common/taskset_renew.h"

#include <sys/resource.h>

#include "common/move.h"
#include "tests/unit/model.h"

static const char *const labels[] = { "cpu", "freezer", NULL };

static void start(void)
{
	model_open(labels);
	model_make(3, "old");
	model_make(3, "web");
	model_spawn(101, 103, "old"); /* made, and so perhaps listed, before its leader */
	model_spawn(101, 101, "old");
	model_spawn(101, 102, "old");
	model_spawn(110, 110, "old");
	model_place(102, 0, "web");
	if (!model_start())
		exit(1);
}

TEST(a_process_with_all_its_threads)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset set = { 0 };
	struct ct_error err = { 0 };
	size_t seen = 0;

	start();
	set.proc = model.all.proc;
	CHECK_NUMBER(ct_taskset_add(&set, 101, &err), 0);
	CHECK_NUMBER(ct_taskset_add(&set, 110, &err), 0);
	CHECK_NUMBER(ct_taskset_add(&set, 101, &err), 0); /* once is enough */
	CHECK_NUMBER(set.count, 4);
	CHECK_NUMBER(set.tasks[0].tid, 101); /* the leader comes first */
	CHECK_NUMBER(set.tasks[3].tid, 110);
	for (size_t i = 0; i < set.count; i++) {
		const struct ct_task *task = &set.tasks[i];

		seen += (size_t)task->tid;
		CHECK_NUMBER(task->pid, i < 3 ? 101 : 110);
		CHECK_NUMBER(task->start, task->tid * 10);
		CHECK_TEXT(set.origins[task->origin], task->tid == 102 ?
							       "2:freezer:/old\n1:cpu:/web\n" :
							       "2:freezer:/old\n1:cpu:/old\n");
	}
	CHECK_NUMBER(seen, 101 + 102 + 103 + 110);
	CHECK_NUMBER(set.origin_count, 2); /* shared */
	model_close();
}

TEST(what_can_not_be_moved)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset set = { 0 };
	struct ct_error err = { 0 };

	start();
	set.proc = model.all.proc;
	write_file(below(model.root, "proc/2/stat"),
		   "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 7 0\n");
	write_file(below(model.root, "proc/3/stat"),
		   "3 (a ) b) Z 99 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7 0\n");
	write_file(below(model.root, "proc/102/stat"),
		   "102 (model) S 1 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 3 0 7 0\n");
	write_file(below(model.root, "proc/102/status"), "Name:\tmodel\nTgid:\t101\n");
	write_file(below(model.root, "proc/5/stat"), "nonsense\n");
	CHECK_FAILURE(ct_taskset_add(&set, 0, &err), err, EINVAL, "0 is no process: ids are positive numbers");
	CHECK_FAILURE(ct_taskset_add(&set, -7, &err), err, EINVAL, "-7 is no process: ids are positive numbers");
	CHECK_FAILURE(ct_taskset_add(&set, 4194303, &err), err, ESRCH,
		      "there is no process 4194303 (it may have ended)");
	CHECK_FAILURE(ct_taskset_add(&set, 2, &err), err, EINVAL,
		      "2 (kthreadd) is a kernel thread, which belongs to no container");
	CHECK_FAILURE(ct_taskset_add(&set, 3, &err), err, ESRCH,
		      "3 (a ) b) is a zombie: it has ended, and goes when its parent 99 waits for it");
	CHECK_FAILURE(ct_taskset_add(&set, 102, &err), err, EINVAL,
		      "102 is a thread of process 101 (model): give that");
	CHECK_FAILURE(ct_taskset_add(&set, 5, &err), err, EBADMSG, "cannot read /proc/5/stat: Bad message");
	CHECK_NUMBER(set.count, 0);
	model_close();
}

TEST(zombies_of_real_machines)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_taskset_clear) struct ct_taskset set = { 0 };
	struct ct_error err = { 0 };
	int found = 0;

	if (!open_fixture("v2", &all))
		return;
	set.proc = all.proc;
	for (pid_t pid = 3; pid < 1000; pid++)
		if (ct_taskset_add(&set, pid, &err) < 0 && strstr(err.text, " is a zombie: "))
			found++;
	CHECK_NUMBER(found, 1);
	/* sleeps of web/frontend, db and café; worker 3, pool 3 */
	CHECK_NUMBER(set.count, 2 + 1 + 1 + 3 + 3);
	CHECK_FAILURE(ct_taskset_add(&set, 2, &err), err, EINVAL,
		      "2 (kthreadd) is a kernel thread, which belongs to no container");
}

TEST(cleared_twice)
{
	struct ct_taskset set = { .proc = 77 };
	struct ct_error err = { 0 };

	start();
	set.proc = model.all.proc;
	CHECK_NUMBER(ct_taskset_add(&set, 101, &err), 0);
	ct_taskset_clear(&set);
	ct_taskset_clear(&set);
	CHECK(!set.tasks && !set.origins && !set.count && !set.origin_count);
	CHECK_NUMBER(set.proc, model.all.proc);
	model_close();
}

/* ---- Verifying -------------------------------------------------------------------- */

static void (*meddle)(void);
static size_t last; /* how many operations it takes */

/* Once, after the last operation and before anything is verified. */
static void after_the_last(void)
{
	void (*now)(void) = meddle;

	if (model.operations < last || !now)
		return;
	meddle = NULL;
	now();
}

static int verify(void (*how)(void), struct ct_error *err)
{
	static const pid_t ids[] = { 101, 110 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	struct ct_move move = { .to = &container, .ids = ids, .count = 2, .no_freeze = true };

	start();
	CHECK_NUMBER(ct_container_open(&model.all, "web", false, &container, err), 0);
	meddle = how;
	last = 4;
	model.meanwhile = after_the_last;
	return ct_move(&model.all, &move, err);
}

static void leave_alone(void)
{
}

static void take_away(void)
{
	model_place(102, 1, "old");
}

static void end(void)
{
	model_end(110);
}

static void replace(void)
{
	struct model_task *task;

	model_end(110);
	task = model_spawn(110, 110, "old");
	task->start = 999999; /* a number is given anew only later */
	model_show_new(task);
}

static void make_zombie(void)
{
	model_place(110, 0, "");
	model_place(110, 1, "");
	write_file(below(model.root, "proc/110/task/110/stat"),
		   "110 (model) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1100 0 0 0 0\n");
}

TEST(all_arrived)
{
	struct ct_error err = { 0 };

	CHECK_NUMBER(verify(leave_alone, &err), 0);
	CHECK_TEXT(err.text, "");
	model_close();
}

TEST(one_thread_did_not_arrive)
{
	struct ct_error err = { 0 };

	CHECK_FAILURE(verify(take_away, &err), err, EAGAIN,
		      "web: task 102 did not arrive in freezer: it is in /old; something else moves it at the same time");
	CHECK(!err.torn);
	CHECK_NUMBER(model.operations, 4 + 3 + 4); /* undone thread by thread; 102 has left the freezer already */
	model_close();
}

TEST(who_has_ended_need_not_arrive)
{
	static void (*const ways[])(void) = { end, replace, make_zombie };

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct ct_error err = { 0 };

		CHECK_NUMBER(verify(ways[i], &err), 0);
		CHECK_TEXT(err.text, "");
		model_close();
	}
}

static void hide(void)
{
	write_file(below(model.root, "proc/110/task/110/cgroup"), "2:freezer:/x\n1:cpu:/x\n");
}

/* In a cgroup namespace a place may not be told: that is no failure to arrive. */
TEST(a_place_that_cannot_be_told_is_no_failure)
{
	static const pid_t ids[] = { 110 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	struct ct_move move = { .to = &container, .ids = ids, .count = 1, .no_freeze = true };
	struct ct_error err = { 0 };

	start();
	CHECK_NUMBER(ct_container_open(&model.all, "web", false, &container, &err), 0);
	for (size_t i = 0; i < container.count; i++)
		container.places[i].hierarchy->root = "/../..";
	meddle = hide;
	last = 2;
	model.meanwhile = after_the_last;
	CHECK_NUMBER(ct_move(&model.all, &move, &err), 0);
	CHECK_TEXT(err.text, "");
	CHECK_NUMBER(model.operations, 2);
	model_close();
}

/* ---- Finding, dropping, reading anew --------------------------------------------- */

TEST(found_by_process)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset set = { 0 };
	struct ct_error err = { 0 };

	model_open(labels);
	for (pid_t pid = 200; pid < 228; pid++)
		model_spawn(pid, pid, "");
	model_spawn(200, 300, "");
	if (!model_start())
		return;
	set.proc = model.all.proc;
	CHECK(!ct_taskset_find(&set, 200)); /* nothing is in it */
	for (pid_t pid = 200; pid < 228; pid++) {
		CHECK(!ct_taskset_find(&set, pid));
		CHECK_NUMBER(ct_taskset_add(&set, pid, &err), 0);
	}
	CHECK_NUMBER(set.count, 29);
	for (pid_t pid = 200; pid < 228; pid++) {
		const struct ct_task *found = ct_taskset_find(&set, pid);

		if (CHECK(found != NULL)) {
			CHECK_NUMBER(found->pid, pid);
			CHECK_NUMBER(found->tid, pid); /* the first of its threads */
		}
	}
	CHECK(!ct_taskset_find(&set, 300)); /* a thread is no process */
	CHECK(!ct_taskset_find(&set, 0));
	CHECK(!ct_taskset_find(&set, 228));
	model_close();
}

TEST(what_is_dropped_is_not_found)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset set = { 0 };
	struct ct_error err = { 0 };

	start();
	set.proc = model.all.proc;
	CHECK_NUMBER(ct_taskset_add(&set, 110, &err), 0);
	CHECK_NUMBER(ct_taskset_add(&set, 101, &err), 0);
	ct_taskset_truncate(&set, 1);
	CHECK_NUMBER(set.count, 1);
	CHECK(!ct_taskset_find(&set, 101));
	CHECK(ct_taskset_find(&set, 110) != NULL);
	CHECK_NUMBER(ct_taskset_add(&set, 101, &err), 0); /* and may come again */
	CHECK_NUMBER(set.count, 4);
	CHECK(ct_taskset_find(&set, 101) != NULL);
	ct_taskset_truncate(&set, 0);
	CHECK(!ct_taskset_find(&set, 110));
	model_close();
}

static const struct ct_task *find(const struct ct_taskset *set, pid_t tid)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->tasks[i].tid == tid)
			return &set->tasks[i];
	return NULL;
}

TEST(single_threads_are_chosen)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset set = { 0 };
	struct ct_error err = { 0 };

	start();
	set.proc = model.all.proc;
	CHECK_NUMBER(ct_taskset_add_thread(&set, 102, &err), 0);
	CHECK_NUMBER(set.count, 3); /* held with its process */
	CHECK(!find(&set, 101)->chosen);
	CHECK(find(&set, 102)->chosen);
	CHECK(!find(&set, 103)->chosen);
	CHECK_NUMBER(ct_taskset_add_thread(&set, 101, &err), 0);
	CHECK_NUMBER(set.count, 3);
	CHECK(find(&set, 101)->chosen);
	CHECK(!find(&set, 103)->chosen);
	CHECK_NUMBER(ct_taskset_add_thread(&set, 102, &err), 0);
	CHECK_NUMBER(set.count, 3);
	CHECK_FAILURE(ct_taskset_add_thread(&set, 0, &err), err, EINVAL, "0 is no thread: ids are positive numbers");
	CHECK_FAILURE(ct_taskset_add_thread(&set, 4194303, &err), err, ESRCH,
		      "there is no thread 4194303 (it may have ended)");
	CHECK_NUMBER(set.count, 3);
	model_close();
}

/* origins[task->origin] for the task. */
static const char *origin(const struct ct_taskset *set, pid_t tid)
{
	const struct ct_task *task = find(set, tid);

	return task ? set->origins[task->origin] : "not in it";
}

/*
 * Meanwhile 101 was staged in the freezer, moved in cpu, and started a thread; 102 has ended;
 * 110 has a child in staging. In the freezer (2) each is where it was before, the new ones in what
 * staging is in.
 */
TEST(read_anew)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset old = { 0 }, fresh = { 0 };
	struct ct_error err = { 0 };

	start();
	old.proc = fresh.proc = model.all.proc;
	model_place(103, 1, "");
	CHECK_NUMBER(ct_taskset_add(&old, 101, &err), 0);
	CHECK_NUMBER(ct_taskset_add(&old, 110, &err), 0);
	model_make(2, "old/.ct-1");
	model_make(2, ".ct-1");
	for (pid_t tid = 101; tid <= 103; tid++)
		model_place(tid, 1, "old/.ct-1");
	model_place(101, 0, "web");
	model_end(102);
	model_fork(model_task(101), 101, 104);
	CHECK_NUMBER(ct_taskset_reread(&old, 2, ".ct-1", true, &fresh), 0);
	CHECK_NUMBER(fresh.count, 4);
	CHECK_NUMBER(fresh.tasks[0].tid, 101); /* the leader comes first */
	CHECK_TEXT(origin(&fresh, 101), "2:freezer:/old\n1:cpu:/web\n");
	CHECK_TEXT(origin(&fresh, 103), "2:freezer:/\n1:cpu:/old\n");
	CHECK_TEXT(origin(&fresh, 104), "2:freezer:/old\n1:cpu:/web\n");
	CHECK_TEXT(origin(&fresh, 110), "2:freezer:/old\n1:cpu:/old\n");
	CHECK(!find(&fresh, 102));
	CHECK(find(&fresh, 104)->chosen);
	CHECK(ct_taskset_find(&fresh, 110) == find(&fresh, 110));
	model_close();
}

/* Of a staging place in the root what is left is the root. */
TEST(read_anew_from_the_root)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset old = { 0 }, fresh = { 0 };
	struct ct_error err = { 0 };

	start();
	old.proc = fresh.proc = model.all.proc;
	model_make(2, ".ct-1");
	model_place(110, 1, ".ct-1");
	CHECK_NUMBER(ct_taskset_add(&old, 110, &err), 0);
	CHECK_NUMBER(ct_taskset_reread(&old, 2, ".ct-1", true, &fresh), 0);
	CHECK_TEXT(origin(&fresh, 110), "2:freezer:/\n1:cpu:/old\n");
	model_close();
}

TEST(read_anew_without_who_has_ended)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset old = { 0 }, fresh = { 0 };
	struct ct_error err = { 0 };

	start();
	old.proc = fresh.proc = model.all.proc;
	CHECK_NUMBER(ct_taskset_add(&old, 101, &err), 0);
	CHECK_NUMBER(ct_taskset_add(&old, 110, &err), 0);
	CHECK(!ct_taskset_is_reused(&old, find(&old, 110)));
	replace(); /* 110 is another process */
	CHECK(ct_taskset_is_reused(&old, find(&old, 110)));
	CHECK(!ct_taskset_is_reused(&old, find(&old, 101)));
	CHECK_NUMBER(ct_taskset_reread(&old, 2, ".ct-1", true, &fresh), 0);
	CHECK_NUMBER(fresh.count, 3);
	CHECK(!ct_taskset_find(&fresh, 110));
	model_close();
}

/* Threads of which only some are chosen stay so. */
TEST(read_anew_as_chosen)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset old = { 0 }, fresh = { 0 };
	struct ct_error err = { 0 };

	start();
	old.proc = fresh.proc = model.all.proc;
	CHECK_NUMBER(ct_taskset_add_thread(&old, 102, &err), 0);
	model_fork(model_task(103), 101, 104);
	CHECK_NUMBER(ct_taskset_reread(&old, 2, ".ct-1", false, &fresh), 0);
	CHECK_NUMBER(fresh.count, 4);
	for (pid_t tid = 101; tid <= 104; tid++)
		CHECK_NUMBER(find(&fresh, tid)->chosen, tid == 102);
	model_close();
}

TEST(processes_that_are_alike)
{
	static const pid_t pids[] = { 5, 6, 900 };
	ct_cleanup(ct_taskset_clear) struct ct_taskset set = { 0 };

	CHECK_NUMBER(ct_taskset_replace(&set, pids + 2, 1, "1:cpu:/b\n"), 0);
	CHECK_NUMBER(ct_taskset_replace(&set, pids, 3, "1:cpu:/a\n"), 0);
	CHECK(set.alike);
	CHECK_NUMBER(set.count, 3);
	CHECK_NUMBER(set.origin_count, 1);
	for (size_t i = 0; i < 3; i++) {
		CHECK(ct_taskset_find(&set, pids[i]) == &set.tasks[i]);
		CHECK_NUMBER(set.tasks[i].tid, pids[i]);
		CHECK(set.tasks[i].chosen);
		CHECK(set.tasks[i].start > 0);
		CHECK_TEXT(set.origins[set.tasks[i].origin], "1:cpu:/a\n");
	}
}

TEST(without_memory_the_set_stays_as_it_is)
{
	enum { MANY = 1 << 20 };
	static const pid_t one[] = { 7 };
	ct_cleanup(ct_taskset_clear) struct ct_taskset set = { 0 };
	autofree pid_t *many = calloc(MANY, sizeof(*many));
	autofree char *probe = NULL;
	struct rlimit before, tight;
	unsigned long pages = 0;
	FILE *statm;

#ifdef __SANITIZE_ADDRESS__
	SKIP("the address sanitizer has a terabyte of address space");
#endif
	for (pid_t i = 0; many && i < MANY; i++)
		many[i] = i + 1;
	CHECK_NUMBER(ct_taskset_replace(&set, one, 1, "1:cpu:/a\n"), 0);
	statm = fopen("/proc/self/statm", "r");
	CHECK(many && statm && fscanf(statm, "%lu", &pages) == 1);
	if (statm)
		fclose(statm);
	getrlimit(RLIMIT_AS, &before);
	tight = before;
	tight.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + (8 << 20);
	setrlimit(RLIMIT_AS, &tight);
	probe = malloc(64 << 20);
	if (probe) {
		*(volatile char *)probe = 1; /* else the compiler leaves it out */
		setrlimit(RLIMIT_AS, &before);
		SKIP("the limit of the address space does nothing, as under qemu-user");
	}
	CHECK_NUMBER(ct_taskset_replace(&set, many, MANY, "1:cpu:/b\n"), -ENOMEM);
	setrlimit(RLIMIT_AS, &before);
	CHECK_NUMBER(set.count, 1);
	CHECK_NUMBER(set.tasks[0].pid, 7);
	CHECK_TEXT(set.origins[0], "1:cpu:/a\n");
	CHECK(ct_taskset_find(&set, 7) == set.tasks);
}
