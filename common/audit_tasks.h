/* SPDX-License-Identifier: MIT */
/* Audit records of what is done to a container that is there, with the processes it is done to. */
#pragma once

#include <stdbool.h>

#include "common/audit.h"
#include "common/container.h"
#include "common/error.h"
#include "common/taskset.h"
#include "common/victims.h"

/* Writes the record with the container's name and hierarchies filled in. As ct_audit_write(). */
int ct_audit_container(const struct ct_container *container, struct ct_audit *record, struct ct_error *err);

/* The same with the processes of tasks, and no error to tell; container may be NULL. */
void ct_audit_taskset(const struct ct_container *container, const struct ct_taskset *tasks,
		      struct ct_audit *record);

/*
 * The processes that are in the container, and with recursive those below, if records are written; for
 * the caller to free, in record. What cannot be listed is left out.
 */
void ct_audit_members(struct ct_container *container, bool recursive, pid_t **ret_pids, struct ct_audit *record);
