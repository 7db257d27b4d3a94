// SPDX-License-Identifier: MIT
#include "common/create.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/pinning.h"
#include "common/safe.h"
#include "common/state.h"
#include "common/words.h"

enum { LOCK_TIMEOUT = 10000 }; /* milliseconds */

static int describe_missing_parent(const struct ct_container *container, size_t index,
				   const char *parent, const char *name, struct ct_error *err)
{
	char have[256] = "";

	for (size_t i = 0; i < container->count; i++) {
		const struct ct_place *place = &container->places[i];
		int fd = ct_file_open_beneath(place->hierarchy->fd, parent, O_PATH | O_DIRECTORY);

		if (fd < 0)
			continue;
		close(fd);
		strlcat(have, *have ? "," : "", sizeof(have));
		strlcat(have, place->hierarchy->label, sizeof(have));
	}
	return ct_failx(err, ENOENT, "its parent %s is not there in %s: -p makes it%s%s", name,
			container->places[index].hierarchy->label,
			*have ? ", or make it only where the parent is, with -H " : "", have);
}

static int describe_existing(const struct ct_container *container, struct ct_error *err)
{
	char have[256] = "", lack[256] = "";

	for (size_t i = 0; i < container->count; i++) {
		const struct ct_place *place = &container->places[i];
		char *list = place->fd >= 0 ? have : lack;

		strlcat(list, *list ? "," : "", sizeof(have));
		strlcat(list, place->hierarchy->label, sizeof(have));
	}
	if (*lack)
		return ct_failx(err, EEXIST, "it exists already in %s; -p makes it in %s as well", have,
				lack);
	return ct_failx(err, EEXIST, "it exists already");
}

/* The root itself, not what a cgroup namespace takes for it: it alone lacks this file. */
static bool is_root(const struct ct_place *place)
{
	return !*place->path && !ct_file_exists(place->fd, "cgroup.type");
}

/* What root makes in somebody else's container stays that one's. */
static int plan_owner(const struct ct_place *parent, const char *path, struct ct_txn *txn, struct ct_error *err)
{
	struct ct_step *step;
	struct stat status;

	if (geteuid() != 0 || fstat(parent->fd, &status) < 0 || (!status.st_uid && !status.st_gid))
		return 0;
	step = ct_txn_add(txn, CT_STEP_OWN, parent->hierarchy, path, err);
	if (!step)
		return -ENOMEM;
	step->uid = status.st_uid;
	step->gid = status.st_gid;
	return 0;
}

/*
 * What hands controllers down may hold no process: those that it has go into a container of their
 * own below it. One that is called so already may hold others, which could not be told apart.
 */
static int plan_shift(struct ct_place *parent, struct ct_txn *txn, struct ct_error *err)
{
	autofree pid_t *ids = NULL;
	autofree char *path = NULL;
	struct ct_step *step;
	size_t count = 0;
	int fd, result = parent->hierarchy->ops->list(parent, CT_LIST_PROCESSES, &ids, &count, err);

	if (result < 0 || !count)
		return result;
	if (asprintf(&path, "%s%sleaf", parent->path, *parent->path ? "/" : "") < 0) {
		path = NULL;
		return ct_failx(err, ENOMEM, "out of memory");
	}
	fd = ct_file_open_beneath(parent->hierarchy->fd, path, O_PATH | O_DIRECTORY);
	if (fd >= 0) {
		close(fd);
		return ct_failx(err, EEXIST, "--leaf: %s exists already: move what runs in %s there, or elsewhere, with ctattach",
				path, *parent->path ? parent->path : "the root");
	}
	step = ct_txn_add(txn, CT_STEP_CREATE, parent->hierarchy, path, err);
	if (step)
		step->origin = strdup(parent->path);
	if (!step || !step->origin || plan_owner(parent, path, txn, err) < 0)
		return ct_failx(err, ENOMEM, "out of memory");
	step = ct_txn_add(txn, CT_STEP_SHIFT, parent->hierarchy, path, err);
	if (!step)
		return -ENOMEM;
	step->origin = strdup(parent->path);
	return step->origin ? 0 : ct_failx(err, ENOMEM, "out of memory");
}

/*
 * Plans what parent must hand down. available is what the root can give: when each has handed
 * it down, every container on the path can give the same.
 */
static int plan_enable(struct ct_place *parent, bool exists, char **available,
		       const struct ct_create *how, struct ct_txn *txn, struct ct_error *err)
{
	autofree char *enabled = NULL, *words = NULL;
	struct ct_step *step;
	int result = 0;

	if (how->populated && exists && parent->hierarchy->version == 2 && !is_root(parent))
		return 0;
	if (exists) {
		/* once the one above hands down all, this can give all that it can */
		if (!*available)
			result = parent->hierarchy->ops->controllers(parent, false, available, err);
		if (result >= 0)
			result = parent->hierarchy->ops->controllers(parent, true, &enabled, err);
		if (result < 0)
			return result;
	}
	words = ct_words_without(*available, enabled ? enabled : "");
	if (!words)
		return ct_failx(err, ENOMEM, "out of memory");
	if (!*words)
		return 0;
	if (how->leaf && exists && parent->hierarchy->version == 2 && !is_root(parent))
		result = plan_shift(parent, txn, err);
	if (result < 0)
		return result;
	step = ct_txn_add(txn, CT_STEP_ENABLE, parent->hierarchy, parent->path, err);
	if (!step)
		return -ENOMEM;
	step->words = ct_take_ptr(words);
	return 0;
}

static int plan_leaf(const struct ct_place *place, const struct ct_create *how, struct ct_txn *txn,
		     struct ct_error *err)
{
	struct ct_step *step;

	if (how->uid != (uid_t)-1 || how->gid != (gid_t)-1) {
		step = ct_txn_add(txn, CT_STEP_OWN, place->hierarchy, place->path, err);
		if (!step)
			return -ENOMEM;
		step->uid = how->uid;
		step->gid = how->gid;
	}
	if (how->set_mode) {
		step = ct_txn_add(txn, CT_STEP_MODE, place->hierarchy, place->path, err);
		if (!step)
			return -ENOMEM;
		step->mode = how->mode;
	}
	if (how->notify && place->hierarchy->version == 1 &&
	    !ct_txn_add(txn, CT_STEP_NOTIFY, place->hierarchy, place->path, err))
		return -ENOMEM;
	return 0;
}

/* As many mkdir -p at once: whoever comes second finds it there. */
static int plan_create(const struct ct_place *place, const struct ct_create *how, struct ct_txn *txn,
		       struct ct_error *err)
{
	struct ct_step *step = ct_txn_add(txn, CT_STEP_CREATE, place->hierarchy, place->path, err);

	if (!step)
		return -ENOMEM;
	step->shared = how->parents;
	return 0;
}

struct above {
	size_t length;		/* of the path of the container above, in the place's path */
	size_t base;		/* of that of where names count from */
	bool exists;
	char *available;	/* what the root can give; owned */
};

/* What is on the way to where names count from is made without being asked for. */
static int plan_above(const struct ct_container *container, size_t index, struct above *above,
		      const struct ct_create *how, struct ct_txn *txn, struct ct_error *err)
{
	const struct ct_create shared = { .parents = true };
	const struct ct_place *place = &container->places[index];
	ct_cleanup(ct_place_clear) struct ct_place parent = {
		.hierarchy = place->hierarchy,
		.path = strndup(place->path, above->length),
		.fd = -1,
	};

	if (!parent.path)
		return ct_failx(err, ENOMEM, "out of memory");
	above->exists = above->exists && ct_place_open(&parent) == 0;
	if (!above->exists && !how->parents && above->length > above->base)
		return describe_missing_parent(container, index, parent.path,
					       parent.path + above->base + (above->base != 0), err);
	if (!above->exists && plan_create(&parent, above->length > above->base ? how : &shared, txn, err) < 0)
		return -ENOMEM;
	return plan_enable(&parent, above->exists, &above->available, how, txn, err);
}

static int plan_place(const struct ct_hierarchies *all, const struct ct_container *container, size_t index,
		      const struct ct_create *how, struct ct_txn *txn, struct ct_error *err)
{
	const struct ct_place *place = &container->places[index];
	bool counts = all->base && ct_hierarchies_name(all, place->path);
	struct above above = { .base = counts ? strlen(all->base) : 0, .exists = true }; /* the root does */
	/* of v2 only what is below the base is ours to hand down; in v1 nobody else has made the base */
	const char *slash = place->path + (place->hierarchy->version == 2 ? above.base : 0);
	int result = 0;

	while (result >= 0 && slash) {
		above.length = (size_t)(slash - place->path);
		result = plan_above(container, index, &above, how, txn, err);
		slash = strchr(slash + (*slash == '/'), '/');
	}
	free(above.available);
	if (result < 0)
		return result;
	if (plan_create(place, how, txn, err) < 0)
		return -ENOMEM;
	return plan_leaf(place, how, txn, err);
}

int ct_create_plan(struct ct_hierarchies *all, const char *name, const struct ct_create *how,
		   struct ct_txn *txn, struct ct_error *err)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	int result = ct_container_choose(all, name, &container, err);
	size_t before = txn->count;

	for (size_t i = 0; result >= 0 && i < container.count; i++) {
		if (container.places[i].fd < 0)
			result = plan_place(all, &container, i, how, txn, err);
		else if (!how->parents)
			result = describe_existing(&container, err);
	}
	if (result >= 0 && how->parents && txn->count > before)
		result = ct_pinning_widen(all, &container, txn, err);
	return result;
}

static bool shifts(const struct ct_txn *txn)
{
	for (size_t i = 0; i < txn->count; i++)
		if (txn->steps[i].kind == CT_STEP_SHIFT)
			return true;
	return false;
}

int ct_create_run(struct ct_hierarchies *all, struct ct_txn *txn, struct ct_error *err)
{
	struct ct_error ignored; /* nothing stands still meanwhile, so that it may be done without */
	autoclose int state = shifts(txn) ? ct_state_open(&ignored) : -1;
	struct ct_safe safe;
	int result = state < 0 ? 0 : ct_safe_begin(all, LOCK_TIMEOUT, &safe, err);

	if (result < 0)
		return result;
	txn->journal = state < 0 ? NULL : &safe.journal;
	result = ct_txn_run(txn, err);
	txn->journal = NULL;
	if (state >= 0)
		ct_safe_end(&safe, result < 0 && err->torn);
	return result;
}
