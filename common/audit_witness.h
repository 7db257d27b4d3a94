/* SPDX-License-Identifier: MIT */
/*
 * From a user namespace that was entered the kernel takes no audit record, whatever was opened
 * before, nor from who has become another user. What fails from there on is recorded by a process
 * that stays as it is.
 */
#pragma once

#include "common/error.h"

/*
 * Before that, while no other thread runs: starts that process, if records are
 * written. It ends with this one, or when this one executes.
 */
int ct_audit_witness_begin(struct ct_error *err);

/* Ends it earlier. */
void ct_audit_witness_end(void);
