// SPDX-License-Identifier: MIT
/*
 * grove COUNT: COUNT processes, itself among them, that sleep: a tree in which each has up to ten
 * children. "ready" is printed when all are there. They end with it, or after a quarter of an hour.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What a process is to become: it, and what is below it, of count in all. */
static void grow(long count, int out)
{
	long rest = count - 1;
	int branches = 10;

	alarm(900);
	while (rest > 0) {
		long share = (rest + branches - 1) / branches;

		if (fork() == 0) {
			alarm(900);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			rest = share - 1;
			branches = 10;
		} else {
			rest -= share;
			branches--;
		}
	}
	if (write(out, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	long count = argc == 2 ? atol(argv[1]) : 0;
	int ends[2];
	char byte;

	if (count < 2 || count > 20000 || pipe(ends) < 0)
		return 2;
	signal(SIGCHLD, SIG_IGN);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		grow(count - 1, ends[1]);
	}
	for (long i = 1; i < count; i++)
		if (read(ends[0], &byte, 1) != 1)
			return 1;
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
