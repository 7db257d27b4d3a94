// SPDX-License-Identifier: MIT
#include "common/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/proc.h"
#include "common/squad.h"

enum what {
	ANSWER,
	ENTER,
	UNDO,
	END,
};

/* Who takes a session over does not know which answers are still to come: each has a number. */
struct request {
	enum what what;
	uint64_t number;
};

struct reply {
	uint64_t number;
	int result;
	struct ct_error err;
};

static void tick(int signal)
{
	(void)signal;
}

/* Signals are for the caller. The timer interrupts waits, so that they look at the clock. */
static void set_signals(void)
{
	const struct itimerval timer = { .it_interval.tv_usec = 5000, .it_value.tv_usec = 5000 };
	struct sigaction action = { .sa_handler = tick };
	sigset_t blocked;

	sigfillset(&blocked);
	sigdelset(&blocked, SIGALRM);
	sigaction(SIGALRM, &action, NULL);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* What the caller has open is none of ours; that a pipe of it ends is waited for elsewhere. */
static void close_others(int socket, const struct ct_squad *squad)
{
	int kept[CT_NSSET_KINDS + 2] = { socket, squad->proc };
	size_t count = 2;
	int from = 0;

	for (int kind = 0; kind < CT_NSSET_KINDS; kind++)
		if (squad->wanted->flags & ct_nsset_kinds[kind].flag)
			kept[count++] = squad->wanted->fds[kind];
	qsort(kept, count, sizeof(kept[0]), ct_array_compare_ids);
	for (size_t i = 0; i < count; i++) {
		if (kept[i] > from)
			ct_file_close_range((unsigned)from, (unsigned)kept[i] - 1);
		from = kept[i] + 1;
	}
	ct_file_close_range((unsigned)from, ~0U);
	for (int fd = 0; fd <= 2; fd++) /* the standard ones are the lowest that are free */
		open("/dev/null", O_RDWR | O_CLOEXEC);
}

static ssize_t next_request(int socket, struct request *ret_request)
{
	ssize_t got;

	do
		got = recv(socket, ret_request, sizeof(*ret_request), 0);
	while (got < 0 && errno == EINTR);
	return got;
}

static struct reply answer(struct ct_squad *squad, const struct request *request, uint64_t patience)
{
	struct reply reply = { .number = request->number };

	switch (request->what) {
	case ANSWER:
		break;
	case ENTER:
		reply.result = ct_squad_enter(squad, ct_clock() + patience, &reply.err);
		break;
	case UNDO:
		reply.result = ct_squad_undo(squad, ct_clock() + patience, &reply.err);
		break;
	case END:
		ct_squad_clear(squad);
		break;
	}
	return reply;
}

__attribute__((noreturn)) static void serve(int socket, struct ct_squad *squad, uint64_t start,
					    uint64_t patience)
{
	struct reply reply = { 0 };
	struct request request = { .what = ANSWER };
	bool begun;

	setsid(); /* what ends the caller's group or session does not end this */
	prctl(PR_SET_NAME, "ct-injector");
	set_signals();
	close_others(socket, squad);
	reply.result = ct_squad_stop(squad, start, ct_clock() + patience, &reply.err);
	begun = reply.result >= 0;
	if (!begun)
		ct_squad_clear(squad);
	/* Who does not read it, or asks for nothing more, has died. */
	while (send(socket, &reply, sizeof(reply), MSG_NOSIGNAL) > 0 && begun && request.what != END && next_request(socket, &request) > 0)
		reply = answer(squad, &request, patience);
	if (request.what != END)
		ct_squad_undo(squad, ct_clock() + patience, &reply.err);
	ct_squad_clear(squad);
	_exit(EXIT_SUCCESS);
}

static int await(struct ct_inject *session, uint64_t number, struct ct_error *err)
{
	struct reply reply;
	ssize_t got;

	do
		got = recv(session->socket, &reply, sizeof(reply), 0);
	while ((got < 0 && errno == EINTR) || (got == sizeof(reply) && reply.number != number));
	if (got != sizeof(reply)) {
		err->torn = true;
		return ct_failx(err, EOWNERDEAD, "the process that traced the target was killed: its threads may be in different namespaces");
	}
	if (reply.result < 0)
		*err = reply.err;
	return reply.result;
}

int ct_inject_begin(int proc, pid_t pid, uint64_t start, const struct ct_nsset *wanted,
		    uint64_t patience, struct ct_inject *ret_session, struct ct_error *err)
{
	struct ct_squad squad = { .proc = proc, .pid = pid, .wanted = wanted,
				  .holder = { .pipe = -1, .handle = -1 } };
	struct ct_inject session = { .socket = -1 };
	int sockets[2], result;

	if (pid == getpid())
		return ct_failx(err, EINVAL, "process %d is the one that asks: it enters namespaces by itself", pid);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return ct_fail(err, "cannot make a socket");
	session.injector = fork();
	if (session.injector == 0)
		serve(sockets[1], &squad, start, patience);
	close(sockets[1]);
	session.socket = sockets[0];
	if (session.injector < 0) {
		close(sockets[0]);
		return ct_fail(err, "cannot start a process to trace process %d", pid);
	}
	result = await(&session, 0, err);
	if (result == -EOWNERDEAD)
		err->torn = false; /* not yet */
	if (result < 0)
		ct_inject_clear(&session);
	else
		*ret_session = session;
	return result;
}

static int ask(struct ct_inject *session, enum what what, struct ct_error *err)
{
	static uint32_t count;
	const struct request request = { .what = what, .number = (uint64_t)getpid() << 32 | ++count };

	if (send(session->socket, &request, sizeof(request), MSG_NOSIGNAL) < 0 && errno != EPIPE)
		return ct_fail(err, "cannot reach the process that traces the target");
	return await(session, request.number, err);
}

int ct_inject_check(struct ct_inject *session, struct ct_error *err)
{
	return ask(session, ANSWER, err);
}

int ct_inject_enter(struct ct_inject *session, struct ct_error *err)
{
	return ask(session, ENTER, err);
}

int ct_inject_undo(struct ct_inject *session, struct ct_error *err)
{
	return ask(session, UNDO, err);
}

int ct_inject_end(struct ct_inject *session, struct ct_error *err)
{
	int result = ask(session, END, err);

	/* Without a word it would undo all. By its death the process goes on as it is. */
	if (result < 0 && result != -EOWNERDEAD && waitpid(session->injector, NULL, WNOHANG) == 0)
		kill(session->injector, SIGKILL);
	ct_inject_clear(session);
	return result;
}

void ct_inject_clear(struct ct_inject *session)
{
	if (session->injector <= 0)
		return;
	shutdown(session->socket, SHUT_RDWR); /* another may hold it, too */
	close(session->socket);
	while (waitpid(session->injector, NULL, 0) < 0 && errno == EINTR)
		;
	*session = (struct ct_inject){ .socket = -1 };
}

int ct_inject_count(int proc, pid_t pid, const struct ct_nsset *set, size_t *ret_inside,
		    size_t *ret_outside)
{
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(proc, pid, &tids);
	size_t inside = 0, outside = 0;

	if (count < 0)
		return count;
	for (int i = 0; i < count; i++) {
		int flags = ct_nsset_differ(set, proc, pid, tids[i]);
		struct ct_proc_stat stat;
		int result = flags < 0 ? ct_proc_stat_thread(proc, pid, tids[i], &stat) : -ESRCH;

		if (flags < 0 && result != -ESRCH && !(result == 0 && stat.exiting))
			return flags;
		inside += flags == 0;
		outside += flags > 0;
	}
	*ret_inside = inside;
	*ret_outside = outside;
	return 0;
}

int ct_inject_unite(int proc, pid_t pid, uint64_t start, pid_t tid, int flags, uint64_t patience,
		    struct ct_error *err)
{
	ct_cleanup(ct_inject_clear) struct ct_inject session = { .socket = -1 };
	ct_cleanup(ct_nsset_clear) struct ct_nsset set = { 0 };
	int result = ct_nsset_open(proc, pid, tid, flags, &set);

	errno = -result;
	if (result < 0)
		return ct_fail(err, "cannot open the namespaces of thread %d", tid);
	result = ct_inject_begin(proc, pid, start, &set, patience, &session, err);
	if (result == 0)
		result = ct_inject_enter(&session, err);
	return result < 0 ? result : ct_inject_end(&session, err);
}
