// SPDX-License-Identifier: MIT
/* /proc/self/mountinfo: paths in it are chosen by whoever mounts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/mountinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ct_cleanup(ct_mountinfo_clear) struct ct_mountinfo mounts = { 0 };
	char *text = strndup((const char *)data, size);
	const char *end;

	if (!text)
		return 0;
	end = text + strlen(text);
	if (ct_mountinfo_parse(text, &mounts) < 0)
		abort();
	for (size_t i = 0; i < mounts.count; i++) {
		const struct ct_mount *mount = &mounts.items[i];
		const char *const strings[] = { mount->root, mount->mountpoint, mount->options };

		if (mount->version != 1 && mount->version != 2)
			abort();
		for (size_t j = 0; j < 3; j++)
			if (strings[j] < mounts.text || strings[j] + strlen(strings[j]) > end)
				abort();
		if (mount->root >= mount->mountpoint || mount->mountpoint >= mount->options)
			abort();
	}
	return 0;
}
