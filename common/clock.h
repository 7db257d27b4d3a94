/* SPDX-License-Identifier: MIT */
/* Deadlines, and waiting in steps that grow. */
#pragma once

#include <stdint.h>

/* Microseconds of CLOCK_MONOTONIC. */
uint64_t ct_clock(void);

/*
 * Sleeps for *pause microseconds and doubles that up to most: the first look costs
 * little, a long wait even less.
 */
void ct_clock_pause(uint64_t *pause, uint64_t most);

/* Clock ticks after boot, as proc_pid_stat(5) counts the start of a process. */
uint64_t ct_clock_ticks(void);
