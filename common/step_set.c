// SPDX-License-Identifier: MIT
/* Setting a parameter: what the kernel refuses is explained, what it would do silently is refused. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/devices.h"
#include "common/file.h"
#include "common/hierarchy.h"
#include "common/param_read.h"
#include "common/refusal.h"
#include "common/step.h"
#include "common/value.h"

static int open_parent(const struct ct_place *place, struct ct_place *parent)
{
	const char *name;

	parent->path = strndup(place->path, ct_path_parent(place->path, &name));
	return parent->path ? ct_place_open(parent) : -ENOMEM;
}

static uint64_t read_number(const struct ct_place *place, const char *file)
{
	char text[64];

	return ct_file_read_into(place->fd, file, text, sizeof(text)) > 0 ? strtoull(text, NULL, 10) : 0;
}

static int explain_subtree(const struct ct_step *step, const char *value, int code, struct ct_error *err)
{
	autofree char *available = NULL;

	switch (code) {
	case ENOENT:
	case EINVAL:
		if (ct_file_read(step->place.fd, "cgroup.controllers", &available) < 0)
			break;
		available[strcspn(available, "\n")] = '\0';
		return ct_failx(err, code, "it can hand down '%s' alone; what it lacks is to be enabled in the container above, or is bound to v1",
				available);
	case EBUSY:
		if (!strchr(value, '+'))
			return ct_failx(err, EBUSY, "a container below hands it on: disable it there first");
		return ct_failx(err, EBUSY, "it holds processes itself, and what hands controllers down may hold none in v2: move them to a container below it");
	case EOPNOTSUPP:
		return ct_failx(err, code, "it is threaded, and hands down only cpu, cpuset, perf_event and pids");
	default:
		break;
	}
	return ct_failx(err, code, "refused in v2: %s", strerror(code));
}

/* Without the right to write at all, that is what is wrong. */
static const char *rule_of(const struct ct_step *step, const char *file, int code)
{
	if ((code == EACCES || code == EPERM) && faccessat(step->place.fd, file, W_OK, AT_EACCESS) < 0)
		return NULL;
	return ct_refusal_rule(step->param ? step->param->name : step->name, step->place.hierarchy->version, code);
}

static int explain(const struct ct_step *step, const char *file, const char *value, int code,
		   struct ct_error *err)
{
	const struct ct_place *place = &step->place;
	const char *rule = rule_of(step, file, code);
	char takes[128];

	if (step->param && step->param->takes == CT_TAKES_CONTROLLERS)
		return explain_subtree(step, value, code, err);
	if (code == EINVAL && !*place->path && place->hierarchy->version == 1)
		return ct_failx(err, code, "refused in %s: its root has all there is, and takes no limit",
				place->hierarchy->label);
	if (rule)
		return ct_failx(err, code, "refused in %s: %s", place->hierarchy->label, rule);
	switch (code) {
	case ENOENT:
		return ct_param_explain_missing(place, step->param, step->name, err);
	case ENOMEM:
		return ct_failx(err, code, "out of memory");
	case EACCES:
	case EPERM:
	case EROFS:
		if (ct_cgroup_is_boundary(place, file, code))
			return ct_failx(err, code, "refused in %s: " CT_CGROUP_BOUNDARY, place->hierarchy->label);
		return ct_failx(err, code, "no permission to write %s/%s/%s: %s", place->hierarchy->mountpoint,
				place->path, file, strerror(code));
	case EBUSY:
		if (strncmp(file, "memory.", 7) != 0)
			break;
		return ct_failx(err, code, "it uses %" PRIu64 " bytes, and not enough of them can be reclaimed: end something in it, or give it more",
				read_number(place, "memory.usage_in_bytes"));
	case ENODEV:
		if (strchr(value, ':'))
			return ct_failx(err, code, "there is no such block device");
		break;
	case EINVAL:
		if (!step->param || step->param->takes == CT_TAKES_TEXT ||
		    step->param->takes == CT_TAKES_ACTION)
			return ct_failx(err, code, "the kernel takes no such value");
		ct_param_takes(step->param, takes, sizeof(takes));
		return ct_failx(err, code, "refused in %s: it takes %s, and no more than the container above it has",
				place->hierarchy->label, takes);
	default:
		break;
	}
	return ct_failx(err, code, "refused in %s: %s", place->hierarchy->label, strerror(code));
}

/* v2 takes any list, and silently gives what the container above has of it. */
static int check_list(const struct ct_step *step, const char *value, struct ct_error *err)
{
	const struct ct_hierarchy *hierarchy = step->place.hierarchy;
	ct_cleanup(ct_place_clear) struct ct_place parent = { .hierarchy = step->place.hierarchy, .fd = -1 };
	bool wanted[CT_VALUE_LIST], has[CT_VALUE_LIST];
	autofree char *text = NULL;
	char file[CT_PARAM_NAME];
	int result = *step->place.path ? open_parent(&step->place, &parent) : -ENOENT;

	if (result == -ENOENT)
		return 0;
	snprintf(file, sizeof(file), "%s%s", step->param->name, hierarchy->version == 2 ? ".effective" : "");
	if (result >= 0)
		result = ct_file_read(parent.fd, file, &text);
	if (result < 0) /* the kernel has its say */
		return result == -ENOMEM ? ct_failx(err, ENOMEM, "out of memory") : 0;
	text[strcspn(text, "\n")] = '\0';
	if (ct_value_list(text, has, err) < 0 || ct_value_list(value, wanted, err) < 0)
		return -err->code;
	for (size_t i = 0; i < CT_VALUE_LIST; i++)
		if (wanted[i] && !has[i])
			return ct_failx(err, EINVAL, "the container above it (/%s) has '%s' alone in %s",
					parent.path, text, hierarchy->label);
	return 0;
}

/*
 * v2 kills for a memory.max that is too low, v1 refuses. Here both refuse: the kernel is asked to
 * reclaim what is too much, and has to manage.
 */
static int make_room(const struct ct_step *step, const char *value, struct ct_error *err)
{
	uint64_t size = strtoull(value, NULL, 10), used = read_number(&step->place, "memory.current");
	char text[32];
	int result;

	if (!strcmp(value, "max") || used <= size)
		return 0;
	snprintf(text, sizeof(text), "%" PRIu64, used - size);
	result = ct_file_write(step->place.fd, "memory.reclaim", text);
	used = read_number(&step->place, "memory.current");
	if (used <= size)
		return 0;
	if (result >= 0 || result == -EAGAIN)
		return ct_failx(err, EBUSY, "it uses %" PRIu64 " bytes, and not enough of them can be reclaimed: the kernel would kill for it; end something in it, or give it more",
				used);
	return ct_failx(err, EBUSY, "it uses %" PRIu64 " bytes, and the kernel would kill for it; memory.high makes room without that",
			used);
}

static int check(const struct ct_step *step, const char *value, struct ct_error *err)
{
	if (!step->param)
		return 0;
	if (!strcmp(step->param->name, "cpuset.cpus") || !strcmp(step->param->name, "cpuset.mems"))
		return check_list(step, value, err);
	if (!strcmp(step->param->name, "memory.max") && step->place.hierarchy->version == 2)
		return make_room(step, value, err);
	return 0;
}

static int change(struct ct_step *step, const char *file, const char *text, struct ct_error *err)
{
	int result;

	/* what it was is only read to be put back, and the kernel is not told of no bytes */
	if (step->alone && !ct_param_is_foreign(&step->place, step->param))
		result = ct_file_write(step->place.fd, file, *text ? text : "\n");
	else
		result = ct_settings_change(&step->settings, step->place.fd, file, text);
	return result < 0 ? explain(step, file, text, -result, err) : 0;
}

/*
 * Where no device may be used but those that are listed, all of them that are not allowed after it. The kernel's
 * own 'a' would take the others as well, from who is using them and from the containers below, and it is refused
 * where there are such.
 */
static int deny_all(struct ct_step *step, const char *value, struct ct_error *err)
{
	autofree char *list = NULL, *lines = NULL;
	int result = ct_file_read(step->place.fd, "devices.list", &list);

	if (result < 0 || !strncmp(list, "a ", 2))
		return change(step, "devices.deny", value, err);
	lines = ct_devices_without(list, step->words);
	if (!lines)
		return ct_failx(err, ENOMEM, "out of memory");
	step->alone = false; /* it may be several */
	for (char *rest = lines, *line; result >= 0 && (line = strsep(&rest, "\n"));)
		result = *line ? change(step, "devices.deny", line, err) : 0;
	return result < 0 ? result : 0;
}

static int translate(struct ct_step *step, const char *value, const struct ct_param_texts *texts,
		     struct ct_error *err)
{
	struct ct_param_writes writes = { 0 };
	int result = step->param->how->write(value, (const char *const *)texts->texts, &writes, err);

	for (size_t i = 0; result >= 0 && i < writes.count; i++) {
		char file[CT_PARAM_NAME];

		ct_param_v1_file(step->param, step->name, writes.items[i].file, file);
		result = change(step, file, writes.items[i].text, err);
	}
	return result;
}

static int set(struct ct_step *step, struct ct_error *err)
{
	ct_cleanup(ct_param_texts_clear) struct ct_param_texts texts = { 0 };
	bool foreign = ct_param_is_foreign(&step->place, step->param);
	autofree char *now = NULL, *value = NULL;
	char file[CT_PARAM_NAME];
	int result = 0;

	ct_param_file(&step->place, step->param, step->name, file);
	if (foreign)
		result = ct_param_texts_read(&step->place, step->param, step->name, &texts);
	if (result >= 0 && step->param && (foreign || step->param->takes == CT_TAKES_QUOTA ||
					   step->param->takes == CT_TAKES_CONTROLLERS))
		result = ct_param_read(&step->place, step->param, step->name, &now);
	if (result < 0)
		return explain(step, file, step->value, -result, err);
	result = ct_param_complete(step->param, step->value, now ? now : "", &value, err);
	if (result >= 0)
		result = check(step, value, err);
	if (result < 0)
		return result;
	if (foreign)
		return translate(step, value, &texts, err);
	if (!*value && step->param && step->param->takes == CT_TAKES_CONTROLLERS)
		return 0; /* as it is already */
	if (step->words)
		return deny_all(step, value, err);
	return change(step, file, value, err);
}

int ct_step_set(struct ct_step *step, struct ct_error *err)
{
	int result = ct_place_open(&step->place);

	if (result == -ENOENT)
		return ct_failx(err, ENOENT, "it has been removed from %s meanwhile", step->place.hierarchy->label);
	if (result < 0)
		return ct_failx(err, -result, "cannot open it in %s: %s", step->place.hierarchy->label,
				strerror(-result));
	result = set(step, err);
	if (result == -ENOENT && !ct_file_exists(step->place.fd, "cgroup.procs"))
		result = ct_failx(err, ENOENT, "it has been removed from %s meanwhile", step->place.hierarchy->label);
	if (result < 0)
		result = ct_fail_in(err, "%s=%s", step->name, step->value);
	if (result < 0 && step->where)
		result = ct_fail_in(err, "%s", step->where);
	return result;
}

int ct_step_unset(struct ct_step *step, struct ct_error *err)
{
	int result = step->settings.count ? ct_place_open(&step->place) : 0, lost = 0;

	if (result == -ENOENT)
		return 0;
	for (size_t i = step->settings.count; result >= 0 && i-- > 0;) {
		int failed = ct_settings_take_back(step->place.fd, &step->settings.items[i]);

		lost = failed < 0 ? failed : lost; /* the others go back all the same */
	}
	result = result < 0 ? result : lost;
	return result < 0 ? ct_failx(err, -result, "%s", strerror(-result)) : 0;
}
