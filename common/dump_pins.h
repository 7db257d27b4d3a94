/* SPDX-License-Identifier: MIT */
/* The namespaces that containers name, as a line of a dump (dump.h). */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "common/container.h"
#include "common/pin.h"

/* Those of the containers that were dumped before. */
struct ct_dump_pins {
	struct ct_dump_pin {
		char *name;	/* owned */
		struct ct_pins pins;
	} *items;		/* owned */
	size_t count;
};

/*
 * Prints the kinds that the container has pinned; what one before it has, too, as that one's. Nothing if
 * there are none; what is gone is left out. 0 or -ENOMEM.
 */
int ct_dump_pins_print(struct ct_dump_pins *before, const struct ct_container *container, FILE *file);

void ct_dump_pins_clear(struct ct_dump_pins *before);
