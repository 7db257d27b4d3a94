// SPDX-License-Identifier: MIT
/*
 * The promise of a transaction: whatever step fails, for whatever reason, everything is as it
 * was; and if it cannot be, that is said. Each operation of a few plans is made to
 * fail in turn, on the model of model.h.
 */
#include "common/txn.h"

#include <signal.h>

#include "common/create.h"
#include "common/interrupt.h"
#include "common/join.h"
#include "common/move.h"
#include "common/remove.h"
#include "tests/unit/model.h"

static const char *const labels[] = { "cpu", "freezer", "v2", NULL };

static size_t fail_at, fail_again_at;
static int fail_code;

static int fail(size_t n)
{
	if (n == fail_at)
		return fail_code;
	return fail_again_at && n >= fail_again_at ? EIO : 0;
}

/* A plan to try: how the machine is to be, and what is to be done. */
struct scenario {
	void (*prepare)(void);
	int (*plan)(struct ct_txn *txn, struct ct_taskset *tasks, struct ct_error *err);
	bool may_be_gone;	/* a removal: ENOENT is no failure, EBUSY may pass */
};

/* Runs the scenario with the faults set; yields the dumps before and after. */
static int attempt(const struct scenario *scenario, char **ret_before, char **ret_after,
		   struct ct_error *err)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset tasks = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result;

	model_open(labels);
	scenario->prepare();
	if (!model_start())
		exit(1);
	tasks.proc = model.all.proc;
	*ret_before = model_dump();
	result = scenario->plan(&txn, &tasks, err);
	CHECK_NUMBER(model.operations, 0); /* a plan changes nothing */
	model.before = fail;
	if (result >= 0)
		result = ct_txn_run(&txn, err);
	if (result >= 0)
		CHECK_NUMBER(ct_txn_commit(&txn, err), 0);
	model.before = NULL;
	*ret_after = model_dump();
	return result;
}

/* Every operation fails once with code; returns how many there are. */
static size_t sweep(const struct scenario *scenario, int code)
{
	fail_code = code;
	fail_again_at = 0;
	for (fail_at = 1;; fail_at++) {
		struct ct_error err = { 0 };
		autofree char *before = NULL, *after = NULL;
		int result = attempt(scenario, &before, &after, &err);

		model_close();
		if (result >= 0) {
			CHECK(strcmp(before, after) != 0);
			CHECK_TEXT(err.text, "");
			return fail_at - 1;
		}
		CHECK_NUMBER(result, -code);
		CHECK_NUMBER(err.code, code);
		CHECK(!err.torn);
		CHECK(strstr(err.text, "refused") != NULL);
		/* else it failed by itself, and would for ever */
		if (!CHECK_TEXT(after, before) || !CHECK(model.operations >= fail_at))
			return 0;
	}
}

/* As above, and from then on nothing works any more: undoing fails as well. */
static size_t sweep_undo(const struct scenario *scenario, size_t *ret_torn)
{
	fail_code = EACCES;
	*ret_torn = 0;
	for (fail_at = 1;; fail_at++) {
		struct ct_error err = { 0 };
		autofree char *before = NULL, *after = NULL;
		bool same;

		fail_again_at = fail_at + 1;
		if (attempt(scenario, &before, &after, &err) >= 0) {
			model_close();
			return fail_at - 1;
		}
		model_close();
		if (!CHECK(model.operations >= fail_at))
			return 0;
		same = !strcmp(before, after);
		*ret_torn += err.torn;
		CHECK_NUMBER(err.code, EACCES);
		CHECK(same != err.torn);
		CHECK(err.torn == (strstr(err.text, "; could not undo \"") != NULL));
	}
}

static void sweep_all(const struct scenario *scenario, size_t operations, size_t torn)
{
	/* not EEXIST: for what may be shared that is no failure, see below */
	static const int codes[] = { EACCES, EPERM,  ENOENT, ENOTDIR, EBUSY, ENOSPC,     EINVAL, EROFS,
				     ENOMEM, EAGAIN, EINTR,  EIO,    ENODEV, EOPNOTSUPP, EMFILE };
	size_t seen;

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (!(scenario->may_be_gone && (codes[i] == ENOENT || codes[i] == EBUSY)) &&
		    !CHECK_NUMBER(sweep(scenario, codes[i]), operations))
			return;
	CHECK_NUMBER(sweep_undo(scenario, &seen), operations);
	CHECK_NUMBER(seen, torn);
}

/* ---- Creating ------------------------------------------------------------------- */

static void prepare_create(void)
{
	model_make(7, "web");
	model_make(1, "web/frontend"); /* exists in cpu: is not to be undone there */
}

static int plan_create(struct ct_txn *txn, struct ct_taskset *tasks, struct ct_error *err)
{
	struct ct_create how = { .parents = true, .uid = 5, .gid = (gid_t)-1,
				 .set_mode = true, .mode = 0750 };

	(void)tasks;
	return ct_create_plan(&model.all, "web/frontend/a", &how, txn, err);
}

static const struct scenario create = { prepare_create, plan_create, false };

static void prepare_nothing(void)
{
}

static int plan_deep(struct ct_txn *txn, struct ct_taskset *tasks, struct ct_error *err)
{
	struct ct_create how = { .parents = true, .uid = (uid_t)-1, .gid = (gid_t)-1 };

	(void)tasks;
	return ct_create_plan(&model.all, "a/b/c", &how, txn, err);
}

static const struct scenario deep = { prepare_nothing, plan_deep, false };

TEST(create_does_what_the_plan_says)
{
	struct ct_error err = { 0 };
	autofree char *before = NULL, *after = NULL;
	char wanted[1024];
	int uid = (int)geteuid(), gid = (int)getegid();

	fail_at = fail_again_at = 0;
	CHECK_NUMBER(attempt(&create, &before, &after, &err), 0);
	CHECK_TEXT(model.calls, "enable v2 / cpu memory pids\n"
				"enable v2 /web cpu memory pids\n"
				"create v2 /web/frontend\n"
				"enable v2 /web/frontend cpu memory pids\n"
				"create v2 /web/frontend/a\n"
				"own v2 /web/frontend/a 5:-1\n"
				"create cpu /web/frontend/a\n"
				"own cpu /web/frontend/a 5:-1\n"
				"create freezer /web/frontend\n"
				"create freezer /web/frontend/a\n"
				"own freezer /web/frontend/a 5:-1\n");
	snprintf(wanted, sizeof(wanted),
		 "cpu / 0755 %1$d:%2$d\n"
		 "cpu /web 0755 %1$d:%2$d\n"
		 "cpu /web/frontend 0755 %1$d:%2$d\n"
		 "cpu /web/frontend/a 0750 5:%2$d\n"
		 "freezer / 0755 %1$d:%2$d\n"
		 "freezer /web 0755 %1$d:%2$d\n"
		 "freezer /web/frontend 0755 %1$d:%2$d\n"
		 "freezer /web/frontend/a 0750 5:%2$d\n"
		 "v2 / 0755 %1$d:%2$d enables cpu memory pids \n"
		 "v2 /web 0755 %1$d:%2$d enables cpu memory pids \n"
		 "v2 /web/frontend 0755 %1$d:%2$d enables cpu memory pids \n"
		 "v2 /web/frontend/a 0750 5:%2$d\n"
		 "1000/1000 cpu:/ freezer:/ v2:/\n",
		 uid, gid);
	CHECK_TEXT(after, wanted);
	model_close();
}

TEST(create_is_undone_whatever_fails)
{
	/* of 11 operations the first finds nothing to undo */
	sweep_all(&create, 11, 10);
}

TEST(create_of_three_levels_is_undone_whatever_fails)
{
	sweep_all(&deep, 12, 11);
}

/* What runs where controllers are to be handed down, in one process with a thread and one without. */
static void prepare_leaf(void)
{
	model_make(7, "web");
	model_spawn(101, 101, "web");
	model_spawn(101, 102, "web");
	model_spawn(110, 110, "web");
}

static int plan_leaf(struct ct_txn *txn, struct ct_taskset *tasks, struct ct_error *err)
{
	struct ct_create how = { .leaf = true, .uid = (uid_t)-1, .gid = (gid_t)-1 };

	(void)tasks;
	return ct_create_plan(&model.all, "web/a", &how, txn, err);
}

static const struct scenario leaf = { prepare_leaf, plan_leaf, false };

TEST(leaf_takes_the_processes_of_v2_first)
{
	struct ct_error err = { 0 };
	autofree char *before = NULL, *after = NULL;

	fail_at = fail_again_at = 0;
	CHECK_NUMBER(attempt(&leaf, &before, &after, &err), 0);
	CHECK_TEXT(model.calls, "enable v2 / cpu memory pids\n"
				"create v2 /web/leaf\n"
				"attach v2 /web/leaf 101\n"
				"attach v2 /web/leaf 110\n"
				"enable v2 /web cpu memory pids\n"
				"create v2 /web/a\n"
				"create cpu /web/a\n"
				"create freezer /web/a\n");
	CHECK(strstr(after, "102/101 cpu:/web freezer:/web v2:/web/leaf\n") ||
	      strstr(after, "101/102 cpu:/web freezer:/web v2:/web/leaf\n"));
	model_close();
}

TEST(leaf_is_undone_whatever_fails)
{
	/* of 8 operations the first finds nothing to undo */
	sweep_all(&leaf, 8, 7);
}

/* One is born where its parent has just left, one in the new container. */
static int bear(size_t n)
{
	if (n == 4)
		model_spawn(120, 120, "web");
	if (n == 6) {
		model_spawn(130, 130, "web");
		model_place(130, 2, "web/leaf");
	}
	return fail(n);
}

TEST(leaf_takes_along_and_brings_back_what_is_born_meanwhile)
{
	fail_again_at = 0;
	fail_code = ENOSPC;
	for (fail_at = 0; fail_at <= 8; fail_at += 8) {
		ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
		struct ct_error err = { 0 };
		autofree char *after = NULL;

		model_open(labels);
		prepare_leaf();
		if (!model_start())
			exit(1);
		CHECK_NUMBER(plan_leaf(&txn, NULL, &err), 0);
		model.before = bear;
		CHECK_NUMBER(ct_txn_run(&txn, &err), fail_at ? -ENOSPC : 0);
		CHECK(!err.torn);
		model.before = NULL;
		after = model_dump();
		CHECK(strstr(after, fail_at ? "120/120 cpu:/web freezer:/web v2:/web\n" :
					      "120/120 cpu:/web freezer:/web v2:/web/leaf\n"));
		CHECK(strstr(after, fail_at ? "130/130 cpu:/web freezer:/web v2:/web\n" :
					      "130/130 cpu:/web freezer:/web v2:/web/leaf\n"));
		CHECK(!strstr(after, "v2 /web/leaf ") == (fail_at != 0));
		if (!fail_at)
			CHECK_NUMBER(ct_txn_commit(&txn, &err), 0);
		model_close();
	}
}

TEST(create_refused_by_the_last_hierarchy)
{
	struct ct_error err = { 0 };
	autofree char *before = NULL, *after = NULL;

	fail_at = 12;
	fail_again_at = 0;
	fail_code = EROFS;
	CHECK_FAILURE(attempt(&deep, &before, &after, &err), err, EROFS, "create refused");
	CHECK_TEXT(after, before);
	CHECK_TEXT(model.calls, "enable v2 / cpu memory pids\n"
				"create v2 /a\nenable v2 /a cpu memory pids\n"
				"create v2 /a/b\nenable v2 /a/b cpu memory pids\n"
				"create v2 /a/b/c\n"
				"create cpu /a\ncreate cpu /a/b\ncreate cpu /a/b/c\n"
				"create freezer /a\ncreate freezer /a/b\ncreate freezer /a/b/c\n"
				/* which fails; newest first from here on: */
				"remove freezer /a/b\nremove freezer /a\n"
				"remove cpu /a/b/c\nremove cpu /a/b\nremove cpu /a\n"
				"remove v2 /a/b/c\n"
				"disable v2 /a/b cpu memory pids\nremove v2 /a/b\n"
				"disable v2 /a cpu memory pids\nremove v2 /a\n"
				"disable v2 / cpu memory pids\n");
	model_close();
}

static int fail_and_hinder(size_t n)
{
	return n == 3 ? EROFS : n > 3 ? EPERM : 0;
}

TEST(what_cannot_be_undone_is_told)
{
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	struct ct_error err = { 0 };
	autofree char *after = NULL, *before = NULL;

	model_open(labels);
	if (!model_start())
		return;
	before = model_dump();
	CHECK_NUMBER(plan_deep(&txn, NULL, &err), 0);
	model.before = fail_and_hinder;
	CHECK_FAILURE(ct_txn_run(&txn, &err), err, EROFS,
		      "enable refused; could not undo \"create v2 /a\": remove refused");
	CHECK(err.torn);
	model.before = NULL;
	after = model_dump();
	CHECK(strcmp(before, after) != 0);
	model_close();
}

TEST(left_uncommitted_it_is_undone)
{
	struct ct_txn txn = { 0 };
	struct ct_error err = { 0 };
	autofree char *after = NULL, *before = NULL;

	model_open(labels);
	if (!model_start())
		return;
	before = model_dump();
	CHECK_NUMBER(plan_deep(&txn, NULL, &err), 0);
	CHECK_NUMBER(ct_txn_run(&txn, &err), 0);
	ct_txn_clear(&txn);
	after = model_dump();
	CHECK_TEXT(after, before);
	ct_txn_clear(&txn); /* as often as one likes */
	CHECK_NUMBER(txn.count, 0);
	model_close();
}

/* Somebody else's container of the same name, made while we ran, is not ours to remove. */
static int meddle(size_t n)
{
	if (n == 5) /* three controllers, v2's, and then the first of v1 */
		model_make(1, "a/b/c");
	return 0;
}

TEST(what_others_made_meanwhile_stays)
{
	const struct ct_create how = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	struct ct_error err = { 0 };

	model_open(labels);
	model_make(7, "a");
	model_make(7, "a/b");
	if (!model_start())
		return;
	CHECK_NUMBER(ct_create_plan(&model.all, "a/b/c", &how, &txn, &err), 0);
	model.before = meddle;
	CHECK_NUMBER(ct_txn_run(&txn, &err), -EEXIST);
	CHECK(!err.torn);
	CHECK(model_find(0, "a/b/c") != NULL);
	CHECK(model_find(2, "a/b/c") == NULL);
	CHECK(access(below(model.root, "h0/a/b/c"), F_OK) == 0);
	model_close();
}

static int make_first(size_t n)
{
	if (n == 1)
		model_make(1, "a");
	return 0;
}

/* As many mkdir -p at once: who comes second shares it, and leaves it when it has to go back. */
TEST(what_many_make_at_once_is_shared)
{
	const struct ct_create how = { .parents = true, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	struct ct_error err = { 0 };

	model_open(labels);
	if (!model_start())
		return;
	CHECK_NUMBER(ct_create_plan(&model.all, "a/b", &how, &txn, &err), 0);
	model.before = make_first;
	CHECK_NUMBER(ct_txn_run(&txn, &err), 0);
	CHECK(model_find(0, "a/b") != NULL);
	model.before = NULL;
	ct_txn_abort(&txn, &err);
	CHECK(!err.torn);
	CHECK(model_find(0, "a/b") == NULL);
	CHECK(model_find(0, "a") != NULL);
	CHECK(model_find(1, "a") == NULL);
	model_close();
}

/* ---- Removing ------------------------------------------------------------------- */

static void prepare_remove(void)
{
	model_make(7, "web");
	model_make(7, "web/backend");
	model_make(7, "web/frontend");
	model_make(5, "web/frontend/a");
	chmod(below(model.root, "h1/web/backend"), 02710);
}

static int plan_remove(struct ct_txn *txn, struct ct_taskset *tasks, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = ct_container_open(&model.all, "web", false, &container, err);

	(void)tasks;
	return result < 0 ? result : ct_remove_plan(&container, true, false, txn, err);
}

static const struct scenario removal = { prepare_remove, plan_remove, true };

TEST(remove_does_what_the_plan_says)
{
	struct ct_error err = { 0 };
	autofree char *before = NULL, *after = NULL;

	fail_at = fail_again_at = 0;
	CHECK_NUMBER(attempt(&removal, &before, &after, &err), 0);
	CHECK_TEXT(model.calls, "remove v2 /web/frontend/a\nremove v2 /web/frontend\n"
				"remove v2 /web/backend\nremove v2 /web\n"
				"remove cpu /web/frontend/a\nremove cpu /web/frontend\n"
				"remove cpu /web/backend\nremove cpu /web\n"
				"remove freezer /web/frontend\nremove freezer /web/backend\n"
				"remove freezer /web\n");
	CHECK_NUMBER(model.cgroup_count, 3);
	CHECK(access(below(model.root, "h0/web"), F_OK) < 0);
	CHECK(access(below(model.root, "h2/web"), F_OK) < 0);
	model_close();
}

TEST(remove_is_undone_whatever_fails)
{
	sweep_all(&removal, 11, 10);
}

/* A place is busy for a moment after its last task: nothing is seen in it. */
TEST(remove_bears_with_what_is_busy_for_a_moment)
{
	fail_code = EBUSY;
	fail_again_at = 0;
	for (fail_at = 1; fail_at <= 11; fail_at++) {
		struct ct_error err = { 0 };
		autofree char *before = NULL, *after = NULL;

		CHECK_NUMBER(attempt(&removal, &before, &after, &err), 0);
		CHECK_TEXT(err.text, "");
		CHECK_NUMBER(model.operations, 12);
		CHECK_NUMBER(model.cgroup_count, 3);
		model_close();
	}
}

static void prepare_mode_zero(void)
{
	model_make(7, "shut");
	chmod(below(model.root, "h0/shut"), 0);
}

static int plan_shut(struct ct_txn *txn, struct ct_taskset *tasks, struct ct_error *err)
{
	int result = 0;

	(void)tasks;
	for (size_t i = 0; result >= 0 && i < 2; i++) {
		result = ct_hierarchy_open(&model.all, &model.all.items[i], err);
		if (result >= 0 && !ct_txn_add(txn, CT_STEP_REMOVE, &model.all.items[i], "shut", err))
			result = -ENOMEM;
	}
	return result;
}

TEST(remove_of_a_directory_without_mode_is_undone)
{
	static const struct scenario shut = { prepare_mode_zero, plan_shut, false };

	CHECK_NUMBER(sweep(&shut, EIO), 2);
}

/* ---- Joining -------------------------------------------------------------------- */

static void prepare_join(void)
{
	model_make(7, "web");
	model_make(7, "old");
	model_place(MODEL_SELF, 0, "old");
	model_place(MODEL_SELF, 2, "old");
}

static int plan_join(struct ct_txn *txn, struct ct_taskset *tasks, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = ct_container_open(&model.all, "web", false, &container, err);

	(void)tasks;
	return result < 0 ? result : ct_join_plan(&container, txn, err);
}

static const struct scenario joining = { prepare_join, plan_join, false };

TEST(join_is_undone_whatever_fails)
{
	sweep_all(&joining, 3, 2);
}

TEST(join_leaves_out_where_the_process_is_already)
{
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	struct ct_error err = { 0 };

	model_open(labels);
	prepare_join();
	model_place(MODEL_SELF, 1, "web");
	if (!model_start())
		return;
	CHECK_NUMBER(plan_join(&txn, NULL, &err), 0);
	CHECK_NUMBER(ct_txn_run(&txn, &err), 0);
	CHECK_NUMBER(ct_txn_commit(&txn, &err), 0);
	CHECK_TEXT(model.calls, "join v2 /web\njoin cpu /web\n");
	model_close();
}

TEST(join_that_cannot_go_back_says_so)
{
	struct ct_error err = { 0 };
	autofree char *before = NULL, *after = NULL;

	fail_at = 2;
	fail_code = ENOSPC;
	fail_again_at = 3;
	CHECK_FAILURE(attempt(&joining, &before, &after, &err), err, ENOSPC,
		      "join refused; could not undo \"join v2 /web\": join refused");
	CHECK(err.torn);
	model_close();
}

/* ---- Attaching ------------------------------------------------------------------ */

/* Two processes; thread 103 lies elsewhere in cpu, as v1 allows. */
static void prepare_attach(void)
{
	model_make(7, "web");
	model_make(7, "old");
	model_make(7, "old/deep");
	model_make(7, "other");
	model_spawn(101, 101, "old");
	model_spawn(101, 102, "old");
	model_spawn(101, 103, "old");
	model_spawn(110, 110, "other");
	model_place(103, 0, "old/deep");
	model_place(102, 1, "");
}

static int plan_attach(struct ct_txn *txn, struct ct_taskset *tasks, struct ct_error *err)
{
	static const pid_t ids[] = { 101, 110 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	struct ct_move move = { .to = &container, .ids = ids, .count = 2, .no_freeze = true };
	int result = ct_container_open(&model.all, "web", false, &container, err);

	return result < 0 ? result : ct_move_plan(&model.all, &move, tasks, txn, err);
}

static const struct scenario attaching = { prepare_attach, plan_attach, false };

TEST(attach_is_undone_whatever_fails)
{
	/* 6 operations; the first one moves nothing when it fails */
	sweep_all(&attaching, 6, 5);
}

/* Runs the attach on a machine changed by before() on the way. */
static int attach_with(int (*before)(size_t n), struct ct_error *err)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset tasks = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result;

	model_open(labels);
	prepare_attach();
	if (!model_start())
		exit(1);
	tasks.proc = model.all.proc;
	result = plan_attach(&txn, &tasks, err);
	model.before = before;
	if (result >= 0)
		result = ct_txn_run(&txn, err);
	model.before = NULL;
	if (result >= 0)
		CHECK_NUMBER(ct_txn_commit(&txn, err), 0);
	return result;
}

static void check_places(const char *wanted)
{
	autofree char *dump = model_dump();
	const char *tasks = strstr(dump, "\n101/");

	CHECK_TEXT(tasks ? tasks + 1 : dump, wanted);
}

TEST(attach_moves_whole_processes)
{
	struct ct_error err = { 0 };

	CHECK_NUMBER(attach_with(NULL, &err), 0);
	CHECK_TEXT(model.calls, "attach v2 /web 101\nattach v2 /web 110\n"
				"attach cpu /web 101\nattach cpu /web 110\n"
				"attach freezer /web 101\nattach freezer /web 110\n");
	check_places("101/101 cpu:/web freezer:/web v2:/web\n"
		     "101/102 cpu:/web freezer:/web v2:/web\n"
		     "101/103 cpu:/web freezer:/web v2:/web\n"
		     "110/110 cpu:/web freezer:/web v2:/web\n");
	model_close();
}

static int one_leaves(size_t n)
{
	if (n == 5)
		model_place(110, 0, "old"); /* somebody else's doing, after we had moved it */
	return n == 6 ? EIO : 0;
}

TEST(attach_undone_leaves_alone_who_left_meanwhile)
{
	struct ct_error err = { 0 };

	CHECK_FAILURE(attach_with(one_leaves, &err), err, EIO, "process 110: attach refused");
	CHECK(!err.torn);
	check_places("101/101 cpu:/old freezer:/old v2:/old\n"
		     "101/102 cpu:/old freezer:/ v2:/old\n"
		     "101/103 cpu:/old/deep freezer:/old v2:/old\n"
		     "110/110 cpu:/old freezer:/other v2:/other\n");
	model_close();
}

static int one_is_replaced(size_t n)
{
	struct model_task *task;

	if (n == 5) { /* the number is another process now, born where the first was */
		model_end(110);
		task = model_spawn(110, 110, "web");
		task->start = 7777777;
		model_show_new(task);
	}
	return n == 6 ? EIO : 0;
}

TEST(attach_undone_leaves_alone_a_reused_number)
{
	struct ct_error err = { 0 };

	CHECK_NUMBER(attach_with(one_is_replaced, &err), -EIO);
	CHECK(!err.torn);
	check_places("101/101 cpu:/old freezer:/old v2:/old\n"
		     "101/102 cpu:/old freezer:/ v2:/old\n"
		     "101/103 cpu:/old/deep freezer:/old v2:/old\n"
		     "110/110 has ended\n"
		     "110/110 cpu:/web freezer:/web v2:/web\n");
	model_close();
}

static int one_ends(size_t n)
{
	if (n == 3)
		model_end(101), model_end(102), model_end(103);
	return 0;
}

TEST(attach_passes_over_who_ends_meanwhile)
{
	struct ct_error err = { 0 };

	CHECK_NUMBER(attach_with(one_ends, &err), 0);
	CHECK_TEXT(err.text, ""); /* success leaves it untouched */
	check_places("101/101 has ended\n101/102 has ended\n101/103 has ended\n"
		     "110/110 cpu:/web freezer:/web v2:/web\n");
	model_close();
}

/* The reason told is the refusal, not that a later task had ended. */
static int undo_refused_then_gone(size_t n)
{
	if (n == 2)
		return EIO;
	if (n == 4) /* the second thread, on its way back, after is_ours() */
		return ESRCH;
	return n == 3 ? EACCES : 0;
}

TEST(attach_that_cannot_be_undone_says_why)
{
	struct ct_error err = { 0 };

	CHECK_NUMBER(attach_with(undo_refused_then_gone, &err), -EIO);
	CHECK(err.torn);
	CHECK_TEXT(err.text, "process 110: attach refused; could not undo \"attach v2 /web\": "
			     "task 101 to /old: attach refused");
	model_close();
}

/* In a threaded tree of v2 a thread may lie below its leader. */
TEST(attach_undone_puts_threads_of_v2_back)
{
	ct_cleanup(ct_taskset_clear) struct ct_taskset tasks = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	struct ct_error err = { 0 };

	model_open(labels);
	prepare_attach();
	model_place(102, 2, "old/deep");
	if (!model_start())
		return;
	tasks.proc = model.all.proc;
	CHECK_NUMBER(plan_attach(&txn, &tasks, &err), 0);
	CHECK_NUMBER(ct_txn_run(&txn, &err), 0);
	ct_txn_abort(&txn, &err);
	CHECK(!err.torn);
	check_places("101/101 cpu:/old freezer:/old v2:/old\n"
		     "101/102 cpu:/old freezer:/ v2:/old/deep\n"
		     "101/103 cpu:/old/deep freezer:/old v2:/old\n"
		     "110/110 cpu:/other freezer:/other v2:/other\n");
	model_close();
}

/* The leader has ended, its threads live: v2 takes the number all the same. */
TEST(attach_undone_with_a_leader_that_has_ended)
{
	struct ct_error err = { 0 };
	ct_cleanup(ct_taskset_clear) struct ct_taskset tasks = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };

	model_open(labels);
	prepare_attach();
	if (!model_start())
		return;
	tasks.proc = model.all.proc;
	CHECK_NUMBER(plan_attach(&txn, &tasks, &err), 0);
	CHECK_NUMBER(ct_txn_run(&txn, &err), 0);
	model_leave_threads(101);
	ct_txn_abort(&txn, &err);
	CHECK(!err.torn);
	check_places("101/101 cpu:/ freezer:/ v2:/\n"
		     "101/102 cpu:/old freezer:/ v2:/old\n"
		     "101/103 cpu:/old/deep freezer:/old v2:/old\n"
		     "110/110 cpu:/other freezer:/other v2:/other\n");
	model_close();
}

/* ---- Signals -------------------------------------------------------------------- */

static int signal_number;

static int raise_signal(size_t n)
{
	if (n == 4)
		raise(signal_number);
	return 0;
}

static volatile sig_atomic_t arrived;

static void handle(int number)
{
	arrived = number;
}

static int run_interrupted(int number, void (*handler)(int), char **ret_before, char **ret_after,
			   struct ct_error *err)
{
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	struct sigaction action = { .sa_handler = handler }, saved;
	sigset_t mask;
	int result;

	model_open(labels);
	if (!model_start())
		exit(1);
	signal_number = number;
	arrived = 0;
	sigaction(number, &action, &saved);
	ct_interrupt_hold(&mask);
	*ret_before = model_dump();
	CHECK_NUMBER(plan_deep(&txn, NULL, err), 0);
	model.before = raise_signal;
	result = ct_txn_run(&txn, err);
	if (result >= 0)
		CHECK_NUMBER(ct_txn_commit(&txn, err), 0);
	CHECK_NUMBER(arrived, 0);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(number, &saved, NULL);
	*ret_after = model_dump();
	return result;
}

TEST(signals_interrupt_between_steps)
{
	static const int signals[] = { SIGINT,	SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2 };

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct ct_error err = { 0 };
		autofree char *before = NULL, *after = NULL;

		CHECK_FAILURE(run_interrupted(signals[i], handle, &before, &after, &err), err, EINTR,
			      "interrupted");
		CHECK_TEXT(after, before);
		CHECK_NUMBER(model.operations, 8); /* four and their undoing */
		CHECK_NUMBER(arrived, signals[i]); /* held back, not lost */
		model_close();
	}
}

TEST(an_ignored_signal_does_not_interrupt)
{
	struct ct_error err = { 0 };
	autofree char *before = NULL, *after = NULL;

	CHECK_NUMBER(run_interrupted(SIGHUP, SIG_IGN, &before, &after, &err), 0);
	CHECK_TEXT(err.text, "");
	CHECK(strcmp(after, before) != 0);
	model_close();
}

/* Whoever reads what a command says may go: no reason to stop half way. */
TEST(a_broken_pipe_does_not_interrupt)
{
	struct ct_error err = { 0 };
	autofree char *before = NULL, *after = NULL;

	CHECK_NUMBER(run_interrupted(SIGPIPE, handle, &before, &after, &err), 0);
	CHECK_TEXT(err.text, "");
	CHECK_NUMBER(arrived, SIGPIPE); /* held back meanwhile */
	model_close();
}

TEST(signals_are_held_and_given_back)
{
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGPIPE };
	sigset_t wanted, before, during;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGWINCH);
	sigprocmask(SIG_SETMASK, &wanted, NULL);
	ct_interrupt_hold(&before);
	CHECK(sigismember(&before, SIGWINCH) == 1);
	sigprocmask(SIG_SETMASK, NULL, &during);
	CHECK(sigismember(&during, SIGWINCH) == 1);
	for (size_t i = 0; i < sizeof(held) / sizeof(*held); i++) {
		CHECK(sigismember(&before, held[i]) == 0);
		CHECK(sigismember(&during, held[i]) == 1);
	}
	CHECK(sigismember(&during, SIGCHLD) == 0);
	CHECK(sigismember(&during, SIGTSTP) == 0);
	CHECK(sigismember(&during, SIGSEGV) == 0);
	CHECK(!ct_interrupt_pending());
	sigemptyset(&wanted);
	sigprocmask(SIG_SETMASK, &wanted, NULL);
}

/* ---- Text ----------------------------------------------------------------------- */

TEST(steps_as_text)
{
	struct ct_hierarchy hierarchy = { .label = "cpu,cpuacct", .version = 1 };
	struct ct_task threads[] = { { .tid = 7, .pid = 7 }, { .tid = 8, .pid = 7 },
				     { .tid = 12, .pid = 12 } };
	struct ct_taskset tasks = { .tasks = threads, .count = 3 };
	static const char *const wanted[] = {
		[CT_STEP_ENABLE] = "enable cpu,cpuacct /web cpu memory",
		[CT_STEP_CREATE] = "create cpu,cpuacct /web",
		[CT_STEP_OWN] = "own cpu,cpuacct /web 1000:-1",
		[CT_STEP_MODE] = "mode cpu,cpuacct /web 0070",
		[CT_STEP_NOTIFY] = "notify cpu,cpuacct /web",
		[CT_STEP_JOIN] = "join cpu,cpuacct /web",
		[CT_STEP_ATTACH] = "attach cpu,cpuacct /web 7,12",
		[CT_STEP_SHIFT] = "shift cpu,cpuacct /web from /old",
		[CT_STEP_SET] = "set cpu,cpuacct /web cpu.max=50% 20000",
		[CT_STEP_REMOVE] = "remove cpu,cpuacct /web",
		[CT_STEP_STAGE] = "stage cpu,cpuacct /web",
		[CT_STEP_HOLD] = "hold cpu,cpuacct /web",
	};
	char path[] = "web", origin[] = "old", words[] = "cpu memory", name[] = "cpu.max", value[] = "50% 20000";

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		struct ct_step step = { .kind = i, .place = { .hierarchy = &hierarchy, .path = path, .fd = -1 },
					.words = words, .origin = origin, .name = name, .value = value, .tasks = &tasks, .uid = 1000, .gid = (gid_t)-1,
					.mode = 070 };
		autofree char *text = NULL;

		CHECK_NUMBER(ct_step_text(&step, &text), 0);
		CHECK_TEXT(text, wanted[i]);
	}
}
