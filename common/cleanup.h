/* SPDX-License-Identifier: MIT */
/*
 * Ownership by scope. A variable declared with one of these is released when
 * its scope ends; it is always initialised, and what is handed on is taken out
 * of it with ct_take_fd() or ct_take_ptr(). The cleanups keep errno, so that
 * "return ct_fail(err, …)" reports the failure and not the closing.
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ct_cleanup(function) __attribute__((cleanup(function)))

static inline void ct_cleanup_free(void *pointer)
{
	int saved = errno;

	free(*(void **)pointer);
	errno = saved;
}

/* close(2) is never retried: on Linux the descriptor is gone, whatever it says. */
static inline void ct_cleanup_close(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void ct_cleanup_file(FILE *const *file)
{
	int saved = errno;

	if (*file)
		fclose(*file);
	errno = saved;
}

static inline void ct_cleanup_dir(DIR *const *dir)
{
	int saved = errno;

	if (*dir)
		closedir(*dir);
	errno = saved;
}

#define autofree  ct_cleanup(ct_cleanup_free)
#define autoclose ct_cleanup(ct_cleanup_close)
#define autofile  ct_cleanup(ct_cleanup_file)
#define autodir   ct_cleanup(ct_cleanup_dir)

static inline int ct_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define ct_take_ptr(pointer)                       \
	__extension__({                            \
		__typeof__(pointer) *from_ = &(pointer); \
		__typeof__(pointer) taken_ = *from_;     \
		*from_ = NULL;                     \
		taken_;                            \
	})
