// SPDX-License-Identifier: MIT
/* The texts of a container's figures: the first two bytes choose which. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/figure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = size < 2 ? NULL : strndup((const char *)data + 2, size - 2);
	uint64_t value = 99;
	bool known;

	if (!text)
		return 0;
	known = ct_figure_parse(data[0] % CT_FIGURES, 1 + data[1] % 2, text, &value);
	/* a figure begins with a digit somewhere; without one only v2's empty io.stat is one */
	if (known && !strpbrk(text, "0123456789") && value != 0)
		abort();
	return 0;
}
