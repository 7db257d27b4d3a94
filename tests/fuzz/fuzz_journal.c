// SPDX-License-Identifier: MIT
/*
 * The lines of a journal. On a machine without hierarchies every step is one of a hierarchy that
 * has gone: what is left is to understand the text.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/recover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ct_hierarchies all = { .proc = AT_FDCWD };
	struct ct_error err = { 0 };
	autofree char *text = strndup((const char *)data, size);
	int result;

	if (!text)
		return 0;
	result = ct_recover_text(&all, text, NULL, &err);
	if (result != 0 && (result != -EBADMSG || err.code != EBADMSG || !strstr(err.text, "makes no sense")))
		abort();
	if (result == 0 && (*err.text || err.torn))
		abort();
	return 0;
}
