/* SPDX-License-Identifier: MIT */
/*
 * Records of what is changed, for the kernel's audit system: who, which container, which processes,
 * with which result. They go through libaudit, which is loaded when the kernel takes records and not
 * before. CT_AUDIT in the environment says whether: off, auto (the default), or require, with
 * which nothing is changed that could not be recorded. See ct-audit(7).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"

/* One record. What is NULL or 0 is left out. Nothing is owned. */
struct ct_audit {
	const char *op;		/* "create", "attach", … */
	const char *container;
	const char *hierarchies;	/* their labels, with commas between */
	const char *path;	/* mounts: where */
	const char *filesystem;	/* mounts: what */
	const char *command;	/* that is executed, or NAME=VALUE that is set */
	int signal;
	const pid_t *pids;
	size_t count;
	int error;		/* a positive errno; 0: it succeeded */
};

/*
 * For a command that is about to change something, before it does; program is in its records. -EINVAL:
 * CT_AUDIT is wrong; with require also why no record can be written.
 */
int ct_audit_begin(const char *program, struct ct_error *err);

/* For a process that stays in the background: it goes by the kernel's will alone, and asks again. */
void ct_audit_renew(const char *program);

/* Whether records are written: what costs something to find out need be only then. */
bool ct_audit_on(void);

/*
 * Writes the record, if records are written. With CT_AUDIT=require a failure is an error (-EIO); it
 * is always told by ct_audit_lost().
 */
int ct_audit_write(const struct ct_audit *record, struct ct_error *err);

/*
 * What the kernel refuses from this process, which has lost the right since it asked, goes to the socket
 * fd instead, whose other end is with ct_audit_serve(); it is closed by the next call. -1: nowhere.
 */
void ct_audit_relay(int fd);

/* For a process that has it: writes what comes from the socket fd, until that is closed. */
void ct_audit_serve(int fd);

/*
 * For the one place where the result of a whole command, or of one of its operands, is known: with
 * an error other than 0 writes a record, unless a failure has been recorded by whoever met with it.
 */
void ct_audit_conclude(const struct ct_audit *record);

/* Whether a record has been lost since this was last asked; tells why, for the last of them. */
bool ct_audit_lost(struct ct_error *ret_why);

/* Whether that must be told: CT_AUDIT=require. */
bool ct_audit_required(void);
