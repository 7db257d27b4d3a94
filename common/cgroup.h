/* SPDX-License-Identifier: MIT */
/*
 * One container's directory in one hierarchy (a place), and what can be done
 * with it. v1 and v2 differ in how, not in what: each is a table of operations,
 * and the layers above call nothing else, so that a test can stand a model in
 * their stead.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"

struct ct_hierarchy;

struct ct_place {
	struct ct_hierarchy *hierarchy;
	char *path;	/* below the hierarchy's root, "" the root itself; owned */
	int fd;		/* O_PATH directory, -1: not opened or not there; owned */
	const char *instead;	/* as that of the hierarchy, before which it goes; NULL */
};

/* Whether the tasks of a place run. */
enum ct_freeze_state {
	CT_THAWED,
	CT_FREEZING,
	CT_FROZEN,
	CT_NO_FREEZER,	/* the hierarchy cannot freeze */
};

/* What an id given to attach means. */
enum ct_attach {
	CT_ATTACH_PROCESS,	/* the whole process */
	CT_ATTACH_THREAD,	/* one thread alone */
	CT_ATTACH_SELF,		/* the calling process, which has one thread; the id is not looked at */
};

enum ct_list { CT_LIST_PROCESSES, CT_LIST_THREADS };

struct ct_cgroup_ops {
	/*
	 * Makes the directory and opens it. v1 cpuset: cpus and mems are copied
	 * from the parent, for without them it could hold no task. On failure
	 * nothing is left.
	 */
	int (*create)(struct ct_place *place, struct ct_error *err);

	/* Removes the directory, which must hold no task and no child, and closes it. */
	int (*remove)(struct ct_place *place, struct ct_error *err);

	/*
	 * Whether the place may hold processes and the caller may move them there, as far as
	 * that can be told before; refused as attach would refuse it.
	 */
	int (*accepts)(struct ct_place *place, struct ct_error *err);

	/* The processes or threads in the place, not sorted, appended to *ids. */
	int (*list)(struct ct_place *place, enum ct_list kind, pid_t **ids, size_t *count,
		    struct ct_error *err);

	/*
	 * Moves the tasks ids[0 … count) in, one after the other. Stops at the
	 * first that is refused; *ret_done is how many went before it, set also
	 * on failure. -ESRCH: that task is gone.
	 */
	int (*attach)(struct ct_place *place, enum ct_attach kind, const pid_t *ids,
		      size_t count, size_t *ret_done, struct ct_error *err);

	/*
	 * The controllers the place can give its children, or with enabled those it
	 * gives them, as "cpu memory"; v1 has none to give. The string is the caller's.
	 */
	int (*controllers)(struct ct_place *place, bool enabled, char **ret_words,
			   struct ct_error *err);

	/*
	 * Gives the directory, and in it the files by which tasks and containers are
	 * managed (no limits), to uid and gid; (uid_t)-1 and (gid_t)-1 leave them.
	 */
	int (*own)(struct ct_place *place, uid_t uid, gid_t gid, struct ct_error *err);

	/*
	 * Enables the controllers named in words for the children, or disables them.
	 * Refuses (-EBUSY) to enable any while the place, not the root, holds processes.
	 */
	int (*enable)(struct ct_place *place, const char *words, bool on, struct ct_error *err);

	/* Kills everything in the place and below at once; -EOPNOTSUPP: it cannot. */
	int (*kill)(struct ct_place *place, struct ct_error *err);

	/*
	 * Begins to freeze what is in the place and below, or lets it run again, if it was
	 * frozen itself (not by a place above). freeze_state tells when it is done; on v1 a
	 * freeze that hangs goes on when this is called again. -EOPNOTSUPP: no freezer.
	 */
	int (*freeze)(struct ct_place *place, bool on, struct ct_error *err);

	int (*freeze_state)(struct ct_place *place, enum ct_freeze_state *ret_state,
			    struct ct_error *err);

	/* Whether the place was told to freeze itself, which it may be below a frozen one too. */
	int (*freezes_itself)(struct ct_place *place, bool *ret_itself, struct ct_error *err);

	/* Whether the caller may freeze the place: 0, or a negative errno, like a system call. */
	int (*may_freeze)(struct ct_place *place);
};

extern const struct ct_cgroup_ops ct_cgroup_v1, ct_cgroup_v2;

/*
 * Opens place->fd if it is not open. -ENOENT: the place does not exist.
 * Like a system call: no text.
 */
int ct_place_open(struct ct_place *place);

/* Frees the path and closes the descriptor; place may be zeroed or cleared. */
void ct_place_clear(struct ct_place *place);

/* Closes those that are open: there may be more places than descriptors. */
void ct_places_close(struct ct_place *places, size_t count);

/* "PATH in LABEL", quoted in messages; the buffer is the caller's. */
const char *ct_place_text(const struct ct_place *place, char *buffer, size_t size);

/*
 * The processes (file "cgroup.procs") or threads ("tasks", "cgroup.threads")
 * that the kernel lists in a place, not sorted; appended to *pids.
 */
int ct_place_list(struct ct_place *place, const char *file, pid_t **pids, size_t *count,
		  struct ct_error *err);

/* Whether the caller may write file in the place: 0, or a negative errno. */
int ct_cgroup_access(struct ct_place *place, const char *file);

/* Whether the write of file has failed with code because the place is the root of our cgroup namespace, a boundary. */
bool ct_cgroup_is_boundary(const struct ct_place *place, const char *file, int code);

/* What to say then. */
#define CT_CGROUP_BOUNDARY "it is the root of this cgroup namespace, which v2 (mounted with nsdelegate) lets be set and frozen only from outside: run it there"

/* For the tables of operations: what v1 and v2 do alike. */
/* Fails as the write of file, by which the place was to be frozen or thawed, has with code. */
int ct_cgroup_explain_freeze(const struct ct_place *place, bool on, const char *file, int code,
			     struct ct_error *err);
int ct_cgroup_mkdir(struct ct_place *place, struct ct_error *err);
int ct_cgroup_rmdir(struct ct_place *place, struct ct_error *err);
int ct_cgroup_own(struct ct_place *place, const char *const *files, uid_t uid, gid_t gid,
		  struct ct_error *err);
int ct_cgroup_attach(struct ct_place *place, const char *file, bool self, const pid_t *ids,
		     size_t count, size_t *ret_done);

/* A place's path split: the parent's path is path[0 … returned), the name what follows. */
size_t ct_path_parent(const char *path, const char **ret_name);
