// SPDX-License-Identifier: MIT
/* Lists of namespaces, as -N takes them; and names of containers, as pins lie by them. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/nssource.h"
#include "common/pindir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What it is understood as must be understood as the same. */
static void check_list(const char *list)
{
	ct_cleanup(ct_nssource_clear) struct ct_nssource source = { 0 }, again = { 0 };
	autofree char *text = NULL, *second = NULL;
	struct ct_error err = { 0 };
	int result = ct_nssource_parse(list, &source, &err);

	if (result < 0 && (result != -EINVAL || !*err.text || source.words))
		abort();
	if (result < 0 || ct_nssource_text(&source, &text) < 0 || !*text)
		return;
	if (ct_nssource_parse(text, &again, &err) < 0 || ct_nssource_text(&again, &second) < 0 ||
	    strcmp(text, second) != 0)
		abort();
}

/* No component is a pin or the record, and the name can be told from its code. */
static void check_name(const char *path)
{
	char name[PATH_MAX], decoded[PATH_MAX], *out = decoded;

	if (ct_pindir_encode(path, name, sizeof(name)) < 0)
		return;
	for (char *rest = name, *word; (word = strsep(&rest, "/"));) {
		if (!strcmp(word, "net") || !strcmp(word, "pid") || !strcmp(word, "id"))
			abort();
		out = stpcpy(out, word + (*word == '+'));
		*out++ = rest ? '/' : '\0';
	}
	if (strcmp(decoded, path) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = strndup((const char *)data, size);

	if (!text)
		return 0;
	check_list(text);
	check_name(text);
	return 0;
}
