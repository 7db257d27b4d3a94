// SPDX-License-Identifier: MIT
#include "cmd/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_NOMACROS 1
#include <ncurses.h>

#include "common/dlopen.h"

CT_DLOPEN_NOTE(note, "[{\"feature\":\"screen\",\"description\":\"the live screen of ctstat\","
		     "\"priority\":\"suggested\",\"soname\":[\"libncursesw.so.6\"]}]");

#define FUNCTIONS(X)                                                                  \
	X(newterm) X(delscreen) X(endwin) X(newwin) X(cbreak) X(noecho) X(nonl) X(keypad) \
	X(nodelay) X(wgetch) X(werase) X(wmove) X(waddnstr) X(wattrset) X(wrefresh)   \
	X(has_colors) X(start_color) X(use_default_colors) X(init_pair) X(curs_set)   \
	X(getmaxx) X(getmaxy) X(set_escdelay) X(COLOR_PAIR) X(tigetstr)

#define POINTER(function) __typeof__(function) *function;
static struct { FUNCTIONS(POINTER) } lib;

#define SYMBOL(function) { #function, &lib.function },
static const struct ct_symbol symbols[] = { FUNCTIONS(SYMBOL) };

static SCREEN *terminal;
static WINDOW *window;
static bool has_color, is_unicode;

/* Those that are no attribute alone. */
static const short colors[] = {
	[SCREEN_GOOD] = COLOR_GREEN, [SCREEN_WARN] = COLOR_YELLOW, [SCREEN_BAD] = COLOR_RED,
	[SCREEN_COLD] = COLOR_CYAN,
};

static void set_up_colors(void)
{
	const char *none = getenv("NO_COLOR");

	has_color = !(none && *none) && lib.has_colors() && lib.start_color() == OK;
	if (!has_color)
		return;
	lib.use_default_colors();
	for (short i = SCREEN_GOOD; i <= SCREEN_COLD; i++)
		lib.init_pair(i, colors[i], -1);
}

/* Without that, as on "dumb", ncurses draws all in one line. */
static bool moves_cursor(void)
{
	const char *move = lib.tigetstr("cup");

	return move && move != (const char *)-1;
}

int screen_open(struct ct_error *err)
{
	const char *name = getenv("TERM");
	int result = ct_dlopen("libncursesw.so.6", "libncursesw6 or ncurses-libs", symbols,
			       sizeof(symbols) / sizeof(*symbols), err);

	if (result < 0)
		return result;
	setlocale(LC_ALL, "");
	is_unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
	terminal = lib.newterm(NULL, stdout, stdin);
	window = terminal && moves_cursor() ? lib.newwin(0, 0, 0, 0) : NULL;
	if (!window) {
		screen_close();
		return ct_failx(err, ENOTTY,
				"no screen can be shown on a terminal of the type '%s': set TERM, or pipe the output to another program",
				name ? name : "");
	}
	lib.cbreak();
	lib.noecho();
	lib.nonl();
	lib.keypad(window, TRUE);
	lib.nodelay(window, TRUE);
	lib.set_escdelay(50);
	lib.curs_set(0);
	set_up_colors();
	return 0;
}

void screen_close(void)
{
	if (terminal) {
		lib.endwin();
		lib.delscreen(terminal);
	}
	terminal = NULL;
	window = NULL;
}

void screen_size(int *ret_rows, int *ret_columns)
{
	*ret_rows = lib.getmaxy(window);
	*ret_columns = lib.getmaxx(window);
}

bool screen_is_unicode(void)
{
	return is_unicode;
}

void screen_clear(void)
{
	lib.werase(window);
}

/* How many bytes of text fill at most width columns, and how many columns those are. */
static size_t fit(const char *text, int width, int *ret_columns)
{
	mbstate_t state = { 0 };
	size_t used = 0;

	*ret_columns = 0;
	while (text[used]) {
		wchar_t wide;
		size_t length = mbrtowc(&wide, text + used, MB_CUR_MAX, &state);
		int columns = length > MB_CUR_MAX ? -1 : wcwidth(wide);

		if (columns < 0 || *ret_columns + columns > width)
			break;
		*ret_columns += columns;
		used += length;
	}
	return used;
}

void screen_put(int row, int column, int width, enum screen_style style, const char *text)
{
	int most = abs(width), columns, rows, all;
	size_t length;

	screen_size(&rows, &all);
	if (row < 0 || row >= rows || column >= all)
		return;
	most = column + most > all ? all - column : most;
	length = fit(text, most, &columns);
	lib.wattrset(window, style == SCREEN_BOLD ? (int)A_BOLD : style == SCREEN_REVERSE ? (int)A_REVERSE :
			     style >= SCREEN_GOOD && has_color ? lib.COLOR_PAIR((int)style) : (int)A_NORMAL);
	lib.wmove(window, row, column);
	for (int i = columns; width < 0 && i < most; i++)
		lib.waddnstr(window, " ", 1);
	lib.waddnstr(window, text, (int)length);
	for (int i = columns; width > 0 && i < most; i++)
		lib.waddnstr(window, " ", 1);
	lib.wattrset(window, (int)A_NORMAL);
}

void screen_show(void)
{
	lib.wrefresh(window);
}

static int translate(int key)
{
	static const struct {
		int key, meaning;
	} keys[] = {
		{ KEY_UP, SCREEN_UP }, { KEY_DOWN, SCREEN_DOWN }, { KEY_PPAGE, SCREEN_PAGE_UP },
		{ KEY_NPAGE, SCREEN_PAGE_DOWN }, { KEY_HOME, SCREEN_HOME }, { KEY_END, SCREEN_END },
		{ KEY_BACKSPACE, SCREEN_ERASE }, { 0x7f, SCREEN_ERASE }, { '\b', SCREEN_ERASE },
		{ KEY_ENTER, SCREEN_ENTER }, { '\r', SCREEN_ENTER }, { '\n', SCREEN_ENTER },
		{ 0x1b, SCREEN_ESCAPE }, { KEY_RESIZE, SCREEN_RESIZED },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].key == key)
			return keys[i].meaning;
	return key >= 0 && key <= 0xff ? key : SCREEN_NOTHING;
}

/* ncurses does not tell a terminal that has gone from one at which nobody types. */
int screen_key(uint64_t milliseconds)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	int key = lib.wgetch(window);

	if (key == ERR && poll(&input, 1, (int)milliseconds) != 0) /* a signal: of a new size */
		key = lib.wgetch(window);
	if (key == ERR)
		return input.revents & (POLLHUP | POLLERR | POLLNVAL) ? SCREEN_CLOSED : SCREEN_NOTHING;
	return translate(key);
}
