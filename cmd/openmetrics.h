/* SPDX-License-Identifier: MIT */
/*
 * Figures as a collector reads them: OpenMetrics 1.0, written so that what reads the older text
 * format of Prometheus (the textfile collector of node_exporter, promtool) reads it too.
 */
#pragma once

#include <stdbool.h>

#include "cmd/sample.h"
#include "common/error.h"

/*
 * Prints all known figures of the sample, each container once. For a terminal, controls in names
 * are written like what is no character.
 */
int openmetrics_print(const struct sample *sample, bool terminal, struct ct_error *err);
