// SPDX-License-Identifier: MIT
/* Names of containers, as a user gives them. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/container.h"
#include "common/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must be true of every name that is accepted. */
static void check_accepted(char *name)
{
	if (!*name || *name == '/' || strlen(name) >= PATH_MAX)
		abort();
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			abort();
	for (char *rest = name, *word; (word = strsep(&rest, "/"));)
		if (!*word || strlen(word) > NAME_MAX || !strcmp(word, ".") || !strcmp(word, "..") ||
		    !strcmp(word, "tasks") || !strncmp(word, "cgroup.", 7))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *name = strndup((const char *)data, size);
	struct ct_error err = { 0 };
	int result;

	if (!name)
		return 0;
	result = ct_name_check(name, &err);
	if (result == 0 && *err.text)
		abort();
	if (result == 0)
		check_accepted(name);
	else if ((result != -EINVAL && result != -ENAMETOOLONG) || result != -err.code || !*err.text)
		abort();
	return 0;
}
