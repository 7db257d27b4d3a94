// SPDX-License-Identifier: MIT
/* Processors that we have no code for. */
#include "common/machine.h"

#include <errno.h>

#if !defined(__x86_64__) && !defined(__aarch64__)

const unsigned char ct_machine_code[1];
const size_t ct_machine_code_size = 1;
const bool ct_machine_forgets = false;

int ct_machine_save(pid_t tid, struct ct_machine *ret_machine)
{
	(void)tid;
	(void)ret_machine;
	return -EOPNOTSUPP;
}

uintptr_t ct_machine_stack(const struct ct_machine *machine)
{
	(void)machine;
	return 0;
}

uintptr_t ct_machine_place(const struct ct_machine *machine)
{
	(void)machine;
	return 0;
}

void ct_machine_put(struct ct_machine *machine, uintptr_t place)
{
	(void)machine;
	(void)place;
}

size_t ct_machine_frame(const struct ct_machine *machine, uintptr_t address,
			unsigned char buffer[CT_MACHINE_FRAME])
{
	(void)machine;
	(void)address;
	(void)buffer;
	return 0;
}

int ct_machine_start(pid_t tid, const struct ct_machine *machine,
		     const struct ct_machine_call *call)
{
	(void)tid;
	(void)machine;
	(void)call;
	return -EOPNOTSUPP;
}

bool ct_machine_is_last(uint64_t number)
{
	(void)number;
	return false;
}

int ct_machine_results(pid_t tid, struct ct_machine_result *ret_result)
{
	(void)tid;
	(void)ret_result;
	return -EOPNOTSUPP;
}

int ct_machine_restore(pid_t tid, const struct ct_machine *machine)
{
	(void)tid;
	(void)machine;
	return -EOPNOTSUPP;
}

int ct_machine_resume(pid_t tid, const struct ct_machine_sleep *sleep, bool signalled)
{
	(void)tid;
	(void)sleep;
	(void)signalled;
	return -EOPNOTSUPP;
}

#endif
