// SPDX-License-Identifier: MIT
/*
 * nurse COMMAND [ARG...]: runs COMMAND, is the parent of all that are left without one, and ends when
 * the last of them has: else process 1 would have to wait for each, and takes its time.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	pid_t pid;

	if (argc < 2)
		return 2;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGCHLD, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		signal(SIGCHLD, SIG_DFL);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	return pid < 0 || wait(NULL) > 0;
}
