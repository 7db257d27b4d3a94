/* SPDX-License-Identifier: MIT */
/*
 * The settings of a container's directory: what its readable and writable files say. They
 * are remembered before a removal, so that a directory which has to be made again is
 * what it was.
 */
#pragma once

#include <stddef.h>

#include "common/cgroup.h"
#include "common/error.h"

struct ct_setting {
	char *file, *value; /* owned */
};

struct ct_settings {
	struct ct_setting *items;
	size_t count;
};

/* Reads them; a file that cannot be read has no setting. 0 or -ENOMEM, like a system call. */
int ct_settings_save(const struct ct_place *place, struct ct_settings *ret_settings);

/*
 * Writes those that differ from what the directory has now. -EIO: err names the ones
 * that could not be written; the others are.
 */
int ct_settings_restore(const struct ct_place *place, const struct ct_settings *settings,
			struct ct_error *err);

void ct_settings_clear(struct ct_settings *settings);
