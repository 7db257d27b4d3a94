/* SPDX-License-Identifier: MIT */
/*
 * The words that a value is written in, as a person writes them: "512M", "50%", "max",
 * "0-3,8". Messages say what is wrong with the word and what is right; the name it was meant
 * for is for the caller to add.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* Whether text is "max" or "infinity". */
bool ct_value_is_max(const char *text);

/* A whole number from least to most. */
int ct_value_number(const char *text, int64_t least, int64_t most, int64_t *ret_number,
		    struct ct_error *err);

/*
 * Bytes: a whole number, after which K, M, G or T (of 1024) may stand. With memory also "N%" of
 * the machine's memory. At most 2^63 - 1, the most that the kernel takes.
 */
int ct_value_bytes(const char *text, bool memory, uint64_t *ret_bytes, struct ct_error *err);

/* "N%", N with a point and up to two digits behind it: in hundredths of a percent. */
int ct_value_percent(const char *text, uint64_t *ret_hundredths, struct ct_error *err);

/* "512M", "1.5G": four characters at most, for a person. */
void ct_value_print_bytes(uint64_t bytes, char *buffer, size_t size);

enum { CT_VALUE_LIST = 8192 }; /* as many CPUs as a kernel can be built for */

/*
 * Lists of CPUs or memory nodes, "0-3,8" (Documentation/admin-guide/cgroup-v1/cpusets.rst). list
 * has CT_VALUE_LIST elements.
 */
int ct_value_list(const char *text, bool *list, struct ct_error *err);
