/* SPDX-License-Identifier: MIT */
/* Killing everything in a container (SIGKILL), and what is common to that and other signals. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/container.h"
#include "common/error.h"
#include "common/kill.h"
#include "common/own.h"
#include "common/victims.h"

struct ct_killing {
	struct ct_hierarchies *all;
	struct ct_container *container;
	const struct ct_kill *how;
	struct ct_own *own;	/* left alone */
	uint64_t deadline;	/* by ct_clock() */
	bool cannot_hold;	/* was tried, and failed or did not help */
	int holds;		/* how often all have been held still, and killed so */
};

/* Kills until nothing is left. */
int ct_kill_all(struct ct_killing *killing, struct ct_error *err);

/* Who is there now, but for own. */
int ct_kill_look(const struct ct_killing *killing, struct ct_reach *ret_reach,
		 struct ct_victims *ret_victims, struct ct_error *err);

/* Tells the progress. -EINTR: interrupted; -ETIMEDOUT: err names who is left. */
int ct_kill_check_time(const struct ct_killing *killing, const struct ct_reach *reach,
		       const struct ct_victims *left, struct ct_error *err);

/*
 * Sleeps in steps that grow: each look takes time from those that are dying, and there is little
 * to see before most of them are. left is how many there are, *before how many there were.
 */
void ct_kill_rest(uint64_t *pause, size_t left, size_t *before);
