// SPDX-License-Identifier: MIT
#include "common/files.h"

#include <dirent.h>
#include <errno.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/file.h"

/* An open file by one of its descriptors; or a task, by which its table of descriptors is meant. */
struct entry {
	pid_t tid;
	unsigned fd;
};

static int explain(pid_t tid, int code, struct ct_error *err)
{
	if (code == ENOSYS)
		return ct_failx(err, code, "the kernel cannot compare open files: it has no kcmp(2), CONFIG_KCMP");
	if (code == ENOMEM)
		return ct_failx(err, code, "out of memory");
	return ct_failx(err, code, "the open files of process %d cannot be counted: %s", tid, strerror(code));
}

static bool has_gone(int code)
{
	return code == ESRCH || code == EBADF || code == ENOENT;
}

/* Their order as the kernel has it: 0 the same, 1 less, 2 more; -1 with errno. */
static long compare(int type, const struct entry *a, const struct entry *b)
{
	return syscall(SYS_kcmp, a->tid, b->tid, type, (unsigned long)a->fd, (unsigned long)b->fd);
}

struct merge {
	int type;		/* KCMP_FILE, KCMP_FILES */
	struct entry *from, *to;
	struct ct_error *err;
};

/*
 * Merges from[left … middle) and from[middle … right) into *at of to: of two that are the same,
 * and of what has gone, one is left out.
 */
static int merge(const struct merge *merge, size_t left, size_t middle, size_t right, size_t *at)
{
	size_t a = left, b = middle;

	while (a < middle && b < right) {
		const struct entry *x = &merge->from[a], *y = &merge->from[b];
		long order = compare(merge->type, x, y);

		if (order < 0 && has_gone(errno)) {
			if (compare(merge->type, x, x) < 0)
				a++;
			else
				b++;
			continue;
		}
		if (order < 0) {
			int code = errno;

			return explain(compare(merge->type, x, x) < 0 ? x->tid : y->tid, code, merge->err);
		}
		if (order == 1)
			merge->to[(*at)++] = merge->from[a++];
		else
			merge->to[(*at)++] = merge->from[b++];
		a += order == 0;
	}
	while (a < middle)
		merge->to[(*at)++] = merge->from[a++];
	while (b < right)
		merge->to[(*at)++] = merge->from[b++];
	return 0;
}

/*
 * Leaves one entry of each set that kcmp(2) says is the same, and returns how many those are. No
 * qsort(3), which may not be lied to: while it runs, files are closed and others opened.
 */
static long unite(int type, struct entry **items, size_t count, struct ct_error *err)
{
	autofree struct entry *other = calloc(count + 1, sizeof(*other));
	autofree size_t *ends = calloc(count + 1, sizeof(*ends));	/* of the sorted runs */
	struct merge step = { .type = type, .from = *items, .to = other, .err = err };
	size_t runs = count;

	if (!other || !ends)
		return explain(0, ENOMEM, err);
	for (size_t i = 0; i < count; i++)
		ends[i] = i + 1;
	for (; runs > 1; runs = (runs + 1) / 2) {
		size_t at = 0, left = 0;

		for (size_t i = 0; i < runs; i += 2) {
			size_t middle = ends[i], right = i + 1 < runs ? ends[i + 1] : middle;
			int result = merge(&step, left, middle, right, &at);

			if (result < 0)
				return result;
			left = right;
			ends[i / 2] = at;
		}
		other = step.from;
		step.from = *items = step.to;
		step.to = other;
	}
	return runs ? (long)ends[0] : 0;
}

/* One task of each table of descriptors. */
static long tables(const pid_t *tids, size_t count, struct entry **ret_tables, struct ct_error *err)
{
	autofree struct entry *items = calloc(count + 1, sizeof(*items));
	size_t known = 0;
	long result;

	if (!items)
		return explain(0, ENOMEM, err);
	for (size_t i = 0; i < count; i++) {
		struct entry task = { .tid = tids[i] };

		if (!task.tid)
			return ct_failx(err, EPERM, "a process is of another pid namespace, and its open files cannot be counted");
		if (compare(KCMP_FILES, &task, &task) == 0)
			items[known++] = task;
		else if (!has_gone(errno))
			return explain(task.tid, errno, err);
	}
	result = unite(KCMP_FILES, &items, known, err);
	if (result >= 0)
		*ret_tables = ct_take_ptr(items);
	return result;
}

static int add_descriptors(int proc, pid_t tid, struct entry **items, size_t *count)
{
	autodir DIR *dir = NULL;
	const struct dirent *each;
	char path[32];
	int result;

	snprintf(path, sizeof(path), "%d/fd", tid);
	result = ct_file_open_dir(proc, path, &dir);
	if (result < 0)
		return has_gone(-result) ? 0 : result;
	while ((each = readdir(dir))) {
		struct entry entry = { .tid = tid, .fd = (unsigned)strtoul(each->d_name, NULL, 10) };

		if (each->d_name[0] != '.' && ct_array_push(*items, *count, entry) < 0)
			return -ENOMEM;
	}
	return 0;
}

int ct_files_count(int proc, const pid_t *tids, size_t count, size_t *ret_files,
		   struct ct_error *err)
{
	autofree struct entry *owners = NULL;
	autofree struct entry *files = NULL;
	size_t total = 0;
	long result = tables(tids, count, &owners, err);

	for (long i = 0, tasks = result; result >= 0 && i < tasks; i++) {
		result = add_descriptors(proc, owners[i].tid, &files, &total);
		if (result < 0)
			result = explain(owners[i].tid, (int)-result, err);
	}
	if (result >= 0 && total)
		result = unite(KCMP_FILE, &files, total, err);
	if (result < 0)
		return (int)result;
	*ret_files = total ? (size_t)result : 0;
	return 0;
}
