// SPDX-License-Identifier: MIT
#include "common/asleep.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/file.h"

static bool read_status(int proc, pid_t pid, pid_t tid, char *text, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/status", pid, tid);
	return ct_file_read_into(proc, path, text, size) >= 0;
}

/* How often the thread has gone to sleep; 0: unknown. */
static uint64_t times_asleep(int proc, pid_t pid, pid_t tid)
{
	static const char name[] = "\nvoluntary_ctxt_switches:";
	char text[4096];
	const char *at = read_status(proc, pid, tid, text, sizeof(text)) ? strstr(text, name) : NULL;
	uint64_t times = 0;

	if (at)
		sscanf(at + strlen(name), "%" SCNu64, &times);
	return times;
}

void ct_asleep_look(int proc, pid_t pid, pid_t tid, struct ct_machine_sleep *ret_sleep)
{
	struct ct_machine_sleep sleep = { 0 };
	char path[64], text[512];
	uint64_t *to = sleep.arguments;

	*ret_sleep = sleep;
	if (!ct_machine_forgets)
		return;
	/* First: a thread that sleeps another time meanwhile is found out by that. */
	sleep.times = times_asleep(proc, pid, tid);
	snprintf(path, sizeof(path), "%d/task/%d/syscall", pid, tid);
	if (!sleep.times || ct_file_read_into(proc, path, text, sizeof(text)) < 0)
		return;
	sleep.known = sscanf(text, "%" SCNu64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
			     " %" SCNx64 " %" SCNx64 " %" SCNx64, &sleep.number, &to[0], &to[1], &to[2], &to[3],
			     &to[4], &to[5], &sleep.stack, &sleep.address) == 9;
	*ret_sleep = sleep;
}

bool ct_asleep_is_same(int proc, pid_t pid, pid_t tid, const struct ct_machine_sleep *sleep)
{
	/* It woke for the stop, and sleeps in that. */
	return sleep->known && times_asleep(proc, pid, tid) == sleep->times + 1;
}

static uint64_t set_of(const char *status, const char *name)
{
	const char *at = strstr(status, name);
	uint64_t set = 0;

	if (at)
		sscanf(at + strlen(name), "%" SCNx64, &set);
	return set;
}

bool ct_asleep_is_signalled(int proc, pid_t pid, pid_t tid)
{
	char text[4096];

	if (!read_status(proc, pid, tid, text, sizeof(text)))
		return false;
	return (set_of(text, "\nSigPnd:") | set_of(text, "\nShdPnd:")) & ~set_of(text, "\nSigBlk:") &
	       set_of(text, "\nSigCgt:");
}
