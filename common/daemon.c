// SPDX-License-Identifier: MIT
#include "common/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"

enum { FIRST = 3 };

int ct_daemon_fork(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			return 0;
		_exit(pid < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid < 0 || status ? -EAGAIN : 1;
}

/* As low as can be: the caller may be allowed a few descriptors only (RLIMIT_NOFILE). */
static void keep(int *const fds[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		*fds[i] = fcntl(*fds[i], F_DUPFD_CLOEXEC, FIRST + (int)count);
		if (*fds[i] < 0)
			_exit(EXIT_FAILURE);
	}
	for (size_t i = 0; i < count; i++)
		*fds[i] = dup2(*fds[i], FIRST + (int)i);
	ct_file_close_range(FIRST + (unsigned)count, ~0U);
	for (int fd = 0; fd < FIRST; fd++)
		dup2(*fds[0], fd);
}

void ct_daemon_detach(const char *name, int *const fds[], size_t count)
{
	setsid(); /* what ends the caller's group or session does not end it */
	keep(fds, count);
	prctl(PR_SET_NAME, name);
	if (chdir("/") < 0)
		_exit(EXIT_FAILURE);
}

/* proc_pid_stat(5): the arguments lie from arg_start (48) to arg_end (49) in our memory. */
void ct_daemon_rename(const char *name)
{
	char text[2048], *field;
	unsigned long long start, end;
	char *arguments;

	if (ct_file_read_into(AT_FDCWD, "/proc/self/stat", text, sizeof(text)) < 0 ||
	    !(field = strrchr(text, ')')))
		return;
	for (int number = 2; field && number < 48; number++)
		field = strchr(field + 1, ' ');
	if (!field || sscanf(field, "%llu %llu", &start, &end) != 2 || !start || end <= start)
		return;
	arguments = (char *)(uintptr_t)start;
	memset(arguments, 0, (size_t)(end - start));
	snprintf(arguments, (size_t)(end - start), "%s", name);
}
