/* SPDX-License-Identifier: MIT */
/*
 * The reaper: one process for each state directory, which removes the marked containers (mark.h)
 * when their last task has ended, and ends when nothing is marked. It is told by inotify(7) of who
 * enters, and on v2 of the last one's end; on v1 it has to look, every 0.8 seconds at most. Between two
 * looks it holds nothing of a hierarchy open: an inotify watch keeps no mount busy.
 */
#pragma once

#include "common/error.h"

/* Starts it, unless it runs; state is the state directory. Not a child of the caller. */
int ct_reaper_start(int state, struct ct_error *err);
