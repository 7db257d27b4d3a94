/* SPDX-License-Identifier: MIT */
/*
 * The hierarchies of the machine: a list, each with operations for v1 or v2.
 * There is no mode and no constant mount point; a hierarchy is known by its
 * device number, of which there may be several mounts. See cgroups(7).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/mountinfo.h"

struct ct_hierarchy {
	int id;			/* as /proc/self/cgroup numbers it; 0 is v2 */
	unsigned version;	/* 1 or 2 */
	dev_t device;
	const char *label;	/* "cpu,cpuacct", "name=x", "v2": what -H calls it */
	const char *mountpoint;	/* NULL: active, but mounted nowhere we see */
	const char *root;	/* the part of the hierarchy that is mounted there */
	const char *options;
	const char *self;	/* where the calling process is, as the kernel names it */
	bool selected;		/* by ct_hierarchies_select() */
	int fd;			/* O_PATH of the mount point, -1 until it is needed */
	int proc;		/* the directory /proc; not owned */
	const char *instead;	/* what who may not make containers there does (root.h); NULL: nothing special */
	const struct ct_cgroup_ops *ops;
};

struct ct_hierarchies {
	struct ct_hierarchy *items;
	size_t count;		/* mounted ones, in the order of their mounts */
	size_t total;		/* with those behind them that are not mounted */
	int proc;		/* the directory /proc */
	char *sysroot;		/* "" but for fixtures */
	char *base;		/* in all hierarchies, where relative names count from (root.h); NULL: the root */
	bool owned;		/* v2 belongs to an init system that has not given ct a part of it */
	struct ct_mountinfo mounts;
	char *self_text;	/* the strings label and self point into it */
};

/*
 * Reads what is mounted. sysroot stands before every path ("" on a real
 * machine). Having no hierarchy at all is no error here.
 */
int ct_hierarchies_open(struct ct_hierarchies *ret_all, const char *sysroot,
			struct ct_error *err);
void ct_hierarchies_clear(struct ct_hierarchies *all);

/*
 * If controller has a mounted v1 hierarchy: that one alone, with controller as its label. What it takes
 * to know the others, and where tasks are, is not read, which saves a tenth of a short command: id is
 * -1, self NULL. Else as ct_hierarchies_open(). controller must outlive all.
 */
int ct_hierarchies_open_home(struct ct_hierarchies *ret_all, const char *sysroot,
			     const char *controller, struct ct_error *err);

/*
 * Marks the mounted hierarchies that list names as selected, and no others: "cpu",
 * "name=x", "v2", "all", with commas between. A controller that is bound to no v1
 * hierarchy means v2 if it has it. No list (NULL): all, or with for_new the
 * ones new containers are made in: all but the named ones of init systems.
 */
int ct_hierarchies_select(struct ct_hierarchies *all, const char *list, bool for_new,
			  struct ct_error *err);

/* Opens hierarchy->fd if it is not open, and makes sure that it is that hierarchy. */
int ct_hierarchy_open(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy,
		      struct ct_error *err);

/* Whether it is v2, can be opened, and has the controller word to give. */
bool ct_hierarchy_offers(struct ct_hierarchies *all, struct ct_hierarchy *hierarchy,
			 const char *word);

/*
 * For commands that only look: deselects the hierarchies that cannot be opened; err tells the first
 * of them. Returns how many.
 */
int ct_hierarchies_drop_unreachable(struct ct_hierarchies *all, struct ct_error *err);

/* The v2 hierarchy; NULL: it is not mounted. */
struct ct_hierarchy *ct_hierarchies_v2(const struct ct_hierarchies *all);

/* The path that a relative name stands for, for the caller to free; NULL: out of memory. */
char *ct_hierarchies_path(const struct ct_hierarchies *all, const char *name);

/* The other way round: how what lies at path is called, "" the base itself; NULL: it lies outside. */
const char *ct_hierarchies_name(const struct ct_hierarchies *all, const char *path);

/* Whether one of label's words is word. */
bool ct_hierarchy_has(const struct ct_hierarchy *hierarchy, const char *word);

/*
 * Where text, the contents of a task's cgroup file, puts it in this hierarchy: a path
 * below the mounted root, for the caller to free. -ENOENT: outside of what is
 * mounted; -ENODATA: the text has no line for it. Like a system call: no text.
 */
int ct_hierarchy_locate(const struct ct_hierarchy *hierarchy, const char *text,
			char **ret_path);

/* Whether the text puts the task elsewhere than at path; what it does not tell is not so. Allocates nothing. */
bool ct_hierarchy_is_elsewhere(const struct ct_hierarchy *hierarchy, const char *text, const char *path);

/* The same for a path as the kernel names it, such as hierarchy->self. */
int ct_hierarchy_locate_path(const struct ct_hierarchy *hierarchy, const char *kernel_path,
			     char **ret_path);

/*
 * Whether it was mounted outside of the caller's cgroup namespace: what that namespace shows begins somewhere
 * below the mount, and the kernel does not tell where.
 */
bool ct_hierarchy_is_outside(const struct ct_hierarchy *hierarchy);

/* Whether text, as for ct_hierarchy_locate(), and other put a task into the same place. */
bool ct_hierarchy_is_same(const struct ct_hierarchy *hierarchy, const char *text, const char *other);

/*
 * Whether cgroup namespaces are boundaries in it (v2 with nsdelegate): tasks pass none from within, whoever
 * moves them, and the limits of the namespace's root are set from outside.
 */
bool ct_hierarchy_is_bounded(const struct ct_hierarchy *hierarchy);

/* All labels with commas between, for messages. */
void ct_hierarchies_labels(const struct ct_hierarchies *all, char *buffer, size_t size);
