/* SPDX-License-Identifier: MIT */
/*
 * What openat2(2) promises, for kernels before 5.6 and for where a seccomp filter forbids it: the
 * path is walked a component at a time, each opened without following a link and compared with the
 * mount that the walk began in.
 */
#pragma once

/*
 * Opens path beneath dir, as ct_file_open_beneath() does and with the same errors (-ELOOP, -EXDEV);
 * a component ".." is -EXDEV. Like a system call.
 */
int ct_beneath_walk(int dir, const char *path, int flags);
