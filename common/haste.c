// SPDX-License-Identifier: MIT
#include "common/haste.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/hierarchy.h"

void ct_haste_warm_up(struct ct_hierarchy *hierarchy)
{
	ct_cleanup(ct_place_clear) struct ct_place here = { .hierarchy = hierarchy, .fd = -1 };
	struct ct_error ignored; /* then the tasks wait */
	pid_t self = getpid();
	size_t done;

	if (ct_hierarchy_locate_path(hierarchy, hierarchy->self, &here.path) == 0)
		hierarchy->ops->attach(&here, CT_ATTACH_PROCESS, &self, 1, &done, &ignored);
}

/* "0.20 0.18 0.12 1/80 11206": the fourth is how many run, see proc_loadavg(5). */
bool ct_haste_is_crowded(void)
{
	enum { CROWD = 64 };
	unsigned long running;
	char text[128];

	return ct_file_read_into(AT_FDCWD, "/proc/loadavg", text, sizeof(text)) > 0 &&
	       sscanf(text, "%*s %*s %*s %lu", &running) == 1 && running > CROWD;
}

bool ct_haste_begin(void)
{
	const struct sched_param param = { .sched_priority = 1 };

	return sched_getscheduler(0) == SCHED_OTHER &&
	       sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) == 0;
}

void ct_haste_end(bool hastened)
{
	const struct sched_param param = { .sched_priority = 0 };

	if (hastened)
		sched_setscheduler(0, SCHED_OTHER, &param);
}
