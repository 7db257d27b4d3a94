/* SPDX-License-Identifier: MIT */
/* For victim.c, on processors whose registers it does not know: what the compiler keeps in them must do. */
#pragma once

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ZONE_NAME "memory"

enum { SPINS = 20000, GENERAL = 15, ZONE = 1, VECTORS = 1, MASKS = 1 };

struct registers {
	uint64_t general[2][GENERAL], zone[2][ZONE], masks[2][MASKS], width;
	unsigned char vectors[2][VECTORS][16];
};

static inline void spin(struct registers *registers, uint64_t count)
{
	for (volatile uint64_t left = count; left > 0; left--)
		;
	memcpy(registers->general[1], registers->general[0], sizeof(registers->general[0]));
	memcpy(registers->zone[1], registers->zone[0], sizeof(registers->zone[0]));
	memcpy(registers->masks[1], registers->masks[0], sizeof(registers->masks[0]));
	memcpy(registers->vectors[1], registers->vectors[0], sizeof(registers->vectors[0]));
}

static inline uint64_t width(void)
{
	return sizeof(((struct registers *)NULL)->vectors[0][0]);
}

static inline const void *vector_at(const struct registers *registers, int side, size_t i)
{
	return registers->vectors[side][i];
}

static inline size_t vector_bytes(const struct registers *registers)
{
	return sizeof(registers->vectors[0]);
}

static inline void adjust(struct registers *registers, uint64_t seed)
{
	(void)registers;
	(void)seed;
}

/* "harmed": nothing is known that would be noticed. */
static void harm_registers(int number, siginfo_t *info, void *argument)
{
	(void)number;
	(void)info;
	(void)argument;
}
