// SPDX-License-Identifier: MIT
/*
 * inject HOW PID TYPES SOURCE [OTHER [TIMES]]: calls common/inject.h for its tests. PID is the process
 * that is to enter the namespaces TYPES (net,uts,…) of the process SOURCE, or with "unite" of its own
 * thread SOURCE. HOW:
 *	enter	begin, enter, end
 *	undo	begin, enter, undo, end
 *	abandon	begin, enter, and gone
 *	shuttle	enter SOURCE's and OTHER's in turn, TIMES in all
 *	count	how many threads are in SOURCE's and how many are not
 *	unite
 * Prints one error like a command. The linker leads the calls that trace through here: with
 * CT_KILL_AT=N the injector is killed before the N-th of them; how many there were, and how
 * long the process was held (microseconds: least, median, most), comes last: "N calls, A B C us".
 * CT_BETWEEN is a command for the shell to run between begin and enter.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/inject.h"
#include "common/proc.h"

enum { MOST = 4096 };

/* Shared with the injector. */
static struct shared {
	long calls, kill_at;
	uint64_t since, held[MOST];
	size_t count;
} *shared;

long __real_ptrace(enum __ptrace_request request, ...);
long __wrap_ptrace(enum __ptrace_request request, ...);
pid_t __real_waitpid(pid_t pid, int *status, int options);
pid_t __wrap_waitpid(pid_t pid, int *status, int options);
ssize_t __real_process_vm_writev(pid_t pid, const struct iovec *local, unsigned long locals,
				 const struct iovec *remote, unsigned long remotes, unsigned long flags);
ssize_t __wrap_process_vm_writev(pid_t pid, const struct iovec *local, unsigned long locals,
				 const struct iovec *remote, unsigned long remotes, unsigned long flags);

static void count_call(void)
{
	if (++shared->calls == shared->kill_at)
		raise(SIGKILL);
}

long __wrap_ptrace(enum __ptrace_request request, ...)
{
	va_list arguments;
	pid_t pid;
	void *address, *data;
	long result;

	va_start(arguments, request);
	pid = va_arg(arguments, pid_t);
	address = va_arg(arguments, void *);
	data = va_arg(arguments, void *);
	va_end(arguments);
	count_call();
	if (request == PTRACE_INTERRUPT && !shared->since)
		shared->since = ct_clock();
	result = __real_ptrace(request, pid, address, data);
	if (request == PTRACE_DETACH && shared->count < MOST)
		shared->held[shared->count] = ct_clock() - shared->since;
	return result;
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	if (options & __WALL)
		count_call();
	return __real_waitpid(pid, status, options);
}

ssize_t __wrap_process_vm_writev(pid_t pid, const struct iovec *local, unsigned long locals,
				 const struct iovec *remote, unsigned long remotes, unsigned long flags)
{
	count_call();
	return __real_process_vm_writev(pid, local, locals, remote, remotes, flags);
}

static int proc;

static int flags_of(char *words)
{
	int flags = 0;
	char *word;

	while ((word = strsep(&words, ",")))
		for (int kind = 0; kind < CT_NSSET_KINDS; kind++)
			if (!strcmp(word, ct_nsset_kinds[kind].name))
				flags |= ct_nsset_kinds[kind].flag;
	return flags;
}

/* Microseconds; a test whose target may be kept from running by others gives it more. */
static uint64_t patience(void)
{
	const char *text = getenv("CT_PATIENCE");

	return text ? strtoull(text, NULL, 10) : 1000000;
}

static void between(void)
{
	const char *command = getenv("CT_BETWEEN");
	pid_t pid;

	if (!command)
		return;
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	__real_waitpid(pid, NULL, 0);
}

static int go(const char *how, pid_t pid, pid_t source, int flags, struct ct_error *err)
{
	ct_cleanup(ct_nsset_clear) struct ct_nsset set = { 0 };
	struct ct_inject session = { .socket = -1 };
	struct ct_proc_stat stat = { 0 };
	int result = ct_nsset_open(proc, source, source, flags, &set);

	errno = -result;
	if (result < 0)
		return ct_fail(err, "cannot open the namespaces of %d", source);
	ct_proc_stat(proc, pid, &stat);
	result = ct_inject_begin(proc, pid, stat.start, &set, patience(), &session, err);
	if (result < 0)
		return result;
	between();
	result = ct_inject_enter(&session, err);
	if (result == 0 && !strcmp(how, "undo"))
		result = ct_inject_undo(&session, err);
	if (!strcmp(how, "abandon"))
		_exit(0);
	if (result == 0)
		result = ct_inject_end(&session, err);
	ct_inject_clear(&session);
	shared->since = 0;
	shared->count += shared->count < MOST;
	return result;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static int run(int argc, char **argv, struct ct_error *err)
{
	const char *how = argv[1];
	pid_t pid = (pid_t)strtol(argv[2], NULL, 10), source = (pid_t)strtol(argv[4], NULL, 10);
	int flags = flags_of(argv[3]), result = 0;
	pid_t other = argc > 5 ? (pid_t)strtol(argv[5], NULL, 10) : 0;
	long times = argc > 6 ? strtol(argv[6], NULL, 10) : 0;

	if (!strcmp(how, "count")) {
		ct_cleanup(ct_nsset_clear) struct ct_nsset set = { 0 };
		size_t inside, outside;

		result = ct_nsset_open(proc, source, source, flags, &set);
		if (result == 0)
			result = ct_inject_count(proc, pid, &set, &inside, &outside);
		errno = -result;
		if (result < 0)
			return ct_fail(err, "cannot count the threads of %d", pid);
		return printf("%zu %zu\n", inside, outside) < 0;
	}
	if (!strcmp(how, "unite"))
		return ct_inject_unite(proc, pid, 0, source, flags, patience(), err);
	if (strcmp(how, "shuttle"))
		return go(how, pid, source, flags, err);
	for (long i = 0; i < times && result == 0; i++)
		result = go(how, pid, i % 2 ? other : source, flags, err);
	return result;
}

int main(int argc, char **argv)
{
	const char *kill_at = getenv("CT_KILL_AT");
	struct ct_error err = { 0 };
	int result;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (argc < 5 || shared == MAP_FAILED || proc < 0)
		return 2;
	shared->kill_at = kill_at ? strtol(kill_at, NULL, 10) : 0;
	result = run(argc, argv, &err);
	if (result < 0)
		fprintf(stderr, "inject: %s\n", err.text);
	if (shared->calls) {
		qsort(shared->held, shared->count, sizeof(shared->held[0]), compare);
		printf("%ld calls, %llu %llu %llu us\n", shared->calls, (unsigned long long)shared->held[0],
		       (unsigned long long)shared->held[shared->count / 2],
		       (unsigned long long)shared->held[shared->count ? shared->count - 1 : 0]);
	}
	return result == 0 ? 0 : err.torn ? 3 : 1;
}
