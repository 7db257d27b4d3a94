/* SPDX-License-Identifier: MIT */
/*
 * Pinned namespaces: those that a container names. Each is a file on which the namespace is
 * mounted (pindir.h says where), and so outlives its last process. They are those of the mount
 * namespace in which ct runs.
 */
#pragma once

#include <stdint.h>

#include "common/container.h"
#include "common/error.h"
#include "common/nsset.h"
#include "common/walk.h"

/*
 * Opens the pins of the container of the kinds in flags; ret_set->flags tells which it has, none is
 * no error. -ESTALE: the mount of one of them has been unmounted. One system call if there are none.
 */
int ct_pin_open(const struct ct_container *container, int flags, struct ct_nsset *ret_set,
		struct ct_error *err);

/* What a container has pinned. */
struct ct_pins {
	int flags;			/* the kinds */
	int gone;			/* those on whose file no namespace of that kind is mounted any more */
	uint64_t ids[CT_NSSET_KINDS];	/* inode numbers as in /proc/PID/ns, at the kind's place */
};

/*
 * For those that only look, nothing is held: a container whose pins cannot be looked at has none. Opens
 * the container's places. One system call if there are none.
 */
void ct_pin_look(const struct ct_container *container, struct ct_pins *ret_pins);

/*
 * Pins the namespaces of set as those of the container, all or none, and forgets pins of
 * containers that are no more. -EEXIST: it has one of that kind. Without any (set is empty), those
 * it has are noted to be of all its places, some of which are new.
 */
int ct_pin_add(const struct ct_container *container, const struct ct_nsset *set, struct ct_error *err);

/* Takes the pins of these kinds from the container at path. */
void ct_pin_drop(const char *path, int flags);

/*
 * The containers at path and below that have pins and are there, as names for ct_pin_renew(): which
 * notes that those have been removed and made again.
 */
int ct_pin_list(const char *path, struct ct_tree *ret_names);
void ct_pin_renew(const struct ct_tree *names);

/* Removes the pins of containers at path ("": all) and below that are no more. */
void ct_pin_sweep(const char *path);
