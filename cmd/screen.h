/* SPDX-License-Identifier: MIT */
/*
 * The terminal as a screen, through ncurses, which is loaded for it. There is one screen; between
 * screen_open() and screen_close() nothing else may write to the terminal.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

enum screen_style {
	SCREEN_PLAIN, SCREEN_BOLD, SCREEN_REVERSE,
	SCREEN_GOOD, SCREEN_WARN, SCREEN_BAD, SCREEN_COLD,	/* plain where there are no colours */
};

/* What is no byte that was typed. */
enum screen_key {
	SCREEN_NOTHING = -1,	/* in that time */
	SCREEN_CLOSED = -2,	/* the terminal has gone */
	SCREEN_RESIZED = -3,
	SCREEN_UP = -4, SCREEN_DOWN = -5, SCREEN_PAGE_UP = -6, SCREEN_PAGE_DOWN = -7,
	SCREEN_HOME = -8, SCREEN_END = -9, SCREEN_ERASE = -10, SCREEN_ENTER = -11, SCREEN_ESCAPE = -12,
};

/* Colours are used where the terminal has them and NO_COLOR is not set (no-color.org). */
int screen_open(struct ct_error *err);
void screen_close(void);

void screen_size(int *ret_rows, int *ret_columns);

/* Whether it shows more than ASCII. */
bool screen_is_unicode(void);

void screen_clear(void);

/*
 * Writes text, in the locale's encoding and without controls, cut or filled up with blanks to
 * width columns, or aligned to the right of them if width is negative.
 */
void screen_put(int row, int column, int width, enum screen_style style, const char *text);

/* Makes what was put visible. */
void screen_show(void);

/* Waits so many milliseconds for a key: a byte, or an enum screen_key. */
int screen_key(uint64_t milliseconds);
