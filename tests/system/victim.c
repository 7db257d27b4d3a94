// SPDX-License-Identifier: MIT
/*
 * victim WHAT [NUMBER]: a process that others stop and borrow, and that tells whether it has been
 * harmed. "compute THREADS" checks its registers, its red zone and memory without end; on SIGUSR1
 * it prints "N rounds, M signals" (of SIGRTMIN) and ends with status 0, on harm it says what and ends with 1 at once. "harmed" harms itself, "churn" starts threads that end at once beside,
 * "leaderless" goes on without its first thread, and says nothing at the end. The
 * others sleep in a system call for NUMBER milliseconds (or until woken) and print what it returned,
 * errno, and the milliseconds it took. All of them print "ready PID" first.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/ucontext.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- Registers -------------------------------------------------------------- */

#ifdef __x86_64__
#include "victim_x86_64.h"
#elif defined(__aarch64__)
#include "victim_aarch64.h"
#else
#include "victim_any.h"
#endif

static volatile sig_atomic_t asked;
static uint64_t rounds;
static int signals;

static void harm(const char *what)
{
	printf("harm: %s\n", what);
	fflush(stdout);
	_exit(1);
}

static void fill(void *to, size_t size, uint64_t *seed)
{
	for (size_t i = 0; i < size; i++) {
		*seed = *seed * 6364136223846793005u + 1442695040888963407u;
		((unsigned char *)to)[i] = (unsigned char)(*seed >> 56);
	}
}

static void *compute(void *argument)
{
	static __thread struct registers registers;
	static __thread unsigned char memory[2][8192];
	uint64_t seed = (uint64_t)(uintptr_t)argument + 1;

	registers.width = width();
	while (!asked) {
		fill(registers.general[0], sizeof(registers.general[0]), &seed);
		fill(registers.zone[0], sizeof(registers.zone[0]), &seed);
		fill(registers.vectors[0], vector_bytes(&registers), &seed);
		fill(registers.masks[0], sizeof(registers.masks[0]), &seed);
		adjust(&registers, seed);
		memset(registers.masks[1], 0, sizeof(registers.masks[1]));
		fill(memory[0], sizeof(memory[0]), &seed);
		memcpy(memory[1], memory[0], sizeof(memory[0]));
		errno = (int)(seed >> 40 & 0xff);
		spin(&registers, SPINS);
		if (errno != (int)(seed >> 40 & 0xff))
			harm("errno");
		if (memcmp(registers.general[0], registers.general[1], sizeof(registers.general[0])))
			harm("general registers");
		if (memcmp(registers.zone[0], registers.zone[1], sizeof(registers.zone[0])))
			harm(ZONE_NAME);
		if (memcmp(registers.masks[0], registers.masks[1], sizeof(registers.masks[0])))
			harm("mask registers");
		for (size_t i = 0; i < VECTORS; i++)
			if (memcmp(vector_at(&registers, 0, i), vector_at(&registers, 1, i), registers.width))
				harm("vector registers");
		if (memcmp(memory[0], memory[1], sizeof(memory[0])))
			harm("memory");
		__atomic_add_fetch(&rounds, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void *end_at_once(void *argument)
{
	return argument;
}

static void churn(void)
{
	while (!asked) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, end_at_once, NULL))
			harm("pthread_create");
		pthread_join(thread, NULL);
	}
}

/* ---- Sleeps ----------------------------------------------------------------- */

static void on_signal(int number)
{
	(void)number;
	asked = 1;
}

static void count_signal(int number)
{
	(void)number;
	__atomic_add_fetch(&signals, 1, __ATOMIC_RELAXED);
}

static struct timespec span(long milliseconds)
{
	return (struct timespec){ .tv_sec = milliseconds / 1000,
				  .tv_nsec = milliseconds % 1000 * 1000000 };
}

static int alarm_in(long milliseconds)
{
	pid_t parent = getpid();
	struct timespec time = span(milliseconds);

	if (fork() == 0) {
		nanosleep(&time, NULL);
		kill(parent, SIGALRM);
		_exit(0);
	}
	return 0;
}

static int a_socket(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
		harm("socket");
	return fd;
}

/* A pipe into which something is written after the time. */
static int a_pipe(long milliseconds)
{
	struct timespec time = span(milliseconds);
	int ends[2];

	if (pipe(ends) < 0)
		harm("pipe");
	if (fork() == 0) {
		nanosleep(&time, NULL);
		_exit(write(ends[1], "x", 1) != 1);
	}
	close(ends[1]);
	return ends[0];
}

static long sleep_in(const char *what, long milliseconds)
{
	struct timespec time = span(milliseconds), rest;
	struct epoll_event event;
	sigset_t set;
	char byte;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	if (!strcmp(what, "nanosleep"))
		return nanosleep(&time, &rest);
	if (!strcmp(what, "clock_nanosleep"))
		return clock_nanosleep(CLOCK_REALTIME, 0, &time, &rest);
	if (!strcmp(what, "poll"))
		return poll(NULL, 0, (int)milliseconds);
	if (!strcmp(what, "ppoll"))
		return ppoll(NULL, 0, &time, &set);
	if (!strcmp(what, "select"))
		return select(0, NULL, NULL, NULL, &(struct timeval){ milliseconds / 1000, milliseconds % 1000 * 1000 });
	if (!strcmp(what, "futex")) {
		static uint32_t word;
		return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &time, NULL, 0);
	}
	if (!strcmp(what, "epoll"))
		return epoll_wait(epoll_create1(0), &event, 1, (int)milliseconds);
	if (!strcmp(what, "sigtimedwait")) {
		sigprocmask(SIG_BLOCK, &set, NULL);
		return sigtimedwait(&set, NULL, &time);
	}
	if (!strcmp(what, "semtimedop")) {
		int id = semget(IPC_PRIVATE, 1, 0600);
		struct sembuf down = { .sem_op = -1 };
		long result = semtimedop(id, &down, 1, &time);
		int saved = errno;

		semctl(id, 0, IPC_RMID);
		errno = saved;
		return result;
	}
	if (!strcmp(what, "read"))
		return read(a_pipe(milliseconds), &byte, 1);
	if (!strcmp(what, "accept")) {
		fd = a_socket();
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO,
			   &(struct timeval){ milliseconds / 1000, milliseconds % 1000 * 1000 },
			   sizeof(struct timeval));
		return accept(fd, NULL, NULL);
	}
	if (!strcmp(what, "pause")) {
		signal(SIGALRM, count_signal);
		alarm_in(milliseconds);
		return pause();
	}
	if (!strcmp(what, "sigsuspend")) {
		signal(SIGALRM, count_signal);
		sigaddset(&set, SIGALRM);
		sigprocmask(SIG_BLOCK, &set, NULL);
		alarm_in(milliseconds);
		sigdelset(&set, SIGALRM);
		return sigsuspend(&set);
	}
	if (!strcmp(what, "wait")) {
		if (fork() == 0) {
			nanosleep(&time, NULL);
			_exit(0);
		}
		return wait(NULL) > 0 ? 0 : -1;
	}
	harm("no such sleep");
	return 0;
}

static void ready(void)
{
	printf("ready %d\n", getpid());
	fflush(stdout);
}

static int tell_sleep(const char *what, long milliseconds)
{
	struct timespec from, to;
	long result;
	int code;

	ready();
	clock_gettime(CLOCK_MONOTONIC, &from);
	errno = 0;
	result = sleep_in(what, milliseconds);
	code = errno;
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%ld %s %ld\n", result, result < 0 ? strerrorname_np(code) : "0",
	       (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000);
	return 0;
}

/* ---- Those that are hard to enter -------------------------------------------- */

static int confined(const char *what)
{
	/* pidfd_open kills: load the number, compare, kill or allow. */
	struct sock_filter { uint16_t code; uint8_t jt, jf; uint32_t k; } filter[] = {
		{ 0x20, 0, 0, 0 }, { 0x15, 0, 1, SYS_pidfd_open },
		{ 0x06, 0, 0, SECCOMP_RET_KILL_PROCESS }, { 0x06, 0, 0, SECCOMP_RET_ALLOW },
	};
	struct { unsigned short length; struct sock_filter *filter; } program = { 4, filter };
	int ends[2];
	char byte;

	if (pipe(ends) < 0)
		harm("pipe");
	ready();
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!strcmp(what, "strict") ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) :
				      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		harm("seccomp");
	while (read(ends[0], &byte, 1) > 0) /* all that strict allows; nobody writes */
		;
	syscall(SYS_exit, 0);
	return 0;
}

static int other(const char *what, long number)
{
	struct rlimit limit = { 64, 64 };

	if (!strcmp(what, "vfork")) {
		pid_t child;

		ready();
		child = vfork();
		if (child == 0) {
			struct timespec time = span(number);

			syscall(SYS_nanosleep, &time, NULL);
			_exit(0);
		}
		return puts("went on") < 0;
	}
	if (!strcmp(what, "full")) {
		setrlimit(RLIMIT_NOFILE, &limit);
		while (dup(0) >= 0)
			;
	}
	ready();
	signal(SIGUSR1, on_signal);
	while (!asked)
		usleep(1000);
	puts("fine");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "compute";
	long number = argc > 2 ? atol(argv[2]) : 1;
	sigset_t blocked;

	if (!strcmp(what, "strict") || !strcmp(what, "filter"))
		return confined(what);
	if (!strcmp(what, "vfork") || !strcmp(what, "full") || !strcmp(what, "idle"))
		return other(what, number);
	if (strcmp(what, "compute") && strcmp(what, "churn") && strcmp(what, "leaderless") && strcmp(what, "harmed"))
		return tell_sleep(what, number);
#ifdef __aarch64__
	if (getenv("CT_VECTOR_WIDTH"))
		prctl(PR_SVE_SET_VL, atol(getenv("CT_VECTOR_WIDTH")));
#endif
	signal(SIGUSR1, on_signal);
	signal(SIGRTMIN, count_signal);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR2);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	raise(SIGUSR2); /* pending, for this thread */
	kill(getpid(), SIGUSR2); /* and for the process */
	ready();
	for (long i = 1; i < number; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, compute, (void *)i))
			harm("pthread_create");
	}
	if (!strcmp(what, "harmed")) {
		struct sigaction action = { .sa_sigaction = harm_registers, .sa_flags = SA_SIGINFO };

		sigaction(SIGVTALRM, &action, NULL);
		setitimer(ITIMER_VIRTUAL, &(struct itimerval){ { 0, 7000 }, { 0, 7000 } }, NULL);
	}
	if (!strcmp(what, "churn"))
		churn();
	if (!strcmp(what, "leaderless"))
		pthread_exit(NULL);
	compute(NULL);
	printf("%llu rounds, %d signals\n", (unsigned long long)rounds, signals);
	return 0;
}
