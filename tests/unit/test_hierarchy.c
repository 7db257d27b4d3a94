// SPDX-License-Identifier: MIT
#include "common/hierarchy.h"

#include <sys/sysmacros.h>

#include "common/cgroup.h"
#include "tests/unit/support.h"

/* "ID vVERSION LABEL MAJOR:MINOR MOUNTPOINT ROOT SELF", those not mounted without the middle. */
static char *as_text(const struct ct_hierarchies *all)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		abort();
	for (size_t i = 0; i < all->total; i++) {
		const struct ct_hierarchy *hierarchy = &all->items[i];

		fprintf(file, "%d v%u %s", hierarchy->id, hierarchy->version, hierarchy->label);
		if (hierarchy->mountpoint)
			fprintf(file, " %u:%u [%s] %s", major(hierarchy->device),
				minor(hierarchy->device), hierarchy->mountpoint, hierarchy->root);
		fprintf(file, " %s\n", hierarchy->self);
		CHECK(hierarchy->ops == (hierarchy->version == 2 ? &ct_cgroup_v2 : &ct_cgroup_v1));
		CHECK((hierarchy->mountpoint != NULL) == (i < all->count));
		CHECK_NUMBER(hierarchy->fd, -1);
	}
	fclose(file);
	return text;
}

static void discover(const char *name, const char *wanted)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	autofree char *text = NULL;

	if (!open_fixture(name, &all))
		return;
	text = as_text(&all);
	CHECK_TEXT(text, wanted);
}

TEST(v1)
{
	discover("v1", "1 v1 cpuset 0:22 [/sys/fs/cgroup/cpuset] / /\n"
		       "2 v1 cpu 0:23 [/sys/fs/cgroup/cpu] / /\n"
		       "3 v1 cpuacct 0:24 [/sys/fs/cgroup/cpuacct] / /\n"
		       "4 v1 blkio 0:25 [/sys/fs/cgroup/blkio] / /\n"
		       "5 v1 memory 0:26 [/sys/fs/cgroup/memory] / /\n"
		       "6 v1 devices 0:27 [/sys/fs/cgroup/devices] / /\n"
		       "7 v1 freezer 0:28 [/sys/fs/cgroup/freezer] / /\n"
		       "8 v1 net_cls 0:29 [/sys/fs/cgroup/net_cls] / /\n"
		       "9 v1 perf_event 0:30 [/sys/fs/cgroup/perf_event] / /\n"
		       "10 v1 net_prio 0:31 [/sys/fs/cgroup/net_prio] / /\n"
		       "11 v1 hugetlb 0:32 [/sys/fs/cgroup/hugetlb] / /\n"
		       "12 v1 pids 0:33 [/sys/fs/cgroup/pids] / /\n"
		       "13 v1 rdma 0:34 [/sys/fs/cgroup/rdma] / /\n"
		       "14 v1 misc 0:35 [/sys/fs/cgroup/misc] / /\n"
		       "15 v1 name=jobs 0:36 [/sys/fs/cgroup/jobs] / /\n");
}

TEST(v1_joined)
{
	discover("v1-joined", "1 v1 name=systemd 0:22 [/sys/fs/cgroup/systemd] / /\n"
			      "2 v1 cpu,cpuacct 0:23 [/sys/fs/cgroup/cpu,cpuacct] / /\n"
			      "3 v1 cpuset 0:24 [/sys/fs/cgroup/cpuset] / /\n"
			      "4 v1 blkio 0:25 [/sys/fs/cgroup/blkio] / /\n"
			      "5 v1 memory 0:26 [/sys/fs/cgroup/memory] / /\n"
			      "6 v1 devices 0:27 [/sys/fs/cgroup/devices] / /\n"
			      "7 v1 freezer 0:28 [/sys/fs/cgroup/freezer] / /\n"
			      "8 v1 net_cls,net_prio 0:29 [/sys/fs/cgroup/net_cls,net_prio] / /\n"
			      "9 v1 perf_event 0:30 [/sys/fs/cgroup/perf_event] / /\n"
			      "10 v1 pids 0:31 [/sys/fs/cgroup/pids] / /\n");
}

TEST(v2)
{
	discover("v2", "0 v2 v2 0:21 [/sys/fs/cgroup] / /\n");
}

TEST(hybrid)
{
	discover("hybrid", "0 v2 v2 0:22 [/sys/fs/cgroup/unified] / /\n"
			   "1 v1 name=systemd 0:23 [/sys/fs/cgroup/systemd] / /\n"
			   "2 v1 cpu,cpuacct 0:24 [/sys/fs/cgroup/cpu,cpuacct] / /\n"
			   "3 v1 cpuset 0:25 [/sys/fs/cgroup/cpuset] / /\n"
			   "4 v1 blkio 0:26 [/sys/fs/cgroup/blkio] / /\n"
			   "5 v1 memory 0:27 [/sys/fs/cgroup/memory] / /\n"
			   "6 v1 devices 0:28 [/sys/fs/cgroup/devices] / /\n"
			   "7 v1 freezer 0:29 [/sys/fs/cgroup/freezer] / /\n"
			   "8 v1 net_cls,net_prio 0:30 [/sys/fs/cgroup/net_cls,net_prio] / /\n"
			   "9 v1 perf_event 0:31 [/sys/fs/cgroup/perf_event] / /\n"
			   "10 v1 pids 0:32 [/sys/fs/cgroup/pids] / /\n");
}

TEST(in_a_cgroup_namespace)
{
	discover("cgroupns", "1 v1 memory 0:22 [/sys/fs/cgroup/memory] /../.. /\n"
			     "2 v1 pids 0:23 [/sys/fs/cgroup/pids] /../.. /\n"
			     "3 v1 freezer 0:24 [/sys/fs/cgroup/freezer] /../.. /\n"
			     "0 v2 v2 0:25 [/sys/fs/cgroup/unified] /../.. /\n");
	discover("cgroupns-remounted", "1 v1 memory 0:22 [/sys/fs/cgroup/memory] / /\n"
				       "2 v1 pids 0:23 [/sys/fs/cgroup/pids] / /\n"
				       "3 v1 freezer 0:24 [/sys/fs/cgroup/freezer] / /\n"
				       "0 v2 v2 0:25 [/sys/fs/cgroup/unified] / /\n");
}

TEST(mounted_twice_and_with_odd_names)
{
	discover("twice", "1 v1 memory 0:22 [/sys/fs/cgroup/memory] / /\n"
			  "2 v1 pids 0:23 [/mnt/my containers] / /\n"
			  "3 v1 freezer 0:24 [/sys/fs/cgroup/freezer] / /\n"
			  "0 v2 v2 0:25 [/sys/fs/cgroup/unified] / /\n");
}

TEST(linux_6_12)
{
	discover("linux-6.12", "1 v1 cpu 0:24 [/sys/fs/cgroup/cpu] / /\n"
			       "2 v1 cpuacct 0:25 [/sys/fs/cgroup/cpuacct] / /\n"
			       "3 v1 devices 0:26 [/sys/fs/cgroup/devices] / /\n"
			       "4 v1 freezer 0:27 [/sys/fs/cgroup/freezer] / /\n"
			       "5 v1 pids 0:28 [/sys/fs/cgroup/pids] / /\n"
			       "0 v2 v2 0:29 [/sys/fs/cgroup/unified] / /\n");
}

TEST(nothing_mounted)
{
	discover("none", "");
}

/* ---- Machines of one's own ------------------------------------------------------- */

static char root[PATH_MAX];

static int open_made(const char *mountinfo, const char *self, struct ct_hierarchies *all,
		     struct ct_error *err)
{
	make_tree(root);
	mkdir(below(root, "proc/self/x"), 0755);
	if (mountinfo)
		write_file(below(root, "proc/self/mountinfo"), mountinfo);
	if (self)
		write_file(below(root, "proc/self/cgroup"), self);
	return ct_hierarchies_open(all, root, err);
}

static void discover_made(const char *mountinfo, const char *self, const char *wanted)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	CHECK_NUMBER(open_made(mountinfo, self, &all, &err), 0);
	text = as_text(&all);
	CHECK_TEXT(text, wanted);
	remove_tree(root);
}

TEST(active_but_not_mounted)
{
	discover_made("1 1 0:9 / /b rw - cgroup c rw,memory\n1 1 0:7 / /a rw - cgroup c rw,name=x\n",
		      "4:cpu:/x\n3:name=x:/\n2:memory:/\n1:pids:/\n0::/\n",
		      "2 v1 memory 0:9 [/b] / /\n3 v1 name=x 0:7 [/a] / /\n"
		      "4 v1 cpu /x\n1 v1 pids /\n0 v2 v2 /\n");
}

TEST(controllers_in_another_order)
{
	discover_made("1 1 0:9 / /b rw - cgroup c rw,cpuacct,cpu\n", "1:cpu,cpuacct:/\n",
		      "1 v1 cpu,cpuacct 0:9 [/b] / /\n");
}

TEST(words_that_contain_each_other)
{
	discover_made("1 1 0:9 / /b rw - cgroup c rw,cpuset\n1 1 0:8 / /c rw - cgroup c rw,name=cpu\n"
		      "1 1 0:7 / /d rw - cgroup c rw,cpu\n",
		      "3:name=cpu:/\n2:cpu:/\n1:cpuset:/\n",
		      "1 v1 cpuset 0:9 [/b] / /\n3 v1 name=cpu 0:8 [/c] / /\n2 v1 cpu 0:7 [/d] / /\n");
}

TEST(the_mount_of_the_shortest_root_is_taken)
{
	discover_made("1 1 0:9 /web /srv rw - cgroup c rw,cpu\n1 1 0:9 / /first rw - cgroup c rw,cpu\n"
		      "1 1 0:9 / /second rw - cgroup c rw,cpu\n1 1 0:9 /../.. /up rw - cgroup c rw,cpu\n",
		      "1:cpu:/web/x\n", "1 v1 cpu 0:9 [/first] / /web/x\n");
}

TEST(paths_with_colons_and_blanks)
{
	discover_made("1 1 0:9 / /b rw - cgroup c rw,name=a\n", "1:name=a:/x:y/ z: \n",
		      "1 v1 name=a 0:9 [/b] / /x:y/ z: \n");
}

TEST(malformed_lines_of_the_cgroup_file)
{
	discover_made("1 1 0:9 / /b rw - cgroup c rw,cpu\n",
		      "\nx\n:\n::\n1\n1:cpu\n-1:cpu:/\n1x:cpu:/\n99999999999999999999:cpu:/\n2:cpu:/",
		      "2 v1 cpu 0:9 [/b] / /\n");
}

TEST(what_cannot_be_read_is_told)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_error err = { 0 };

	CHECK_FAILURE(ct_hierarchies_open(&all, "/nonexistent", &err), err, ENOENT,
		      "cannot open /nonexistent/proc: No such file or directory");
	CHECK_FAILURE(open_made(NULL, NULL, &all, &err), err, ENOENT,
		      "cannot read /proc/self/mountinfo: No such file or directory");
	remove_tree(root);
	CHECK_FAILURE(open_made("", NULL, &all, &err), err, ENOENT,
		      "cannot read /proc/self/cgroup: this kernel has no cgroups");
	remove_tree(root);
	CHECK_NUMBER(all.proc, -1); /* untouched */
}

TEST(cleared_twice)
{
	struct ct_hierarchies all = { .proc = -1 };

	ct_hierarchies_clear(&all);
	if (!open_fixture("hybrid", &all))
		return;
	ct_hierarchies_clear(&all);
	ct_hierarchies_clear(&all);
	CHECK(!all.items && !all.count && !all.total && all.proc == -1);
}

TEST(the_home_of_a_controller_alone)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_error err = { 0 };

	if (!CHECK_NUMBER(ct_hierarchies_open_home(&all, fixture("v1-joined"), "cpuacct", &err), 0))
		return;
	CHECK_NUMBER(all.count, 1);
	CHECK_NUMBER(all.total, 1);
	CHECK_TEXT(all.items[0].label, "cpuacct");
	CHECK_TEXT(all.items[0].mountpoint, "/sys/fs/cgroup/cpu,cpuacct");
	CHECK_NUMBER(minor(all.items[0].device), 23);
	CHECK(!all.items[0].self && all.items[0].id == -1);
	ct_hierarchies_clear(&all);
	/* without one it is all there are */
	CHECK_NUMBER(ct_hierarchies_open_home(&all, fixture("v1-joined"), "rdma", &err), 0);
	CHECK_NUMBER(all.total, 10);
	ct_hierarchies_clear(&all);
	CHECK_NUMBER(ct_hierarchies_open_home(&all, fixture("v2"), "pids", &err), 0);
	CHECK_NUMBER(all.total, 1);
	CHECK_TEXT(all.items[0].label, "v2");
	CHECK_TEXT(all.items[0].self, "/");
}

/* ---- -H -------------------------------------------------------------------------- */

static char *selected(const struct ct_hierarchies *all)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		abort();
	for (size_t i = 0; i < all->total; i++)
		if (all->items[i].selected)
			fprintf(file, "%s ", all->items[i].label);
	fclose(file);
	return text;
}

static void choose(const char *name, const char *list, bool for_new, const char *wanted)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	if (!open_fixture(name, &all))
		return;
	CHECK_NUMBER(ct_hierarchies_select(&all, list, for_new, &err), 0);
	text = selected(&all);
	CHECK_TEXT(text, wanted);
	CHECK_TEXT(err.text, "");
}

TEST(select_all_by_default)
{
	choose("v2", NULL, false, "v2 ");
	choose("cgroupns", NULL, false, "memory pids freezer v2 ");
	choose("hybrid", NULL, false, "v2 name=systemd cpu,cpuacct cpuset blkio memory devices freezer "
				      "net_cls,net_prio perf_event pids ");
	choose("hybrid", "all", true, "v2 name=systemd cpu,cpuacct cpuset blkio memory devices freezer "
				      "net_cls,net_prio perf_event pids ");
}

TEST(select_for_new_ones_leaves_out_the_init_systems)
{
	choose("hybrid", NULL, true, "v2 cpu,cpuacct cpuset blkio memory devices freezer "
				     "net_cls,net_prio perf_event pids ");
	choose("hybrid", "name=systemd", true, "name=systemd ");
}

TEST(select_by_words)
{
	choose("v1", "cpu", false, "cpu ");
	choose("v1", "name=jobs,memory", false, "memory name=jobs ");
	choose("v1-joined", "cpu", false, "cpu,cpuacct ");
	choose("v1-joined", "cpuacct", false, "cpu,cpuacct ");
	choose("v1-joined", "cpu,cpuacct", false, "cpu,cpuacct ");
	choose("hybrid", "v2,net_prio", false, "v2 net_cls,net_prio ");
	choose("hybrid", "cpu,cpu", false, "cpu,cpuacct ");
}

TEST(select_v2_by_its_controllers)
{
	choose("v2", "memory", false, "v2 ");
	choose("v2", "memory,pids", false, "v2 ");
	choose("hybrid", "memory", false, "memory ");  /* bound to v1 here */
	choose("hybrid", "hugetlb", false, "v2 "); /* but this is left to v2 */
	choose("linux-6.12", "memory,cpu", false, "cpu v2 ");
}

static void refuse(const char *name, const char *list, const char *wanted)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_error err = { 0 };

	if (open_fixture(name, &all))
		CHECK_FAILURE(ct_hierarchies_select(&all, list, false, &err), err, ENOENT, wanted);
}

TEST(select_what_is_none)
{
	refuse("cgroupns", "bogus",
	       "'bogus' is no mounted hierarchy: -H takes memory, pids, freezer, v2 or all");
	refuse("cgroupns", "memory,,pids",
	       "'' is no mounted hierarchy: -H takes memory, pids, freezer, v2 or all");
	refuse("cgroupns", "", "'' is no mounted hierarchy: -H takes memory, pids, freezer, v2 or all");
	refuse("cgroupns", "memory,",
	       "'' is no mounted hierarchy: -H takes memory, pids, freezer, v2 or all");
	refuse("v2", "CPU", "'CPU' is no mounted hierarchy: -H takes v2 or all");
	refuse("v2", "perf_event", "'perf_event' is no mounted hierarchy: -H takes v2 or all");
	refuse("v2", "cpu memory", "'cpu memory' is no mounted hierarchy: -H takes v2 or all");
	refuse("none", NULL, "no hierarchy is mounted: ctmount -2 DIR mounts v2, ctmount -o cpu DIR a v1 one");
	refuse("none", "cpu", "no hierarchy is mounted: ctmount -2 DIR mounts v2, ctmount -o cpu DIR a v1 one");
}

TEST(select_where_only_init_has_a_hierarchy)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_error err = { 0 };

	CHECK_NUMBER(open_made("1 1 0:9 / /b rw - cgroup c rw,name=elogind\n", "1:name=elogind:/\n", &all,
			       &err), 0);
	CHECK_FAILURE(ct_hierarchies_select(&all, NULL, true, &err), err, ENOENT,
		      "only hierarchies of the init system are mounted (name=elogind): -H all takes them too");
	remove_tree(root);
}

/* ---- Where a task is -------------------------------------------------------------- */

static void locate(const char *mounted_root, const char *text, int code, const char *wanted)
{
	const struct ct_hierarchy hierarchy = { .id = 3, .version = 1, .label = "cpu", .root = mounted_root };
	autofree char *path = NULL;

	CHECK_NUMBER(ct_hierarchy_locate(&hierarchy, text, &path), code);
	if (wanted)
		CHECK_TEXT(path, wanted);
	else
		CHECK(path == NULL);
}

TEST(locate_below_the_root)
{
	locate("/", "3:cpu:/\n", 0, "");
	locate("/", "4:x:/no\n3:cpu:/web/frontend\n0::/no\n", 0, "web/frontend");
	locate("/", "3:cpu:/a b:c\n", 0, "a b:c");
	locate("/", "3:cpu:/last", 0, "last");
	locate("/web", "3:cpu:/web\n", 0, "");
	locate("/web", "3:cpu:/web/frontend\n", 0, "frontend");
}

TEST(locate_outside)
{
	locate("/web", "3:cpu:/\n", -ENOENT, NULL);
	locate("/web", "3:cpu:/website\n", -ENOENT, NULL);
	locate("/", "3:cpu:/..\n", -ENOENT, NULL);
	locate("/", "3:cpu:/../b\n", -ENOENT, NULL);
	locate("/", "3:cpu:/../../web\n", -ENOENT, NULL);
	locate("/", "3:cpu:/..web\n", 0, "..web"); /* a name like another */
}

TEST(locate_without_a_line)
{
	locate("/", "", -ENODATA, NULL);
	locate("/", "33:cpu:/\n0::/\n", -ENODATA, NULL);
	locate("/", "3\n3:\n3:cpu\n", -ENODATA, NULL);
	locate("/", "garbage\n::\n\n", -ENODATA, NULL);
}

/* Mounted outside: the root is shown as a way up, and what lies up there as well. */
TEST(locate_in_a_cgroup_namespace)
{
	locate("/../..", "3:cpu:/../../web/frontend\n", 0, "web/frontend");
	locate("/../..", "3:cpu:/../..\n", 0, "");
	locate("/../..", "3:cpu:/../b\n", -ENOENT, NULL); /* below, but in what is not told */
	locate("/../..", "3:cpu:/\n", -ENOENT, NULL);
	locate("/..", "3:cpu:/../../web\n", -ENOENT, NULL);
}

TEST(mounted_outside_of_the_cgroup_namespace)
{
	static const struct { const char *root; bool outside; } roots[] = {
		{ "/", false }, { "/web", false }, { "/..web", false }, { "/..", true }, { "/../..", true },
	};

	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		const struct ct_hierarchy hierarchy = { .root = roots[i].root };

		CHECK_NUMBER(ct_hierarchy_is_outside(&hierarchy), roots[i].outside);
	}
}

/* Where a task is that is said to be at path; the two that read the text agree. */
static void elsewhere(const char *mounted_root, const char *text, const char *path, bool wanted)
{
	const struct ct_hierarchy hierarchy = { .id = 3, .version = 1, .label = "cpu", .root = mounted_root };
	autofree char *found = NULL;
	bool told = ct_hierarchy_locate(&hierarchy, text, &found) == 0;

	CHECK_NUMBER(ct_hierarchy_is_elsewhere(&hierarchy, text, path), wanted);
	CHECK_NUMBER(told && strcmp(found, path) != 0, wanted);
}

TEST(elsewhere_than_at_a_path)
{
	elsewhere("/", "3:cpu:/web\n", "web", false);
	elsewhere("/", "3:cpu:/web", "web", false);
	elsewhere("/", "3:cpu:/\n", "", false);
	elsewhere("/", "3:cpu:/\n", "web", true);
	elsewhere("/", "3:cpu:/web\n", "", true);
	/* one name begins like the other */
	elsewhere("/", "3:cpu:/web\n", "website", true);
	elsewhere("/", "3:cpu:/website\n", "web", true);
	elsewhere("/", "3:cpu:/web/a\n", "web", true);
	elsewhere("/", "3:cpu:/web\n", "web/a", true);
	/* the line is this one's, wherever it stands */
	elsewhere("/", "13:x:/a\n3:cpu:/web\n0::/b\n", "web", false);
	elsewhere("/", "13:x:/web\n3:cpu:/a\n0::/web\n", "web", true);
	/* colons and blanks are a part of names */
	elsewhere("/", "3:cpu:/a b:c\n", "a b:c", false);
	elsewhere("/", "3:cpu:/a b:c\n", "a b", true);
}

TEST(elsewhere_below_the_mounted_root)
{
	elsewhere("/web", "3:cpu:/web\n", "", false);
	elsewhere("/web", "3:cpu:/web/a\n", "a", false);
	elsewhere("/web", "3:cpu:/web/a\n", "b", true);
	elsewhere("/web", "3:cpu:/web/web\n", "web", false);
	elsewhere("/../..", "3:cpu:/../../web\n", "web", false);
	elsewhere("/../..", "3:cpu:/../../web\n", "", true);
	elsewhere("/", "3:cpu:/..web\n", "..web", false);
	elsewhere("/", "3:cpu:/..web\n", "web", true);
}

/* What cannot be told is not taken for something else. */
TEST(elsewhere_is_not_where_the_text_does_not_tell)
{
	static const char *const none[] = { "", "3", "3:", "3:cpu", "3\n3:\n3:cpu\n", "33:cpu:/a\n0::/a\n", "garbage\n::\n\n" };
	static const char *const outside[] = { "3:cpu:/\n", "3:cpu:/website\n", "3:cpu:/we\n", "3:cpu:/..\n", "3:cpu:" };
	static const char *const above[] = { "3:cpu:/..\n", "3:cpu:/../b\n", "3:cpu:/../../web\n" };

	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		elsewhere("/", none[i], "web", false);
	for (size_t i = 0; i < sizeof(outside) / sizeof(*outside); i++)
		elsewhere("/web", outside[i], "a", false);
	for (size_t i = 0; i < sizeof(above) / sizeof(*above); i++)
		elsewhere("/", above[i], "web", false);
	elsewhere("/../..", "3:cpu:/../b\n", "b", false);
	elsewhere("/..", "3:cpu:/../../web\n", "web", false);
}

/* Other hierarchies are no matter. */
TEST(the_same_place_in_one_hierarchy)
{
	const struct ct_hierarchy hierarchy = { .id = 3 };

	CHECK(ct_hierarchy_is_same(&hierarchy, "4:x:/a\n3:cpu:/web\n0::/b\n", "3:cpu:/web"));
	CHECK(ct_hierarchy_is_same(&hierarchy, "3:cpu:/\n", "3:cpu:/\n0::/\n"));
	CHECK(!ct_hierarchy_is_same(&hierarchy, "3:cpu:/web\n", "3:cpu:/website\n"));
	CHECK(!ct_hierarchy_is_same(&hierarchy, "3:cpu:/..\n0::/\n", "3:cpu:/\n0::/\n"));
	CHECK(!ct_hierarchy_is_same(&hierarchy, "0::/\n", "0::/\n"));
}

TEST(cgroup_namespaces_are_boundaries)
{
	const struct ct_hierarchy v1 = { .version = 1, .options = "rw,name=nsdelegate" };
	const struct ct_hierarchy v2 = { .version = 2, .options = "rw" };
	const struct ct_hierarchy bounded = { .version = 2, .options = "rw,nsdelegate,memory_recursiveprot" };

	CHECK(!ct_hierarchy_is_bounded(&v1));
	CHECK(!ct_hierarchy_is_bounded(&v2));
	CHECK(ct_hierarchy_is_bounded(&bounded));
}

TEST(labels_for_messages)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	char text[64], small[8];

	if (!open_fixture("cgroupns", &all))
		return;
	ct_hierarchies_labels(&all, text, sizeof(text));
	CHECK_TEXT(text, "memory, pids, freezer, v2");
	ct_hierarchies_labels(&all, small, sizeof(small));
	CHECK_TEXT(small, "memory,");
	CHECK(ct_hierarchy_has(&all.items[0], "memory"));
	CHECK(!ct_hierarchy_has(&all.items[0], "mem"));
	CHECK(!ct_hierarchy_has(&all.items[0], ""));
}

/* ---- Opening ---------------------------------------------------------------------- */

TEST(opened_at_the_mount_point)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_error err = { 0 };
	int fd;

	if (!open_fixture("twice", &all))
		return;
	CHECK_NUMBER(ct_hierarchy_open(&all, &all.items[1], &err), 0);
	fd = all.items[1].fd;
	CHECK(fd >= 0 && faccessat(fd, "web/frontend/cgroup.procs", F_OK, 0) == 0);
	CHECK_NUMBER(ct_hierarchy_open(&all, &all.items[1], &err), 0);
	CHECK_NUMBER(all.items[1].fd, fd); /* once is enough */
}

TEST(another_mount_serves_where_the_first_is_hidden)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_error err = { 0 };

	CHECK_NUMBER(open_made("1 1 0:9 / /hidden rw - cgroup c rw,cpu\n1 1 0:9 / /seen rw - cgroup c rw,cpu\n"
			       "1 1 0:8 / /gone rw - cgroup c rw,pids\n", "1:cpu:/\n2:pids:/\n", &all, &err), 0);
	mkdir(below(root, "seen"), 0755);
	CHECK_NUMBER(ct_hierarchy_open(&all, &all.items[0], &err), 0);
	CHECK_TEXT(all.items[0].mountpoint, "/seen");
	CHECK_FAILURE(ct_hierarchy_open(&all, &all.items[1], &err), err, ENOENT,
		      "cannot open hierarchy pids at /gone: another file system is mounted over it, and umount shows it again; -H with the others leaves it out");
	remove_tree(root);
}

/* On a machine that is no fixture the device number must be that of the mount table. */
TEST(what_is_mounted_over_is_noticed)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_hierarchy hierarchy = { .version = 2, .label = "v2", .device = makedev(0, 999999),
					  .mountpoint = "/proc", .root = "/", .fd = -1 };
	struct ct_error err = { 0 };

	if (ct_hierarchies_open(&all, "", &err) < 0)
		SKIP("this machine has no cgroups");
	ct_mountinfo_clear(&all.mounts);
	CHECK_FAILURE(ct_hierarchy_open(&all, &hierarchy, &err), err, ENOENT,
		      "cannot open hierarchy v2 at /proc: another file system is mounted over it, and umount shows it again; -H with the others leaves it out");
}
