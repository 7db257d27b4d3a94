// SPDX-License-Identifier: MIT
/* Hierarchies and containers: what there is, making and removing. */
#include <errno.h>
#include <string.h>

#include "common/array.h"
#include "common/cleanup.h"
#include "common/create.h"
#include "common/remove.h"
#include "common/stat.h"
#include "common/victims.h"
#include "lib/handle.h"
#include "lib/list.h"
#include "lib/worker.h"

/* ---- What there is ----------------------------------------------------------- */

static int list_hierarchies(const struct libct *ct, struct libct_list **ret_labels, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(list_drop) struct libct_list *list = NULL;
	int result = handle_check(ct, "", 0, 0, err);

	if (result >= 0)
		result = handle_hierarchies(ct, false, &all, err);
	if (result >= 0 && !(list = list_new(err)))
		return -ENOMEM;
	for (size_t i = 0; result >= 0 && i < all.count; i++)
		if (all.items[i].selected)
			result = list_add(list, all.items[i].label, err);
	if (result >= 0)
		*ret_labels = ct_take_ptr(list);
	return result;
}

LIBCT_PUBLIC int libct_hierarchies(const struct libct *ct, struct libct_list **ret_labels, struct libct_error *ret_err)
{
	struct ct_error err = { 0 };
	CALM;

	return handle_tell(ret_err, list_hierarchies(ct, ret_labels, &err), &err);
}

static int find_mountpoint(const struct libct *ct, const char *label, struct libct_list **ret_path, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(list_drop) struct libct_list *list = NULL;
	int result = handle_check(ct, label, 0, 0, err);

	if (result >= 0)
		result = handle_hierarchies(ct, false, &all, err);
	if (result < 0)
		return result;
	for (size_t i = 0; i < all.count; i++) {
		if (!all.items[i].selected || strcmp(all.items[i].label, label) != 0)
			continue;
		list = list_new(err);
		if (!list || list_add(list, all.items[i].mountpoint, err) < 0)
			return -ENOMEM;
		*ret_path = ct_take_ptr(list);
		return 0;
	}
	return ct_failx(err, ENOENT, "no hierarchy is called '%s': libct_hierarchies() lists them", label);
}

LIBCT_PUBLIC int libct_mountpoint(const struct libct *ct, const char *label, struct libct_list **ret_path,
				  struct libct_error *ret_err)
{
	struct ct_error err = { 0 };
	CALM;

	return handle_tell(ret_err, find_mountpoint(ct, label, ret_path, &err), &err);
}

static int list_containers(const struct libct *ct, const char *container, uint64_t flags,
			   struct libct_list **ret_names, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_containers_clear) struct ct_containers found = { 0 };
	ct_cleanup(list_drop) struct libct_list *list = NULL;
	struct ct_error hidden = { 0 }; /* what may not be looked at is not there for the caller */
	int result = handle_check(ct, container ? container : "", flags, LIBCT_RECURSIVE, err);

	if (result >= 0)
		result = handle_hierarchies(ct, false, &all, err);
	if (result < 0)
		return result;
	ct_hierarchies_drop_unreachable(&all, &hidden);
	result = ct_stat_find(&all, container, handle_is_exact(ct), flags & LIBCT_RECURSIVE, &found, &hidden, err);
	if (result < 0)
		return container ? ct_fail_in(err, "%s", container) : result;
	if (!(list = list_new(err)))
		return -ENOMEM;
	for (size_t i = 0; result >= 0 && i < found.count; i++)
		result = list_add(list, found.items[i].name, err);
	if (result >= 0)
		*ret_names = ct_take_ptr(list);
	return result;
}

LIBCT_PUBLIC int libct_containers(const struct libct *ct, const char *container, uint64_t flags,
				  struct libct_list **ret_names, struct libct_error *ret_err)
{
	struct ct_error err = { 0 };
	CALM;

	return handle_tell(ret_err, list_containers(ct, container, flags, ret_names, &err), &err);
}

static int list_where(const struct libct *ct, const char *name, struct libct_list **ret_labels, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(list_drop) struct libct_list *list = NULL;
	int result = handle_check(ct, name, 0, 0, err);

	if (result >= 0)
		result = handle_container(ct, name, &all, &container, err);
	if (result >= 0 && !(list = list_new(err)))
		return -ENOMEM;
	for (size_t i = 0; result >= 0 && i < container.count; i++)
		result = list_add(list, container.places[i].hierarchy->label, err);
	if (result >= 0)
		*ret_labels = ct_take_ptr(list);
	return result;
}

LIBCT_PUBLIC int libct_where(const struct libct *ct, const char *container, struct libct_list **ret_labels,
			     struct libct_error *ret_err)
{
	struct ct_error err = { 0 };
	CALM;

	return handle_tell(ret_err, list_where(ct, container, ret_labels, &err), &err);
}

static int list_processes(const struct libct *ct, const char *name, uint64_t flags, pid_t *pids, size_t room,
			  struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_reach_clear) struct ct_reach reach = { 0 };
	ct_cleanup(ct_victims_clear) struct ct_victims members = { 0 };
	size_t count = 0;
	int result = handle_check(ct, name, flags, LIBCT_RECURSIVE, err);

	if (result >= 0)
		result = handle_container(ct, name, &all, &container, err);
	if (result < 0)
		return result;
	result = ct_reach_open(&container, flags & LIBCT_RECURSIVE, &reach, err);
	if (result >= 0)
		result = ct_victims_list(&reach, &members, err);
	if (result < 0)
		return ct_fail_in(err, "%s", name);
	for (size_t i = 0; i < members.count; i = ct_victims_next(&members, i), count++)
		if (count < room)
			pids[count] = members.items[i].pid;
	return (int)count;
}

LIBCT_PUBLIC int libct_processes(const struct libct *ct, const char *container, uint64_t flags, pid_t *pids,
				 size_t room, struct libct_error *ret_err)
{
	struct ct_error err = { 0 };
	CALM;

	return handle_tell(ret_err, list_processes(ct, container, flags, pids, room, &err), &err);
}

/* ---- Making and removing ----------------------------------------------------- */

struct job {
	const struct libct *ct;
	const char *container;
	uint64_t flags;
};

static int create(const void *argument, uint64_t *numbers, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	const struct job *job = argument;
	const struct ct_create how = { .parents = job->flags & LIBCT_PARENTS, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	int result = worker_look(job->ct, true, &all, err);

	(void)numbers;
	if (result < 0)
		return result;
	result = ct_create_plan(&all, job->container, &how, &txn, err);
	if (result >= 0)
		result = ct_txn_run(&txn, err);
	if (result >= 0)
		result = ct_txn_commit(&txn, err);
	return worker_conclude("create", job->container, result, err);
}

static int remove_container(const void *argument, uint64_t *numbers, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_txn_clear) struct ct_txn txn = { 0 };
	const struct job *job = argument;
	int result = worker_look(job->ct, false, &all, err);

	(void)numbers;
	if (result < 0)
		return result;
	result = ct_container_open(&all, job->container, handle_is_exact(job->ct), &container, err);
	if (result >= 0)
		result = ct_remove_plan(&container, job->flags & LIBCT_RECURSIVE, false, &txn, err);
	if (result >= 0)
		result = ct_txn_run(&txn, err);
	if (result >= 0)
		result = ct_txn_commit(&txn, err);
	return worker_conclude("remove", job->container, result, err);
}

static int change(int (*act)(const void *job, uint64_t *numbers, struct ct_error *err), const struct job *job,
		  uint64_t known, struct libct_error *ret_err)
{
	uint64_t numbers[WORKER_NUMBERS];
	struct ct_error err = { 0 };
	int result = handle_check(job->ct, job->container, job->flags, known, &err);

	if (result >= 0)
		result = worker_run(act, job, numbers, &err);
	return handle_tell(ret_err, result, &err);
}

LIBCT_PUBLIC int libct_create(const struct libct *ct, const char *container, uint64_t flags, struct libct_error *ret_err)
{
	const struct job job = { .ct = ct, .container = container, .flags = flags };
	CALM;

	return change(create, &job, LIBCT_PARENTS, ret_err);
}

LIBCT_PUBLIC int libct_remove(const struct libct *ct, const char *container, uint64_t flags, struct libct_error *ret_err)
{
	const struct job job = { .ct = ct, .container = container, .flags = flags };
	CALM;

	return change(remove_container, &job, LIBCT_RECURSIVE, ret_err);
}
