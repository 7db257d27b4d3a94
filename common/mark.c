// SPDX-License-Identifier: MIT
#include "common/mark.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <bsd/string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/interrupt.h"
#include "common/state.h"

#define FIRST "ct-mark 1"

enum { LONGEST = 1 << 20, FILE_WORDS = 180 };

void ct_mark_clear(struct ct_mark *mark)
{
	for (size_t i = 0; i < mark->count; i++) {
		free(mark->places[i].label);
		free(mark->places[i].path);
	}
	free(mark->places);
	free(mark->name);
	*mark = (struct ct_mark){ 0 };
}

/* What follows "WORD " in the next line; NULL if that is another one. */
static char *take(char **rest, const char *word)
{
	char *line = *rest && strchr(*rest, '\n') ? strsep(rest, "\n") : NULL;
	size_t length = strlen(word);

	return line && !strncmp(line, word, length) && line[length] == ' ' ? line + length + 1 : NULL;
}

static bool parse_number(const char *text, uint64_t most, uint64_t *ret_number)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*ret_number = strtoull(text, &end, 10);
	return !errno && !*end && *ret_number <= most;
}

static int parse_place(char *line, struct ct_mark *mark)
{
	char *id = strsep(&line, " "), *label = strsep(&line, " "), *inode = strsep(&line, " ");
	struct ct_mark_place place = { 0 };
	uint64_t number, hierarchy;

	if (!line || *line != '/' || !*label || !parse_number(id, INT_MAX, &hierarchy) ||
	    !parse_number(inode, UINT64_MAX, &number) || (ino_t)number != number)
		return -EBADMSG;
	place = (struct ct_mark_place){ .hierarchy = (int)hierarchy, .label = strdup(label),
					.inode = (ino_t)number, .path = strdup(line) };
	if (place.label && place.path && ct_array_push(mark->places, mark->count, place) == 0)
		return 0;
	free(place.label);
	free(place.path);
	return -ENOMEM;
}

static int parse(char *rest, struct ct_mark *mark)
{
	const char *boot = take(&rest, FIRST), *space = take(&rest, "cgroupns");
	const char *name = take(&rest, "name"), *entered = take(&rest, "entered");
	uint64_t flag;

	if (!boot || !*boot || !space || !name || !*name || !entered ||
	    strlcpy(mark->boot, boot, sizeof(mark->boot)) >= sizeof(mark->boot) ||
	    !parse_number(space, UINT64_MAX, &mark->namespace) || !parse_number(entered, 1, &flag))
		return -EBADMSG;
	mark->entered = flag;
	mark->name = strdup(name);
	if (!mark->name)
		return -ENOMEM;
	while (strcmp(rest, "end\n") != 0) {
		char *line = take(&rest, "place");
		int result = line ? parse_place(line, mark) : -EBADMSG;

		if (result < 0)
			return result;
	}
	return 0;
}

int ct_mark_parse(const char *text, struct ct_mark *ret_mark)
{
	ct_cleanup(ct_mark_clear) struct ct_mark mark = { 0 };
	autofree char *copy = strdup(text);
	int result = copy ? parse(copy, &mark) : -ENOMEM;

	if (result < 0)
		return result;
	*ret_mark = mark;
	mark = (struct ct_mark){ 0 };
	return 0;
}

int ct_mark_text(const struct ct_mark *mark, char **ret_text)
{
	size_t size;
	FILE *file = open_memstream(ret_text, &size);

	if (!file)
		return -ENOMEM;
	fprintf(file, FIRST " %s\ncgroupns %" PRIu64 "\nname %s\nentered %d\n", mark->boot,
		mark->namespace, mark->name, mark->entered);
	for (size_t i = 0; i < mark->count; i++)
		fprintf(file, "place %d %s %ju %s\n", mark->places[i].hierarchy, mark->places[i].label,
			(uintmax_t)mark->places[i].inode, mark->places[i].path);
	fputs("end\n", file);
	if (fclose(file) == 0)
		return 0;
	free(*ret_text);
	return -ENOMEM;
}

/* FNV-1a: only to tell long names apart, and the mark holds the whole name. */
static uint64_t hash(const char *text)
{
	uint64_t value = 14695981039346656037u;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 1099511628211u;
	return value;
}

int ct_mark_file(const char *name, char buffer[NAME_MAX + 1], struct ct_error *err)
{
	size_t length = 0;

	for (const char *at = name; *at; at++) {
		unsigned char byte = (unsigned char)*at;

		if (byte < ' ' || byte == 0x7f)
			return ct_failx(err, EINVAL, "it has a control character (byte %zu), and cannot be marked as one that deletes itself",
					(size_t)(at - name) + 1);
		if (length > FILE_WORDS)
			continue;
		if (isascii(byte) && (isalnum(byte) || strchr("._-", byte)))
			buffer[length++] = (char)byte;
		else
			length += (size_t)snprintf(buffer + length, 4, "%%%02X", byte);
	}
	buffer[length] = '\0';
	if (length > FILE_WORDS)
		snprintf(buffer + length, NAME_MAX + 1 - length, "+%016" PRIx64, hash(name));
	return 0;
}

int ct_mark_begin(const char *name, struct ct_mark *ret_mark, struct ct_error *err)
{
	struct ct_mark mark = { 0 };
	struct stat status;
	int result = ct_state_boot(mark.boot, sizeof(mark.boot), err);

	if (result < 0)
		return result;
	/* a kernel without such namespaces has one */
	mark.namespace = stat("/proc/self/ns/cgroup", &status) == 0 ? status.st_ino : 0;
	mark.name = strdup(name);
	if (!mark.name)
		return ct_failx(err, ENOMEM, "out of memory");
	*ret_mark = mark;
	return 0;
}

bool ct_mark_is_kin(const struct ct_mark *mark, const struct ct_mark *other)
{
	return mark->namespace == other->namespace && !strcmp(mark->boot, other->boot);
}

static int add_place(struct ct_mark *mark, struct ct_place *place, struct ct_error *err)
{
	const char *root = place->hierarchy->root;
	struct ct_mark_place new = { .hierarchy = place->hierarchy->id };
	int result = ct_place_open(place), length = (int)strlen(root);
	struct stat status;

	if (result < 0)
		return ct_failx(err, -result, "cannot open it in %s: %s", place->hierarchy->label,
				strerror(-result));
	if (fstat(place->fd, &status) < 0)
		return ct_fail(err, "cannot look at it in %s", place->hierarchy->label);
	if (!*place->path)
		return ct_failx(err, EBUSY, "it is the root of %s, which stays as long as it is mounted",
				place->hierarchy->label);
	if (strpbrk(root, "\n") || strpbrk(place->path, "\n"))
		return ct_failx(err, EINVAL, "its path has a newline: it cannot be marked as one that deletes itself");
	new.inode = status.st_ino;
	while (length && root[length - 1] == '/')
		length--;
	new.label = strdup(place->hierarchy->label);
	if (asprintf(&new.path, "%.*s/%s", length, root, place->path) < 0)
		new.path = NULL;
	for (size_t i = 0; new.label && new.path && i < mark->count; i++)
		if (mark->places[i].hierarchy == new.hierarchy) {
			free(mark->places[i].label);
			free(mark->places[i].path);
			mark->places[i] = new;
			return 0;
		}
	if (new.label && new.path && ct_array_push(mark->places, mark->count, new) == 0)
		return 0;
	free(new.label);
	free(new.path);
	return ct_failx(err, ENOMEM, "out of memory");
}

int ct_mark_add(struct ct_mark *mark, struct ct_container *container, struct ct_error *err)
{
	int result = 0;

	for (size_t i = 0; result >= 0 && i < container->count; i++)
		result = add_place(mark, &container->places[i], err);
	return result;
}

/* The lock, of a file that is still there when it is had: -ESTALE if it was removed meanwhile. */
static int lock(int fd, uint64_t timeout)
{
	uint64_t deadline = ct_clock() + timeout * 1000, pause = 200;
	struct stat status;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (ct_interrupt_pending())
			return -EINTR;
		if (ct_clock() >= deadline)
			return -EAGAIN;
		ct_clock_pause(&pause, 8000);
	}
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!status.st_nlink)
		return -ESTALE;
	return S_ISREG(status.st_mode) && status.st_uid == geteuid() && !(status.st_mode & 022) ? 0 : -EPERM;
}

int ct_mark_open(int dir, const char *file, bool create, uint64_t timeout, bool *ret_made)
{
	int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

	for (;;) {
		autoclose int fd = openat(dir, file, flags);
		bool made = false;
		int result;

		if (fd < 0 && errno == ENOENT && create) {
			fd = openat(dir, file, flags | O_CREAT | O_EXCL, 0600);
			made = fd >= 0;
			if (fd < 0 && errno == EEXIST)
				continue;
		}
		if (fd < 0) /* a link; a directory, a socket, a device without a driver */
			return errno == ELOOP || errno == EISDIR || errno == ENXIO || errno == ENODEV ? -EPERM : -errno;
		result = lock(fd, timeout);
		if (result == -ESTALE)
			continue;
		if (result < 0)
			return result;
		if (ret_made)
			*ret_made = made;
		return ct_take_fd(&fd);
	}
}

int ct_mark_load(int fd, struct ct_mark *ret_mark)
{
	autofree char *text = NULL;
	struct stat status;
	int length;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_size > LONGEST)
		return -EBADMSG;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	length = ct_file_read_fd(fd, &text);
	if (length < 0)
		return length;
	return strlen(text) == (size_t)length ? ct_mark_parse(text, ret_mark) : -EBADMSG;
}

/* Over what was there, then cut: whatever was written before is not lost for want of room. */
int ct_mark_write(int fd, const char *text, struct ct_error *err)
{
	size_t length = strlen(text);
	ssize_t written = pwrite(fd, text, length, 0);

	if (written >= 0 && (size_t)written < length)
		return ct_failx(err, ENOSPC, "cannot write its mark: the state directory is full");
	if (written < 0 || ftruncate(fd, (off_t)length) < 0)
		return ct_fail(err, "cannot write its mark in the state directory");
	return 0;
}

int ct_mark_store(int fd, const struct ct_mark *mark, struct ct_error *err)
{
	autofree char *text = NULL;

	if (ct_mark_text(mark, &text) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	return ct_mark_write(fd, text, err);
}
