// SPDX-License-Identifier: MIT
#include "common/ground.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "common/cleanup.h"
#include "common/file.h"

enum {
	MARGIN = 1024,		/* below a stack pointer: the red zone of the ABI, and more */
	BELOW = 16384,		/* below the frame: should a signal come when nobody holds it back */
};

struct mapping {
	uintptr_t start, end;
	char permissions[5];
	const char *name;	/* to the end of the line */
};

static int copy_from(pid_t tid, uintptr_t address, void *buffer, size_t size)
{
	struct iovec here = { .iov_base = buffer, .iov_len = size };
	struct iovec there = { .iov_len = size };
	ssize_t got;

	memcpy(&there.iov_base, &address, sizeof(address));
	got = process_vm_readv(tid, &here, 1, &there, 1, 0);
	return got < 0 ? -errno : (size_t)got == size ? 0 : -EFAULT;
}

static int copy_to(pid_t tid, uintptr_t address, const void *data, size_t size)
{
	struct iovec here = { .iov_base = (void *)(uintptr_t)data, .iov_len = size };
	struct iovec there = { .iov_len = size };
	ssize_t put;

	memcpy(&there.iov_base, &address, sizeof(address));
	put = process_vm_writev(tid, &here, 1, &there, 1, 0);
	return put < 0 ? -errno : (size_t)put == size ? 0 : -EFAULT;
}

/* A text cannot be written to but by ptrace(2), a word at a time. */
static int poke(pid_t tid, uintptr_t address, const unsigned char *data, size_t size)
{
	for (size_t i = 0; i < size; i += sizeof(long)) {
		long word;

		memcpy(&word, data + i, sizeof(word));
		if (ptrace(PTRACE_POKETEXT, tid, address + i, word) < 0)
			return -errno;
	}
	return 0;
}

/* In whole words. */
static size_t code_size(void)
{
	return (ct_machine_code_size + sizeof(long) - 1) / sizeof(long) * sizeof(long);
}

/* The next line of /proc/PID/maps; false at the end. */
static bool next(const char **text, struct mapping *mapping)
{
	const char *line = *text;
	int length = 0;

	if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %*s%n", &mapping->start, &mapping->end,
		   mapping->permissions, &length) < 3)
		return false;
	mapping->name = line + length + strspn(line + length, " ");
	*text = strchrnul(line, '\n');
	*text += **text == '\n';
	return true;
}

static bool is_named(const struct mapping *mapping, const char *name)
{
	return !strncmp(mapping->name, name, strlen(name)) && mapping->name[strlen(name)] == '\n';
}

/* Nothing but zeros, or what a borrower that was killed has left. */
static bool is_unused(pid_t tid, uintptr_t address)
{
	unsigned char bytes[CT_MACHINE_CODE];

	if (copy_from(tid, address, bytes, sizeof(bytes)) < 0)
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		if (bytes[i] && (i >= ct_machine_code_size || bytes[i] != ct_machine_code[i]))
			return false;
	return true;
}

/* The last text with room behind it; those of the system come last. */
static uintptr_t find_code(pid_t tid, const char *maps)
{
	struct mapping mapping;
	uintptr_t found = 0;

	while (next(&maps, &mapping)) {
		if (strcmp(mapping.permissions, "r-xp"))
			continue;
		if (is_named(&mapping, "[vdso]") || !found)
			if (is_unused(tid, mapping.end - CT_MACHINE_CODE))
				found = mapping.end - CT_MACHINE_CODE;
	}
	return found;
}

static uintptr_t find_frame(const char *maps, const uintptr_t *stacks, size_t count, size_t room)
{
	struct mapping mapping;

	while (next(&maps, &mapping)) {
		uintptr_t low = mapping.start + BELOW;

		if (!is_named(&mapping, "[stack]") || strncmp(mapping.permissions, "rw", 2))
			continue;
		for (size_t i = 0; i < count; i++)
			if (stacks[i] >= mapping.start && stacks[i] < mapping.end &&
			    stacks[i] < low + room + MARGIN)
				return 0;
		return low + room <= mapping.end ? low : 0;
	}
	return 0;
}

/* As far down as is needed: what touches it by ptrace(2) lets it grow, as the process itself would. */
static void grow_stack(pid_t tid, const char *maps, size_t room)
{
	struct mapping mapping;

	while (next(&maps, &mapping))
		if (is_named(&mapping, "[stack]") && mapping.start > room + BELOW + MARGIN)
			ptrace(PTRACE_PEEKDATA, tid, mapping.start - (room + BELOW + MARGIN), 0);
}

/* Of the thread: a leader that has ended shows no memory. */
static int read_maps(int proc, pid_t pid, pid_t tid, char **ret_maps, struct ct_error *err)
{
	char path[64];
	int result;

	snprintf(path, sizeof(path), "%d/task/%d/maps", pid, tid);
	result = ct_file_read(proc, path, ret_maps);
	return result < 0 ? ct_failx(err, -result, "cannot read the memory map of process %d: %s", pid,
				     strerror(-result)) : 0;
}

int ct_ground_find(int proc, pid_t pid, pid_t tid, const uintptr_t *stacks, size_t count, size_t room,
		   struct ct_ground *ret_ground, struct ct_error *err)
{
	struct ct_ground ground = { .tid = tid, .room = room };
	autofree char *maps = NULL, *grown = NULL;
	int result = read_maps(proc, pid, tid, &maps, err);

	if (result < 0)
		return result;
	ground.code = find_code(tid, maps);
	ground.frame = find_frame(maps, stacks, count, room);
	if (ground.code && !ground.frame) {
		grow_stack(tid, maps, room);
		result = read_maps(proc, pid, tid, &grown, err);
		if (result < 0)
			return result;
		ground.frame = find_frame(grown, stacks, count, room);
	}
	if (!ground.code)
		return ct_failx(err, ENOSPC, "process %d has no executable memory to spare for the system calls",
				pid);
	if (!ground.frame)
		return ct_failx(err, ENOSPC, "process %d has no %zu bytes of stack to spare", pid,
				room + BELOW + MARGIN);
	*ret_ground = ground;
	return 0;
}

int ct_ground_take(struct ct_ground *ground)
{
	unsigned char code[CT_MACHINE_CODE] = { 0 };
	int result;

	ground->before = malloc(ground->room);
	if (!ground->before)
		return -ENOMEM;
	result = copy_from(ground->tid, ground->frame, ground->before, ground->room);
	if (result == 0)
		result = copy_from(ground->tid, ground->code, ground->code_before, CT_MACHINE_CODE);
	if (result == 0) {
		memcpy(code, ct_machine_code, ct_machine_code_size);
		result = poke(ground->tid, ground->code, code, code_size());
	}
	if (result < 0)
		ct_ground_leave(ground);
	return result;
}

int ct_ground_write(const struct ct_ground *ground, size_t offset, const void *data, size_t size)
{
	if (offset + size > ground->room)
		return -EFBIG;
	return copy_to(ground->tid, ground->frame + offset, data, size);
}

int ct_ground_return(struct ct_ground *ground, pid_t tid)
{
	int result = 0, code = 0;

	if (ground->before) {
		result = copy_to(tid, ground->frame, ground->before, ground->room);
		code = poke(tid, ground->code, ground->code_before, code_size());
	}
	ct_ground_leave(ground);
	return result < 0 ? result : code;
}

void ct_ground_leave(struct ct_ground *ground)
{
	free(ground->before);
	ground->before = NULL;
}
