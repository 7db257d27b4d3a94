/* SPDX-License-Identifier: MIT */
/*
 * Shows how many are left (common/progress.h): from a second on, in one line of the terminal that
 * stderr is, which is written anew in place, ten times a second at most. Nothing, if stderr is no
 * terminal, or another process group has it, or it takes nothing at the moment (^S): ct
 * must not be stopped or held up while it holds others still.
 */
#pragma once

/* What follows works on object, an operand; NULL: on several things at once. */
void progress_begin(const char *object);

/* It is done: the line is wiped. */
void progress_end(void);

/* Wipes the line, if one is shown, because something else is to be written there. */
void progress_wipe(void);
