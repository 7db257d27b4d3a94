/* SPDX-License-Identifier: MIT */
/*
 * A file beside pinned namespaces that tells of which directories of cgroups they are: of a
 * container that was removed behind ct's back, and made again, they are not. A directory is known by its
 * hierarchy's number and its inode, neither of which the kernel gives twice between two boots.
 */
#pragma once

#include <stdbool.h>

#include "common/container.h"
#include "common/error.h"

#define CT_PINRECORD "id"

/* Writes of which directories the pins in dir are: those of the places that are there. */
int ct_pinrecord_write(int dir, const struct ct_container *container, struct ct_error *err);

/*
 * Whether the pins in dir are those of the container, one of whose places was recorded: 1 or 0, or a
 * negative errno if that cannot be told now. Like a system call: no text.
 */
int ct_pinrecord_is_of(int dir, const struct ct_container *container);

/*
 * Whether one of the recorded directories is there still; it may be if its hierarchy is mounted
 * elsewhere, or nowhere, by now, or if that cannot be told.
 */
bool ct_pinrecord_is_alive(int dir);

/* Records anew what is at the recorded paths: it was removed and made again by us. */
void ct_pinrecord_renew(int dir);
