/* SPDX-License-Identifier: MIT */
/*
 * libct: containers over all hierarchies of cgroups, for programs. See libct(3).
 *
 * A container is the directories of one relative path, its name, in one or more hierarchies: v1, v2
 * or both. What is changed is changed in all of them or in none; a process that is moved arrives with
 * all that it forks meanwhile, or stays where it was. It is the same engine as that of the commands
 * (ct(8)), with the same lock and the same journal: both can be used at once.
 *
 * Results. A function returns 0, or the count that it is asked for, or a negative errno. If err is not
 * NULL it is filled in then, and left alone else. Decide on the code, never on the text. What is named
 * ret_* is written on success only. The codes that callers want to tell apart:
 *
 *	-ENOENT		there is no such container, or hierarchy
 *	-EEXIST		there is one already
 *	-EBUSY		it holds tasks or containers, is frozen, or another move does not end
 *	-ESRCH		a process that was named is not there
 *	-EACCES, -EPERM	the caller may not
 *	-ETIMEDOUT	it did not come to that in time
 *	-EINVAL		the call makes no sense; an unknown flag, too
 *	-ECANCELED	what did the work has been killed
 *
 * On failure nothing has changed, unless err->torn is set: then err->text tells what is left.
 *
 * Threads. All functions may be called by several threads at once, with the same handle or with others:
 * a handle is only read, but for libct_close(). Lists and errors belong to one thread at a time. They
 * are no cancellation points, and not async-signal-safe.
 *
 * The process. The library installs no signal handler, keeps no thread, no process and no open
 * descriptor between calls, writes to nobody's stderr, and changes neither the locale nor the working
 * directory, umask, limits or scheduling. What changes something does it in a short-lived child process,
 * which has none of the caller's descriptors, and for which the caller's wait(2), waitpid(-1, …) and
 * SIGCHLD handler do not see anything; __WALL and __WCLONE do. The calling thread waits for it with its
 * signals held back. Should the caller be killed, the child undoes what is not done, and should both
 * be, a guard does, or the next call or command. A child costs what fork(2) does: more in a program
 * with gigabytes of memory. Its soft limits of descriptors and of the size of files are raised as far as
 * they may be; what only looks has the caller's, and two descriptors for each hierarchy. The handlers of
 * pthread_atfork(3) are run, and the child allocates memory: a program with threads needs an allocator that
 * survives fork(2), as that of libc does.
 *
 * Environment: CT_ROOT, CT_AUDIT and XDG_RUNTIME_DIR are read as the commands do.
 *
 * What is here stays: functions, values and the meaning of fields are kept as long as the library is
 * called libct.so.0. Structures that may grow are passed with their size. Zero what is not used, which
 * the LIBCT_*_INIT do.
 */
#ifndef CT_H
#define CT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Errors ---------------------------------------------------------------- */

/* The caller's; it owns nothing. */
struct libct_error {
	int32_t code;		/* a positive errno */
	int32_t torn;		/* not 0: something changed that could not be put back */
	char text[1016];	/* one line, for people: the object, the rule, the way out */
};

/* ---- Handles --------------------------------------------------------------- */

/* How names are understood. */
struct libct;

/*
 * root: the container where names count from, as --root of ct(8) has it; NULL: as the commands find
 * it. hierarchies: what to keep to, as -H of the commands ("cpu,memory", "v2"); NULL: all. The
 * hierarchies are looked for anew by each call, so that a handle does not age.
 */
int libct_open(const char *root, const char *hierarchies, struct libct **ret_ct, struct libct_error *err);

/* NULL is fine. No other thread may be using the handle. */
void libct_close(struct libct *ct);

/* The version of the library that is running, such as "0.1". */
const char *libct_version(void);

/* ---- Lists ----------------------------------------------------------------- */

/* Names. The strings belong to the list. */
struct libct_list;

size_t libct_list_count(const struct libct_list *list);
const char *libct_list_get(const struct libct_list *list, size_t index);	/* NULL: beyond the end */
void libct_list_free(struct libct_list *list);					/* NULL is fine */

/* ---- Hierarchies ----------------------------------------------------------- */

/*
 * The hierarchies of the handle that are mounted, in the order of their mounts: "cpu,cpuacct", "name=x",
 * "v2". None is no error.
 */
int libct_hierarchies(const struct libct *ct, struct libct_list **ret_labels, struct libct_error *err);

/* Where the one that is called label is mounted; the list has this one element. */
int libct_mountpoint(const struct libct *ct, const char *label, struct libct_list **ret_path,
		     struct libct_error *err);

/* ---- Containers ------------------------------------------------------------ */

/* Flags; which ones a function takes stands above it. */
#define LIBCT_RECURSIVE	UINT64_C(0x01)	/* what is below it as well */
#define LIBCT_PARENTS	UINT64_C(0x02)	/* make what is missing above it, and let what exists be */
#define LIBCT_WAIT	UINT64_C(0x04)	/* until no process is left */
#define LIBCT_REMOVE	UINT64_C(0x08)	/* and remove it afterwards */
#define LIBCT_THREADS	UINT64_C(0x10)	/* the ids are threads, which are moved alone */
#define LIBCT_FROZEN	UINT64_C(0x20)	/* it may be frozen: they stop there */

/*
 * Makes a container: in all hierarchies of the handle, or where that has no list in all but those of init
 * systems; with the mode that the caller's umask leaves, as mkdir(2) does. Flags: PARENTS.
 */
int libct_create(const struct libct *ct, const char *container, uint64_t flags, struct libct_error *err);

/* Removes an empty container from all hierarchies in which it is. Flags: RECURSIVE. */
int libct_remove(const struct libct *ct, const char *container, uint64_t flags, struct libct_error *err);

/*
 * The names of the containers there are: container itself, or all topmost ones if that is NULL; with
 * RECURSIVE those below as well, each after the one that it lies in.
 */
int libct_containers(const struct libct *ct, const char *container, uint64_t flags,
		     struct libct_list **ret_names, struct libct_error *err);

/* The hierarchies in which the container is. */
int libct_where(const struct libct *ct, const char *container, struct libct_list **ret_labels,
		struct libct_error *err);

/*
 * The processes in the container, in whichever of its hierarchies, each once, by number. The first room of
 * them are stored at pids, which may be NULL with a room of 0. Returns how many there are, which may be
 * more. Flags: RECURSIVE.
 */
int libct_processes(const struct libct *ct, const char *container, uint64_t flags, pid_t *pids, size_t room,
		    struct libct_error *err);

/* ---- The move -------------------------------------------------------------- */

struct libct_move_how {
	size_t size;		/* of this structure */
	uint64_t flags;		/* RECURSIVE: and all their descendants; THREADS, FROZEN */
	const char *from;	/* also everything that is in this container; or NULL */
	uint64_t timeout;	/* milliseconds that holding the tasks still may take; 0: 2000 */
	/* set on success: */
	uint64_t moved;		/* how many threads */
	uint64_t held;		/* microseconds for which they stood still; 0: they did not */
};

#define LIBCT_MOVE_INIT { sizeof(struct libct_move_how), 0, NULL, 0, 0, 0 }

/*
 * Moves processes into the container, with everything that they fork meanwhile, in all its hierarchies or
 * in none. The caller may be among them. how may be NULL. A process that ends meanwhile is no error; one
 * that is not there to begin with is (-ESRCH). Waits while others move, up to ten seconds for each.
 */
int libct_move(const struct libct *ct, const char *container, const pid_t *pids, size_t count,
	       struct libct_move_how *how, struct libct_error *err);

/* ---- Starting, ending, freezing -------------------------------------------- */

struct libct_spawn_how {
	size_t size;			/* of this structure */
	uint64_t flags;			/* 0 */
	char *const *environment;	/* NULL: that of the caller */
	const char *directory;		/* the working directory; NULL: that of the caller */
	int32_t standard[3];		/* what becomes stdin, stdout and stderr; -1: the caller's */
	int32_t reserved;		/* 0 */
};

#define LIBCT_SPAWN_INIT { sizeof(struct libct_spawn_how), 0, NULL, NULL, { -1, -1, -1 }, 0 }

/*
 * Starts argv, found as execvp(3) does, as a child of the caller that is in the container before it runs.
 * It has the signal mask of the calling thread, and descriptors as execve(2) leaves them. When this
 * returns it has become the command, and the caller is to wait for it as for any child; on failure there
 * is none. how may be NULL.
 */
int libct_spawn(const struct libct *ct, const char *container, char *const argv[],
		const struct libct_spawn_how *how, pid_t *ret_pid, struct libct_error *err);

/*
 * Sends signal to every process in the container, once. SIGKILL is sent until nobody is left, faster than
 * they fork, and thaws what is frozen. Waits for the end with SIGKILL, WAIT or REMOVE, up to timeout
 * milliseconds (0: 10000). Flags: RECURSIVE, WAIT, REMOVE. -EPERM: it holds the caller, or who started it.
 */
int libct_kill(const struct libct *ct, const char *container, int signal, uint64_t flags, uint64_t timeout,
	       struct libct_error *err);

/*
 * Freezes what is in the container and below, and returns when all stands still. After timeout
 * milliseconds (0: 10000) it is thawed again, and err names who would not stop.
 */
int libct_freeze(const struct libct *ct, const char *container, uint64_t timeout, struct libct_error *err);

/* Lets it run again. That it was not frozen is no error; that it is by a container above is (-EBUSY). */
int libct_thaw(const struct libct *ct, const char *container, struct libct_error *err);

/* ---- Figures --------------------------------------------------------------- */

/* Which fields are known: not each hierarchy, controller and kernel tells all. */
#define LIBCT_PROCESSES		UINT64_C(0x001)
#define LIBCT_CPU		UINT64_C(0x002)
#define LIBCT_MEMORY		UINT64_C(0x004)
#define LIBCT_MEMORY_PEAK	UINT64_C(0x008)
#define LIBCT_SWAP		UINT64_C(0x010)
#define LIBCT_IO_READ		UINT64_C(0x020)
#define LIBCT_IO_WRITTEN	UINT64_C(0x040)
#define LIBCT_PIDS		UINT64_C(0x080)
#define LIBCT_MEMORY_LIMIT	UINT64_C(0x100)	/* not known: there is none */
#define LIBCT_PIDS_LIMIT	UINT64_C(0x200)
#define LIBCT_STATE		UINT64_C(0x400)

/* Values of state. */
#define LIBCT_THAWED	UINT64_C(0)
#define LIBCT_FREEZING	UINT64_C(1)
#define LIBCT_IS_FROZEN	UINT64_C(2)

struct libct_figures {
	size_t size;		/* of this structure; set by the caller */
	uint64_t known;		/* of the flags above */
	uint64_t when;		/* microseconds by CLOCK_MONOTONIC */
	uint64_t processes;	/* in the container itself, each once; all else is with those below */
	uint64_t cpu;		/* nanoseconds */
	uint64_t memory;	/* bytes, as all that follow but for pids */
	uint64_t memory_peak;
	uint64_t swap;
	uint64_t io_read;
	uint64_t io_written;
	uint64_t pids;		/* threads, as the controller pids counts them */
	uint64_t memory_limit;
	uint64_t pids_limit;
	uint64_t state;
};

#define LIBCT_FIGURES_INIT { sizeof(struct libct_figures), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* Fills in what of it is known. */
int libct_stat(const struct libct *ct, const char *container, struct libct_figures *stat, struct libct_error *err);

#ifdef __cplusplus
}
#endif

#endif
