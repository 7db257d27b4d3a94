/* SPDX-License-Identifier: MIT */
/*
 * The parameters of a container: one table of every file that the kernel documents
 * (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/), under its name in v2 where it has
 * one, with the file or files of v1 that say the same, and how. ct-parameters(7) is held to it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* What a parameter takes. */
enum ct_takes {
	CT_TAKES_NOTHING,	/* it is for reading */
	CT_TAKES_TASKS,		/* tasks: other commands move and end them */
	CT_TAKES_ACTION,	/* something happens, which cannot be undone */
	CT_TAKES_NUMBER,	/* least to most */
	CT_TAKES_COUNT,		/* 0 to most, or max */
	CT_TAKES_SIZE,		/* bytes, or max */
	CT_TAKES_MEMORY,	/* bytes, a percentage of the machine's memory, or max */
	CT_TAKES_QUOTA,		/* microseconds of a period, a percentage of one CPU, or max */
	CT_TAKES_PERCENT,	/* 0 to 100, or max */
	CT_TAKES_LIST,		/* of CPUs or memory nodes */
	CT_TAKES_WORD,		/* one of words */
	CT_TAKES_LIMITS,	/* a device, and any of rbps= wbps= riops= wiops= */
	CT_TAKES_WEIGHTS,	/* 1 to 10000, for all devices or for one */
	CT_TAKES_CONTROLLERS,	/* +NAME,-NAME,… */
	CT_TAKES_TEXT,		/* what the kernel's documentation says */
};

enum { CT_PARAM_FILES = 4, CT_PARAM_WRITES = 4, CT_PARAM_NAME = 96 };

/* What is to be written to files of v1, one after the other. */
struct ct_param_writes {
	struct {
		size_t file;	/* which of the parameter's */
		char text[64];
	} items[CT_PARAM_WRITES];
	size_t count;
};

/* How the files of v1 say what v2's file does. texts[i] is what the i-th has, "" without it. */
struct ct_translation {
	/* In v2's words, without a newline at the end; for the caller to free. -ENOMEM. */
	int (*read)(const char *const *texts, char **ret_value);
	/* value is complete, and right for v2. */
	int (*write)(const char *value, const char *const *texts, struct ct_param_writes *writes,
		     struct ct_error *err);
	bool rounds;	/* a value of v1 may not come back as it was */
};

struct ct_param {
	const char *name;	/* SIZE in it stands for every size of huge pages */
	const char *controller;	/* in v2; "cgroup": of every container */
	const char *v1_controller;
	const char *v1;		/* its files in v1 with blanks between, NULL: there is none */
	const struct ct_translation *how;	/* NULL: the one file says the same */
	enum ct_takes takes;
	const char *words;	/* WORD: with blanks between */
	int64_t least, most;	/* NUMBER, COUNT */
	const char *initial;	/* of a new container, NULL: it depends */
	const char *note;	/* what stands for it, or for what it stands, NULL */
	bool only_v1;		/* name is v1's, and v2 has none */
	bool root_only;		/* only the root of a hierarchy has it */
};

extern const struct ct_param ct_params[];
extern const size_t ct_params_count;

/* The parameter of that name, or NULL. */
const struct ct_param *ct_param_find(const char *name);

/* The one whose first file in v1 is file, or with any one of its files; NULL. */
const struct ct_param *ct_param_find_v1(const char *file, bool any);

/*
 * The index-th of the files in v1 that stand for the parameter when it is called name; false if there
 * are no more. buffer has CT_PARAM_NAME bytes.
 */
bool ct_param_v1_file(const struct ct_param *param, const char *name, size_t index, char *buffer);

/* Its name in v2 where its first file in v1 is file. */
void ct_param_name_of(const struct ct_param *param, const char *file, char *buffer);

/* What it takes, in words for a person: "1 to 10000". */
void ct_param_takes(const struct ct_param *param, char *buffer, size_t size);

/*
 * What was typed in the kernel's words: numbers without units, "max". What depends on the present
 * value (a percentage of a period) stays as it is, for ct_param_complete(). *ret_value is the caller's.
 */
int ct_param_parse(const struct ct_param *param, const char *text, char **ret_value,
		   struct ct_error *err);

/* The value that is to be written where now is the present one, both in v2's words. */
int ct_param_complete(const struct ct_param *param, const char *value, const char *now,
		      char **ret_value, struct ct_error *err);

/* The value as a person would write it, if it comes out exact: "512M", "50%". For the caller to free; NULL. */
char *ct_param_units(const struct ct_param *param, const char *value);

/* The value for a person, rounded: "512M". For the caller to free; NULL without memory. */
char *ct_param_human(const struct ct_param *param, const char *value);

/* The translations (param_v1.c), for the table. */
extern const struct ct_translation ct_param_memory, ct_param_swap, ct_param_swap_used, ct_param_soft,
	ct_param_shares, ct_param_nice, ct_param_quota, ct_param_freeze, ct_param_io_max,
	ct_param_io_weight, ct_param_exclusive, ct_param_size;
