/* SPDX-License-Identifier: MIT */
/*
 * For victim.c: the registers of this processor. There is no red zone; in its place is what the system
 * and the flags are kept in. Where there is SVE the vectors are as wide as it has them.
 */
#pragma once

#include <asm/hwcap.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ucontext.h>

#define ZONE_NAME "flags and system registers"

enum { SPINS = 200000, GENERAL = 31, ZONE = 5, VECTORS = 32, WIDE = 256, MASKS = 17 * WIDE / 64 };

struct registers {
	uint64_t general[2][GENERAL];	/* at 0: before and after; x16 counts */
	uint64_t zone[2][ZONE];		/* at 496: flags, fpcr, fpsr, sp, tpidr_el0 */
	uint64_t width, pad;		/* at 576: bytes a vector; 16: without SVE */
	uint64_t masks[2][MASKS];	/* at 592: p0 to p15, and ffr */
	unsigned char vectors[2][VECTORS][WIDE] __attribute__((aligned(64)));	/* at 1728, each behind the other */
};

_Static_assert(offsetof(struct registers, zone) == 496 && offsetof(struct registers, width) == 576 &&
	       offsetof(struct registers, masks) == 592 && sizeof(uint64_t[MASKS]) == 544 &&
	       offsetof(struct registers, vectors) == 1728, "the offsets in the code");

#define EACH(numbers, line) "	.irp n," numbers "\n	" line "\n	.endr\n"
#define UP_TO_15 "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"
#define UP_TO_31 UP_TO_15 ",16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
#define BUT_16 "2,3,4,5,6,7,8,9,10,11,12,13,14,15,17,18,19,20,21,22,23,24,25,26,27,28,29"

/* Fills all registers, counts down, stores them. */
void spin(struct registers *registers, uint64_t count);
uint64_t vector_length(void);

__asm__(".text\n"
	".arch_extension sve\n"
	".globl spin, spin_end, vector_length\n"
	"vector_length:\n"
	"	cntb x0\n"
	"	ret\n"
	"spin:\n"
	"	stp x29, x30, [sp, #-192]!\n"
	"	stp x19, x20, [sp, #16];	stp x21, x22, [sp, #32]\n"
	"	stp x23, x24, [sp, #48];	stp x25, x26, [sp, #64]\n"
	"	stp x27, x28, [sp, #80];	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112];	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144];	str x18, [sp, #160]\n"
	"	str x0, [sp, #168]\n"
	"	mov x16, x1\n"
	"	ldr x1, [x0, #576]\n"
	"	add x2, x0, #1728\n"
	"	cmp x1, #16\n"
	"	b.eq 1f\n"
	/* ffr first: it is filled by way of p0 */
	"	add x3, x0, #592\n"
	"	ldr p0, [x3, #16, mul vl]\n"
	"	wrffr p0.b\n"
	EACH(UP_TO_15, "ldr p\\n, [x3, #\\n, mul vl]")
	EACH(UP_TO_31, "ldr z\\n, [x2, #\\n, mul vl]")
	"	b 2f\n"
	"1:\n"
	EACH(UP_TO_31, "ldr q\\n, [x2, #16 * \\n]")
	"2:	ldp x2, x3, [x0, #496];	ldr x4, [x0, #512]\n"
	"	msr nzcv, x2;	msr fpcr, x3;	msr fpsr, x4\n"
	"	mov x2, sp;	mrs x3, tpidr_el0\n"
	"	str x2, [x0, #520];	str x3, [x0, #528]\n"
	EACH(BUT_16, "ldr x\\n, [x0, #8 * \\n]")
	"	ldr x30, [x0, #240];	ldp x0, x1, [x0]\n"
	"3:	sub x16, x16, #1\n"
	"	cbnz x16, 3b\n"
	"	stp x0, x1, [sp, #176]\n"
	"	ldr x0, [sp, #168]\n"
	EACH(BUT_16, "str x\\n, [x0, #248 + 8 * \\n]")
	"	str x30, [x0, #488]\n"
	"	ldp x2, x3, [sp, #176];	str x2, [x0, #248];	str x3, [x0, #256]\n"
	"	ldr x2, [x0, #128];	str x2, [x0, #376]\n"
	"	mrs x2, nzcv;	mrs x3, fpcr;	mrs x4, fpsr\n"
	"	str x2, [x0, #536];	str x3, [x0, #544];	str x4, [x0, #552]\n"
	"	mov x2, sp;	mrs x3, tpidr_el0\n"
	"	str x2, [x0, #560];	str x3, [x0, #568]\n"
	"	msr fpcr, xzr\n"
	"	ldr x1, [x0, #576]\n"
	"	mov x2, #1728 + 8192\n"
	"	add x2, x0, x2\n"
	"	cmp x1, #16\n"
	"	b.eq 4f\n"
	"	add x3, x0, #1136\n"
	EACH(UP_TO_31, "str z\\n, [x2, #\\n, mul vl]")
	EACH(UP_TO_15, "str p\\n, [x3, #\\n, mul vl]")
	"	rdffr p0.b\n"
	"	str p0, [x3, #16, mul vl]\n"
	"	b 5f\n"
	"4:\n"
	EACH(UP_TO_31, "str q\\n, [x2, #16 * \\n]")
	"5:	ldp x19, x20, [sp, #16];	ldp x21, x22, [sp, #32]\n"
	"	ldp x23, x24, [sp, #48];	ldp x25, x26, [sp, #64]\n"
	"	ldp x27, x28, [sp, #80];	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112];	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144];	ldr x18, [sp, #160]\n"
	"	ldp x29, x30, [sp], #192\n"
	"	ret\n"
	"spin_end:\n"
	".arch_extension nosve\n");
extern const char spin_end[];

static inline uint64_t width(void)
{
	return getauxval(AT_HWCAP) & HWCAP_SVE ? vector_length() : 16;
}

static inline const void *vector_at(const struct registers *registers, int side, size_t i)
{
	return (const unsigned char *)registers->vectors[side] + i * registers->width;
}

static inline size_t vector_bytes(const struct registers *registers)
{
	return VECTORS * registers->width;
}

/* What not every value can be in. */
static inline void adjust(struct registers *registers, uint64_t seed)
{
	uint64_t *zone = registers->zone[0], vl = registers->width;
	unsigned char *ffr = (unsigned char *)registers->masks[0] + vl / 8 * 16;

	zone[0] = seed & 0xf0000000;
	zone[1] = seed & 3 << 22; /* how to round */
	zone[2] = seed & 0x0800009f;
	if (vl == 16)
		memset(registers->masks[0], 0, sizeof(registers->masks[0]));
	else /* ones, then zeros */
		for (uint64_t i = 0; i < vl / 8; i++)
			ffr[i] = i < seed % (vl / 8) ? 0xff : 0;
	memset((unsigned char *)registers->masks[0] + vl / 8 * 17, 0, sizeof(registers->masks[0]) - vl / 8 * 17);
}

/* "harmed": this is what would be noticed. */
static void harm_registers(int number, siginfo_t *info, void *argument)
{
	mcontext_t *context = &((ucontext_t *)argument)->uc_mcontext;
	struct fpsimd_context *vectors = (struct fpsimd_context *)context->__reserved;

	(void)number;
	(void)info;
	if (context->pc <= (uintptr_t)spin || context->pc >= (uintptr_t)spin_end)
		return;
	if (getenv("CT_HARM_VECTORS"))
		vectors->vregs[9] ^= 1;
	else
		context->regs[11] ^= 1;
}
