// SPDX-License-Identifier: MIT
/* Root's state directory is built in; what another user has is shown to us by becoming one. */
#include "common/state.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "common/clock.h"
#include "common/interrupt.h"
#include "tests/unit/support.h"

enum { NOBODY = 65534 };

static char root[PATH_MAX];
static uid_t before;

/* root/ is $XDG_RUNTIME_DIR, and we are not root. */
static void set_up(void)
{
	make_tree(root);
	before = geteuid();
	if (before == 0 && (chown(root, NOBODY, NOBODY) < 0 || seteuid(NOBODY) < 0))
		exit(1);
	setenv("XDG_RUNTIME_DIR", root, 1);
}

static void tear_down(void)
{
	unsetenv("XDG_RUNTIME_DIR");
	if (seteuid(before) < 0)
		exit(1);
	remove_tree(root);
}

static bool has_journal(void)
{
	struct ct_state_pending pending;

	ct_state_pending(&pending);
	return pending.journal;
}

/* What is said of root/ct. */
static const char *say(const char *first, const char *then)
{
	static char text[2 * PATH_MAX];

	snprintf(text, sizeof(text), "%s%s/ct%s", first, root, then);
	return text;
}

TEST(made_when_it_is_not_there)
{
	struct ct_error err = { 0 };
	struct stat status;
	int fd;

	set_up();
	umask(0);
	fd = ct_state_open(&err);
	if (CHECK(fd >= 0)) {
		CHECK_NUMBER(fcntl(fd, F_GETFD), FD_CLOEXEC);
		CHECK(fstat(fd, &status) == 0);
		CHECK_NUMBER(status.st_mode, S_IFDIR | 0700);
		close(fd);
	}
	fd = ct_state_open(&err); /* and opened when it is */
	if (CHECK(fd >= 0))
		close(fd);
	fd = ct_state_find(&err);
	if (CHECK(fd >= 0))
		close(fd);
	CHECK_TEXT(err.text, "");
	tear_down();
}

TEST(found_only_if_it_is_there)
{
	struct ct_error err = { 0 };

	set_up();
	CHECK_FAILURE(ct_state_find(&err), err, ENOENT,
		      say("cannot open the state directory ", ": No such file or directory"));
	CHECK(access(below(root, "ct"), F_OK) < 0);
	CHECK(!has_journal());
	tear_down();
}

TEST(no_place_for_it)
{
	static const char *const values[] = { NULL, "", "relative" };

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct ct_error err = { 0 };

		set_up();
		if (values[i])
			setenv("XDG_RUNTIME_DIR", values[i], 1);
		else
			unsetenv("XDG_RUNTIME_DIR");
		CHECK_FAILURE(ct_state_open(&err), err, ENOENT,
			      "there is no place for what has to be written down: XDG_RUNTIME_DIR is not set (a login session sets it)");
		CHECK(!has_journal());
		tear_down();
	}
}

TEST(writable_by_others_it_is_refused)
{
	static const mode_t modes[] = { 0722, 0720, 0702, 0777, 01777 };

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		struct ct_error err = { 0 };

		set_up();
		CHECK(mkdir(below(root, "ct"), 0700) == 0 && chmod(below(root, "ct"), modes[i]) == 0);
		CHECK_FAILURE(ct_state_open(&err), err, EPERM,
			      say("the state directory ", " is writable by others: chmod 700 it"));
		tear_down();
	}
}

TEST(readable_by_others_it_is_not)
{
	struct ct_error err = { 0 };
	int fd;

	set_up();
	CHECK(mkdir(below(root, "ct"), 0755) == 0);
	fd = ct_state_open(&err);
	if (CHECK(fd >= 0))
		close(fd);
	tear_down();
}

TEST(of_another_user_it_is_refused)
{
	struct ct_error err = { 0 };
	char wanted[2 * PATH_MAX];

	if (geteuid() != 0)
		SKIP("needs root");
	set_up();
	CHECK(mkdir(below(root, "ct"), 0755) == 0);
	if (seteuid(0) < 0 || chown(below(root, "ct"), 7, (gid_t)-1) < 0 || seteuid(NOBODY) < 0)
		exit(1);
	snprintf(wanted, sizeof(wanted), "the state directory %s/ct belongs to user 7, not to %d: remove it", root,
		 NOBODY);
	CHECK_FAILURE(ct_state_open(&err), err, EPERM, wanted);
	tear_down();
}

TEST(a_link_or_a_file_is_none)
{
	struct ct_error err = { 0 };

	set_up();
	CHECK(mkdir(below(root, "other"), 0700) == 0 && symlink("other", below(root, "ct")) == 0);
	CHECK_FAILURE(ct_state_open(&err), err, ENOTDIR,
		      say("cannot open the state directory ", ": Not a directory"));
	unlink(below(root, "ct"));
	write_file(below(root, "ct"), "");
	CHECK_FAILURE(ct_state_open(&err), err, ENOTDIR,
		      say("cannot open the state directory ", ": Not a directory"));
	tear_down();
}

TEST(not_to_be_made)
{
	struct ct_error err = { 0 };

	set_up();
	chmod(root, 0500);
	if (geteuid() == 0)
		SKIP("root may write everywhere");
	CHECK_FAILURE(ct_state_open(&err), err, EACCES,
		      say("cannot make the state directory ",
			  ": Permission denied; XDG_RUNTIME_DIR must name a directory of one's own"));
	tear_down();
}

/* Whatever it is: who looks closer says what is wrong with it. */
TEST(a_journal_is_seen)
{
	set_up();
	CHECK(!has_journal());
	write_file(below(root, "ct/journal"), "");
	CHECK(has_journal());
	unlink(below(root, "ct/journal"));
	CHECK(symlink("nowhere", below(root, "ct/journal")) == 0);
	CHECK(has_journal());
	tear_down();
}

/* ---- The lock -------------------------------------------------------------------- */

TEST(one_holds_the_lock)
{
	struct ct_error err = { 0 };
	char wanted[128], name[16] = "";
	uint64_t start;
	int state, first, second;

	set_up();
	state = ct_state_open(&err);
	first = ct_state_lock(state, 0, &err);
	if (!CHECK(first >= 0))
		return;
	CHECK_NUMBER(fcntl(first, F_GETFD), FD_CLOEXEC);
	prctl(PR_GET_NAME, name); /* an emulator's, under one */
	snprintf(wanted, sizeof(wanted),
		 "process %d (%s) has been moving tasks for too long: try again, or look what keeps it",
		 getpid(), name);
	start = ct_clock();
	CHECK_FAILURE(ct_state_lock(state, 30, &err), err, EBUSY, wanted);
	CHECK(ct_clock() - start >= 30000);
	CHECK(ct_clock() - start < 5000000);
	close(first);
	second = ct_state_lock(state, 0, &err);
	if (CHECK(second >= 0))
		close(second);
	close(state);
	tear_down();
}

/* Others hold it, one after the other: none of them for so long, but all together. */
TEST(many_hold_the_lock)
{
	struct ct_error err = { 0 };
	uint64_t start, length;
	int state, lock;
	pid_t pid;

	set_up();
	state = ct_state_open(&err);
	lock = ct_state_lock(state, 0, &err);
	pid = fork();
	if (pid == 0) {
		for (int i = 1; i <= 60; i++) {
			snprintf(err.text, sizeof(err.text), "%d\n", i);
			if (pwrite(lock, err.text, strlen(err.text), 0) < 0)
				_exit(1);
			usleep(50000);
		}
		_exit(0);
	}
	close(lock);
	start = ct_clock();
	lock = ct_state_lock(state, 1500, &err);
	length = ct_clock() - start;
	CHECK(lock >= 0);
	CHECK(length > 1500000);
	waitpid(pid, NULL, 0);
	close(lock);
	close(state);
	tear_down();
}

/* Whose number is not to be had, as that of one who has ended. */
TEST(an_unknown_holder)
{
	static const char *const texts[] = { "", "nonsense", "0\n", "-1\n", "4194304\n" };
	struct ct_error err = { 0 };
	int state, lock;

	set_up();
	state = ct_state_open(&err);
	lock = ct_state_lock(state, 0, &err);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		write_file(below(root, "ct/lock"), texts[i]);
		CHECK_FAILURE(ct_state_lock(state, 0, &err), err, EBUSY,
			      "another move is under way and does not end: try again");
		err = (struct ct_error){ 0 };
	}
	close(lock);
	close(state);
	tear_down();
}

TEST(interrupted_while_it_waits)
{
	struct ct_error err = { 0 };
	int state, lock;
	sigset_t mask, signals;

	set_up();
	state = ct_state_open(&err);
	lock = ct_state_lock(state, 0, &err);
	ct_interrupt_hold(&mask);
	raise(SIGINT);
	CHECK_FAILURE(ct_state_lock(state, 60000, &err), err, EINTR, "interrupted while waiting for another move");
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	CHECK_NUMBER(sigtimedwait(&signals, NULL, &(struct timespec){ 0 }), SIGINT);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	close(lock);
	close(state);
	tear_down();
}

TEST(the_lock_is_no_link)
{
	struct ct_error err = { 0 };
	char wanted[128];
	int state;

	set_up();
	state = ct_state_open(&err);
	CHECK(symlink("other", below(root, "ct/lock")) == 0);
	snprintf(wanted, sizeof(wanted), "cannot open the lock in the state directory: %s", strerror(ELOOP));
	CHECK_FAILURE(ct_state_lock(state, 0, &err), err, ELOOP, wanted);
	CHECK(access(below(root, "ct/other"), F_OK) < 0);
	close(state);
	tear_down();
}
