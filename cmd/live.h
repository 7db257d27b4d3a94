/* SPDX-License-Identifier: MIT */
/* ctstat's screen: containers as they live, and a few keys to act on them. */
#pragma once

#include <stdint.h>

#include "cmd/columns.h"
#include "cmd/sample.h"
#include "common/error.h"
#include "common/hierarchy.h"

/* Until it is left by a key; looks each interval (milliseconds). Returns as applets' run() does. */
int live_run(struct ct_hierarchies *all, const struct sample_request *request,
	     const struct columns_style *style, uint64_t interval, struct ct_error *err);
