// SPDX-License-Identifier: MIT
#include "common/devices.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

/* Whether list lets the device, "c 1:3 ", be used so: 'r', 'w' or 'm'. */
static bool lets(const char *list, const char *device, size_t length, char access)
{
	for (const char *at = list; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, device, length) && memchr(at + length, access, strcspn(at + length, "\n")))
			return true;
	}
	return false;
}

static void print_rest(const char *line, size_t length, const char *wanted, FILE *file)
{
	const char *blank = memrchr(line, ' ', length);
	size_t device = blank ? (size_t)(blank - line) + 1 : length;
	bool any = false;

	for (size_t i = device; i < length; i++) {
		if (lets(wanted, line, device, line[i]))
			continue;
		if (!any)
			fprintf(file, "%.*s", (int)device, line);
		fputc(line[i], file);
		any = true;
	}
	if (any)
		fputc('\n', file);
}

char *ct_devices_without(const char *list, const char *wanted)
{
	autofree char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	for (const char *at = list; *at; at += strcspn(at, "\n"), at += *at == '\n')
		print_rest(at, strcspn(at, "\n"), wanted, file);
	return fclose(file) == 0 ? ct_take_ptr(text) : NULL;
}
