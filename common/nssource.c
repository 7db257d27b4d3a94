// SPDX-License-Identifier: MIT
#include "common/nssource.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include <bsd/stdlib.h>

#include "common/cleanup.h"
#include "common/pin.h"

static int find_kind(const char *word)
{
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++)
		if (!strcmp(word, ct_nsset_kinds[kind].name))
			return kind;
	return -1;
}

static int parse_pid(const char *text, pid_t *ret_pid, struct ct_error *err)
{
	const char *why;
	long long pid = strtonum(text, 1, INT_MAX, &why);

	if (why || strspn(text, "0123456789") != strlen(text))
		return ct_failx(err, EINVAL, "PID:%s is no process", text);
	*ret_pid = (pid_t)pid;
	return 0;
}

static int parse_source(char *text, struct ct_nssource *source, int kind, struct ct_error *err)
{
	enum ct_nssource_from from = CT_NSSOURCE_CONTAINER;
	int result = 0;

	if (!*text)
		return ct_failx(err, EINVAL, "'%s=' has no source: NEW, a container, PID:NUMBER or FILE:PATH",
				ct_nsset_kinds[kind].name);
	if (!strcmp(text, "NEW")) {
		from = CT_NSSOURCE_NEW;
	} else if (!strncmp(text, "PID:", 4)) {
		from = CT_NSSOURCE_PROCESS;
		result = parse_pid(text + 4, &source->items[kind].pid, err);
	} else if (!strncmp(text, "FILE:", 5)) {
		from = CT_NSSOURCE_FILE;
		text += 5;
		if (!*text)
			result = ct_failx(err, EINVAL, "'%s=FILE:' has no path", ct_nsset_kinds[kind].name);
	}
	source->items[kind].from = from;
	source->items[kind].text = text;
	return result;
}

static int parse_word(char *word, struct ct_nssource *source, struct ct_error *err)
{
	char *text = strchr(word, '=');
	int kind;

	if (text)
		*text++ = '\0';
	kind = find_kind(word);
	if (kind < 0)
		return ct_failx(err, EINVAL,
				"'%s' is no kind of namespace: net, uts, ipc, mnt, pid, user, cgroup, time, or all or none alone",
				word);
	if (source->items[kind].from > CT_NSSOURCE_ANY)
		return ct_failx(err, EINVAL, "%s stands there twice: a process has one %s namespace", word, word);
	if (text)
		return parse_source(text, source, kind, err);
	source->items[kind].from = CT_NSSOURCE_OWN;
	return 0;
}

int ct_nssource_parse(const char *list, struct ct_nssource *ret_source, struct ct_error *err)
{
	ct_cleanup(ct_nssource_clear) struct ct_nssource source = { .words = strdup(list) };
	bool every = false;

	if (!source.words)
		return ct_failx(err, ENOMEM, "out of memory");
	for (char *rest = source.words, *word; strcmp(list, "none") != 0 && (word = strsep(&rest, ","));) {
		int result = 0;

		if (!strcmp(word, "all"))
			every = true;
		else
			result = parse_word(word, &source, err);
		if (result < 0)
			return result;
	}
	for (int kind = 0; every && kind < CT_NSSET_KINDS; kind++)
		if (source.items[kind].from == CT_NSSOURCE_NONE)
			source.items[kind].from = CT_NSSOURCE_ANY;
	ct_nssource_clear(ret_source);
	*ret_source = source;
	source = (struct ct_nssource){ 0 };
	return 0;
}

int ct_nssource_flags(const struct ct_nssource *source, enum ct_nssource_from from)
{
	int flags = 0;

	for (int kind = 0; kind < CT_NSSET_KINDS; kind++)
		if (source->items[kind].from == from)
			flags |= ct_nsset_kinds[kind].flag;
	return flags;
}

static int put(struct ct_nsset *set, int kind, int fd, const char *of, struct ct_error *err)
{
	const struct ct_nsset_kind *known = &ct_nsset_kinds[kind];
	char word[16] = "";
	int type, result;

	result = ct_nsset_add(set, known->flag, fd);
	if (result == -EINVAL) {
		type = ioctl(fd, NS_GET_NSTYPE);
		ct_nsset_words(type > 0 ? type : 0, word, sizeof(word));
		return *word ? ct_failx(err, EINVAL, "%s is a %s namespace, not a %s one", of, word, known->name) :
			       ct_failx(err, EINVAL, "%s is no namespace", of);
	}
	return result < 0 ? ct_failx(err, -result, "cannot keep %s open: %s", of, strerror(-result)) : 0;
}

static int open_process(int proc, pid_t pid, int kind, struct ct_nsset *set, struct ct_error *err)
{
	const char *name = ct_nsset_kinds[kind].name;
	autoclose int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "%d/ns/%s", pid, name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return ct_failx(err, errno, "the namespaces of process %d are not yours to take: it takes its owner, or root", pid);
	if (fd < 0)
		return errno == ENOENT || errno == ESRCH ?
		       ct_failx(err, ESRCH, "there is no process %d, or it has no %s namespace", pid, name) :
		       ct_fail(err, "cannot open the %s namespace of process %d", name, pid);
	return put(set, kind, fd, path, err);
}

/* What is no namespace is not opened: it may be a pipe, or a device that begins to do something. */
static int open_file(const char *path, int kind, struct ct_nsset *set, struct ct_error *err)
{
	autoclose int found = open(path, O_PATH | O_CLOEXEC), fd = -1;
	char name[32];
	struct statfs status;

	if (found < 0 || fstatfs(found, &status) < 0)
		return ct_fail(err, "cannot open %s", path);
	if (status.f_type != NSFS_MAGIC)
		return ct_failx(err, EINVAL, "%s is no namespace", path);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", found);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? ct_fail(err, "cannot open %s", path) : put(set, kind, fd, path, err);
}

/* -H says where to work, not where the namespaces of others are known from. */
static int open_any_container(struct ct_hierarchies *all, const char *name,
			      struct ct_container *ret_container, struct ct_error *err)
{
	autofree bool *selected = calloc(all->count + 1, sizeof(bool));
	int result;

	if (!selected)
		return ct_failx(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < all->count; i++)
		selected[i] = all->items[i].selected;
	result = ct_hierarchies_select(all, NULL, false, err);
	if (result >= 0)
		result = ct_container_open(all, name, false, ret_container, err);
	for (size_t i = 0; i < all->count; i++)
		all->items[i].selected = selected[i];
	return result;
}

static int open_container(struct ct_hierarchies *all, const char *name, int kind, struct ct_nsset *set,
			  struct ct_error *err)
{
	const struct ct_nsset_kind *known = &ct_nsset_kinds[kind];
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_nsset_clear) struct ct_nsset own = { 0 };
	int result = open_any_container(all, name, &container, err);

	if (result >= 0)
		result = ct_pin_open(&container, known->flag, &own, err);
	if (result < 0)
		return ct_fail_in(err, "%s", name);
	if (!own.flags)
		return ct_failx(err, ENOENT, "%s names no %s namespace", name, known->name);
	return put(set, kind, own.fds[kind], name, err);
}

int ct_nssource_open_some(const struct ct_nssource *source, struct ct_hierarchies *all, int flags,
			  struct ct_nsset *set, struct ct_error *err)
{
	int result = 0;

	for (int kind = 0; result >= 0 && kind < CT_NSSET_KINDS; kind++) {
		if (!(flags & ct_nsset_kinds[kind].flag))
			continue;
		switch (source->items[kind].from) {
		case CT_NSSOURCE_CONTAINER:
			result = open_container(all, source->items[kind].text, kind, set, err);
			break;
		case CT_NSSOURCE_PROCESS:
			result = open_process(all->proc, source->items[kind].pid, kind, set, err);
			break;
		case CT_NSSOURCE_FILE:
			result = open_file(source->items[kind].text, kind, set, err);
			break;
		default:
			break;
		}
	}
	return result;
}

int ct_nssource_open(const struct ct_nssource *source, struct ct_hierarchies *all,
		     struct ct_nsset *set, struct ct_error *err)
{
	return ct_nssource_open_some(source, all, ~0, set, err);
}

int ct_nssource_text(const struct ct_nssource *source, char **ret_text)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return -ENOMEM;
	for (int kind = 0; kind < CT_NSSET_KINDS; kind++) {
		enum ct_nssource_from from = source->items[kind].from;
		const char *prefix = from == CT_NSSOURCE_FILE ? "FILE:" : "";

		if (from == CT_NSSOURCE_NONE)
			continue;
		fprintf(file, "%s%s", ftell(file) ? "," : "", ct_nsset_kinds[kind].name);
		if (from > CT_NSSOURCE_NEW)
			fprintf(file, "=%s%s", prefix, source->items[kind].text);
	}
	if (fclose(file) != 0) {
		free(text);
		return -ENOMEM;
	}
	*ret_text = text;
	return 0;
}

void ct_nssource_clear(struct ct_nssource *source)
{
	free(source->words);
	*source = (struct ct_nssource){ 0 };
}
