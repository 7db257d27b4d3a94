// SPDX-License-Identifier: MIT
/*
 * crowd COUNT [JOIN LEAVE]...: makes COUNT processes that sleep, born where a "0" written to
 * each of the files JOIN brings them. crowd itself then leaves by the files LEAVE, prints "ready"
 * and ends them when its input ends, or when it does.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Enters by each second one of the files. */
static void enter(int count, char **files)
{
	for (int i = 0; i < count; i += 2) {
		FILE *file = fopen(files[i], "we");

		if (!file || fputs("0", file) < 0 || fclose(file) != 0) {
			perror(files[i]);
			exit(1);
		}
	}
}

static void sleep_for_ever(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN); /* the terminal's; crowd sees its input end */
	while (getppid() == parent)
		pause();
	_exit(0);
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, made;
	pid_t *pids = calloc(count + 1, sizeof(*pids)), self = getpid();
	char byte;

	if (!count || argc % 2 != 0 || !pids) {
		fputs("usage: crowd COUNT [JOIN LEAVE]...\n", stderr);
		return 2;
	}
	enter(argc - 2, argv + 2);
	for (made = 0; made < count; made++) {
		pids[made] = fork();
		if (pids[made] == 0)
			sleep_for_ever(self);
		if (pids[made] < 0) {
			perror("fork");
			break;
		}
	}
	enter(argc - 3, argv + 3);
	if (made == count) {
		puts("ready");
		fflush(stdout);
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
	}
	for (size_t i = 0; i < made; i++)
		kill(pids[i], SIGKILL);
	for (size_t i = 0; i < made; i++)
		waitpid(pids[i], NULL, 0);
	free(pids);
	return made != count;
}
