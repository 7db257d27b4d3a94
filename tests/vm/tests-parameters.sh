#!/bin/sh
# SPDX-License-Identifier: MIT
# Process 1 of the guest of tests/vm/set. The shell is busybox.

PATH=/bin
export PATH
top=/sys/fs/cgroup
failed=0

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mount -t cgroup2 cgroup2 $top

wrong() {
	echo "guest: WRONG: $*"
	failed=1
}

# sets WANTED NAME=VALUE: the value is in the kernel's file then, and read back.
sets() {
	ctset web "$2" || wrong "$2 is refused"
	name=${2%%=*}
	[ "$(ctset web "$name")" = "$1" ] || wrong "$name is '$(ctset web "$name")', not '$1'"
	[ "$name" = subtree ] || [ "$(cat "$top/web/$name")" = "$1" ] ||
		wrong "$name: the file has '$(cat "$top/web/$name")'"
}

# refuses TEXT WORD...: TEXT is a pattern; nothing is changed.
refuses() {
	pattern=$1
	shift
	before=$(ctset -r web)
	said=$(ctset web "$@" 2>&1) && wrong "$* is taken"
	# shellcheck disable=SC2254  # it is a pattern
	case $said in $pattern) ;; *) wrong "$*: says '$said'" ;; esac
	[ "$before" = "$(ctset -r web)" ] || wrong "$*: something has changed"
}

ctcreate web || wrong 'ctcreate failed'
echo "guest: $(uname -r): $(cat $top/web/cgroup.controllers)"
sets 67108864 memory.max=64M
sets max memory.max=infinity
sets 1048576 memory.high=1M
sets max memory.high=max
sets 4194304 memory.low=4M
sets 4194304 memory.min=4M
[ ! -e $top/web/memory.swap.max ] || sets 8388608 memory.swap.max=8M
sets 1 memory.oom.group=1
sets 1 cpu.weight=1
sets 10000 cpu.weight=10000
sets 100 cpu.weight=100
sets -5 cpu.weight.nice=-5
sets '50000 100000' cpu.max=50%
sets '150000 100000' cpu.max=150%
sets '10000 20000' 'cpu.max=50% 20000'
sets 'max 20000' cpu.max=max
sets 1 cpu.idle=1
sets 0 cpu.idle=0
sets 5 pids.max=5
sets max pids.max=max
sets 0 cpuset.cpus=0
sets '' cpuset.cpus=
sets 0 cpuset.mems=0
sets 3 cgroup.max.depth=3
sets 1 cgroup.freeze=1
sets 0 cgroup.freeze=0
[ ! -e $top/web/hugetlb.2MB.max ] || sets 4194304 hugetlb.2MB.max=4M
device=$(cat /sys/block/nvme0n1/dev)
sets "$device rbps=1048576 wbps=max riops=max wiops=50" "io.max=$device rbps=1M wiops=50"
sets "$device rbps=max wbps=max riops=max wiops=50" "io.max=/dev/nvme0n1 rbps=max"
[ ! -e $top/web/io.weight ] || sets 'default 300' io.weight=300
[ ! -e $top/web/io.bfq.weight ] || sets 'default 300' io.bfq.weight=300

for file in "$top"/web/*; do
	file=${file##*/}
	case $file in hugetlb.*) file=hugetlb.SIZE.${file#hugetlb.*B.} ;; esac
	ctset --parameters | cut -f 1 | grep -qxF "$file" || wrong "no row: $file"
done

# all or none: the last is refused
refuses "*cpuset.cpus=4095: the container above it (/) has '0' alone in v2" cpu.weight=7 cpu.max=20% \
	memory.max=32M pids.max=9 "io.max=$device rbps=5M" cgroup.max.depth=max memory.low=0 cpuset.cpus=4095
refuses '*memory.swap.peak: *' pids.max=9 memory.swap.peak=1
refuses '*devices.allow: it is a file of v1, *' pids.max=9 devices.allow=a
refuses '*cpu.shares: it is a file of v1, *v2 has cpu.weight' pids.max=9 cpu.shares=9
refuses '*io.max=9999:0 rbps=1: there is no such block device' pids.max=9 'io.max=9999:0 rbps=1'

# what is in use is not killed for a limit: 24 MiB of a shell's memory
# shellcheck disable=SC2016  # for the shell inside
ctexec -c web sh -c 'x=$(head -c 6000000 /dev/zero | tr "\0" x); y=$x$x; z=$x$y; echo; sleep 100; echo $z' >/tmp/ready &
while [ ! -s /tmp/ready ]; do sleep 0.1; done
refuses '*memory.max=1048576: it uses * bytes, and not enough of them can be reclaimed: the kernel would kill for it; *' \
	pids.max=9 memory.max=1M
[ -n "$(cat $top/web/cgroup.procs)" ] || wrong 'the process is dead'
# what can be reclaimed is
refuses '*subtree=+memory: it holds processes itself, *' pids.max=9 subtree=+memory
ctkill web || wrong 'ctkill failed'

sets 'cpu memory' subtree=+cpu,+memory
mkdir $top/web/a
refuses '*it can hand down * alone; *' pids.max=9 subtree=+bogus
said=$(ctset web/a pids.max=5 2>&1) && wrong 'pids.max is there without pids'
case $said in
*'pids.max=5: pids is not enabled for it in v2; ctset /sys/fs/cgroup/web subtree=+pids enables it') ;;
*) wrong "says $said" ;;
esac
ctset $top/web subtree=+pids || wrong 'that way out is none'
ctset web/a pids.max=5 || wrong 'pids.max is refused'
ctset web/a subtree=+cpu || wrong 'subtree of a'
refuses '*subtree=-cpu: a container below hands it on: disable it there first' subtree=-cpu
ctset web/a subtree= || wrong 'subtree= of a'
sets 'memory pids' subtree=-cpu

# save, remove, restore, compare
ctset web pids.max=77 memory.max=50M cpu.max=30%
ctset -r web >/tmp/saved
ctrm -r web || wrong 'ctrm failed'
ctcreate --from /tmp/saved || wrong 'it cannot be restored'
ctset -r web >/tmp/again
cmp /tmp/saved /tmp/again || { wrong 'the restored differs' && diff /tmp/saved /tmp/again; }

[ $failed = 1 ] || echo 'guest: all held'
poweroff -f
