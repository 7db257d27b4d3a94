/* SPDX-License-Identifier: MIT */
/*
 * What /proc says of tasks; see proc(5) and its pages. Every function takes the
 * directory /proc itself, held open, so that fixtures can stand in for it, and
 * is like a system call: a negative errno (-ESRCH: no such task) and no text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ct_proc_stat {
	pid_t pid, ppid;
	char state;		/* R S D T t Z X I, as in proc_pid_stat(5) */
	bool kernel;		/* a kernel thread */
	bool worker;		/* a thread that the kernel runs in a process: io_uring's, vhost's */
	bool exiting;		/* on its way out: the kernel moves it no more */
	unsigned long threads;	/* how many the process has */
	uint64_t start;		/* clock ticks after boot: tells a reused pid */
	char command[64];
};

/* The process pid. */
int ct_proc_stat(int proc, pid_t pid, struct ct_proc_stat *ret_stat);

/* The thread tid of the process pid. */
int ct_proc_stat_thread(int proc, pid_t pid, pid_t tid, struct ct_proc_stat *ret_stat);

/*
 * The text of /proc/PID/task/TID/cgroup, which belongs to the caller. For a
 * zombie leader of living threads /proc/PID/cgroup lies; the thread's own does not.
 */
int ct_proc_cgroup(int proc, pid_t pid, pid_t tid, char **ret_text);

/*
 * The number that was given out last in our pid namespace (proc_loadavg(5)): they are given out in
 * turn, so that one which has become free is given again when all others have been.
 */
int ct_proc_last_pid(int proc, pid_t *ret_pid);

/* Numbers are less than that one (/proc/sys/kernel/pid_max). */
int ct_proc_greatest_pid(int proc, pid_t *ret_pid);

/* The user whose the process is, by whom its files in /proc are owned. */
int ct_proc_owner(int proc, pid_t pid, uid_t *ret_uid);

/* The process that tid is a thread of; tid itself for a leader. */
int ct_proc_leader(int proc, pid_t tid, pid_t *ret_pid);

/* The threads of a process; *ret_tids belongs to the caller. Returns how many. */
int ct_proc_threads(int proc, pid_t pid, pid_t **ret_tids);

/* The children of all threads of a process, appended to *pids. */
int ct_proc_children(int proc, pid_t pid, pid_t **pids, size_t *count);

/* The kernel function a task waits in, or "" where the kernel does not say. */
void ct_proc_wait_channel(int proc, pid_t pid, char *buffer, size_t size);

/*
 * The first three of ids, which may be threads, for messages: "4711 (cp), 4712 (sh), 4713 (sh), ...";
 * with why "4711 (cp) state D waiting in rpc_wait". What does not fit is cut between two.
 */
void ct_proc_names(int proc, const pid_t *ids, size_t count, bool why, char *buffer, size_t size);

/* Parses the text of a stat file. -EBADMSG if it is none. */
int ct_proc_parse_stat(const char *text, struct ct_proc_stat *ret_stat);
