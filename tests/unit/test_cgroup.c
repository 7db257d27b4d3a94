// SPDX-License-Identifier: MIT
/* What v1 and v2 do alike, and what their failures are called; directories stand for cgroups. */
#include "common/cgroup.h"

#include "common/settings.h"
#include "tests/unit/support.h"

static char root[PATH_MAX];
static struct ct_hierarchy v1 = { .version = 1,
				  .label = "cpu",
				  .mountpoint = "/cg",
				  .root = "/",
				  .fd = -1,
				  .ops = &ct_cgroup_v1 };
static struct ct_hierarchy v2 = { .version = 2,
				  .label = "v2",
				  .mountpoint = "/cg2",
				  .root = "/",
				  .fd = -1,
				  .ops = &ct_cgroup_v2 };

static void set_up(void)
{
	make_tree(root);
	write_file(below(root, "web/cgroup.procs"), "");
	v1.fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	v2.fd = v1.fd;
}

static void tear_down(void)
{
	close(v1.fd);
	remove_tree(root);
}

static struct ct_place place_at(struct ct_hierarchy *hierarchy, const char *path)
{
	return (struct ct_place){ .hierarchy = hierarchy, .path = strdup(path), .fd = -1 };
}

TEST(paths_and_their_parents)
{
	static const struct {
		const char *path;
		size_t length;
		const char *name;
	} cases[] = {
		{ "web", 0, "web" },
		{ "web/frontend", 3, "frontend" },
		{ "a/b/c", 3, "c" },
		{ "", 0, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *name = NULL;

		CHECK_NUMBER(ct_path_parent(cases[i].path, &name), cases[i].length);
		CHECK_TEXT(name, cases[i].name);
	}
}

TEST(made_and_removed)
{
	ct_cleanup(ct_place_clear) struct ct_place place = place_at(&v2, "web/new");
	struct ct_error err = { 0 };

	set_up();
	CHECK_NUMBER(v2.ops->create(&place, &err), 0);
	CHECK(place.fd >= 0 && access(below(root, "web/new"), F_OK) == 0);
	CHECK_NUMBER(v2.ops->remove(&place, &err), 0);
	CHECK(place.fd == -1 && access(below(root, "web/new"), F_OK) < 0);
	CHECK_TEXT(err.text, "");
	tear_down();
}

TEST(what_cannot_be_made)
{
	ct_cleanup(ct_place_clear) struct ct_place there = place_at(&v1, "web");
	ct_cleanup(ct_place_clear) struct ct_place orphan = place_at(&v1, "none/deep/new");
	struct ct_error err = { 0 };

	set_up();
	CHECK_FAILURE(v1.ops->create(&there, &err), err, EEXIST,
		      "cannot create it in cpu: it exists there");
	CHECK_FAILURE(v1.ops->create(&orphan, &err), err, ENOENT,
		      "cannot create it in cpu: its parent none/deep is not there");
	CHECK(there.fd == -1 && orphan.fd == -1);
	tear_down();
}

/* A directory cannot be made below this one, whoever asks. */
TEST(no_write_permission)
{
	ct_cleanup(ct_place_clear) struct ct_place top = place_at(&v1, "new");
	ct_cleanup(ct_place_clear) struct ct_place below_web = place_at(&v1, "web/new");
	struct ct_error err = { 0 };

	if (geteuid() == 0)
		SKIP("root may write everywhere");
	set_up();
	chmod(root, 0555);
	chmod(below(root, "web"), 0555);
	CHECK_FAILURE(v1.ops->create(&top, &err), err, EACCES,
		      "cannot create it in cpu: no write permission for /cg; root gives a user a container of his own by ctcreate -a UID:GID");
	v1.instead = "-H v2 leaves it out";
	CHECK_FAILURE(v1.ops->create(&below_web, &err), err, EACCES,
		      "cannot create it in cpu: no write permission for /cg/web; -H v2 leaves it out");
	v1.instead = NULL;
	chmod(below(root, "web"), 0755);
	chmod(root, 0755);
	tear_down();
}

/* Without its cpus a container of v1 could hold no task: made is it only with them. */
TEST(a_cpuset_that_cannot_be_inherited_leaves_nothing)
{
	struct ct_hierarchy cpuset = v1;
	ct_cleanup(ct_place_clear) struct ct_place place = place_at(&cpuset, "web/new");
	struct ct_error err = { 0 };

	set_up();
	cpuset.label = "cpu,cpuset";
	cpuset.fd = v1.fd;
	write_file(below(root, "web/cpuset.cpus"), "0-3\n");
	CHECK_FAILURE(v1.ops->create(&place, &err), err, ENOENT,
		      "cannot copy cpuset.cpus of its parent to it: No such file or directory");
	CHECK(access(below(root, "web/new"), F_OK) < 0);
	tear_down();
}

TEST(opened_once_and_cleared_twice)
{
	struct ct_place place = place_at(&v1, "web"), zeroed = { 0 };
	int fd;

	set_up();
	CHECK_NUMBER(ct_place_open(&place), 0);
	fd = place.fd;
	CHECK_NUMBER(ct_place_open(&place), 0);
	CHECK_NUMBER(place.fd, fd);
	ct_place_clear(&place);
	ct_place_clear(&place);
	CHECK(place.fd == -1 && !place.path);
	ct_place_clear(&zeroed);
	CHECK(fcntl(0, F_GETFD) >= 0); /* it did not own descriptor 0 */
	tear_down();
}

TEST(lists_of_tasks)
{
	ct_cleanup(ct_place_clear) struct ct_place place = place_at(&v1, "web");
	struct ct_error err = { 0 };
	autofree pid_t *pids = NULL;
	size_t count = 0;

	set_up();
	CHECK_NUMBER(ct_place_list(&place, "cgroup.procs", &pids, &count, &err), 0);
	CHECK_NUMBER(count, 0);
	write_file(below(root, "web/tasks"), "30\n4194304\n0\n5");
	CHECK_NUMBER(ct_place_list(&place, "tasks", &pids, &count, &err), 0);
	write_file(below(root, "web/tasks"), "7\n");
	CHECK_NUMBER(ct_place_list(&place, "tasks", &pids, &count, &err), 0); /* appended */
	if (CHECK_NUMBER(count, 5))
		CHECK(pids[0] == 30 && pids[1] == 4194304 && pids[2] == 0 && pids[3] == 5 &&
		      pids[4] == 7);
	CHECK_FAILURE(ct_place_list(&place, "none", &pids, &count, &err), err, ENOENT,
		      "cannot read none of web in cpu: No such file or directory");
	CHECK_NUMBER(count, 5);
	tear_down();
}

TEST(attach_counts_what_was_done)
{
	ct_cleanup(ct_place_clear) struct ct_place place = place_at(&v2, "web"),
						   gone = place_at(&v2, "gone");
	const pid_t pids[] = { 5, 6, 7 };
	struct ct_error err = { 0 };
	size_t done = 99;

	set_up();
	CHECK_NUMBER(v2.ops->attach(&place, CT_ATTACH_PROCESS, pids, 3, &done, &err), 0);
	CHECK_NUMBER(done, 3);
	CHECK_NUMBER(v2.ops->attach(&gone, CT_ATTACH_PROCESS, pids, 3, &done, &err), -ENOENT);
	CHECK_NUMBER(done, 0);
	CHECK_TEXT(err.text, "it has been removed from v2 meanwhile");
	ct_place_clear(&gone);
	tear_down();
}

TEST(freezer_states)
{
	ct_cleanup(ct_place_clear) struct ct_place place = place_at(&v2, "web");
	struct ct_error err = { 0 };
	enum ct_freeze_state state;

	set_up();
	CHECK_NUMBER(v2.ops->freeze_state(&place, &state, &err), 0);
	CHECK_NUMBER(state, CT_NO_FREEZER);
	write_file(below(root, "web/cgroup.freeze"), "0\n");
	write_file(below(root, "web/cgroup.events"), "populated 1\nfrozen 0\n");
	CHECK_NUMBER(v2.ops->freeze_state(&place, &state, &err), 0);
	CHECK_NUMBER(state, CT_THAWED);
	write_file(below(root, "web/cgroup.freeze"), "1\n");
	CHECK_NUMBER(v2.ops->freeze_state(&place, &state, &err), 0);
	CHECK_NUMBER(state, CT_FREEZING);
	write_file(below(root, "web/cgroup.events"), "populated 1\nfrozen 1\n");
	CHECK_NUMBER(v2.ops->freeze_state(&place, &state, &err), 0);
	CHECK_NUMBER(state, CT_FROZEN);
	tear_down();
}

TEST(freezer_states_of_v1)
{
	static const struct {
		const char *text;
		enum ct_freeze_state state;
	} cases[] = {
		{ "THAWED\n", CT_THAWED },
		{ "FREEZING\n", CT_FREEZING },
		{ "FROZEN\n", CT_FROZEN },
	};
	struct ct_hierarchy freezer = v1;
	ct_cleanup(ct_place_clear) struct ct_place place = place_at(&freezer, "web");
	struct ct_error err = { 0 };
	enum ct_freeze_state state;

	set_up();
	freezer.fd = v1.fd;
	freezer.label = "freezer";
	CHECK_NUMBER(v1.ops->freeze_state(&place, &state, &err), 0);
	CHECK_NUMBER(state, CT_NO_FREEZER); /* the root has no file */
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		write_file(below(root, "web/freezer.state"), cases[i].text);
		CHECK_NUMBER(v1.ops->freeze_state(&place, &state, &err), 0);
		CHECK_NUMBER(state, cases[i].state);
	}
	freezer.label = "cpu";
	CHECK_NUMBER(v1.ops->freeze_state(&place, &state, &err), 0);
	CHECK_NUMBER(state, CT_NO_FREEZER);
	tear_down();
}

/* ---- Settings --------------------------------------------------------------------- */

static void check_file(const char *name, const char *wanted)
{
	autofile FILE *file = fopen(below(root, "web/%s", name), "re");
	char text[64] = "";

	CHECK(file && fread(text, 1, sizeof(text) - 1, file) < sizeof(text));
	CHECK_TEXT(text, wanted);
}

TEST(settings_are_put_back)
{
	ct_cleanup(ct_place_clear) struct ct_place place = place_at(&v2, "web");
	ct_cleanup(ct_settings_clear) struct ct_settings settings = { 0 };
	struct ct_error err = { 0 };

	set_up();
	write_file(below(root, "web/memory.max"), "65536");
	write_file(below(root, "web/cgroup.procs"), "17");
	write_file(below(root, "web/pids.current"), "1");
	chmod(below(root, "web/pids.current"), 0444);
	CHECK_NUMBER(ct_place_open(&place), 0);
	CHECK_NUMBER(ct_settings_save(&place, &settings), 0);
	write_file(below(root, "web/memory.max"), "");
	write_file(below(root, "web/cgroup.procs"), "");
	CHECK_NUMBER(ct_settings_restore(&place, &settings, &err), 0);
	check_file("memory.max", "65536");
	check_file("cgroup.procs", ""); /* tasks are no setting */
	CHECK_TEXT(err.text, "");
	tear_down();
}

TEST(settings_that_cannot_be_put_back_are_named)
{
	ct_cleanup(ct_place_clear) struct ct_place place = place_at(&v2, "web");
	ct_cleanup(ct_settings_clear) struct ct_settings settings = { 0 };
	struct ct_error err = { 0 };

	set_up();
	write_file(below(root, "web/cpu.weight"), "100");
	write_file(below(root, "web/memory.max"), "65536");
	CHECK_NUMBER(ct_place_open(&place), 0);
	CHECK_NUMBER(ct_settings_save(&place, &settings), 0);
	remove(below(root, "web/memory.max"));
	write_file(below(root, "web/cpu.weight"), "");
	CHECK_FAILURE(ct_settings_restore(&place, &settings, &err), err, EIO,
		      "it was made again, but without its settings of memory.max");
	check_file("cpu.weight", "100"); /* the others are */
	tear_down();
}
