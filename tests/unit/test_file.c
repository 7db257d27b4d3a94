// SPDX-License-Identifier: MIT
#include "common/file.h"

#include "common/beneath.h"

#include "tests/unit/support.h"

static char root[PATH_MAX];
static int dir;

/* root/a/b/file, root/a/link -> b, root/out -> /, root/a/loose -> ../a/b/file */
static void set_up(void)
{
	make_tree(root);
	write_file(below(root, "a/b/file"), "hello\n");
	if (symlink("b", below(root, "a/link")) < 0 || symlink("/", below(root, "out")) < 0 ||
	    symlink("../a/b/file", below(root, "a/loose")) < 0)
		perror("symlink");
	dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void tear_down(void)
{
	close(dir);
	remove_tree(root);
}

/* What takes the place of openat2(2) must find and refuse the same. */
static int open_and_close(const char *path)
{
	int fd = ct_file_open_beneath(dir, path, O_RDONLY), walked = ct_beneath_walk(dir, path, O_RDONLY);
	struct stat ours, theirs;

	if (fd < 0)
		CHECK_NUMBER(walked, fd);
	else
		CHECK(fstat(fd, &ours) == 0 && fstat(walked, &theirs) == 0 && ours.st_ino == theirs.st_ino &&
		      (fcntl(walked, F_GETFD) & FD_CLOEXEC) && !((fcntl(walked, F_GETFL) ^ fcntl(fd, F_GETFL)) & O_ACCMODE));
	if (walked >= 0)
		close(walked);
	if (fd < 0)
		return fd;
	CHECK_NUMBER(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	return 0;
}

TEST(beneath_is_found)
{
	set_up();
	CHECK_NUMBER(open_and_close("a"), 0);
	CHECK_NUMBER(open_and_close("a/b/file"), 0);
	CHECK_NUMBER(open_and_close(""), 0);
	CHECK_NUMBER(open_and_close("a/c"), -ENOENT);
	CHECK_NUMBER(open_and_close("a/b/file/x"), -ENOTDIR);
	tear_down();
}

TEST(a_directory_is_asked_for)
{
	set_up();
	CHECK_NUMBER(ct_file_open_beneath(dir, "a/b/file", O_PATH | O_DIRECTORY), -ENOTDIR);
	CHECK_NUMBER(ct_beneath_walk(dir, "a/b/file", O_PATH | O_DIRECTORY), -ENOTDIR);
	CHECK_NUMBER(ct_file_open_beneath(dir, "a/link", O_PATH | O_DIRECTORY), -ELOOP);
	CHECK_NUMBER(ct_beneath_walk(dir, "a/link", O_PATH | O_DIRECTORY), -ELOOP);
	tear_down();
}

TEST(an_empty_path_is_the_directory_opened_anew)
{
	struct stat ours, theirs;
	int fd;

	set_up();
	fd = ct_file_open_beneath(dir, "", O_RDONLY | O_DIRECTORY);
	CHECK(fd >= 0 && fd != dir);
	CHECK(fstat(dir, &ours) == 0 && fstat(fd, &theirs) == 0 && ours.st_ino == theirs.st_ino);
	close(fd);
	tear_down();
}

TEST(what_leaves_the_directory_is_refused)
{
	set_up();
	CHECK_NUMBER(open_and_close(".."), -EXDEV);
	CHECK_NUMBER(open_and_close("a/../.."), -EXDEV);
	CHECK_NUMBER(open_and_close("a/../../etc"), -EXDEV);
	CHECK_NUMBER(open_and_close("/"), -EXDEV);
	CHECK_NUMBER(open_and_close("/etc"), -EXDEV);
	tear_down();
}

TEST(symbolic_links_are_refused)
{
	set_up();
	CHECK_NUMBER(open_and_close("a/link"), -ELOOP);
	CHECK_NUMBER(open_and_close("a/link/file"), -ELOOP);
	CHECK_NUMBER(open_and_close("out"), -ELOOP);
	CHECK_NUMBER(open_and_close("a/loose"), -ELOOP);
	tear_down();
}

/* /proc/self is another mount below /: as if something were mounted over a container. */
TEST(other_mounts_are_refused)
{
	int slash = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	CHECK_NUMBER(ct_file_open_beneath(slash, "proc/1", O_PATH), -EXDEV);
	CHECK_NUMBER(ct_beneath_walk(slash, "proc/1", O_PATH), -EXDEV);
	close(slash);
}

TEST(read_returns_the_whole_file)
{
	autofree char *text = NULL;

	set_up();
	CHECK_NUMBER(ct_file_read(dir, "a/b/file", &text), 6);
	CHECK_TEXT(text, "hello\n");
	tear_down();
}

TEST(read_of_an_empty_file)
{
	autofree char *text = NULL;

	set_up();
	write_file(below(root, "empty"), "");
	CHECK_NUMBER(ct_file_read(dir, "empty", &text), 0);
	CHECK_TEXT(text, "");
	tear_down();
}

/* The buffer grows at 16384 bytes: the sizes about it, and several times that. */
TEST(read_of_every_size)
{
	static const size_t sizes[] = { 16382, 16383, 16384, 16385, 32767, 32768, 100000 };

	set_up();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		autofree char *wanted = malloc(sizes[i] + 1), *got = NULL;

		memset(wanted, 'x', sizes[i]);
		wanted[sizes[i]] = '\0';
		wanted[sizes[i] - 1] = '!';
		write_file(below(root, "big"), wanted);
		CHECK_NUMBER(ct_file_read(dir, "big", &got), sizes[i]);
		CHECK(got && !strcmp(got, wanted));
	}
	tear_down();
}

TEST(read_follows_no_link_and_names_what_is_wrong)
{
	char *text = NULL;

	set_up();
	CHECK_NUMBER(ct_file_read(dir, "a/loose", &text), -ELOOP);
	CHECK_NUMBER(ct_file_read(dir, "none", &text), -ENOENT);
	CHECK_NUMBER(ct_file_read(dir, "a", &text), -EISDIR);
	CHECK(text == NULL);
	tear_down();
}

TEST(read_into_a_buffer)
{
	char buffer[7];

	set_up();
	CHECK_NUMBER(ct_file_read_into(dir, "a/b/file", buffer, 7), 6);
	CHECK_TEXT(buffer, "hello\n");
	CHECK_NUMBER(ct_file_read_into(dir, "a/b/file", buffer, 6), -EFBIG);
	CHECK_NUMBER(ct_file_read_into(dir, "a/loose", buffer, 7), -ELOOP);
	CHECK_NUMBER(ct_file_read_into(dir, "none", buffer, 7), -ENOENT);
	tear_down();
}

static char told[256];

static void listen(const char *verb, int at, const char *name, const char *text)
{
	snprintf(told, sizeof(told), "%s %d %s %s", verb, at == dir, name, text);
}

TEST(write_is_one_write_and_is_told)
{
	autofree char *text = NULL;

	set_up();
	write_file(below(root, "target"), "");
	ct_trace = listen;
	CHECK_NUMBER(ct_file_write(dir, "target", "1234"), 0);
	ct_trace = NULL;
	CHECK_TEXT(told, "write 1 target 1234");
	CHECK_NUMBER(ct_file_read(dir, "target", &text), 4);
	CHECK_TEXT(text, "1234");
	tear_down();
}

TEST(write_makes_no_file_and_follows_no_link)
{
	autofree char *text = NULL;

	set_up();
	CHECK_NUMBER(ct_file_write(dir, "none", "1"), -ENOENT);
	CHECK(access(below(root, "none"), F_OK) < 0);
	CHECK_NUMBER(ct_file_write(dir, "a/loose", "1"), -ELOOP);
	CHECK_NUMBER(ct_file_read(dir, "a/b/file", &text), 6);
	CHECK_TEXT(text, "hello\n");
	tear_down();
}

TEST(the_kernels_refusal_is_passed_on)
{
	int dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);

	CHECK_NUMBER(ct_file_write(dev, "full", "1"), -ENOSPC);
	close(dev);
}

TEST(path_of_a_descriptor)
{
	char path[PATH_MAX], small[4];

	set_up();
	ct_file_path(dir, path, sizeof(path));
	CHECK_TEXT(path, root);
	ct_file_path(dir, small, sizeof(small));
	CHECK(strlen(small) == 3 && !strncmp(root, small, 3));
	ct_file_path(-1, path, sizeof(path));
	CHECK_TEXT(path, "");
	tear_down();
}
