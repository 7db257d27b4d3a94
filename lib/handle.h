/* SPDX-License-Identifier: MIT */
/*
 * What the functions of ct.h have in common. Above common/: it is to a program what cmd/ is to a user.
 * What only looks does so in the caller's process; what changes something is run in one of its own
 * (worker.h), where nothing of the caller's can be disturbed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/container.h"
#include "common/error.h"
#include "common/hierarchy.h"
#include "lib/ct.h"

#define LIBCT_PUBLIC __attribute__((visibility("default")))

struct libct {
	char *root, *hierarchies;	/* as given, or NULL; owned */
};

/*
 * Around every function of ct.h: keeps errno, and puts off a pthread_cancel(3), which would find
 * descriptors open. Declared with the cleanup.
 */
struct calm {
	int number, state;
};

void calm_begin(struct calm *calm);
void calm_end(const struct calm *calm);

#define CALM                                                       \
	ct_cleanup(calm_end) struct calm calm;                     \
	calm_begin(&calm)

/* Hands err to the caller, if he wants it; returns result. */
int handle_tell(struct libct_error *ret_err, int result, const struct ct_error *err);

/* Refuses (-EINVAL) no handle, an empty name, and flags other than those of known. */
int handle_check(const struct libct *ct, const char *container, uint64_t flags, uint64_t known,
		 struct ct_error *err);

/*
 * Copies a structure that the caller has passed with its size in front: a shorter one of an earlier version is
 * filled up with zeros, a longer one of a later version must have zeros in what is not known here (-E2BIG).
 */
int handle_take(void *ret_own, size_t known, const void *given, struct ct_error *err);

/* The hierarchies that the handle means, opened anew; for_new as ct_hierarchies_select() has it. */
int handle_hierarchies(const struct libct *ct, bool for_new, struct ct_hierarchies *ret_all, struct ct_error *err);

/* The same, and the container. */
int handle_container(const struct libct *ct, const char *name, struct ct_hierarchies *ret_all,
		     struct ct_container *ret_container, struct ct_error *err);

/* Whether a hierarchy that is missing is an error. */
bool handle_is_exact(const struct libct *ct);
