#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What ctmount lists, on each of the machines of tests/fixtures.

load cli

setup() { ct_requires library:libsmartcols; }

list() { expect 0 "$2" '' ctmount --sysroot "$(machine "$1")"; }

@test "v1, each controller alone" {
	list v1 'ID VERSION CONTROLLERS MOUNTPOINT                CONTAINERS TASKS RELEASE-AGENT
 1       1 cpuset      /sys/fs/cgroup/cpuset              3     3
 2       1 cpu         /sys/fs/cgroup/cpu                 4     5
 3       1 cpuacct     /sys/fs/cgroup/cpuacct             3     3
 4       1 blkio       /sys/fs/cgroup/blkio               3     3
 5       1 memory      /sys/fs/cgroup/memory              5     5
 6       1 devices     /sys/fs/cgroup/devices             3     3
 7       1 freezer     /sys/fs/cgroup/freezer             5     5
 8       1 net_cls     /sys/fs/cgroup/net_cls             3     3
 9       1 perf_event  /sys/fs/cgroup/perf_event          3     3
10       1 net_prio    /sys/fs/cgroup/net_prio            3     3
11       1 hugetlb     /sys/fs/cgroup/hugetlb             3     3
12       1 pids        /sys/fs/cgroup/pids                3     3
13       1 rdma        /sys/fs/cgroup/rdma                3     3
14       1 misc        /sys/fs/cgroup/misc                3     3
15       1 name=jobs   /sys/fs/cgroup/jobs                4     4 /sbin/jobs-release'
}

@test "v1, joined" {
	list v1-joined 'ID VERSION CONTROLLERS      MOUNTPOINT                      CONTAINERS TASKS RELEASE-AGENT
 1       1 name=systemd     /sys/fs/cgroup/systemd                   3     3 /lib/systemd/systemd-cgroups-agent
 2       1 cpu,cpuacct      /sys/fs/cgroup/cpu,cpuacct               4     5
 3       1 cpuset           /sys/fs/cgroup/cpuset                    3     3
 4       1 blkio            /sys/fs/cgroup/blkio                     3     3
 5       1 memory           /sys/fs/cgroup/memory                    5     5
 6       1 devices          /sys/fs/cgroup/devices                   3     3
 7       1 freezer          /sys/fs/cgroup/freezer                   5     5
 8       1 net_cls,net_prio /sys/fs/cgroup/net_cls,net_prio          3     3
 9       1 perf_event       /sys/fs/cgroup/perf_event                3     3
10       1 pids             /sys/fs/cgroup/pids                      3     3'
}

@test "v2" {
	list v2 'ID VERSION CONTROLLERS                                 MOUNTPOINT     CONTAINERS TASKS RELEASE-AGENT
 0       2 cpuset,cpu,io,memory,hugetlb,pids,rdma,misc /sys/fs/cgroup          7     6'
}

@test "hybrid" {
	list hybrid 'ID VERSION CONTROLLERS       MOUNTPOINT                      CONTAINERS TASKS RELEASE-AGENT
 0       2 hugetlb,rdma,misc /sys/fs/cgroup/unified                   5     5
 1       1 name=systemd      /sys/fs/cgroup/systemd                   3     3 /lib/systemd/systemd-cgroups-agent
 2       1 cpu,cpuacct       /sys/fs/cgroup/cpu,cpuacct               4     5
 3       1 cpuset            /sys/fs/cgroup/cpuset                    3     3
 4       1 blkio             /sys/fs/cgroup/blkio                     3     3
 5       1 memory            /sys/fs/cgroup/memory                    5     5
 6       1 devices           /sys/fs/cgroup/devices                   3     3
 7       1 freezer           /sys/fs/cgroup/freezer                   5     5
 8       1 net_cls,net_prio  /sys/fs/cgroup/net_cls,net_prio          3     3
 9       1 perf_event        /sys/fs/cgroup/perf_event                3     3
10       1 pids              /sys/fs/cgroup/pids                      3     3'
}

@test "in a cgroup namespace" {
	list cgroupns 'ID VERSION CONTROLLERS                     MOUNTPOINT             CONTAINERS TASKS RELEASE-AGENT
 1       1 memory                          /sys/fs/cgroup/memory           8     9
 2       1 pids                            /sys/fs/cgroup/pids             6     9
 3       1 freezer                         /sys/fs/cgroup/freezer          8     9
 0       2 cpuset,cpu,io,hugetlb,rdma,misc /sys/fs/cgroup/unified          8     9'
	list cgroupns-remounted 'ID VERSION CONTROLLERS MOUNTPOINT             CONTAINERS TASKS RELEASE-AGENT
 1       1 memory      /sys/fs/cgroup/memory           5     5
 2       1 pids        /sys/fs/cgroup/pids             3     3
 3       1 freezer     /sys/fs/cgroup/freezer          5     5
 0       2             /sys/fs/cgroup/unified          5     5'
}

@test "mounted twice, in parts, at odd places" {
	list twice 'ID VERSION CONTROLLERS                     MOUNTPOINT                 CONTAINERS TASKS RELEASE-AGENT
 1       1 memory                          /sys/fs/cgroup/memory               5     5
 1       1 memory                          /mnt/memory                         5     5
 1       1 memory                          /srv/web                            5     5
 2       1 pids                            /mnt/my containers                  4     4
 3       1 freezer                         /sys/fs/cgroup/freezer              5     5
 3       1 freezer                         /mnt/back\slash\x09and tab          5     5
 3       1 freezer                         /mnt/new\x0aline                    5     5
 0       2 cpuset,cpu,io,hugetlb,rdma,misc /sys/fs/cgroup/unified              5     5'
}

@test "Linux 6.12" {
	list linux-6.12 'ID VERSION CONTROLLERS                        MOUNTPOINT             CONTAINERS TASKS RELEASE-AGENT
 1       1 cpu                                /sys/fs/cgroup/cpu              4     5
 2       1 cpuacct                            /sys/fs/cgroup/cpuacct          3     3
 3       1 devices                            /sys/fs/cgroup/devices          3     3
 4       1 freezer                            /sys/fs/cgroup/freezer          5     5
 5       1 pids                               /sys/fs/cgroup/pids             3     3
 0       2 cpuset,io,memory,hugetlb,rdma,misc /sys/fs/cgroup/unified          5     5'
}

@test "nothing mounted" {
	list none ''
}

@test "active but not mounted" {
	mkdir -p "$BATS_TEST_TMPDIR/proc/self" "$BATS_TEST_TMPDIR/cpu/web"
	echo '1 1 0:9 / /cpu rw - cgroup c rw,cpu' >"$BATS_TEST_TMPDIR/proc/self/mountinfo"
	printf '2:cpu:/\n1:memory:/\n' >"$BATS_TEST_TMPDIR/proc/self/cgroup"
	expect 0 'ID VERSION CONTROLLERS MOUNTPOINT CONTAINERS TASKS RELEASE-AGENT
 2       1 cpu         /cpu                1     0
 1       1 memory' '' ctmount --sysroot "$BATS_TEST_TMPDIR"
}

@test "columns, headings" {
	expect 0 '/sys/fs/cgroup          7' '' ctmount --sysroot "$(machine v2)" --noheadings \
		--output MOUNTPOINT,containers
	expect 0 'MOUNTPOINT     ID
/sys/fs/cgroup  0' '' ctmount --sysroot "$(machine v2)" --output mountpoint,id
	expect 0 ' 0  0' '' ctmount --sysroot "$(machine v2)" --noheadings --output ID,id
}

@test "JSON" {
	ct_requires jq
	local name
	for name in v1 v1-joined v2 hybrid cgroupns cgroupns-remounted twice linux-6.12 none; do
		capture ctmount -J --sysroot "$(machine "$name")"
		[ "$status" = 0 ]
		jq -e '.hierarchies | type == "array"' "$out"
		jq -e '[.hierarchies[] | (.id | type), (.version | type), (.containers | type), (.tasks | type)]
			| unique | . == [] or . == ["number"]' "$out"
		jq -e '[.hierarchies[].mountpoint | type] | unique | . == [] or . == ["string"]' "$out"
	done
}

@test "JSON in full" {
	ct_requires jq
	capture ctmount -J --sysroot "$(machine twice)"
	[ "$status" = 0 ]
	jq -c '.hierarchies[]' "$out" >"$out.lines"
	same '{"id":1,"version":1,"controllers":["memory"],"mountpoint":"/sys/fs/cgroup/memory","containers":5,"tasks":5,"release-agent":null}
{"id":1,"version":1,"controllers":["memory"],"mountpoint":"/mnt/memory","containers":5,"tasks":5,"release-agent":null}
{"id":1,"version":1,"controllers":["memory"],"mountpoint":"/srv/web","containers":5,"tasks":5,"release-agent":null}
{"id":2,"version":1,"controllers":["pids"],"mountpoint":"/mnt/my containers","containers":4,"tasks":4,"release-agent":null}
{"id":3,"version":1,"controllers":["freezer"],"mountpoint":"/sys/fs/cgroup/freezer","containers":5,"tasks":5,"release-agent":null}
{"id":3,"version":1,"controllers":["freezer"],"mountpoint":"/mnt/back\\slash\tand tab","containers":5,"tasks":5,"release-agent":null}
{"id":3,"version":1,"controllers":["freezer"],"mountpoint":"/mnt/new\nline","containers":5,"tasks":5,"release-agent":null}
{"id":0,"version":2,"controllers":["cpuset","cpu","io","hugetlb","rdma","misc"],"mountpoint":"/sys/fs/cgroup/unified","containers":5,"tasks":5,"release-agent":null}' "$out.lines"
}
