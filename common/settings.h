/* SPDX-License-Identifier: MIT */
/*
 * The settings of a container's directory: what its readable and writable files say. They
 * are remembered before a removal, so that a directory which has to be made again is
 * what it was; and one by one before each is changed.
 */
#pragma once

#include <stddef.h>

#include "common/cgroup.h"
#include "common/error.h"

struct ct_setting {
	char *file, *value;	/* owned; no value: it could not be read */
	char *written;		/* over it since, or NULL; owned */
};

struct ct_settings {
	struct ct_setting *items;
	size_t count;
};

/*
 * What is set in file of dir: its text, but for two of v1's that tell more than that, or what a container above
 * does to it: memory.oom_control is 0 or 1, freezer.state its own. Like a system call; the value is the caller's.
 */
int ct_settings_read(int dir, const char *file, char **ret_value);

/* Reads them; a file that cannot be read has no setting. 0 or -ENOMEM, like a system call. */
int ct_settings_save(const struct ct_place *place, struct ct_settings *ret_settings);

/*
 * Writes those that differ from what the directory has now. -EIO: err names the ones
 * that could not be written; the others are.
 */
int ct_settings_restore(const struct ct_place *place, const struct ct_settings *settings,
			struct ct_error *err);

/*
 * Writes text to file in dir, and adds what it said before to settings, before it is written. Like a
 * system call; -ENOMEM: nothing was written.
 */
int ct_settings_change(struct ct_settings *settings, int dir, const char *file, const char *text);

/*
 * Undoes a change: puts back the line that it was about, for files that list devices or other keys.
 * Like a system call; -EOPNOTSUPP: what the file said before is not known.
 */
int ct_settings_take_back(int dir, const struct ct_setting *setting);

void ct_settings_clear(struct ct_settings *settings);
