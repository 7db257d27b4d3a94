// SPDX-License-Identifier: MIT
#include "common/journal.h"

#include <signal.h>
#include <sys/resource.h>

#include "common/file.h"
#include "tests/unit/support.h"

static char root[PATH_MAX];
static int dir;

static void set_up(void)
{
	make_tree(root);
	dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void tear_down(void)
{
	close(dir);
	remove_tree(root);
}

/* "ct-journal 1 BOOT\n" */
static const char *head(void)
{
	static char text[128];
	char id[64] = "";

	ct_file_read_into(AT_FDCWD, "/proc/sys/kernel/random/boot_id", id, sizeof(id));
	snprintf(text, sizeof(text), "ct-journal 1 %.36s\n", id);
	return text;
}

static void add(const struct ct_journal *journal, const char *text)
{
	struct ct_error err = { 0 };

	CHECK_NUMBER(ct_journal_add(journal, text, strlen(text), &err), 0);
	CHECK_TEXT(err.text, "");
}

static void leave(const char *first, const char *then)
{
	autofile FILE *file = fopen(below(root, "journal"), "we");

	if (!file || fprintf(file, "%s%s", first, then) < 0)
		exit(1);
}

static bool exists(void)
{
	return faccessat(dir, "journal", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void check_read(const char *wanted)
{
	struct ct_error err = { 0 };
	autofree char *text = NULL;

	CHECK_NUMBER(ct_journal_read(dir, &text, &err), 0);
	CHECK_TEXT(err.text, "");
	CHECK_TEXT(text, wanted);
	CHECK(exists()); /* until it is discarded */
}

/* It is refused, and stays for whoever looks into it. */
static void check_refused(int code, const char *wanted)
{
	struct ct_error err = { 0 };
	char *text = root;

	CHECK_FAILURE(ct_journal_read(dir, &text, &err), err, code, wanted);
	CHECK(text == root);
	CHECK(exists());
}

/* Nothing was begun, or nothing is left of it: it is removed. */
static void check_none(void)
{
	struct ct_error err = { 0 };
	char *text = root;

	CHECK_FAILURE(ct_journal_read(dir, &text, &err), err, ENOENT, "there is no journal");
	CHECK(text == root);
	CHECK(!exists());
}

static const char none_of_ours[] =
	"the journal in the state directory is none of this version of ct: look at it, see that nothing is frozen, and remove it";

TEST(written_line_by_line)
{
	struct ct_journal journal = { .fd = -1 };
	struct ct_error err = { 0 };
	autofree char *text = NULL, *wanted = NULL;
	struct stat status;

	set_up();
	umask(0);
	CHECK_NUMBER(ct_journal_begin(dir, &journal, &err), 0);
	CHECK_NUMBER(fcntl(journal.fd, F_GETFD), FD_CLOEXEC);
	CHECK(fcntl(journal.fd, F_GETFL) & O_APPEND);
	check_read("");
	add(&journal, "stage v2 p- /a\n");
	add(&journal, "task 1 1 7 0 1\nattach cpu p- /b\n");
	CHECK(ct_file_read(dir, "journal", &text) > 0);
	CHECK(asprintf(&wanted, "%sstage v2 p- /a\ntask 1 1 7 0 1\nattach cpu p- /b\n", head()) > 0);
	CHECK_TEXT(text, wanted);
	check_read("stage v2 p- /a\ntask 1 1 7 0 1\nattach cpu p- /b\n");
	CHECK(fstatat(dir, "journal", &status, 0) == 0);
	CHECK_NUMBER(status.st_mode, S_IFREG | 0600);
	CHECK_NUMBER(ct_journal_end(&journal, &err), 0);
	CHECK_NUMBER(journal.fd, -1);
	CHECK(!exists());
	CHECK_NUMBER(ct_journal_end(&journal, &err), 0); /* as often as one likes */
	CHECK_TEXT(err.text, "");
	tear_down();
}

TEST(none_is_kept)
{
	struct ct_journal journal = { .fd = -1 };

	add(&journal, "commit\n");
}

TEST(one_at_a_time)
{
	struct ct_journal first = { .fd = -1 }, second = { .fd = -1 };
	struct ct_error err = { 0 };

	set_up();
	CHECK_NUMBER(ct_journal_begin(dir, &first, &err), 0);
	CHECK_FAILURE(ct_journal_begin(dir, &second, &err), err, EEXIST,
		      "cannot make the journal in the state directory: File exists");
	CHECK_NUMBER(second.fd, -1);
	check_read("");
	ct_journal_end(&first, &err);
	tear_down();
}

TEST(not_begun_through_a_link)
{
	struct ct_journal journal = { .fd = -1 };
	struct ct_error err = { 0 };

	set_up();
	CHECK(symlink("elsewhere", below(root, "journal")) == 0);
	CHECK_NUMBER(ct_journal_begin(dir, &journal, &err), -EEXIST);
	CHECK(access(below(root, "elsewhere"), F_OK) < 0);
	tear_down();
}

TEST(discarded_once_is_enough)
{
	struct ct_error err = { 0 };

	set_up();
	leave(head(), "");
	CHECK_NUMBER(ct_journal_discard(dir, &err), 0);
	CHECK(!exists());
	CHECK_NUMBER(ct_journal_discard(dir, &err), 0);
	CHECK_TEXT(err.text, "");
	tear_down();
}

TEST(a_full_disk_is_told)
{
	struct ct_error err = { 0 };
	autoclose int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	const struct ct_journal journal = { .fd = fd };

	if (fd < 0)
		SKIP("there is no /dev/full");
	CHECK_FAILURE(ct_journal_add(&journal, "x\n", 2, &err), err, ENOSPC,
		      "cannot write the journal in the state directory: No space left on device");
}

/* What was written of a line is not begun. */
TEST(half_a_line_is_told_and_not_read)
{
	struct ct_journal journal = { .fd = -1 };
	struct ct_error err = { 0 };
	struct rlimit before, limit;

	set_up();
	CHECK_NUMBER(ct_journal_begin(dir, &journal, &err), 0);
	add(&journal, "stage v2 p- /a\n");
	getrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_IGN);
	limit = (struct rlimit){ .rlim_cur = strlen(head()) + 15 + 4, .rlim_max = before.rlim_max };
	setrlimit(RLIMIT_FSIZE, &limit);
	CHECK_FAILURE(ct_journal_add(&journal, "commit\n", 7, &err), err, ENOSPC,
		      "cannot write the journal: the state directory is full");
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);
	check_read("stage v2 p- /a\n");
	ct_journal_end(&journal, &err);
	tear_down();
}

TEST(there_is_none)
{
	set_up();
	check_none();
	tear_down();
}

TEST(cut_off_in_its_head)
{
	set_up();
	for (size_t i = 0; i < strlen(head()); i++) {
		char part[128];

		snprintf(part, sizeof(part), "%.*s", (int)i, head());
		leave(part, "");
		check_none();
	}
	tear_down();
}

TEST(cut_off_in_a_line)
{
	set_up();
	leave(head(), "stage v2 p- /a\ncommi");
	check_read("stage v2 p- /a\n");
	leave(head(), "stage v2 p- /");
	check_read("");
	tear_down();
}

TEST(of_another_boot)
{
	set_up();
	leave("ct-journal 1 00000000-0000-0000-0000-000000000000\n", "stage v2 p- /a\n");
	check_none();
	tear_down();
}

TEST(no_journal_of_ours)
{
	static const char *const texts[] = { "\n", "hello\n", "hello", "ct-journal 2 0\nx\n", "ct-journal 1",
					     "ct-journa1 1 x\n" };

	set_up();
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		leave(texts[i], "");
		if (!strncmp(texts[i], head(), strlen(texts[i])))
			check_none();
		else
			check_refused(EBADMSG, none_of_ours);
	}
	tear_down();
}

TEST(a_zero_byte_in_it)
{
	set_up();
	for (size_t i = 0; i < 2; i++) {
		autofile FILE *file = fopen(below(root, "journal"), "we");

		if (i)
			fputs(head(), file);
		fwrite("a\0b\n", 1, 4, file);
		fclose(ct_take_ptr(file));
		check_refused(EBADMSG, none_of_ours);
	}
	tear_down();
}

TEST(a_symbolic_link)
{
	set_up();
	write_file(below(root, "other"), head());
	CHECK(symlink("other", below(root, "journal")) == 0);
	check_refused(EPERM, "the journal in the state directory is a symbolic link, which ct never makes: look who did, and remove it");
	CHECK(access(below(root, "other"), F_OK) == 0);
	tear_down();
}

/* A directory, or a pipe, which nobody waits for. */
TEST(no_plain_file)
{
	char wanted[160];

	snprintf(wanted, sizeof(wanted),
		 "the journal in the state directory is no file of user %u: look who made it, and remove it",
		 geteuid());
	set_up();
	CHECK(mkdirat(dir, "journal", 0700) == 0);
	check_refused(EPERM, wanted);
	unlinkat(dir, "journal", AT_REMOVEDIR);
	CHECK(mkfifoat(dir, "journal", 0600) == 0);
	check_refused(EPERM, wanted);
	tear_down();
}

TEST(of_another_user)
{
	if (geteuid() != 0)
		SKIP("needs root");
	set_up();
	leave(head(), "stage v2 p- /a\n");
	CHECK(fchownat(dir, "journal", 65534, (gid_t)-1, 0) == 0);
	check_refused(EPERM, "the journal in the state directory is no file of user 0: look who made it, and remove it");
	tear_down();
}
