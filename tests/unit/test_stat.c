// SPDX-License-Identifier: MIT
#include "common/stat.h"

#include "tests/unit/support.h"

/* "NAME TASKS STATE HIERARCHIES" of each that is found. */
static char *as_text(struct ct_hierarchies *all, const char *name, bool recursive, struct ct_error *err)
{
	static const char *const states[] = {
		[CT_THAWED] = "thawed", [CT_FREEZING] = "freezing", [CT_FROZEN] = "frozen",
		[CT_NO_FREEZER] = "no-freezer",
	};
	ct_cleanup(ct_containers_clear) struct ct_containers found = { 0 };
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		abort();
	CHECK_NUMBER(ct_stat_find(all, name, false, recursive, &found, err, err), 0);
	for (size_t i = 0; i < found.count; i++) {
		struct ct_stat stat = { 0 };
		char labels[256];

		ct_container_labels(&found.items[i], labels, sizeof(labels));
		CHECK_NUMBER(ct_stat_read(&found.items[i], 0, &stat, err), 0);
		fprintf(file, "%s %zu %s %s\n", found.items[i].name,
			(size_t)stat.figures.values[CT_TASKS], states[stat.freeze], labels);
		for (size_t j = 0; j < found.items[i].count; j++)
			CHECK_NUMBER(found.items[i].places[j].fd, -1); /* however many there are */
	}
	fclose(file);
	return text;
}

static void list(const char *machine, const char *name, bool recursive, const char *wanted)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	if (!open_fixture(machine, &all))
		return;
	text = as_text(&all, name, recursive, &err);
	CHECK_TEXT(text, wanted);
	CHECK_TEXT(err.text, "");
}

TEST(all_of_a_machine)
{
	list("v2", NULL, true,
	     "caf\xc3\xa9 au lait 1 frozen v2\n"
	     "db 1 thawed v2\n"
	     "pool 1 thawed v2\n"
	     "pool/threads 0 thawed v2\n"
	     "web 0 thawed v2\n"
	     "web/backend 1 thawed v2\n"
	     "web/frontend 2 thawed v2\n");
	list("twice", NULL, true,
	     "caf\xc3\xa9 au lait 1 frozen memory,pids,freezer,v2\n"
	     "db 1 thawed memory,freezer,v2\n"
	     "web 0 thawed memory,pids,freezer,v2\n"
	     "web/backend 1 thawed memory,pids,freezer,v2\n"
	     "web/frontend 2 thawed memory,pids,freezer,v2\n");
}

TEST(only_the_topmost)
{
	list("cgroupns", NULL, false, "pod 0 thawed memory,pids,freezer,v2\n");
	list("linux-6.12", NULL, false,
	     "caf\xc3\xa9 au lait 1 frozen freezer,v2\n"
	     "db 1 thawed cpu,freezer,v2\n"
	     "web 0 thawed cpu,cpuacct,devices,freezer,pids,v2\n");
}

TEST(by_name)
{
	list("v2", "web", false, "web 0 thawed v2\n");
	list("v2", "web", true, "web 0 thawed v2\nweb/backend 1 thawed v2\nweb/frontend 2 thawed v2\n");
	list("v1", "/sys/fs/cgroup/memory/web", true,
	     "/sys/fs/cgroup/memory/web 0 no-freezer memory\n"
	     "/sys/fs/cgroup/memory/web/backend 1 no-freezer memory\n"
	     "/sys/fs/cgroup/memory/web/frontend 2 no-freezer memory\n");
	list("twice", "/srv/web/", true,
	     "/srv/web/ 0 no-freezer memory\n"
	     "/srv/web/backend 1 no-freezer memory\n"
	     "/srv/web/frontend 2 no-freezer memory\n");
}

/* In cpu a thread of web/backend lies in web/frontend: the process is counted in both. */
TEST(a_process_is_counted_once_in_a_container)
{
	list("linux-6.12", "web", true,
	     "web 0 thawed cpu,cpuacct,devices,freezer,pids,v2\n"
	     "web/backend 1 thawed cpu,cpuacct,devices,freezer,pids,v2\n"
	     "web/frontend 3 thawed cpu,cpuacct,devices,freezer,pids,v2\n");
}

/* ---- Order ------------------------------------------------------------------------ */

static char root[PATH_MAX];

static void open_made(struct ct_hierarchies *all)
{
	struct ct_error err = { 0 };

	write_file(below(root, "proc/self/mountinfo"), "1 1 0:9 / /a rw - cgroup c rw,cpu\n"
						       "1 1 0:8 / /b rw - cgroup c rw,pids\n");
	write_file(below(root, "proc/self/cgroup"), "1:cpu:/\n2:pids:/\n");
	CHECK_NUMBER(ct_hierarchies_open(all, root, &err), 0);
	CHECK_NUMBER(ct_hierarchies_select(all, NULL, false, &err), 0);
}

TEST(children_follow_their_parent)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	static const char *const made[] = { "a/web-x", "a/web/a", "a/web/a!", "a/web/a/z", "a/web.x/y",
					    "b/web", "b/web/a", "b/\xc3\xa9", "b/B", "a/web/a b" };
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	make_tree(root);
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		write_file(below(root, "%s/cgroup.procs", made[i]), "");
	write_file(below(root, "a/web/cgroup.procs"), "");
	write_file(below(root, "a/web.x/cgroup.procs"), "");
	open_made(&all);
	text = as_text(&all, NULL, true, &err);
	CHECK_TEXT(text, "B 0 no-freezer pids\n"
			 "web 0 no-freezer cpu,pids\n"
			 "web/a 0 no-freezer cpu,pids\n"
			 "web/a/z 0 no-freezer cpu\n"
			 "web/a b 0 no-freezer cpu\n"
			 "web/a! 0 no-freezer cpu\n"
			 "web-x 0 no-freezer cpu\n"
			 "web.x 0 no-freezer cpu\n"
			 "web.x/y 0 no-freezer cpu\n"
			 "\xc3\xa9 0 no-freezer pids\n");
	remove_tree(root);
}

TEST(processes_in_several_places_count_once)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	make_tree(root);
	write_file(below(root, "a/web/cgroup.procs"), "7\n9\n8\n7\n"); /* v1 may repeat itself */
	write_file(below(root, "b/web/cgroup.procs"), "10\n8\n");
	open_made(&all);
	text = as_text(&all, "web", false, &err);
	CHECK_TEXT(text, "web 4 no-freezer cpu,pids\n");
	remove_tree(root);
}

TEST(it_went_away_meanwhile)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_containers_clear) struct ct_containers found = { 0 };
	struct ct_stat stat = { .when = 99 };
	struct ct_error err = { 0 };

	make_tree(root);
	write_file(below(root, "a/web/cgroup.procs"), "7\n");
	mkdir(below(root, "b"), 0755);
	open_made(&all);
	CHECK_NUMBER(ct_stat_find(&all, NULL, false, true, &found, &err, &err), 0);
	remove_tree(below(root, "a/web"));
	if (CHECK_NUMBER(found.count, 1))
		CHECK_FAILURE(ct_stat_read(&found.items[0], 0, &stat, &err), err, ENOENT,
			      "no such container any more");
	CHECK_NUMBER(stat.when, 99);
	remove_tree(root);
}
