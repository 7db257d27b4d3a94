// SPDX-License-Identifier: MIT
#include "common/pidfd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"

/* How filters refuse; a kernel that lacks it says ENOSYS. */
static bool is_withheld(int code)
{
	return code == ENOSYS || code == EPERM;
}

/* /proc has a directory for the number of each thread as well, but only that of the first leads. */
static int open_directory(pid_t pid)
{
	char path[32], text[4096];
	autoclose int fd = -1;
	const char *line;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	if (ct_file_read_into(fd, "status", text, sizeof(text)) < 0 || !(line = strstr(text, "\nTgid:")) ||
	    strtol(line + strlen("\nTgid:"), NULL, 10) != pid)
		return -ESRCH;
	return ct_take_fd(&fd);
}

int ct_pidfd_open(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd >= 0)
		return fd;
	if (is_withheld(errno))
		return open_directory(pid);
	return errno == EINVAL ? -ESRCH : -errno; /* the number of a thread by now */
}

static bool has_ended(int fd)
{
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	struct stat status;
	char text[32];

	if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
		return ct_file_read_into(fd, "comm", text, sizeof(text)) < 0;
	return poll(&ended, 1, 0) > 0;
}

int ct_pidfd_signal(int fd, pid_t pid, int signal)
{
	if (syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0)
		return 0;
	if (!is_withheld(errno))
		return -errno;
	/* EPERM may be meant: then kill(2) says so too */
	if (has_ended(fd))
		return -ESRCH;
	return kill(pid, signal) < 0 ? -errno : 0;
}
