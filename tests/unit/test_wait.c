// SPDX-License-Identifier: MIT
/* Waiting until containers are empty, on files that stand for two hierarchies. */
#include "common/wait.h"

#include <signal.h>

#include "common/clock.h"
#include "common/interrupt.h"
#include "tests/unit/support.h"

static char root[PATH_MAX];
static struct ct_hierarchies all;

static const char *const populated = "populated 1\nfrozen 0\n", *const empty = "populated 0\nfrozen 0\n";

static void open_machine(void)
{
	struct ct_error err = { 0 };

	make_tree(root);
	write_file(below(root, "proc/self/mountinfo"),
		   "1 1 0:9 / /v1 rw - cgroup c rw,cpu\n2 1 0:8 / /v2 rw - cgroup2 c rw\n");
	write_file(below(root, "proc/self/cgroup"), "1:cpu:/\n0::/\n");
	mkdir(below(root, "v1/web"), 0755);
	mkdir(below(root, "v2/web"), 0755);
	write_file(below(root, "v1/web/tasks"), "");
	write_file(below(root, "v1/web/cgroup.procs"), "");
	write_file(below(root, "v2/web/cgroup.events"), empty);
	write_file(below(root, "v2/web/cgroup.procs"), "");
	write_file(below(root, "v2/web/cgroup.threads"), "");
	CHECK_NUMBER(ct_hierarchies_open(&all, root, &err), 0);
	CHECK_NUMBER(ct_hierarchies_select(&all, NULL, false, &err), 0);
}

static void close_machine(void)
{
	ct_hierarchies_clear(&all);
	remove_tree(root);
}

static int add(struct ct_wait *wait, const char *name, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };

	CHECK_NUMBER(ct_container_open(&all, name, false, &container, err), 0);
	return ct_wait_add(wait, &container, err);
}

/* Waits so many milliseconds at most; the name of what is empty then is *ret_name, for free(3). */
static int next(struct ct_wait *wait, uint64_t milliseconds, char **ret_name)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	struct ct_error err = { 0 };
	int result = ct_wait_next(wait, ct_clock() + 1000 * milliseconds, &container, &err);

	CHECK_TEXT(err.text, "");
	*ret_name = container.name ? strdup(container.name) : NULL;
	return result;
}

static void expect(struct ct_wait *wait, uint64_t milliseconds, int wanted, const char *name)
{
	autofree char *got = NULL;

	CHECK_NUMBER(next(wait, milliseconds, &got), wanted);
	CHECK_TEXT(got ? got : "", name);
}

TEST(nothing_to_wait_for)
{
	ct_cleanup(ct_wait_clear) struct ct_wait wait = { 0 };

	expect(&wait, 1000, -ENODATA, "");
	CHECK_NUMBER(ct_wait_descriptor(&wait), -1);
	CHECK(ct_wait_when(&wait) == UINT64_MAX);
}

TEST(empty_at_once_and_given_back)
{
	ct_cleanup(ct_wait_clear) struct ct_wait wait = { 0 };
	struct ct_error err = { 0 };

	open_machine();
	CHECK_NUMBER(add(&wait, "web", &err), 0);
	CHECK(ct_wait_when(&wait) == 0);
	expect(&wait, 0, 0, "web");
	expect(&wait, 0, -ENODATA, "");
	close_machine();
}

TEST(v2_tells)
{
	ct_cleanup(ct_wait_clear) struct ct_wait wait = { 0 };
	struct ct_error err = { 0 };
	uint64_t start;

	open_machine();
	write_file(below(root, "v2/web/cgroup.events"), populated);
	CHECK_NUMBER(add(&wait, "web", &err), 0);
	CHECK_NUMBER(add(&wait, "web", &err), 0);
	expect(&wait, 0, -ETIMEDOUT, "");
	start = ct_clock();
	CHECK(ct_wait_when(&wait) > start + 500000); /* nothing is to be done for a long time */
	write_file(below(root, "v2/web/cgroup.events"), empty);
	expect(&wait, 5000, 0, "web");
	expect(&wait, 5000, 0, "web"); /* the other, of the same watch */
	CHECK(ct_clock() - start < 500000);
	close_machine();
}

TEST(v1_is_asked)
{
	ct_cleanup(ct_wait_clear) struct ct_wait wait = { 0 };
	struct ct_error err = { 0 };

	open_machine();
	mkdir(below(root, "v1/web/a"), 0755);
	write_file(below(root, "v1/web/a/b/tasks"), "7\n");
	write_file(below(root, "v1/web/a/b/cgroup.procs"), "7\n");
	write_file(below(root, "v1/web/a/tasks"), "");
	write_file(below(root, "v1/web/a/cgroup.procs"), "");
	write_file(below(root, "proc/7/task/7/cgroup"), "1:cpu:/web/a/b\n0::/\n");
	CHECK_NUMBER(add(&wait, "web", &err), 0);
	expect(&wait, 10, -ETIMEDOUT, "");
	CHECK(ct_wait_when(&wait) <= ct_clock() + 100000);
	/* While the task that was seen is there, nothing else is read. */
	write_file(below(root, "v1/web/a/b/tasks"), "");
	expect(&wait, 150, -ETIMEDOUT, "");
	/* It has gone on to a directory that was looked at before. */
	write_file(below(root, "v1/web/tasks"), "8\n");
	write_file(below(root, "proc/7/task/7/cgroup"), "1:cpu:/\n0::/\n");
	expect(&wait, 150, -ETIMEDOUT, "");
	CHECK_NUMBER(wait.items[0].witness, 8);
	write_file(below(root, "v1/web/tasks"), "");
	expect(&wait, 1000, 0, "web");
	close_machine();
}

TEST(all_hierarchies_must_be_empty)
{
	ct_cleanup(ct_wait_clear) struct ct_wait wait = { 0 };
	struct ct_error err = { 0 };

	open_machine();
	write_file(below(root, "v2/web/cgroup.events"), populated);
	write_file(below(root, "v1/web/tasks"), "7\n");
	CHECK_NUMBER(add(&wait, "web", &err), 0);
	write_file(below(root, "v2/web/cgroup.events"), empty);
	expect(&wait, 50, -ETIMEDOUT, "");
	write_file(below(root, "v2/web/cgroup.events"), populated);
	write_file(below(root, "v1/web/tasks"), "");
	expect(&wait, 250, -ETIMEDOUT, "");
	write_file(below(root, "v2/web/cgroup.events"), empty);
	expect(&wait, 500, 0, "web");
	close_machine();
}

TEST(removed_is_empty_also_when_made_again)
{
	ct_cleanup(ct_wait_clear) struct ct_wait wait = { 0 };
	struct ct_error err = { 0 };

	open_machine();
	write_file(below(root, "v1/web/a/tasks"), "7\n");
	write_file(below(root, "v1/web/b/tasks"), "7\n");
	CHECK_NUMBER(add(&wait, "web/a", &err), 0);
	CHECK_NUMBER(add(&wait, "web/b", &err), 0);
	expect(&wait, 0, -ETIMEDOUT, "");
	remove_tree(below(root, "v1/web/a"));
	expect(&wait, 500, 0, "web/a");
	write_file(below(root, "v1/web/new/tasks"), "7\n"); /* while b is there: another inode */
	remove_tree(below(root, "v1/web/b"));
	if (renameat(all.items[0].fd, "web/new", all.items[0].fd, "web/b") < 0)
		perror("rename");
	expect(&wait, 500, 0, "web/b");
	close_machine();
}

TEST(a_root_is_refused)
{
	ct_cleanup(ct_wait_clear) struct ct_wait wait = { 0 };
	struct ct_error err = { 0 };

	open_machine();
	CHECK_FAILURE(add(&wait, "/v1", &err), err, EINVAL, "it is the root of cpu, which is never empty");
	CHECK_NUMBER(wait.count, 0);
	close_machine();
}

TEST(who_is_left)
{
	ct_cleanup(ct_wait_clear) struct ct_wait wait = { 0 };
	struct ct_error err = { 0 };

	open_machine();
	write_file(below(root, "v1/web/cgroup.procs"), "7\n8\n");
	write_file(below(root, "v2/web/cgroup.procs"), "8\n0\n9\n10\n0\n");
	write_file(below(root, "v2/web/cgroup.threads"), "8\n0\n9\n10\n0\n");
	CHECK_NUMBER(add(&wait, "web", &err), 0);
	CHECK_FAILURE(ct_wait_left(&wait.items[0], &err), err, ETIMEDOUT,
		      "6 processes are left: 7 (?), 8 (?), 9 (?), ...");
	write_file(below(root, "v1/web/cgroup.procs"), "");
	write_file(below(root, "v2/web/cgroup.procs"), "0\n");
	write_file(below(root, "v2/web/cgroup.threads"), "0\n");
	CHECK_FAILURE(ct_wait_left(&wait.items[0], &err), err, ETIMEDOUT,
		      "1 process is left: of another pid namespace, so that they have no name here");
	write_file(below(root, "v2/web/cgroup.procs"), "");
	write_file(below(root, "v2/web/cgroup.threads"), "");
	CHECK_NUMBER(ct_wait_left(&wait.items[0], &err), 0);
	close_machine();
}

TEST(an_interrupt_ends_it)
{
	struct ct_error err = { 0 };
	sigset_t before, signals;
	int signal;

	open_machine();
	write_file(below(root, "v2/web/cgroup.events"), populated);
	ct_interrupt_hold(&before);
	raise(SIGTERM);
	for (size_t i = 0; i < 2; i++) { /* come before, or while it waits: then at once */
		ct_cleanup(ct_wait_clear) struct ct_wait wait = { 0 };

		CHECK_NUMBER(add(&wait, "web", &err), 0);
		expect(&wait, 5000, -EINTR, "");
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigwait(&signals, &signal);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close_machine();
}
