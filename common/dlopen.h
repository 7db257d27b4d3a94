/* SPDX-License-Identifier: MIT */
/*
 * Libraries that only some commands need are loaded when they are needed, so that ctexec
 * starts with nothing but libc. Each is known to exactly one source file, which holds its
 * table of functions and the note by which packagers find the dependency.
 */
#pragma once

#include <stddef.h>

#include "common/error.h"

struct ct_symbol {
	const char *name;
	void *slot;	/* the address of the function pointer to set */
};

/*
 * Loads soname and sets all slots. Calling it again is harmless. package is what a
 * person installs to get it. The library stays loaded.
 */
int ct_dlopen(const char *soname, const char *package, const struct ct_symbol *symbols,
	      size_t count, struct ct_error *err);

/*
 * An ELF note in the section .note.dlopen, as specified by the UAPI group ("ELF dlopen
 * Metadata"): vendor "FDO", type 0x407c0c0a, a JSON array.
 */
#define CT_DLOPEN_NOTE(identifier, json)                                                     \
	__attribute__((used, retain, section(".note.dlopen"), aligned(4))) static const struct { \
		struct {                                                                     \
			unsigned name_size, text_size, type;                                 \
		} header;                                                                    \
		char name[4];                                                                \
		__attribute__((aligned(4))) char text[sizeof(json)];                         \
	} identifier = {                                                                     \
		.header = { .name_size = 4, .text_size = sizeof(json), .type = 0x407c0c0a },  \
		.name = "FDO",                                                               \
		.text = json,                                                                \
	}
