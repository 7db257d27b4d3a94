// SPDX-License-Identifier: MIT
/* The list that -N takes. */
#include "common/nssource.h"

#include <errno.h>
#include <sched.h>

#include "common/cleanup.h"
#include "tests/unit/support.h"

/* What it is understood as, in words. */
static void understand(const char *list, const char *wanted)
{
	ct_cleanup(ct_nssource_clear) struct ct_nssource source = { 0 };
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	CHECK_NUMBER(ct_nssource_parse(list, &source, &err), 0);
	CHECK_TEXT(err.text, "");
	CHECK_NUMBER(ct_nssource_text(&source, &text), 0);
	CHECK_TEXT(text ? text : "", wanted);
}

static void refuse(const char *list, const char *wanted)
{
	ct_cleanup(ct_nssource_clear) struct ct_nssource source = { 0 };
	struct ct_error err = { 0 };

	CHECK_FAILURE(ct_nssource_parse(list, &source, &err), err, EINVAL, wanted);
	CHECK(!source.words);
}

TEST(kinds_alone_and_with_sources)
{
	understand("net", "net");
	understand("uts,net", "net,uts");
	understand("none", "");
	understand("net=web/frontend,uts=PID:17,ipc=FILE:/run/x=y,time=NEW,pid=/sys/fs/cgroup/cpu/a",
		   "net=web/frontend,uts=PID:17,ipc=FILE:/run/x=y,time,pid=/sys/fs/cgroup/cpu/a");
	understand("all", "user,mnt,net,uts,ipc,cgroup,time,pid");
	understand("all,uts=PID:1", "user,mnt,net,uts=PID:1,ipc,cgroup,time,pid");
	understand("uts=PID:1,all,all", "user,mnt,net,uts=PID:1,ipc,cgroup,time,pid");
}

TEST(where_each_is_from)
{
	ct_cleanup(ct_nssource_clear) struct ct_nssource source = { 0 };
	struct ct_error err = { 0 };

	CHECK_NUMBER(ct_nssource_parse("all,net,uts=NEW,ipc=a,mnt=PID:2", &source, &err), 0);
	CHECK_NUMBER(ct_nssource_flags(&source, CT_NSSOURCE_OWN), CLONE_NEWNET);
	CHECK_NUMBER(ct_nssource_flags(&source, CT_NSSOURCE_NEW), CLONE_NEWUTS);
	CHECK_NUMBER(ct_nssource_flags(&source, CT_NSSOURCE_CONTAINER), CLONE_NEWIPC);
	CHECK_NUMBER(ct_nssource_flags(&source, CT_NSSOURCE_PROCESS), CLONE_NEWNS);
	CHECK_NUMBER(ct_nssource_flags(&source, CT_NSSOURCE_ANY),
		     CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWCGROUP | CLONE_NEWTIME);
	/* the last list counts */
	CHECK_NUMBER(ct_nssource_parse("uts", &source, &err), 0);
	CHECK_NUMBER(ct_nssource_flags(&source, CT_NSSOURCE_OWN), CLONE_NEWUTS);
}

#define KINDS "is no kind of namespace: net, uts, ipc, mnt, pid, user, cgroup, time, or all or none alone"
#define SOURCES "has no source: NEW, a container, PID:NUMBER or FILE:PATH"

TEST(what_is_no_list)
{
	refuse("", "'' " KINDS);
	refuse("network", "'network' " KINDS);
	refuse("net,", "'' " KINDS);
	refuse(",net", "'' " KINDS);
	refuse("none,net", "'none' " KINDS);
	refuse("all=NEW", "'all' " KINDS);
	refuse("Net", "'Net' " KINDS);
	refuse("net=", "'net=' " SOURCES);
	refuse("net,net", "net stands there twice: a process has one net namespace");
	refuse("net=a,all,net=b", "net stands there twice: a process has one net namespace");
	refuse("net=PID:", "PID: is no process");
	refuse("net=PID:0", "PID:0 is no process");
	refuse("net=PID:-1", "PID:-1 is no process");
	refuse("net=PID: 1", "PID: 1 is no process");
	refuse("net=PID:2147483648", "PID:2147483648 is no process");
}
