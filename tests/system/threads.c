// SPDX-License-Identifier: MIT
/* threads COUNT [exit]: that many threads that sleep; with exit the leader ends. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *run(void *argument)
{
	alarm(900); /* whatever becomes of the test */
	for (;;)
		pause();
	return argument;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1;
	pthread_t thread;

	for (int i = 1; i < count; i++)
		if (pthread_create(&thread, NULL, run, NULL))
			return 1;
	puts("ready");
	fflush(stdout);
	if (argc > 2)
		pthread_exit(NULL);
	run(NULL);
}
