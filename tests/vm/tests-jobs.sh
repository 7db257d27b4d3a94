# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154  # tap.sh sets them
# What ct is for, on whatever layout this is.

lists_hierarchies()
{
	ctmount --noheadings --output MOUNTPOINT,VERSION | awk 'NF > 1 { print $1, $2 }' | sort >/tmp/listed
	awk '/ - cgroup2? / { print $5, / - cgroup2 / ? 2 : 1 }' /proc/self/mountinfo | sort >/tmp/mounted
	cmp /tmp/listed /tmp/mounted
	[ -s /tmp/listed ]
	ctmount --noheadings --output MOUNTPOINT,CONTROLLERS >/tmp/listed
	while read -r where controllers; do
		if [ -e "$where/cgroup.controllers" ]; then
			[ "$(echo "$controllers" | tr , ' ')" = "$(cat "$where/cgroup.controllers")" ]
		else
			grep -q ":$controllers:" /proc/self/cgroup
		fi
	done </tmp/listed
}

mounts_a_named_one()
{
	mkdir -p /mnt/named
	ctmount --name named /mnt/named
	[ -e /mnt/named/release_agent ]
	ctcreate t
	[ -d "/mnt/named${below-}/t" ]
	ctrm t
	[ ! -d "/mnt/named${below-}/t" ]
	ctmount -u /mnt/named
	fails grep -q name=named /proc/self/cgroup
}

creates_and_removes()
{
	says 1 'ctcreate: t/a: *' ctcreate t/a
	ctcreate -p t/a
	everywhere t/a
	says 1 'ctcreate: t/a: *' ctcreate t/a
	says 1 'ctrm: t: *' ctrm t
	everywhere t/a
	ctrm t/a
	nowhere t/a
	everywhere t
	ctrm t
	nowhere t
}

executes()
{
	# shellcheck disable=SC2016  # for the shell inside
	ctexec -p -c t/a sh -c 'echo $$ >/tmp/own; cat /proc/self/cgroup >/tmp/places; exec sleep 100' &
	wait_for grep -q sleep /proc/$!/comm
	is_in t/a $!
	[ "$(cat /tmp/own)" = $! ]
	[ "$(grep -c /t/a\$ /tmp/places)" = "$(echo "$roots" | wc -w)" ]
	kill $!
	says 7 '' ctexec -c t/a sh -c 'exit 7'
	says 143 '' ctexec -f -c t/a sh -c 'kill $$'
	says 127 'ctexec: *' ctexec -c t/a /nowhere
	says 125 'ctexec: *no such container*' ctexec -c t/b true
}

# v2 alone has the rule, and only where it has controllers to hand down.
executes_beside_containers()
{
	ctcreate -p t/a
	if [ -n "${root_v2-}" ] && [ -n "$(cat "$root_v2/cgroup.controllers")" ]; then
		says 125 'ctexec: t: it may hold no process in v2, because it has controllers (*) enabled *' ctexec -c t true
	else
		ctexec -c t true
	fi
}

forks()
{
	set +x
	while :; do
		(:)
		sleep 0.01 &
		wait
	done
}

attaches()
{
	ctcreate -p t/a t/b
	start sleep 100
	ctattach -c t/a "$pid"
	is_in t/a "$pid"

	# a parent that forks, with its children
	start forks
	for to in b a b; do
		ctattach -t 30 -r -c t/$to "$pid"
		is_in t/$to "$pid"
		unsplit
	done
	ctattach -t 30 --from t/b -c t/a
	is_in t/a "$pid"
	unsplit
	for root in $roots; do [ -z "$(cat "$root/t/b/cgroup.procs")" ]; done
	fails ls /sys/fs/cgroup/.ct-* /sys/fs/cgroup/*/.ct-*
	before=$(cut -d ' ' -f 14-17 "/proc/$pid/stat")
	wait_for runs_on
}

runs_on()
{
	[ "$before" != "$(cut -d ' ' -f 14-17 "/proc/$pid/stat")" ]
}

# The mover is killed in the middle: the guard puts all back, or all is there.
survives()
{
	ctcreate -p t/a t/b
	start forks
	ctattach -t 30 -r -c t/a "$pid"
	for delay in 0.00 0.03 0.06 0.10; do
		ctattach --from t/a -c t/b &
		mover=$!
		sleep $delay
		kill -KILL $mover || :
		wait $mover || :
		ctattach -t 30 --from t/b -c t/a || ctstat t/a
		wait_for is_in t/a "$pid"
		unsplit
	done
	before=$(cut -d ' ' -f 14-17 "/proc/$pid/stat")
	wait_for runs_on
}

counts()
{
	set +x
	while :; do
		echo x >>/tmp/ticks
		sleep 0.01
	done
}

freezes()
{
	rm -f /tmp/ticks
	ctcreate -p t/a
	start counts
	ctattach -t 30 -r -c t/a "$pid"
	wait_for test -s /tmp/ticks
	ctfreeze -t 30 t
	[ "$(ctstat --noheadings -o STATE t/a | tr -d ' ')" = frozen ]
	before=$(wc -l </tmp/ticks)
	sleep 0.3
	[ "$before" = "$(wc -l </tmp/ticks)" ]
	says 1 'ctattach: t/b: *' ctattach -c t/b "$pid"
	ctfreeze -u t
	wait_for more_ticks
}

more_ticks()
{
	[ "$before" -lt "$(wc -l </tmp/ticks)" ]
}

kills()
{
	ctcreate -p t/a t/b/c
	start forks
	ctattach -r -c t/a "$pid"
	start sleep 100
	ctattach -c t/b/c "$pid"
	ctfreeze t/b
	ctkill -r -d t
	nowhere t
	fails kill -0 "$pid"
}

# set_to CONTROLLER V1FILE V1VALUE V2FILE V2VALUE: the kernel has it.
set_to()
{
	eval "dir=\$root_$1/t/a"
	if [ -e "$dir/cgroup.events" ]; then
		[ "$(cat "$dir/$4")" = "$5" ]
	else
		[ "$(cat "$dir/$2")" = "$3" ]
	fi
}

sets()
{
	ctcreate -p t/a
	ctset t/a memory.max=64M cpu.weight=10000 pids.max=5 cpu.max=50% cpuset.cpus=0
	set_to memory memory.limit_in_bytes 67108864 memory.max 67108864
	set_to cpu cpu.shares 262144 cpu.weight 10000
	set_to cpu cpu.cfs_quota_us 50000 cpu.max '50000 100000'
	set_to pids pids.max 5 pids.max 5
	set_to cpuset cpuset.cpus 0 cpuset.cpus 0
	[ "$(ctset t/a memory.max cpu.weight pids.max | tr '\n' ' ')" = 'memory.max=67108864 cpu.weight=10000 pids.max=5 ' ]
	# all or none
	says 1 'ctset: t/a: cpuset.cpus=77: *' ctset t/a pids.max=9 cpuset.cpus=77
	set_to pids pids.max 5 pids.max 5
	# it is in force
	says 2 '*fork*' ctexec -c t/a sh -c 'for i in 1 2 3 4 5 6; do sleep 100 & done'
	ctset -r t >/tmp/saved
	ctkill -r -d t
	ctcreate --from /tmp/saved
	ctset -r t | cmp - /tmp/saved
}

measures()
{
	ctcreate -p t/a
	# shellcheck disable=SC2016  # for the shell inside
	ctexec -c t/a sh -c 'x=$(head -c 3000000 /dev/zero | tr "\0" x); echo >/tmp/ready; sleep 100; echo "$x"' &
	echo $! >>/tmp/started
	wait_for test -s /tmp/ready
	rm /tmp/ready
	wait_for has_two t/a # the shell comes before its sleep
	ctstat -J --files -o tasks,memory,cpu,files t/a | sed -n 's/ *"\(.*\)": \([^,]*\).*/\1:\2/p' >/tmp/figures
	cat /tmp/figures
	[ "$(figure tasks)" = 2 ]
	[ "$(figure memory)" -ge 3000000 ]
	[ "$(figure memory)" -le 60000000 ]
	[ "$(figure files)" -ge 1 ]
	fails grep -q cpu:null /tmp/figures
	grep -q '^cpu:' /tmp/figures
}

has_two()
{
	[ "$(ctstat --noheadings -o TASKS "$1" | tr -d ' ')" = 2 ]
}

figure()
{
	sed -n "s/^$1://p" /tmp/figures
}

deletes_itself()
{
	ctcreate -p t
	ctexec -p -d -c t/a true
	wait_for nowhere t/a
	ctcreate -d t/b
	everywhere t/b
	start sleep 100
	ctattach -c t/b "$pid"
	sleep 1
	everywhere t/b
	kill "$pid"
	wait_for nowhere t/b
	everywhere t
}

clones()
{
	ctcreate -p t
	says 0 named ctexec -p -c t/a ctclone -N uts,net -c named sh -c 'hostname named; hostname'
	[ "$(hostname)" != named ]
	ctcreate -N uts=NEW t/b
	ctexec -c t/b hostname inside
	says 0 inside ctexec -c t/b hostname
	[ "$(hostname)" != inside ]
}

# What the layout lacks is told by name, with the way out. The layout is told by what is mounted.
names_what_is_missing()
{
	mkdir -p /mnt/x
	ctcreate t
	says 1 "ctmount: 'nothing' is no controller of this kernel: *" ctmount -o nothing /mnt/x
	says 1 "ctcreate: 'nothing' is no mounted hierarchy: -H takes * or all" ctcreate -H nothing t/a
	if [ -z "${root_v2-}" ]; then
		misses_v2
	elif [ -z "$v1_freezer" ]; then
		misses_v1
	fi
	case $(uname -r)/${v1_freezer:+v1} in
	6.12.*/v1) misses_memory ;;
	esac
	[ -z "${root_cpu-}" ] || [ "$root_cpu" = "${root_v2-}" ] ||
		says 1 "ctmount: cpu is bound to hierarchy cpu*, which is mounted at $top/cpu* (containers: *" \
			ctmount -o cpu,memory /mnt/x
}

misses_v2()
{
	says 1 "ctcreate: 'v2' is no mounted hierarchy: *" ctcreate -H v2 t/a
	says 1 'ctset: t: memory.high: it has no counterpart in v1, to which memory is bound here: *' ctset t memory.high=3M
	says 1 'ctset: t: cgroup.max.depth: it is in v2, which is not mounted; ctmount -2 DIR mounts it' \
		ctset t cgroup.max.depth=3
	says 1 'ctfreeze: t: *, and is only in memory: make it there too (ctcreate -p -H freezer), *' ctfreeze -H memory t
}

misses_v1()
{
	says 1 "ctcreate: 'freezer' is no mounted hierarchy: -H takes v2 or all" ctcreate -H freezer t/a
	says 1 'ctset: t: memory.limit_in_bytes: it is a file of v1, *: v2 has memory.max' ctset t memory.limit_in_bytes=5M
}

# /proc/cgroups lists them, and v1 refuses them.
misses_memory()
{
	says 0 '*v2*' ctstat -H memory --noheadings -o HIERARCHIES t
	says 1 'ctmount: /mnt/x: the kernel has memory on v2 only; v2 is mounted, ctmount lists where' ctmount -o memory /mnt/x
	umount "$top/unified"
	says 1 'ctset: t: memory.max: it is in v2, which is not mounted; ctmount -2 DIR mounts it' ctset t memory.max=5M
	says 1 'ctmount: /mnt/x: the kernel has cpuset on v2 only; ctmount -2 DIR mounts v2' ctmount -o cpuset /mnt/x
	says 0 "ctmount: memory is passed over: *" sh -c 'ctmount --each /mnt/x 2>&1 | grep -v cpuset'
	[ -z "$(ls /mnt/x)" ]
	ctmount -2 "$top/unified"
}


try 'ctmount lists the hierarchies as the kernel has them' lists_hierarchies
try 'ctmount mounts a named hierarchy and unmounts it' mounts_a_named_one
try 'ctcreate and ctrm, in all hierarchies' creates_and_removes
try 'ctexec: the same process, everywhere; its status' executes
try 'ctexec beside containers, as the versions have it' executes_beside_containers
try 'ctattach: a process, with -r, --from: none is split' attaches
try 'ctattach killed in the middle: none is split or stays frozen' survives
try 'ctfreeze and ctfreeze -u' freezes
try 'ctkill -r -d, of a frozen container too' kills
try 'ctset: by the same words, all or none, and again from a file' sets
try 'ctstat: tasks, memory, CPU, files' measures
try '-d: a container that goes by itself' deletes_itself
try 'ctclone -N and ctexec: namespaces' clones
try 'what is missing is named' names_what_is_missing
