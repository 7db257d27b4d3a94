/* SPDX-License-Identifier: MIT */
/* Telling who did not end in time, and what keeps it. */
#pragma once

#include <stdint.h>

#include "common/error.h"
#include "common/hierarchy.h"
#include "common/victims.h"

/*
 * -ETIMEDOUT with each of them, as many as fit, in err: number, command, state, what it waits
 * in, and which hierarchies list it; and the first frozen container that one of them is in.
 */
int ct_survivors_name(struct ct_hierarchies *all, const struct ct_reach *reach,
		      const struct ct_victims *left, uint64_t timeout, struct ct_error *err);
