// SPDX-License-Identifier: MIT
/* The tasks of a move, and the check that they arrived. */
#include "common/taskset.h"

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

static int verify(void (*meddle)(void), struct ct_error *err)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset set = { 0 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result;

	start();
	set.proc = model.all.proc;
	CHECK_NUMBER(ct_container_open(&model.all, "web", false, &container, err), 0);
	CHECK_NUMBER(ct_taskset_add(&set, 101, err), 0);
	CHECK_NUMBER(ct_taskset_add(&set, 110, err), 0);
	CHECK_NUMBER(ct_move_plan(&container, &set, &txn, err), 0);
	CHECK_NUMBER(ct_txn_run(&txn, err), 0);
	meddle();
	result = ct_move_verify(&container, &set, err);
	ct_txn_commit(&txn);
	return result;
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
	task->start = 999;
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
		      "task 102 did not arrive in freezer: it is in /old; something else moves it at the same time");
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

/* In a cgroup namespace a place may not be told: that is no failure to arrive. */
TEST(a_place_that_cannot_be_told_is_no_failure)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset set = { 0 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	struct ct_error err = { 0 };

	start();
	set.proc = model.all.proc;
	CHECK_NUMBER(ct_container_open(&model.all, "web", false, &container, &err), 0);
	CHECK_NUMBER(ct_taskset_add(&set, 110, &err), 0);
	for (size_t i = 0; i < container.count; i++)
		container.places[i].hierarchy->root = "/../..";
	write_file(below(model.root, "proc/110/task/110/cgroup"), "2:freezer:/x\n1:cpu:/x\n");
	CHECK_NUMBER(ct_move_verify(&container, &set, &err), 0);
	CHECK_TEXT(err.text, "");
	model_close();
}
