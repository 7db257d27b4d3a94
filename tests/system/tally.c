// SPDX-License-Identifier: MIT
/*
 * tally FILE MOST: a process that forks, and so do all its children, up to MOST of them; each counts
 * in FILE the HUPs that it gets, and forks no more once it got one. All end after a quarter of an hour.
 * tally FILE: prints how many there have been, and the least and the most HUPs of one of them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT = 2000 };

static struct {
	int next;
	int counts[LIMIT];
} *shared;

static int slot;
static volatile sig_atomic_t told;

static void count(int signal)
{
	(void)signal;
	__atomic_add_fetch(&shared->counts[slot], 1, __ATOMIC_SEQ_CST);
	told = 1;
}

static void show(void)
{
	int least = shared->next ? shared->counts[0] : 0, most = least;

	for (int i = 0; i < shared->next; i++) {
		least = shared->counts[i] < least ? shared->counts[i] : least;
		most = shared->counts[i] > most ? shared->counts[i] : most;
	}
	printf("%d %d %d\n", shared->next, least, most);
}

/* A place in the file is taken before a HUP can come. */
static void grow(int most)
{
	struct timespec pause_time = { .tv_nsec = 150000000 };
	sigset_t hup;

	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	for (;;) {
		sigprocmask(SIG_BLOCK, &hup, NULL);
		if (!told && __atomic_load_n(&shared->next, __ATOMIC_SEQ_CST) < most && fork() == 0) {
			alarm(900);
			slot = __atomic_fetch_add(&shared->next, 1, __ATOMIC_SEQ_CST);
			if (slot >= LIMIT)
				_exit(1);
		}
		sigprocmask(SIG_UNBLOCK, &hup, NULL);
		nanosleep(&pause_time, NULL);
		if (told)
			pause_time.tv_nsec = 500000000;
	}
}

int main(int argc, char **argv)
{
	int most = argc > 2 ? atoi(argv[2]) : 0, fd;

	fd = argc > 1 ? open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (fd < 0 || ftruncate(fd, sizeof(*shared)) < 0 || most > LIMIT / 2)
		return 2;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		return 2;
	if (!most) {
		show();
		return 0;
	}
	alarm(900);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGHUP, count);
	slot = __atomic_fetch_add(&shared->next, 1, __ATOMIC_SEQ_CST);
	grow(most);
}
