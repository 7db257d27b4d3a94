// SPDX-License-Identifier: MIT
/*
 * What v2's files say in the words of v1, and back: Documentation/admin-guide/cgroup-v1/memory.rst,
 * blkio-controller.rst, cpusets.rst, freezer-subsystem.rst; scheduler/sched-bwc.rst.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/param.h"
#include "common/value.h"
#include "common/weight.h"

/* v1 writes the most that its counters hold, in whole pages, large ones perhaps, for no limit. */
static const uint64_t unlimited = INT64_MAX - (UINT64_C(1) << 40);

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 10);
}

static void add(struct ct_param_writes *writes, size_t file, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add(struct ct_param_writes *writes, size_t file, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(writes->items[writes->count].text, sizeof(writes->items->text), format, arguments);
	va_end(arguments);
	writes->items[writes->count++].file = file;
}

static int give(char **ret_value, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int give(char **ret_value, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(ret_value, format, arguments);
	va_end(arguments);
	return length < 0 ? -ENOMEM : 0;
}

static int read_size(const char *const *texts, char **ret_value)
{
	uint64_t size = number(texts[0]);

	return size >= unlimited ? give(ret_value, "max") : give(ret_value, "%" PRIu64, size);
}

static int write_size(const char *value, const char *const *texts, struct ct_param_writes *writes,
		      struct ct_error *err)
{
	(void)texts, (void)err;
	add(writes, 0, "%s", strcmp(value, "max") ? value : "-1");
	return 0;
}

const struct ct_translation ct_param_size = { read_size, write_size, false };

/*
 * v1 limits memory, and memory with swap, which must not be less: what is left for swap stays the
 * same, and the order of the two is that in which both hold all the time.
 */
static int write_memory(const char *value, const char *const *texts, struct ct_param_writes *writes,
			struct ct_error *err)
{
	uint64_t now = number(texts[0]), both = number(texts[1]), size = number(value);
	bool is_max = !strcmp(value, "max");

	(void)err;
	if (!*texts[1] || both >= unlimited) {
		add(writes, 0, "%s", is_max ? "-1" : value);
	} else if (is_max || size > INT64_MAX - (both - now)) {
		add(writes, 1, "-1");
		add(writes, 0, "%s", is_max ? "-1" : value);
	} else {
		bool grows = size > now;

		if (grows)
			add(writes, 1, "%" PRIu64, size + (both - now));
		add(writes, 0, "%s", value);
		if (!grows)
			add(writes, 1, "%" PRIu64, size + (both - now));
	}
	return 0;
}

const struct ct_translation ct_param_memory = { read_size, write_memory, false };

static int read_swap(const char *const *texts, char **ret_value)
{
	uint64_t both = number(texts[0]), memory = number(texts[1]);

	if (both >= unlimited)
		return give(ret_value, "max");
	return give(ret_value, "%" PRIu64, both > memory ? both - memory : 0);
}

static int write_swap(const char *value, const char *const *texts, struct ct_param_writes *writes,
		      struct ct_error *err)
{
	uint64_t memory = number(texts[1]), swap = number(value);

	if (!strcmp(value, "max")) {
		add(writes, 0, "-1");
		return 0;
	}
	if (memory >= unlimited)
		return ct_failx(err, EINVAL,
				"v1 limits swap together with memory, which has no limit here; set memory.max before it");
	if (swap > INT64_MAX - memory)
		return ct_failx(err, ERANGE, "with memory.max that is more than %" PRId64 " bytes", INT64_MAX);
	add(writes, 0, "%" PRIu64, memory + swap);
	return 0;
}

const struct ct_translation ct_param_swap = { read_swap, write_swap, false };
const struct ct_translation ct_param_swap_used = { read_swap, NULL, false };

/* runc and crun take v1's soft limit for memory.low: what stays when memory gets scarce. */
static int read_soft(const char *const *texts, char **ret_value)
{
	uint64_t size = number(texts[0]);

	return give(ret_value, "%" PRIu64, size >= unlimited ? 0 : size);
}

static int write_soft(const char *value, const char *const *texts, struct ct_param_writes *writes,
		      struct ct_error *err)
{
	(void)texts;
	if (number(value) >= unlimited || !strcmp(value, "max")) /* the kernel takes so much for no soft limit */
		return ct_failx(err, EINVAL, "v1's soft limit protects a number of bytes, not all; give one");
	add(writes, 0, "%s", strcmp(value, "0") ? value : "-1");
	return 0;
}

const struct ct_translation ct_param_soft = { read_soft, write_soft, true };

static int read_shares(const char *const *texts, char **ret_value)
{
	return give(ret_value, "%" PRIu64, ct_weight_of_shares(number(texts[0])));
}

static int write_shares(const char *value, const char *const *texts, struct ct_param_writes *writes,
			struct ct_error *err)
{
	(void)texts, (void)err;
	add(writes, 0, "%" PRIu64, ct_weight_to_shares(number(value)));
	return 0;
}

const struct ct_translation ct_param_shares = { read_shares, write_shares, true };

static int read_nice(const char *const *texts, char **ret_value)
{
	return give(ret_value, "%d", ct_weight_to_nice(number(texts[0])));
}

static int write_nice(const char *value, const char *const *texts, struct ct_param_writes *writes,
		      struct ct_error *err)
{
	(void)texts, (void)err;
	add(writes, 0, "%" PRIu64, ct_weight_of_nice((int)strtol(value, NULL, 10)));
	return 0;
}

const struct ct_translation ct_param_nice = { read_nice, write_nice, true };

static int read_quota(const char *const *texts, char **ret_value)
{
	if (*texts[0] == '-')
		return give(ret_value, "max %" PRIu64, number(texts[1]));
	return give(ret_value, "%" PRIu64 " %" PRIu64, number(texts[0]), number(texts[1]));
}

/* Between the two writes neither may be refused for the other: without a quota none is. */
static int write_quota(const char *value, const char *const *texts, struct ct_param_writes *writes,
		       struct ct_error *err)
{
	const char *period = strchr(value, ' ');
	bool is_max = !strncmp(value, "max", 3), changes = period && number(period) != number(texts[1]);

	(void)err;
	if (is_max || changes)
		add(writes, 0, "-1");
	if (changes)
		add(writes, 1, "%" PRIu64, number(period));
	if (!is_max)
		add(writes, 0, "%" PRIu64, number(value));
	return 0;
}

const struct ct_translation ct_param_quota = { read_quota, write_quota, false };

/* The state may be that of a container above; the second file, where there is one, is its own. */
static int read_freeze(const char *const *texts, char **ret_value)
{
	bool frozen = *texts[1] ? *texts[1] == '1' : strncmp(texts[0], "THAWED", 6) != 0;

	return give(ret_value, "%d", frozen);
}

static int write_freeze(const char *value, const char *const *texts, struct ct_param_writes *writes,
			struct ct_error *err)
{
	(void)texts, (void)err;
	add(writes, 0, "%s", *value == '1' ? "FROZEN" : "THAWED");
	return 0;
}

const struct ct_translation ct_param_freeze = { read_freeze, write_freeze, false };

static const char *const io_keys[] = { "rbps", "wbps", "riops", "wiops" };

/* The limit of device[0 … length) in a file of lines "MAJOR:MINOR NUMBER"; 0: it has none. */
static uint64_t device_number(const char *text, const char *device, size_t length)
{
	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, device, length) && text[length] == ' ')
			return number(text + length);
	}
	return 0;
}

static int read_io_max(const char *const *texts, char **ret_value)
{
	autofree char *value = NULL;
	size_t size;
	FILE *file = open_memstream(&value, &size);
	bool any = false;

	if (!file)
		return -ENOMEM;
	for (size_t i = 0; i < 4; i++)
		for (const char *at = texts[i]; *at; at += strcspn(at, "\n"), at += *at == '\n') {
			size_t length = strcspn(at, " ");
			bool shown = false;

			for (size_t before = 0; before < i; before++)
				shown = shown || device_number(texts[before], at, length);
			if (shown)
				continue;
			fprintf(file, "%s%.*s", any ? "\n" : "", (int)length, at);
			any = true;
			for (size_t j = 0; j < 4; j++) {
				uint64_t limit = device_number(texts[j], at, length);

				if (limit)
					fprintf(file, " %s=%" PRIu64, io_keys[j], limit);
				else
					fprintf(file, " %s=max", io_keys[j]);
			}
		}
	if (fclose(file) != 0)
		return -ENOMEM;
	*ret_value = ct_take_ptr(value);
	return 0;
}

/* v1 takes 64 bits for a number of requests and keeps 32: of 2^32 it would keep 0, which lets none through. */
static uint64_t io_limit(size_t key, uint64_t limit)
{
	return io_keys[key][1] == 'i' && limit > UINT32_MAX ? UINT32_MAX : limit;
}

static int write_io_max(const char *value, const char *const *texts, struct ct_param_writes *writes,
			struct ct_error *err)
{
	int device = (int)strcspn(value, " ");

	(void)texts, (void)err;
	for (size_t i = 0; i < 4; i++) {
		char key[8];
		const char *at;

		snprintf(key, sizeof(key), " %s=", io_keys[i]);
		at = strstr(value, key);
		if (at)
			add(writes, i, "%.*s %" PRIu64, device, value, io_limit(i, number(at + strlen(key))));
	}
	return 0;
}

const struct ct_translation ct_param_io_max = { read_io_max, write_io_max, false };

static int read_io_weight(const char *const *texts, char **ret_value)
{
	autofree char *value = NULL;
	size_t size;
	FILE *file = open_memstream(&value, &size);

	if (!file)
		return -ENOMEM;
	fprintf(file, "default %" PRIu64, ct_weight_of_bfq(number(texts[0])));
	for (const char *at = texts[1]; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		size_t length = strcspn(at, " ");

		if (memchr(at, ':', length))
			fprintf(file, "\n%.*s %" PRIu64, (int)length, at, ct_weight_of_bfq(number(at + length)));
	}
	if (fclose(file) != 0)
		return -ENOMEM;
	*ret_value = ct_take_ptr(value);
	return 0;
}

static int write_io_weight(const char *value, const char *const *texts, struct ct_param_writes *writes,
			   struct ct_error *err)
{
	int length = (int)strcspn(value, " ");

	(void)texts, (void)err;
	if (!strncmp(value, "default ", 8))
		add(writes, 0, "%" PRIu64, ct_weight_to_bfq(number(value + length)));
	else /* "default" is the number 0 */
		add(writes, 1, "%.*s %" PRIu64, length, value, ct_weight_to_bfq(number(value + length)));
	return 0;
}

const struct ct_translation ct_param_io_weight = { read_io_weight, write_io_weight, true };

static int read_exclusive(const char *const *texts, char **ret_value)
{
	return give(ret_value, "%.*s", *texts[0] == '1' ? (int)strcspn(texts[1], "\n") : 0, texts[1]);
}

static int write_exclusive(const char *value, const char *const *texts, struct ct_param_writes *writes,
			   struct ct_error *err)
{
	bool wanted[CT_VALUE_LIST], has[CT_VALUE_LIST];
	autofree char *cpus = strndup(texts[1], strcspn(texts[1], "\n"));

	if (!cpus)
		return ct_failx(err, ENOMEM, "out of memory");
	if (ct_value_list(value, wanted, err) < 0 || ct_value_list(cpus, has, err) < 0)
		return -err->code;
	if (*value && memcmp(wanted, has, sizeof(has)) != 0)
		return ct_failx(err, EINVAL,
				"in v1 all CPUs of a container are exclusive or none: give its cpuset.cpus, '%s', or ''",
				cpus);
	add(writes, 0, "%d", *value != '\0');
	return 0;
}

const struct ct_translation ct_param_exclusive = { read_exclusive, write_exclusive, false };
