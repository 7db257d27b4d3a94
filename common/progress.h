/* SPDX-License-Identifier: MIT */
/* How far something has come that may take a while. Nothing is shown unless cmd/ says how. */
#pragma once

#include <stddef.h>

/* Told how many are left, again and again while it lasts; NULL: nobody wants to know. */
extern void (*ct_progress)(size_t left);
