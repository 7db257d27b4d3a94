// SPDX-License-Identifier: MIT
#include "common/mountinfo.h"

#include <sys/sysmacros.h>

#include "common/cleanup.h"
#include "tests/unit/check.h"

static void parse(const char *text, struct ct_mountinfo *mounts)
{
	CHECK_NUMBER(ct_mountinfo_parse(strdup(text), mounts), 0);
}

/* Every mount as a line, so that all of them are compared at once. */
static char *as_text(const char *mountinfo)
{
	ct_cleanup(ct_mountinfo_clear) struct ct_mountinfo mounts = { 0 };
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		abort();
	parse(mountinfo, &mounts);
	for (size_t i = 0; i < mounts.count; i++)
		fprintf(file, "%u:%u v%u [%s] [%s] [%s]\n", major(mounts.items[i].device),
			minor(mounts.items[i].device), mounts.items[i].version, mounts.items[i].root,
			mounts.items[i].mountpoint, mounts.items[i].options);
	fclose(file);
	return text;
}

static void compare(const char *mountinfo, const char *wanted)
{
	autofree char *text = as_text(mountinfo);

	CHECK_TEXT(text, wanted);
}

TEST(cgroup_mounts_among_others)
{
	compare("1 1 0:2 / / rw - rootfs rootfs rw\n"
		"25 24 0:22 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:7 - cgroup cgroup rw,cpu,cpuacct\n"
		"26 24 259:1 /a /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n"
		"27 24 0:24 / /tmp rw - tmpfs cgroup rw,cpu\n",
		"0:22 v1 [/] [/sys/fs/cgroup/cpu,cpuacct] [rw,cpu,cpuacct]\n"
		"259:1 v2 [/a] [/sys/fs/cgroup/unified] [rw,nsdelegate]\n");
}

TEST(optional_fields_of_any_number)
{
	compare("1 2 0:5 / /a rw - cgroup c rw,x\n"
		"1 2 0:6 / /b rw shared:1 - cgroup c rw,x\n"
		"1 2 0:7 / /c rw shared:1 master:2 propagate_from:3 unbindable - cgroup c rw,x\n",
		"0:5 v1 [/] [/a] [rw,x]\n0:6 v1 [/] [/b] [rw,x]\n0:7 v1 [/] [/c] [rw,x]\n");
}

TEST(escapes)
{
	compare("1 2 0:5 /r\\040oot /my\\040containers\\011tab\\012line\\134slash rw - cgroup a\\040b rw,name=x\n",
		"0:5 v1 [/r oot] [/my containers\ttab\nline\\slash] [rw,name=x]\n");
}

TEST(what_only_looks_like_an_escape)
{
	compare("1 2 0:5 / /a\\04 rw - cgroup c x\n"
		"1 2 0:5 / /a\\ rw - cgroup c x\n"
		"1 2 0:5 / /a\\089\\400\\377 rw - cgroup c x\n"
		"1 2 0:5 / /a\\134040 rw - cgroup c x\n",
		"0:5 v1 [/] [/a\\04] [x]\n"
		"0:5 v1 [/] [/a\\] [x]\n"
		"0:5 v1 [/] [/a\\089\\400\377] [x]\n"
		"0:5 v1 [/] [/a\\040] [x]\n"); /* not unescaped a second time */
}

TEST(malformed_lines_are_passed_over)
{
	static const char *const lines[] = {
		"", " ", "\n\n\n", " - cgroup", " - cgroup c x", "1 2 0:5 / /a rw", "1 2 0:5 / /a rw -",
		"1 2 0:5 / /a rw - cgroup", "1 2 0:5 / /a rw - cgroup c", "1 2 0:5 / /a rw shared:1 cgroup c x",
		"1 2 05 / /a rw - cgroup c x", "1 2 x:y / /a rw - cgroup c x",
		"1 2 0:5 / /a rw - cgroup3 c x", "1 2 0:5 / /a rw - cgroupfs c x",
		"1 2 0:5 / /a rw - CGROUP c x", "- - - - - - - cgroup",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		compare(lines[i], "");
}

TEST(good_lines_between_bad_ones_and_without_a_newline)
{
	compare("garbage - cgroup\n1 2 0:5 / /a rw - cgroup c x\n - cgroup2 \n1 2 0:6 / /b rw - cgroup2 c y",
		"0:5 v1 [/] [/a] [x]\n0:6 v2 [/] [/b] [y]\n");
}

TEST(more_than_the_fields_we_know)
{
	compare("1 2 0:5 / /a rw - cgroup c x y z\n", "0:5 v1 [/] [/a] [x]\n");
}

TEST(cleared_twice)
{
	struct ct_mountinfo mounts = { 0 };

	ct_mountinfo_clear(&mounts);
	parse("1 2 0:5 / /a rw - cgroup c x\n", &mounts);
	CHECK_NUMBER(mounts.count, 1);
	ct_mountinfo_clear(&mounts);
	ct_mountinfo_clear(&mounts);
	CHECK(!mounts.text && !mounts.items && !mounts.count);
}
