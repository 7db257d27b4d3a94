// SPDX-License-Identifier: MIT
#ifdef __aarch64__
#include "common/machine.h"

#include <elf.h>
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <sys/user.h>
#include <time.h>

#include "common/regset.h"

/*
 * x0: the holder's pid, x1: 0, x20: flags, x22: a directory or 0. Leaves what the calls returned
 * in x19, x21 and x23. The stack pointer is that of the frame, which rt_sigreturn(2) takes.
 *
 * This kernel undoes an interrupted call before it lets a tracer see the thread, and makes up its mind how it
 * goes on only if the thread has not run since. So that is decided here (ct_machine_resume()); a
 * thread whose tracer was killed begins its call again, or has EINTR.
 */
__asm__(".pushsection .rodata\n"
	"	.globl ct_machine_code\n"
	"	.balign 8\n"
	"ct_machine_code:\n"
	"	mov x8, #434\n"		/* pidfd_open */
	"	svc #0\n"
	"	mov x19, x0\n"
	"	mov w1, w20\n"		/* if there is none, the next two fail likewise */
	"	mov x8, #268\n"		/* setns */
	"	svc #0\n"
	"	mov x21, x0\n"
	"	mov x0, x22\n"
	"	cbz x0, 1f\n"
	"	mov x8, #49\n"		/* chdir */
	"	svc #0\n"
	"	mov x23, x0\n"
	"1:	mov w0, w19\n"
	"	mov x8, #57\n"		/* close */
	"	svc #0\n"
	"2:	mov x8, #139\n"		/* rt_sigreturn */
	"	svc #0\n"
	"	b 2b\n"
	"3:\n"
	"	.globl ct_machine_code_size\n"
	"	.balign 8\n"
	"ct_machine_code_size:\n"
	"	.quad 3b - ct_machine_code\n"
	".popsection\n");

_Static_assert(SYS_pidfd_open == 434 && SYS_setns == 268 && SYS_chdir == 49 && SYS_close == 57 &&
	       SYS_rt_sigreturn == 139, "the numbers in the code");

/* arch/arm64/include/uapi/asm/ptrace.h, include/uapi/linux/elf.h: newer than some C libraries. */
enum {
	SET_STREAMING_SVE = 0x40b,
	SET_SHADOW_STACK = 0x410,
	SVE_IS_LIVE = 1,		/* in the flags of the header */
	BRANCH_TYPE = 3 << 10,		/* in pstate */
	SIGNAL_INFO = 128,		/* at the beginning of a frame */
	END = 16,			/* of a list in it: zeros */
};

struct sve_header {
	uint32_t size, max_size;
	uint16_t vl, max_vl, flags, reserved;
};

const bool ct_machine_forgets = true;

static struct user_regs_struct registers_of(const struct ct_machine *machine)
{
	struct user_regs_struct registers;

	memcpy(&registers, machine->registers, sizeof(registers));
	return registers;
}

/* vectors: those of fpsimd, then the set of SVE where the thread uses it: a system call clears it. */
static int save_vectors(pid_t tid, struct ct_machine *machine)
{
	const size_t simple = sizeof(struct user_fpsimd_struct);
	struct sve_header header = { 0 };
	uint64_t shadow = 0;
	ssize_t size = ct_regset_get(tid, NT_PRFPREG, machine->vectors, simple);

	if (size != (ssize_t)simple)
		return size < 0 ? (int)size : -EOPNOTSUPP;
	machine->vector_size = simple;
	if (ct_regset_get(tid, SET_SHADOW_STACK, &shadow, sizeof(shadow)) > 0 && shadow & 1)
		return -ENOEXEC;
	if (ct_regset_get(tid, SET_STREAMING_SVE, &header, sizeof(header)) > 0 &&
	    header.flags & SVE_IS_LIVE)
		return -ENOEXEC;
	if (ct_regset_get(tid, NT_ARM_SVE, &header, sizeof(header)) <= 0 ||
	    !(header.flags & SVE_IS_LIVE))
		return 0;
	size = ct_regset_get(tid, NT_ARM_SVE, machine->vectors + simple,
			     sizeof(machine->vectors) - simple);
	if (size < 0)
		return (int)size;
	machine->vector_size += (size_t)size;
	return 0;
}

int ct_machine_save(pid_t tid, struct ct_machine *ret_machine)
{
	struct ct_machine *machine = ret_machine;
	ssize_t size = ct_regset_get(tid, NT_PRSTATUS, machine->registers, sizeof(machine->registers));
	int result;

	if (size < 0)
		return (int)size;
	if ((size_t)size != sizeof(struct user_regs_struct))
		return -ENOEXEC; /* the 32-bit set */
	machine->size = (size_t)size;
	result = save_vectors(tid, machine);
	return result < 0 ? result : ct_regset_get_mask(tid, &machine->mask);
}

uintptr_t ct_machine_stack(const struct ct_machine *machine)
{
	return registers_of(machine).sp;
}

uintptr_t ct_machine_place(const struct ct_machine *machine)
{
	return registers_of(machine).pc;
}

void ct_machine_put(struct ct_machine *machine, uintptr_t place)
{
	struct user_regs_struct registers = registers_of(machine);

	registers.pc = place;
	memcpy(machine->registers, &registers, sizeof(registers));
}

/*
 * Those of SVE do not fit into the list of the frame, and go on behind it, where one of its members says that they
 * are. Returns the size of both.
 */
static size_t add_wide_vectors(const struct ct_machine *machine, uintptr_t address, unsigned char *to)
{
	const unsigned char *from = machine->vectors + sizeof(struct user_fpsimd_struct);
	struct extra_context extra = { .head = { .magic = EXTRA_MAGIC, .size = sizeof(extra) } };
	struct sve_context wide = { .head = { .magic = SVE_MAGIC } };
	struct sve_header header;
	size_t size;

	memcpy(&header, from, sizeof(header));
	size = (SVE_SIG_CONTEXT_SIZE(header.vl / 16) + 15) / 16 * 16;
	wide.head.size = (uint32_t)size;
	wide.vl = header.vl;
	extra.datap = address + sizeof(extra) + END;
	extra.size = (uint32_t)size + END;
	memset(to, 0, sizeof(extra) + END + size + END);
	memcpy(to, &extra, sizeof(extra));
	to += sizeof(extra) + END;
	memcpy(to, &wide, sizeof(wide));
	memcpy(to + SVE_SIG_REGS_OFFSET, from + sizeof(header), SVE_SIG_REGS_SIZE(header.vl / 16));
	return sizeof(extra) + END + size + END;
}

size_t ct_machine_frame(const struct ct_machine *machine, uintptr_t address,
			unsigned char buffer[CT_MACHINE_FRAME])
{
	struct user_regs_struct registers = registers_of(machine);
	struct fpsimd_context vectors = { .head = { .magic = FPSIMD_MAGIC, .size = sizeof(vectors) } };
	struct user_fpsimd_struct simple;
	ucontext_t context;
	size_t end = SIGNAL_INFO + offsetof(ucontext_t, uc_mcontext.__reserved) + sizeof(vectors);

	memset(&context, 0, sizeof(context)); /* after the vectors: the end of the list */
	context.uc_stack.ss_flags = ~0; /* no such mode: the signal stack stays what it is */
	memcpy(&context.uc_sigmask, &machine->mask, sizeof(machine->mask));
	memcpy(context.uc_mcontext.regs, registers.regs, sizeof(registers.regs));
	context.uc_mcontext.sp = registers.sp;
	context.uc_mcontext.pc = registers.pc;
	context.uc_mcontext.pstate = registers.pstate;
	memcpy(&simple, machine->vectors, sizeof(simple));
	vectors.fpsr = simple.fpsr;
	vectors.fpcr = simple.fpcr;
	memcpy(vectors.vregs, simple.vregs, sizeof(vectors.vregs));
	memcpy(context.uc_mcontext.__reserved, &vectors, sizeof(vectors));
	memset(buffer, 0, SIGNAL_INFO);
	memcpy(buffer + SIGNAL_INFO, &context, sizeof(context));
	if (machine->vector_size > sizeof(simple))
		end += add_wide_vectors(machine, address + end, buffer + end);
	return end > SIGNAL_INFO + sizeof(context) ? end : SIGNAL_INFO + sizeof(context);
}

int ct_machine_start(pid_t tid, const struct ct_machine *machine,
		     const struct ct_machine_call *call)
{
	struct user_regs_struct registers = registers_of(machine);
	int result;

	registers.pc = call->code;
	registers.sp = call->frame;
	registers.pstate &= ~(unsigned long long)BRANCH_TYPE;
	registers.regs[0] = (unsigned long long)call->holder;
	registers.regs[1] = 0;
	registers.regs[19] = registers.regs[21] = (unsigned long long)-ENOSYS;
	registers.regs[20] = (unsigned long long)call->flags;
	registers.regs[22] = call->path;
	registers.regs[23] = 0;
	result = ct_regset_set(tid, NT_PRSTATUS, &registers, sizeof(registers));
	/* Second: whoever is killed in between leaves a mask that is right. */
	return result < 0 ? result : ct_regset_set_mask(tid, ~(uint64_t)0);
}

bool ct_machine_is_last(uint64_t number)
{
	return number == SYS_close;
}

int ct_machine_results(pid_t tid, struct ct_machine_result *ret_result)
{
	struct user_regs_struct registers;
	ssize_t size = ct_regset_get(tid, NT_PRSTATUS, &registers, sizeof(registers));

	if (size < 0)
		return (int)size;
	*ret_result = (struct ct_machine_result){ .holder = (long)registers.regs[19],
						  .enter = (long)registers.regs[21],
						  .directory = (long)registers.regs[23] };
	return 0;
}

int ct_machine_restore(pid_t tid, const struct ct_machine *machine)
{
	const size_t simple = sizeof(struct user_fpsimd_struct);
	int result = 0;

	if (machine->vector_size > simple)
		result = ct_regset_set(tid, NT_ARM_SVE, machine->vectors + simple,
				       machine->vector_size - simple);
	if (result == 0)
		result = ct_regset_set_mask(tid, machine->mask);
	return result < 0 ? result : ct_regset_set(tid, NT_PRSTATUS, machine->registers, machine->size);
}

/* Of these the kernel keeps what is left: restart_syscall(2) goes on with it. */
static bool is_kept(const struct ct_machine_sleep *sleep)
{
	switch (sleep->number) {
	case SYS_restart_syscall:
	case SYS_nanosleep:
		return true;
	case SYS_clock_nanosleep:
		return !(sleep->arguments[1] & TIMER_ABSTIME);
	case SYS_futex:
		return (sleep->arguments[1] & FUTEX_CMD_MASK) == FUTEX_WAIT && sleep->arguments[3];
	default:
		return false;
	}
}

/* Calls that end with EINTR when a signal is handled, whatever SA_RESTART says, and begin again without. */
static bool heeds_signals(const struct ct_machine_sleep *sleep)
{
	switch (sleep->number) {
	case SYS_clock_nanosleep:
	case SYS_ppoll:
	case SYS_pselect6:
	case SYS_rt_sigsuspend:
	case SYS_msgsnd:
	case SYS_msgrcv:
		return true;
	default:
		return is_kept(sleep);
	}
}

/* Calls that end with EINTR when anything stops them, and have done nothing by then: signal(7) tells them. */
static bool may_begin_again(const struct ct_machine_sleep *sleep)
{
	switch (sleep->number) {
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
	case SYS_rt_sigtimedwait:
	case SYS_semop:
	case SYS_semtimedop:
	case SYS_io_getevents:
	case SYS_io_pgetevents:
	case SYS_io_uring_enter:
	case SYS_read:
	case SYS_readv:
	case SYS_write:
	case SYS_writev:
	case SYS_accept:
	case SYS_accept4:
	case SYS_connect:
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_recvmmsg:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_sendmmsg:
		return true;
	default:
		return false;
	}
}

int ct_machine_resume(pid_t tid, const struct ct_machine_sleep *sleep, bool signalled)
{
	const uint64_t again = sleep->address - 4;
	struct user_regs_struct registers;
	ssize_t size = ct_regset_get(tid, NT_PRSTATUS, &registers, sizeof(registers));

	if (size < 0)
		return (int)size;
	if (registers.sp != sleep->stack || registers.regs[8] != sleep->number)
		return 0;
	if (registers.pc == again && signalled && heeds_signals(sleep)) {
		registers.regs[0] = (unsigned long long)-EINTR;
		registers.pc = sleep->address;
	} else if (registers.pc == again && is_kept(sleep)) {
		registers.regs[8] = SYS_restart_syscall; /* the kernel itself leaves this number there */
	} else if (registers.pc == sleep->address && registers.regs[0] == (unsigned long long)-EINTR &&
		   !signalled && may_begin_again(sleep)) {
		registers.regs[0] = sleep->arguments[0];
		registers.pc = again;
	} else {
		return 0;
	}
	return ct_regset_set(tid, NT_PRSTATUS, &registers, sizeof(registers));
}
#endif
