/* SPDX-License-Identifier: MIT */
/*
 * Mounting hierarchies, through libmount, which is loaded for it. Each mount is made
 * nosuid, nodev and noexec. See cgroups(7) and Documentation/admin-guide/cgroup-v1.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "common/hierarchy.h"

struct ct_mount_request {
	const char *target;		/* an existing directory */
	unsigned version;
	const char *options;		/* v1: controllers with commas between; NULL: none */
	const char *name;		/* v1: of a named hierarchy, or NULL */
	const char *release_agent;	/* v1: what the kernel runs when a container empties, or NULL */
};

/*
 * Mounts; -EBUSY tells which hierarchy holds the controller. On failure nothing is
 * left mounted.
 */
int ct_mount(struct ct_hierarchies *all, const struct ct_mount_request *request,
	     struct ct_error *err);

/* Looks whether ct_mount() could succeed, as far as that can be known, and changes nothing. */
int ct_mount_check(struct ct_hierarchies *all, const struct ct_mount_request *request,
		   struct ct_error *err);

/*
 * Unmounts the hierarchy at target. *ret_active: the hierarchy goes on existing without a
 * mount, because *ret_containers containers are left in it.
 */
int ct_unmount(struct ct_hierarchies *all, const char *target, bool *ret_active,
	       size_t *ret_containers, struct ct_error *err);

/* Whether a hierarchy is mounted at target. */
int ct_unmount_check(struct ct_hierarchies *all, const char *target, struct ct_error *err);
