// SPDX-License-Identifier: MIT
#include "common/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/audit.h"
#include "common/cleanup.h"
#include "common/daemon.h"
#include "common/party.h"
#include "common/recover.h"

__attribute__((noreturn)) static void watch(int state, int lock, int socket, const char *sysroot)
{
	struct ct_error ignored; /* nobody is left to tell; the next command tries again */
	struct ct_party left = { .heir = -1 };

	ct_daemon_detach("ct-guard", (int *const[]){ &state, &lock, &socket }, 3);
	ct_audit_begin("ct-guard", &ignored);
	while (ct_party_receive(&left, socket))
		;
	_exit(ct_recover_locked(state, sysroot, &left, &ignored) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

int ct_guard_start(int state, int lock, const char *sysroot, struct ct_guard *ret_guard,
		   struct ct_error *err)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return ct_fail(err, "cannot make a socket");
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
	*ret_guard = (struct ct_guard){ .pid = pid, .socket = ends[1] };
	return 0;
}

void ct_guard_end(struct ct_guard *guard)
{
	if (guard->pid <= 0)
		return;
	close(guard->socket);
	while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
		;
	guard->pid = 0;
}
