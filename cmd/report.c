// SPDX-License-Identifier: MIT
#include "cmd/report.h"

#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBBSD_NETBSD_VIS 1 /* which strnvis() is meant; ours is strvis() */
#include <bsd/vis.h>

#include "cmd/applet.h"
#include "cmd/progress.h"
#include "common/cleanup.h"
#include "common/file.h"

enum { USAGE = 0x10000 }; /* no errno */

char *report_safe(const char *text)
{
	static bool is_set;
	char *safe = malloc(4 * strlen(text) + 1);

	if (!is_set) /* only now: it costs more than all else a command does */
		setlocale(LC_CTYPE, "");
	is_set = true;
	if (safe)
		strvis(safe, text, VIS_CSTYLE | VIS_TAB | VIS_NL | VIS_NOSLASH);
	return safe;
}

static FILE *kept;
static char *kept_text;
static size_t kept_size;

/* Names may be hostile: none controls the terminal or fakes a second line. */
static void say(FILE *to, const char *text)
{
	autofree char *safe = report_safe(text);

	fprintf(to, "%s\n", safe ? safe : "out of memory");
}

/* All that was kept, at once. */
static void say_kept(void)
{
	autofree char *lines = NULL;
	size_t size;
	FILE *joined = open_memstream(&lines, &size);

	for (const char *text = kept_text; text < kept_text + kept_size; text += strlen(text) + 1)
		say(joined ? joined : stderr, text);
	if (joined && fclose(joined) == 0)
		fputs(lines, stderr);
}

/* What is kept is made safe when it is said: that takes longer than to move a task. */
void report_keep(bool keep)
{
	if (keep) {
		kept = open_memstream(&kept_text, &kept_size); /* without memory it is said at once */
		return;
	}
	progress_wipe();
	if (kept && fclose(kept) == 0)
		say_kept();
	free(kept_text);
	kept = NULL;
	kept_text = NULL;
}

char *report_escape(const char *text)
{
	char *escaped = malloc(4 * strlen(text) + 1), *to = escaped;

	for (; escaped && *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			to = vis(to, *text, VIS_CSTYLE | VIS_TAB | VIS_NL | VIS_NOSLASH, text[1]);
		else
			*to++ = *text;
	if (escaped)
		*to = '\0';
	return escaped;
}

void report(const char *format, ...)
{
	char text[2 * PATH_MAX];
	va_list arguments;
	size_t length;

	snprintf(text, sizeof(text), "%s: ", globals.program);
	length = strlen(text);
	va_start(arguments, format);
	vsnprintf(text + length, sizeof(text) - length, format, arguments);
	va_end(arguments);
	if (kept) {
		fwrite(text, strlen(text) + 1, 1, kept);
		return;
	}
	progress_wipe();
	say(stderr, text);
}

/* A name of thousands of bytes would drown what is said of it. */
static void shorten(const char *name, char *buffer, size_t size)
{
	size_t length = strlen(name);

	if (length < size)
		snprintf(buffer, size, "%s", name);
	else
		snprintf(buffer, size, "%.*s[...]%s", (int)(size / 2), name,
			 name + length - size / 3);
}

int report_failure(const char *object, const struct ct_error *err)
{
	char name[300];

	shorten(object, name, sizeof(name));
	report("%s: %s", name, err->text);
	return err->torn ? STATUS_TORN : STATUS_FAILED;
}

int usage_error(struct ct_error *err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(err->text, sizeof(err->text), format, arguments);
	va_end(arguments);
	err->code = USAGE;
	return -USAGE;
}

bool is_usage_error(const struct ct_error *err)
{
	return err->code == USAGE;
}

void report_trace(const char *verb, int dir, const char *name, const char *text)
{
	char path[PATH_MAX] = "";
	bool inside = dir != AT_FDCWD && strcmp(name, ".") != 0;

	if (dir != AT_FDCWD)
		ct_file_path(dir, path, sizeof(path));
	do { /* several lines are several writes */
		int length = text ? (int)strcspn(text, "\n") : 0;

		report("%s %s%s%s%s%.*s", verb, path, inside ? "/" : "",
		       inside || dir == AT_FDCWD ? name : "", text ? ": " : "", length, text ? text : "");
		text = text && text[length] ? text + length + 1 : NULL;
	} while (text && *text);
}
