// SPDX-License-Identifier: MIT
#include "cmd/progress.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "cmd/applet.h"
#include "cmd/report.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/progress.h"

enum {
	QUIET = 1000000,	/* microseconds before the first line */
	EACH = 100000,		/* and between two */
	MOST_BYTES = 512,	/* of a name, however wide the terminal is */
};

static struct {
	const char *object;
	uint64_t next;	/* when the line may be written */
	size_t shown;	/* columns it has now */
} line;

/* A write by a background job may stop it, one to a terminal that is held (^S) blocks. */
static bool takes_text(void)
{
	struct pollfd terminal = { .fd = STDERR_FILENO, .events = POLLOUT };

	return tcgetpgrp(STDERR_FILENO) == getpgrp() && poll(&terminal, 1, 0) > 0 &&
	       terminal.revents == POLLOUT;
}

static size_t terminal_width(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

/* How many bytes of text, which are whole characters, take at most width columns. */
static size_t fit(const char *text, size_t width, size_t *ret_columns)
{
	mbstate_t state = { 0 };
	size_t length = 0, rest = strlen(text), bytes;
	wchar_t wide;

	*ret_columns = 0;
	/* marks that take no column could go on for ever */
	for (; rest && length < MOST_BYTES; length += bytes, rest -= bytes) {
		int columns;

		bytes = mbrtowc(&wide, text + length, rest, &state);
		columns = bytes > rest ? -1 : wcwidth(wide);
		if (columns < 0 || *ret_columns + (size_t)columns > width)
			break;
		*ret_columns += (size_t)columns;
	}
	return length;
}

/* "ctkill: web: 312 left", the name or all but the number left out as need be; returns its columns. */
static size_t compose(size_t left, size_t width, char *text, size_t size)
{
	autofree char *safe = line.object ? report_safe(line.object) : NULL;
	size_t program = strlen(globals.program) + 2, columns = 0, bytes = 0;
	size_t number = (size_t)snprintf(text, size, "%zu left", left);
	bool cut;

	if (number > width)
		text[0] = '\0';
	if (number + program > width)
		return number > width ? 0 : number;
	width -= number + program;
	snprintf(text, size, "%s: %zu left", globals.program, left);
	if (!safe || width < 8)
		return number + program;
	bytes = fit(safe, width - 2, &columns);
	cut = safe[bytes];
	if (cut)
		bytes = fit(safe, width - 5, &columns);
	snprintf(text, size, "%s: %.*s%s: %zu left", globals.program, (int)bytes, safe, cut ? "..." : "",
		 left);
	return number + program + columns + (cut ? 3 : 0) + 2;
}

/* The last column stays free, lest the terminal begins another line. */
static void show(size_t left)
{
	char text[2 * MOST_BYTES], padded[4 * MOST_BYTES];
	size_t columns;
	int length;

	if (ct_clock() < line.next || !takes_text())
		return;
	line.next = ct_clock() + EACH;
	columns = compose(left, terminal_width() - 1, text, sizeof(text));
	if (!columns && !line.shown)
		return;
	length = snprintf(padded, sizeof(padded), "\r%s%*s", text,
			  line.shown > columns ? (int)(line.shown - columns) : 0, "");
	if (length > 0 && (size_t)length < sizeof(padded) && write(STDERR_FILENO, padded, (size_t)length) > 0)
		line.shown = columns;
}

void progress_begin(const char *object)
{
	line.object = object;
	line.next = ct_clock() + QUIET;
	ct_progress = isatty(STDERR_FILENO) ? show : NULL;
}

void progress_end(void)
{
	progress_wipe();
	ct_progress = NULL;
}

void progress_wipe(void)
{
	if (line.shown)
		fprintf(stderr, "\r%*s\r", (int)line.shown, "");
	line.shown = 0;
}
