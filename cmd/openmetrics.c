// SPDX-License-Identifier: MIT
#include "cmd/openmetrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/utf8.h"
#include "common/cleanup.h"

/*
 * Counters, those that end in _total, have no TYPE: OpenMetrics names it without that
 * ending and the older format with it, and each refuses the other's way.
 */
static const struct {
	enum ct_figure figure;
	const char *name, *help;
} metrics[] = {
	{ CT_TASKS, "tasks", "Processes in the container, not in those below it." },
	{ CT_THREADS, "threads", "Threads in the container, not in those below it." },
	{ CT_FILES, "open_files", "Distinct open files of the tasks in the container." },
	{ CT_PIDS, "pids", "Tasks that count against the limit, those below included." },
	{ CT_LIMIT_PIDS, "pids_limit", "How many tasks it may have." },
	{ CT_CPU, "cpu_seconds_total", "CPU time that it has used." },
	{ CT_LIMIT_CPU, "cpu_limit_cores", "How many CPUs it may use." },
	{ CT_MEMORY, "memory_bytes", "Memory in use." },
	{ CT_PEAK, "memory_peak_bytes", "Most memory that was in use." },
	{ CT_SWAP, "swap_bytes", "Swap in use." },
	{ CT_LIMIT_MEMORY, "memory_limit_bytes", "How much memory it may use." },
	{ CT_IO_READ, "io_read_bytes_total", "Bytes read from devices." },
	{ CT_IO_WRITE, "io_written_bytes_total", "Bytes written to devices." },
	{ CT_STALL_CPU, "pressure_cpu_waiting_seconds_total", "Time that tasks have waited for a CPU." },
	{ CT_STALL_MEMORY, "pressure_memory_waiting_seconds_total", "Time that tasks have waited for memory." },
	{ CT_STALL_IO, "pressure_io_waiting_seconds_total", "Time that tasks have waited for devices." },
};

enum { METRICS = sizeof(metrics) / sizeof(*metrics) };

static bool controls(const char *text)
{
	return ((unsigned char)*text < ' ' && *text != '\n') || *text == 0x7f || utf8_is_c1(text);
}

/*
 * A label is UTF-8, and two names must not become one, or a collector refuses everything: a byte
 * that is no character becomes U+FFFD and its two digits, U+FFFD itself U+FFFD and 00.
 */
static char *label(const char *name, bool terminal)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *text = malloc(5 * strlen(name) + 1), *to = text;

	while (text && *name) {
		size_t length = utf8_length(name);

		if (terminal && controls(name))
			length = 0;
		if (!length || !strncmp(name, replacement, 3)) {
			to += snprintf(to, 6, "%s%02x", replacement, length ? 0 : (unsigned char)*name);
			name += length ? length : 1;
			continue;
		}
		if (*name == '\\' || *name == '"' || *name == '\n')
			*to++ = '\\';
		memcpy(to, name, length);
		if (*name == '\n')
			*to = 'n';
		to += length;
		name += length;
	}
	if (text)
		*to = '\0';
	return text;
}

static void print_value(enum ct_figure figure, uint64_t value)
{
	switch (ct_figure_unit(figure)) {
	case CT_NANOSECONDS:
		printf("%" PRIu64 ".%09" PRIu64 "\n", value / 1000000000, value % 1000000000);
		break;
	case CT_PERCENT:
		printf("%" PRIu64 ".%04" PRIu64 "\n", value / 10000, value % 10000);
		break;
	default:
		printf("%" PRIu64 "\n", value);
		break;
	}
}

static void print_head(const char *name, const char *help)
{
	size_t length = strlen(name);

	if (length < 6 || strcmp(name + length - 6, "_total") != 0)
		printf("# TYPE ct_container_%s gauge\n", name);
	printf("# HELP ct_container_%s %s\n", name, help);
}

/* All of a metric together, as both formats want it; nothing at all if nobody has it. */
static void print_metric(size_t metric, const struct sample *sample, char *const *labels)
{
	enum ct_figure figure = metrics[metric].figure;
	bool begun = false;

	for (size_t i = 0; i < sample->found.count; i++) {
		const struct ct_figures *figures = &sample->stats[i].figures;

		if (!labels[i] || !ct_figure_is_known(figures, figure))
			continue;
		if (!begun)
			print_head(metrics[metric].name, metrics[metric].help);
		begun = true;
		printf("ct_container_%s{name=\"%s\"} ", metrics[metric].name, labels[i]);
		print_value(figure, figures->values[figure]);
	}
}

static void print_frozen(const struct sample *sample, char *const *labels)
{
	bool begun = false;

	for (size_t i = 0; i < sample->found.count; i++) {
		if (!labels[i] || sample->stats[i].freeze == CT_NO_FREEZER)
			continue;
		if (!begun)
			print_head("frozen", "Whether its tasks stand still, 1 or 0.");
		begun = true;
		printf("ct_container_frozen{name=\"%s\"} %d\n", labels[i],
		       sample->stats[i].freeze == CT_FROZEN);
	}
}

/* A label for each container but those that were named before. */
static int make_labels(const struct sample *sample, bool terminal, char **labels)
{
	autofree size_t *index = sample_index(sample);
	const char *last = NULL;

	for (size_t i = 0; index && i < sample->found.count; i++) {
		const char *name = sample->found.items[index[i]].name;

		if (!last || strcmp(last, name) != 0) {
			labels[index[i]] = label(name, terminal);
			if (!labels[index[i]])
				return -ENOMEM;
		}
		last = name;
	}
	return index ? 0 : -ENOMEM;
}

int openmetrics_print(const struct sample *sample, bool terminal, struct ct_error *err)
{
	autofree char **labels = calloc(sample->found.count + 1, sizeof(*labels));
	int result = labels ? make_labels(sample, terminal, labels) : -ENOMEM;

	for (size_t i = 0; result >= 0 && i < METRICS; i++)
		print_metric(i, sample, labels);
	if (result >= 0)
		print_frozen(sample, labels);
	if (result >= 0)
		printf("# EOF\n");
	for (size_t i = 0; labels && i < sample->found.count; i++)
		free(labels[i]);
	return result < 0 ? ct_failx(err, -result, "out of memory") : 0;
}
