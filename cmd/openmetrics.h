/* SPDX-License-Identifier: MIT */
/*
 * Figures as a collector reads them: OpenMetrics 1.0, written so that what reads the older text
 * format of Prometheus (the textfile collector of node_exporter, promtool) reads it too.
 */
#pragma once

#include "cmd/sample.h"
#include "common/error.h"

/* Prints all known figures of the sample, each container once. */
int openmetrics_print(const struct sample *sample, struct ct_error *err);
