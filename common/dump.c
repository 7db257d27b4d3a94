// SPDX-License-Identifier: MIT
#include "common/dump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/container.h"
#include "common/dump_lines.h"
#include "common/dump_pins.h"
#include "common/file.h"
#include "common/walk.h"

struct dump {
	FILE *file;
	bool human;
	struct ct_dump_pins pins;
};

static void clear_dump(struct dump *dump)
{
	ct_dump_pins_clear(&dump->pins);
}

static bool has_v2(const struct ct_container *container)
{
	for (size_t i = 0; i < container->count; i++)
		if (container->places[i].hierarchy->version == 2)
			return true;
	return false;
}

/* What each v1 hierarchy has for itself. */
static bool has_same_flags(const struct ct_place *a, const struct ct_place *b)
{
	static const char *const files[] = { "notify_on_release", "cgroup.clone_children" };

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char left[8], right[8];

		if (ct_file_read_into(a->fd, files[i], left, sizeof(left)) >= 0 &&
		    ct_file_read_into(b->fd, files[i], right, sizeof(right)) >= 0 && strcmp(left, right) != 0)
			return false;
	}
	return true;
}

/* The places that have the same owner, mode and flags as the first that is not done yet. */
static int dump_group(const struct ct_container *container, bool *done, size_t first, struct dump *dump)
{
	ct_cleanup(ct_dump_lines_clear) struct ct_dump_lines lines = { 0 };
	const struct ct_place *v1 = NULL;
	FILE *file = dump->file;
	struct stat status, other;
	int result = 0;

	if (fstat(container->places[first].fd, &status) < 0)
		return -errno;
	fprintf(file, "[%s]\nhierarchies=", container->name);
	for (size_t i = first; result >= 0 && i < container->count; i++) {
		const struct ct_place *place = &container->places[i];

		if (done[i] || fstat(place->fd, &other) < 0 || other.st_uid != status.st_uid ||
		    other.st_gid != status.st_gid || other.st_mode != status.st_mode ||
		    (v1 && place->hierarchy->version == 1 && !has_same_flags(v1, place)))
			continue;
		v1 = place->hierarchy->version == 1 ? place : v1;
		fprintf(file, "%s%s", i > first ? "," : "", place->hierarchy->label);
		done[i] = true;
		result = ct_dump_lines_add(place, has_v2(container), &lines);
	}
	fprintf(file, "\nowner=%d:%d\nmode=%04o\n", (int)status.st_uid, (int)status.st_gid,
		(unsigned)status.st_mode & 07777);
	if (result >= 0 && !first) /* once, wherever its owners differ */
		result = ct_dump_pins_print(&dump->pins, container, file);
	return result < 0 ? result : ct_dump_lines_print(&lines, dump->human, file);
}

static int dump_one(struct ct_hierarchies *all, const char *name, struct dump *dump, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = ct_container_open(all, name, false, &container, err);
	autofree bool *done = NULL;

	if (result < 0)
		return result;
	done = calloc(container.count, sizeof(*done));
	result = done ? 0 : -ENOMEM;
	if (ftello(dump->file))
		fputs("\n", dump->file);
	for (size_t i = 0; result >= 0 && i < container.count; i++)
		if (!done[i])
			result = dump_group(&container, done, i, dump);
	return result < 0 ? ct_failx(err, -result, "cannot read it: %s", strerror(-result)) : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The containers below, of any of the places, each once. */
static int list_below(const struct ct_container *container, struct ct_tree *ret_tree, struct ct_error *err)
{
	ct_cleanup(ct_tree_clear) struct ct_tree names = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < container->count; i++) {
		const struct ct_place *place = &container->places[i];
		ct_cleanup(ct_tree_clear) struct ct_tree tree = { 0 };
		int result = ct_walk(place, true, &tree, err);

		for (size_t j = 0; result >= 0 && j < tree.count; j++) {
			char *path;

			/* as the container was named: an absolute name is of one place alone */
			if (asprintf(&path, "%s/%s", container->name,
				     tree.paths[j] + strlen(place->path) + (*place->path != '\0')) < 0)
				return ct_failx(err, ENOMEM, "out of memory");
			if (ct_array_push(names.paths, names.count, path) < 0) {
				free(path);
				return ct_failx(err, ENOMEM, "out of memory");
			}
		}
		if (result < 0)
			return result;
	}
	if (names.count)
		qsort(names.paths, names.count, sizeof(*names.paths), compare_names);
	for (size_t i = 0; i < names.count; i++) {
		if (kept && !strcmp(names.paths[kept - 1], names.paths[i]))
			free(names.paths[i]);
		else
			names.paths[kept++] = names.paths[i];
	}
	names.count = kept;
	*ret_tree = names;
	names = (struct ct_tree){ 0 };
	return 0;
}

static int dump_below(struct ct_hierarchies *all, const char *name, struct dump *dump, struct ct_error *left,
		      struct ct_error *err)
{
	struct ct_error why = { 0 };
	int result = dump_one(all, name, dump, &why);

	if (result >= 0 || result == -ENOENT) /* removed meanwhile */
		return 0;
	if (result != -EINVAL && result != -ENAMETOOLONG) {
		*err = why;
		return ct_fail_in(err, "%s", name);
	}
	ct_fail_in(&why, "%s is left out", name);
	if (!left->code)
		*left = why;
	return 0;
}

int ct_dump(struct ct_hierarchies *all, const char *name, bool recursive, bool human, char **ret_text,
	    struct ct_error *left, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_tree_clear) struct ct_tree below = { 0 };
	ct_cleanup(clear_dump) struct dump dump = { .human = human };
	autofree char *text = NULL;
	size_t size;
	int result = ct_container_open(all, name, false, &container, err);

	if (result >= 0 && recursive)
		result = list_below(&container, &below, err);
	if (result < 0)
		return result;
	dump.file = open_memstream(&text, &size);
	if (!dump.file)
		return ct_failx(err, ENOMEM, "out of memory");
	result = dump_one(all, name, &dump, err);
	for (size_t i = 0; result >= 0 && i < below.count; i++)
		result = dump_below(all, below.paths[i], &dump, left, err);
	if (fclose(dump.file) != 0)
		return ct_failx(err, ENOMEM, "out of memory");
	if (result >= 0)
		*ret_text = ct_take_ptr(text);
	return result;
}
