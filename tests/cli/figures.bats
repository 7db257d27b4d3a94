#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The figures of ctstat, from the files of v1 and v2, and the ways to print them.

load cli

setup() { ct_requires library:libsmartcols; }

all=name,threads,pids,pids-limit,cpu,cpu-limit,memory,peak,swap,memory-limit,io-read,io-write,pressure-cpu,pressure-memory,pressure-io

# The same numbers in the files of either version, of the container web.
with_v1() {
	copy v1
	local top=$copy/sys/fs/cgroup
	printf '90061500000000\n' >"$top/cpuacct/web/cpuacct.usage"
	printf '25000\n' >"$top/cpu/web/cpu.cfs_quota_us"
	printf '100000\n' >"$top/cpu/web/cpu.cfs_period_us"
	printf '1610612736\n' >"$top/memory/web/memory.usage_in_bytes"
	printf '2147483648\n' >"$top/memory/web/memory.max_usage_in_bytes"
	printf 'cache 1\nswap 1\ntotal_cache 1\ntotal_swap 4096\n' >"$top/memory/web/memory.stat"
	printf '8:0 Read 1048576\n8:0 Write 512\n8:0 Total 1049088\n7:0 Read 1\n7:0 Write 2\nTotal 1049091\n' \
		>"$top/blkio/web/blkio.throttle.io_service_bytes_recursive"
}

with_v2() {
	copy v2
	local top=$copy/sys/fs/cgroup/web
	printf 'usage_usec 90061500000\nuser_usec 1\n' >"$top/cpu.stat"
	printf '25000 100000\n' >"$top/cpu.max"
	printf '1610612736\n' >"$top/memory.current"
	printf '2147483648\n' >"$top/memory.peak"
	printf '4096\n' >"$top/memory.swap.current"
	printf '8:0 rbytes=1048576 wbytes=512 rios=1 wios=1 dbytes=0 dios=0\n7:0 rbytes=1 wbytes=2 rios=1\n' >"$top/io.stat"
	printf 'some avg10=1.05 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00\n' >"$top/cpu.pressure"
	printf 'some avg10=22.50 avg60=0.00 avg300=0.00 total=2\nfull avg10=0.00\n' >"$top/memory.pressure"
	printf 'some avg10=100.00 avg60=0.00 avg300=0.00 total=3000000\nfull avg10=0.00\n' >"$top/io.pressure"
}

@test "v1 and v2 say the same" {
	with_v1
	expect 0 "web 0 6 100 90061.500000 25.00 1610612736 2147483648 4096 67108864 1048577 514" '' \
		ctstat --raw --bytes --noheadings -o "$all" --sysroot "$copy" web
	with_v2
	expect 0 "web 0 6 100 90061.500000 25.00 1610612736 2147483648 4096 67108864 1048577 514 1.05 22.50 100.00" '' \
		ctstat --raw --bytes --noheadings -o "$all" --sysroot "$copy" web
}

@test "for people" {
	with_v2
	expect 0 'NAME TASKS        CPU MEMORY PEAK STATE SWAP IO-WRITE PRESSURE-IO
web      0 1501:01.50   1.5G 2.0G empty 4.0K     514B      100.00' '' \
		ctstat -o +swap,io-write,pressure-io --sysroot "$copy" web
}

@test "what nobody tells is absent, never 0" {
	copy v1
	expect 0 'db 1' '' ctstat --raw --noheadings -o "${all/threads/tasks}" --sysroot "$copy" -H freezer db
	ct_requires jq
	capture ctstat -J -o "$all" --sysroot "$copy" -H freezer db
	[ "$status" = 0 ]
	same '{"name":"db","threads":1}' <(jq -c '.containers[0] | with_entries(select(.value != null))' "$out")
	same 15 <(jq '.containers[0] | length' "$out")
	# no device is counted, in v1's way and in v2's
	copy v1
	echo 'Total 0' >"$copy/sys/fs/cgroup/blkio/web/blkio.throttle.io_service_bytes_recursive"
	expect 0 'web' '' ctstat --raw --noheadings -o name,io-read --sysroot "$copy" web
	copy v2
	: >"$copy/sys/fs/cgroup/web/io.stat"
	expect 0 '0B' '' ctstat --raw --noheadings -o io-read --sysroot "$copy" web
}

@test "the older file of v1, where there is no other" {
	copy v1
	echo '8:0 Read 7' >"$copy/sys/fs/cgroup/blkio/web/blkio.throttle.io_service_bytes"
	expect 0 '7B' '' ctstat --raw --noheadings -o io-read --sysroot "$copy" web
}

@test "a controller's own hierarchy is asked before v2" {
	copy hybrid
	echo 5000000000 >"$copy/sys/fs/cgroup/cpu,cpuacct/web/cpuacct.usage"
	echo 'usage_usec 7000000' >"$copy/sys/fs/cgroup/unified/web/cpu.stat"
	expect 0 '5.000000' '' ctstat -b --noheadings --raw -o cpu --sysroot "$copy" web
	expect 0 '7.000000' '' ctstat -b --noheadings --raw -o cpu -H v2 --sysroot "$copy" web
}

@test "JSON has numbers, and null" {
	ct_requires jq
	with_v2
	capture ctstat -J -o "$all" --sysroot "$copy" web db
	[ "$status" = 0 ]
	same '{"name":"web","threads":0,"pids":6,"pids-limit":100,"cpu":90061.5,"cpu-limit":25,"memory":1610612736,"peak":2147483648,"swap":4096,"memory-limit":67108864,"io-read":1048577,"io-write":514,"pressure-cpu":1.05,"pressure-memory":22.5,"pressure-io":100}' \
		<(jq -c '.containers[0]' "$out")
	same '{"threads":1,"cpu-limit":null,"peak":null,"memory-limit":null}' \
		<(jq -c '.containers[1] | {threads, "cpu-limit", peak, "memory-limit"}' "$out")
}

@test "sorted: the largest first, what is absent last, names from A on" {
	with_v2
	rm "$copy/sys/fs/cgroup/db/memory.current"
	echo 1000 >"$copy/sys/fs/cgroup/web/frontend/memory.current"
	echo 9 >"$copy/sys/fs/cgroup/web/backend/memory.current"
	expect 0 'web 1610612736
pool 253952
web/frontend 1000
web/backend 9
pool/threads
db' '' ctstat -r --raw --noheadings -b -o name,memory --sort memory --sysroot "$copy" web pool db
	expect 0 'db
pool
web' '' ctstat --noheadings -o name --sort Name --sysroot "$copy" web pool db
	# by a column that is not printed
	expect 0 'web/backend
web/frontend
web' '' ctstat -r --noheadings -o name --sort threads --sysroot "$copy" web
}

@test "a tree" {
	expect 0 'NAME       TASKS
pool           1
`-threads      0
web            0
|-backend      1
`-frontend     2' '' ctstat -T -o name,tasks --sysroot "$(machine v2)" pool web
	# each below its own, and there in order
	expect 0 'NAME       TASKS
pool           1
`-threads      0
web            0
|-frontend     2
`-backend      1' '' ctstat -T -o name,tasks --sort tasks --sysroot "$(machine v2)" web pool
	expect 0 'NAME                      TASKS
/sys/fs/cgroup/memory/web     0
|-backend                     1
`-frontend                    2' '' ctstat -T -o name,tasks --sysroot "$(machine v1)" /sys/fs/cgroup/memory/web
	copy v2
	mkdir -p "$copy/sys/fs/cgroup/web/backend/x/y" "$copy/sys/fs/cgroup/web-2/z"
	find "$copy/sys/fs/cgroup" -type d -exec sh -c ': >>"$1/cgroup.procs"' sh {} \;
	expect 0 'web
|-backend
| `-x
|   `-y
`-frontend
web-2
`-z' '' ctstat -T -o name --noheadings --sysroot "$copy" web web-2
}

@test "a tree in JSON" {
	ct_requires jq
	capture ctstat -TJ -o name,tasks --sysroot "$(machine v2)" web
	[ "$status" = 0 ]
	same '{"containers":[{"name":"web","tasks":0,"children":[{"name":"web/backend","tasks":1},{"name":"web/frontend","tasks":2}]}]}' \
		<(jq -c . "$out")
}

@test "raw: no blank in a name" {
	expect 0 'NAME TASKS
caf\xc3\xa9\x20au\x20lait 1' '' ctstat --raw -o name,tasks --sysroot "$(machine v2)" 'café au lait'
}

@test "--interval: two looks, CPU% between them" {
	capture ctstat --interval 0.05 --raw -o name,cpu% --sysroot "$(machine v2)" web
	[ "$status" = 0 ]
	same 'NAME CPU%
web 0.00' "$out"
	copy v1
	capture ctstat --interval 0.05 --raw -o name,cpu% --sysroot "$copy" -H freezer web
	same 'NAME CPU%
web' "$out"
}

@test "--watch: a table each interval until the reader goes" {
	capture timeout 10 bash -c 'ctstat -w 0.05 --raw -o name,cpu% --sysroot "$1" web | head -n 5; exit "${PIPESTATUS[0]}"' \
		bash "$(machine v2)"
	[ "$status" != 124 ]
	same 'NAME CPU%
web

NAME CPU%
web 0.00' "$out"
}

@test "--watch: an operand that is not there is said once" {
	capture timeout 10 bash -c 'ctstat -w 0.05 --raw -o name --sysroot "$1" none web 2>"$2" | head -n 8 >/dev/null' \
		bash "$(machine v2)" "$BATS_TEST_TMPDIR/said"
	same 'ctstat: none: no such container in v2; ct stat -r lists those there are, ctcreate makes one' "$BATS_TEST_TMPDIR/said"
}
