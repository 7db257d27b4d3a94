// SPDX-License-Identifier: MIT
#include "common/container.h"
#include "common/name.h"

#include "tests/unit/support.h"

/* ---- Names ------------------------------------------------------------------------ */

static void accept(const char *name)
{
	struct ct_error err = { 0 };

	CHECK_NUMBER(ct_name_check(name, &err), 0);
	CHECK_TEXT(err.text, "");
}

static void refuse(const char *name, int code, const char *wanted)
{
	struct ct_error err = { 0 };

	CHECK_FAILURE(ct_name_check(name, &err), err, code, wanted);
}

TEST(names_that_are_fine)
{
	accept("a");
	accept("web/frontend");
	accept("a b");
	accept("-x");
	accept("--help/-r");
	accept("...");
	accept("..a/a..");
	accept(".hidden");
	accept("a:b,c=d");
	accept("\\");
	accept("caf\xc3\xa9 au lait");
	accept("\xff\x80");	/* no UTF-8, but the kernel's */
	accept("~");
}

TEST(empty_and_absolute)
{
	refuse("", EINVAL, "not a container name: it is empty");
	refuse("/", EINVAL, "not a container name: it is an absolute path");
	refuse("/web", EINVAL, "not a container name: it is an absolute path");
}

static const char slashes[] =
	"not a container name: it has an empty component; write web/frontend, without slashes at the ends or twice";

TEST(empty_components)
{
	refuse("web/", EINVAL, slashes);
	refuse("web//frontend", EINVAL, slashes);
	refuse("web/frontend//", EINVAL, slashes);
}

TEST(dots)
{
	static const char one[] =
		"not a container name: '.' would leave the path; name containers from the root of the hierarchies down";
	static const char two[] =
		"not a container name: '..' would leave the path; name containers from the root of the hierarchies down";

	refuse(".", EINVAL, one);
	refuse("./web", EINVAL, one);
	refuse("web/.", EINVAL, one);
	refuse("..", EINVAL, two);
	refuse("../web", EINVAL, two);
	refuse("web/../..", EINVAL, two);
}

TEST(control_characters)
{
	for (int c = 1; c < 256; c++) {
		char name[] = { 'a', (char)c, 'b', '\0' };
		struct ct_error err = { 0 };

		if (c == '/' || c == '.')
			continue;
		CHECK_NUMBER(ct_name_check(name, &err), c < ' ' || c == 0x7f ? -EINVAL : 0);
	}
	refuse("web/a\nb", EINVAL,
	       "not a container name: it has a control character (byte 2 of 'a\nb')");
	refuse("\x1b[31m", EINVAL,
	       "not a container name: it has a control character (byte 1 of '\x1b[31m')");
	refuse("ab\x7f/c", EINVAL, "not a container name: it has a control character (byte 3 of 'ab\x7f')");
}

TEST(the_length_of_a_component)
{
	char name[300];

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	accept(name);
	name[255] = '/';
	name[257] = '\0';
	accept(name);
	name[255] = 'n';
	name[256] = '\0';
	refuse(name, ENAMETOOLONG,
	       "not a container name: a component has 256 bytes, and a directory's name at most 255");
	name[1] = '/';
	accept(name);
}

/* "a/a/…" of count components. */
static void levels(char *name, size_t count)
{
	for (size_t i = 0; i < count; i++)
		memcpy(name + 2 * i, "a/", 2);
	name[2 * count - 1] = '\0';
}

TEST(the_length_of_a_path)
{
	char name[5000];

	levels(name, 100);
	accept(name);
	levels(name, 2048);
	CHECK_NUMBER(strlen(name), PATH_MAX - 1);
	accept(name);
	name[4095] = 'b';
	name[4096] = '\0';
	refuse(name, ENAMETOOLONG, "not a container name: it has 4096 bytes, and a path at most 4095");
}

static void is_file(const char *component, const char *name)
{
	char wanted[256];

	snprintf(wanted, sizeof(wanted),
		 "not a container name: '%s' is, or may become, a file of the kernel in every container; choose another",
		 component);
	refuse(name, EINVAL, wanted);
}

TEST(files_of_the_kernel)
{
	is_file("tasks", "tasks");
	is_file("tasks", "web/tasks");
	is_file("tasks", "tasks/web");
	is_file("notify_on_release", "notify_on_release");
	is_file("release_agent", "release_agent");
	is_file("cgroup.procs", "cgroup.procs");
	is_file("memory.max", "memory.max");
	is_file("cpu.anything.new", "web/cpu.anything.new");
	is_file("io.", "io.");
	is_file("net_cls.classid", "net_cls.classid");
	is_file("perf_event.x", "perf_event.x");
	is_file("hugetlb.2MB.max", "hugetlb.2MB.max");
	is_file("cpuset.cpus", "cpuset.cpus");
	accept("cpu");
	accept("task");
	accept("taskss");
	accept("cpus.x");
	accept("cp.u");
	accept("xcpu.max");
	accept("Memory.max");
	accept("nginx.service");
	accept("user.slice/user-0.slice");
}

/* ---- Places of existing containers ------------------------------------------------ */

/* "LABEL:PATH" of each place, with "?" behind one that is not open. */
static char *as_text(const struct ct_container *container)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		abort();
	for (size_t i = 0; i < container->count; i++)
		fprintf(file, "%s%s:%s%s", i ? " " : "", container->places[i].hierarchy->label,
			container->places[i].path, container->places[i].fd < 0 ? "?" : "");
	fclose(file);
	return text;
}

static void find_in(const char *machine, const char *name, const char *wanted)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	if (!open_fixture(machine, &all))
		return;
	CHECK_NUMBER(ct_container_open(&all, name, false, &container, &err), 0);
	CHECK_TEXT(err.text, "");
	text = as_text(&container);
	CHECK_TEXT(text, wanted);
	CHECK_TEXT(container.name, name);
}

static void lose(const char *machine, const char *name, bool exact, int code, const char *wanted)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_container container = { 0 };
	struct ct_error err = { 0 };

	if (!open_fixture(machine, &all))
		return;
	CHECK_FAILURE(ct_container_open(&all, name, exact, &container, &err), err, code, wanted);
	CHECK(!container.name && !container.places); /* untouched */
}

TEST(it_exists_where_its_directory_does)
{
	find_in("v2", "web", "v2:web");
	find_in("v2", "web/frontend", "v2:web/frontend");
	find_in("hybrid", "db", "v2:db cpu,cpuacct:db memory:db freezer:db");
	find_in("v1", "caf\xc3\xa9 au lait",
		"memory:caf\xc3\xa9 au lait freezer:caf\xc3\xa9 au lait name=jobs:caf\xc3\xa9 au lait");
	find_in("cgroupns", "pod/a/web", "v2:pod/a/web memory:pod/a/web pids:pod/a/web freezer:pod/a/web");
	find_in("linux-6.12", "db", "v2:db cpu:db freezer:db");
}

TEST(it_exists_nowhere)
{
	lose("cgroupns", "web", false, ENOENT,
	     "no such container in v2,memory,pids,freezer; ct stat -r lists those there are, ctcreate makes one");
	lose("v2", "web/none/deep", false, ENOENT,
	     "no such container in v2; ct stat -r lists those there are, ctcreate makes one");
}

TEST(it_is_missing_where_it_was_asked_for)
{
	lose("twice", "db", true, ENOENT, "no such container in pids");
}

TEST(a_file_is_no_container)
{
	lose("v2", "web/frontend/irq.pressure/x", false, EINVAL,
	     "not a container name: 'irq.pressure' is, or may become, a file of the kernel in every container; choose another");
}

TEST(unselected_hierarchies_are_left_out)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	if (!open_fixture("hybrid", &all))
		return;
	CHECK_NUMBER(ct_hierarchies_select(&all, "memory,v2,pids", false, &err), 0);
	CHECK_NUMBER(ct_container_open(&all, "db", false, &container, &err), 0);
	text = as_text(&container);
	CHECK_TEXT(text, "v2:db memory:db");
}

/* ---- Absolute names --------------------------------------------------------------- */

TEST(absolute_means_one_hierarchy)
{
	find_in("v1", "/sys/fs/cgroup/memory/web/frontend", "memory:web/frontend");
	find_in("v2", "/sys/fs/cgroup/web", "v2:web");
	find_in("hybrid", "/sys/fs/cgroup/unified/db", "v2:db");
	find_in("v2", "/sys/fs/cgroup/web///", "v2:web"); /* as rmdir takes it */
}

TEST(the_mount_point_is_the_root)
{
	find_in("v1", "/sys/fs/cgroup/memory", "memory:");
	find_in("v1", "/sys/fs/cgroup/memory/", "memory:");
	find_in("v2", "/sys/fs/cgroup", "v2:");
}

TEST(links_on_the_way_to_a_mount_point)
{
	find_in("v1-joined", "/sys/fs/cgroup/cpu/web", "cpu,cpuacct:web");
	find_in("v1-joined", "/sys/fs/cgroup/cpuacct/db", "cpu,cpuacct:db");
	find_in("hybrid", "/sys/fs/cgroup/net_prio", "net_cls,net_prio:");
}

TEST(absolute_where_it_is_mounted_twice)
{
	find_in("twice", "/sys/fs/cgroup/memory/web/frontend", "memory:web/frontend");
	find_in("twice", "/mnt/memory/web/frontend", "memory:web/frontend");
	find_in("twice", "/mnt/my containers/web", "pids:web");
	find_in("twice", "/mnt/back\\slash\tand tab/db", "freezer:db");
}

TEST(absolute_where_a_part_is_mounted)
{
	find_in("twice", "/srv/web/frontend", "memory:web/frontend");
	find_in("twice", "/srv/web", "memory:web");
}

TEST(absolute_in_a_cgroup_namespace)
{
	find_in("cgroupns", "/sys/fs/cgroup/memory/pod/a/web", "memory:pod/a/web");
	find_in("cgroupns-remounted", "/sys/fs/cgroup/memory/web", "memory:web");
}

TEST(absolute_outside_of_every_hierarchy)
{
	static const char none[] =
		"it lies in no mounted hierarchy; a name without a leading '/' is looked up in all of them, and ctmount lists where they are";

	lose("v1", "/", false, ENOENT, none);
	lose("v1", "/sys/fs/cgroup", false, ENOENT, none);
	lose("v1", "/proc/1", false, ENOENT, none);
	lose("v1", "/sys/fs/cgroup/memory2/web", false, ENOENT, none);
	lose("v1", "/nowhere/at/all", false, ENOENT, none);
	lose("v2", "/sys/fs", false, ENOENT, none);
}

TEST(absolute_but_not_there)
{
	lose("v1", "/sys/fs/cgroup/memory/none", false, ENOENT,
	     "no such container in memory; ct stat -r lists those there are, ctcreate makes one");
	lose("twice", "/srv/web/none", false, ENOENT,
	     "no such container in memory; ct stat -r lists those there are, ctcreate makes one");
	lose("v1", "/sys/fs/cgroup/memory/web/cgroup.procs", false, ENOTDIR,
	     "cannot open it: Not a directory");
}

TEST(absolute_with_dots)
{
	lose("v1", "/sys/fs/cgroup/memory/web/..", false, EINVAL,
	     "not a container name: an absolute path may not have the component '..'");
	lose("v1", "/sys/fs/cgroup/./memory/web", false, EINVAL,
	     "not a container name: an absolute path may not have the component '.'");
	lose("v1", "/sys/fs/cgroup//memory/web", false, EINVAL,
	     "not a container name: an absolute path may not have the component ''");
}

TEST(absolute_where_h_leaves_it_out)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_container container = { 0 };
	struct ct_error err = { 0 };

	if (!open_fixture("v1", &all))
		return;
	CHECK_NUMBER(ct_hierarchies_select(&all, "cpu", false, &err), 0);
	CHECK_FAILURE(ct_container_open(&all, "/sys/fs/cgroup/memory/web", false, &container, &err), err,
		      EINVAL, "it lies in memory, which -H leaves out");
}

/* Mounts of two parts of one hierarchy, neither within the other. */
TEST(a_mount_beside_the_hierarchys_own_is_refused)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_container container = { 0 };
	struct ct_error err = { 0 };
	char root[PATH_MAX];

	make_tree(root);
	write_file(below(root, "proc/self/mountinfo"), "1 1 0:9 /we /a rw - cgroup c rw,cpu\n"
						       "1 1 0:9 /web /b rw - cgroup c rw,cpu\n");
	write_file(below(root, "proc/self/cgroup"), "1:cpu:/\n");
	mkdir(below(root, "a/b/x"), 0755);
	mkdir(below(root, "b/x"), 0755);
	CHECK_NUMBER(ct_hierarchies_open(&all, root, &err), 0);
	CHECK_NUMBER(ct_hierarchies_select(&all, NULL, false, &err), 0);
	CHECK_FAILURE(ct_container_open(&all, "/b/x", false, &container, &err), err, ENOENT,
		      "cannot find it below /a");
	remove_tree(root);
}

/* ---- Names to be ------------------------------------------------------------------ */

static void choose(const char *machine, const char *name, const char *wanted)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	if (!open_fixture(machine, &all))
		return;
	CHECK_NUMBER(ct_container_choose(&all, name, &container, &err), 0);
	CHECK_TEXT(err.text, "");
	text = as_text(&container);
	CHECK_TEXT(text, wanted);
}

TEST(chosen_are_all_that_are_selected)
{
	choose("cgroupns", "new", "v2:new? memory:new? pids:new? freezer:new?");
	choose("cgroupns-remounted", "db", "v2:db memory:db pids:db? freezer:db");
	choose("v1", "/sys/fs/cgroup/memory/new/deep/er", "memory:new/deep/er?");
	choose("twice", "/srv/web/new", "memory:web/new?");
	choose("v1-joined", "/sys/fs/cgroup/cpu/new", "cpu,cpuacct:new?");
}

static void choose_none(const char *machine, const char *name, int code, const char *wanted)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_container container = { 0 };
	struct ct_error err = { 0 };

	if (open_fixture(machine, &all))
		CHECK_FAILURE(ct_container_choose(&all, name, &container, &err), err, code, wanted);
}

/* The rules hold for what an absolute name would make, too. */
TEST(chosen_absolute_names_obey_the_rules)
{
	choose_none("v1", "/sys/fs/cgroup/memory/a\nb", EINVAL,
		    "not a container name: it has a control character (byte 2 of 'a\nb')");
	choose_none("v1", "/sys/fs/cgroup/memory/web/memory.new", EINVAL,
		    "not a container name: 'memory.new' is, or may become, a file of the kernel in every container; choose another");
	choose_none("v1", "/sys/fs/cgroup/memory/new/tasks/x", EINVAL,
		    "not a container name: 'tasks' is, or may become, a file of the kernel in every container; choose another");
	choose_none("v1", "/sys/fs/cgroup/memory/web/..", EINVAL,
		    "not a container name: an absolute path may not have the component '..'");
	choose_none("v1", "/tmp/new", ENOENT,
		    "it lies in no mounted hierarchy; a name without a leading '/' is looked up in all of them, and ctmount lists where they are");
}

/* ---- The rest --------------------------------------------------------------------- */

TEST(links_within_a_hierarchy_are_not_followed)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_container container = { 0 };
	struct ct_error err = { 0 };
	char root[PATH_MAX];

	make_tree(root);
	write_file(below(root, "proc/self/mountinfo"), "1 1 0:9 / /a rw - cgroup c rw,cpu\n");
	write_file(below(root, "proc/self/cgroup"), "1:cpu:/\n");
	mkdir(below(root, "a/web"), 0755);
	write_file(below(root, "a/file"), "");
	if (symlink("web", below(root, "a/link")) < 0)
		perror("symlink");
	CHECK_NUMBER(ct_hierarchies_open(&all, root, &err), 0);
	CHECK_NUMBER(ct_hierarchies_select(&all, NULL, false, &err), 0);
	CHECK_FAILURE(ct_container_open(&all, "link", false, &container, &err), err, ELOOP,
		      "cannot open it in cpu: a symbolic link is in the way, and ct follows none in a hierarchy");
	CHECK_FAILURE(ct_container_open(&all, "file", false, &container, &err), err, ENOTDIR,
		      "cannot open it in cpu: it is a file, not a container");
	remove_tree(root);
}

TEST(labels_and_clearing)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_container container = { 0 };
	struct ct_error err = { 0 };
	char labels[64];

	if (!open_fixture("hybrid", &all))
		return;
	CHECK_NUMBER(ct_container_open(&all, "db", false, &container, &err), 0);
	ct_container_labels(&container, labels, sizeof(labels));
	CHECK_TEXT(labels, "v2,cpu,cpuacct,memory,freezer");
	ct_container_clear(&container);
	ct_container_clear(&container);
	CHECK(!container.name && !container.places && !container.count);
}
