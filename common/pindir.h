/* SPDX-License-Identifier: MIT */
/*
 * Where pinned namespaces lie: STATE/ns, a tmpfs of its own, so that its mount can be private (the
 * kernel pins no mount namespace elsewhere) and all of it can be unmounted at once. A container is
 * a directory there, those below it are directories in that; a component of its name that could be
 * taken for a pin ("net") or for our own file ("id"), or begins with '+', has a '+' before it. So the
 * pin net of web is web/net, and those of the container web/net are in web/+net.
 *
 * Beside the pins lies the record (pinrecord.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"

/* Whether there may be pins of the container at path: one system call where there is none. */
bool ct_pindir_exists(const char *path);

/*
 * Opens STATE/ns; with make it is made and mounted. -ENOENT: there is none. A lock of it
 * (flock(2)) is to be held by whoever changes something.
 */
int ct_pindir_open_base(bool make, struct ct_error *err);

/* The name of the container's directory in STATE/ns. -ENAMETOOLONG. */
int ct_pindir_encode(const char *path, char *buffer, size_t size);

/* The container's directory, by the name above; with make each missing one on the way is made. */
int ct_pindir_open(int base, const char *name, bool make);

/* Removes the directory and those above it that are empty. */
void ct_pindir_remove(int base, const char *name);

/* Unmounts STATE/ns from the calling process's mount namespace, if it can. */
void ct_pindir_hide(void);
