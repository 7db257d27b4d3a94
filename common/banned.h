/* SPDX-License-Identifier: MIT */
/*
 * Functions that have no place in ct, turned into compile errors. The Makefile
 * includes this file before every source. Use strlcpy, snprintf, strtonum,
 * strsep or strtok_r, and posix_spawn or exec instead.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok
#pragma GCC poison atoi atol atoll atof system popen tmpnam mktemp
