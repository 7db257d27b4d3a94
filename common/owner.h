/* SPDX-License-Identifier: MIT */
/* Owners and modes as chown(1) and chmod(1) take them. */
#pragma once

#include <sys/types.h>

#include "common/error.h"

/* UID, UID:GID or :GID, by name or number; what is not named is left as it was. */
int ct_owner_parse(const char *text, uid_t *uid, gid_t *gid, struct ct_error *err);

/* An octal mode of at most 7777. */
int ct_owner_parse_mode(const char *text, mode_t *ret_mode, struct ct_error *err);
