/* SPDX-License-Identifier: MIT */
/*
 * What ptrace(2) needs to know of a processor: the registers of a stopped thread, and the short
 * code that a thread runs to enter namespaces (machine_x86_64.c, machine_aarch64.c).
 *
 * The code is whole in itself, so that the thread comes to no harm when its tracer is killed:
 * it opens a pidfd of a process in the namespaces, enters them, closes the pidfd, and
 * then returns by rt_sigreturn(2) to where the thread was, from a signal frame that holds
 * all its registers and its signal mask. The thread gets there by one change of its registers. A
 * tracer that lives stops it before the return and puts the registers back itself: only
 * this keeps what is left of an interrupted sleep, which rt_sigreturn forgets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	CT_MACHINE_CODE = 96,		/* bytes that the code needs at most */
	CT_MACHINE_FRAME = 24576,	/* and a signal frame */
};

struct ct_machine {
	uint64_t registers[64];
	size_t size;			/* of registers, in bytes */
	uint64_t mask;			/* of signals */
	size_t vector_size;
	unsigned char vectors[16384];	/* as the kernel's register set of them */
};

/* A system call that a thread slept in before it was stopped. */
struct ct_machine_sleep {
	bool known;
	uint64_t times;			/* that the thread had gone to sleep by then */
	uint64_t number, arguments[6];
	uint64_t stack, address;	/* the stack pointer, and where the call returns to */
};

struct ct_machine_call {
	uintptr_t code, frame;		/* where they are in the thread's memory */
	uintptr_t path;			/* directory to change to afterwards, or 0 */
	pid_t holder;			/* of the namespaces, as the thread numbers it */
	int flags;			/* which */
};

/* Results as of system calls. */
struct ct_machine_result {
	long holder, enter, directory;
};

extern const unsigned char ct_machine_code[];
extern const size_t ct_machine_code_size;

/* Whether a stopped thread does not show the call that was interrupted: it takes a look before the stop. */
extern const bool ct_machine_forgets;

/*
 * Reads the state of a stopped thread. -EOPNOTSUPP: this processor, or -ENOEXEC: the mode
 * that the thread is in (32 bit, shadow stack), is not known. All functions are like system calls.
 */
int ct_machine_save(pid_t tid, struct ct_machine *ret_machine);

/* Where the thread's stack has come to. */
uintptr_t ct_machine_stack(const struct ct_machine *machine);

/* The instruction that the thread is at; and the one that it is to go on at, in no system call. */
uintptr_t ct_machine_place(const struct ct_machine *machine);
void ct_machine_put(struct ct_machine *machine, uintptr_t place);

/*
 * Makes the signal frame that returns to the state, to be put at address, a multiple
 * of 64. Returns its size.
 */
size_t ct_machine_frame(const struct ct_machine *machine, uintptr_t address,
			unsigned char buffer[CT_MACHINE_FRAME]);

/* From here on the thread runs the code when it runs, and comes back even without us. */
int ct_machine_start(pid_t tid, const struct ct_machine *machine,
		     const struct ct_machine_call *call);

/* Whether this is the last system call of the code but for the return. */
bool ct_machine_is_last(uint64_t number);

int ct_machine_results(pid_t tid, struct ct_machine_result *ret_result);

/*
 * The thread is as it was when the state was read. A sleep that the stop has ended with
 * EINTR, though no signal came, begins again instead.
 */
int ct_machine_restore(pid_t tid, const struct ct_machine *machine);

/*
 * The same for a processor that forgets: the thread was in this call when it was stopped, is restored, and is to
 * be let go. signalled: a signal will be handled at once.
 */
int ct_machine_resume(pid_t tid, const struct ct_machine_sleep *sleep, bool signalled);
