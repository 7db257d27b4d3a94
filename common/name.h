/* SPDX-License-Identifier: MIT */
/*
 * What a container may be called. Names come from anybody: these rules keep them inside the
 * hierarchy, apart from the kernel's own files, and off the terminal's controls.
 */
#pragma once

#include "common/error.h"

/* Whether name may be a relative container name; says which rule it breaks. */
int ct_name_check(const char *name, struct ct_error *err);

/* The same for a path below a hierarchy's root, or a part of one. */
int ct_name_check_path(const char *path, struct ct_error *err);
