/* SPDX-License-Identifier: MIT */
/* What a parameter of a container is at present. */
#pragma once

#include <stdbool.h>

#include "common/cgroup.h"
#include "common/param.h"

/* What the files of a parameter in v1 say, "" where there is none. */
struct ct_param_texts {
	char *texts[CT_PARAM_FILES]; /* owned */
};

/* Whether in that place the parameter is in v1's words, which are to be translated. */
bool ct_param_is_foreign(const struct ct_place *place, const struct ct_param *param);

/* The file that name is there, if it need not be translated; buffer has CT_PARAM_NAME bytes. */
void ct_param_file(const struct ct_place *place, const struct ct_param *param, const char *name,
		   char *buffer);

/* Reads the files in v1. Like a system call: the first must be there. */
int ct_param_texts_read(const struct ct_place *place, const struct ct_param *param, const char *name,
			struct ct_param_texts *ret_texts);
void ct_param_texts_clear(struct ct_param_texts *texts);

/*
 * The value in v2's words, without the newline at the end, for the caller to free. param may be
 * NULL, then name is a file. The place is open. Like a system call.
 */
int ct_param_read(const struct ct_place *place, const struct ct_param *param, const char *name,
		  char **ret_value);

/* The name in the table that name is a slip of, or NULL. */
const char *ct_param_nearest(const char *name);

/* Why the place does not have the parameter's file, and what helps: -ENOENT. */
int ct_param_explain_missing(const struct ct_place *place, const struct ct_param *param,
			     const char *name, struct ct_error *err);
