#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctset, and -s of ctcreate and ctexec: v2's words on what is mounted here.

load ../helpers
load common

setup_file() { common_setup; }
teardown_file() { common_teardown; }
setup() { ct_requires root named; }
teardown() { system_clean; }

# of CONTROLLER FILE: what the file of the test's container says there.
of() { cat "$(ct_mountpoint "$1")/$CT_TOP/$2"; }

# set_and_read WANTED NAME=VALUE: the value is read back as WANTED.
set_and_read() {
	local got
	ctset "$CT_TOP" "$2"
	got=$(ctset "$CT_TOP" "${2%%=*}")
	[[ $got == "$1" ]] || { echo "${2%%=*} is '$got', not '$1'" && return 1; }
}

# The special file of a disk, and its number.
disk() {
	local dir
	for dir in /sys/block/*; do
		[[ ! -b /dev/${dir##*/} || $dir == */loop* ]] || { echo "/dev/${dir##*/} $(<"$dir/dev")" && return; }
	done
}

# Settings of all v1 and v2 directories of the container, but what counts.
settings() {
	local mount
	while read -r mount; do
		[[ ! -d $mount/$CT_TOP ]] || grep -r '' "$mount/$CT_TOP" 2>/dev/null || true
	done <<<"$CT_MOUNTS" |
		grep -Ev 'usage|stat|current|peak|pressure|/(tasks|cgroup\.(procs|threads|events)|memory\.numa_stat)|io_serv|slabinfo|failcnt' | sort
}

# label CONTROLLER: what -H calls its hierarchy.
label() { ctstat -H "$1" --noheadings -o HIERARCHIES "$CT_TOP"; }

# refused TEXT WORD...: and nothing has changed.
refused() {
	local before text=$1
	shift
	before=$(settings)
	fails_with 1 "ctset: $CT_TOP: $text" ctset "$CT_TOP" "$@"
	same "$before" "$(settings)"
}

@test "cpu: weight, nice, quota in v1's files and back" {
	ct_requires v1:cpu
	ctcreate "$CT_TOP"
	set_and_read 100 cpu.weight=100
	[[ $(of cpu cpu.shares) == 1024 ]]
	set_and_read 1 cpu.weight=1
	[[ $(of cpu cpu.shares) == 2 ]]
	set_and_read 10000 cpu.weight=10000
	[[ $(of cpu cpu.shares) == 262144 ]]
	set_and_read 39 cpu.weight=39
	set_and_read -5 cpu.weight.nice=-5
	set_and_read 19 cpu.weight.nice=19
	[[ $(of cpu cpu.shares) == 15 ]]
	set_and_read '50000 100000' cpu.max=50%
	[[ $(of cpu cpu.cfs_quota_us) == 50000 ]]
	set_and_read '150000 100000' cpu.max=150%
	set_and_read '10000 20000' 'cpu.max=50% 20000'
	[[ $(of cpu cpu.cfs_period_us) == 20000 ]]
	set_and_read '5000 20000' cpu.max=5000
	set_and_read 'max 20000' cpu.max=infinity
	[[ $(of cpu cpu.cfs_quota_us) == -1 ]]
	set_and_read 1 cpu.idle=1
	set_and_read 0 cpu.idle=0
	set_and_read '5000 20000' cpu.max=5000
	set_and_read 3000 cpu.max.burst=3000
}

@test "memory: limits, with swap, and the soft one" {
	ct_requires v1:memory
	ctcreate "$CT_TOP"
	set_and_read 67108864 memory.max=64M
	[[ $(of memory memory.limit_in_bytes) == 67108864 ]]
	set_and_read 33554432 memory.swap.max=32M
	[[ $(of memory memory.memsw.limit_in_bytes) == 100663296 ]]
	# what is left for swap stays
	set_and_read 1073741824 memory.max=1G
	[[ $(ctset "$CT_TOP" memory.swap.max) == 33554432 ]]
	set_and_read 4194304 memory.max=4M
	[[ $(ctset "$CT_TOP" memory.swap.max) == 33554432 ]]
	set_and_read max memory.max=max
	[[ $(of memory memory.memsw.limit_in_bytes) == 9223372036854771712 ]]
	set_and_read 8388608 memory.low=8M
	[[ $(of memory memory.soft_limit_in_bytes) == 8388608 ]]
	set_and_read 0 memory.low=0
	ctset "$CT_TOP" memory.max=50%
	half=$(($(awk '/MemTotal/ { print $2 }' /proc/meminfo) * 512))
	(($(ctset "$CT_TOP" memory.max) <= half && $(ctset "$CT_TOP" memory.max) > half - 8192))
	[[ $(ctset "$CT_TOP" memory.current) == 0 ]]
	[[ $(ctset "$CT_TOP" memory.swap.current) == 0 ]]
	ctexec -c "$CT_TOP" true
	(($(ctset "$CT_TOP" memory.peak) > 0))
	ctset "$CT_TOP" memory.max=512M
	[[ $(ctset --human "$CT_TOP" memory.max) == 512M ]]
}

@test "pids, cpuset, io, freezer, hugetlb" {
	ct_requires v1:pids v1:cpuset v1:blkio v1:freezer
	local device node
	ctcreate "$CT_TOP"
	set_and_read 100 pids.max=100
	set_and_read max pids.max=max
	[[ $(ctset "$CT_TOP" pids.current) == 0 ]]
	set_and_read 0 cpuset.cpus=0
	[[ $(ctset "$CT_TOP" cpuset.cpus.effective) == 0 ]]
	set_and_read 0 cpuset.mems=0
	read -r node device <<<"$(disk)"
	if [[ -n $device ]]; then
		set_and_read "$device rbps=1048576 wbps=max riops=max wiops=50" "io.max=$device rbps=1M wiops=50"
		[[ $(of blkio blkio.throttle.read_bps_device) == "$device 1048576" ]]
		set_and_read "$device rbps=max wbps=max riops=max wiops=50" "io.max=$node rbps=max"
	fi
	if [[ -e $(ct_mountpoint blkio)/$CT_TOP/blkio.bfq.weight ]]; then
		set_and_read 'default 100' io.weight=100
		set_and_read 'default 10000' io.weight=10000
		[[ $(of blkio blkio.bfq.weight) == 1000 ]]
	fi
	ctset "$CT_TOP" cgroup.freeze=1
	[[ $(ctset "$CT_TOP" cgroup.freeze) == 1 ]]
	set_and_read 0 cgroup.freeze=0
	ctset "$(ct_mountpoint freezer)/$CT_TOP" cgroup.freeze=1
	[[ $(of freezer freezer.state) == FROZEN ]]
	ctset "$(ct_mountpoint freezer)/$CT_TOP" cgroup.freeze=0
	[[ $(of freezer freezer.state) == THAWED ]]
	if [[ -z $(ct_lacks v2:hugetlb) ]]; then
		set_and_read 10485760 hugetlb.2MB.max=10M
		set_and_read max hugetlb.2MB.max=max
	fi
}

@test "exclusive CPUs: all of a container or none on v1" {
	ct_requires v1:cpuset
	ctcreate "$CT_TOP"
	[[ $(find "$(ct_mountpoint cpuset)" -mindepth 1 -maxdepth 1 -type d | wc -l) == 1 ]] ||
		skip 'there are other containers in cpuset, which have the same CPUs'
	set_and_read 0 cpuset.cpus=0
	set_and_read 0 cpuset.cpus.exclusive=0
	[[ $(of cpuset cpuset.cpu_exclusive) == 1 ]]
	set_and_read '' cpuset.cpus.exclusive=
	ctset "$CT_TOP" cpuset.cpus="$(cat "$(ct_mountpoint cpuset)/cpuset.cpus")"
	[[ $(ctset "$CT_TOP" cpuset.cpus) == 0 ]] ||
		refused "cpuset.cpus.exclusive=0: in v1 all CPUs of a container are exclusive or none: give its cpuset.cpus, '$(ctset "$CT_TOP" cpuset.cpus)', or ''" \
			cpuset.cpus.exclusive=0
}

@test "what the kernel has is read, and its own names work" {
	ct_requires v1:cpu v1:memory
	ctcreate "$CT_TOP"
	ctset "$CT_TOP" cpu.shares=512 memory.limit_in_bytes=4M notify_on_release=1
	[[ $(of cpu cpu.shares) == 512 && $(of memory memory.limit_in_bytes) == 4194304 ]]
	[[ $(of cpu notify_on_release) == 1 && $(of memory notify_on_release) == 1 ]]
	[[ $(ctset "$CT_TOP" notify_on_release) == 1 ]]
	run -0 --separate-stderr ctset "$CT_TOP" cpu.shares cpu.weight memory.max
	same $'cpu.shares=512\ncpu.weight=59\nmemory.max=4194304' "$output"
	echo 0 >"$(ct_mountpoint memory)/$CT_TOP/notify_on_release"
	run -1 ctset "$CT_TOP" notify_on_release
	[[ $output == *'choose one with -H' ]]
	[[ $(ctset -H memory "$CT_TOP" notify_on_release) == 0 ]]
}

@test "a file that the kernel has here has its row, in every hierarchy" {
	local mount file missing=0
	ctcreate "$CT_TOP"
	ctset --parameters | cut -f 1 >"$BATS_TEST_TMPDIR/known"
	while read -r mount; do
		for file in "$mount/$CT_TOP"/*; do
			[[ -f $file ]] || continue
			file=${file##*/}
			# not of the mainline kernel
			[[ $file != memory.shown_ram_in_bytes ]] || continue
			[[ $file != hugetlb.* ]] || file=hugetlb.SIZE.${file#hugetlb.*B.}
			grep -qxF "$file" "$BATS_TEST_TMPDIR/known" || { echo "no row: $file" && missing=1; }
		done
	done <<<"$CT_MOUNTS"
	((missing == 0))
}

@test "several are set all or none: the third is refused, the first two go back" {
	ct_requires v1:cpu v1:memory v1:pids v1:blkio v1:devices
	local device
	ctcreate "$CT_TOP"
	ctset "$CT_TOP" cpu.max='20% 50000' cpu.weight=7 memory.max=8M memory.swap.max=8M pids.max=9
	read -r _ device <<<"$(disk)"
	refused "cpuset.cpus=4095: the container above it (/) has '$(cat "$(ct_mountpoint cpuset)/cpuset.cpus")' alone in cpuset" \
		cpu.max=max cpu.weight=200 memory.max=1G memory.swap.max=1M pids.max=max \
		devices.deny='c 1:3 w' ${device:+"io.max=$device rbps=5M"} cgroup.max.depth=3 cpuset.cpus=4095
	ctset "$CT_TOP" devices.deny=a devices.allow='c 1:3 rw'
	refused "cpuset.cpus=4095: the container above it (/) has '$(cat "$(ct_mountpoint cpuset)/cpuset.cpus")' alone in cpuset" \
		devices.deny='c 1:3 w' devices.allow='c 1:5 r' cpuset.cpus=4095
	refused "cpuset.cpus=4095: the container above it (/) has '$(cat "$(ct_mountpoint cpuset)/cpuset.cpus")' alone in cpuset" \
		devices.allow=a cpuset.cpus=4095
	# what v1 tells of these is more than what is set
	refused "cpuset.cpus=4095: the container above it (/) has '$(cat "$(ct_mountpoint cpuset)/cpuset.cpus")' alone in cpuset" \
		memory.oom_control=1 cpuset.cpus=4095
	[[ $(of memory memory.oom_control) == 'oom_kill_disable 0'* ]]
}

@test "frozen by the container above, in v1: what is refused freezes nothing itself" {
	ct_requires v1:freezer v1:cpuset
	local freezer
	freezer=$(ct_mountpoint freezer)
	ctcreate -p "$CT_TOP/a"
	ctset "$freezer/$CT_TOP" freezer.state=FROZEN
	run -1 ctset "$CT_TOP/a" freezer.state=FROZEN cpuset.cpus=4095
	[[ $(<"$freezer/$CT_TOP/a/freezer.self_freezing") == 0 ]]
	ctset -r "$CT_TOP" | grep freezer.state >"$BATS_TEST_TMPDIR/states"
	diff <(printf '%s\n' freezer.state=FROZEN '#freezer.state=THAWED') "$BATS_TEST_TMPDIR/states"
	ctset "$freezer/$CT_TOP" freezer.state=THAWED
}

@test "an interrupt between two of them, or a fault, puts the first back" {
	ct_requires plain v1:cpu v1:pids strace
	ctcreate "$CT_TOP"
	before=$(settings)
	run -1 inject write:error=EINVAL:when=2 ctset "$CT_TOP" cpu.weight=7 pids.max=5
	[[ $output == *"pids.max=5: refused in pids"* ]]
	same "$before" "$(settings)"
	run inject write:signal=INT:when=1 ctset "$CT_TOP" cpu.weight=7 pids.max=5
	((status == 130))
	same "$before" "$(settings)"
}

@test "one alone: what it was, and where tasks are, is not read; it is made or not, and stays made" {
	ct_requires plain v1:cpu v1:pids strace
	ctcreate "$CT_TOP"
	run -0 strace -o "$BATS_TEST_TMPDIR/trace" -e trace=openat ctset "$CT_TOP" pids.max=5
	same 1 "$(grep -c '"pids.max"' "$BATS_TEST_TMPDIR/trace")"
	same 0 "$(grep -c '"self/cgroup"' "$BATS_TEST_TMPDIR/trace")"
	same 5 "$(ctset "$CT_TOP" pids.max)"
	run -0 inject write:signal=INT:when=1 ctset "$CT_TOP" pids.max=6
	same 6 "$(ctset "$CT_TOP" pids.max)"
	run -1 inject write:error=EINVAL:when=1 ctset "$CT_TOP" pids.max=7
	[[ $output == *"pids.max=7: refused in pids"* ]]
	same 6 "$(ctset "$CT_TOP" pids.max)"
	# one name, two writes
	before=$(settings)
	run -1 inject write:error=EINVAL:when=2 ctset "$CT_TOP" cpu.max='20% 50000'
	same "$before" "$(settings)"
}

@test "one alone, in a container that is removed, made anew, or not in that hierarchy" {
	ct_requires plain v1:cpu v1:pids strace
	local anew
	ctcreate "$CT_TOP"
	anew=$(ct_mountpoint pids)/$CT_TOP
	strace -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=fcntl -e inject=fcntl:delay_exit=3000000 \
		ctset "$CT_TOP" pids.max=5 >"$BATS_TEST_TMPDIR/written" 2>&1 </dev/null 3>&- &
	ct_wait_for grep -qs F_DUPFD "$BATS_TEST_TMPDIR/trace"
	rmdir "$anew"
	mkdir "$anew"
	status=0
	wait $! || status=$?
	((status == 1))
	same "ctset: $CT_TOP: pids.max=5: it has been removed from pids meanwhile" "$(<"$BATS_TEST_TMPDIR/written")"
	same max "$(<"$anew/pids.max")"
	rmdir "$anew"
	run -1 ctset "$CT_TOP" pids.max=5
	[[ $output == "ctset: $CT_TOP: pids.max: it is in the hierarchy pids, where this container is not; ctcreate -p -H pids makes it there" ]]
}

@test "what cannot be put back does not keep the rest from it" {
	ct_requires v1:blkio v1:cpu strace
	local device
	read -r _ device <<<"$(disk)"
	[[ -n $device ]] || skip 'there is no disk'
	ctcreate "$CT_TOP"
	# two writes, the one that is refused, and the first of the two that undo
	run -3 inject write:error=EIO:when=4 ctset "$CT_TOP" io.max="$device rbps=1M wbps=2M" cpu.max=99999999999999
	[[ $(ctset "$CT_TOP" io.max) == "$device rbps=max wbps=2097152 riops=max wiops=max" ]]
}

@test "bad input: one line says what, and nothing is changed" {
	ct_requires v1:cpu v1:memory v1:cpuset v1:pids
	ctcreate "$CT_TOP"
	refused 'memory.mx: there is no such parameter; did you mean memory.max?' cpu.weight=5 memory.mx=5
	refused 'bogus: there is no such parameter; ct-parameters(7) lists them' cpu.weight=5 bogus=1
	refused 'memory.mxa: there is no such parameter; did you mean memory.max?' cpu.weight=5 memory.mxa=5
	refused 'CPU.max: there is no such parameter; did you mean cpu.max?' cpu.weight=5 CPU.max=5%
	refused ': the name of a parameter is empty' ''
	refused 'a/b: this is no name of a parameter' a/b=1
	mkdir "$(ct_mountpoint pids)/$CT_TOP/below"
	refused 'below: there is no such parameter; ct-parameters(7) lists them' below=1
	refused 'below: there is no such parameter; ct-parameters(7) lists them' below
	rmdir "$(ct_mountpoint pids)/$CT_TOP/below"
	refused 'cgroup.max.depth: 2147483648 is not from 0 to 2147483647' cgroup.max.depth=2147483648
	refused 'cpu.cfs_period_us: 5 is not from 1000 to 1000000' cpu.cfs_period_us=5
	refused "cpu.cfs_quota_us=5: refused in $(label cpu): it is less than 1000 but not -1, a container above has less of the CPUs, one below more, cpu.max.burst is more than the quota, or the kernel cannot count so far" \
		cpu.cfs_quota_us=5
	refused "release_agent: only the root of $(label cpu) has release_agent" release_agent
	refused '../tasks: this is no name of a parameter' ../tasks=1
	refused 'cpu.weight: 10001 is not from 1 to 10000' pids.max=5 cpu.weight=10001
	refused "memory.max: '5X': 'X' is no unit; K, M, G and T are, and %" pids.max=5 memory.max=5X
	refused "memory.max: '5 ': ' ' is no unit; K, M, G and T are, and %" pids.max=5 'memory.max=5 '
	refused "memory.max: '-1' is negative; max is no limit" pids.max=5 memory.max=-1
	refused "memory.max: '18446744073709551616' is more than 9223372036854775807, the largest number there is" \
		pids.max=5 memory.max=18446744073709551616
	refused 'memory.high: it has no counterpart in v1, to which memory is bound here: v1 has no limit that slows down, only memory.max' \
		pids.max=5 memory.high=1M
	refused 'memory.current: it is for reading' pids.max=5 memory.current=1
	refused 'cgroup.procs: it is no parameter: ctattach moves tasks, ctkill ends them' pids.max=5 cgroup.procs=1
	refused 'memory.force_empty: this cannot be undone, so it must be the last' memory.force_empty=0 pids.max=5
	run -1 --separate-stderr ctset "$CT_TOP/no" pids.max=5
	[[ $stderr == "ctset: $CT_TOP/no: no such container in "*'; ct stat -r lists those there are, ctcreate makes one' ]]
	fails_with 2 "ctset: which container? CONTAINER is missing
Try 'ctset --help' for more information." ctset
}

@test "the rule that an errno of the kernel means is said" {
	ct_requires v1:cpu v1:cpuset v1:devices
	local cpu cpuset all less
	ctcreate -p "$CT_TOP/a"
	cpu=$(label cpu) cpuset=$(label cpuset)
	less="refused in $cpu: a container above has less of the CPUs, one below more, cpu.max.burst is more than the quota, or the kernel cannot count so far"
	ctset "$CT_TOP/a" cpu.max=50% cpu.idle=1
	refused "cpu.max=20%: $less" cpu.max=20%
	CT_TOP=$CT_TOP/a refused "cpu.weight=5: refused in $cpu: cpu.idle is 1, which is less than any weight; set cpu.idle=0 before it" \
		cpu.weight=5
	if [[ -e $(ct_mountpoint cpu)/$CT_TOP/cpu.cfs_burst_us ]]; then
		CT_TOP=$CT_TOP/a refused "cpu.max.burst=60000: refused in $cpu: it can be no more than the quota of cpu.max" \
			cpu.max.burst=60000
	fi
	all=$(ctset "$CT_TOP" cpuset.cpus)
	if [[ $all != 0 ]]; then
		refused "cpuset.cpus=0: refused in $cpuset: a container below has more than that; take it from there first" \
			cpuset.cpus=0
	fi
	ctset "$CT_TOP/a" devices.deny='c 1:3 rwm'
	refused "devices.deny=a: refused in $(label devices): it takes a TYPE MAJOR:MINOR ACCESS such as c 1:3 rwm, or a where no container is below" \
		devices.deny=a
	CT_TOP=$CT_TOP/a refused "cpuset.cpu_exclusive=1: refused in $cpuset: the container above must be exclusive first" \
		cpuset.cpu_exclusive=1
	ct_spawn ctexec -c "$CT_TOP/a" sleep 1000
	CT_TOP=$CT_TOP/a refused "cpuset.mems=: refused in $cpuset: processes are in it, and need one" cpuset.mems=
	fails_with 1 "ctset: $CT_TOP: devices.allow: it is for writing in $(label devices), and cannot be read" \
		ctset "$CT_TOP" devices.allow
}

# The kernel would keep the lower 32 bits: none.
@test "v1: a number of requests that is too large is no limit" {
	ct_requires v1:blkio
	local device
	read -r _ device <<<"$(disk)"
	[[ -n $device ]] || skip 'there is no disk'
	ctcreate "$CT_TOP"
	ctset "$CT_TOP" io.max="$device riops=4294967296 wiops=7"
	[[ $(of blkio blkio.throttle.read_iops_device) != *"$device 0"* ]]
	[[ $(ctset "$CT_TOP" io.max) == "$device rbps=max wbps=max riops=max wiops=7" ]]
}

@test "pressure is of every container in v2, whatever has the controllers" {
	ct_requires v2
	ctcreate "$CT_TOP"
	[[ -e $CT_V2/$CT_TOP/cpu.pressure ]] || skip 'the kernel has no pressure files'
	[[ $(ctset "$CT_TOP" cpu.pressure) == 'some avg10='* ]]
	ctset "$CT_TOP" cgroup.pressure=0
	fails_with 1 "ctset: $CT_TOP: cpu.pressure: it is not measured: cgroup.pressure is 0" ctset "$CT_TOP" cpu.pressure
	ctset "$CT_TOP" cgroup.pressure=1
	[[ -e $CT_V2/$CT_TOP/irq.pressure ]] ||
		refused 'irq.pressure: this kernel has no irq.pressure in v2' irq.pressure
}

@test "a controller that is not there" {
	ct_requires v1:memory v1:cpu
	ctcreate -H cpu "$CT_TOP"
	refused 'memory.max: it is in the hierarchy memory, where this container is not; ctcreate -p -H memory makes it there' \
		cpu.weight=5 memory.max=1M
	refused "cgroup.max.depth: it is in v2, where this container is not; ctcreate -p -H v2 makes it there" cgroup.max.depth=5
	fails_with 1 "ctset: $CT_TOP: memory.max: it is in the hierarchy memory, which is not one of those that were chosen" \
		ctset -H cpu "$CT_TOP" cpu.weight=5 memory.max=1M
	fails_with 1 "ctset: $(ct_mountpoint cpu): cpu.weight=5: refused in $(label cpu): its root has all there is, and takes no limit" \
		ctset "$(ct_mountpoint cpu)" cpu.weight=5
	# nothing is made either
	fails_with 1 "ctcreate: $CT_TOP/a: memory.max: it is in the hierarchy memory, which is not one of those that were chosen" \
		ctcreate -H cpu -s cpu.weight=5 -s memory.max=1M "$CT_TOP/a"
	[[ ! -d $(ct_mountpoint cpu)/$CT_TOP/a ]]
}

@test "memory.max below what is in use is refused, and what was set before goes back" {
	ct_requires v1:memory v1:pids python3
	ctcreate "$CT_TOP"
	ct_spawn ctexec -c "$CT_TOP" python3 -c 'import time; x = bytearray(range(256)) * (1 << 17); time.sleep(1000)'
	ct_wait_for eval '(($(ctset "$CT_TOP" memory.current) > 32 << 20))'
	before=$(settings)
	run -1 --separate-stderr ctset "$CT_TOP" pids.max=50 memory.max=16M
	[[ $stderr == "ctset: $CT_TOP: memory.max=16777216: it uses "*" bytes, and not enough of them can be reclaimed: end something in it, or give it more" ]]
	same "$before" "$(settings)"
	alive "$ct_pid"
}

@test "ctcreate -s: with the container or not at all" {
	ct_requires v1:cpu v1:memory
	ctcreate -s memory.max=64M -s cpu.max=50% "$CT_TOP"
	[[ $(of memory memory.limit_in_bytes) == 67108864 && $(of cpu cpu.cfs_quota_us) == 50000 ]]
	before=$(tree)
	# more than the container above has: known only when it is set
	fails_with 1 "ctcreate: $CT_TOP/a: cpu.max=80%: refused in $(ctstat -H cpu --noheadings -o HIERARCHIES "$CT_TOP"): a container above has less of the CPUs, one below more, cpu.max.burst is more than the quota, or the kernel cannot count so far" \
		ctcreate -s memory.max=1M -s cpu.max=80% "$CT_TOP/a"
	same "$before" "$(tree)"
	fails_with 2 "ctcreate: --set: memory.mx: there is no such parameter; did you mean memory.max?
Try 'ctcreate --help' for more information." ctcreate -s memory.mx=1 "$CT_TOP/a"
	same "$before" "$(tree)"
}

@test "ctexec -s: before the command, and undone if it cannot run" {
	ct_requires v1:pids
	ctcreate "$CT_TOP"
	run -0 ctexec -c "$CT_TOP" -s pids.max=44 cat "$(ct_mountpoint pids)/$CT_TOP/pids.max"
	[[ $output == 44 ]]
	run -127 ctexec -c "$CT_TOP" -s pids.max=55 /no/such/command
	[[ $(of pids pids.max) == 44 ]]
	run -0 ctexec -p -c "$CT_TOP/new" -s pids.max=7 cat "$(ct_mountpoint pids)/$CT_TOP/new/pids.max"
	[[ $output == 7 ]]
	fails_with 125 "ctexec: $CT_TOP: memory.high: it has no counterpart in v1, to which memory is bound here: v1 has no limit that slows down, only memory.max" \
		ctexec -c "$CT_TOP" -s pids.max=66 -s memory.high=1M true
	[[ $(of pids pids.max) == 44 ]]
}

@test "subtree= hands controllers down while it runs, and takes them back" {
	ct_requires v2:hugetlb
	ctcreate "$CT_TOP"
	set_and_read hugetlb subtree=+hugetlb
	[[ $(<"$CT_V2/$CT_TOP/cgroup.subtree_control") == hugetlb ]]
	mkdir "$CT_V2/$CT_TOP/a"
	set_and_read '' subtree=-hugetlb
	fails_with 1 "ctset: $CT_V2/$CT_TOP/a: hugetlb.2MB.max=1048576: hugetlb is not enabled for it in v2; ctset $CT_V2/$CT_TOP subtree=+hugetlb enables it" \
		ctset "$CT_V2/$CT_TOP/a" hugetlb.2MB.max=1M
	set_and_read hugetlb subtree=hugetlb
	CT_TOP=$CT_TOP/a refused 'cgroup.type=threaded: refused in v2: the container above hands down controllers that threads cannot share (all but cpu, cpuset, perf_event and pids), or has others below it that hold processes' \
		cgroup.type=threaded
	ctset "$CT_V2/$CT_TOP/a" subtree=+hugetlb
	refused 'subtree=-hugetlb: a container below hands it on: disable it there first' subtree=-hugetlb
	ctset "$CT_V2/$CT_TOP/a" subtree=
	refused "subtree=+memory: it can hand down 'hugetlb' alone; what it lacks is to be enabled in the container above, or is bound to v1" \
		subtree=+memory
	# with others that are refused it goes back
	run -1 ctset "$CT_TOP" subtree= cpuset.cpus=4095
	[[ $(<"$CT_V2/$CT_TOP/cgroup.subtree_control") == hugetlb ]]
	rmdir "$CT_V2/$CT_TOP/a"
	ctset "$CT_TOP" subtree=
	ct_spawn ctexec -c "$CT_TOP" sleep 100
	refused 'subtree=+hugetlb: it holds processes itself, and what hands controllers down may hold none in v2: move them to a container below it' \
		subtree=+hugetlb
}

@test "save, remove, restore, compare" {
	ct_requires v1:cpu v1:memory v1:pids v1:devices v1:blkio
	local file=$BATS_TEST_TMPDIR/saved device
	read -r _ device <<<"$(disk)"
	ctcreate -a 65534:65533 -m 2750 -s memory.max=1G -s memory.swap.max=1G -s cpu.max='50% 50000' "$CT_TOP"
	ctcreate -s cpu.shares=3 -s pids.max=7 -s cpuset.cpus=0 -s devices.deny=a -s 'devices.allow=c 1:3 rwm' \
		-s 'devices.allow=c 1:5 r' -s io.weight=300 "$CT_TOP/a"
	ctcreate -H pids,memory -m 700 -s memory.low=1M ${device:+-s "io.max=$device rbps=1M"} "$CT_TOP/a/b" || :
	ctcreate -p -H pids,memory -m 700 -s memory.low=1M "$CT_TOP/a/b"
	ctset -r "$CT_TOP" >"$file"
	before=$(settings)
	before_tree=$(tree)
	ctrm -r "$CT_TOP"
	ctcreate --from "$file"
	same "$before_tree" "$(tree)"
	same "$before" "$(settings)"
	ctset -r "$CT_TOP" | diff "$file" -
	# a value that v2's words would round is there under v1's name
	grep -qx cpu.shares=3 "$file"
	grep -qx 'memory.max=1073741824' "$file"
	grep -qx '#cpu.idle=0' "$file"
	# once more changes nothing; something changed is put back
	ctcreate --from "$file"
	same "$before" "$(settings)"
	ctset "$CT_TOP/a" pids.max=9
	ctset "$CT_TOP" --from "$file"
	same "$before" "$(settings)"
}

@test "save and restore: what differs between the hierarchies of a container" {
	ct_requires v1:pids v1:cpu
	local file=$BATS_TEST_TMPDIR/saved
	ctcreate "$CT_TOP"
	ctset -H pids "$CT_TOP" notify_on_release=1
	before=$(settings)
	ctset "$CT_TOP" >"$file"
	ctset "$CT_TOP" notify_on_release=0
	ctset "$CT_TOP" --from "$file"
	same "$before" "$(settings)"
	ctrm "$CT_TOP"
	ctcreate --from "$file"
	same "$before" "$(settings)"
	sed -i 's/^hierarchies=pids$/hierarchies=nonsense/' "$file"
	run -1 --separate-stderr ctset "$CT_TOP" --from "$file"
	[[ $stderr == "ctset: $file:"*": 'nonsense' is no mounted hierarchy: "* ]]
	same "$before" "$(settings)"
}

@test "save and restore: whether the OOM killer comes, and whether pressure is measured" {
	ct_requires v1:memory v2
	local file=$BATS_TEST_TMPDIR/saved
	ctcreate -p "$CT_TOP/a"
	[[ -e $CT_V2/$CT_TOP/cgroup.pressure ]] || skip 'the kernel has no cgroup.pressure'
	ctset "$CT_TOP/a" memory.oom_control=1 cgroup.pressure=0
	before=$(settings)
	ctset -r "$CT_TOP" >"$file"
	ctrm -r "$CT_TOP"
	ctcreate --from "$file"
	same "$before" "$(settings)"
	[[ $(of memory a/memory.oom_control) == 'oom_kill_disable 1'* ]]
	[[ $(<"$CT_V2/$CT_TOP/a/cgroup.pressure") == 0 && $(<"$CT_V2/$CT_TOP/cgroup.pressure") == 1 ]]
}

@test "save and restore: what hands nothing down, though there are containers below" {
	ct_requires v2:hugetlb
	local file=$BATS_TEST_TMPDIR/saved
	ctcreate -p "$CT_TOP/a/b"
	ctset "$CT_TOP/a" subtree=
	before=$(tree)
	ctset -r "$CT_TOP" >"$file"
	diff <(printf '%s\n' subtree=hugetlb subtree= '#subtree=') <(grep subtree "$file")
	ctrm -r "$CT_TOP"
	ctcreate --from "$file"
	same "$before" "$(tree)"
	ctset -r "$CT_TOP" | diff "$file" -
}

@test "save and restore: devices of a container with others below" {
	ct_requires v1:devices
	local file=$BATS_TEST_TMPDIR/saved before
	ctcreate "$CT_TOP"
	ctcreate -s devices.deny=a -s 'devices.allow=c 1:3 rwm' -s 'devices.allow=c 1:5 r' "$CT_TOP/a"
	ctcreate -s 'devices.deny=c 1:5 r' "$CT_TOP/a/b"
	ctcreate "$CT_TOP/a/c"
	before=$(settings)
	ctset -r "$CT_TOP" >"$file"
	# read again it changes nothing, not for a moment
	run -0 --separate-stderr ctset -v "$CT_TOP" --from "$file"
	run -1 grep -F devices.deny <<<"$stderr"
	same "$before" "$(settings)"
	ctcreate --from "$file"
	same "$before" "$(settings)"
	# what it may not use any more is taken from it and from those below, and nothing else
	ctset "$CT_TOP/a" devices.deny=a 'devices.allow=c 1:5 rw' 'devices.allow=c 1:3 mr'
	same $'c 1:3 rm\nc 1:5 rw' "$(of devices a/devices.list | sort)"
	same 'c 1:3 rm' "$(of devices a/b/devices.list)"
	same $'c 1:3 rm\nc 1:5 r' "$(of devices a/c/devices.list | sort)"
	run -1 ctset "$CT_TOP/a" devices.deny=a 'devices.allow=c 1:3 rm' cpuset.cpus=4095
	same $'c 1:3 rm\nc 1:5 rw' "$(of devices a/devices.list | sort)"
	ctset "$CT_TOP" --from "$file"
	same "$before" "$(settings)"
	ctset "$CT_TOP/a" devices.deny=a
	same '' "$(of devices a/devices.list)"
	ctrm -r "$CT_TOP"
	ctcreate --from "$file"
	same "$before" "$(settings)"
}

@test "save and restore: CPUs that one of two has for itself" {
	ct_requires v1:cpuset
	local file=$BATS_TEST_TMPDIR/saved before
	[[ $(cat "$(ct_mountpoint cpuset)/cpuset.cpus") == 0-[1-9]* ]] || skip 'there is one CPU'
	ctcreate -s cpuset.cpus=0-1 -s cpuset.cpu_exclusive=1 "$CT_TOP" || skip 'others have containers with CPUs'
	ctcreate -s cpuset.cpus=0 -s cpuset.cpu_exclusive=1 "$CT_TOP/a"
	ctcreate "$CT_TOP/b"
	same 1 "$(ctset "$CT_TOP/b" cpuset.cpus)"
	ctset "$CT_TOP/b" cpuset.cpu_exclusive=1
	fails_with 1 "ctcreate: $CT_TOP/c: containers beside it have all of cpuset.cpus of its parent for themselves alone" \
		ctcreate "$CT_TOP/c"
	run -1 test -e "$(ct_mountpoint cpuset)/$CT_TOP/c"
	before=$(settings)
	ctset -r "$CT_TOP" >"$file"
	ctrm -r "$CT_TOP"
	ctcreate --from "$file"
	same "$before" "$(settings)"
	ctset "$CT_TOP" --from "$file"
	same "$before" "$(settings)"
}

@test "a file that shrinks a tree, and one that grows it" {
	ct_requires v1:cpu v1:cpuset
	local all file=$BATS_TEST_TMPDIR/ct.conf before
	all=$(cat "$(ct_mountpoint cpuset)/cpuset.cpus")
	tree_of() { # CPU.MAX CPUSET.CPUS CPU.MAX CPUSET.CPUS CPU.MAX
		printf '[%s]\ncpu.max=%s\ncpuset.cpus=%s\n' "$CT_TOP" "$1" "$2" "$CT_TOP/a" "$3" "$4" "$CT_TOP/a/b" "$5" "$4" >"$file"
	}
	ctcreate -p "$CT_TOP/a/b"
	for how in 'ctset --from' 'ctcreate --from'; do
		how=${how/ctset/"ctset $CT_TOP"}
		tree_of 90% "$all" 80% "$all" 70%
		$how "$file"
		tree_of 30% 0 20% 0 10%
		$how "$file"
		same $'30000 100000\n10000 100000\n0' "$(ctset "$CT_TOP" cpu.max && ctset "$CT_TOP/a/b" cpu.max && ctset "$CT_TOP" cpuset.cpus)"
	done
	# the last word counts, though what was said before has to wait for those below
	tree_of 90% "$all" 80% "$all" 70%
	ctset "$CT_TOP" --from "$file"
	tree_of $'20%\ncpu.max=60%' 0 $'20%\ncpu.max=16% 50000\ncpu.max=14%' 0 10%
	ctset "$CT_TOP" --from "$file"
	same $'60000 100000\n7000 50000\n10000 100000' \
		"$(ctset "$CT_TOP" cpu.max && ctset "$CT_TOP/a" cpu.max && ctset "$CT_TOP/a/b" cpu.max)"
	tree_of 30% 0 '20% 100000' 0 10%
	ctset "$CT_TOP" --from "$file"
	# what cannot be so in any order is told with its line, and all is as it was
	before=$(settings)
	tree_of 20% 0 15% 0 16%
	fails_with 1 "ctset: $file:8: $CT_TOP/a/b: cpu.max=16%: refused in $(label cpu): a container above has less of the CPUs, one below more, cpu.max.burst is more than the quota, or the kernel cannot count so far" \
		ctset "$CT_TOP" --from "$file"
	same "$before" "$(settings)"
}

@test "save and restore: what is idle, what has no CPUs, and for a person" {
	ct_requires v1:cpu v1:cpuset v1:memory
	local file=$BATS_TEST_TMPDIR/saved
	ctcreate "$CT_TOP"
	ctcreate -s cpu.idle=1 -s cpu.max='12345 54321' "$CT_TOP/a"
	ctcreate -s cpuset.cpus= -s cpuset.mems= -s memory.max=1028K -s cpu.weight=7 "$CT_TOP/b"
	before=$(settings)
	for how in '' --human; do
		# shellcheck disable=SC2086
		ctset $how -r "$CT_TOP" >"$file"
		ctrm -r "$CT_TOP"
		ctcreate --from "$file"
		same "$before" "$(settings)"
	done
	grep -qx 'memory.max=1028K' "$file"
	grep -qx 'cpu.max=12345 54321' "$file"
	grep -qx 'cpuset.cpus=' "$file"
}

@test "a file with a mistake in line 7 changes nothing and says where" {
	ct_requires v1:pids v1:cpu
	local file=$BATS_TEST_TMPDIR/ct.conf
	printf '%s\n' '# a comment' "[$CT_TOP]" 'pids.max = 5' '' "[$CT_TOP/a]" 'cpu.weight=50' 'pids.max=many' 'cpu.idle=0' >"$file"
	fails_with 1 "ctcreate: $file:7: pids.max: 'many' is no number" ctcreate --from "$file"
	in_none
	# what only the kernel knows
	sed -i '7s/.*/cpuset.cpus=4095/' "$file"
	fails_with 1 "ctcreate: $file:7: $CT_TOP/a: cpuset.cpus=4095: the container above it (/$CT_TOP) has '$(cat "$(ct_mountpoint cpuset)/cpuset.cpus")' alone in cpuset" \
		ctcreate --from "$file"
	in_none
	ctcreate "$CT_TOP"
	before=$(settings)
	run -1 --separate-stderr ctset "$CT_TOP" --from "$file"
	[[ $stderr == "ctset: $file:5: $CT_TOP/a: no such container in "* ]]
	same "$before" "$(settings)"
	sed -i '7s/.*/pids.max=3/' "$file"
	ctcreate --from "$file"
	[[ $(ctset "$CT_TOP/a" pids.max) == 3 && $(ctset "$CT_TOP" pids.max) == 5 ]]
	# for the container itself no name is needed
	echo pids.max=12 >"$file"
	ctset "$CT_TOP/a" --from "$file"
	[[ $(ctset "$CT_TOP/a" pids.max) == 12 ]]
	fails_with 1 "ctcreate: $file:1: of which container? [CONTAINER] must come first" ctcreate --from "$file"
	fails_with 1 "ctcreate: cannot open $file.no: No such file or directory" ctcreate --from "$file.no"
}

@test "an unprivileged user sets what he was given, and is told what he may not" {
	ct_requires user v1:pids
	ctcreate "$CT_TOP"
	chmod 666 "$(ct_mountpoint pids)/$CT_TOP/pids.max"
	setpriv --reuid 65534 --clear-groups env PATH="$PATH" ctset "$CT_TOP" pids.max=8
	[[ $(of pids pids.max) == 8 ]]
	run -1 --separate-stderr setpriv --reuid 65534 --clear-groups env PATH="$PATH" ctset "$CT_TOP" pids.max=9 cpu.weight=5
	[[ $stderr == "ctset: $CT_TOP: cpu.weight=5: no permission to write "*"/$CT_TOP/cpu.shares: Permission denied" ]]
	[[ $(of pids pids.max) == 8 ]]
}
