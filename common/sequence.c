// SPDX-License-Identifier: MIT
#include "common/sequence.h"

#include <errno.h>
#include <stdint.h>
#include <sys/ptrace.h>

/* linux/ptrace.h of Linux 5.13, linux/rseq.h: the headers that ct is built with may be older */
#define GET_RSEQ_CONFIGURATION 0x420f /* no enum: see tracee.c */
enum {
	CURRENT = 8,	/* in struct rseq: rseq_cs */
	START = 8,	/* in struct rseq_cs */
	LENGTH = 16,
	ANEW = 24,
};

struct configuration {
	uint64_t address;
	uint32_t size, signature, flags, pad;
};

static int peek(pid_t tid, uint64_t address, uint64_t *ret_word)
{
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, tid, (uintptr_t)address, 0);
	if (errno)
		return -errno;
	*ret_word = (uint64_t)word;
	return 0;
}

int ct_sequence_abort(pid_t tid, struct ct_machine *machine)
{
	struct configuration configuration = { 0 };
	uint64_t at = 0, start = 0, length = 0, anew = 0;
	int result = 0;

	/* A kernel that does not tell has none, or is older. */
	if (ptrace(GET_RSEQ_CONFIGURATION, tid, sizeof(configuration), &configuration) < 0)
		return errno == ESRCH ? -ESRCH : 0;
	if (configuration.address)
		result = peek(tid, configuration.address + CURRENT, &at);
	if (result == 0 && at)
		result = peek(tid, at + START, &start);
	if (result == 0 && at)
		result = peek(tid, at + LENGTH, &length);
	if (result == 0 && at)
		result = peek(tid, at + ANEW, &anew);
	/* What points nowhere is the kernel's to complain of, as without us. */
	if (result < 0)
		return result == -ESRCH ? result : 0;
	if (ct_machine_place(machine) - start < length)
		ct_machine_put(machine, anew);
	return 0;
}
