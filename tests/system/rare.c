// SPDX-License-Identifier: MIT
/*
 * rare WHAT [ARGUMENT]: a process that uses what few do, for others to stop and borrow. All print "ready PID"
 * first. Until SIGUSR1, "fine ..." then:
 *	steps		single steps itself
 *	sequence FILE	is in a restartable sequence (rseq(2)), which ends when the number in FILE has
 *			changed: then that has been begun before it did
 *	dispatch	turns its system calls into signals
 *	deep		is deep down in its stack
 *	poller, worker	has a thread of io_uring's in it
 * Or it waits in a system call for ARGUMENT milliseconds, and prints what that returned, errno, and the
 * milliseconds it took: ring, readv, recvmmsg, write, writev, sendto, sendmsg, sendmmsg, connect.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif

static volatile sig_atomic_t asked;
static volatile char selector;
static volatile long traps;

static void give_up(const char *what)
{
	perror(what);
	exit(2);
}

static void on_signal(int number)
{
	(void)number;
	selector = 0;
	asked = 1;
}

static void on_trap(int number)
{
	(void)number;
	traps++;
}

static void ready(void)
{
	printf("ready %d\n", getpid());
	fflush(stdout);
}

static void until_asked(void)
{
	while (!asked)
		usleep(1000);
}

/* ---- The processor ---------------------------------------------------------- */

#ifdef __x86_64__
static void steps(void)
{
	signal(SIGTRAP, on_trap);
	ready();
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
	while (!asked)
		;
	__asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
	printf("fine, %ld steps\n", traps);
}
#else
static void steps(void)
{
	errno = ENOSYS;
	give_up("steps");
}
#endif

#if defined(__x86_64__) && defined(RSEQ_SIG)
static void sequence(const char *path)
{
	struct rseq *rseq = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	volatile uint32_t *number;
	long begun = 0;

	if (!__rseq_size || fd < 0 || ftruncate(fd, 4096) < 0)
		give_up("sequence");
	number = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ready();
	while (!asked) {
		uint32_t seen = *number;

		begun++;
		__asm__ volatile goto(
			".pushsection __rseq_cs, \"aw\"\n"
			".balign 32\n"
			"1:	.long 0, 0\n"
			"	.quad 2f, 4f - 2f, 5f\n"
			".popsection\n"
			"	leaq 1b(%%rip), %%rax\n"
			"	movq %%rax, %[current]\n"
			"2:	cmpl %[seen], %[number]\n"
			"	jne 3f\n"
			"	cmpl $0, %[asked]\n"
			"	jz 2b\n"
			"3:	nop\n"
			"4:	jmp 6f\n"
			"	.byte 0x0f, 0xb9, 0x3d\n"
			"	.long 0x53053053\n"
			"5:	jmp %l[again]\n"
			"6:\n"
			: : [current] "m"(rseq->rseq_cs), [number] "m"(*number), [seen] "r"(seen), [asked] "m"(asked)
			: "rax", "memory", "cc" : again);
		rseq->rseq_cs = 0;
		if (*number != seen) {
			puts("harm: a sequence went on after a stop");
			exit(1);
		}
again:;
	}
	printf("fine, begun %ld times\n", begun);
}
#else
static void sequence(const char *path)
{
	(void)path;
	errno = ENOSYS;
	give_up("sequence");
}
#endif

static void dispatch(void)
{
	enum { SET_DISPATCH = 59, ON = 1 };

	if (prctl(SET_DISPATCH, ON, 0, 0, &selector) < 0)
		give_up("dispatch");
	ready();
	selector = 1;
	while (!asked)
		;
	puts("fine");
}

/* Further down than the stack has been at the beginning. */
static int dive(int depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	if (depth)
		return dive(depth - 1) + room[0];
	ready();
	until_asked();
	return 0;
}

/* ---- io_uring --------------------------------------------------------------- */

static int a_ring(unsigned flags, struct io_uring_params *params)
{
	int fd;

	*params = (struct io_uring_params){ .flags = flags, .sq_thread_idle = 100000 };
	fd = (int)syscall(SYS_io_uring_setup, 4, params);
	if (fd < 0)
		give_up("io_uring");
	return fd;
}

static void submit(int fd, const struct io_uring_params *params, const struct io_uring_sqe *entry)
{
	const int access = PROT_READ | PROT_WRITE;
	char *ring = mmap(NULL, params->sq_off.array + params->sq_entries * sizeof(uint32_t), access,
			  MAP_SHARED, fd, IORING_OFF_SQ_RING);
	struct io_uring_sqe *entries = mmap(NULL, params->sq_entries * sizeof(*entries), access, MAP_SHARED,
					    fd, IORING_OFF_SQES);

	if (ring == MAP_FAILED || entries == MAP_FAILED)
		give_up("mmap");
	entries[0] = *entry;
	*(uint32_t *)(void *)(ring + params->sq_off.array) = 0;
	*(uint32_t *)(void *)(ring + params->sq_off.tail) = 1;
	if (syscall(SYS_io_uring_enter, fd, 1, 0, 0, NULL, 0) != 1)
		give_up("io_uring_enter");
}

static void poller(void)
{
	struct io_uring_params params;

	a_ring(IORING_SETUP_SQPOLL, &params);
	ready();
	until_asked();
	puts("fine");
}

static void worker(void)
{
	struct io_uring_params params;
	int fd = a_ring(0, &params), ends[2];
	static char byte;
	struct io_uring_sqe entry = { .opcode = IORING_OP_READ, .flags = IOSQE_ASYNC,
				      .addr = (uintptr_t)&byte, .len = 1 };

	if (pipe(ends) < 0)
		give_up("pipe");
	entry.fd = ends[0];
	submit(fd, &params, &entry);
	ready();
	until_asked();
	if (write(ends[1], "x", 1) != 1 ||
	    syscall(SYS_io_uring_enter, fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0 || byte != 'x')
		give_up("harm: the worker");
	puts("fine");
}

/* ---- System calls that end with EINTR --------------------------------------- */

static long wait_for_ring(long milliseconds)
{
	struct __kernel_timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
	struct io_uring_sqe entry = { .opcode = IORING_OP_TIMEOUT, .fd = -1, .addr = (uintptr_t)&time, .len = 1 };
	struct io_uring_params params;
	int fd = a_ring(0, &params);

	submit(fd, &params, &entry);
	return syscall(SYS_io_uring_enter, fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
}

static void set_timeout(int fd, long milliseconds)
{
	const struct timeval time = { milliseconds / 1000, milliseconds % 1000 * 1000 };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)) < 0)
		give_up("setsockopt");
}

/* One to which nothing can be written and from which nothing can be read in time. */
static int a_full_socket(long milliseconds)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		give_up("socketpair");
	while (send(ends[0], "x", 1, MSG_DONTWAIT) == 1)
		;
	set_timeout(ends[0], milliseconds);
	return ends[0];
}

/* Whose other end accepts no more. */
static long connect_to_full(long milliseconds)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(address);
	int server = socket(AF_UNIX, SOCK_STREAM, 0), fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(server, (struct sockaddr *)&address, sizeof(sa_family_t)) < 0 || listen(server, 0) < 0 ||
	    getsockname(server, (struct sockaddr *)&address, &size) < 0 ||
	    connect(fd, (struct sockaddr *)&address, size) < 0)
		give_up("connect");
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	set_timeout(fd, milliseconds);
	return connect(fd, (struct sockaddr *)&address, size);
}

static long wait_in(const char *what, long milliseconds)
{
	char byte = 'x';
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &data, .msg_iovlen = 1 } };
	int fd;

	if (!strcmp(what, "ring"))
		return wait_for_ring(milliseconds);
	if (!strcmp(what, "connect"))
		return connect_to_full(milliseconds);
	fd = a_full_socket(milliseconds);
	if (!strcmp(what, "readv"))
		return readv(fd, &data, 1);
	if (!strcmp(what, "recvmmsg"))
		return recvmmsg(fd, &message, 1, 0, NULL);
	if (!strcmp(what, "write"))
		return write(fd, &byte, 1);
	if (!strcmp(what, "writev"))
		return writev(fd, &data, 1);
	if (!strcmp(what, "sendto"))
		return sendto(fd, &byte, 1, 0, NULL, 0);
	if (!strcmp(what, "sendmsg"))
		return sendmsg(fd, &message.msg_hdr, 0);
	if (!strcmp(what, "sendmmsg"))
		return sendmmsg(fd, &message, 1, 0);
	errno = EINVAL;
	give_up(what);
	return 0;
}

static void tell_wait(const char *what, long milliseconds)
{
	struct timespec from, to;
	long result;
	int code;

	ready();
	clock_gettime(CLOCK_MONOTONIC, &from);
	result = wait_in(what, milliseconds);
	code = result < 0 ? errno : 0;
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%ld %s %ld\n", result, code ? strerrorname_np(code) : "0",
	       (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "steps", *argument = argc > 2 ? argv[2] : "0";

	signal(SIGUSR1, on_signal);
	if (!strcmp(what, "steps"))
		steps();
	else if (!strcmp(what, "sequence"))
		sequence(argument);
	else if (!strcmp(what, "dispatch"))
		dispatch();
	else if (!strcmp(what, "deep"))
		return dive(100) > 0 ? puts("fine") < 0 : 1;
	else if (!strcmp(what, "poller"))
		poller();
	else if (!strcmp(what, "worker"))
		worker();
	else
		tell_wait(what, atol(argument));
	return 0;
}
