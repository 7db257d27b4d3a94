/* SPDX-License-Identifier: MIT */
/*
 * A hierarchy through a mount that nobody sees, made by fsopen(2) and fsmount(2): it is the same
 * that everybody has, and the table of mounts is not touched.
 */
#pragma once

#include "common/hierarchy.h"

/*
 * Opens hierarchy->fd so, which keeps the mount as long as it is open; only for one that is
 * active and mounted nowhere we see. Needs CAP_SYS_ADMIN. Like a system call: no text.
 */
int ct_detached_open(struct ct_hierarchy *hierarchy);
