// SPDX-License-Identifier: MIT
/*
 * usage MODE [NUMBER]: uses what ctstat shows, until it is killed or a quarter of an hour has gone.
 *
 *	memory MIB	writes to so much memory
 *	cpu PERCENT	of one CPU
 *	files COUNT	has so many open files, and nothing else open
 *	forks		children, until there may be no more
 *	fork COUNT	open files, which a child has too
 *	dup COUNT	open files, each by three descriptors
 *	scm COUNT	open files, sent to a child over a socket (SCM_RIGHTS)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIFE = 900 };

static void rest(void)
{
	alarm(LIFE);
	for (;;)
		pause();
}

static void close_all(void)
{
	syscall(SYS_close_range, 0U, ~0U, 0U);
}

static void open_files(int count)
{
	for (int i = 0; i < count; i++)
		if (open("/dev/null", O_RDONLY) < 0)
			_exit(1);
}

static void use_memory(size_t mib)
{
	char *memory = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		_exit(1);
	memset(memory, 1, mib << 20);
	rest();
}

static double now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void use_cpu(double share)
{
	double begin = now(CLOCK_MONOTONIC);

	alarm(LIFE);
	for (;;) {
		if (now(CLOCK_PROCESS_CPUTIME_ID) > share * (now(CLOCK_MONOTONIC) - begin))
			nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
}

static void fork_all(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid == 0)
			rest();
		if (pid < 0)
			nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
}

static void share_by_fork(int count)
{
	open_files(count);
	fork();
	rest();
}

static void share_by_dup(int count)
{
	open_files(count);
	for (int i = 0; i < count; i++)
		if (dup(i) < 0 || fcntl(i, F_DUPFD, 0) < 0)
			_exit(1);
	rest();
}

static void share_by_socket(int count)
{
	char room[CMSG_SPACE(sizeof(int))] = "", byte = 'x';
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room,
				  .msg_controllen = sizeof(room) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int pair[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		_exit(1);
	child = fork();
	for (int i = 0; i < count; i++) {
		if (child == 0) {
			if (recvmsg(pair[1], &message, 0) < 0)
				_exit(1);
			message.msg_controllen = sizeof(room);
			continue;
		}
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		*(int *)(void *)CMSG_DATA(header) = open("/dev/null", O_RDONLY);
		if (sendmsg(pair[0], &message, 0) < 0)
			_exit(1);
	}
	close(pair[0]);
	close(pair[1]);
	rest();
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	int number = argc > 2 ? atoi(argv[2]) : 0;

	if (!strcmp(mode, "memory"))
		use_memory((size_t)number);
	if (!strcmp(mode, "cpu"))
		use_cpu(number / 100.0);
	if (!strcmp(mode, "forks"))
		fork_all();
	close_all();
	if (!strcmp(mode, "fork"))
		share_by_fork(number);
	if (!strcmp(mode, "dup"))
		share_by_dup(number);
	if (!strcmp(mode, "scm"))
		share_by_socket(number);
	if (!strcmp(mode, "files"))
		open_files(number);
	rest();
}
