/* SPDX-License-Identifier: MIT */
/*
 * The figures of a container: what each is called, its unit, and which file of which
 * controller tells it on v1 and on v2. One that no hierarchy of the container tells is
 * absent, which is not zero. Documentation/admin-guide/cgroup-v2.rst; cgroup-v1/:
 * cpuacct.rst, memory.rst, pids.rst, blkio-controller.rst; accounting/psi.rst.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cgroup.h"

enum ct_figure {
	CT_TASKS, CT_THREADS, CT_FILES,	/* counted, see ct_stat_read() and ct_stat_files() */
	CT_CPU_PERCENT,			/* made of two, see ct_stat_rate() */
	CT_CPU, CT_MEMORY, CT_PEAK, CT_SWAP, CT_IO_READ, CT_IO_WRITE, CT_PIDS,
	CT_PRESSURE_CPU, CT_PRESSURE_MEMORY, CT_PRESSURE_IO,	/* of the last ten seconds */
	CT_STALL_CPU, CT_STALL_MEMORY, CT_STALL_IO,		/* since it was made */
	CT_LIMIT_CPU, CT_LIMIT_MEMORY, CT_LIMIT_PIDS,		/* absent where there is none */
	CT_FIGURES
};

enum ct_unit {
	CT_COUNT,
	CT_BYTES,
	CT_NANOSECONDS,
	CT_PERCENT,	/* in hundredths; of one CPU, or of the time */
};

struct ct_figures {
	uint64_t values[CT_FIGURES];
	uint32_t known;		/* CT_BIT()s of those that are not absent */
};

#define CT_BIT(figure) (UINT32_C(1) << (figure))

const char *ct_figure_name(enum ct_figure figure);
enum ct_unit ct_figure_unit(enum ct_figure figure);

bool ct_figure_is_known(const struct ct_figures *figures, enum ct_figure figure);
void ct_figure_set(struct ct_figures *figures, enum ct_figure figure, uint64_t value);

/*
 * Reads those of the wanted figures (CT_BIT()s) that files tell; for each the first of the places
 * that has it is asked, which are opened for it. A file that is not there or may not be read
 * leaves its figure absent. 0 or -ENOMEM, like a system call.
 */
int ct_figures_read(struct ct_place *places, size_t count, uint32_t wanted,
		    struct ct_figures *figures);

/*
 * What the text of a figure's file in a hierarchy of that version says; false if it says nothing,
 * or that there is no limit. The text of v1's CPU limit is that of its two files.
 */
bool ct_figure_parse(enum ct_figure figure, unsigned version, const char *text, uint64_t *ret_value);
