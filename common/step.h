/* SPDX-License-Identifier: MIT */
/*
 * The kinds of step that a transaction is made of. Each knows how it is applied, how it is
 * undone, and how it is finished once all are committed; undoing and finishing may be
 * repeated, and look before they act, because recovery repeats them. Cgroups are reached
 * through struct ct_cgroup_ops alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/cgroup.h"
#include "common/container.h"
#include "common/error.h"
#include "common/nsset.h"
#include "common/nssource.h"
#include "common/param.h"
#include "common/settings.h"
#include "common/taskset.h"
#include "common/walk.h"

enum ct_step_kind {
	CT_STEP_ENABLE,	/* the controllers words, for the children of place */
	CT_STEP_CREATE,	/* place */
	CT_STEP_OWN,	/* place, to uid and gid; undone by undoing its creation */
	CT_STEP_MODE,	/* place, to mode; undone likewise */
	CT_STEP_NOTIFY,	/* place, v1: its release agent runs when it empties; undone likewise */
	CT_STEP_JOIN,	/* the calling process to place */
	CT_STEP_ATTACH,	/* tasks to place */
	CT_STEP_SHIFT,	/* all processes of origin, in v2, to place, which is new and empty */
	CT_STEP_SET,	/* the parameter name of place to value; undone by what was there before */
	CT_STEP_REMOVE,	/* place; undone by making it again as it was */
	CT_STEP_STAGE,	/* makes place, frozen; what is in it then goes home, or on to arrive */
	CT_STEP_HOLD,	/* freezes place where it lies; then it is thawed, tasks gone on to arrive;
			 * running: only if something is to be undone */
	CT_STEP_PIN,	/* namespaces as those of the container at place */
	CT_STEP_UNPIN,	/* when finished: those of the containers at place and below that are gone */
	CT_STEP_ENTER,	/* party, of tasks, into its namespaces; place only says of what move */
};

struct ct_party;

/* What PIN and UNPIN work on. */
struct ct_pinning {
	struct ct_container container;	/* PIN: its places in all hierarchies, if it is there; owned */
	struct ct_container inside;	/* PIN: where it is for certain by then; owned */
	struct ct_nsset set;		/* PIN: what is to be pinned; owned */
	int fresh;			/* PIN: the kinds that are to be made new before */
	struct ct_nssource later;	/* PIN: of its containers some are made before; owned */
	struct ct_hierarchies *all;	/* PIN: where those are; not owned */
	bool keep;			/* PIN: what it names already stays, and is no failure */
	int flags;			/* PIN: what was pinned */
	struct ct_tree names;		/* UNPIN: who had pins; owned */
};

struct ct_step {
	enum ct_step_kind kind;
	struct ct_place place;		/* owned */
	char *words;			/* ENABLE; PIN, ENTER: in words; SET, devices.deny of all: what is allowed
					 * after it, or NULL; owned */
	char *origin;			/* JOIN, SHIFT, CREATE for that, running ATTACH: the path they leave, or NULL; owned */
	char *arrive;			/* STAGE, HOLD: where tasks wake when finished, or NULL; owned */
	struct ct_taskset *tasks;	/* ATTACH, STAGE, HOLD, ENTER; not owned */
	struct ct_party *party;		/* ENTER: NULL in a plan; not owned */
	bool threads;			/* ATTACH, STAGE, HOLD: chosen threads, not whole processes */
	bool running;			/* ATTACH, HOLD: the tasks run meanwhile (move.h) */
	bool listed;			/* running ATTACH: the tasks were listed in origin just now */
	bool stilled;			/* running HOLD: it came to a freeze */
	bool was_frozen;		/* HOLD: and so it stays */
	bool removed;			/* REMOVE: there was something to remove */
	bool shared;			/* CREATE: that others make or use it too is no failure */
	bool made;			/* CREATE: it was not there; SHIFT: undone, place goes too (recovery) */
	nlink_t links;			/* ENABLE: of place, which tell how many children it had */
	struct ct_settings settings;	/* REMOVE, SET: what it had; owned */
	bool alone;			/* SET: applied, it is committed: nothing follows that could fail */
	const struct ct_param *param;	/* SET: NULL if the table does not know it */
	char *name, *value;		/* SET: as typed, and as ct_param_parse() made it; owned */
	char *where;			/* SET, PIN: "FILE:LINE" to name in a refusal, or NULL; owned */
	struct ct_pinning *pinning;	/* PIN, UNPIN; owned */
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

int ct_step_apply(struct ct_step *step, struct ct_error *err);
/* To be called for all steps before the first is undone: what runs is held still for it. */
int ct_step_brace(struct ct_step *step, struct ct_error *err);
int ct_step_undo(struct ct_step *step, struct ct_error *err);
int ct_step_finish(struct ct_step *step, struct ct_error *err);

/* Whether a step that could not be applied may have done a part, which is to be undone. */
bool ct_step_is_partial(const struct ct_step *step);

/* Whether it has been done for good, so that there is only forward from here. */
bool ct_step_is_final(const struct ct_step *step);

/* The kind's name: "create", "attach", … */
const char *ct_step_name(const struct ct_step *step);

/* The step as one line without newline: "create memory /web/frontend". The text is the caller's. */
int ct_step_text(const struct ct_step *step, char **ret_text);

void ct_step_clear(struct ct_step *step);

/* Attaches ids one by one as the kernel wants; those that have ended are passed over. */
int ct_step_attach_all(struct ct_place *place, enum ct_attach kind, const pid_t *ids, size_t count,
		       struct ct_error *err);

/*
 * The ids to write for the step, appended: the chosen threads, or each process with a chosen one.
 * -ENOMEM.
 */
int ct_step_ids(const struct ct_step *step, pid_t **ids, size_t *count);

/*
 * Attaches the tasks that from holds, and what they have forked, while they run, in passes until none
 * of them is in it (step_running.c). Who is listed is attached with all its threads; what it has
 * forked before is in the next list. A list without any is the last word: the kernel lets no fork
 * be half done while it attaches. Who has come in meanwhile stays. strictly: all the tasks must be
 * there, and nobody who is on his way. listed: they have been seen in from just now. -EAGAIN: that
 * is not so, or they fork too fast, or so many of them that each write has to wait for them.
 */
int ct_step_empty(struct ct_place *from, struct ct_place *to, const struct ct_taskset *tasks,
		  bool strictly, bool listed, struct ct_error *err);

/*
 * Drops from ids those of other pid namespaces, which v2 lists as 0: they cannot be named from here,
 * and a 0 that is written means the writer. Returns how many are left.
 */
size_t ct_step_drop_unseen(pid_t *ids, size_t count);

int ct_step_attach_running(struct ct_step *step, struct ct_error *err);

/* Those that set parameters (step_set.c). */
int ct_step_set(struct ct_step *step, struct ct_error *err);
int ct_step_unset(struct ct_step *step, struct ct_error *err);

/* Those that move tasks (step_tasks.c). */
int ct_step_join(struct ct_step *step, struct ct_error *err);
int ct_step_leave(struct ct_step *step, struct ct_error *err);
int ct_step_attach(struct ct_step *step, struct ct_error *err);
int ct_step_detach(struct ct_step *step, struct ct_error *err);

/* What empties a container into a new one below it (step_shift.c). */
int ct_step_shift(struct ct_step *step, struct ct_error *err);
int ct_step_shift_back(struct ct_step *step, struct ct_error *err);

/* Those that hold them still (step_hold.c). */
int ct_step_stage(struct ct_step *step, struct ct_error *err);
int ct_step_send_home(struct ct_step *step, struct ct_error *err);
int ct_step_send_on(struct ct_step *step, struct ct_error *err);
int ct_step_hold(struct ct_step *step, struct ct_error *err);
int ct_step_hold_now(struct ct_step *step, struct ct_error *err);
int ct_step_let_go(struct ct_step *step, struct ct_error *err);
int ct_step_let_on(struct ct_step *step, struct ct_error *err);

/* Those that pin namespaces (step_pin.c). */
int ct_step_pin(struct ct_step *step, struct ct_error *err);
int ct_step_take_pins(struct ct_step *step, struct ct_error *err);
int ct_step_note_pins(struct ct_step *step, struct ct_error *err);
int ct_step_renew_pins(struct ct_step *step, struct ct_error *err);
int ct_step_unpin(struct ct_step *step, struct ct_error *err);
void ct_step_clear_pins(struct ct_step *step);

/* That which enters namespaces (step_enter.c). */
int ct_step_enter(struct ct_step *step, struct ct_error *err);
int ct_step_brace_party(struct ct_step *step, struct ct_error *err);
int ct_step_go_back(struct ct_step *step, struct ct_error *err);
int ct_step_go_on(struct ct_step *step, struct ct_error *err);
