// SPDX-License-Identifier: MIT
/*
 * Documentation/admin-guide/cgroup-v2.rst, in its order; then what only cgroup-v1/ has:
 * cgroups.rst, cpusets.rst, memory.rst, blkio-controller.rst, devices.rst, … Defaults are the kernel's.
 */
#include "common/param.h"

#define V2(name_, controller_, takes_, initial_, ...) \
	{ .name = (name_), .controller = (controller_), .takes = CT_TAKES_##takes_, .initial = (initial_), \
	  ##__VA_ARGS__ }
/* In v1 it has another file, or several, and says the same in other words. */
#define AS(v1_controller_, v1_, how_) .v1_controller = (v1_controller_), .v1 = (v1_), .how = (how_)
/* In v1 it has the same name and says the same. */
#define BOTH(name_, controller_, takes_, initial_, ...) \
	V2(name_, controller_, takes_, initial_, .v1_controller = (controller_), .v1 = (name_), ##__VA_ARGS__)
#define V1(name_, controller_, takes_, initial_, ...) \
	{ .name = (name_), .v1_controller = (controller_), .v1 = (name_), .takes = CT_TAKES_##takes_, \
	  .initial = (initial_), .only_v1 = true, ##__VA_ARGS__ }
#define NOTE(note_) .note = (note_)
#define ROOT_ONLY(more_) .root_only = true, .note = "of the root alone" more_
#define RANGE(least_, most_) .least = (least_), .most = (most_)
#define ANY RANGE(0, INT64_MAX)
#define FLAG RANGE(0, 1)
#define WORDS(words_) .words = (words_)

const struct ct_param ct_params[] = {
	/* clang-format off */
	V2("cgroup.type", "cgroup", ACTION, "domain", WORDS("threaded"), NOTE("cannot be undone")),
	V2("cgroup.procs", "cgroup", TASKS, NULL, AS("cgroup", "cgroup.procs", NULL)),
	V2("cgroup.threads", "cgroup", TASKS, NULL, AS("cgroup", "tasks", NULL)),
	V2("cgroup.controllers", "cgroup", NOTHING, NULL, NOTE("v1 chooses controllers when it is mounted")),
	V2("cgroup.subtree_control", "cgroup", CONTROLLERS, "", NOTE("subtree is a shorter name")),
	V2("cgroup.events", "cgroup", NOTHING, NULL),
	V2("cgroup.max.descendants", "cgroup", COUNT, "max", RANGE(0, INT32_MAX)),
	V2("cgroup.max.depth", "cgroup", COUNT, "max", RANGE(0, INT32_MAX)),
	V2("cgroup.stat", "cgroup", NOTHING, NULL),
	V2("cgroup.stat.local", "cgroup", NOTHING, NULL),
	V2("cgroup.freeze", "cgroup", NUMBER, "0", FLAG,
	   AS("freezer", "freezer.state freezer.self_freezing", &ct_param_freeze), NOTE("it is not waited for")),
	V2("cgroup.kill", "cgroup", TASKS, NULL, WORDS("nothing here"), NOTE("ctkill kills")),
	V2("cgroup.pressure", "cgroup", NUMBER, "1", FLAG),
	/* of every container, whatever has the controllers */
	V2("cpu.pressure", "cgroup", NOTHING, NULL),
	V2("memory.pressure", "cgroup", NOTHING, NULL, NOTE("v1 notifies by memory.pressure_level")),
	V2("io.pressure", "cgroup", NOTHING, NULL),
	V2("irq.pressure", "cgroup", NOTHING, NULL),

	BOTH("cpu.stat", "cpu", NOTHING, NULL, NOTE("other lines in v1")),
	BOTH("cpu.stat.local", "cpu", NOTHING, NULL),
	V2("cpu.weight", "cpu", NUMBER, "100", RANGE(1, 10000), AS("cpu", "cpu.shares", &ct_param_shares)),
	V2("cpu.weight.nice", "cpu", NUMBER, "0", RANGE(-20, 19), AS("cpu", "cpu.shares", &ct_param_nice)),
	V2("cpu.max", "cpu", QUOTA, "max 100000",
	   AS("cpu", "cpu.cfs_quota_us cpu.cfs_period_us", &ct_param_quota)),
	V2("cpu.max.burst", "cpu", NUMBER, "0", ANY, AS("cpu", "cpu.cfs_burst_us", NULL)),
	BOTH("cpu.uclamp.min", "cpu", PERCENT, "0.00"),
	BOTH("cpu.uclamp.max", "cpu", PERCENT, "max"),
	BOTH("cpu.idle", "cpu", NUMBER, "0", FLAG),

	V2("memory.current", "memory", NOTHING, NULL, AS("memory", "memory.usage_in_bytes", NULL)),
	V2("memory.min", "memory", MEMORY, "0", NOTE("nothing in v1 protects memory for certain")),
	V2("memory.low", "memory", MEMORY, "0", AS("memory", "memory.soft_limit_in_bytes", &ct_param_soft)),
	V2("memory.high", "memory", MEMORY, "max", NOTE("v1 has no limit that slows down, only memory.max")),
	V2("memory.max", "memory", MEMORY, "max",
	   AS("memory", "memory.limit_in_bytes memory.memsw.limit_in_bytes", &ct_param_memory)),
	V2("memory.reclaim", "memory", ACTION, NULL, NOTE("v1's memory.force_empty reclaims all it can")),
	V2("memory.peak", "memory", NOTHING, NULL, AS("memory", "memory.max_usage_in_bytes", NULL)),
	V2("memory.oom.group", "memory", NUMBER, "0", FLAG, NOTE("v1 kills one process at a time")),
	V2("memory.events", "memory", NOTHING, NULL, NOTE("v1 counts in memory.failcnt and memory.oom_control")),
	V2("memory.events.local", "memory", NOTHING, NULL),
	BOTH("memory.stat", "memory", NOTHING, NULL, NOTE("other lines in v1")),
	BOTH("memory.numa_stat", "memory", NOTHING, NULL, NOTE("other lines in v1")),
	V2("memory.swap.current", "memory", NOTHING, NULL,
	   AS("memory", "memory.memsw.usage_in_bytes memory.usage_in_bytes", &ct_param_swap_used)),
	V2("memory.swap.high", "memory", MEMORY, "max", NOTE("v1 has no limit that slows down")),
	V2("memory.swap.peak", "memory", NOTHING, NULL),
	V2("memory.swap.max", "memory", MEMORY, "max",
	   AS("memory", "memory.memsw.limit_in_bytes memory.limit_in_bytes", &ct_param_swap)),
	V2("memory.swap.events", "memory", NOTHING, NULL),
	V2("memory.zswap.current", "memory", NOTHING, NULL),
	V2("memory.zswap.max", "memory", MEMORY, "max"),
	V2("memory.zswap.writeback", "memory", NUMBER, "1", FLAG),

	V2("io.stat", "io", NOTHING, NULL, NOTE("v1 has blkio.throttle.io_service_bytes and io_serviced")),
	V2("io.cost.qos", "io", TEXT, NULL, ROOT_ONLY("")),
	V2("io.cost.model", "io", TEXT, NULL, ROOT_ONLY("")),
	V2("io.weight", "io", WEIGHTS, "default 100",
	   AS("blkio", "blkio.bfq.weight blkio.bfq.weight_device", &ct_param_io_weight)),
	V2("io.bfq.weight", "io", WEIGHTS, "default 100", NOTE("1 to 1000; v1 has blkio.bfq.weight")),
	V2("io.max", "io", LIMITS, "",
	   AS("blkio", "blkio.throttle.read_bps_device blkio.throttle.write_bps_device "
		       "blkio.throttle.read_iops_device blkio.throttle.write_iops_device", &ct_param_io_max)),
	V2("io.latency", "io", TEXT, ""),
	V2("io.prio.class", "io", WORD, "no-change", AS("blkio", "blkio.prio.class", NULL),
	   WORDS("no-change promote-to-rt restrict-to-be idle none-to-rt")),

	BOTH("pids.max", "pids", COUNT, "max", RANGE(0, 4194304)),
	BOTH("pids.current", "pids", NOTHING, NULL),
	BOTH("pids.peak", "pids", NOTHING, NULL),
	BOTH("pids.events", "pids", NOTHING, NULL),
	BOTH("pids.events.local", "pids", NOTHING, NULL),

	BOTH("cpuset.cpus", "cpuset", LIST, NULL, NOTE("within those of the container above")),
	V2("cpuset.cpus.effective", "cpuset", NOTHING, NULL, AS("cpuset", "cpuset.effective_cpus", NULL)),
	BOTH("cpuset.mems", "cpuset", LIST, NULL, NOTE("within those of the container above")),
	V2("cpuset.mems.effective", "cpuset", NOTHING, NULL, AS("cpuset", "cpuset.effective_mems", NULL)),
	V2("cpuset.cpus.exclusive", "cpuset", LIST, "",
	   AS("cpuset", "cpuset.cpu_exclusive cpuset.cpus", &ct_param_exclusive), NOTE("in v1 all or none")),
	V2("cpuset.cpus.exclusive.effective", "cpuset", NOTHING, NULL),
	V2("cpuset.cpus.isolated", "cpuset", NOTHING, NULL, ROOT_ONLY("")),
	V2("cpuset.cpus.partition", "cpuset", WORD, "member", WORDS("member root isolated")),

	BOTH("rdma.max", "rdma", TEXT, NULL),
	BOTH("rdma.current", "rdma", NOTHING, NULL),
	BOTH("rdma.peak", "rdma", NOTHING, NULL),
	BOTH("rdma.events", "rdma", NOTHING, NULL),
	BOTH("rdma.events.local", "rdma", NOTHING, NULL),

	V2("dmem.max", "dmem", TEXT, NULL),
	V2("dmem.min", "dmem", TEXT, NULL),
	V2("dmem.low", "dmem", TEXT, NULL),
	V2("dmem.peak", "dmem", NOTHING, NULL),
	V2("dmem.capacity", "dmem", NOTHING, NULL, ROOT_ONLY("")),
	V2("dmem.current", "dmem", NOTHING, NULL),

	V2("hugetlb.SIZE.current", "hugetlb", NOTHING, NULL, AS("hugetlb", "hugetlb.SIZE.usage_in_bytes", NULL)),
	V2("hugetlb.SIZE.max", "hugetlb", SIZE, "max",
	   AS("hugetlb", "hugetlb.SIZE.limit_in_bytes", &ct_param_size)),
	V2("hugetlb.SIZE.rsvd.current", "hugetlb", NOTHING, NULL,
	   AS("hugetlb", "hugetlb.SIZE.rsvd.usage_in_bytes", NULL)),
	V2("hugetlb.SIZE.rsvd.max", "hugetlb", SIZE, "max",
	   AS("hugetlb", "hugetlb.SIZE.rsvd.limit_in_bytes", &ct_param_size)),
	V2("hugetlb.SIZE.events", "hugetlb", NOTHING, NULL, NOTE("v1 has hugetlb.SIZE.failcnt")),
	V2("hugetlb.SIZE.events.local", "hugetlb", NOTHING, NULL),
	BOTH("hugetlb.SIZE.numa_stat", "hugetlb", NOTHING, NULL),

	BOTH("misc.capacity", "misc", NOTHING, NULL, ROOT_ONLY("")),
	BOTH("misc.current", "misc", NOTHING, NULL),
	BOTH("misc.peak", "misc", NOTHING, NULL),
	BOTH("misc.max", "misc", TEXT, NULL),
	BOTH("misc.events", "misc", NOTHING, NULL),
	BOTH("misc.events.local", "misc", NOTHING, NULL),

	V1("tasks", "cgroup", TASKS, NULL, NOTE("v2 has cgroup.threads")),
	V1("notify_on_release", "cgroup", NUMBER, NULL, FLAG, NOTE("v2 has cgroup.events")),
	V1("release_agent", "cgroup", TEXT, NULL, ROOT_ONLY("; ctmount sets it")),
	V1("cgroup.clone_children", "cgroup", NUMBER, NULL, FLAG),
	V1("cgroup.sane_behavior", "cgroup", NOTHING, NULL),
	V1("cgroup.event_control", "memory", ACTION, NULL),

	V1("cpu.shares", "cpu", NUMBER, "1024", RANGE(2, 262144), NOTE("v2 has cpu.weight")),
	V1("cpu.cfs_quota_us", "cpu", NUMBER, "-1", RANGE(-1, INT64_MAX), NOTE("v2 has cpu.max")),
	V1("cpu.cfs_period_us", "cpu", NUMBER, "100000", RANGE(1000, 1000000), NOTE("v2 has cpu.max")),
	V1("cpu.cfs_burst_us", "cpu", NUMBER, "0", ANY, NOTE("v2 has cpu.max.burst")),
	V1("cpu.rt_period_us", "cpu", NUMBER, "1000000", ANY),
	V1("cpu.rt_runtime_us", "cpu", NUMBER, "0", RANGE(-1, INT64_MAX)),
	V1("cpuacct.usage", "cpuacct", ACTION, NULL, NOTE("v2 has cpu.stat; 0 resets it")),
	V1("cpuacct.usage_user", "cpuacct", NOTHING, NULL),
	V1("cpuacct.usage_sys", "cpuacct", NOTHING, NULL),
	V1("cpuacct.usage_percpu", "cpuacct", NOTHING, NULL),
	V1("cpuacct.usage_percpu_user", "cpuacct", NOTHING, NULL),
	V1("cpuacct.usage_percpu_sys", "cpuacct", NOTHING, NULL),
	V1("cpuacct.usage_all", "cpuacct", NOTHING, NULL),
	V1("cpuacct.stat", "cpuacct", NOTHING, NULL, NOTE("v2 has cpu.stat")),

	V1("memory.limit_in_bytes", "memory", TEXT, NULL, NOTE("v2 has memory.max")),
	V1("memory.memsw.limit_in_bytes", "memory", TEXT, NULL, NOTE("v2 has memory.swap.max")),
	V1("memory.soft_limit_in_bytes", "memory", TEXT, NULL, NOTE("v2 has memory.low")),
	V1("memory.usage_in_bytes", "memory", NOTHING, NULL, NOTE("v2 has memory.current")),
	V1("memory.memsw.usage_in_bytes", "memory", NOTHING, NULL, NOTE("v2 has memory.swap.current")),
	V1("memory.max_usage_in_bytes", "memory", ACTION, NULL, NOTE("v2 has memory.peak; 0 resets it")),
	V1("memory.memsw.max_usage_in_bytes", "memory", ACTION, NULL, NOTE("0 resets it")),
	V1("memory.failcnt", "memory", ACTION, NULL, NOTE("v2 has memory.events; 0 resets it")),
	V1("memory.memsw.failcnt", "memory", ACTION, NULL, NOTE("0 resets it")),
	V1("memory.force_empty", "memory", ACTION, NULL, NOTE("v2 has memory.reclaim")),
	V1("memory.use_hierarchy", "memory", NUMBER, NULL, FLAG),
	V1("memory.swappiness", "memory", NUMBER, NULL, RANGE(0, 200)),
	V1("memory.move_charge_at_immigrate", "memory", NUMBER, "0", RANGE(0, 3)),
	V1("memory.oom_control", "memory", NUMBER, NULL, FLAG, NOTE("1 stops the OOM killer, 0 lets it go on")),
	V1("memory.pressure_level", "memory", ACTION, NULL, NOTE("v2 has memory.pressure")),
	V1("memory.kmem.limit_in_bytes", "memory", TEXT, NULL, NOTE("without effect since 5.16")),
	V1("memory.kmem.usage_in_bytes", "memory", NOTHING, NULL),
	V1("memory.kmem.max_usage_in_bytes", "memory", ACTION, NULL),
	V1("memory.kmem.failcnt", "memory", ACTION, NULL),
	V1("memory.kmem.slabinfo", "memory", NOTHING, NULL),
	V1("memory.kmem.tcp.limit_in_bytes", "memory", TEXT, NULL),
	V1("memory.kmem.tcp.usage_in_bytes", "memory", NOTHING, NULL),
	V1("memory.kmem.tcp.max_usage_in_bytes", "memory", ACTION, NULL),
	V1("memory.kmem.tcp.failcnt", "memory", ACTION, NULL),

	V1("blkio.weight", "blkio", NUMBER, "500", RANGE(10, 1000), NOTE("of CFQ, until 5.0")),
	V1("blkio.weight_device", "blkio", TEXT, "", NOTE("of CFQ, until 5.0")),
	V1("blkio.bfq.weight", "blkio", NUMBER, "100", RANGE(1, 1000), NOTE("v2 has io.weight, io.bfq.weight")),
	V1("blkio.bfq.weight_device", "blkio", TEXT, "default 100", NOTE("v2 has io.weight")),
	V1("blkio.bfq.io_service_bytes", "blkio", NOTHING, NULL),
	V1("blkio.bfq.io_service_bytes_recursive", "blkio", NOTHING, NULL),
	V1("blkio.bfq.io_serviced", "blkio", NOTHING, NULL),
	V1("blkio.bfq.io_serviced_recursive", "blkio", NOTHING, NULL),
	V1("blkio.bfq.time", "blkio", NOTHING, NULL),
	V1("blkio.bfq.sectors", "blkio", NOTHING, NULL),
	V1("blkio.bfq.io_service_time", "blkio", NOTHING, NULL),
	V1("blkio.bfq.io_wait_time", "blkio", NOTHING, NULL),
	V1("blkio.bfq.io_merged", "blkio", NOTHING, NULL),
	V1("blkio.bfq.io_queued", "blkio", NOTHING, NULL),
	V1("blkio.bfq.avg_queue_size", "blkio", NOTHING, NULL),
	V1("blkio.bfq.group_wait_time", "blkio", NOTHING, NULL),
	V1("blkio.bfq.empty_time", "blkio", NOTHING, NULL),
	V1("blkio.bfq.idle_time", "blkio", NOTHING, NULL),
	V1("blkio.bfq.dequeue", "blkio", NOTHING, NULL),
	V1("blkio.throttle.read_bps_device", "blkio", TEXT, "", NOTE("v2 has io.max")),
	V1("blkio.throttle.write_bps_device", "blkio", TEXT, "", NOTE("v2 has io.max")),
	V1("blkio.throttle.read_iops_device", "blkio", TEXT, "", NOTE("v2 has io.max")),
	V1("blkio.throttle.write_iops_device", "blkio", TEXT, "", NOTE("v2 has io.max")),
	V1("blkio.throttle.io_service_bytes", "blkio", NOTHING, NULL, NOTE("v2 has io.stat")),
	V1("blkio.throttle.io_service_bytes_recursive", "blkio", NOTHING, NULL, NOTE("v2 has io.stat")),
	V1("blkio.throttle.io_serviced", "blkio", NOTHING, NULL, NOTE("v2 has io.stat")),
	V1("blkio.throttle.io_serviced_recursive", "blkio", NOTHING, NULL, NOTE("v2 has io.stat")),
	V1("blkio.reset_stats", "blkio", ACTION, NULL),

	V1("cpuset.cpu_exclusive", "cpuset", NUMBER, "0", FLAG, NOTE("v2 has cpuset.cpus.exclusive")),
	V1("cpuset.mem_exclusive", "cpuset", NUMBER, "0", FLAG),
	V1("cpuset.mem_hardwall", "cpuset", NUMBER, "0", FLAG),
	V1("cpuset.memory_migrate", "cpuset", NUMBER, "0", FLAG, NOTE("v2 always does")),
	V1("cpuset.memory_pressure", "cpuset", NOTHING, NULL),
	V1("cpuset.memory_pressure_enabled", "cpuset", NUMBER, NULL, FLAG, ROOT_ONLY("")),
	V1("cpuset.memory_spread_page", "cpuset", NUMBER, NULL, FLAG),
	V1("cpuset.memory_spread_slab", "cpuset", NUMBER, NULL, FLAG),
	V1("cpuset.sched_load_balance", "cpuset", NUMBER, "1", FLAG, NOTE("v2 has cpuset.cpus.partition")),
	V1("cpuset.sched_relax_domain_level", "cpuset", NUMBER, "-1", RANGE(-1, 5)),
	V1("cpuset.effective_cpus", "cpuset", NOTHING, NULL, NOTE("v2 has cpuset.cpus.effective")),
	V1("cpuset.effective_mems", "cpuset", NOTHING, NULL, NOTE("v2 has cpuset.mems.effective")),

	V1("devices.deny", "devices", TEXT, NULL, NOTE("TYPE MAJOR:MINOR ACCESS; v2 needs a BPF program")),
	V1("devices.allow", "devices", TEXT, NULL, NOTE("TYPE MAJOR:MINOR ACCESS; v2 needs a BPF program")),
	V1("devices.list", "devices", NOTHING, NULL),

	V1("freezer.state", "freezer", WORD, "THAWED", WORDS("FROZEN THAWED"), NOTE("v2 has cgroup.freeze")),
	V1("freezer.self_freezing", "freezer", NOTHING, NULL),
	V1("freezer.parent_freezing", "freezer", NOTHING, NULL),

	V1("net_cls.classid", "net_cls", TEXT, "0", NOTE("v2 needs a BPF program")),
	V1("net_prio.prioidx", "net_prio", NOTHING, NULL),
	V1("net_prio.ifpriomap", "net_prio", TEXT, NULL),

	V1("hugetlb.SIZE.limit_in_bytes", "hugetlb", TEXT, NULL, NOTE("v2 has hugetlb.SIZE.max")),
	V1("hugetlb.SIZE.usage_in_bytes", "hugetlb", NOTHING, NULL, NOTE("v2 has hugetlb.SIZE.current")),
	V1("hugetlb.SIZE.max_usage_in_bytes", "hugetlb", ACTION, NULL, NOTE("0 resets it")),
	V1("hugetlb.SIZE.failcnt", "hugetlb", ACTION, NULL, NOTE("v2 has hugetlb.SIZE.events; 0 resets it")),
	V1("hugetlb.SIZE.rsvd.limit_in_bytes", "hugetlb", TEXT, NULL, NOTE("v2 has hugetlb.SIZE.rsvd.max")),
	V1("hugetlb.SIZE.rsvd.usage_in_bytes", "hugetlb", NOTHING, NULL, NOTE("v2 has hugetlb.SIZE.rsvd.current")),
	V1("hugetlb.SIZE.rsvd.max_usage_in_bytes", "hugetlb", ACTION, NULL, NOTE("0 resets it")),
	V1("hugetlb.SIZE.rsvd.failcnt", "hugetlb", ACTION, NULL, NOTE("0 resets it")),
	/* clang-format on */
};

const size_t ct_params_count = sizeof(ct_params) / sizeof(*ct_params);
