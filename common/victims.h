/* SPDX-License-Identifier: MIT */
/*
 * Who is in a container: each process with the hierarchies that list it, over all hierarchies in
 * which the container exists, and if that is meant over all containers below it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/container.h"
#include "common/error.h"

/* The directories that are meant: of the container, and with recursive of those below it. */
struct ct_reach {
	struct ct_container *container;	/* not owned */
	bool recursive;
	struct ct_container whole;	/* all of them, opened when they are needed; owned */
	size_t *tops;			/* for each: which of container's places it is or lies in; owned */
};

/* A process in one hierarchy. */
struct ct_victim {
	pid_t pid;
	size_t top;	/* index into container's places */
};

struct ct_victims {
	struct ct_victim *items;	/* by pid, then by top, each pair once; owned */
	size_t count;
	size_t processes;		/* how many different ones */
	size_t unseen;			/* of other pid namespaces: v2 lists them without a number */
};

/* Looks which directories there are. */
int ct_reach_open(struct ct_container *container, bool recursive, struct ct_reach *ret_reach,
		  struct ct_error *err);
void ct_reach_clear(struct ct_reach *reach);

/* Whether path in the hierarchy of container's place number top is meant. */
bool ct_reach_has(const struct ct_reach *reach, size_t top, const char *path);

/* Whether a thread of the process is in one of them now; one that lives tells the truth. */
bool ct_reach_holds(const struct ct_reach *reach, int proc, pid_t pid);

/*
 * Lists them. A process counts where one of its threads is; of several threads in different
 * containers v1 lists each. A directory that has gone meanwhile lists nothing.
 */
int ct_victims_list(struct ct_reach *reach, struct ct_victims *ret_victims, struct ct_error *err);
void ct_victims_clear(struct ct_victims *victims);

bool ct_victims_have(const struct ct_victims *victims, pid_t pid);

/* Where the process after that at first begins: for (i = 0; i < count; i = ct_victims_next(…, i)). */
size_t ct_victims_next(const struct ct_victims *victims, size_t first);

/* The labels of the hierarchies that list the process at first, with commas between. */
void ct_victims_labels(const struct ct_victims *victims, size_t first,
		       const struct ct_container *container, char *buffer, size_t size);
