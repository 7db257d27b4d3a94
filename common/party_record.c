// SPDX-License-Identifier: MIT
/* What a party leaves to those that take over: lines in a journal, and descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/party.h"

/* What goes over the socket, with descriptors; no pid: of the namespaces of a set. */
struct parcel {
	pid_t pid, injector;
	int flags;
};

enum { MOST = CT_NSSET_KINDS };

/* "net=4026531840:3,uts=4026531838:1": inode and serial numbers */
static void print_set(FILE *file, const struct ct_nsset *set)
{
	const char *comma = "";

	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		if (!(set->flags & ct_nsset_kinds[kind].flag))
			continue;
		fprintf(file, "%s%s=%" PRIu64 ":%" PRIu64, comma, ct_nsset_kinds[kind].name, set->ids[kind],
			set->serials[kind]);
		comma = ",";
	}
}

int ct_party_text(const struct ct_party *party, char **ret_text)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return -ENOMEM;
	for (size_t i = 0; i < party->set_count; i++) {
		fputs("namespaces ", file);
		print_set(file, &party->sets[i]);
		fputc('\n', file);
	}
	for (size_t i = 0; i < party->count; i++)
		fprintf(file, "member %d %" PRIu64 " %zu\n", party->members[i].pid, party->members[i].start,
			party->members[i].from);
	if (fclose(file) != 0) {
		free(text);
		return -ENOMEM;
	}
	*ret_text = text;
	return 0;
}

/* One "net=4026531840:3" at *text, which is led behind it and the comma. */
static int parse_kind(const char **text, struct ct_nsset *set)
{
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		const char *name = ct_nsset_kinds[kind].name;
		size_t length = strlen(name);
		char *end;

		if (strncmp(*text, name, length) != 0 || (*text)[length] != '=')
			continue;
		set->ids[kind] = strtoull(*text + length + 1, &end, 10);
		if (*end == ':') /* not of the version before */
			set->serials[kind] = strtoull(end + 1, &end, 10);
		if (set->flags & ct_nsset_kinds[kind].flag || !set->ids[kind] || (*end && *end != ','))
			return -EBADMSG;
		set->flags |= ct_nsset_kinds[kind].flag;
		*text = *end ? end + 1 : end;
		return 0;
	}
	return -EBADMSG;
}

static int parse_set(struct ct_party *party, const char *text)
{
	struct ct_nsset set = { .fds = { -1, -1, -1, -1, -1, -1, -1, -1 } };
	int result = 0;

	while (*text && result == 0)
		result = parse_kind(&text, &set);
	if (result < 0 || !set.flags || (party->set_count && set.flags != party->sets[0].flags))
		return -EBADMSG;
	return ct_array_push(party->sets, party->set_count, set);
}

int ct_party_parse(struct ct_party *party, const char *word, const char *rest)
{
	struct ct_party_member member = { .session = { .socket = -1 } };
	int length = 0;

	if (!strcmp(word, "namespaces"))
		return parse_set(party, rest);
	if (strcmp(word, "member") != 0 ||
	    sscanf(rest, "%d %" SCNu64 " %zu%n", &member.pid, &member.start, &member.from, &length) != 3 ||
	    rest[length] || member.pid <= 0 || member.from >= party->set_count)
		return -EBADMSG;
	return ct_array_push(party->members, party->count, member);
}

void ct_party_hand_over(const struct ct_party *party, const struct ct_nsset *set,
			const struct ct_party_member *member)
{
	struct parcel parcel = { 0 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * MOST)] = { 0 };
	struct iovec data = { .iov_base = &parcel, .iov_len = sizeof(parcel) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control };
	struct cmsghdr *header = (struct cmsghdr *)(void *)control;
	int *fds = (int *)(void *)CMSG_DATA(header);
	size_t count = 0;

	if (party->heir < 0)
		return;
	for (int kind = 0; set && kind < CT_NSSET_KINDS; kind++)
		if (set->flags & ct_nsset_kinds[kind].flag)
			fds[count++] = set->fds[kind];
	if (set)
		parcel.flags = set->flags;
	if (member) {
		parcel.pid = member->pid;
		parcel.injector = member->session.injector;
		fds[count++] = member->session.socket;
	}
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int) * count);
	message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
	/* An heir that does not get it, or has died, is one who knows less. */
	while (sendmsg(party->heir, &message, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static void take_set(struct ct_party *left, int flags, const int *fds, size_t count)
{
	struct ct_nsset set = { 0 };
	size_t next = 0;

	for (int kind = 0; kind < CT_NSSET_KINDS && next < count; kind++)
		if (flags & ct_nsset_kinds[kind].flag)
			ct_nsset_add(&set, ct_nsset_kinds[kind].flag, fds[next++]);
	if (ct_array_push(left->sets, left->set_count, set) < 0)
		ct_nsset_clear(&set);
}

static void take(struct ct_party *left, const struct parcel *parcel, int *fds, size_t count)
{
	struct ct_party_member member = { .pid = parcel->pid, .session = { .injector = parcel->injector } };

	if (!parcel->pid) {
		take_set(left, parcel->flags, fds, count);
	} else if (count == 1) {
		member.session.socket = fds[0];
		if (ct_array_push(left->members, left->count, member) == 0)
			fds[0] = -1;
	}
}

int ct_party_receive(struct ct_party *left, int socket)
{
	struct parcel parcel = { 0 };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * MOST)];
	struct iovec data = { .iov_base = &parcel, .iov_len = sizeof(parcel) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	const struct cmsghdr *header;
	ssize_t got;

	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	header = CMSG_FIRSTHDR(&message);
	if (got == sizeof(parcel) && header && header->cmsg_type == SCM_RIGHTS) {
		size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		int fds[MOST];

		memcpy(fds, CMSG_DATA(header), count * sizeof(int));
		take(left, &parcel, fds, count);
		for (size_t i = 0; i < count; i++)
			ct_cleanup_close(&fds[i]);
	}
	return got > 0;
}

static void inherit_set(struct ct_nsset *set, const struct ct_nsset *left)
{
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++)
		if (set->flags & left->flags & ct_nsset_kinds[kind].flag && set->fds[kind] < 0 &&
		    set->ids[kind] == left->ids[kind])
			set->fds[kind] = fcntl(left->fds[kind], F_DUPFD_CLOEXEC, 0);
}

void ct_party_inherit(struct ct_party *party, struct ct_party *left)
{
	for (size_t i = 0; i < party->set_count; i++)
		for (size_t j = 0; j < left->set_count; j++)
			inherit_set(&party->sets[i], &left->sets[j]);
	for (size_t i = 0; i < party->count; i++)
		for (size_t j = 0; j < left->count; j++) {
			if (left->members[j].pid != party->members[i].pid || !left->members[j].session.injector)
				continue;
			party->members[i].session = left->members[j].session;
			left->members[j].session = (struct ct_inject){ .socket = -1 };
		}
}
