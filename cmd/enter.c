// SPDX-License-Identifier: MIT
#include "cmd/enter.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "common/nsmake.h"
#include "common/pin.h"
#include "common/spawn.h"

struct enter_options enter;

int enter_parse_list(const char *value, struct ct_error *err)
{
	return ct_nssource_parse(value, &enter.source, err);
}

static int parse_id(const char *value, const char *what, unsigned *ret_id, struct ct_error *err)
{
	const char *why;
	long long id = option_number(value, 0, UINT32_MAX - 1, &why);

	if (why)
		return ct_failx(err, EINVAL, "'%s' is no number of a %s", value, what);
	*ret_id = (unsigned)id;
	return 0;
}

int enter_parse_uid(const char *value, struct ct_error *err)
{
	enter.how.set_uid = true;
	return parse_id(value, "user", &enter.how.uid, err);
}

int enter_parse_gid(const char *value, struct ct_error *err)
{
	enter.how.set_gid = true;
	return parse_id(value, "group", &enter.how.gid, err);
}

/* Its own of those kinds, which it must have if they were asked for. */
static int open_own(const struct ct_container *container, int flags, int needed, bool running,
		    struct ct_error *err)
{
	char missing[64];
	int result;

	if (!(flags | needed))
		return 0;
	result = ct_pin_open(container, flags | needed, &enter.how.set, err);
	if (result < 0 || !(needed & ~enter.how.set.flags))
		return result;
	ct_nsset_words(needed & ~enter.how.set.flags, missing, sizeof(missing));
	return running ? ct_failx(err, ENOENT, "it names no namespace of the kind %s: ctcreate -p -N pins one", missing) :
			 ct_failx(err, ENOENT, "it names no namespace of the kind %s: ctcreate -p -N pins one, %s=NEW makes one for the command alone",
				  missing, missing);
}

static int refuse_pid(struct ct_error *err)
{
	return ct_failx(err, EINVAL, "a process that runs enters no pid namespace: only what it starts later would be in it; list the kinds without pid, or start it there by ctexec");
}

int enter_check_running(struct ct_error *err)
{
	int named = ct_nssource_flags(&enter.source, CT_NSSOURCE_NONE);

	return enter.source.words && !(named & CLONE_NEWPID) ? refuse_pid(err) : 0;
}

int enter_open_running(struct ct_hierarchies *all, const struct ct_container *container,
		       struct ct_error *err)
{
	int fresh = ct_nssource_flags(&enter.source, CT_NSSOURCE_NEW);
	int own = ct_nssource_flags(&enter.source, CT_NSSOURCE_OWN);
	char words[64];
	int result;

	ct_nsset_words(fresh, words, sizeof(words));
	if (fresh)
		return ct_failx(err, EINVAL, "processes that run enter namespaces that are there: ctclone -p PID -N %s makes new ones for one",
				words);
	result = open_own(container, ct_nssource_flags(&enter.source, CT_NSSOURCE_ANY), own, true, err);
	if (result >= 0)
		result = ct_nssource_open(&enter.source, all, &enter.how.set, err);
	if (result >= 0 && enter.how.set.flags & CLONE_NEWPID)
		result = refuse_pid(err);
	return result;
}

int enter_open(struct ct_hierarchies *all, const struct ct_container *container, bool clone,
	       struct ct_error *err)
{
	int own = ct_nssource_flags(&enter.source, CT_NSSOURCE_OWN);
	int any = ct_nssource_flags(&enter.source, CT_NSSOURCE_ANY);
	int result;

	enter.fresh = ct_nssource_flags(&enter.source, CT_NSSOURCE_NEW) | (clone ? own | any : 0);
	result = clone ? 0 : open_own(container, enter.source.words ? any : ~0, own, false, err);
	if (result >= 0)
		result = ct_nssource_open(&enter.source, all, &enter.how.set, err);
	if (result < 0)
		return result;
	if (enter.map_root && enter.how.set.flags & CLONE_NEWUSER)
		return ct_failx(err, EINVAL, "--map-root-user makes a new user namespace, and another one is to be entered: leave that out by -N");
	if (enter.map_root)
		enter.fresh |= CLONE_NEWUSER;
	/* by unshare(2), which every kernel can */
	enter.how.new_pid = enter.fresh & CLONE_NEWPID;
	enter.fresh &= ~CLONE_NEWPID;
	return 0;
}

int enter_join(const struct ct_container *container, bool child, struct ct_error *err)
{
	int result;

	if (globals.dry_run) {
		char words[64];

		ct_nsset_words(enter.how.set.flags | enter.fresh | (enter.how.new_pid ? CLONE_NEWPID : 0), words,
			       sizeof(words));
		if (*words)
			printf("enter %s\n", words);
		return 0;
	}
	result = ct_nsmake(enter.fresh, container, &enter.how.set, err);
	if (result < 0)
		return result;
	return child ? ct_enter_begin(&enter.how, err) : ct_enter_join(&enter.how, err);
}

/* Dies of it, as the command did; its core is the only one. */
static int die_of(int signal)
{
	const struct rlimit none = { 0, 0 };
	sigset_t mask;

	fflush(NULL);
	setrlimit(RLIMIT_CORE, &none);
	sigemptyset(&mask);
	sigaddset(&mask, signal);
	sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	raise(signal);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	return 128 + signal; /* nobody dies of it here: the first process of a pid namespace */
}

int enter_wait(pid_t pid, bool plain)
{
	bool foreground = tcgetpgrp(STDERR_FILENO) == getpgrp();
	int status = ct_spawn_wait(pid);

	/* a shell in a pid namespace of its own cannot name the group it had the terminal from */
	if (foreground && tcgetpgrp(STDERR_FILENO) != getpgrp())
		tcsetpgrp(STDERR_FILENO, getpgrp());
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	return plain ? 128 + WTERMSIG(status) : die_of(WTERMSIG(status));
}
