/* SPDX-License-Identifier: MIT */
/*
 * A command. Its file ends in a struct applet, named by one extern here and one line in
 * ct.c's array. run() gets the operands alone, already counted.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "cmd/option.h"
#include "common/error.h"
#include "common/hierarchy.h"
#include "common/txn.h"

struct applet {
	const char *name;
	const char *summary;		/* as in the manual page's NAME */
	const char *operands;		/* as in its SYNOPSIS */
	const char *op;			/* what its change is called in an audit record */
	int min_operands;
	int max_operands;		/* -1: any number */
	bool changes;			/* has --dry-run */
	bool moves;			/* moves tasks: what was left unfinished stops it */
	bool command;			/* operands are a command: options end at the first */
	int failure;			/* exit status of a failure, 1 if not set */
	const struct ct_option *options;

	/*
	 * Returns an exit status, or a negative errno with err set, which ct.c prints.
	 */
	int (*run)(int count, char **operands, struct ct_error *err);
};

extern const struct applet ctattach, ctclone, ctcreate, ctexec, ctfreeze, ctkill, ctmount, ctrm, ctset, ctstat,
	ctwait;

/* The options that all commands have. */
extern struct applet_globals {
	const char *program;	/* the command's name, before every message */
	const char *sysroot;	/* "", or a fixture */
	bool verbose, dry_run, help, version;
	bool changes, moves;	/* as the command's struct applet has them */
	bool audited;		/* what fails is recorded */
	const char *op;		/* the command's, or what an option has made of it */
	bool marks;		/* there are containers that delete themselves, found by applet_recover() */
	sigset_t signals;	/* the mask that ct was started with, if changes */
} globals;

/*
 * The hierarchies, with those selected that list (-H, or NULL) names; for_new: of
 * which new containers are made. all is cleared by the caller.
 */
int applet_hierarchies(const char *list, bool for_new, struct ct_hierarchies *all,
		       struct ct_error *err);

/*
 * The same without -H, for who needs no more than the hierarchy that has controller (NULL: all), and looks
 * again (applet_look) if that was not enough.
 */
int applet_home(const char *controller, struct ct_hierarchies *all, struct ct_error *err);

/* What applet_hierarchies() does after its questions to audit and the journal. */
int applet_look(const char *list, bool for_new, struct ct_hierarchies *all, struct ct_error *err);

/* Before anything is changed: can it be recorded, if it must? applet_hierarchies() asks it too. */
int applet_audit(struct ct_error *err);

/*
 * Whatever is to be done: first what a dead mover has left is put right, and a dead reaper replaced. If
 * the former cannot be, a command that moves tasks fails; any other says so and goes on.
 */
int applet_recover(struct ct_error *err);

/* Whether list names hierarchies one by one, in each of which a container then must be. */
bool applet_exact(const char *list);

/* Runs the transaction; with --dry-run prints its steps on stdout instead. */
int applet_run(struct ct_txn *txn, struct ct_error *err);
int applet_print_plan(const struct ct_txn *txn, struct ct_error *err);

/* Calls act for each operand, reports each failure, and returns the exit status. */
int applet_each(int count, char **operands,
		int (*act)(struct ct_hierarchies *all, const char *name, struct ct_error *err),
		struct ct_hierarchies *all);
