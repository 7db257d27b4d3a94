// SPDX-License-Identifier: MIT
#include "common/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/audit.h"
#include "common/cleanup.h"
#include "common/daemon.h"
#include "common/recover.h"

__attribute__((noreturn)) static void watch(int state, int lock, int pipe, const char *sysroot)
{
	struct ct_error ignored; /* nobody is left to tell; the next command tries again */
	char byte;

	ct_daemon_detach("ct-guard", (int *const[]){ &state, &lock, &pipe }, 3);
	ct_audit_begin("ct-guard", &ignored);
	while (read(pipe, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(ct_recover_locked(state, sysroot, &ignored) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

int ct_guard_start(int state, int lock, const char *sysroot, struct ct_guard *ret_guard,
		   struct ct_error *err)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return ct_fail(err, "cannot make a pipe");
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		watch(state, lock, ends[0], sysroot);
	}
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return ct_fail(err, "cannot start the guard of the move");
	}
	*ret_guard = (struct ct_guard){ .pid = pid, .pipe = ends[1] };
	return 0;
}

void ct_guard_end(struct ct_guard *guard)
{
	if (guard->pid <= 0)
		return;
	close(guard->pipe);
	while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
		;
	guard->pid = 0;
}
