// SPDX-License-Identifier: MIT
#include "common/files.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/unit/support.h"

/* How many open files the tasks have; the file descriptor of /proc is not among the child's. */
static long count(const pid_t *tids, size_t how_many, struct ct_error *err)
{
	autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t files = 9999;
	int result = ct_files_count(proc, tids, how_many, &files, err);

	return result < 0 ? result : (long)files;
}

static void rest(void)
{
	alarm(20);
	for (;;)
		pause();
}

/* A child that has closed all, opened "files" files, and those again by dup(2). */
static pid_t start(int files, int dups)
{
	int ready[2];
	pid_t pid;
	char byte;

	if (pipe2(ready, O_CLOEXEC) < 0)
		abort();
	pid = fork();
	if (pid == 0) {
		dup2(ready[1], 0);
		syscall(SYS_close_range, 1U, ~0U, 0U);
		for (int i = 0; i < files; i++)
			open("/dev/null", O_RDONLY);
		for (int i = 0; i < dups; i++)
			dup(1);
		if (write(0, "x", 1) != 1)
			_exit(1);
		close(0);
		rest();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1 || read(ready[0], &byte, 1) != 0)
		abort();
	close(ready[0]);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static bool can_compare(void)
{
	struct ct_error err = { 0 };
	pid_t self = getpid();

	return count(&self, 1, &err) != -ENOSYS;
}

TEST(each_once)
{
	struct ct_error err = { 0 };
	pid_t pids[2];

	if (!can_compare())
		SKIP("the kernel has no kcmp(2)");
	CHECK_NUMBER(count(NULL, 0, &err), 0);
	pids[0] = start(7, 5); /* opened apart, the same device is seven files */
	pids[1] = start(100, 0);
	CHECK_NUMBER(count(pids, 1, &err), 7);
	CHECK_NUMBER(count(pids, 2, &err), 107);
	CHECK_TEXT(err.text, "");
	stop(pids[0]);
	stop(pids[1]);
}

TEST(one_that_has_gone_counts_nothing)
{
	struct ct_error err = { 0 };
	pid_t pids[2];

	if (!can_compare())
		SKIP("the kernel has no kcmp(2)");
	pids[0] = start(3, 0);
	pids[1] = start(4, 0);
	stop(pids[0]);
	CHECK_NUMBER(count(pids, 2, &err), 4);
	CHECK_TEXT(err.text, "");
	stop(pids[1]);
}

/* A zombie has no files any more. */
TEST(a_zombie_counts_nothing)
{
	struct ct_error err = { 0 };
	siginfo_t info;
	pid_t pid;

	if (!can_compare())
		SKIP("the kernel has no kcmp(2)");
	pid = start(3, 0);
	kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	CHECK_NUMBER(count(&pid, 1, &err), 0);
	CHECK_TEXT(err.text, "");
	stop(pid);
}

TEST(of_another_pid_namespace)
{
	struct ct_error err = { 0 };
	pid_t none = 0;

	CHECK_NUMBER(count(&none, 1, &err), -EPERM);
	CHECK_TEXT(err.text, "a process is of another pid namespace, and its open files cannot be counted");
}

/* ---- Threads: one table, and one of its own ----------------------------------------- */

static pid_t tids[2];
static int own, go[2];

static void *run(void *unused)
{
	char byte;

	(void)unused;
	if (own)
		syscall(SYS_unshare, CLONE_FILES);
	if (own)
		open("/dev/null", O_RDONLY);
	__atomic_store_n(&tids[1], (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	return read(go[0], &byte, 1) < 0 ? NULL : NULL;
}

static long with_thread(bool is_own, struct ct_error *err)
{
	pthread_t thread;
	long result;

	own = is_own;
	tids[0] = getpid();
	__atomic_store_n(&tids[1], 0, __ATOMIC_SEQ_CST);
	if (pipe2(go, O_CLOEXEC) < 0 || pthread_create(&thread, NULL, run, NULL) != 0)
		abort();
	while (!__atomic_load_n(&tids[1], __ATOMIC_SEQ_CST))
		usleep(100);
	result = count(tids, 2, err);
	if (write(go[1], "x", 1) != 1)
		abort();
	pthread_join(thread, NULL);
	close(go[0]);
	close(go[1]);
	return result;
}

TEST(threads_with_one_table_and_with_two)
{
	struct ct_error err = { 0 };

	if (!can_compare())
		SKIP("the kernel has no kcmp(2)");
	CHECK_NUMBER(with_thread(true, &err), with_thread(false, &err) + 1);
	CHECK_TEXT(err.text, "");
}
