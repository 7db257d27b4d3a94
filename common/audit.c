// SPDX-License-Identifier: MIT
#include "common/audit.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/audit_text.h"
#include "common/cleanup.h"
#include "common/dlopen.h"

enum mode { UNKNOWN, OFF, AUTO, REQUIRE };

/* As libaudit.h has them, which may not be there. */
enum { VIRT_CONTROL = 2500, VIRT_RESOURCE = 2501 };

/* Of each thread: one that only asks whether records are written may have others beside it. */
static _Thread_local struct {
	const char *program;
	enum mode mode;
	bool asked;
	int answer;		/* as ask() gave it */
	bool failed;		/* a failure has been recorded since the last was concluded */
	int relay;		/* ct_audit_relay(); 0: none */
	struct ct_error lost;	/* code 0: none */
} audit = { .program = "ct" };

/* ---- libaudit -------------------------------------------------------------------- */

#if !defined(CT_WITHOUT_LIBAUDIT) && __has_include(<libaudit.h>)
#include <libaudit.h>

CT_DLOPEN_NOTE(note, "[{\"feature\":\"audit\",\"description\":\"records for auditd\","
		     "\"priority\":\"recommended\",\"soname\":[\"libaudit.so.1\"]}]");

#define FUNCTIONS(X) X(audit_open) X(audit_log_user_message) X(set_aumessage_mode)

#define POINTER(function) __typeof__(function) *function;
static struct { FUNCTIONS(POINTER) } lib;

#define SYMBOL(function) { #function, &lib.function },
static const struct ct_symbol symbols[] = { FUNCTIONS(SYMBOL) };

static int load(struct ct_error *err)
{
	int result = ct_dlopen("libaudit.so.1", "libaudit1", symbols, sizeof(symbols) / sizeof(*symbols), err);

	if (result >= 0)
		lib.set_aumessage_mode(MSG_QUIET, DBG_NO);
	return result;
}

static int send_text(const char *text, int type, bool success, struct ct_error *err)
{
	autoclose int fd = -1;
	int result = load(err);

	if (result < 0)
		return result;
	fd = lib.audit_open();
	if (fd < 0)
		return ct_fail(err, "cannot reach the kernel's audit system");
	errno = 0;
	/* the name of the terminal, or of the program, libaudit finds out itself */
	if (lib.audit_log_user_message(fd, type, text, NULL, NULL, NULL, success) > 0)
		return 0;
	if (!errno)
		errno = EIO;
	return ct_fail(err, "the kernel does not take an audit record");
}
#else
static int load(struct ct_error *err)
{
	return ct_failx(err, ENOSYS, "auditing is not built in: ct was built without libaudit");
}

static int send_text(const char *text, int type, bool success, struct ct_error *err)
{
	(void)text, (void)type, (void)success;
	return load(err);
}
#endif

/* ---- From where the kernel takes none --------------------------------------------- */

struct relayed {
	int type;
	int error;		/* of the answer: a positive errno, or 0 */
	bool success;
	char text[CT_AUDIT_TEXT];
};

void ct_audit_relay(int fd)
{
	if (audit.relay > 0)
		close(audit.relay);
	audit.relay = fd > 0 ? fd : 0;
}

void ct_audit_serve(int fd)
{
	struct relayed message;
	struct ct_error err;

	while (recv(fd, &message, sizeof(message), 0) == sizeof(message)) {
		err.code = 0;
		send_text(message.text, message.type, message.success, &err);
		message.error = err.code;
		if (send(fd, &message, sizeof(message), MSG_NOSIGNAL) < 0)
			break;
	}
}

static int send_or_relay(const char *text, int type, bool success, struct ct_error *err)
{
	struct relayed message = { .type = type, .success = success };
	int result = send_text(text, type, success, err);

	if ((result != -ECONNREFUSED && result != -EPERM) || !audit.relay)
		return result;
	strlcpy(message.text, text, sizeof(message.text));
	if (send(audit.relay, &message, sizeof(message), MSG_NOSIGNAL) < 0 ||
	    recv(audit.relay, &message, sizeof(message), 0) != sizeof(message))
		return result;
	if (!message.error)
		return 0;
	return ct_failx(err, message.error, "the kernel does not take an audit record: %s", strerror(message.error));
}

/* ---- The question ---------------------------------------------------------------- */

struct reply {
	struct nlmsghdr head;
	union {
		struct nlmsgerr error;
		struct audit_status status;
		char room[256];	/* later kernels tell more of their status */
	};
};

/*
 * Whether a message without text is refused, which has been so since Linux 5.7; before, it was a
 * record. A kernel that knows close_range is 5.9 at least; uname(2) and what reads it cost ten times as much.
 */
static bool refuses_empty(void)
{
	return syscall(SYS_close_range, 1, 0, 0) < 0 && errno == EINVAL;
}

/*
 * Whether the kernel would take a record: 1, or 0 if auditing is off, or why it would not
 * (-EPERM, …). A record without text answers that at once: auditing that is on calls it invalid, and
 * one that is off does not even look at it. AUDIT_GET costs four times as much, because the kernel
 * starts a thread for the reply, and takes a capability more than writing does.
 */
static int ask(void)
{
	const bool empty = refuses_empty();
	const struct nlmsghdr question = {
		.nlmsg_len = NLMSG_LENGTH(0),
		.nlmsg_type = empty ? VIRT_CONTROL : AUDIT_GET,
		.nlmsg_flags = NLM_F_REQUEST | (empty ? NLM_F_ACK : 0),
		.nlmsg_seq = 1,
	};
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	autoclose int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct reply reply;
	ssize_t length;

	if (fd < 0 || sendto(fd, &question, question.nlmsg_len, 0, (const struct sockaddr *)&kernel,
			     sizeof(kernel)) < 0)
		return -errno;
	length = recv(fd, &reply, sizeof(reply), MSG_DONTWAIT);
	if (length < 0 && errno == EAGAIN && poll(&ready, 1, 1000) > 0) /* only AUDIT_GET takes its time */
		length = recv(fd, &reply, sizeof(reply), MSG_DONTWAIT);
	if (length < (ssize_t)NLMSG_LENGTH(sizeof(int)))
		return length < 0 ? -errno : -EPROTO;
	if (reply.head.nlmsg_type == AUDIT_GET)
		return length >= (ssize_t)NLMSG_LENGTH(2 * sizeof(__u32)) && reply.status.enabled;
	if (reply.head.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return reply.error.error == -EINVAL ? 1 : reply.error.error;
}

static int explain(int answer, struct ct_error *err)
{
	switch (answer) {
	case 0:
		return ct_failx(err, ENODATA, "auditing is off: auditctl -e 1 turns it on");
	case -EPERM:
	case -EACCES:
		return ct_failx(err, EPERM, "audit records take root, or the capability CAP_AUDIT_WRITE");
	case -ECONNREFUSED:
		return ct_failx(err, ECONNREFUSED, 
				"the kernel takes no audit records from here: it was started with audit=0, or this is a user namespace");
	case -EPROTONOSUPPORT:
		return ct_failx(err, EPROTONOSUPPORT, "this kernel cannot audit (CONFIG_AUDIT)");
	default:
		return ct_failx(err, -answer, "cannot reach the kernel's audit system: %s", strerror(-answer));
	}
}

/* ---- The records ----------------------------------------------------------------- */

static enum mode read_mode(const char **ret_value)
{
	const char *value = getenv("CT_AUDIT");

	*ret_value = value;
	if (!value || !*value || !strcmp(value, "auto"))
		return AUTO;
	if (!strcmp(value, "off"))
		return OFF;
	return strcmp(value, "require") ? UNKNOWN : REQUIRE;
}

int ct_audit_begin(const char *program, struct ct_error *err)
{
	const char *value;
	int result;

	audit.program = program;
	audit.asked = false;
	audit.mode = read_mode(&value);
	if (audit.mode == UNKNOWN)
		return ct_failx(err, EINVAL, "CT_AUDIT=%s: it is off, auto or require", value);
	if (audit.mode != REQUIRE)
		return 0;
	audit.answer = ask();
	audit.asked = true;
	result = audit.answer == 1 ? load(err) : explain(audit.answer, err);
	return result < 0 ? ct_fail_in(err, "CT_AUDIT=require") : 0;
}

void ct_audit_renew(const char *program)
{
	audit.program = program;
	audit.mode = AUTO;
	audit.asked = false;
}

bool ct_audit_on(void)
{
	const char *value;

	if (audit.mode == UNKNOWN)
		audit.mode = read_mode(&value);
	if (audit.mode == UNKNOWN) /* a command that only looks does not refuse for that */
		audit.mode = AUTO;
	if (audit.mode == OFF)
		return false;
	if (!audit.asked) {
		audit.answer = ask();
		audit.asked = true;
		/* whether there would be any is not known then */
		if (audit.answer == -EPERM || audit.answer == -EACCES)
			explain(audit.answer, &audit.lost);
	}
	return audit.answer == 1;
}

int ct_audit_write(const struct ct_audit *record, struct ct_error *err)
{
	char text[CT_AUDIT_TEXT];
	struct ct_error why = { 0 };

	if (!ct_audit_on())
		return 0;
	if (record->error)
		audit.failed = true;
	ct_audit_text(record, audit.program, text);
	if (send_or_relay(text, strcmp(record->op, "set") ? VIRT_CONTROL : VIRT_RESOURCE, !record->error, &why) >= 0)
		return 0;
	ct_fail_in(&why, "no audit record of %s", record->op);
	audit.lost = why;
	return audit.mode == REQUIRE ? ct_failx(err, EIO, "CT_AUDIT=require: %s", why.text) : 0;
}

void ct_audit_conclude(const struct ct_audit *record)
{
	struct ct_error ignored; /* ct_audit_lost() tells */

	if (record->error && !audit.failed)
		ct_audit_write(record, &ignored);
	audit.failed = false;
}

bool ct_audit_lost(struct ct_error *ret_why)
{
	if (!audit.lost.code)
		return false;
	*ret_why = audit.lost;
	audit.lost.code = 0;
	return true;
}

bool ct_audit_required(void)
{
	return audit.mode == REQUIRE;
}
