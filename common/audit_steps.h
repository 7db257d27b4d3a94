/* SPDX-License-Identifier: MIT */
/* What the steps of a transaction have changed, or were to, as audit records. */
#pragma once

#include <stddef.h>

#include "common/step.h"

/*
 * A record for each container that the steps have made or removed, whatever the number of its
 * hierarchies, and for each parameter that they have set. code: why all of it has failed, 0: it is
 * done. What moves tasks is recorded by who moves (audit_tasks.h).
 */
void ct_audit_steps(const struct ct_step *steps, size_t count, int code);
