/* SPDX-License-Identifier: MIT */
/* ctstat's tables: one, or one after the other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cmd/columns.h"
#include "cmd/sample.h"
#include "cmd/table.h"
#include "common/error.h"
#include "common/hierarchy.h"

/*
 * Prints a table of what is found now. With an interval (milliseconds) of what is found that much
 * later, with what has come about in between; forever: now, and again each interval. *table is
 * the first one, opened. Returns an exit status, or a negative errno.
 */
int watch_tables(struct ct_hierarchies *all, const struct sample_request *request,
		 const struct columns_style *style, uint64_t interval, bool forever,
		 struct table **table, struct ct_error *err);

/* Says why figures are absent that were asked for. */
void watch_report(const struct sample *sample);
