// SPDX-License-Identifier: MIT
/* Documentation/admin-guide/cgroup-v1: cgroups.rst, cpusets.rst, freezer-subsystem.rst */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/exclusive.h"
#include "common/file.h"
#include "common/hierarchy.h"
#include "common/interrupt.h"

/* How long to wait for another who has made a container, and has not filled it yet; microseconds. */
enum { FILL_TIME = 2000000 };

static bool is_empty(struct ct_place *place, const char *file)
{
	char text[256];
	int result = ct_file_read_into(place->fd, file, text, sizeof(text));

	return result == 0 || (result == 1 && text[0] == '\n');
}

static bool lacks(struct ct_place *place)
{
	return is_empty(place, "cpuset.cpus") || is_empty(place, "cpuset.mems");
}

/* Open for flock(2), which the one who makes a container below it has until that is filled. */
static int open_above(const struct ct_place *place)
{
	const char *name;
	autofree char *path = strndup(place->path, ct_path_parent(place->path, &name));

	return path ? ct_file_open_beneath(place->hierarchy->fd, path, O_RDONLY | O_DIRECTORY) : -ENOMEM;
}

/*
 * Whether it lacks CPUs or memory for good. Somebody else may have made it this moment: then he has the lock.
 * Anybody may have that, so it is not waited for without an end.
 */
static bool remains_empty(struct ct_place *place)
{
	uint64_t deadline = ct_clock() + FILL_TIME, pause = 500;
	autoclose int above = -1;

	if (!ct_hierarchy_has(place->hierarchy, "cpuset") || !lacks(place))
		return false;
	above = open_above(place);
	while (above >= 0 && flock(above, LOCK_EX | LOCK_NB) < 0) {
		if (!lacks(place))
			return false;
		if (ct_interrupt_pending() || ct_clock() > deadline)
			break;
		ct_clock_pause(&pause, 10000);
	}
	return lacks(place);
}

static int inherit(struct ct_place *parent, struct ct_place *place, const char *file,
		   struct ct_error *err)
{
	autofree char *spare = NULL;
	char text[4096];
	int result = ct_file_read_into(parent->fd, file, text, sizeof(text));

	/* clone_children of the parent may have done it; an empty parent has nothing to give */
	if (result > 1)
		result = ct_file_write(place->fd, file, text);
	/* it may have none that a container beside it has for itself: then it gets the others */
	if (result == -EINVAL && ct_exclusive_spare(parent->fd, file, &spare) >= 0) {
		if (!*spare)
			return ct_failx(err, EINVAL, "containers beside it have all of %s of its parent for themselves alone",
					file);
		result = ct_file_write(place->fd, file, spare);
	}
	if (result < 0)
		return ct_failx(err, -result, "cannot copy %s of its parent to it: %s", file,
				strerror(-result));
	return 0;
}

static int inherit_cpuset(struct ct_place *place, struct ct_error *err)
{
	ct_cleanup(ct_place_clear) struct ct_place parent = { .hierarchy = place->hierarchy, .fd = -1 };
	const char *name;
	int result;

	parent.path = strndup(place->path, ct_path_parent(place->path, &name));
	if (!parent.path)
		return ct_failx(err, ENOMEM, "out of memory");
	result = ct_place_open(&parent);
	if (result < 0)
		return ct_failx(err, -result, "cannot open its parent in %s: %s",
				place->hierarchy->label, strerror(-result));
	remains_empty(&parent);
	result = inherit(&parent, place, "cpuset.cpus", err);
	return result < 0 ? result : inherit(&parent, place, "cpuset.mems", err);
}

static int create(struct ct_place *place, struct ct_error *err)
{
	bool fills = ct_hierarchy_has(place->hierarchy, "cpuset");
	autoclose int above = fills ? open_above(place) : -1;
	struct ct_error ignored; /* the first failure is what matters */
	int result;

	if (above >= 0)
		flock(above, LOCK_SH | LOCK_NB);
	result = ct_cgroup_mkdir(place, err);
	if (result < 0 || !fills)
		return result;
	result = inherit_cpuset(place, err);
	if (result < 0)
		ct_cgroup_rmdir(place, &ignored);
	return result;
}

static int explain_attach(struct ct_place *place, const char *file, int code, struct ct_error *err)
{
	const char *label = place->hierarchy->label, *mount = place->hierarchy->mountpoint;

	switch (code) {
	case ENOSPC:
		if (!ct_hierarchy_has(place->hierarchy, "cpuset"))
			break;
		return ct_failx(err, ENOSPC, "it may hold no task in %s: %s/%s/%s is empty; write to it first",
				label, mount, place->path,
				is_empty(place, "cpuset.cpus") ? "cpuset.cpus" : "cpuset.mems");
	case EACCES:
	case EPERM:
		return ct_failx(err, code, "no permission to move tasks into %s/%s (%s is not writable, or the task is another user's)",
				mount, place->path, file);
	case ENOENT:
	case ENODEV:
		return ct_failx(err, ENOENT, "it has been removed from %s meanwhile", label);
	case EROFS:
		return ct_failx(err, code, "refused in %s: the hierarchy is mounted read-only", label);
	case EINVAL:
		if (!ct_hierarchy_has(place->hierarchy, "cpu"))
			break;
		return ct_failx(err, EINVAL, "refused in %s: a real-time task needs cpu.rt_runtime_us in %s/%s",
				label, mount, place->path);
	default:
		break;
	}
	return ct_failx(err, code, "refused in %s: %s", label, strerror(code));
}

static int attach(struct ct_place *place, enum ct_attach kind, const pid_t *ids, size_t count,
		  size_t *ret_done, struct ct_error *err)
{
	/*
	 * A process that moves itself writes 0 to tasks: that takes no lock and waits for
	 * no RCU grace period, which any number written to cgroup.procs may do.
	 */
	const char *file = kind == CT_ATTACH_PROCESS ? "cgroup.procs" : "tasks";
	bool self = kind == CT_ATTACH_SELF;
	int result = ct_cgroup_attach(place, file, self, ids, count, ret_done);

	if (result == -ENOSPC && !remains_empty(place)) {
		size_t before = *ret_done;

		result = ct_cgroup_attach(place, file, self, ids + before, count - before, ret_done);
		*ret_done += before;
	}
	return result < 0 ? explain_attach(place, file, -result, err) : 0;
}

static int accepts(struct ct_place *place, struct ct_error *err)
{
	int result = ct_cgroup_access(place, "cgroup.procs");

	if (result == 0 && remains_empty(place))
		result = -ENOSPC;
	return result < 0 ? explain_attach(place, "cgroup.procs", -result, err) : 0;
}

static int controllers(struct ct_place *place, bool enabled, char **ret_words,
		       struct ct_error *err)
{
	(void)place, (void)enabled; /* v1 binds controllers when it mounts, not per container */
	*ret_words = strdup("");
	return *ret_words ? 0 : ct_failx(err, ENOMEM, "out of memory");
}

static int own(struct ct_place *place, uid_t uid, gid_t gid, struct ct_error *err)
{
	static const char *const files[] = { "cgroup.procs", "tasks", NULL };

	return ct_cgroup_own(place, files, uid, gid, err);
}

static int enable(struct ct_place *place, const char *words, bool on, struct ct_error *err)
{
	(void)on;
	if (!*words)
		return 0;
	return ct_failx(err, EOPNOTSUPP, "%s is a v1 hierarchy: its controllers are chosen when it is mounted",
			place->hierarchy->label);
}

static int kill_all(struct ct_place *place, struct ct_error *err)
{
	return ct_failx(err, EOPNOTSUPP, "%s is a v1 hierarchy and has no cgroup.kill",
			place->hierarchy->label);
}

static int freeze_state(struct ct_place *place, enum ct_freeze_state *ret_state,
			struct ct_error *err)
{
	char text[32];
	int result;

	*ret_state = CT_NO_FREEZER;
	if (!ct_hierarchy_has(place->hierarchy, "freezer"))
		return 0;
	result = ct_place_open(place);
	if (result >= 0)
		result = ct_file_read_into(place->fd, "freezer.state", text, sizeof(text));
	if (result == -ENOENT) /* the root has none */
		return 0;
	if (result < 0)
		return ct_failx(err, -result, "cannot read freezer.state of %s: %s", place->path,
				strerror(-result));
	*ret_state = !strncmp(text, "THAWED", 6) ? CT_THAWED :
		     !strncmp(text, "FROZEN", 6) ? CT_FROZEN : CT_FREEZING;
	return 0;
}

/* A kernel without freezer.self_freezing does not tell the place from those above it. */
static int freezes_itself(struct ct_place *place, bool *ret_itself, struct ct_error *err)
{
	enum ct_freeze_state state;
	char text[8];
	int result = freeze_state(place, &state, err);

	if (result < 0)
		return result;
	*ret_itself = state == CT_FREEZING || state == CT_FROZEN;
	if (*ret_itself &&
	    ct_file_read_into(place->fd, "freezer.self_freezing", text, sizeof(text)) > 0)
		*ret_itself = *text == '1';
	return 0;
}

static int may_freeze(struct ct_place *place)
{
	return ct_cgroup_access(place, "freezer.state");
}

/* Writing FROZEN again cures a freeze that a vfork(2) parent keeps in FREEZING. */
static int freeze(struct ct_place *place, bool on, struct ct_error *err)
{
	enum ct_freeze_state state;
	bool itself;
	int result = freeze_state(place, &state, err);

	if (result >= 0)
		result = freezes_itself(place, &itself, err);
	if (result < 0 || (on ? state == CT_FROZEN && itself : state == CT_THAWED))
		return result;
	if (state == CT_NO_FREEZER && !on)
		return 0;
	result = state == CT_NO_FREEZER ? -EOPNOTSUPP :
					  ct_file_write(place->fd, "freezer.state", on ? "FROZEN" : "THAWED");
	return result < 0 ? ct_cgroup_explain_freeze(place, on, "freezer.state", -result, err) : 0;
}

static int list(struct ct_place *place, enum ct_list kind, pid_t **ids, size_t *count,
		struct ct_error *err)
{
	return ct_place_list(place, kind == CT_LIST_THREADS ? "tasks" : "cgroup.procs", ids, count, err);
}

const struct ct_cgroup_ops ct_cgroup_v1 = {
	.create = create,
	.remove = ct_cgroup_rmdir,
	.attach = attach,
	.accepts = accepts,
	.controllers = controllers,
	.own = own,
	.enable = enable,
	.kill = kill_all,
	.freeze = freeze,
	.list = list,
	.freeze_state = freeze_state,
	.freezes_itself = freezes_itself,
	.may_freeze = may_freeze,
};
