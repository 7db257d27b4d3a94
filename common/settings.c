// SPDX-License-Identifier: MIT
#include "common/settings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bsd/string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/words.h"

/* Files that list tasks, or count, or are no values: nothing of them can be put back. */
static bool is_no_setting(const char *file)
{
	static const char *const names[] = { "tasks", "cgroup.procs", "cgroup.threads", "cgroup.type" };
	static const char *const ends[] = { ".pressure", ".peak", "failcnt", "max_usage_in_bytes",
					    ".usage", "reset_stats" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(file, names[i]))
			return true;
	if (!strcmp(file, "cgroup.pressure")) /* whether there are the others */
		return false;
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

int ct_settings_read(int dir, const char *file, char **ret_value)
{
	autofree char *text = NULL;
	const char *value = NULL;
	int result;

	if (!strcmp(file, "freezer.state") && ct_file_read(dir, "freezer.self_freezing", &text) >= 0) {
		value = *text == '1' ? "FROZEN\n" : "THAWED\n";
	} else {
		result = ct_file_read(dir, file, &text);
		if (result < 0)
			return result;
	}
	if (!strcmp(file, "memory.oom_control"))
		value = strncmp(text, "oom_kill_disable 1", 18) ? "0\n" : "1\n";
	*ret_value = value ? strdup(value) : ct_take_ptr(text);
	return *ret_value ? 0 : -ENOMEM;
}

static void setting_clear(struct ct_setting *setting)
{
	free(setting->file);
	free(setting->value);
	free(setting->written);
}

int ct_settings_save(const struct ct_place *place, struct ct_settings *ret_settings)
{
	ct_cleanup(ct_settings_clear) struct ct_settings settings = { 0 };
	autodir DIR *dir = NULL;
	const struct dirent *entry;

	ct_file_open_dir(place->fd, ".", &dir); /* what cannot be read has no settings */
	while (dir && (entry = readdir(dir))) {
		struct ct_setting setting = { 0 };

		if (!wanted(place->fd, entry->d_name) ||
		    ct_settings_read(place->fd, entry->d_name, &setting.value) < 0)
			continue;
		setting.file = strdup(entry->d_name);
		if (!setting.file || ct_array_push(settings.items, settings.count, setting) < 0) {
			setting_clear(&setting);
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
	if (ct_settings_read(place->fd, setting->file, &fresh) >= 0 && !strcmp(fresh, value))
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

int ct_settings_change(struct ct_settings *settings, int dir, const char *file, const char *text)
{
	/* what devices.allow and devices.deny have made is in a third file */
	const char *read = strncmp(file, "devices.", 8) ? file : "devices.list";
	struct ct_setting setting = { .file = strdup(file), .written = strdup(text) };

	int result;

	ct_settings_read(dir, read, &setting.value); /* without it the change cannot be undone, but made */
	if (!setting.file || !setting.written ||
	    ct_array_push(settings->items, settings->count, setting) < 0) {
		setting_clear(&setting);
		return -ENOMEM;
	}
	result = ct_file_write(dir, file, *text ? text : "\n"); /* the kernel is not told of no bytes */
	if (result < 0) /* then there is nothing to take back */
		setting_clear(&settings->items[--settings->count]);
	return result;
}

/* Writes each line of ours that is not in theirs. */
static int write_missing(int dir, const char *file, const char *ours, const char *theirs)
{
	autofree char *lines = strdup(ours);
	int result = lines ? 0 : -ENOMEM;

	for (char *rest = lines, *line; result >= 0 && (line = strsep(&rest, "\n"));) {
		const char *at = *line ? theirs : NULL;
		size_t length = strlen(line);

		while (at && !(!strncmp(at, line, length) && (at[length] == '\n' || !at[length])))
			at = (at = strchr(at, '\n')) ? at + 1 : NULL;
		if (*line && !at)
			result = ct_file_write(dir, file, line);
	}
	return result;
}

/*
 * Where all is allowed but some (devices.rst), the list shows no exceptions: then the opposite of what was
 * written undoes it. Else it shows all that there is.
 */
static int take_back_device(int dir, const struct ct_setting *setting)
{
	const char *opposite = !strcmp(setting->file, "devices.allow") ? "devices.deny" : "devices.allow";
	autofree char *now = NULL;
	int result;

	if (!strncmp(setting->value, "a ", 2))
		return ct_file_write(dir, opposite, setting->written);
	result = ct_file_read(dir, "devices.list", &now);
	if (result >= 0 && !strncmp(now, "a ", 2)) {
		result = ct_file_write(dir, "devices.deny", "a");
		*now = '\0';
	}
	if (result >= 0)
		result = write_missing(dir, "devices.deny", now, setting->value);
	return result < 0 ? result : write_missing(dir, "devices.allow", setting->value, now);
}

/* The words of the one before the other are enabled, those of the other alone disabled. */
static int take_back_controllers(int dir, const struct ct_setting *setting, char *now)
{
	autofree char *before = strdup(setting->value), *gone = NULL, *come = NULL, *text = NULL;
	FILE *file;
	size_t size;

	if (!before)
		return -ENOMEM;
	before[strcspn(before, "\n")] = '\0';
	now[strcspn(now, "\n")] = '\0';
	gone = ct_words_without(before, now);
	come = ct_words_without(now, before);
	file = open_memstream(&text, &size);
	if (!gone || !come || !file) {
		if (file)
			fclose(file);
		return -ENOMEM;
	}
	for (char *rest = gone, *word; (word = strsep(&rest, " "));)
		fprintf(file, *word ? " +%s" : "%s", word);
	for (char *rest = come, *word; (word = strsep(&rest, " "));)
		fprintf(file, *word ? " -%s" : "%s", word);
	if (fclose(file) != 0)
		return -ENOMEM;
	return *text ? ct_file_write(dir, setting->file, text) : 0;
}

/* A device that had no line gets one that says what it had without. */
static int take_back_key(int dir, const struct ct_setting *setting)
{
	static const struct {
		const char *file, *nothing;
	} resets[] = {
		{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
		{ "io.latency", "target=0" },
		{ "io.weight", "default" },
		{ "io.bfq.weight", "default" },
	};
	int length = (int)strcspn(setting->written, " ");
	autofree char *line = NULL;
	const char *nothing = "0";

	for (const char *at = setting->value; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, setting->written, (size_t)length) && at[length] == ' ') {
			line = strndup(at, strcspn(at, "\n"));
			return line ? ct_file_write(dir, setting->file, line) : -ENOMEM;
		}
	}
	for (size_t i = 0; i < sizeof(resets) / sizeof(*resets); i++)
		if (!strcmp(setting->file, resets[i].file))
			nothing = resets[i].nothing;
	if (asprintf(&line, "%.*s %s", length, setting->written, nothing) < 0) {
		line = NULL;
		return -ENOMEM;
	}
	return ct_file_write(dir, setting->file, line);
}

int ct_settings_take_back(int dir, const struct ct_setting *setting)
{
	autofree char *now = NULL, *value = setting->value ? strdup(setting->value) : NULL;
	size_t key = setting->written ? strcspn(setting->written, " ") : 0;

	if (!setting->value)
		return -EOPNOTSUPP;
	if (!value)
		return -ENOMEM;
	if (!strncmp(setting->file, "devices.", 8))
		return take_back_device(dir, setting);
	if (ct_settings_read(dir, setting->file, &now) >= 0 && !strcmp(now, value))
		return 0;
	if (!strcmp(setting->file, "cgroup.subtree_control") && now)
		return take_back_controllers(dir, setting, now);
	if (key && setting->written[key] &&
	    (memchr(setting->written, ':', key) || strchr(value, '\n') != strrchr(value, '\n')))
		return take_back_key(dir, setting);
	value[strcspn(value, "\n")] = '\0';
	return ct_file_write(dir, setting->file, *value ? value : "\n");
}

void ct_settings_clear(struct ct_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++)
		setting_clear(&settings->items[i]);
	free(settings->items);
	*settings = (struct ct_settings){ 0 };
}
