/* SPDX-License-Identifier: MIT */
/* The lists of names that ct.h hands out. */
#pragma once

#include "common/error.h"
#include "lib/ct.h"

/* A new, empty one; NULL with err set. */
struct libct_list *list_new(struct ct_error *err);

/* Appends a copy of text. */
int list_add(struct libct_list *list, const char *text, struct ct_error *err);

/* For one that has not been handed out. */
void list_drop(struct libct_list *const *list);
