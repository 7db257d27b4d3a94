/* SPDX-License-Identifier: MIT */
/* What containers of a v1 cpuset have for themselves alone (cpusets.rst). */
#pragma once

/*
 * The CPUs or memory nodes in file, "cpuset.cpus" or "cpuset.mems", of the directory above that none of
 * the containers below it has exclusively, as a list for the caller to free: "" if that are all. -ENOMEM
 * and what else is wrong with reading.
 */
int ct_exclusive_spare(int above, const char *file, char **ret_list);
