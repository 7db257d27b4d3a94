// SPDX-License-Identifier: MIT
#include "common/error.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * A container's name may be longer than the text. The beginning says which
 * object, the end says what is wrong with it: what is too long loses its middle.
 */
static void set_text(struct ct_error *err, const char *text)
{
	static const char gap[] = " [...] ";
	size_t length = strlen(text), room = sizeof(err->text) - 1;
	size_t head = (room - strlen(gap)) / 3, tail = room - strlen(gap) - head;

	if (length <= room)
		snprintf(err->text, sizeof(err->text), "%s", text);
	else
		snprintf(err->text, sizeof(err->text), "%.*s%s%s", (int)head, text, gap,
			 text + length - tail);
}

__attribute__((format(printf, 3, 0))) static void set_format(struct ct_error *err, const char *before, const char *format,
		       va_list arguments, const char *after)
{
	char text[2 * PATH_MAX], all[sizeof(text) + sizeof(err->text) + 16];

	vsnprintf(text, sizeof(text), format, arguments);
	snprintf(all, sizeof(all), "%s%s%s", before, text, after);
	set_text(err, all);
}

int ct_fail(struct ct_error *err, const char *format, ...)
{
	int code = errno;
	char reason[128];
	va_list arguments;

	snprintf(reason, sizeof(reason), ": %s", strerror(code));
	va_start(arguments, format);
	set_format(err, "", format, arguments, reason);
	va_end(arguments);
	err->code = code;
	return -code;
}

int ct_failx(struct ct_error *err, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	set_format(err, "", format, arguments, "");
	va_end(arguments);
	err->code = code;
	return -code;
}

int ct_fail_in(struct ct_error *err, const char *format, ...)
{
	char after[sizeof(err->text) + 2];
	va_list arguments;

	snprintf(after, sizeof(after), ": %s", err->text);
	va_start(arguments, format);
	set_format(err, "", format, arguments, after);
	va_end(arguments);
	return -err->code;
}

int ct_fail_also(struct ct_error *err, const char *format, ...)
{
	char before[sizeof(err->text) + 2];
	va_list arguments;

	snprintf(before, sizeof(before), "%s; ", err->text);
	va_start(arguments, format);
	set_format(err, before, format, arguments, "");
	va_end(arguments);
	return -err->code;
}
