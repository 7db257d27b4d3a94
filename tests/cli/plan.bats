#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What --dry-run prints, and that it is all it does.

load cli

# plan MACHINE STEPS COMMAND ARG...: on a copy, which stays as it is.
plan() {
	copy "$1"
	expect 0 "$2" '' "$3" -n --sysroot "$copy" "${@:4}"
	diff -r "$(machine "$1")" "$copy"
	rm -r "$copy"
}

@test "ctcreate on v1" {
	plan v1 'create cpuset /new
create cpu /new
create cpuacct /new
create blkio /new
create memory /new
create devices /new
create freezer /new
create net_cls /new
create perf_event /new
create net_prio /new
create hugetlb /new
create pids /new
create rdma /new
create misc /new
create name=jobs /new' ctcreate new
	plan v1 'create cpu /a
create cpu /a/b
own cpu /a/b 5:6
mode cpu /a/b 0750
create name=jobs /a
create name=jobs /a/b
own name=jobs /a/b 5:6
mode name=jobs /a/b 0750' ctcreate -p -H name=jobs,cpu -a 5:6 -m 750 a/b
}

@test "ctcreate on v2" {
	plan v2 'create v2 /new' ctcreate new
	plan v2 'create v2 /a
enable v2 /a cpuset cpu io memory hugetlb pids rdma misc
create v2 /a/b' ctcreate --parents a/b
	plan v2 'enable v2 /db cpuset cpu io memory hugetlb pids rdma misc
create v2 /db/x' ctcreate db/x
}

@test "ctcreate on a hybrid machine" {
	plan hybrid 'create v2 /new
create cpu,cpuacct /new
create cpuset /new
create blkio /new
create memory /new
create devices /new
create freezer /new
create net_cls,net_prio /new
create perf_event /new
create pids /new' ctcreate new
	plan hybrid 'create pids /db' ctcreate -p -H pids,memory db
}

@test "ctcreate -N" {
	plan v1 'create cpu /new
pin /new net,uts' ctcreate -H cpu -N uts,net new
	copy v2
	expect 1 '' "ctcreate: new: db names no net namespace" ctcreate -n --sysroot "$copy" -N net=db new
}

@test "ctcreate of several" {
	copy v2
	expect 1 'create v2 /a
create v2 /b' 'ctcreate: web: it exists already
ctcreate: none/c: its parent none is not there in v2: -p makes it' \
		ctcreate -n --sysroot "$copy" a web none/c b
	diff -r "$(machine v2)" "$copy"
}

@test "ctcreate by an absolute name" {
	plan twice 'create memory /web/new' ctcreate /srv/web/new
	plan v1-joined 'create cpu,cpuacct /new' ctcreate /sys/fs/cgroup/cpuacct/new
}

@test "ctrm" {
	plan v2 'remove v2 /pool/threads' ctrm pool/threads
	copy v1
	find "$copy/sys" -name cgroup.procs -exec sh -c ': >"$1"' sh {} \;
	expect 0 'remove cpu /web/frontend
remove cpu /web/backend
remove cpu /web
remove name=jobs /web/frontend
remove name=jobs /web/backend
remove name=jobs /web' '' ctrm -n --sysroot "$copy" -r -H cpu,name=jobs web
}

@test "ctrm of what holds something" {
	local a b
	expect 1 '' 'ctrm: web: it holds web/backend, web/frontend in v2: -r removes what is below too' \
		ctrm -n --sysroot "$(machine v2)" web
	{ read -r a; read -r b; } < <(pids v2 /sys/fs/cgroup/web/frontend)
	expect 1 '' "ctrm: web: web/frontend holds 2 processes in v2: $a (sleep), $b (sleep); ctkill -r ends them, ctattach moves them" \
		ctrm -n --sysroot "$(machine v2)" -r web
	a=$(pids v2 /sys/fs/cgroup/db)
	expect 1 '' "ctrm: db: db holds 1 process in v2: $a (sleep); ctkill -r ends them, ctattach moves them" \
		ctrm -n --sysroot "$(machine v2)" db
	expect 1 '' 'ctrm: /sys/fs/cgroup: it is the root of v2, which stays as long as it is mounted' \
		ctrm -n --sysroot "$(machine v2)" -r /sys/fs/cgroup
}

@test "ctfreeze" {
	plan v2 'freeze v2 /web
freeze v2 /db' ctfreeze web db
	plan v2 'freeze v2 /pool/threads' ctfreeze pool/threads
	plan hybrid 'freeze v2 /web/frontend' ctfreeze web/frontend
	plan hybrid 'freeze freezer /web/frontend' ctfreeze -H freezer web/frontend
	plan v1 'freeze freezer /web' ctfreeze --timeout 0.5 web
	plan v1 '' ctfreeze -u web
}

@test "ctfreeze -u of what is frozen, itself and by what is above it" {
	copy v2
	echo 1 >"$copy/sys/fs/cgroup/web/cgroup.freeze"
	printf 'populated 1\nfrozen 1\n' >"$copy/sys/fs/cgroup/web/cgroup.events"
	expect 0 'thaw v2 /web' '' ctfreeze -n --sysroot "$copy" -u web
	expect 1 '' 'ctfreeze: web/frontend: web, above it, is frozen in v2 and keeps it so: ctfreeze -u web thaws that' \
		ctfreeze -n --sysroot "$copy" -u web/frontend
	rm -r "$copy"
	copy v1
	echo FROZEN >"$copy/sys/fs/cgroup/freezer/web/freezer.state"
	echo FROZEN >"$copy/sys/fs/cgroup/freezer/web/backend/freezer.state"
	echo 1 >"$copy/sys/fs/cgroup/freezer/web/freezer.self_freezing"
	echo 0 >"$copy/sys/fs/cgroup/freezer/web/backend/freezer.self_freezing"
	expect 0 'thaw freezer /web' '' ctfreeze -n --sysroot "$copy" -u web
	expect 1 '' 'ctfreeze: web/backend: web, above it, is frozen in freezer and keeps it so: ctfreeze -u web thaws that' \
		ctfreeze -n --sysroot "$copy" -u web/backend
	# Frozen from outside of what is mounted here.
	echo 0 >"$copy/sys/fs/cgroup/freezer/web/freezer.self_freezing"
	expect 1 '' 'ctfreeze: web: a container above it that is not seen from here is frozen in freezer and keeps it so' \
		ctfreeze -n --sysroot "$copy" -u web
}

@test "ctfreeze of what cannot be frozen" {
	expect 1 '' 'ctfreeze: web: it can be frozen in v2 or in the v1 freezer, and is only in cpu,memory: make it there too (ctcreate -p -H freezer), and move in what runs in it (ctattach)' \
		ctfreeze -n --sysroot "$(machine v1)" -H cpu,memory web
	expect 1 '' 'ctfreeze: web: it can be frozen in v2 or in the v1 freezer, and is only in memory: make it there too (ctcreate -p -H v2), and move in what runs in it (ctattach)' \
		ctfreeze -n --sysroot "$(machine hybrid)" -u -H memory web
	copy v1
	sed -i '/ - cgroup .*freezer/d' "$copy/proc/self/mountinfo"
	sed -i '/freezer/d' "$copy/proc/self/cgroup"
	expect 1 '' 'ctfreeze: web: it can be frozen in v2 or in the v1 freezer, and is only in memory: mount v2 (ctmount -2 DIR), make it there too (ctcreate -p -H v2), and move in what runs in it (ctattach)' \
		ctfreeze -n --sysroot "$copy" -H memory web
	expect 1 '' 'ctfreeze: /sys/fs/cgroup: it is the root of v2, which cannot be frozen' \
		ctfreeze -n --sysroot "$(machine v2)" /sys/fs/cgroup
	expect 1 '' 'ctfreeze: --sysroot shows another machine: nothing can be changed there' \
		ctfreeze --sysroot "$(machine v2)" web
}

@test "ctexec" {
	plan v2 'join v2 /web/frontend' ctexec -c web/frontend true
	plan hybrid 'join v2 /db
join cpu,cpuacct /db
join memory /db
join freezer /db' ctexec -c db true
	plan hybrid 'join memory /db' ctexec -H memory -c db true
	plan v2 'create v2 /a
enable v2 /a cpuset cpu io memory hugetlb pids rdma misc
create v2 /a/b
join v2 /a/b' ctexec -p -c a/b true
	plan v2 'join v2 /db' ctexec -p -c db /does/not/exist
}

@test "ctattach" {
	local worker sleeper
	worker=$(named v2 'wo) R 1 (rker')
	sleeper=$(pids v2 /sys/fs/cgroup/db)
	plan v2 'stage v2 /web/backend/.ct-ID, then to /web/frontend
stage v2 /db/.ct-ID, then to /web/frontend' ctattach -c web/frontend "$worker" "$sleeper"
	plan v2 'hold v2 /db, then to /web/frontend' ctattach --from db -c web/frontend
	plan v2 "attach v2 /web/frontend $worker" ctattach -c web/frontend "$worker" "$worker"
	worker=$(named hybrid 'wo) R 1 (rker')
	plan hybrid "stage v2 /web/backend/.ct-ID, then to /db
attach cpu,cpuacct /db $worker
attach memory /db $worker
attach freezer /db $worker" ctattach -c db "$worker"
	plan hybrid "stage v2 /web/backend/.ct-ID
attach cpu,cpuacct /db $worker
attach memory /db $worker" ctattach -H cpu,memory -c db "$worker"
}

@test "ctkill" {
	local a b c all
	{ read -r a; read -r b; } < <(pids v2 /sys/fs/cgroup/web/frontend)
	c=$(pids v2 /sys/fs/cgroup/web/backend)
	plan v2 "signal $a TERM v2 (sleep)
signal $b TERM v2 (sleep)" ctkill -s TERM web/frontend
	plan v2 '' ctkill web
	all=$(printf 'signal %s KILL v2 (%s)\n' "$a" sleep "$b" sleep "$c" 'wo) R 1 (rker' | sort -k 2n)
	plan v2 "$all" ctkill -r web
	plan v2 "$all
remove v2 /web/frontend
remove v2 /web/backend
remove v2 /web" ctkill -r -d web
	plan v2 'remove v2 /pool/threads' ctkill -d pool/threads
}

@test "ctmount" {
	expect 0 "mount v2 $BATS_TEST_TMPDIR" '' ctmount -n --sysroot "$(machine v1)" -2 "$BATS_TEST_TMPDIR"
	expect 0 "mount name=jobs $BATS_TEST_TMPDIR" '' \
		ctmount -n --sysroot "$(machine v2)" --name jobs "$BATS_TEST_TMPDIR"
	expect 0 "mount cpu,cpuacct $BATS_TEST_TMPDIR" '' \
		ctmount -n --sysroot "$(machine twice)" -o cpu,cpuacct "$BATS_TEST_TMPDIR"
	expect 0 "mount cpu,name=x $BATS_TEST_TMPDIR" '' \
		ctmount -n --sysroot "$(machine twice)" -o cpu --name x "$BATS_TEST_TMPDIR"
}

@test "ctmount of what cannot be" {
	local dir=$BATS_TEST_TMPDIR
	expect 1 '' "ctmount: 'bogus' is no controller of this kernel: there are cpuset, cpu, cpuacct, blkio, memory, devices, freezer, net_cls, perf_event, net_prio, hugetlb, pids, rdma, misc" \
		ctmount -n --sysroot "$(machine twice)" -o cpu,bogus "$dir"
	expect 1 '' "ctmount: memory is bound to hierarchy memory, which is mounted at /sys/fs/cgroup/memory (containers: 5, processes in them: 5): use that one, or mount exactly 'memory' a second time" \
		ctmount -n --sysroot "$(machine twice)" -o cpu,memory "$dir"
	expect 1 '' "ctmount: cpu is bound to hierarchy cpu,cpuacct, which is mounted at /sys/fs/cgroup/cpu,cpuacct (containers: 4, processes in them: 5): use that one, or mount exactly 'cpu,cpuacct' a second time" \
		ctmount -n --sysroot "$(machine hybrid)" -o cpu "$dir"
	expect 1 '' "ctmount: $dir/none: there is no such directory; mkdir makes it" \
		ctmount -n --sysroot "$(machine v2)" -2 "$dir/none"
	: >"$dir/file"
	expect 1 '' "ctmount: $dir/file: it is not a directory" \
		ctmount -n --sysroot "$(machine v2)" -2 "$dir/file"
}
