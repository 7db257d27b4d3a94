// SPDX-License-Identifier: MIT
#include "common/mark.h"

#include "tests/unit/support.h"

#define HEAD "ct-mark 1 boot-id\ncgroupns 4026531835\n"

static const char whole[] = HEAD "name web/a b\nentered 1\n"
				 "place 0 v2 18446744073709551615 /web/a b\n"
				 "place 12 cpu,cpuacct 7 /pod/web/a b\nend\n";

TEST(what_is_written_is_read)
{
	struct ct_mark mark = { 0 };
	autofree char *text = NULL;

	if (!CHECK_NUMBER(ct_mark_parse(whole, &mark), 0))
		return;
	CHECK_TEXT(mark.boot, "boot-id");
	CHECK(mark.namespace == 4026531835u);
	CHECK_TEXT(mark.name, "web/a b");
	CHECK(mark.entered);
	CHECK_NUMBER(mark.count, 2);
	CHECK_NUMBER(mark.places[0].hierarchy, 0);
	CHECK(mark.places[0].inode == UINT64_MAX);
	CHECK_TEXT(mark.places[1].label, "cpu,cpuacct");
	CHECK_TEXT(mark.places[1].path, "/pod/web/a b");
	CHECK_NUMBER(ct_mark_text(&mark, &text), 0);
	CHECK_TEXT(text, whole);
	ct_mark_clear(&mark);
	ct_mark_clear(&mark);
}

/* Killed in the middle of it, nobody has written a shorter mark than he meant. */
TEST(every_part_of_one_is_none)
{
	for (size_t length = 0; length < sizeof(whole) - 1; length++) {
		struct ct_mark mark = { 0 };
		autofree char *part = strndup(whole, length);

		if (!CHECK_NUMBER(ct_mark_parse(part, &mark), -EBADMSG))
			printf("# of %zu bytes\n", length);
		CHECK(!mark.name && !mark.places);
	}
}

TEST(what_is_none)
{
	static const char *const texts[] = {
		"", "\n", "end\n", "ct-mark 2 b\ncgroupns 1\nname a\nentered 0\nend\n",
		"ct-mark 1 \ncgroupns 1\nname a\nentered 0\nend\n",
		HEAD "name \nentered 0\nend\n",
		HEAD "name a\nentered 2\nend\n",
		HEAD "name a\nentered -1\nend\n",
		HEAD "name a\nentered 0\nend",
		HEAD "name a\nentered 0\nend\nend\n",
		HEAD "name a\nentered 0\nplace\nend\n",
		HEAD "name a\nentered 0\nplace 1\nend\n",
		HEAD "name a\nentered 0\nplace 1 cpu\nend\n",
		HEAD "name a\nentered 0\nplace 1 cpu 2\nend\n",
		HEAD "name a\nentered 0\nplace 1 cpu 2 relative\nend\n",
		HEAD "name a\nentered 0\nplace -1 cpu 2 /a\nend\n",
		HEAD "name a\nentered 0\nplace +1 cpu 2 /a\nend\n",
		HEAD "name a\nentered 0\nplace 2147483648 cpu 2 /a\nend\n",
		HEAD "name a\nentered 0\nplace 1 cpu 18446744073709551616 /a\nend\n",
		HEAD "name a\nentered 0\nplace 1 cpu 2x /a\nend\n",
		HEAD "name a\nentered 0\nplace 1  2 /a\nend\n",
		HEAD "name a\nentered 0\nPlace 1 cpu 2 /a\nend\n",
		"ct-mark 1 0123456789012345678901234567890123456789012345678901234567890123\ncgroupns 1\nname a\nentered 0\nend\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct ct_mark mark = { 0 };

		if (!CHECK_NUMBER(ct_mark_parse(texts[i], &mark), -EBADMSG))
			printf("# text %zu\n", i);
	}
}

TEST(names_of_files)
{
	static const struct {
		const char *name, *file;
	} names[] = {
		{ "web", "web" },
		{ "web/a", "web%2Fa" },
		{ "web%2Fa", "web%252Fa" },
		{ "/sys/fs/cgroup/cpu/a", "%2Fsys%2Ffs%2Fcgroup%2Fcpu%2Fa" },
		{ ".-_ 9\303\244", ".-_%209%C3%A4" },
	};
	struct ct_error err = { 0 };
	char file[NAME_MAX + 1];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		CHECK_NUMBER(ct_mark_file(names[i].name, file, &err), 0);
		CHECK_TEXT(file, names[i].file);
	}
	CHECK_FAILURE(ct_mark_file("a\nb", file, &err), err, EINVAL,
		      "it has a control character (byte 2), and cannot be marked as one that deletes itself");
}

/* Those that begin alike differ, and each is a file's name. */
TEST(long_names)
{
	char name[4000], first[NAME_MAX + 1], second[NAME_MAX + 1];
	struct ct_error err = { 0 };

	memset(name, '/', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	CHECK_NUMBER(ct_mark_file(name, first, &err), 0);
	name[sizeof(name) - 2] = 'x';
	CHECK_NUMBER(ct_mark_file(name, second, &err), 0);
	CHECK(strlen(first) <= NAME_MAX && strlen(second) <= NAME_MAX);
	CHECK(strcmp(first, second) != 0);
}

TEST(another_boot_or_namespace_is_no_kin)
{
	struct ct_mark mark = { .boot = "a", .namespace = 1 }, other = mark;

	CHECK(ct_mark_is_kin(&mark, &other));
	other.namespace = 2;
	CHECK(!ct_mark_is_kin(&mark, &other));
	other = (struct ct_mark){ .boot = "b", .namespace = 1 };
	CHECK(!ct_mark_is_kin(&mark, &other));
}

/* ---- Files ----------------------------------------------------------------------- */

static char root[PATH_MAX];

TEST(made_once_and_locked)
{
	bool made = false;
	int dir, first;

	make_tree(root);
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_NUMBER(ct_mark_open(dir, "a", false, 0, NULL), -ENOENT);
	first = ct_mark_open(dir, "a", true, 0, &made);
	CHECK(first >= 0 && made);
	CHECK_NUMBER(ct_mark_open(dir, "a", true, 0, NULL), -EAGAIN);
	close(first);
	first = ct_mark_open(dir, "a", true, 0, &made);
	CHECK(first >= 0 && !made);
	close(first);
	close(dir);
	remove_tree(root);
}

TEST(links_and_others_are_refused)
{
	int dir;

	make_tree(root);
	write_file(below(root, "file"), whole);
	CHECK(symlink("file", below(root, "link")) == 0);
	CHECK(mkfifo(below(root, "fifo"), 0600) == 0);
	CHECK(mkdir(below(root, "dir"), 0700) == 0);
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_NUMBER(ct_mark_open(dir, "link", true, 0, NULL), -EPERM);
	CHECK_NUMBER(ct_mark_open(dir, "fifo", true, 0, NULL), -EPERM);
	CHECK_NUMBER(ct_mark_open(dir, "dir", true, 0, NULL), -EPERM);
	CHECK(chmod(below(root, "file"), 0622) == 0);
	CHECK_NUMBER(ct_mark_open(dir, "file", true, 0, NULL), -EPERM);
	close(dir);
	remove_tree(root);
}

TEST(a_shorter_text_leaves_nothing_of_the_longer)
{
	struct ct_mark mark = { 0 }, read = { 0 };
	struct ct_error err = { 0 };
	int dir, fd;

	make_tree(root);
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = ct_mark_open(dir, "a", true, 0, NULL);
	CHECK_NUMBER(ct_mark_load(fd, &read), -EBADMSG);
	CHECK_NUMBER(ct_mark_write(fd, whole, &err), 0);
	CHECK_NUMBER(ct_mark_begin("b", &mark, &err), 0);
	CHECK_NUMBER(ct_mark_store(fd, &mark, &err), 0);
	CHECK_NUMBER(ct_mark_load(fd, &read), 0);
	CHECK_TEXT(read.name, "b");
	CHECK(ct_mark_is_kin(&read, &mark) && !read.count);
	ct_mark_clear(&mark);
	ct_mark_clear(&read);
	close(fd);
	close(dir);
	remove_tree(root);
}
