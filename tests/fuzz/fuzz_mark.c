// SPDX-License-Identifier: MIT
/* Marks: what parses is written again as it was. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mark.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *again = NULL;
	struct ct_mark mark = { 0 };

	if (text && ct_mark_parse(text, &mark) == 0) {
		struct ct_mark second = { 0 };

		if (ct_mark_text(&mark, &again) < 0 || ct_mark_parse(again, &second) < 0 ||
		    strcmp(mark.name, second.name) != 0 || mark.count != second.count)
			abort();
		ct_mark_clear(&second);
	}
	ct_mark_clear(&mark);
	free(again);
	free(text);
	return 0;
}
