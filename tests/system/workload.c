// SPDX-License-Identifier: MIT
/*
 * workload MODE [COUNT]: processes for a mover to fail on. The first one stays, adopts what is
 * orphaned, and all end by themselves after a quarter of an hour. "ready" is printed when all has begun.
 *
 *	fork vfork posix_spawn exec	one process that does so as fast as it can
 *	threads				one that starts threads, which end at once
 *	thread-exec			a thread becomes the process, again and again
 *	relay				the leader has ended; each thread starts the next one and ends
 *	tree				children that fork children that fork children
 *	chain				each child forks the next one and ends
 *	slow-fork			has so much memory that each of its forks takes long
 *	sleepers COUNT			that many children which sleep
 *	vfork-wait			a parent waits for its vfork child, which sleeps
 *	stopped traced			a child that is stopped; that its parent traces, and stopped
 *	stuck				a child in an uninterruptible sleep, until it is killed
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIFE = 900, MANY = 24 };

extern char **environ;

static time_t end;
static int count;

static void nap(long microseconds)
{
	struct timespec time = { .tv_nsec = microseconds * 1000 };

	nanosleep(&time, NULL);
}

static void sleep_on(void)
{
	alarm(LIFE); /* whatever becomes of the test */
	for (;;)
		pause();
}

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

static void reap(int most)
{
	static int alive;

	alive++;
	while (alive > 0 && waitpid(-1, NULL, alive < most ? WNOHANG : 0) > 0)
		alive--;
}

static void run_fork(void)
{
	for (long n = 0; time(NULL) < end; n++) {
		pid_t pid = fork();

		if (pid == 0) {
			nap(n % 7 * 1000); /* long enough to be seen in the count after the move */
			_exit(0);
		}
		if (pid > 0)
			reap(MANY);
	}
}

static void run_vfork(void)
{
	while (time(NULL) < end) {
		pid_t pid = vfork();

		if (pid == 0) {
			if (getpid() % 4 == 0)
				nap(200);
			execl("/bin/sleep", "sleep", "0.02", (char *)NULL);
			_exit(0);
		}
		if (pid > 0)
			reap(MANY);
	}
}

static void run_posix_spawn(void)
{
	char *arguments[] = { "sleep", "0.02", NULL };
	pid_t pid;

	while (time(NULL) < end)
		if (posix_spawn(&pid, "/bin/sleep", NULL, NULL, arguments, environ) == 0)
			reap(MANY);
}

/* Itself again, until the time in the last argument. */
static void *exec_again(void *mode)
{
	char until[32];

	snprintf(until, sizeof(until), "%lld", (long long)end);
	execl("/proc/self/exe", "workload", mode, "0", until, (char *)NULL);
	_exit(1);
}

static void run_exec(void)
{
	exec_again("exec");
}

static void run_thread_exec(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, exec_again, "thread-exec") == 0)
		sleep_on();
}

static void *short_thread(void *alive)
{
	nap(300);
	__atomic_sub_fetch((int *)alive, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void run_threads(void)
{
	static int alive;
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, 65536);
	while (time(NULL) < end) {
		if (__atomic_load_n(&alive, __ATOMIC_RELAXED) >= MANY)
			nap(50);
		else if (pthread_create(&thread, &attributes, short_thread, &alive) == 0)
			__atomic_add_fetch(&alive, 1, __ATOMIC_RELAXED);
	}
}

static void *next_thread(void *unused)
{
	pthread_t thread;

	(void)unused;
	pthread_detach(pthread_self());
	nap(5000);
	if (time(NULL) >= end || pthread_create(&thread, NULL, next_thread, NULL) != 0)
		exit(0);
	return NULL;
}

static void run_relay(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, next_thread, NULL);
	pthread_exit(NULL);
}

static void grow(int depth)
{
	while (time(NULL) < end) {
		for (int i = 0; i < 2; i++)
			if (fork() == 0) {
				if (depth > 1)
					grow(depth - 1);
				nap(2000);
				_exit(0);
			}
		while (wait(NULL) > 0)
			;
		if (depth < 3)
			return;
	}
}

static void run_tree(void)
{
	grow(3);
}

static void run_chain(void)
{
	pid_t next = fork();

	while (next == 0 && time(NULL) < end) {
		next = fork();
		if (next > 0)
			_exit(0);
	}
	while (time(NULL) < end)
		if (waitpid(-1, NULL, 0) < 0)
			return;
}

static void run_slow_fork(void)
{
	size_t size = 100 << 20;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(memory, size, MADV_NOHUGEPAGE);
	for (size_t i = 0; memory != MAP_FAILED && i < size; i += 4096)
		memory[i] = 1;
	signal(SIGCHLD, SIG_IGN);
	ready();
	while (time(NULL) < end) {
		if (fork() == 0) {
			nap(500000);
			_exit(0);
		}
		nap(20000);
	}
}

static void run_sleepers(void)
{
	for (int i = 0; i < count; i++)
		if (fork() == 0)
			sleep_on();
	ready();
	sleep_on();
}

static void run_vfork_wait(void)
{
	ready();
	if (vfork() == 0)
		sleep_on();
}

static void run_stopped(void)
{
	pid_t pid = fork();

	if (pid == 0)
		sleep_on();
	kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
	ready();
	sleep_on();
}

static void run_traced(void)
{
	pid_t pid = fork();

	if (pid == 0)
		sleep_on();
	ptrace(PTRACE_SEIZE, pid, NULL, NULL);
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	waitpid(pid, NULL, __WALL);
	ready();
	sleep_on();
}

/* Whoever reads a page whose fault nobody answers waits killably, and for no freezer. */
static void read_unanswered(const char *page, size_t size, pid_t owner)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)page, size };

	process_vm_readv(owner, &here, 1, &there, 1, 0);
	_exit(1);
}

static void run_stuck(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .range = { (uintptr_t)page, size },
					 .mode = UFFDIO_REGISTER_MODE_MISSING };

	if (page == MAP_FAILED || fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 ||
	    ioctl(fd, UFFDIO_REGISTER, &range) < 0) {
		puts("cannot");
		exit(1);
	}
	if (fork() == 0)
		read_unanswered(page, 1, getppid());
	ready();
	sleep_on();
}

static const struct {
	const char *name;
	void (*run)(void);
} modes[] = {
	{ "fork", run_fork },
	{ "vfork", run_vfork },
	{ "posix_spawn", run_posix_spawn },
	{ "exec", run_exec },
	{ "threads", run_threads },
	{ "thread-exec", run_thread_exec },
	{ "relay", run_relay },
	{ "tree", run_tree },
	{ "chain", run_chain },
	{ "slow-fork", run_slow_fork },
	{ "sleepers", run_sleepers },
	{ "vfork-wait", run_vfork_wait },
	{ "stopped", run_stopped },
	{ "traced", run_traced },
	{ "stuck", run_stuck },
};

int main(int argc, char **argv)
{
	end = argc > 3 ? atoll(argv[3]) : time(NULL) + LIFE;
	count = argc > 2 ? atoi(argv[2]) : 1;
	if (argc < 2 || time(NULL) >= end)
		return argc < 2;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(modes[i].name, argv[1])) {
			if (argc <= 3 && i < 9)
				ready();
			modes[i].run();
			return 0;
		}
	return 2;
}
