// SPDX-License-Identifier: MIT
#include "common/step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/hierarchy.h"
#include "common/holders.h"
#include "common/interrupt.h"
#include "common/party.h"
#include "common/words.h"

enum { BUSY_TIME = 500000 }; /* microseconds */

static const struct ct_cgroup_ops *ops(const struct ct_step *step)
{
	return step->place.hierarchy->ops;
}

static nlink_t count_links(struct ct_step *step)
{
	struct stat status;

	return ct_place_open(&step->place) == 0 && fstat(step->place.fd, &status) == 0 ? status.st_nlink : 0;
}

/* What somebody has enabled since the plan was made is his, and not to be disabled again. */
static int enable(struct ct_step *step, struct ct_error *err)
{
	autofree char *enabled = NULL, *missing = NULL;
	int result = ops(step)->controllers(&step->place, true, &enabled, err);

	if (result < 0)
		return result;
	missing = ct_words_without(step->words, enabled);
	if (!missing)
		return ct_failx(err, ENOMEM, "out of memory");
	free(step->words);
	step->words = ct_take_ptr(missing);
	step->links = count_links(step);
	return *step->words ? ops(step)->enable(&step->place, step->words, true, err) : 0;
}

/* A child that somebody has made since relies on them by now. */
static int disable(struct ct_step *step, struct ct_error *err)
{
	if (!*step->words || count_links(step) > step->links)
		return 0;
	return ops(step)->enable(&step->place, step->words, false, err);
}

static int create(struct ct_step *step, struct ct_error *err)
{
	struct ct_error why = { 0 };
	int result = ops(step)->create(&step->place, &why);

	step->made = result == 0;
	if (result == 0 || (result == -EEXIST && step->shared))
		return 0;
	*err = why;
	return result;
}

static int discard(struct ct_step *step, struct ct_error *err)
{
	struct ct_error why = { 0 };
	int result = step->made ? ops(step)->remove(&step->place, &why) : 0;

	if (result >= 0 || (step->shared && (result == -EBUSY || result == -ENOENT)))
		return 0;
	*err = why;
	return result;
}

static int own(struct ct_step *step, struct ct_error *err)
{
	return ops(step)->own(&step->place, step->uid, step->gid, err);
}

static int set_mode(struct ct_step *step, struct ct_error *err)
{
	char path[32];
	int result = ct_place_open(&step->place);

	if (result < 0)
		return ct_failx(err, -result, "cannot open it in %s: %s",
				step->place.hierarchy->label, strerror(-result));
	if (ct_trace)
		ct_trace("chmod", step->place.fd, ".", NULL);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", step->place.fd); /* fchmod refuses O_PATH */
	if (chmod(path, step->mode) < 0)
		return ct_fail(err, "cannot change its mode in %s", step->place.hierarchy->label);
	return 0;
}

static int notify(struct ct_step *step, struct ct_error *err)
{
	int result = ct_place_open(&step->place);

	if (result >= 0)
		result = ct_file_write(step->place.fd, "notify_on_release", "1");
	return result < 0 ? ct_failx(err, -result, "cannot set notify_on_release in %s: %s",
				     step->place.hierarchy->label, strerror(-result)) : 0;
}

static int nothing(struct ct_step *step, struct ct_error *err)
{
	(void)step, (void)err;
	return 0;
}

/*
 * A place is busy a moment longer than it shows a task: while the last one is just ending. What
 * shows itself is named at once.
 */
static int remove_idle(struct ct_step *step, struct ct_error *err)
{
	uint64_t deadline = ct_clock() + BUSY_TIME, pause = 500;
	struct ct_error why = { 0 };
	int result;

	while ((result = ops(step)->remove(&step->place, &why)) == -EBUSY) {
		if (ct_holders_all(&step->place, err) < 0)
			return -err->code;
		if (ct_interrupt_pending())
			return ct_failx(err, EINTR, "interrupted");
		if (ct_clock() > deadline)
			return ct_failx(err, EBUSY,
					"cannot remove it from %s: it is busy, by a task that is not seen from here (of another pid namespace), or one that does not come to its end",
					step->place.hierarchy->label);
		ct_clock_pause(&pause, 10000);
	}
	if (result < 0 && result != -ENOENT)
		*err = why;
	return result;
}

static int remove_place(struct ct_step *step, struct ct_error *err)
{
	struct stat status;
	int result = ct_place_open(&step->place);

	if (result == -ENOENT)
		return 0; /* gone already: somebody wanted the same */
	if (result < 0)
		return ct_failx(err, -result, "cannot open it in %s: %s",
				step->place.hierarchy->label, strerror(-result));
	if (fstat(step->place.fd, &status) < 0)
		return ct_fail(err, "cannot look at it in %s", step->place.hierarchy->label);
	step->uid = status.st_uid;
	step->gid = status.st_gid;
	step->mode = status.st_mode & 07777;
	result = ct_settings_save(&step->place, &step->settings);
	if (result < 0)
		return ct_failx(err, -result, "out of memory");
	result = remove_idle(step, err);
	step->removed = result == 0;
	return result == -ENOENT ? 0 : result;
}

static int make_again(struct ct_step *step, struct ct_error *err)
{
	int result;

	if (!step->removed)
		return 0;
	result = create(step, err);
	if (result == 0 && (step->uid != geteuid() || step->gid != getegid()))
		result = own(step, err);
	if (result == 0)
		result = set_mode(step, err);
	return result < 0 ? result : ct_settings_restore(&step->place, &step->settings, err);
}

static const struct {
	const char *name;
	int (*apply)(struct ct_step *step, struct ct_error *err);
	int (*undo)(struct ct_step *step, struct ct_error *err);
	int (*finish)(struct ct_step *step, struct ct_error *err);
	int (*brace)(struct ct_step *step, struct ct_error *err);
	bool is_partial;
} kinds[] = {
	[CT_STEP_ENABLE]  = { "enable", enable,         disable,           nothing,         nothing,          false },
	[CT_STEP_CREATE]  = { "create", create,         discard,           nothing,         nothing,          false },
	[CT_STEP_OWN]     = { "own",    own,            nothing,           nothing,         nothing,          false },
	[CT_STEP_MODE]    = { "mode",   set_mode,       nothing,           nothing,         nothing,          false },
	[CT_STEP_NOTIFY]  = { "notify", notify,         nothing,           nothing,         nothing,          false },
	[CT_STEP_JOIN]    = { "join",   ct_step_join,   ct_step_leave,     nothing,         nothing,          false },
	[CT_STEP_ATTACH]  = { "attach", ct_step_attach, ct_step_detach,    nothing,         nothing,          true  },
	[CT_STEP_SHIFT]   = { "shift",  ct_step_shift,  ct_step_shift_back, nothing,        nothing,          true  },
	[CT_STEP_SET]     = { "set",    ct_step_set,    ct_step_unset,     nothing,         nothing,          true  },
	[CT_STEP_REMOVE]  = { "remove", remove_place,   make_again,        nothing,         nothing,          false },
	[CT_STEP_STAGE]   = { "stage",  ct_step_stage,  ct_step_send_home, ct_step_send_on, nothing,          true  },
	[CT_STEP_HOLD]    = { "hold",   ct_step_hold,   ct_step_let_go,    ct_step_let_on,  ct_step_hold_now, true  },
	[CT_STEP_PIN]     = { "pin",    ct_step_pin,    ct_step_take_pins, nothing,         nothing,          false },
	[CT_STEP_UNPIN]   = { "unpin",  ct_step_note_pins, ct_step_renew_pins, ct_step_unpin, nothing,        false },
	[CT_STEP_ENTER]   = { "enter",  ct_step_enter,  ct_step_go_back,   ct_step_go_on,   ct_step_brace_party, true },
};

/* A plan may have more steps than a process may have descriptors. */
static int act(struct ct_step *step, int (*what)(struct ct_step *step, struct ct_error *err),
	       struct ct_error *err)
{
	int result = what(step, err);

	if (step->place.fd >= 0)
		close(step->place.fd);
	step->place.fd = -1;
	return result;
}

int ct_step_apply(struct ct_step *step, struct ct_error *err)
{
	return act(step, kinds[step->kind].apply, err);
}

int ct_step_brace(struct ct_step *step, struct ct_error *err)
{
	return act(step, kinds[step->kind].brace, err);
}

int ct_step_undo(struct ct_step *step, struct ct_error *err)
{
	return act(step, kinds[step->kind].undo, err);
}

int ct_step_finish(struct ct_step *step, struct ct_error *err)
{
	return act(step, kinds[step->kind].finish, err);
}

bool ct_step_is_partial(const struct ct_step *step)
{
	return kinds[step->kind].is_partial;
}

bool ct_step_is_final(const struct ct_step *step)
{
	return step->alone || (step->kind == CT_STEP_ENTER && ct_party_is_final(step->party));
}

const char *ct_step_name(const struct ct_step *step)
{
	return kinds[step->kind].name;
}

void ct_step_clear(struct ct_step *step)
{
	ct_place_clear(&step->place);
	free(step->words);
	free(step->origin);
	free(step->arrive);
	free(step->name);
	free(step->value);
	free(step->where);
	ct_step_clear_pins(step);
	ct_settings_clear(&step->settings);
}

static char *task_list(const struct ct_taskset *set)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	for (size_t i = 0; i < set->count; i++)
		if (!i || set->tasks[i].pid != set->tasks[i - 1].pid)
			fprintf(file, "%s%d", i ? "," : "", set->tasks[i].pid);
	return fclose(file) == 0 ? text : (free(text), NULL);
}

int ct_step_text(const struct ct_step *step, char **ret_text)
{
	autofree char *detail = NULL;
	int length;

	switch (step->kind) {
	case CT_STEP_ENABLE:
		length = asprintf(&detail, " %s", step->words);
		break;
	case CT_STEP_SET:
		length = asprintf(&detail, " %s=%s", step->name, step->value);
		break;
	case CT_STEP_PIN: /* they are of no hierarchy */
		return asprintf(ret_text, "pin /%s%s%s", step->place.path, *step->words ? " " : "", step->words) < 0 ?
		       -ENOMEM : 0;
	case CT_STEP_UNPIN:
		return asprintf(ret_text, "unpin /%s", step->place.path) < 0 ? -ENOMEM : 0;
	case CT_STEP_SHIFT:
		length = asprintf(&detail, " from /%s", step->origin);
		break;
	case CT_STEP_ENTER: {
		autofree char *pids = task_list(step->tasks);

		return pids && asprintf(ret_text, "enter %s%s%s", step->words, *pids ? " " : "", pids) >= 0 ? 0 :
		       -ENOMEM;
	}
	case CT_STEP_OWN:
		length = asprintf(&detail, " %d:%d", (int)step->uid, (int)step->gid);
		break;
	case CT_STEP_MODE:
		length = asprintf(&detail, " %04o", (unsigned)step->mode);
		break;
	case CT_STEP_STAGE:
	case CT_STEP_HOLD:
		length = asprintf(&detail, "%s%s%s", step->running ? ", if need be" : "",
				  step->arrive ? ", then to /" : "", step->arrive ? step->arrive : "");
		break;
	case CT_STEP_ATTACH: {
		autofree char *pids = task_list(step->tasks);

		length = pids ? asprintf(&detail, " %s", pids) : -1;
		break;
	}
	default:
		length = asprintf(&detail, "%s", "");
		break;
	}
	if (length < 0) {
		detail = NULL;
		return -ENOMEM;
	}
	length = asprintf(ret_text, "%s %s /%s%s", kinds[step->kind].name,
			  step->place.hierarchy->label, step->place.path, detail);
	return length < 0 ? -ENOMEM : 0;
}
