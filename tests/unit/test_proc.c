// SPDX-License-Identifier: MIT
#include "common/proc.h"

#include <bsd/string.h>

#include "common/file.h"
#include "tests/unit/support.h"

#define TAIL " 4194560 1 2 3 4 5 6 7 8 20 0 3 0 987654321 1 2 3"

TEST(a_plain_stat_line)
{
	struct ct_proc_stat stat;

	CHECK_NUMBER(ct_proc_parse_stat("17 (sleep) S 16 17 17 0 -1" TAIL, &stat), 0);
	CHECK_NUMBER(stat.pid, 17);
	CHECK_NUMBER(stat.ppid, 16);
	CHECK_NUMBER(stat.state, 'S');
	CHECK_NUMBER(stat.threads, 3);
	CHECK_NUMBER(stat.start, 987654321);
	CHECK_TEXT(stat.command, "sleep");
	CHECK(!stat.kernel);
}

TEST(command_names_that_look_like_the_rest)
{
	static const char *const names[] = { ") R 1 (", "wo) R 1 (rker", "a b", "", ")", "((", "))))",
					     "x\ny", "\xff\xfe" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct ct_proc_stat stat = { 0 };
		char text[256];

		snprintf(text, sizeof(text), "17 (%s) S 16 17 17 0 -1" TAIL, names[i]);
		CHECK_NUMBER(ct_proc_parse_stat(text, &stat), 0);
		CHECK_TEXT(stat.command, names[i]);
		CHECK_NUMBER(stat.state, 'S');
		CHECK_NUMBER(stat.ppid, 16);
	}
}

TEST(a_long_command_name_is_cut)
{
	struct ct_proc_stat stat = { 0 };
	char name[200], text[512];

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "17 (%s) S 16 17 17 0 -1" TAIL, name);
	CHECK_NUMBER(ct_proc_parse_stat(text, &stat), 0);
	CHECK_NUMBER(strlen(stat.command), sizeof(stat.command) - 1);
}

TEST(kernel_threads_are_known_by_their_flag)
{
	struct ct_proc_stat stat;

	CHECK_NUMBER(ct_proc_parse_stat("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 7 0",
					&stat), 0);
	CHECK(stat.kernel && !stat.worker);
	CHECK_NUMBER(stat.start, 7);
}

TEST(threads_that_the_kernel_runs_in_a_process)
{
	static const struct { unsigned flags; bool worker; } known[] = {
		{ 4202560, false }, { 4202560 | 0x10, true }, { 4202560 | 0x4000, true },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct ct_proc_stat stat;
		char text[256];

		snprintf(text, sizeof(text), "18 (iou-wrk-17) S 16 17 17 0 -1 %u 0 0 0 0 0 0 0 0 20 0 2 0 7 0", known[i].flags);
		CHECK_NUMBER(ct_proc_parse_stat(text, &stat), 0);
		CHECK(stat.worker == known[i].worker && !stat.kernel);
	}
}

TEST(the_greatest_numbers)
{
	struct ct_proc_stat stat;

	CHECK_NUMBER(ct_proc_parse_stat("4194304 (x) D 4194303 0 0 0 -1 0 18446744073709551615 "
					"18446744073709551615 1 1 18446744073709551615 1 -1 -1 20 -20 "
					"65535 0 18446744073709551615 0", &stat), 0);
	CHECK_NUMBER(stat.pid, 4194304);
	CHECK_NUMBER(stat.threads, 65535);
	CHECK(stat.start == UINT64_MAX);
}

TEST(what_is_no_stat_line)
{
	static const char *const texts[] = {
		"", "17", "17 (x", "17 x) S 1", "17 )x( S 1", "17 (x)", "17 (x) S", "x (x) S 1 1 1 0 -1" TAIL,
		"17 (x) S 16 17 17 0 -1 0 1 2 3", "\n", "()", "17 (x) S y 17 17 0 -1" TAIL,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct ct_proc_stat stat = { .pid = 99 };

		CHECK_NUMBER(ct_proc_parse_stat(texts[i], &stat), -EBADMSG);
		CHECK_NUMBER(stat.pid, 99); /* untouched */
	}
}

static int open_proc(const char *name)
{
	char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/proc", fixture(name));
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* A process of a fixture, which knows them by name alone; 0 without one. */
static pid_t find(int proc, const char *command)
{
	autodir DIR *dir = fdopendir(openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct ct_proc_stat stat;
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && ct_proc_stat(proc, pid, &stat) == 0 && !strcmp(stat.command, command))
			return pid;
	}
	return 0;
}

static const char *const machines[] = { "v1", "v1-joined", "v2", "hybrid", "cgroupns",
					"cgroupns-remounted", "twice", "linux-6.12" };

TEST(threads_of_real_machines)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		autoclose int proc = open_proc(machines[i]);
		pid_t pid = find(proc, "wo) R 1 (rker");
		autofree pid_t *tids = NULL;
		struct ct_proc_stat stat = { 0 };
		int count;

		if (!CHECK(pid > 0))
			continue;
		count = ct_proc_threads(proc, pid, &tids);
		CHECK_NUMBER(count, 3);
		CHECK_NUMBER(ct_proc_stat(proc, pid, &stat), 0);
		CHECK_NUMBER(stat.threads, 3);
		CHECK(stat.start > 0);
		for (int j = 0; j < count; j++) {
			autofree char *text = NULL;
			struct ct_proc_stat thread = { 0 };

			CHECK_NUMBER(ct_proc_stat_thread(proc, pid, tids[j], &thread), 0);
			CHECK_NUMBER(thread.pid, tids[j]);
			CHECK(ct_proc_cgroup(proc, pid, tids[j], &text) > 0);
			CHECK(text && strstr(text, "web/backend\n") != NULL);
		}
	}
}

TEST(one_thread_lies_elsewhere)
{
	autoclose int proc = open_proc("v1");
	pid_t pid = find(proc, "wo) R 1 (rker");
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(proc, pid, &tids), elsewhere = 0;

	for (int i = 0; i < count; i++) {
		autofree char *text = NULL;

		CHECK(ct_proc_cgroup(proc, pid, tids[i], &text) > 0);
		elsewhere += text && strstr(text, ":cpu:/web/frontend\n");
	}
	CHECK_NUMBER(elsewhere, 1);
}

TEST(kernel_threads_of_real_machines)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		autoclose int proc = open_proc(machines[i]);
		struct ct_proc_stat stat = { 0 };

		CHECK_NUMBER(ct_proc_stat(proc, 2, &stat), 0);
		CHECK(stat.kernel);
		CHECK_TEXT(stat.command, "kthreadd");
		CHECK_NUMBER(ct_proc_stat(proc, 1, &stat), 0);
		CHECK(!stat.kernel);
	}
}

TEST(the_last_number_given_out)
{
	char root[PATH_MAX];
	autoclose int proc = -1;
	pid_t pid = 7;

	make_tree(root);
	proc = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_NUMBER(ct_proc_last_pid(proc, &pid), -ENOENT);
	write_file(below(root, "loadavg"), "0.52 0.58 0.59 2/345 31415\n");
	CHECK_NUMBER(ct_proc_last_pid(proc, &pid), 0);
	CHECK_NUMBER(pid, 31415);
	write_file(below(root, "loadavg"), "nothing\n");
	CHECK_NUMBER(ct_proc_last_pid(proc, &pid), -EBADMSG);
	write_file(below(root, "sys/kernel/pid_max"), "32768\n");
	CHECK_NUMBER(ct_proc_greatest_pid(proc, &pid), 0);
	CHECK_NUMBER(pid, 32768);
	remove_tree(root);
}

TEST(leaders)
{
	autoclose int proc = open_proc("v2"), real = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = find(proc, "wo) R 1 (rker"), leader = 0;

	CHECK_NUMBER(ct_proc_leader(proc, pid, &leader), 0);
	CHECK_NUMBER(leader, pid);
	leader = 0;
	CHECK_NUMBER(ct_proc_leader(real, gettid(), &leader), 0);
	CHECK_NUMBER(leader, getpid());
}

TEST(who_is_not_there_is_esrch)
{
	autoclose int proc = open_proc("v2");
	struct ct_proc_stat stat;
	autofree pid_t *tids = NULL;
	autofree char *text = NULL;
	pid_t leader;

	CHECK_NUMBER(ct_proc_stat(proc, 4194303, &stat), -ESRCH);
	CHECK_NUMBER(ct_proc_stat_thread(proc, 4194303, 4194303, &stat), -ESRCH);
	CHECK_NUMBER(ct_proc_threads(proc, 4194303, &tids), -ESRCH);
	CHECK_NUMBER(ct_proc_cgroup(proc, 4194303, 4194303, &text), -ESRCH);
	CHECK_NUMBER(ct_proc_leader(proc, 4194303, &leader), -ESRCH);
	CHECK(tids == NULL && text == NULL);
}

TEST(wait_channel)
{
	char root[PATH_MAX], channel[64] = "x";
	int proc;

	make_tree(root);
	write_file(below(root, "5/wchan"), "do_wait");
	write_file(below(root, "6/wchan"), "0");
	write_file(below(root, "7/wchan"), "");
	proc = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ct_proc_wait_channel(proc, 5, channel, sizeof(channel));
	CHECK_TEXT(channel, "do_wait");
	for (pid_t pid = 6; pid <= 8; pid++) { /* the last is not there */
		strlcpy(channel, "x", sizeof(channel));
		ct_proc_wait_channel(proc, pid, channel, sizeof(channel));
		CHECK_TEXT(channel, "");
	}
	close(proc);
	remove_tree(root);
}

TEST(names_for_messages)
{
	static const pid_t pids[] = { 5, 6, 7, 8 };
	char root[PATH_MAX], names[100];
	int proc;

	make_tree(root);
	for (pid_t pid = 5; pid <= 7; pid++) {
		char stat[100];

		snprintf(stat, sizeof(stat), "%d (cp %d) D 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0", pid, pid);
		write_file(below(root, "%d/stat", pid), stat);
	}
	write_file(below(root, "5/wchan"), "rpc_wait");
	proc = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ct_proc_names(proc, pids, 0, false, names, sizeof(names));
	CHECK_TEXT(names, "");
	ct_proc_names(proc, pids, 3, false, names, sizeof(names));
	CHECK_TEXT(names, "5 (cp 5), 6 (cp 6), 7 (cp 7)");
	ct_proc_names(proc, pids, 4, false, names, sizeof(names));
	CHECK_TEXT(names, "5 (cp 5), 6 (cp 6), 7 (cp 7), ...");
	ct_proc_names(proc, pids, 2, true, names, sizeof(names));
	CHECK_TEXT(names, "5 (cp 5) state D waiting in rpc_wait, 6 (cp 6) state D");
	ct_proc_names(proc, pids + 3, 1, true, names, sizeof(names));
	CHECK_TEXT(names, "8 (?) state ?");
	/* Cut between two, never within one. */
	ct_proc_names(proc, pids, 3, false, names, 28);
	CHECK_TEXT(names, "5 (cp 5), 6 (cp 6), ...");
	ct_proc_names(proc, pids, 3, false, names, 10);
	CHECK_TEXT(names, "...");
	close(proc);
	remove_tree(root);
}

TEST(a_status_file_without_tgid)
{
	char root[PATH_MAX];
	pid_t leader = 0;
	int proc;

	make_tree(root);
	write_file(below(root, "5/status"), "Name:\tTgid: 7\nState:\tS\n");
	write_file(below(root, "6/status"), "Name:\ta\nTgid:\t77\nNgid:\t0\n");
	proc = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK_NUMBER(ct_proc_leader(proc, 5, &leader), -EBADMSG);
	CHECK_NUMBER(ct_proc_leader(proc, 6, &leader), 0);
	CHECK_NUMBER(leader, 77);
	close(proc);
	remove_tree(root);
}
