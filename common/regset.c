// SPDX-License-Identifier: MIT
#include "common/regset.h"

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

ssize_t ct_regset_get(pid_t tid, int type, void *buffer, size_t size)
{
	struct iovec vector = { .iov_base = buffer, .iov_len = size };

	return ptrace(PTRACE_GETREGSET, tid, type, &vector) < 0 ? -errno : (ssize_t)vector.iov_len;
}

int ct_regset_set(pid_t tid, int type, const void *buffer, size_t size)
{
	/* The cast is due to struct iovec, which serves both directions. */
	struct iovec vector = { .iov_base = (void *)(uintptr_t)buffer, .iov_len = size };

	return ptrace(PTRACE_SETREGSET, tid, type, &vector) < 0 ? -errno : 0;
}

int ct_regset_get_mask(pid_t tid, uint64_t *ret_mask)
{
	return ptrace(PTRACE_GETSIGMASK, tid, sizeof(*ret_mask), ret_mask) < 0 ? -errno : 0;
}

int ct_regset_set_mask(pid_t tid, uint64_t mask)
{
	return ptrace(PTRACE_SETSIGMASK, tid, sizeof(mask), &mask) < 0 ? -errno : 0;
}
