/* SPDX-License-Identifier: MIT */
/* For victim.c: the registers of this processor. */
#pragma once

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ucontext.h>

#define ZONE_NAME "red zone"

enum { SPINS = 20000, GENERAL = 15, ZONE = 16, VECTORS = 32, WIDE = 64, MASKS = 8 };

struct registers {
	uint64_t general[2][GENERAL];	/* at 0: before and after */
	uint64_t zone[2][ZONE];		/* at 240 */
	uint64_t masks[2][MASKS];	/* at 496 */
	uint64_t width, pad;		/* at 624: 16, 32 or 64 bytes a vector */
	unsigned char vectors[2][VECTORS][WIDE] __attribute__((aligned(64)));	/* at 640 */
};

_Static_assert(offsetof(struct registers, zone) == 240 && offsetof(struct registers, masks) == 496 &&
	       offsetof(struct registers, width) == 624 && offsetof(struct registers, vectors) == 640,
	       "the offsets in the code");

/* Fills all registers, counts down, stores them. The count is in memory, on the stack. */
void spin(struct registers *registers, uint64_t count);

__asm__(".text\n.globl spin\n"
	"spin:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	sub $136, %rsp\n"	/* room for a red zone of our own */
	"	push %rdi\n"		/* 8(%rsp) */
	"	push %rsi\n"		/* (%rsp) */
	"	cmpq $32, 624(%rdi)\n"
	"	jb 1f\n"
	"	ja 2f\n"
	".altmacro\n"
	".macro load op, reg, n\n"
	"	\\op 640+\\n*64(%rdi), %\\reg\\n\n"
	".endm\n"
	".macro store op, reg, n\n"
	"	\\op %\\reg\\n, 2688+\\n*64(%rdi)\n"
	".endm\n"
	".set i, 0\n .rept 16\n load vmovdqu, ymm, %i\n .set i, i+1\n .endr\n"
	"	jmp 3f\n"
	"1:\n"
	".set i, 0\n .rept 16\n load movdqu, xmm, %i\n .set i, i+1\n .endr\n"
	"	jmp 3f\n"
	"2:\n"
	".set i, 0\n .rept 32\n load vmovdqu64, zmm, %i\n .set i, i+1\n .endr\n"
	".macro loadk n\n	kmovw 496+\\n*8(%rdi), %k\\n\n.endm\n"
	".macro storek n\n	kmovw %k\\n, 560+\\n*8(%rdi)\n.endm\n"
	".set i, 0\n .rept 8\n loadk %i\n .set i, i+1\n .endr\n"
	"3:\n"
	".macro zone n\n	mov 240+\\n*8(%rdi), %rax\n	mov %rax, -8-\\n*8(%rsp)\n.endm\n"
	".set i, 0\n .rept 16\n zone %i\n .set i, i+1\n .endr\n"
	"	mov 0(%rdi), %rax;	mov 8(%rdi), %rbx;	mov 16(%rdi), %rcx\n"
	"	mov 24(%rdi), %rdx;	mov 32(%rdi), %rsi;	mov 48(%rdi), %rbp\n"
	"	mov 56(%rdi), %r8;	mov 64(%rdi), %r9;	mov 72(%rdi), %r10\n"
	"	mov 80(%rdi), %r11;	mov 88(%rdi), %r12;	mov 96(%rdi), %r13\n"
	"	mov 104(%rdi), %r14;	mov 112(%rdi), %r15;	mov 40(%rdi), %rdi\n"
	"4:	decq (%rsp)\n"
	"	jnz 4b\n"
	"	xchg %rdi, 8(%rsp)\n"	/* the pointer; rdi is where it was */
	"	mov %rax, 120(%rdi);	mov %rbx, 128(%rdi);	mov %rcx, 136(%rdi)\n"
	"	mov %rdx, 144(%rdi);	mov %rsi, 152(%rdi);	mov %rbp, 168(%rdi)\n"
	"	mov %r8, 176(%rdi);	mov %r9, 184(%rdi);	mov %r10, 192(%rdi)\n"
	"	mov %r11, 200(%rdi);	mov %r12, 208(%rdi);	mov %r13, 216(%rdi)\n"
	"	mov %r14, 224(%rdi);	mov %r15, 232(%rdi)\n"
	"	mov 8(%rsp), %rax;	mov %rax, 160(%rdi)\n"
	".macro unzone n\n	mov -8-\\n*8(%rsp), %rax\n	mov %rax, 368+\\n*8(%rdi)\n.endm\n"
	".set i, 0\n .rept 16\n unzone %i\n .set i, i+1\n .endr\n"
	"	cmpq $32, 624(%rdi)\n"
	"	jb 5f\n"
	"	ja 6f\n"
	".set i, 0\n .rept 16\n store vmovdqu, ymm, %i\n .set i, i+1\n .endr\n"
	"	jmp 7f\n"
	"5:\n"
	".set i, 0\n .rept 16\n store movdqu, xmm, %i\n .set i, i+1\n .endr\n"
	"	jmp 8f\n"
	"6:\n"
	".set i, 0\n .rept 32\n store vmovdqu64, zmm, %i\n .set i, i+1\n .endr\n"
	".set i, 0\n .rept 8\n storek %i\n .set i, i+1\n .endr\n"
	"7:	vzeroupper\n"
	"8:	pop %rsi; pop %rdi\n"
	"	add $136, %rsp\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n"
	"spin_end:\n"
	".noaltmacro\n");
extern const char spin_end[];

/* "harmed": this is what would be noticed. */
static void harm_registers(int number, siginfo_t *info, void *argument)
{
	ucontext_t *context = argument;
	greg_t at = context->uc_mcontext.gregs[REG_RIP];

	(void)number;
	(void)info;
	if (at <= (greg_t)(uintptr_t)spin || at >= (greg_t)(uintptr_t)spin_end)
		return;
	if (getenv("CT_HARM_VECTORS"))
		context->uc_mcontext.fpregs->_xmm[9].element[2] ^= 1;
	else
		context->uc_mcontext.gregs[REG_R11] ^= 1;
}

static inline uint64_t width(void)
{
	return __builtin_cpu_supports("avx512f") ? 64 : __builtin_cpu_supports("avx2") ? 32 : 16;
}

static inline const void *vector_at(const struct registers *registers, int side, size_t i)
{
	return registers->vectors[side][i < 16 || registers->width == 64 ? i : 0];
}

static inline size_t vector_bytes(const struct registers *registers)
{
	return sizeof(registers->vectors[0]);
}

/* What not every value can be in. */
static inline void adjust(struct registers *registers, uint64_t seed)
{
	for (int i = 0; i < MASKS; i++)
		registers->masks[0][i] = registers->width == 64 ? (seed >> i) & 0xffff : 0;
}
