# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154  # tap.sh sets them
# ctset on a kernel whose controllers are all in v2.

web=${root_v2-}/web

# is WANTED NAME=VALUE: the value is in the kernel's file then, and read back.
is()
{
	ctset web "$2"
	name=${2%%=*}
	[ "$(ctset web "$name")" = "$1" ]
	[ "$name" = subtree ] || [ "$(cat "$web/$name")" = "$1" ]
}

# refuses TEXT WORD...: TEXT is a pattern; nothing is changed.
refuses()
{
	pattern=$1
	shift
	before=$(ctset -r web)
	says 1 "$pattern" ctset web "$@"
	[ "$before" = "$(ctset -r web)" ]
}

limits_memory()
{
	is 67108864 memory.max=64M
	is max memory.max=infinity
	is 1048576 memory.high=1M
	is max memory.high=max
	is 4194304 memory.low=4M
	is 4194304 memory.min=4M
	[ ! -e "$web/memory.swap.max" ] || is 8388608 memory.swap.max=8M
	is 1 memory.oom.group=1
	[ ! -e "$web/hugetlb.2MB.max" ] || is 4194304 hugetlb.2MB.max=4M
}

limits_cpu()
{
	is 1 cpu.weight=1
	is 10000 cpu.weight=10000
	is 100 cpu.weight=100
	is -5 cpu.weight.nice=-5
	is '50000 100000' cpu.max=50%
	is '150000 100000' cpu.max=150%
	is '10000 20000' 'cpu.max=50% 20000'
	is 'max 20000' cpu.max=max
	is 1 cpu.idle=1
	is 0 cpu.idle=0
	is 0 cpuset.cpus=0
	is '' cpuset.cpus=
	is 0 cpuset.mems=0
}

limits_io()
{
	device=$(cat /sys/block/nvme0n1/dev)
	is "$device rbps=1048576 wbps=max riops=max wiops=50" "io.max=$device rbps=1M wiops=50"
	is "$device rbps=max wbps=max riops=max wiops=50" "io.max=/dev/nvme0n1 rbps=max"
	[ ! -e "$web/io.weight" ] || is 'default 300' io.weight=300
	[ ! -e "$web/io.bfq.weight" ] || is 'default 300' io.bfq.weight=300
}

limits_the_rest()
{
	is 5 pids.max=5
	is max pids.max=max
	is 3 cgroup.max.depth=3
	is 1 cgroup.freeze=1
	is 0 cgroup.freeze=0
}

# Linux has files that no release of ct has heard of: they are told, and are no failure on a kernel this is not for.
knows_every_file()
{
	ctset --parameters | cut -f 1 >/tmp/known
	for file in "$web"/*; do
		file=${file##*/}
		case $file in hugetlb.*) file=hugetlb.SIZE.${file#hugetlb.*B.} ;; esac
		grep -qxF "$file" /tmp/known || { echo "no row: $file" && return 1; }
	done
}

is_all_or_none()
{
	is 4194304 memory.low=4M
	is 0 cpuset.cpus=0
	refuses "*cpuset.cpus=4095: the container above it (*) has '0' alone in v2" cpu.weight=7 cpu.max=20% \
		memory.max=32M pids.max=9 "io.max=$(cat /sys/block/nvme0n1/dev) rbps=5M" cgroup.max.depth=max memory.low=0 cpuset.cpus=4095
	refuses '*memory.swap.peak: *' pids.max=9 memory.swap.peak=1
	refuses '*devices.allow: it is a file of v1, *' pids.max=9 devices.allow=a
	refuses '*cpu.shares: it is a file of v1, *v2 has cpu.weight' pids.max=9 cpu.shares=9
	refuses '*io.max=9999:0 rbps=1: there is no such block device' pids.max=9 'io.max=9999:0 rbps=1'
}

# What is in use is not killed for a limit: 24 MiB of a shell's memory.
kills_nobody()
{
	# shellcheck disable=SC2016  # for the shell inside
	ctexec -c web sh -c 'x=$(head -c 6000000 /dev/zero | tr "\0" x); y=$x$x; z=$x$y; echo; sleep 100; echo $z' >/tmp/ready &
	wait_for test -s /tmp/ready
	refuses '*memory.max=1048576: it uses * bytes, and not enough of them can be reclaimed: the kernel would kill for it; *' \
		pids.max=9 memory.max=1M
	[ -n "$(cat "$web/cgroup.procs")" ]
	refuses '*subtree=+memory: it holds processes itself, *' pids.max=9 subtree=+memory
	ctkill web
}

hands_down()
{
	is 'cpu memory' subtree=+cpu,+memory
	mkdir "$web/a"
	refuses '*it can hand down * alone; *' pids.max=9 subtree=+bogus
	says 1 '*pids.max=5: pids is not enabled for it in v2; ctset /*/web subtree=+pids enables it' ctset web/a pids.max=5
	ctset "$web" subtree=+pids
	ctset web/a pids.max=5
	ctset web/a subtree=+cpu
	refuses '*subtree=-cpu: a container below hands it on: disable it there first' subtree=-cpu
	ctset web/a subtree=
	is 'memory pids' subtree=-cpu
}

is_the_same_again()
{
	ctset web pids.max=77 memory.max=50M cpu.max=30%
	ctset -r web >/tmp/saved
	ctrm -r web
	ctcreate --from /tmp/saved
	ctset -r web >/tmp/again
	cmp /tmp/saved /tmp/again
}

ctcreate web
try 'ctset: memory' limits_memory
try 'ctset: cpu' limits_cpu
try 'ctset: io' limits_io
try 'ctset: the rest' limits_the_rest
try 'ctset: the table has every file' knows_every_file
try 'ctset: all or none' is_all_or_none
try 'ctset: nobody is killed for a limit' kills_nobody
try 'ctset: subtree' hands_down
try 'ctset -r, and ctcreate --from that' is_the_same_again
ctkill -r -d web
