// SPDX-License-Identifier: MIT
#include "common/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/state.h"

#define FIRST "ct-journal 1 "

static int write_head(const struct ct_journal *journal, struct ct_error *err)
{
	char id[64], head[128];
	int result = ct_state_boot(id, sizeof(id), err);

	if (result < 0)
		return result;
	snprintf(head, sizeof(head), FIRST "%s\n", id);
	return ct_journal_add(journal, head, strlen(head), err);
}

int ct_journal_begin(int state, struct ct_journal *ret_journal, struct ct_error *err)
{
	struct ct_journal journal = { .state = state, .fd = -1 };
	int result;

	journal.fd = openat(state, "journal", O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW |
						      O_CLOEXEC, 0600);
	if (journal.fd < 0)
		return ct_fail(err, "cannot make the journal in the state directory");
	result = write_head(&journal, err);
	if (result < 0) {
		struct ct_error ignored; /* the first failure is what matters */

		ct_journal_end(&journal, &ignored);
		return result;
	}
	*ret_journal = journal;
	return 0;
}

int ct_journal_again(const struct ct_journal *journal, struct ct_error *err)
{
	if (ftruncate(journal->fd, 0) < 0)
		return ct_fail(err, "cannot begin the journal in the state directory again");
	return write_head(journal, err);
}

int ct_journal_add(const struct ct_journal *journal, const char *text, size_t length,
		   struct ct_error *err)
{
	ssize_t written;

	if (journal->fd < 0)
		return 0;
	do {
		written = write(journal->fd, text, length);
	} while (written < 0 && errno == EINTR);
	if (written < 0)
		return ct_fail(err, "cannot write the journal in the state directory");
	if ((size_t)written < length)
		return ct_failx(err, ENOSPC, "cannot write the journal: the state directory is full");
	return 0;
}

int ct_journal_end(struct ct_journal *journal, struct ct_error *err)
{
	if (journal->fd < 0)
		return 0;
	close(journal->fd);
	journal->fd = -1;
	return ct_journal_discard(journal->state, err);
}

int ct_journal_discard(int state, struct ct_error *err)
{
	if (unlinkat(state, "journal", 0) < 0 && errno != ENOENT)
		return ct_fail(err, "cannot remove the journal in the state directory");
	return 0;
}

static int open_mine(int state, struct ct_error *err)
{
	autoclose int fd = openat(state, "journal", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0 && errno == ENOENT)
		return ct_failx(err, ENOENT, "there is no journal");
	if (fd < 0 && errno == ELOOP)
		return ct_failx(err, EPERM, "the journal in the state directory is a symbolic link, which ct never makes: look who did, and remove it");
	if (fd < 0 || fstat(fd, &status) < 0)
		return ct_fail(err, "cannot open the journal in the state directory");
	if (!S_ISREG(status.st_mode) || status.st_uid != geteuid())
		return ct_failx(err, EPERM, "the journal in the state directory is no file of user %u: look who made it, and remove it",
				geteuid());
	return ct_take_fd(&fd);
}

int ct_journal_read(int state, char **ret_text, struct ct_error *err)
{
	autoclose int fd = open_mine(state, err);
	autofree char *text = NULL;
	char id[64], head[128], *newline;
	int length, result;

	if (fd < 0)
		return fd;
	length = ct_file_read_fd(fd, &text);
	if (length < 0)
		return ct_failx(err, -length, "cannot read the journal in the state directory: %s",
				strerror(-length));
	result = ct_state_boot(id, sizeof(id), err);
	if (result < 0)
		return result;
	snprintf(head, sizeof(head), FIRST "%s\n", id);
	newline = strlen(text) == (size_t)length ? strrchr(text, '\n') : NULL;
	/* killed while it wrote the head: nothing was begun */
	if (!newline && !strncmp(head, text, (size_t)length)) {
		result = ct_journal_discard(state, err);
		return result < 0 ? result : ct_failx(err, ENOENT, "there is no journal");
	}
	if (!newline || strncmp(text, FIRST, strlen(FIRST)) != 0)
		return ct_failx(err, EBADMSG, "the journal in the state directory is none of this version of ct: look at it, see that nothing is frozen, and remove it");
	newline[1] = '\0';
	newline = strchr(text, '\n');
	*newline = '\0';
	if (strcmp(text + strlen(FIRST), id) != 0) { /* its cgroups have gone with the boot */
		result = ct_journal_discard(state, err);
		return result < 0 ? result : ct_failx(err, ENOENT, "there is no journal");
	}
	*ret_text = strdup(newline + 1);
	return *ret_text ? 0 : ct_failx(err, ENOMEM, "out of memory");
}
