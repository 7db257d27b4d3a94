// SPDX-License-Identifier: MIT
#include "common/refusal.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "common/words.h"

static const struct {
	const char *names;	/* with blanks between */
	unsigned version;	/* 0: both */
	int code;
	const char *rule;
} rules[] = {
	{ "cgroup.type", 2, EOPNOTSUPP,
	  "the container above hands down controllers that threads cannot share (all but cpu, cpuset, perf_event and pids), or has others below it that hold processes" },
	{ "cpu.cfs_quota_us", 1, EINVAL,
	  "it is less than 1000 but not -1, a container above has less of the CPUs, one below more, cpu.max.burst is more than the quota, or the kernel cannot count so far" },
	{ "cpu.max cpu.cfs_period_us", 1, EINVAL,
	  "a container above has less of the CPUs, one below more, cpu.max.burst is more than the quota, or the kernel cannot count so far" },
	{ "cpu.max", 2, EINVAL, "cpu.max.burst is more than the quota, or the kernel cannot count so far" },
	{ "cpu.max.burst cpu.cfs_burst_us", 0, EINVAL, "it can be no more than the quota of cpu.max" },
	{ "cpu.weight cpu.weight.nice cpu.shares", 0, EINVAL,
	  "cpu.idle is 1, which is less than any weight; set cpu.idle=0 before it" },
	{ "cpuset.cpus cpuset.mems", 1, EBUSY, "a container below has more than that; take it from there first" },
	{ "cpuset.cpus cpuset.mems", 0, ENOSPC, "processes are in it, and need one" },
	{ "cpuset.cpus cpuset.mems", 1, EINVAL,
	  "a container beside it has some of them for itself alone, or the machine lacks them" },
	{ "cpuset.cpus.exclusive cpuset.cpu_exclusive cpuset.mem_exclusive", 1, EACCES,
	  "the container above must be exclusive first" },
	{ "cpuset.cpus.exclusive cpuset.cpu_exclusive cpuset.mem_exclusive", 1, EBUSY,
	  "a container below is exclusive, and must not be first" },
	{ "cpuset.cpus.exclusive cpuset.cpu_exclusive cpuset.mem_exclusive", 1, EINVAL,
	  "a container beside it has some of them" },
	{ "memory.use_hierarchy", 1, EINVAL, "what is below a container always counts since Linux 5.11" },
	{ "memory.limit_in_bytes memory.memsw.limit_in_bytes", 1, EINVAL,
	  "memory.memsw.limit_in_bytes is never less than memory.limit_in_bytes" },
	{ "io.weight io.bfq.weight blkio.bfq.weight_device", 0, EOPNOTSUPP,
	  "the I/O scheduler of this device knows no weights; bfq does, see /sys/block/*/queue/scheduler" },
	{ "devices.allow", 1, EPERM, "the container above may not use that either" },
	{ "devices.allow devices.deny", 1, EINVAL,
	  "it takes a TYPE MAJOR:MINOR ACCESS such as c 1:3 rwm, or a where no container is below" },
};

const char *ct_refusal_rule(const char *name, unsigned version, int code)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (rules[i].code == code && (!rules[i].version || rules[i].version == version) &&
		    ct_words_have(rules[i].names, name))
			return rules[i].rule;
	return NULL;
}
