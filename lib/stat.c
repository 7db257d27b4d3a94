// SPDX-License-Identifier: MIT
#include "common/stat.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "lib/handle.h"

/* Which figure is which field, and by which flag it is known. */
static const struct {
	enum ct_figure figure;
	uint64_t flag;
	size_t offset;
} fields[] = {
#define FIELD(figure, flag, name) { figure, flag, offsetof(struct libct_figures, name) }
	FIELD(CT_TASKS, LIBCT_PROCESSES, processes),
	FIELD(CT_CPU, LIBCT_CPU, cpu),
	FIELD(CT_MEMORY, LIBCT_MEMORY, memory),
	FIELD(CT_PEAK, LIBCT_MEMORY_PEAK, memory_peak),
	FIELD(CT_SWAP, LIBCT_SWAP, swap),
	FIELD(CT_IO_READ, LIBCT_IO_READ, io_read),
	FIELD(CT_IO_WRITE, LIBCT_IO_WRITTEN, io_written),
	FIELD(CT_PIDS, LIBCT_PIDS, pids),
	FIELD(CT_LIMIT_MEMORY, LIBCT_MEMORY_LIMIT, memory_limit),
	FIELD(CT_LIMIT_PIDS, LIBCT_PIDS_LIMIT, pids_limit),
};

enum { FIELDS = sizeof(fields) / sizeof(*fields) };

static uint64_t translate(enum ct_freeze_state state)
{
	return state == CT_FROZEN ? LIBCT_IS_FROZEN : state == CT_FREEZING ? LIBCT_FREEZING : LIBCT_THAWED;
}

static void fill(const struct ct_stat *stat, struct libct_figures *ret_own)
{
	for (size_t i = 0; i < FIELDS; i++) {
		if (!ct_figure_is_known(&stat->figures, fields[i].figure))
			continue;
		ret_own->known |= fields[i].flag;
		memcpy((char *)ret_own + fields[i].offset, &stat->figures.values[fields[i].figure], sizeof(uint64_t));
	}
	if (stat->freeze != CT_NO_FREEZER)
		ret_own->known |= LIBCT_STATE;
	ret_own->state = translate(stat->freeze);
	ret_own->when = stat->when;
}

static int read_stat(const struct libct *ct, const char *name, struct libct_figures *ret_stat, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	struct libct_figures own = { .size = ret_stat->size };
	struct ct_stat stat = { .freeze = CT_NO_FREEZER };
	uint32_t wanted = 0;
	int result = handle_check(ct, name, 0, 0, err);

	if (result >= 0 && own.size < offsetof(struct libct_figures, processes))
		result = ct_failx(err, EINVAL, "%s: the structure has no size: begin with LIBCT_FIGURES_INIT", name);
	if (result >= 0)
		result = handle_container(ct, name, &all, &container, err);
	if (result < 0)
		return result;
	for (size_t i = 0; i < FIELDS; i++)
		wanted |= CT_BIT(fields[i].figure);
	result = ct_stat_read(&container, wanted, &stat, err);
	if (result < 0)
		return ct_fail_in(err, "%s", name);
	fill(&stat, &own);
	memcpy(ret_stat, &own, own.size < sizeof(own) ? own.size : sizeof(own));
	return 0;
}

LIBCT_PUBLIC int libct_stat(const struct libct *ct, const char *container, struct libct_figures *stat,
			    struct libct_error *ret_err)
{
	struct ct_error err = { 0 };
	CALM;

	return handle_tell(ret_err, read_stat(ct, container, stat, &err), &err);
}
