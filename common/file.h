/* SPDX-License-Identifier: MIT */
/*
 * Small kernel files, read and written whole, relative to a directory that is
 * held open. All functions are like system calls: a negative errno and no
 * text, because only their caller knows what the file means.
 */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Called before each change ct makes to the system, with what it does
 * ("write", "mkdir", "rmdir", …), the directory and name, and the text
 * written or NULL. NULL (the default): nobody listens.
 */
extern void (*ct_trace)(const char *verb, int dir, const char *name, const char *text);

/*
 * Opens path beneath dir: no component may leave it, be a symbolic link or
 * lie on another mount (openat2(2): RESOLVE_BENEATH, _NO_SYMLINKS, _NO_XDEV).
 * An empty path is dir itself, opened anew. O_CLOEXEC is added to flags. Where
 * the kernel lacks it, or a filter forbids it, the path is walked (beneath.h).
 * Returns the descriptor.
 */
int ct_file_open_beneath(int dir, const char *path, int flags);

/* Opens the directory path of dir to be read, for the caller to close: 0. */
int ct_file_open_dir(int dir, const char *path, DIR **ret_dir);

/*
 * Reads the whole file beneath dir into a string that belongs to the caller.
 * Returns its length.
 */
int ct_file_read(int dir, const char *path, char **ret_text);

/* The same of an open file. */
int ct_file_read_fd(int fd, char **ret_text);

/* Reads a file of at most size - 1 bytes into buffer; a longer one is -EFBIG. */
int ct_file_read_into(int dir, const char *path, char *buffer, size_t size);

/* Writes text with one write(2), as the kernel's files want it. */
int ct_file_write(int dir, const char *name, const char *text);

/*
 * Whether we may access name beneath dir so (F_OK, W_OK, X_OK): 0. A filter that forbids
 * faccessat2(2), which libc takes for it, does not count.
 */
int ct_file_access(int dir, const char *name, int mode);

/* Whether there is such a file, be it a link that leads nowhere. */
bool ct_file_exists(int dir, const char *name);

/* Closes the descriptors from first to last, as close_range(2) does since Linux 5.9. */
void ct_file_close_range(unsigned first, unsigned last);

/* The path that fd was opened by, as far as the kernel can tell; for messages. */
void ct_file_path(int fd, char *buffer, size_t size);
