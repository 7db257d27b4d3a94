// SPDX-License-Identifier: MIT
#include "common/members.h"

#include "common/holders.h"
#include "tests/unit/support.h"

static char root[PATH_MAX];
static struct ct_hierarchies all;

static void open_machine(void)
{
	struct ct_error err = { 0 };

	make_tree(root);
	write_file(below(root, "proc/self/mountinfo"), "1 1 0:9 / /v1 rw - cgroup c rw,cpu\n");
	write_file(below(root, "proc/self/cgroup"), "1:cpu:/\n");
	write_file(below(root, "proc/7/stat"), "7 (a) b) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0");
	mkdir(below(root, "v1/web"), 0755);
	write_file(below(root, "v1/web/cgroup.procs"), "9\n7\n0\n");
	write_file(below(root, "v1/web/a/b/cgroup.procs"), "5\n9\n0\n");
	CHECK_NUMBER(ct_hierarchies_open(&all, root, &err), 0);
	CHECK_NUMBER(ct_hierarchy_open(&all, &all.items[0], &err), 0);
}

static void close_machine(void)
{
	ct_hierarchies_clear(&all);
	remove_tree(root);
}

TEST(in_it_and_below_each_once)
{
	ct_cleanup(ct_members_clear) struct ct_members members = { 0 };
	struct ct_error err = { 0 };
	struct ct_place place = { .path = (char[]){ "web" }, .fd = -1 };

	open_machine();
	place.hierarchy = &all.items[0];
	CHECK(!ct_members_have(&members, 7));
	CHECK_NUMBER(ct_members_add(&place, CT_LIST_PROCESSES, &members, &err), 0);
	ct_members_sort(&members);
	CHECK_NUMBER(members.count, 3);
	CHECK_NUMBER(members.unseen, 2);
	CHECK(members.ids[0] == 5 && members.ids[1] == 7 && members.ids[2] == 9);
	CHECK(ct_members_have(&members, 5) && ct_members_have(&members, 9));
	CHECK(!ct_members_have(&members, 6) && !ct_members_have(&members, 0));
	CHECK_TEXT(err.text, "");
	close_machine();
}

TEST(one_directory_alone_or_gone)
{
	ct_cleanup(ct_members_clear) struct ct_members members = { 0 };
	struct ct_error err = { 0 };

	open_machine();
	CHECK_NUMBER(ct_members_add_path(&all.items[0], "web/gone", CT_LIST_PROCESSES, &members, &err), 0);
	CHECK_NUMBER(members.count, 0);
	CHECK_NUMBER(ct_members_add_path(&all.items[0], "web", CT_LIST_PROCESSES, &members, &err), 0);
	CHECK_NUMBER(members.count, 2);
	CHECK_NUMBER(members.unseen, 1);
	close_machine();
}

TEST(what_holds_a_directory)
{
	struct ct_error err = { 0 };
	struct ct_place place = { .path = (char[]){ "web" }, .fd = -1 };

	open_machine();
	place.hierarchy = &all.items[0];
	CHECK_FAILURE(ct_holders_tasks(&place, &err), err, EBUSY,
		      "web holds 3 processes in cpu: 7 (a) b), 9 (?); ctkill -r ends them, ctattach moves them");
	CHECK_FAILURE(ct_holders_all(&place, &err), err, EBUSY,
		      "it holds web/a in cpu: -r removes what is below too");
	write_file(below(root, "v1/web/cgroup.procs"), "0\n");
	CHECK_FAILURE(ct_holders_tasks(&place, &err), err, EBUSY,
		      "web holds 1 process in cpu, of another pid namespace, so that no number can be told: ctkill -r ends it");
	write_file(below(root, "v1/web/cgroup.procs"), "");
	remove_tree(below(root, "v1/web/a"));
	CHECK_NUMBER(ct_holders_all(&place, &err), 0);
	close_machine();
}
