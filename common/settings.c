// SPDX-License-Identifier: MIT
#include "common/settings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bsd/string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/file.h"

/* Files that list tasks, or count, or are no values: nothing of them can be put back. */
static bool is_no_setting(const char *file)
{
	static const char *const names[] = { "tasks", "cgroup.procs", "cgroup.threads", "cgroup.type",
					     "memory.oom_control" };
	static const char *const ends[] = { ".pressure", ".peak", "failcnt", "max_usage_in_bytes",
					    ".usage", "reset_stats" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(file, names[i]))
			return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (strlen(file) >= strlen(ends[i]) &&
		    !strcmp(file + strlen(file) - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

/* devices.list shows what devices.allow and devices.deny have made; it is compared only. */
static bool wanted(int dir, const char *file)
{
	struct stat status;

	if (is_no_setting(file) || fstatat(dir, file, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(status.st_mode))
		return false;
	return (status.st_mode & 0600) == 0600 || !strcmp(file, "devices.list");
}

int ct_settings_save(const struct ct_place *place, struct ct_settings *ret_settings)
{
	ct_cleanup(ct_settings_clear) struct ct_settings settings = { 0 };
	int fd = openat(place->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autodir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && (entry = readdir(dir))) {
		struct ct_setting setting = { 0 };

		if (!wanted(place->fd, entry->d_name) ||
		    ct_file_read(place->fd, entry->d_name, &setting.value) < 0)
			continue;
		setting.file = strdup(entry->d_name);
		if (!setting.file || ct_array_push(settings.items, settings.count, setting) < 0) {
			free(setting.file);
			free(setting.value);
			return -ENOMEM;
		}
	}
	*ret_settings = settings;
	settings = (struct ct_settings){ 0 };
	return 0;
}

/* The kernel takes one device, one page size, … a write; controllers it shows without a sign. */
static int write_value(int dir, const char *file, char *value)
{
	int result = 0;

	if (!strcmp(file, "cgroup.subtree_control")) {
		for (char *rest = value, *word; result >= 0 && (word = strsep(&rest, " \n"));) {
			char text[64];

			strlcpy(text, "+", sizeof(text));
			strlcat(text, word, sizeof(text));
			result = *word ? ct_file_write(dir, file, text) : 0;
		}
		return result;
	}
	for (char *rest = value, *line; result >= 0 && (line = strsep(&rest, "\n"));)
		result = *line ? ct_file_write(dir, file, line) : 0;
	return result;
}

/* Whether the setting is as it was, or could be made so. */
static bool restore(const struct ct_place *place, const struct ct_setting *setting)
{
	autofree char *fresh = NULL, *value = strdup(setting->value);

	if (!value)
		return false;
	if (ct_file_read(place->fd, setting->file, &fresh) >= 0 && !strcmp(fresh, value))
		return true;
	return write_value(place->fd, setting->file, value) >= 0;
}

int ct_settings_restore(const struct ct_place *place, const struct ct_settings *settings,
			struct ct_error *err)
{
	size_t left = settings->count, before;
	char lost[256];

	/* some limits bound each other: as long as a pass puts any back the next may put more */
	do {
		before = left;
		left = 0;
		lost[0] = '\0';
		for (size_t i = 0; i < settings->count; i++) {
			if (restore(place, &settings->items[i]))
				continue;
			left++;
			strlcat(lost, *lost ? ", " : "", sizeof(lost));
			strlcat(lost, settings->items[i].file, sizeof(lost));
		}
	} while (left && left < before);
	return left ? ct_failx(err, EIO, "it was made again, but without its settings of %s", lost) : 0;
}

void ct_settings_clear(struct ct_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		free(settings->items[i].file);
		free(settings->items[i].value);
	}
	free(settings->items);
	*settings = (struct ct_settings){ 0 };
}
