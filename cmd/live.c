// SPDX-License-Identifier: MIT
#include "cmd/live.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "cmd/applet.h"
#include "cmd/live_state.h"
#include "cmd/report.h"
#include "cmd/screen.h"
#include "common/audit.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/freeze.h"
#include "common/interrupt.h"
#include "common/kill.h"

enum { PATIENCE = 2000 }; /* milliseconds that a key may take */

static const char *const sorts[] = { "CPU%", "MEMORY", "TASKS", NULL }; /* NULL: by name */

static void say(struct live *live, const char *text)
{
	autofree char *safe = report_safe(text);

	strlcpy(live->message, safe ? safe : "out of memory", sizeof(live->message));
}

static int look(struct live *live, struct ct_error *err)
{
	ct_cleanup(sample_clear) struct sample fresh = { 0 };
	int status = sample_take(live->all, &live->request, &fresh, err);
	int result = status < 0 ? status : sample_rate(&live->sample, &fresh, err);

	if (result >= 0)
		result = history_add(&live->histories, &fresh, ct_clock(), err);
	if (result < 0)
		return result;
	if (fresh.unknown && !live->sample.unknown)
		say(live, fresh.why.text);
	sample_clear(&live->sample);
	live->sample = fresh;
	fresh = (struct sample){ 0 };
	return live_arrange(live, err);
}

/* ---- Keys ------------------------------------------------------------------------- */

static void move_cursor(struct live *live, long by)
{
	long at = (long)live->cursor + by, last = (long)live->row_count - 1;

	at = at > last ? last : at;
	live->cursor = at < 0 ? 0 : (size_t)at;
	free(live->selected);
	live->selected = NULL;
	if (live->row_count)
		live->selected = strdup(live->sample.found.items[live->rows[live->cursor]].name);
}

/* What the keys do to the container that the cursor is on. */
static void act(struct live *live, int (*action)(struct live *live, struct ct_container *container,
						 struct ct_error *err))
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	struct ct_error err = { 0 };
	sigset_t before;
	int result;

	if (!live->selected)
		return;
	ct_interrupt_hold(&before); /* what is held still must not stay so */
	result = ct_audit_begin(globals.program, &err);
	if (result >= 0)
		result = ct_container_open(live->all, live->selected, false, &container, &err);
	if (result >= 0)
		result = action(live, &container, &err);
	if (result < 0) {
		ct_fail_in(&err, "%s", live->selected);
		say(live, err.text);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static int freeze_or_thaw(struct live *live, struct ct_container *container, struct ct_error *err)
{
	const struct ct_stat *stat = &live->sample.stats[live->rows[live->cursor]];

	if (stat->freeze == CT_FROZEN || stat->freeze == CT_FREEZING)
		return ct_freeze_thaw(live->all, container, err);
	return ct_freeze_apply(live->all, container, PATIENCE, err);
}

static int kill_all(struct live *live, struct ct_container *container, struct ct_error *err)
{
	const struct ct_kill how = { .signal = SIGKILL, .recursive = true, .wait = true, .timeout = PATIENCE };

	ct_cleanup(ct_own_clear) struct ct_own own = { 0 }; /* nobody: they are refused without how.self */

	return ct_kill(live->all, container, &how, &own, err);
}

static void ask(struct live *live)
{
	char text[sizeof(live->message)];

	if (!live->selected)
		return;
	snprintf(text, sizeof(text), "kill everything in and below %s? y or n", live->selected);
	say(live, text);
	live->mode = LIVE_KILL;
}

static void next_sort(struct live *live)
{
	size_t count = sizeof(sorts) / sizeof(*sorts), i = 0;

	while (i < count && (!sorts[i] != !live->sort || (sorts[i] && strcmp(sorts[i], live->sort) != 0)))
		i++;
	live->sort = sorts[i < count ? (i + 1) % count : 0];
}

/* A character, which may be several bytes. */
static void erase_last(char *text)
{
	size_t length = strlen(text);

	while (length && (text[--length] & 0xc0) == 0x80)
		;
	text[length] = '\0';
}

static void edit_filter(struct live *live, int key)
{
	size_t length = strlen(live->filter);

	if (key == SCREEN_ESCAPE)
		*live->filter = '\0';
	if (key == SCREEN_ESCAPE || key == SCREEN_ENTER)
		live->mode = LIVE_LOOK;
	else if (key == SCREEN_ERASE)
		erase_last(live->filter);
	else if (key >= ' ' && length + 1 < sizeof(live->filter))
		snprintf(live->filter + length, 2, "%c", key);
}

/* Whether the screen is to go on. */
static bool command(struct live *live, int key)
{
	long page = (long)live_room();

	switch (key) {
	case 'q': return false;
	case 's': next_sort(live); break;
	case 't': live->tree = !live->tree; break;
	case '/': live->mode = LIVE_FILTER; break;
	case 'f': act(live, freeze_or_thaw); break;
	case 'k': ask(live); break;
	case SCREEN_UP: move_cursor(live, -1); break;
	case SCREEN_DOWN: move_cursor(live, 1); break;
	case SCREEN_PAGE_UP: move_cursor(live, -page); break;
	case SCREEN_PAGE_DOWN: move_cursor(live, page); break;
	case SCREEN_HOME: move_cursor(live, -(long)live->row_count); break;
	case SCREEN_END: move_cursor(live, (long)live->row_count); break;
	default: break;
	}
	return true;
}

static bool handle(struct live *live, int key)
{
	enum live_mode mode = live->mode;

	if (key == SCREEN_CLOSED)
		return false;
	if (key == SCREEN_RESIZED)
		return true;
	if (mode == LIVE_FILTER) {
		edit_filter(live, key);
		return true;
	}
	*live->message = '\0';
	live->mode = LIVE_LOOK;
	if (mode == LIVE_KILL) {
		if (key == 'y' && !live->selected)
			say(live, "it is not there any more: nothing was killed");
		else if (key == 'y')
			act(live, kill_all);
		return true;
	}
	if (!live->selected) /* the first key chooses what it acts on */
		move_cursor(live, 0);
	return command(live, key);
}

static int show(struct live *live, struct ct_error *err)
{
	uint64_t next = ct_clock();
	int result = look(live, err);

	while (result >= 0) {
		uint64_t now = ct_clock();
		int key;

		live_draw(live);
		key = screen_key(next + live->interval * 1000 > now ?
					 (next + live->interval * 1000 - now + 999) / 1000 : 0);
		if (key != SCREEN_NOTHING && !handle(live, key))
			return 0;
		now = ct_clock();
		if (now >= next + live->interval * 1000) {
			next = now;
			result = look(live, err);
		} else if (key != SCREEN_NOTHING) {
			result = live_arrange(live, err);
		}
	}
	return result;
}

int live_run(struct ct_hierarchies *all, const struct sample_request *request,
	     const struct columns_style *style, uint64_t interval, struct ct_error *err)
{
	struct live live = {
		.all = all, .request = *request, .interval = interval, .tree = style->table.tree,
		.files = style->files, .sort = style->sort ? style->sort : sorts[0],
	};
	int result = screen_open(err);

	if (result < 0)
		return result;
	ct_trace = NULL; /* a screen has no lines for --verbose */
	live.request.quiet = true; /* what comes and goes is no failure */
	live.request.wanted |= CT_BIT(CT_CPU) | CT_BIT(CT_MEMORY) | CT_BIT(CT_PIDS) |
			       CT_BIT(CT_LIMIT_CPU) | CT_BIT(CT_LIMIT_MEMORY) | CT_BIT(CT_LIMIT_PIDS);
	result = show(&live, err);
	screen_close();
	sample_clear(&live.sample);
	history_clear(&live.histories);
	free(live.selected);
	free(live.rows);
	free(live.parents);
	return result;
}
