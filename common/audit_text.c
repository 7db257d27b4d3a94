// SPDX-License-Identifier: MIT
#include "common/audit_text.h"

#include <stdio.h>
#include <string.h>

#include <bsd/string.h>

/* Characters that a value may take. Their sum leaves room for what is always short. */
enum { NAME = 4000, LABELS = 500, COMMAND = 1500, PIDS = 1500 };

static bool is_plain(const char *value)
{
	for (; *value; value++)
		/* the kernel puts the text between single quotes */
		if (*value <= ' ' || *value >= 0x7f || *value == '"' || *value == '\'')
			return false;
	return true;
}

static void append(char *text, size_t size, const char *more)
{
	strlcat(text, more, size);
}

static void append_hex(char *text, size_t size, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char digits[3];

		snprintf(digits, sizeof(digits), "%02X", (unsigned char)bytes[i]);
		append(text, size, digits);
	}
}

void ct_audit_encode(char *text, size_t size, const char *name, const char *value, size_t most)
{
	static const char mark[] = "...";
	bool plain = is_plain(value);
	size_t width = plain ? 1 : 2, length = strlen(value);
	bool cut = length * width > most;
	size_t start = strlen(text);

	if (cut)
		length = most / width - strlen(mark);
	append(text, size, " ");
	append(text, size, name);
	append(text, size, plain ? "=\"" : "=");
	start = strlen(text);
	if (plain)
		snprintf(text + start, size - start, "%.*s", (int)length, value);
	else
		append_hex(text, size, value, length);
	if (cut && plain)
		append(text, size, mark);
	else if (cut)
		append_hex(text, size, mark, strlen(mark));
	if (plain)
		append(text, size, "\"");
}

static void append_number(char *text, const char *name, int number)
{
	char field[32];

	snprintf(field, sizeof(field), " %s=%d", name, number);
	append(text, CT_AUDIT_TEXT, field);
}

/* "1,2,3", or of too many the first and how many there are more: "1,2,3,+4". */
static void append_pids(char *text, const struct ct_audit *record)
{
	size_t start = strlen(text);

	append(text, CT_AUDIT_TEXT, " vm-pid=");
	for (size_t i = 0; i < record->count; i++) {
		bool full = strlen(text) - start > PIDS;
		char field[32];

		snprintf(field, sizeof(field), "%s%s%zd", i ? "," : "", full ? "+" : "",
			 full ? (ssize_t)(record->count - i) : (ssize_t)record->pids[i]);
		append(text, CT_AUDIT_TEXT, field);
		if (full)
			break;
	}
}

void ct_audit_text(const struct ct_audit *record, const char *reason, char text[CT_AUDIT_TEXT])
{
	snprintf(text, CT_AUDIT_TEXT, "virt=ct%s op=%s reason=%s",
		 strcmp(record->op, "set") ? "" : " resrc=cgroup", record->op, reason);
	if (record->container)
		ct_audit_encode(text, CT_AUDIT_TEXT, "vm", record->container, NAME);
	if (record->hierarchies)
		ct_audit_encode(text, CT_AUDIT_TEXT, "cgroup", record->hierarchies, LABELS);
	if (record->path)
		ct_audit_encode(text, CT_AUDIT_TEXT, "path", record->path, record->container ? LABELS : NAME);
	if (record->filesystem)
		ct_audit_encode(text, CT_AUDIT_TEXT, "new-fs", record->filesystem, LABELS);
	if (record->command)
		ct_audit_encode(text, CT_AUDIT_TEXT, "cmd", record->command, COMMAND);
	if (record->signal)
		append_number(text, "sig", record->signal);
	if (record->count)
		append_pids(text, record);
	if (record->error)
		append_number(text, "errno", record->error);
}
