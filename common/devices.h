/* SPDX-License-Identifier: MIT */
/* Lists of devices as the kernel writes and takes them, a line each: "c 1:3 rwm" (devices.rst). */
#pragma once

/*
 * What list has and wanted has not, each a line of its own, for the caller to free: of "c 1:3 rwm" and
 * "c 1:3 r" it is "c 1:3 wm". NULL without memory.
 */
char *ct_devices_without(const char *list, const char *wanted);
