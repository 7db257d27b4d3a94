// SPDX-License-Identifier: MIT
/*
 * The code that a thread runs to enter namespaces, and the frame by which it comes back, without a
 * tracer: this process runs them itself. x86_64's are tested by ctattach -N.
 */
#include "common/machine.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/unit/support.h"

TEST(the_code_fits)
{
	CHECK(ct_machine_code_size > 0);
	CHECK(ct_machine_code_size <= CT_MACHINE_CODE);
}

#ifdef __aarch64__
#include <sys/user.h>

/* Goes where ct_machine_start() sends a thread; returns when the frame has led to landing(). */
void trip(const void *code, uintptr_t frame, long holder, long flags, const char *path);
void landing(void);

/* What is in the registers at landing(), which keeps all; and those of trip()'s caller. */
struct user_regs_struct landing_registers;
struct user_fpsimd_struct landing_vectors;
unsigned long long trip_home[21];

#define EACH(numbers, line) "	.irp n," numbers "\n	" line "\n	.endr\n"
#define CALLEES "19,20,21,22,23,24,25,26,27,28,29,30"
#define VECTORS "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
#define ADDRESS(register, name) "	adrp " register ", " name "\n	add " register ", " register ", :lo12:" name "\n"

__asm__(".text\n"
	".globl trip, landing\n"
	"trip:\n"
	ADDRESS("x9", "trip_home")
	EACH(CALLEES, "str x\\n, [x9], #8")
	EACH("8,9,10,11,12,13,14,15", "str d\\n, [x9], #8")
	"	mov x10, sp\n"
	"	str x10, [x9]\n"
	"	mov sp, x1\n"
	"	mov x20, x3\n"
	"	mov x22, x4\n"
	"	mov x9, x0\n"
	"	mov x0, x2\n"
	"	mov x1, #0\n"
	"	br x9\n"
	"landing:\n"
	"	stp x0, x1, [sp, #-16]!\n"
	ADDRESS("x0", "landing_registers + 16")
	EACH("2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18," CALLEES, "str x\\n, [x0], #8")
	"	ldp x2, x3, [sp], #16\n"
	"	mov x1, sp\n"
	"	str x1, [x0]\n"
	"	mrs x1, nzcv\n"
	"	str x1, [x0, #16]\n"
	ADDRESS("x0", "landing_registers")
	"	stp x2, x3, [x0]\n"
	ADDRESS("x0", "landing_vectors")
	EACH(VECTORS, "str q\\n, [x0], #16")
	"	mrs x1, fpsr\n"
	"	mrs x2, fpcr\n"
	"	stp w1, w2, [x0]\n"
	"	msr fpcr, xzr\n"
	ADDRESS("x9", "trip_home")
	EACH(CALLEES, "ldr x\\n, [x9], #8")
	EACH("8,9,10,11,12,13,14,15", "ldr d\\n, [x9], #8")
	"	ldr x10, [x9]\n"
	"	mov sp, x10\n"
	"	ret\n");

static unsigned char stack[65536] __attribute__((aligned(16)));
static unsigned char frame[CT_MACHINE_FRAME] __attribute__((aligned(64)));

/* A thread that was stopped at landing(), with something else in every register. */
static void make_state(struct ct_machine *machine, struct user_regs_struct *registers,
		       struct user_fpsimd_struct *vectors)
{
	unsigned char *bytes = (unsigned char *)vectors->vregs;

	for (int i = 0; i < 31; i++)
		registers->regs[i] = 0x1234567800000000ULL + (unsigned)i;
	registers->sp = (uintptr_t)stack + sizeof(stack) / 2;
	registers->pc = (uintptr_t)landing;
	registers->pstate = 0x60000000; /* Z and C */
	for (size_t i = 0; i < sizeof(vectors->vregs); i++)
		bytes[i] = (unsigned char)(i * 7);
	vectors->fpsr = 0x10;	  /* inexact */
	vectors->fpcr = 0xc00000; /* towards zero */
	memcpy(machine->registers, registers, sizeof(*registers));
	machine->size = sizeof(*registers);
	memcpy(machine->vectors, vectors, sizeof(*vectors));
	machine->vector_size = sizeof(*vectors);
	machine->mask = 1U << (SIGUSR2 - 1);
}

static void *executable_code(void)
{
	void *code = mmap(NULL, CT_MACHINE_CODE, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(code, ct_machine_code, ct_machine_code_size);
	__builtin___clear_cache(code, (char *)code + ct_machine_code_size);
	return code;
}

/* Runs the code on the way to path, and checks that all is as it was but the directory. */
static void check_trip(long holder, long flags, const char *path)
{
	struct ct_machine machine = { 0 };
	struct user_regs_struct registers = { 0 };
	struct user_fpsimd_struct vectors = { 0 };
	int free_fd = open("/", O_RDONLY);
	sigset_t mask;

	close(free_fd);
	make_state(&machine, &registers, &vectors);
	CHECK(ct_machine_stack(&machine) == registers.sp);
	CHECK(ct_machine_frame(&machine, (uintptr_t)frame, frame) <= sizeof(frame));
	trip(executable_code(), (uintptr_t)frame, holder, flags, path);
	landing_registers.pc = registers.pc;
	for (int i = 0; i < 31; i++)
		CHECK_NUMBER(landing_registers.regs[i], registers.regs[i]);
	CHECK(!memcmp(&landing_registers, &registers, sizeof(registers)));
	CHECK(!memcmp(&landing_vectors, &vectors, sizeof(vectors)));
	sigprocmask(SIG_SETMASK, NULL, &mask);
	CHECK(sigismember(&mask, SIGUSR2) && !sigismember(&mask, SIGUSR1));
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	CHECK_NUMBER(open("/", O_RDONLY), free_fd); /* the holder is closed */
	close(free_fd);
}

TEST(the_frame_brings_all_registers_back)
{
	char before[PATH_MAX], after[PATH_MAX];

	CHECK(getcwd(before, sizeof(before)));
	check_trip(1 << 22, CLONE_NEWUTS, NULL); /* no such process */
	CHECK(getcwd(after, sizeof(after)));
	CHECK_TEXT(after, before);
}

TEST(the_directory_is_changed)
{
	char before[PATH_MAX], after[PATH_MAX];

	CHECK(getcwd(before, sizeof(before)));
	check_trip(getpid(), 0, "/proc");
	CHECK(getcwd(after, sizeof(after)));
	CHECK_TEXT(after, "/proc");
	CHECK(chdir(before) == 0);
}

static pid_t start_holder(void)
{
	int pipes[2];
	pid_t holder;

	if (pipe(pipes) < 0)
		return -1;
	holder = fork();
	if (holder == 0) {
		if (unshare(CLONE_NEWUTS) < 0 || write(pipes[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	close(pipes[1]);
	if (read(pipes[0], &(char){ 0 }, 1) != 1)
		CHECK(!"the holder has namespaces of its own");
	close(pipes[0]);
	return holder;
}

TEST(the_holders_namespaces_are_entered)
{
	char before[64] = "", after[64] = "", wanted[64] = "", path[64];
	pid_t holder;

	if (geteuid() != 0)
		SKIP("only root may enter namespaces");
	CHECK(readlink("/proc/self/ns/uts", before, sizeof(before) - 1) > 0);
	holder = start_holder();
	snprintf(path, sizeof(path), "/proc/%d/ns/uts", holder);
	CHECK(readlink(path, wanted, sizeof(wanted) - 1) > 0);
	check_trip(holder, CLONE_NEWUTS, NULL);
	CHECK(readlink("/proc/self/ns/uts", after, sizeof(after) - 1) > 0);
	CHECK_TEXT(after, wanted);
	CHECK(strcmp(before, after) != 0);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
}
#endif
