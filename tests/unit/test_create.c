// SPDX-License-Identifier: MIT
/* Plans of ctcreate and ctrm on real machines, as --dry-run prints them. */
#include "common/create.h"

#include "common/remove.h"
#include "tests/unit/support.h"

static const struct ct_create plain = { .uid = (uid_t)-1, .gid = (gid_t)-1 };
static const struct ct_create with_parents = { .parents = true, .uid = (uid_t)-1, .gid = (gid_t)-1 };

static char *as_text(const struct ct_txn *txn)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		abort();
	for (size_t i = 0; i < txn->count; i++) {
		autofree char *step = NULL;

		CHECK_NUMBER(ct_step_text(&txn->steps[i], &step), 0);
		fprintf(file, "%s\n", step);
	}
	fclose(file);
	return text;
}

static void plan_in(const char *machine, const char *list, const char *name, const struct ct_create *how,
		    const char *wanted)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	if (!open_fixture(machine, &all))
		return;
	CHECK_NUMBER(ct_hierarchies_select(&all, list, true, &err), 0);
	CHECK_NUMBER(ct_create_plan(&all, name, how, &txn, &err), 0);
	CHECK_TEXT(err.text, "");
	CHECK_NUMBER(txn.begun, 0);
	text = as_text(&txn);
	CHECK_TEXT(text, wanted);
}

static void refuse(const char *machine, const char *list, const char *name,
		   const struct ct_create *how, int code, const char *wanted)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	struct ct_error err = { 0 };

	if (!open_fixture(machine, &all))
		return;
	CHECK_NUMBER(ct_hierarchies_select(&all, list, true, &err), 0);
	CHECK_FAILURE(ct_create_plan(&all, name, how, &txn, &err), err, code, wanted);
}

TEST(v1_makes_a_directory_in_each)
{
	plan_in("v1", NULL, "new", &plain,
		"create cpuset /new\ncreate cpu /new\ncreate cpuacct /new\ncreate blkio /new\n"
		"create memory /new\ncreate devices /new\ncreate freezer /new\ncreate net_cls /new\n"
		"create perf_event /new\ncreate net_prio /new\ncreate hugetlb /new\ncreate pids /new\n"
		"create rdma /new\ncreate misc /new\ncreate name=jobs /new\n");
	plan_in("v1", "cpu,name=jobs", "web/new", &plain, "create cpu /web/new\ncreate name=jobs /web/new\n");
}

TEST(v1_with_parents)
{
	plan_in("v1", "cpu,memory", "db/a/b", &with_parents,
		"create cpu /db/a\ncreate cpu /db/a/b\ncreate memory /db/a\ncreate memory /db/a/b\n");
	plan_in("v1", "cpu,pids", "db/a", &with_parents, /* pids has no db */
		"create cpu /db/a\ncreate pids /db\ncreate pids /db/a\n");
}

TEST(what_exists_is_left_out_with_parents)
{
	plan_in("v1", "cpu,pids", "db", &with_parents, "create pids /db\n");
	plan_in("v1", "cpu,memory", "db", &with_parents, "");
	plan_in("v2", NULL, "web/frontend", &with_parents, "");
}

TEST(v2_enables_what_is_not_yet_enabled)
{
	plan_in("v2", NULL, "new", &plain, "create v2 /new\n"); /* the root has all enabled */
	plan_in("v2", NULL, "web/new", &plain, "create v2 /web/new\n");
	plan_in("v2", NULL, "db/new", &plain,
		"enable v2 /db cpuset cpu io memory hugetlb pids rdma misc\ncreate v2 /db/new\n");
	plan_in("v2", NULL, "a/b/c", &with_parents,
		"create v2 /a\nenable v2 /a cpuset cpu io memory hugetlb pids rdma misc\n"
		"create v2 /a/b\nenable v2 /a/b cpuset cpu io memory hugetlb pids rdma misc\n"
		"create v2 /a/b/c\n");
}

TEST(v2_in_a_cgroup_namespace)
{
	plan_in("cgroupns", "v2", "pod/new", &plain,
		"enable v2 / cpuset cpu io hugetlb rdma misc\n"
		"enable v2 /pod cpuset cpu io hugetlb rdma misc\n"
		"create v2 /pod/new\n");
	/* what is offered there is nothing */
	plan_in("cgroupns-remounted", "v2", "a/b", &with_parents, "create v2 /a\ncreate v2 /a/b\n");
}

TEST(hybrid_begins_with_v2_and_leaves_the_init_systems_alone)
{
	plan_in("hybrid", NULL, "new", &plain,
		"create v2 /new\ncreate cpu,cpuacct /new\ncreate cpuset /new\ncreate blkio /new\n"
		"create memory /new\ncreate devices /new\ncreate freezer /new\n"
		"create net_cls,net_prio /new\ncreate perf_event /new\ncreate pids /new\n");
	plan_in("hybrid", "name=systemd,v2", "x/y", &with_parents,
		"create v2 /x\nenable v2 /x hugetlb rdma misc\ncreate v2 /x/y\n"
		"create name=systemd /x\ncreate name=systemd /x/y\n");
}

TEST(owner_and_mode_are_for_the_last_alone)
{
	const struct ct_create how = { .parents = true, .uid = 1000, .gid = 100, .set_mode = true,
				       .mode = 0750 };
	const struct ct_create group = { .uid = (uid_t)-1, .gid = 0 };

	plan_in("v1", "cpu", "a/b", &how,
		"create cpu /a\ncreate cpu /a/b\nown cpu /a/b 1000:100\nmode cpu /a/b 0750\n");
	plan_in("v1", "cpu", "new", &group, "create cpu /new\nown cpu /new -1:0\n");
	plan_in("v1", "cpu", "db", &how, ""); /* it exists: whose it is stays */
}

TEST(absolute_names)
{
	plan_in("v1", NULL, "/sys/fs/cgroup/memory/web/new", &plain, "create memory /web/new\n");
	plan_in("twice", NULL, "/srv/web/a/b", &with_parents, "create memory /web/a\ncreate memory /web/a/b\n");
}

TEST(it_exists)
{
	refuse("v2", NULL, "web", &plain, EEXIST, "it exists already");
	refuse("hybrid", "v2,pids,memory", "db", &plain, EEXIST,
	       "it exists already in v2,memory; -p makes it in pids as well");
}

TEST(its_parent_is_missing)
{
	refuse("v2", NULL, "none/new", &plain, ENOENT, "its parent none is not there in v2: -p makes it");
	refuse("hybrid", "memory,pids,cpu", "db/new", &plain, ENOENT,
	       "its parent db is not there in pids: -p makes it, or make it only where the parent is, with -H cpu,cpuacct,memory");
	refuse("v2", NULL, "web/none/deep", &plain, ENOENT,
	       "its parent web/none is not there in v2: -p makes it");
}

TEST(a_hundred_levels)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	struct ct_error err = { 0 };
	char name[200];

	memset(name, 'a', sizeof(name));
	for (size_t i = 1; i < sizeof(name); i += 2)
		name[i] = '/';
	name[sizeof(name) - 1] = '\0';
	if (!open_fixture("v2", &all))
		return;
	CHECK_NUMBER(ct_create_plan(&all, name, &with_parents, &txn, &err), 0);
	CHECK_NUMBER(txn.count, 100 + 99);
	CHECK_TEXT(txn.steps[198].place.path, name);
}

/* ---- Removing --------------------------------------------------------------------- */

static int plan_remove(const char *machine, const char *list, const char *name, bool recursive,
		       bool populated, char **ret_text, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	int result;

	if (!open_fixture(machine, &all))
		return 0;
	CHECK_NUMBER(ct_hierarchies_select(&all, list, false, err), 0);
	CHECK_NUMBER(ct_container_open(&all, name, false, &container, err), 0);
	result = ct_remove_plan(&container, recursive, populated, &txn, err);
	*ret_text = as_text(&txn);
	return result;
}

static void plan_removal(const char *machine, const char *list, const char *name, bool recursive,
			 bool populated, const char *wanted)
{
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	CHECK_NUMBER(plan_remove(machine, list, name, recursive, populated, &text, &err), 0);
	CHECK_TEXT(err.text, "");
	CHECK_TEXT(text, wanted);
}

static void refuse_removal(const char *machine, const char *list, const char *name, bool recursive,
			   int code, const char *wanted)
{
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	CHECK_FAILURE(plan_remove(machine, list, name, recursive, false, &text, &err), err, code, wanted);
}

TEST(removal_goes_up_from_below)
{
	plan_removal("v2", NULL, "pool/threads", false, false, "remove v2 /pool/threads\n");
	plan_removal("v2", NULL, "web", true, true,
		     "remove v2 /web/frontend\nremove v2 /web/backend\nremove v2 /web\n");
	plan_removal("hybrid", "v2,pids", "web", true, true,
		     "remove v2 /web/frontend\nremove v2 /web/backend\nremove v2 /web\n"
		     "remove pids /web/frontend\nremove pids /web/backend\nremove pids /web\n");
}

TEST(removal_of_what_holds_containers)
{
	refuse_removal("v2", NULL, "web", false, EBUSY,
		       "it holds web/backend, web/frontend in v2: -r removes what is below too");
}

TEST(removal_of_a_root)
{
	refuse_removal("v1", NULL, "/sys/fs/cgroup/memory", true, EBUSY,
		       "it is the root of memory, which stays as long as it is mounted");
}

/* Process ids of a fixture are looked up. */
TEST(removal_of_what_holds_processes)
{
	struct ct_error err = { 0 };
	autofree char *text = NULL;
	autofile FILE *file = NULL;
	char path[2 * PATH_MAX], wanted[256];
	int pids[2] = { 0 };

	snprintf(path, sizeof(path), "%s/sys/fs/cgroup/web/frontend/cgroup.procs", fixture("v2"));
	file = fopen(path, "re");
	CHECK(file && fscanf(file, "%d %d", &pids[0], &pids[1]) == 2);
	snprintf(wanted, sizeof(wanted),
		 "web/frontend holds 2 processes in v2: %d (sleep), %d (sleep); ctkill -r ends them, ctattach moves them",
		 pids[0] < pids[1] ? pids[0] : pids[1], pids[0] < pids[1] ? pids[1] : pids[0]);
	CHECK_FAILURE(plan_remove("v2", NULL, "web", true, false, &text, &err), err, EBUSY, wanted);
}

TEST(many_in_the_way_are_not_all_named)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	struct ct_error err = { 0 };
	char root[PATH_MAX];

	make_tree(root);
	write_file(below(root, "proc/self/mountinfo"), "1 1 0:9 / /h rw - cgroup c rw,cpu\n");
	write_file(below(root, "proc/self/cgroup"), "1:cpu:/\n");
	for (int i = 1; i <= 4; i++)
		mkdir(below(root, "h/web/c%d", i), 0755);
	write_file(below(root, "h/web/c4/cgroup.procs"), "5\n6\n7\n8\n");
	write_file(below(root, "h/web/c1/cgroup.procs"), "9\n");
	CHECK_NUMBER(ct_hierarchies_open(&all, root, &err), 0);
	CHECK_NUMBER(ct_hierarchies_select(&all, NULL, false, &err), 0);
	CHECK_NUMBER(ct_container_open(&all, "web", false, &container, &err), 0);
	CHECK_FAILURE(ct_remove_plan(&container, false, false, &txn, &err), err, EBUSY,
		      "it holds web/c1, web/c2, web/c3, ... in cpu: -r removes what is below too");
	CHECK_FAILURE(ct_remove_plan(&container, true, false, &txn, &err), err, EBUSY,
		      "web/c4 holds 4 processes in cpu: 5 (?), 6 (?), 7 (?), ...; ctkill -r ends them, ctattach moves them");
	remove_tree(below(root, "h/web/c4"));
	CHECK_FAILURE(ct_remove_plan(&container, true, false, &txn, &err), err, EBUSY,
		      "web/c1 holds 1 process in cpu: 9 (?); ctkill -r ends them, ctattach moves them");
	remove_tree(root);
}
