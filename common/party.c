// SPDX-License-Identifier: MIT
#include "common/party.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/nsfind.h"
#include "common/proc.h"

enum {
	WANTED = 0,		/* of the sets */
	SETTLE = 1000000,	/* microseconds for who was let go in the middle to come to the end of it */
	PATIENCE = 500000,	/* of who takes over */
};

static int add_set(struct ct_party *party, struct ct_nsset *set, struct ct_error *err)
{
	if (ct_array_push(party->sets, party->set_count, *set) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	*set = (struct ct_nsset){ 0 };
	ct_party_hand_over(party, &party->sets[party->set_count - 1], NULL);
	return 0;
}

int ct_party_begin(int proc, const struct ct_nsset *wanted, uint64_t patience, int heir,
		   struct ct_party *ret_party, struct ct_error *err)
{
	struct ct_party party = { .proc = proc, .patience = patience, .heir = heir };
	ct_cleanup(ct_nsset_clear) struct ct_nsset copy = { 0 };
	int result = 0;

	for (int kind = 0; result >= 0 && kind < CT_NSSET_KINDS; kind++)
		if (wanted->flags & ct_nsset_kinds[kind].flag)
			result = ct_nsset_add(&copy, ct_nsset_kinds[kind].flag, wanted->fds[kind]);
	if (result < 0)
		return ct_failx(err, -result, "cannot keep the namespaces open: %s", strerror(-result));
	result = add_set(&party, &copy, err);
	if (result >= 0)
		*ret_party = party;
	return result;
}

static bool is_there(const struct ct_party *party, const struct ct_party_member *member)
{
	struct ct_proc_stat stat;
	int result = ct_proc_stat(party->proc, member->pid, &stat);

	if (result < 0)
		return result != -ESRCH; /* only what has ended is not there */
	return stat.start == member->start && stat.state != 'X' && (stat.state != 'Z' || stat.threads > 1);
}

/* Where a stopped process is; its threads may differ, and the session knows that of each. */
static int note_origin(struct ct_party *party, struct ct_party_member *member, struct ct_error *err)
{
	ct_cleanup(ct_nsset_clear) struct ct_nsset set = { 0 };
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(party->proc, member->pid, &tids), result = count < 0 ? count : -ESRCH;

	for (int i = 0; result == -ESRCH && i < count; i++)
		result = ct_nsset_open(party->proc, member->pid, tids[i], party->sets[WANTED].flags, &set);
	if (result < 0)
		return ct_failx(err, -result, "cannot open the namespaces of process %d: %s", member->pid,
				strerror(-result));
	for (size_t i = 0; i < party->set_count; i++)
		if (!memcmp(party->sets[i].ids, set.ids, sizeof(set.ids))) {
			member->from = i;
			return 0;
		}
	member->from = party->set_count;
	return add_set(party, &set, err);
}

static int add(struct ct_party *party, struct ct_party_member *member, struct ct_error *err)
{
	int result = note_origin(party, member, err);

	if (result >= 0 && ct_array_push(party->members, party->count, *member) < 0)
		result = ct_failx(err, ENOMEM, "out of memory");
	if (result < 0)
		return result;
	ct_party_hand_over(party, NULL, member);
	return 1;
}

int ct_party_add(struct ct_party *party, pid_t pid, struct ct_error *err)
{
	struct ct_party_member member = { .pid = pid, .session = { .socket = -1 } };
	struct ct_error why = { 0 };
	struct ct_proc_stat stat;
	int result = ct_party_has(party, pid) ? -ESRCH : ct_proc_stat(party->proc, pid, &stat);

	if (result < 0)
		return result == -ESRCH ? 0 : ct_failx(err, -result, "cannot look at process %d: %s", pid, strerror(-result));
	member.start = stat.start;
	result = ct_inject_begin(party->proc, pid, stat.start, &party->sets[WANTED], party->patience,
				 &member.session, &why);
	if (!party->count)
		party->since = ct_clock();
	if (result == 0)
		result = add(party, &member, &why);
	if (result > 0)
		return result;
	ct_inject_clear(&member.session);
	if (result == -ESRCH)
		return 0;
	*err = why;
	return result;
}

bool ct_party_has(const struct ct_party *party, pid_t pid)
{
	for (size_t i = 0; i < party->count; i++)
		if (party->members[i].pid == pid)
			return true;
	return false;
}

bool ct_party_is_final(const struct ct_party *party)
{
	if (!party->set_count || !(party->sets[WANTED].flags & CLONE_NEWUSER))
		return false;
	for (size_t i = 0; i < party->count; i++)
		if (party->sets[party->members[i].from].ids[0] != party->sets[WANTED].ids[0]) /* user */
			return true;
	return false;
}

/* Asks the session, if there is one; one that has died is cleared. */
static int ask(struct ct_party_member *member, int (*what)(struct ct_inject *session, struct ct_error *err),
	       struct ct_error *err)
{
	int result = member->session.injector ? what(&member->session, err) : -EOWNERDEAD;

	if (result == -EOWNERDEAD)
		ct_inject_clear(&member->session);
	return result;
}

/*
 * Whether a thread is traced, or in the middle of the borrowed code, in which all signals are held
 * back (machine.h). A process may do that itself.
 */
static bool is_busy(const struct ct_party *party, pid_t pid)
{
	const uint64_t exempt = 1ULL << 8 | 1ULL << 18 | 3ULL << 31; /* KILL, STOP, and those of libc */
	autofree pid_t *tids = NULL;
	int count = ct_proc_threads(party->proc, pid, &tids);

	for (int i = 0; i < count; i++) {
		const char *tracer, *blocked;
		char path[64], text[4096];
		uint64_t mask;

		snprintf(path, sizeof(path), "%d/task/%d/status", pid, tids[i]);
		if (ct_file_read_into(party->proc, path, text, sizeof(text)) < 0)
			continue;
		tracer = strstr(text, "\nTracerPid:");
		blocked = strstr(text, "\nSigBlk:");
		if ((tracer && strtol(tracer + 11, NULL, 10)) ||
		    (blocked && sscanf(blocked + 8, "%" SCNx64, &mask) == 1 && !~(mask | exempt)))
			return true;
	}
	return false;
}

static void settle(const struct ct_party *party, pid_t pid, uint64_t patience)
{
	uint64_t deadline = ct_clock() + patience, pause = 100;

	while (is_busy(party, pid) && ct_clock() < deadline)
		ct_clock_pause(&pause, 5000);
}

/* Whether all threads are in the set; a process that has ended is. */
static bool is_in(const struct ct_party *party, const struct ct_party_member *member, size_t set)
{
	size_t inside, outside;
	int result;

	if (!is_there(party, member))
		return true;
	result = ct_inject_count(party->proc, member->pid, &party->sets[set], &inside, &outside);
	return result == -ESRCH || (result == 0 && !outside);
}

bool ct_party_is_inside(struct ct_party *party)
{
	for (size_t i = 0; i < party->count; i++) {
		struct ct_party_member *member = &party->members[i];
		struct ct_error ignored = { 0 }; /* that it is dead */

		if (ask(member, ct_inject_check, &ignored) < 0 && is_there(party, member))
			settle(party, member->pid, SETTLE);
		if (!is_in(party, member, WANTED))
			return false;
	}
	return true;
}

int ct_party_enter(struct ct_party *party, struct ct_error *err)
{
	for (size_t i = 0; i < party->count; i++) {
		struct ct_error why = { 0 };
		int result = ask(&party->members[i], ct_inject_enter, &why);

		if (result == -ESRCH || (result == -EOWNERDEAD && !is_there(party, &party->members[i])))
			continue;
		if (result < 0) {
			why.torn = false; /* not yet: it is to be undone */
			*err = why;
			return result;
		}
	}
	return 0;
}

int ct_party_check(struct ct_party *party, struct ct_error *err)
{
	for (size_t i = 0; i < party->count; i++) {
		struct ct_error ignored = { 0 };

		if (ask(&party->members[i], ct_inject_check, &ignored) < 0 &&
		    is_there(party, &party->members[i]))
			return ct_failx(err, EOWNERDEAD, "what traced process %d was killed: it does not stand still any more",
					party->members[i].pid);
	}
	return 0;
}

/* Begins a session that leads the process to the set. Who has traced it may be just ending. */
static int begin_anew(struct ct_party *party, struct ct_party_member *member, size_t set,
		      struct ct_error *err)
{
	uint64_t deadline = ct_clock() + SETTLE, pause = 500;
	struct ct_error why = { 0 };
	char word[32];
	int flag, result = ct_nsfind_fill(party->proc, member->pid, &party->sets[set], &flag);

	ct_nsset_words(flag, word, sizeof(word));
	if (result < 0)
		return ct_failx(err, -result, "the %s namespace that process %d belongs in is no more", word,
				member->pid);
	while ((result = ct_inject_begin(party->proc, member->pid, member->start, &party->sets[set],
					 party->patience ? party->patience : PATIENCE, &member->session,
					 &why)) == -EBUSY && ct_clock() < deadline) {
		why = (struct ct_error){ 0 };
		ct_clock_pause(&pause, 5000);
	}
	member->returns = result == 0;
	if (result < 0)
		*err = why;
	return result;
}

void ct_party_brace(struct ct_party *party)
{
	for (size_t i = 0; i < party->count; i++) {
		struct ct_party_member *member = &party->members[i];
		struct ct_error ignored = { 0 }; /* it is tried again when all else is undone */

		if (ask(member, ct_inject_check, &ignored) == 0 || is_in(party, member, member->from) ||
		    ct_party_is_final(party))
			continue;
		settle(party, member->pid, SETTLE);
		if (!is_busy(party, member->pid))
			begin_anew(party, member, member->from, &ignored);
	}
}

/* All its threads are in the set then. */
static int bring(struct ct_party *party, struct ct_party_member *member, size_t set, struct ct_error *err)
{
	struct ct_error why = { 0 };
	int result = 0;

	if (!member->session.injector) {
		settle(party, member->pid, SETTLE);
		if (is_in(party, member, set))
			return 0;
		result = begin_anew(party, member, set, &why);
	}
	if (result == 0)
		result = ask(member, ct_inject_enter, &why);
	if (result >= 0 || !is_there(party, member))
		return 0;
	*err = why;
	err->torn = true;
	return ct_fail_in(err, "process %d is not in its namespaces", member->pid);
}

int ct_party_undo(struct ct_party *party, struct ct_error *err)
{
	int first = 0;

	for (size_t i = party->count; i-- > 0;) {
		struct ct_party_member *member = &party->members[i];
		struct ct_error why = { 0 };
		int result = member->returns ? -EOWNERDEAD : ask(member, ct_inject_undo, &why);

		if (result == -EOWNERDEAD) {
			why = (struct ct_error){ 0 };
			result = bring(party, member, member->from, &why);
		}
		if (result < 0 && !first)
			*err = why;
		first = first ? first : result;
	}
	return first;
}

int ct_party_redo(struct ct_party *party, struct ct_error *err)
{
	int first = 0;

	for (size_t i = 0; i < party->count; i++) {
		struct ct_error why = { 0 };
		int result = ask(&party->members[i], ct_inject_check, &why);

		if (result == -EOWNERDEAD) {
			why = (struct ct_error){ 0 };
			result = bring(party, &party->members[i], WANTED, &why);
		}
		if (result < 0 && !first)
			*err = why;
		first = first ? first : result;
	}
	return first;
}

void ct_party_release(struct ct_party *party)
{
	for (size_t i = 0; i < party->count; i++) {
		struct ct_error ignored = { 0 }; /* the death of its injector lets it go, too */

		ask(&party->members[i], ct_inject_end, &ignored);
	}
}

void ct_party_clear(struct ct_party *party)
{
	for (size_t i = 0; i < party->count; i++) {
		struct ct_party_member *member = &party->members[i];
		struct ct_error ignored = { 0 };

		if (member->returns && member->session.injector)
			ct_inject_end(&member->session, &ignored);
		ct_inject_clear(&member->session);
	}
	for (size_t i = 0; i < party->set_count; i++)
		ct_nsset_clear(&party->sets[i]);
	free(party->members);
	free(party->sets);
	*party = (struct ct_party){ .heir = -1 };
}
