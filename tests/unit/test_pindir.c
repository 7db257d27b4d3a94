// SPDX-License-Identifier: MIT
/* Where pins lie: no container can be taken for another, or for a pin. */
#include "common/pindir.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"

static void encode(const char *path, const char *wanted)
{
	char name[PATH_MAX] = "";

	CHECK_NUMBER(ct_pindir_encode(path, name, sizeof(name)), 0);
	CHECK_TEXT(name, wanted);
}

TEST(names_that_mean_something_have_a_plus)
{
	encode("web", "web");
	encode("web/frontend", "web/frontend");
	encode("web/net", "web/+net");
	encode("net/net", "+net/+net");
	encode("web/+net", "web/++net");
	encode("+", "++");
	encode("id/id.new/ids", "+id/id.new/ids");
	encode("netx/xnet/net ", "netx/xnet/net ");
	encode("user/mnt/uts/ipc/cgroup/time/pid", "+user/+mnt/+uts/+ipc/+cgroup/+time/+pid");
}

TEST(what_does_not_fit_is_refused)
{
	char path[PATH_MAX + 16], name[PATH_MAX];

	memset(path, 'x', sizeof(path));
	path[NAME_MAX] = '\0';
	CHECK_NUMBER(ct_pindir_encode(path, name, sizeof(name)), 0);
	path[0] = '+';
	CHECK_NUMBER(ct_pindir_encode(path, name, sizeof(name)), -ENAMETOOLONG);
	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = i % 4 == 3 ? '/' : i % 4 == 0 ? 'n' : i % 4 == 1 ? 'e' : 't';
	path[PATH_MAX - 1] = '\0';
	CHECK_NUMBER(ct_pindir_encode(path, name, sizeof(name)), -ENAMETOOLONG);
	CHECK_NUMBER(ct_pindir_encode("net", name, 5), 0);
	CHECK_NUMBER(ct_pindir_encode("net", name, 4), -ENAMETOOLONG);
}
