// SPDX-License-Identifier: MIT
/* /proc/PID/stat: the command name in it is chosen by the process. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/proc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever the command is called, the fields behind it are what they are. */
static void surround(const char *command)
{
	autofree char *line = NULL;
	struct ct_proc_stat stat;

	if (asprintf(&line, "7 (%s) S 6 5 4 0 -1 64 0 0 0 0 0 0 0 0 20 0 3 0 99 0", command) < 0) {
		line = NULL;
		return;
	}
	if (ct_proc_parse_stat(line, &stat) < 0 || stat.pid != 7 || stat.ppid != 6 || stat.state != 'S' ||
	    stat.threads != 3 || stat.start != 99 || stat.kernel ||
	    strncmp(stat.command, command, sizeof(stat.command) - 1) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = strndup((const char *)data, size);
	struct ct_proc_stat stat = { .pid = -99 };
	int result;

	if (!text)
		return 0;
	result = ct_proc_parse_stat(text, &stat);
	if (result != 0 && (result != -EBADMSG || stat.pid != -99))
		abort();
	if (result == 0 && strlen(stat.command) >= sizeof(stat.command))
		abort();
	surround(text);
	return 0;
}
