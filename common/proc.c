// SPDX-License-Identifier: MIT
#include "common/proc.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/file.h"

/* include/linux/sched.h; shown in stat's field 9 */
#define PF_EXITING 0x00000004u
#define PF_IO_WORKER 0x00000010u
#define PF_USER_WORKER 0x00004000u /* since Linux 6.4 */
#define PF_KTHREAD 0x00200000u

/* A task that ends while its files are read gives ESRCH, one that has ended ENOENT. */
static int gone(int result)
{
	return result == -ENOENT ? -ESRCH : result;
}

int ct_proc_parse_stat(const char *text, struct ct_proc_stat *ret_stat)
{
	struct ct_proc_stat stat = { 0 };
	/* the command may hold spaces and parentheses: it ends at the last one */
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned flags;
	size_t length;

	if (!open || !close || close < open)
		return -EBADMSG;
	if (sscanf(text, "%d", &stat.pid) != 1)
		return -EBADMSG;
	if (sscanf(close + 1,
		   " %c %d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %lu %*d %" SCNu64,
		   &stat.state, &stat.ppid, &flags, &stat.threads, &stat.start) != 5)
		return -EBADMSG;
	length = (size_t)(close - open - 1);
	if (length >= sizeof(stat.command))
		length = sizeof(stat.command) - 1;
	memcpy(stat.command, open + 1, length);
	stat.kernel = flags & PF_KTHREAD;
	stat.worker = flags & (PF_IO_WORKER | PF_USER_WORKER);
	stat.exiting = flags & PF_EXITING || stat.state == 'Z' || stat.state == 'X';
	*ret_stat = stat;
	return 0;
}

static int read_stat(int proc, const char *path, struct ct_proc_stat *ret_stat)
{
	char text[2048];
	int result = ct_file_read_into(proc, path, text, sizeof(text));

	return result < 0 ? gone(result) : ct_proc_parse_stat(text, ret_stat);
}

int ct_proc_stat(int proc, pid_t pid, struct ct_proc_stat *ret_stat)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/stat", pid);
	return read_stat(proc, path, ret_stat);
}

int ct_proc_stat_thread(int proc, pid_t pid, pid_t tid, struct ct_proc_stat *ret_stat)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/stat", pid, tid);
	return read_stat(proc, path, ret_stat);
}

int ct_proc_cgroup(int proc, pid_t pid, pid_t tid, char **ret_text)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/cgroup", pid, tid);
	return gone(ct_file_read(proc, path, ret_text));
}

/* The last number in a file. */
static int read_pid(int proc, const char *file, pid_t *ret_pid)
{
	char text[128];
	int result = ct_file_read_into(proc, file, text, sizeof(text));
	const char *last = result < 0 ? NULL : strrchr(text, ' ');
	long pid = result < 0 ? 0 : strtol(last ? last : text, NULL, 10);

	if (result < 0)
		return result;
	if (pid <= 0 || pid > INT_MAX)
		return -EBADMSG;
	*ret_pid = (pid_t)pid;
	return 0;
}

int ct_proc_last_pid(int proc, pid_t *ret_pid)
{
	return read_pid(proc, "loadavg", ret_pid);
}

int ct_proc_greatest_pid(int proc, pid_t *ret_pid)
{
	return read_pid(proc, "sys/kernel/pid_max", ret_pid);
}

int ct_proc_owner(int proc, pid_t pid, uid_t *ret_uid)
{
	struct stat status;
	char path[32];

	snprintf(path, sizeof(path), "%d", pid);
	if (fstatat(proc, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return gone(-errno);
	*ret_uid = status.st_uid;
	return 0;
}

int ct_proc_leader(int proc, pid_t tid, pid_t *ret_pid)
{
	autofree char *text = NULL;
	char path[64], *line;
	int result, pid;

	snprintf(path, sizeof(path), "%d/status", tid);
	result = ct_file_read(proc, path, &text);
	if (result < 0)
		return gone(result);
	line = strstr(text, "\nTgid:");
	if (!line || sscanf(line, "\nTgid: %d", &pid) != 1)
		return -EBADMSG;
	*ret_pid = pid;
	return 0;
}

/* The next entry, or NULL: errno is 0 at the end. */
static const struct dirent *next(DIR *dir)
{
	errno = 0;
	return readdir(dir);
}

int ct_proc_threads(int proc, pid_t pid, pid_t **ret_tids)
{
	autofree pid_t *tids = NULL;
	autodir DIR *dir = NULL;
	const struct dirent *entry;
	size_t count = 0;
	char path[64];
	int result;

	snprintf(path, sizeof(path), "%d/task", pid);
	result = ct_file_open_dir(proc, path, &dir);
	if (result < 0)
		return gone(result);
	while ((entry = next(dir))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		if (ct_array_push(tids, count, (pid_t)strtol(entry->d_name, NULL, 10)) < 0)
			return -ENOMEM;
	}
	if (errno)
		return gone(-errno);
	*ret_tids = ct_take_ptr(tids);
	return (int)count;
}

static int append_list(const char *text, pid_t **pids, size_t *count)
{
	for (char *end;; text = end) {
		long pid = strtol(text, &end, 10);

		if (end == text)
			return 0;
		if (ct_array_push(*pids, *count, (pid_t)pid) < 0)
			return -ENOMEM;
	}
}

/* A look at all processes, for kernels that do not list children. */
static int scan_children(int proc, pid_t parent, pid_t **pids, size_t *count)
{
	autodir DIR *dir = NULL;
	const struct dirent *entry;
	int result = ct_file_open_dir(proc, ".", &dir);

	if (result < 0)
		return result;
	while ((entry = next(dir))) {
		struct ct_proc_stat stat;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9' ||
		    ct_proc_stat(proc, (pid_t)strtol(entry->d_name, NULL, 10), &stat) < 0 ||
		    stat.ppid != parent)
			continue;
		if (ct_array_push(*pids, *count, stat.pid) < 0)
			return -ENOMEM;
	}
	return -errno;
}

int ct_proc_children(int proc, pid_t pid, pid_t **pids, size_t *count)
{
	autofree pid_t *tids = NULL;
	int threads = ct_proc_threads(proc, pid, &tids);

	for (int i = 0; i < threads; i++) {
		autofree char *text = NULL;
		struct ct_proc_stat stat;
		char path[64];
		int result;

		snprintf(path, sizeof(path), "%d/task/%d/children", pid, tids[i]);
		result = ct_file_read(proc, path, &text);
		if (result >= 0)
			result = append_list(text, pids, count);
		else if (result == -ENOENT && ct_proc_stat_thread(proc, pid, tids[i], &stat) == 0)
			return scan_children(proc, pid, pids, count);
		else /* the thread has ended */
			result = gone(result) == -ESRCH ? 0 : result;
		if (result < 0)
			return result;
	}
	return threads < 0 ? threads : 0;
}

void ct_proc_wait_channel(int proc, pid_t pid, char *buffer, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/wchan", pid);
	if (ct_file_read_into(proc, path, buffer, size) <= 0 || !strcmp(buffer, "0"))
		buffer[0] = '\0';
}

static void name_one(int proc, pid_t id, bool why, char *buffer, size_t size)
{
	struct ct_proc_stat stat = { .state = '?', .command = "?" };
	char channel[64] = "";

	ct_proc_stat(proc, id, &stat);
	if (why)
		ct_proc_wait_channel(proc, id, channel, sizeof(channel));
	if (why)
		snprintf(buffer, size, "%d (%s) state %c%s%s", id, stat.command, stat.state,
			 *channel ? " waiting in " : "", channel);
	else
		snprintf(buffer, size, "%d (%s)", id, stat.command);
}

void ct_proc_names(int proc, const pid_t *ids, size_t count, bool why, char *buffer, size_t size)
{
	size_t length = 0, named = 0;

	buffer[0] = '\0';
	for (; named < count && named < 3; named++) {
		char one[192];

		name_one(proc, ids[named], why, one, sizeof(one));
		if (length + strlen(one) + strlen(", , ...") >= size)
			break;
		length += (size_t)snprintf(buffer + length, size - length, "%s%s", named ? ", " : "", one);
	}
	if (named < count && length + strlen(", ...") < size)
		snprintf(buffer + length, size - length, "%s...", named ? ", " : "");
}
