// SPDX-License-Identifier: MIT
#ifdef __x86_64__
#include "common/machine.h"

#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "common/regset.h"

/*
 * rdi: the holder's pid, esi: 0, r14: flags, r15: a directory or 0. Leaves what the calls returned
 * in r12, r13 and rbp. The stack pointer is that of the frame, which rt_sigreturn(2) takes.
 */
__asm__(".pushsection .rodata\n"
	"	.globl ct_machine_code\n"
	"ct_machine_code:\n"
	"	mov $434, %eax\n"	/* pidfd_open */
	"	syscall\n"
	"	mov %rax, %r12\n"
	"	mov %eax, %edi\n"	/* if there is none, the next two fail likewise */
	"	mov %r14d, %esi\n"
	"	mov $308, %eax\n"	/* setns */
	"	syscall\n"
	"	mov %rax, %r13\n"
	"	mov %r15, %rdi\n"
	"	test %rdi, %rdi\n"
	"	jz 1f\n"
	"	mov $80, %eax\n"	/* chdir */
	"	syscall\n"
	"	mov %rax, %rbp\n"
	"1:	mov %r12d, %edi\n"
	"	mov $3, %eax\n"		/* close */
	"	syscall\n"
	"2:	mov $15, %eax\n"	/* rt_sigreturn */
	"	syscall\n"
	"	jmp 2b\n"
	"3:\n"
	"	.globl ct_machine_code_size\n"
	"	.balign 8\n"
	"ct_machine_code_size:\n"
	"	.quad 3b - ct_machine_code\n"
	".popsection\n");

_Static_assert(SYS_pidfd_open == 434 && SYS_setns == 308 && SYS_chdir == 80 && SYS_close == 3 &&
	       SYS_rt_sigreturn == 15, "the numbers in the code");

/* arch/x86/include/uapi/asm/sigcontext.h, ucontext.h, prctl.h: those collide with the C library's. */
enum {
	MAGIC1 = 0x46505853,
	MAGIC2 = 0x46505845,
	SOFTWARE_BYTES = 464,	/* in the area of fxsave: ours in a frame, the kernel's in a regset */
	XSAVE_HEADER = 512,
	XSAVE_MIN = 576,
	UC_FLAGS = 1 | 2 | 4,	/* xstate is there, ss is right, and is to be restored */
	TILE_DATA = 18,
	NT_SHADOW_STACK = 0x204,
	TRAP_FLAG = 0x100,
};

struct software_bytes {
	uint32_t magic1, extended_size;
	uint64_t features;
	uint32_t size;
};

/* Not in <sys/user.h>'s terms: what the kernel alone returns, and undoes when it restarts. */
enum {
	RESTART_SYS = 512,
	RESTART_NOINTR = 513,
	RESTART_NOHAND = 514,
	RESTART_BLOCK = 516,
};

const bool ct_machine_forgets = false;

static struct user_regs_struct registers_of(const struct ct_machine *machine)
{
	struct user_regs_struct registers;

	memcpy(&registers, machine->registers, sizeof(registers));
	return registers;
}

int ct_machine_save(pid_t tid, struct ct_machine *ret_machine)
{
	struct ct_machine *machine = ret_machine;
	uint64_t shadow;
	ssize_t size = ct_regset_get(tid, NT_PRSTATUS, machine->registers, sizeof(machine->registers));

	if (size < 0)
		return (int)size;
	if ((size_t)size != sizeof(struct user_regs_struct))
		return -ENOEXEC; /* the 32-bit set */
	machine->size = (size_t)size;
	/* rt_sigreturn wants a token on a shadow stack, which no tracer can put there in time. */
	if (ct_regset_get(tid, NT_SHADOW_STACK, &shadow, sizeof(shadow)) > 0)
		return -ENOEXEC;
	size = ct_regset_get(tid, NT_X86_XSTATE, machine->vectors, sizeof(machine->vectors));
	if (size < XSAVE_MIN)
		return size < 0 ? (int)size : -EOPNOTSUPP;
	machine->vector_size = (size_t)size;
	return ct_regset_get_mask(tid, &machine->mask);
}

uintptr_t ct_machine_stack(const struct ct_machine *machine)
{
	return registers_of(machine).rsp;
}

uintptr_t ct_machine_place(const struct ct_machine *machine)
{
	return registers_of(machine).rip;
}

void ct_machine_put(struct ct_machine *machine, uintptr_t place)
{
	struct user_regs_struct registers = registers_of(machine);

	registers.rip = place;
	registers.orig_rax = (unsigned long long)-1;
	memcpy(machine->registers, &registers, sizeof(registers));
}

/*
 * Calls that end with EINTR when anything stops them, and have done nothing by then: signal(7) tells
 * them. Others restart by themselves.
 */
static bool may_begin_again(uint64_t number)
{
	static const uint64_t numbers[] = {
		SYS_epoll_wait, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_rt_sigtimedwait, SYS_semop,
		SYS_semtimedop, SYS_io_getevents, SYS_io_pgetevents, SYS_io_uring_enter, SYS_read,
		SYS_readv, SYS_write, SYS_writev, SYS_accept, SYS_accept4, SYS_connect, SYS_recvfrom,
		SYS_recvmsg, SYS_recvmmsg, SYS_sendto, SYS_sendmsg, SYS_sendmmsg,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/* With orig_rax set the kernel decides when the thread goes on: no handler, then again. */
static void begin_again(struct user_regs_struct *registers)
{
	if ((long)registers->orig_rax >= 0 && (long)registers->rax == -EINTR &&
	    may_begin_again(registers->orig_rax))
		registers->rax = (unsigned long long)-RESTART_NOHAND;
}

/* What the kernel would make of an interrupted call; a sleep begins from its beginning. */
static void restart(struct user_regs_struct *registers)
{
	begin_again(registers);
	if ((long)registers->orig_rax < 0)
		return;
	switch (-(long)registers->rax) {
	case RESTART_SYS:
	case RESTART_NOINTR:
	case RESTART_NOHAND:
	case RESTART_BLOCK:
		registers->rax = registers->orig_rax;
		registers->rip -= 2;
	}
}

/*
 * How long the area of the features is that the thread may use. The regset is that of the largest
 * thread; a frame longer than the thread's own would be taken for one without AVX.
 */
static size_t vectors_used(const struct ct_machine *machine, uint64_t *ret_features)
{
	unsigned int size, offset, ignored;
	uint64_t features, used;
	size_t end = XSAVE_MIN;

	memcpy(&features, machine->vectors + SOFTWARE_BYTES, sizeof(features));
	memcpy(&used, machine->vectors + XSAVE_HEADER, sizeof(used));
	if (!(used >> TILE_DATA & 1))
		features &= ~((uint64_t)3 << (TILE_DATA - 1));
	for (unsigned int i = 2; i < 63; i++) {
		if (!(features >> i & 1))
			continue;
		__cpuid_count(0xd, i, size, offset, ignored, ignored);
		(void)ignored;
		if (offset + size > end && offset + size <= machine->vector_size)
			end = offset + size;
	}
	*ret_features = features;
	return end;
}

static void fill_context(const struct ct_machine *machine, greg_t *to)
{
	struct user_regs_struct from = registers_of(machine);

	restart(&from);
	to[REG_R8] = (greg_t)from.r8;
	to[REG_R9] = (greg_t)from.r9;
	to[REG_R10] = (greg_t)from.r10;
	to[REG_R11] = (greg_t)from.r11;
	to[REG_R12] = (greg_t)from.r12;
	to[REG_R13] = (greg_t)from.r13;
	to[REG_R14] = (greg_t)from.r14;
	to[REG_R15] = (greg_t)from.r15;
	to[REG_RDI] = (greg_t)from.rdi;
	to[REG_RSI] = (greg_t)from.rsi;
	to[REG_RBP] = (greg_t)from.rbp;
	to[REG_RBX] = (greg_t)from.rbx;
	to[REG_RDX] = (greg_t)from.rdx;
	to[REG_RAX] = (greg_t)from.rax;
	to[REG_RCX] = (greg_t)from.rcx;
	to[REG_RSP] = (greg_t)from.rsp;
	to[REG_RIP] = (greg_t)from.rip;
	to[REG_EFL] = (greg_t)from.eflags;
	to[REG_CSGSFS] = (greg_t)(from.cs | from.ss << 48);
}

size_t ct_machine_frame(const struct ct_machine *machine, uintptr_t address,
			unsigned char buffer[CT_MACHINE_FRAME])
{
	/* The context lowest: a signal that comes meanwhile puts its own frame below it. */
	const size_t at = (sizeof(ucontext_t) + 63) / 64 * 64;
	struct software_bytes bytes = { .magic1 = MAGIC1 };
	const uint32_t magic2 = MAGIC2;
	ucontext_t context;
	uint64_t features;
	size_t length = vectors_used(machine, &features);

	memset(&context, 0, sizeof(context));
	context.uc_flags = UC_FLAGS;
	context.uc_stack.ss_flags = ~0; /* no such mode: the signal stack stays what it is */
	memcpy(&context.uc_sigmask, &machine->mask, sizeof(machine->mask));
	fill_context(machine, context.uc_mcontext.gregs);
	/* A pointer in the other's memory. */
	memcpy(&context.uc_mcontext.fpregs, &(uintptr_t){ address + at }, sizeof(uintptr_t));
	bytes.features = features;
	bytes.size = (uint32_t)length;
	bytes.extended_size = (uint32_t)(length + sizeof(magic2));
	memset(buffer, 0, at);
	memcpy(buffer, &context, sizeof(context));
	memcpy(buffer + at, machine->vectors, length);
	memcpy(buffer + at + SOFTWARE_BYTES, &bytes, sizeof(bytes));
	memcpy(buffer + at + length, &magic2, sizeof(magic2));
	return at + length + sizeof(magic2);
}

int ct_machine_start(pid_t tid, const struct ct_machine *machine,
		     const struct ct_machine_call *call)
{
	struct user_regs_struct registers = registers_of(machine);
	const uint64_t all = ~(uint64_t)0;
	int result;

	registers.rip = call->code;
	registers.rsp = call->frame;
	registers.rdi = (unsigned long long)call->holder;
	registers.rsi = 0;
	registers.r12 = registers.r13 = (unsigned long long)-ENOSYS;
	registers.r14 = (unsigned long long)call->flags;
	registers.r15 = call->path;
	registers.rbp = 0;
	registers.eflags &= ~(unsigned long long)TRAP_FLAG; /* of a thread that steps itself */
	registers.orig_rax = (unsigned long long)-1; /* nothing to restart */
	result = ct_regset_set(tid, NT_PRSTATUS, &registers, sizeof(registers));
	/* Second: whoever is killed in between leaves a mask that is right. */
	return result < 0 ? result : ct_regset_set_mask(tid, all);
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
	*ret_result = (struct ct_machine_result){ .holder = (long)registers.r12,
						  .enter = (long)registers.r13,
						  .directory = (long)registers.rbp };
	return 0;
}

int ct_machine_restore(pid_t tid, const struct ct_machine *machine)
{
	struct user_regs_struct registers = registers_of(machine);
	int result = ct_regset_set_mask(tid, machine->mask);

	begin_again(&registers);
	return result < 0 ? result : ct_regset_set(tid, NT_PRSTATUS, &registers, sizeof(registers));
}

int ct_machine_resume(pid_t tid, const struct ct_machine_sleep *sleep, bool signalled)
{
	(void)tid;
	(void)sleep;
	(void)signalled;
	return 0; /* orig_rax has told the kernel all */
}
#endif
