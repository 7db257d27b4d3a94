/* SPDX-License-Identifier: MIT */
/*
 * Weights that v1 and v2 count differently. Each formula is monotonous, leads the ends and the
 * default of the one onto those of the other, and has an inverse that it undoes exactly.
 */
#pragma once

#include <stdint.h>

/*
 * cpu.shares (2 to 262144, 1024) as cpu.weight (1 to 10000, 100):
 * ceil(10 ^ ((l^2 + 125 l) / 612 - 7 / 34)), l = log2(shares). That of runc (opencontainers/cgroups,
 * since 2025) and crun (since 1.23); it replaced a linear one, for which the default was 39.
 */
uint64_t ct_weight_of_shares(uint64_t shares);

/*
 * The largest cpu.shares that has this cpu.weight: 1 is 2, 100 is 1024, 10000 is 262144. So a weight
 * comes back as it was; shares come back as they were or as more, by less than a step of weight.
 */
uint64_t ct_weight_to_shares(uint64_t weight);

/*
 * cpu.weight.nice as cpu.shares: a step of nice is a factor of 1.25, nice 0 is 1024 (sched(7);
 * the kernel's own table differs by less than 2 %). Back it is the nice whose shares are nearest.
 */
uint64_t ct_weight_of_nice(int nice);
int ct_weight_to_nice(uint64_t shares);

/*
 * io.weight (1 to 10000, 100) as the weight of BFQ (1 to 1000, 100): as it is up to 100, above it an
 * eleventh of the rest, rounded down. That of systemd (src/shared/cgroup-setup.h, BFQ_WEIGHT).
 */
uint64_t ct_weight_to_bfq(uint64_t weight);
uint64_t ct_weight_of_bfq(uint64_t weight);
