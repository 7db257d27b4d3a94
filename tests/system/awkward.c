// SPDX-License-Identifier: MIT
/*
 * A process that is hard to freeze:
 *
 *	stuck	waits in the kernel for a page that nobody brings: no signal but KILL reaches it, and
 *		nothing freezes it (state D)
 *	vfork	waits in vfork(2) for its child, which sleeps
 *	traced	has a child that is stopped by its tracer
 *
 * Exits with 77 if the kernel has no such thing.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int stuck(void)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_api api = { .api = UFFD_API };
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), byte;
	struct uffdio_register area = { .range = { (unsigned long)page, 4096 },
					.mode = UFFDIO_REGISTER_MODE_MISSING };
	struct iovec to = { &byte, 1 }, from = { page, 1 };

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &area) < 0)
		return 77;
	/* its own memory, read as another's: the fault is then the kernel's, not the program's */
	process_vm_readv(getpid(), &to, 1, &from, 1, 0);
	return 77;
}

static int in_vfork(void)
{
	if (vfork() == 0)
		for (;;)
			sleep(1000);
	return 0;
}

static int traced(void)
{
	pid_t child = fork();

	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGUSR1);
		_exit(0);
	}
	if (waitpid(child, NULL, __WALL) < 0)
		return 77;
	for (;;)
		sleep(1000);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	return !strcmp(how, "stuck") ? stuck() : !strcmp(how, "vfork") ? in_vfork() : traced();
}
