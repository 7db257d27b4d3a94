/* SPDX-License-Identifier: MIT */
/*
 * Taking pinned namespaces away. base is STATE/ns (pindir.h), whose lock the caller holds where
 * something is changed; names are those of directories in it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/walk.h"

/* Whether something is mounted on the file of that kind (nsset.h) in dir, and its inode number. */
bool ct_unpin_is_pin(int dir, int kind, uint64_t *ret_id);

/* Removes what lies in dir of these kinds, whether something is mounted on it or not. */
void ct_unpin(int dir, int flags);

/* The same of the directory called name; the record and the directory go with the last pin. */
void ct_unpin_drop(int base, const char *name, int flags);

/* The directory of the container at path, and those below it. -ENOMEM and the like. */
int ct_unpin_list(int base, const char *path, struct ct_tree *ret_names);

/* Whether the container of that directory is there still, or that cannot be told. */
bool ct_unpin_is_alive(int base, const char *name);

/* Drops those at path ("": all) and below whose container is not. */
void ct_unpin_sweep(int base, const char *path);
