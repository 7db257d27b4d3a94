// SPDX-License-Identifier: MIT
#include "common/walk.h"

#include "common/container.h"
#include "tests/unit/support.h"

static char root[PATH_MAX];

/* A hierarchy that is a directory, for open_root(). */
static struct ct_hierarchy hierarchy = { .label = "cpu", .mountpoint = "/x", .fd = -1 };

static void make_root(void)
{
	make_tree(root);
	hierarchy.fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void drop_root(void)
{
	close(hierarchy.fd);
	remove_tree(root);
}

static void walk(const char *path, bool recursive, const char *wanted)
{
	char copy[64];
	struct ct_place place = { .hierarchy = &hierarchy, .path = copy, .fd = -1 };
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	struct ct_error err = { 0 };
	char text[1024] = "";

	snprintf(copy, sizeof(copy), "%s", path);
	CHECK_NUMBER(ct_walk(&place, recursive, &tree, &err), 0);
	CHECK_TEXT(err.text, "");
	for (size_t i = 0; i < tree.count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", tree.paths[i]);
	CHECK_TEXT(text, wanted);
}

TEST(parents_come_before_children)
{
	make_root();
	write_file(below(root, "web/frontend/a/file"), "");
	write_file(below(root, "web/backend/b/file"), "");
	write_file(below(root, "db/file"), "");
	walk("", true, "db web web/backend web/frontend web/backend/b web/frontend/a ");
	walk("", false, "db web ");
	walk("web", true, "web/backend web/frontend web/backend/b web/frontend/a ");
	walk("web", false, "web/backend web/frontend ");
	walk("db", true, "");
	drop_root();
}

TEST(files_and_links_are_no_containers)
{
	make_root();
	write_file(below(root, "web/.hidden/file"), "");
	write_file(below(root, "web/cgroup.procs"), "");
	if (symlink("/", below(root, "web/link")) < 0 || symlink("..", below(root, "web/up")) < 0)
		perror("symlink");
	walk("", true, "web web/.hidden ");
	drop_root();
}

TEST(what_is_not_there_is_empty)
{
	make_root();
	walk("gone", true, "");
	drop_root();
}

static void walk_deep(const char *name)
{
	struct ct_place place = { .hierarchy = &hierarchy, .path = (char[]){ "" }, .fd = -1 };
	ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
	struct ct_error err = { 0 };
	autoclose int at = -1;

	make_root();
	at = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 300; i++) {
		autoclose int above = ct_take_fd(&at);

		mkdirat(above, name, 0755);
		at = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	CHECK_NUMBER(ct_walk(&place, true, &tree, &err), 0);
	CHECK_NUMBER(tree.count, 300);
	if (tree.count == 300)
		CHECK_NUMBER(strlen(tree.paths[299]), 300 * (strlen(name) + 1) - 1);
	drop_root();
}

/* A path longer than PATH_MAX can be made step by step; it is found, never cut. */
TEST(deep_trees)
{
	walk_deep("deep");
	walk_deep("a name with which it is longer than a path may be for the kernel");
}

TEST(real_machines)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_error err = { 0 };

	if (!open_fixture("v2", &all))
		return;
	CHECK_NUMBER(ct_hierarchy_open(&all, &all.items[0], &err), 0);
	hierarchy = all.items[0];
	walk("", true, "caf\xc3\xa9 au lait db pool web pool/threads web/backend web/frontend ");
	walk("", false, "caf\xc3\xa9 au lait db pool web ");
}
