// SPDX-License-Identifier: MIT
/* A file of containers, as ctcreate --from reads it: whatever is in it, an error has one line number. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ct_config config = { 0 };
	struct ct_error err = { 0 };
	char path[32];
	int fd = memfd_create("config", 0);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (ct_config_read(path, &config, &err) < 0) {
		if (strncmp(err.text, path, strlen(path)) != 0 || config.count)
			abort();
	}
	for (size_t i = 0; i < config.count; i++)
		if (!config.items[i].where)
			abort();
	ct_config_clear(&config);
	close(fd);
	return 0;
}
