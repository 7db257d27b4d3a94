// SPDX-License-Identifier: MIT
#include "common/audit_witness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/audit.h"
#include "common/cleanup.h"
#include "common/daemon.h"

int ct_audit_witness_begin(struct ct_error *err)
{
	autoclose int directory = -1;
	int ends[2], result;

	if (!ct_audit_on())
		return 0;
	directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return ct_fail(err, "cannot keep a way to the audit system");
	result = ct_daemon_fork();
	if (result == 0) {
		ct_daemon_detach("ct-audit", (int *const[]){ &directory, &ends[0] }, 2);
		ct_audit_serve(ends[0]);
		_exit(EXIT_SUCCESS);
	}
	close(ends[0]);
	if (result < 0) {
		close(ends[1]);
		return ct_failx(err, -result, "cannot keep a way to the audit system: too many processes");
	}
	ct_audit_relay(ends[1]);
	return 0;
}

void ct_audit_witness_end(void)
{
	ct_audit_relay(-1);
}
