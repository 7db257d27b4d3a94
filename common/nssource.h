/* SPDX-License-Identifier: MIT */
/*
 * Where namespaces come from: the list that -N takes. "net" is the container's own, or a new one
 * for a container that is made; net=NEW a new one, net=web/frontend the one that container names,
 * net=PID:1234 that of a process, net=FILE:/run/netns/blue one that is mounted on a file or
 * open as one. "all" is every kind not listed otherwise, "none" is nothing.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "common/container.h"
#include "common/error.h"
#include "common/hierarchy.h"
#include "common/nsset.h"

enum ct_nssource_from {
	CT_NSSOURCE_NONE,	/* not asked for */
	CT_NSSOURCE_ANY,	/* by "all" */
	CT_NSSOURCE_OWN,	/* by the kind alone */
	CT_NSSOURCE_NEW,
	CT_NSSOURCE_CONTAINER,	/* text */
	CT_NSSOURCE_PROCESS,	/* pid */
	CT_NSSOURCE_FILE,	/* text */
};

struct ct_nssource {
	struct {
		enum ct_nssource_from from;
		const char *text;	/* in words */
		pid_t pid;
	} items[CT_NSSET_KINDS];
	char *words;	/* NULL: nothing was given; owned */
};

/* Understands list; a source that is not new must not be of this kind twice. */
int ct_nssource_parse(const char *list, struct ct_nssource *ret_source, struct ct_error *err);

/* The kinds that are to come from there. */
int ct_nssource_flags(const struct ct_nssource *source, enum ct_nssource_from from);

/* Opens those of containers, processes and files, and adds them to set. */
int ct_nssource_open(const struct ct_nssource *source, struct ct_hierarchies *all,
		     struct ct_nsset *set, struct ct_error *err);

/* The same of the kinds in flags alone. */
int ct_nssource_open_some(const struct ct_nssource *source, struct ct_hierarchies *all, int flags,
			  struct ct_nsset *set, struct ct_error *err);

/* "net,uts=PID:1234", for the caller to free. -ENOMEM. */
int ct_nssource_text(const struct ct_nssource *source, char **ret_text);

void ct_nssource_clear(struct ct_nssource *source);
