// SPDX-License-Identifier: MIT
#include "common/exclusive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/value.h"

/* Takes out of list what the container has, if it has that for itself. */
static void leave_out(int container, const char *file, const char *flag, bool *list)
{
	struct ct_error ignored = { 0 }; /* it may be removed meanwhile */
	bool has[CT_VALUE_LIST];
	autofree char *text = NULL;
	char is_exclusive[8];

	if (ct_file_read_into(container, flag, is_exclusive, sizeof(is_exclusive)) < 1 || *is_exclusive != '1' ||
	    ct_file_read(container, file, &text) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	if (ct_value_list(text, has, &ignored) < 0)
		return;
	for (size_t i = 0; i < CT_VALUE_LIST; i++)
		list[i] = list[i] && !has[i];
}

static int print(const bool *list, char **ret_list)
{
	autofree char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return -ENOMEM;
	for (size_t i = 0; i < CT_VALUE_LIST; i++)
		if (list[i])
			fprintf(file, "%s%zu", ftello(file) ? "," : "", i);
	if (fclose(file) != 0)
		return -ENOMEM;
	*ret_list = ct_take_ptr(text);
	return 0;
}

int ct_exclusive_spare(int above, const char *file, char **ret_list)
{
	const char *flag = strcmp(file, "cpuset.mems") ? "cpuset.cpu_exclusive" : "cpuset.mem_exclusive";
	autodir DIR *dir = NULL;
	struct ct_error ignored = { 0 };
	autofree char *text = NULL;
	const struct dirent *entry;
	bool list[CT_VALUE_LIST];
	int result = ct_file_open_dir(above, ".", &dir);

	if (result >= 0)
		result = ct_file_read(above, file, &text);
	if (result < 0)
		return result;
	text[strcspn(text, "\n")] = '\0';
	if (ct_value_list(text, list, &ignored) < 0)
		return -EINVAL;
	while ((entry = readdir(dir))) {
		autoclose int container = -1;

		if (entry->d_type != DT_DIR || *entry->d_name == '.')
			continue;
		container = openat(above, entry->d_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (container >= 0)
			leave_out(container, file, flag, list);
	}
	return print(list, ret_list);
}
