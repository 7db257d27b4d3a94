#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Where names count from: CT_ROOT, ct --root, and machines whose v2 belongs to systemd. What systemd delegates
# is told by extended attributes, which fixtures have not: tests/vm/tests-systemd.sh.

load cli

@test "CT_ROOT, by a name or a path; what is above it is not touched" {
	export CT_ROOT
	for CT_ROOT in db /sys/fs/cgroup/db; do
		expect 0 $'enable v2 /db cpuset cpu io memory hugetlb pids rdma misc\ncreate v2 /db/a' '' \
			ctcreate -n --sysroot "$(machine v2)" a
		expect 0 $'enable v2 /db cpuset cpu io memory hugetlb pids rdma misc\ncreate v2 /db/a\nenable v2 /db/a cpuset cpu io memory hugetlb pids rdma misc\ncreate v2 /db/a/b' '' \
			ctcreate -n -p --sysroot "$(machine v2)" a/b
	done
	CT_ROOT=/sys/fs/cgroup/
	expect 0 $'create v2 /a' '' ctcreate -n --sysroot "$(machine v2)" a
}

@test "names are those below it, and absolute ones stay what they are" {
	export CT_ROOT=web
	expect 0 $'backend\nfrontend' '' sh -c 'ctstat --sysroot "$1" -r --noheadings -o NAME | tr -d " "' sh "$(machine v2)"
	expect 0 'join v2 /web/frontend' '' ctexec -n --sysroot "$(machine v2)" -c frontend true
	expect 0 'join v2 /db' '' ctexec -n --sysroot "$(machine v2)" -c /sys/fs/cgroup/db true
	expect 1 '' 'ctkill: web: no such container in v2; ct stat -r lists those there are, ctcreate makes one' \
		ctkill -n --sysroot "$(machine v2)" web
	copy v2
	echo 1 >"$copy/sys/fs/cgroup/web/frontend/cgroup.freeze"
	mkdir "$copy/sys/fs/cgroup/web/frontend/a"
	cp "$copy/sys/fs/cgroup/web/frontend"/cgroup.* "$copy/sys/fs/cgroup/web/frontend/a"
	expect 1 '' 'ctfreeze: frontend/a: frontend, above it, is frozen in v2 and keeps it so: ctfreeze -u frontend thaws that' \
		ctfreeze -n --sysroot "$copy" -u frontend/a
}

@test "in v1 it is made where nobody has made it" {
	CT_ROOT=db expect 0 $'create cpuset /db\ncreate cpuset /db/a\ncreate memory /db/a' '' \
		ctcreate -n --sysroot "$(machine v1)" -H memory,cpuset a
	CT_ROOT=db expect 1 '' 'ctcreate: a/b: its parent a is not there in memory: -p makes it' \
		ctcreate -n --sysroot "$(machine v1)" -H memory a/b
}

@test "ct --root" {
	expect 0 'join v2 /web/frontend' '' ct --root web exec -n --sysroot "$(machine v2)" -c frontend true
	CT_ROOT=db expect 0 'join v2 /web/frontend' '' \
		ct --root=/sys/fs/cgroup/web exec -n --sysroot "$(machine v2)" -c frontend true
}

@test "a CT_ROOT that is not there" {
	CT_ROOT=nowhere expect 1 '' 'ctstat: where names are to count from (CT_ROOT), nowhere: no such container in v2; ct stat -r lists those there are, ctcreate makes one' \
		ctstat --sysroot "$(machine v2)"
	CT_ROOT=/nowhere expect 1 '' 'ctstat: where names are to count from (CT_ROOT), /nowhere: it lies in no mounted hierarchy; a name without a leading '\''/'\'' is looked up in all of them, and ctmount lists where they are' \
		ctstat --sysroot "$(machine v2)"
}

@test "v2 that belongs to systemd: what is there can be used, nothing is made" {
	copy v2
	mkdir -p "$copy/run/systemd/system"
	if [[ $(id -u) == 0 ]]; then
		way='v2 belongs to systemd here, and it has given ct no part of it: systemctl start ct-root.service makes one'
	else
		way='v2 belongs to systemd here: systemd-run --user --scope -p Delegate=yes COMMAND runs a command, a shell say, with a part of its own'
	fi
	expect 1 '' "ctcreate: a: $way" ctcreate -n --sysroot "$copy" a
	expect 1 '' "ctcreate: web/a: $way" ctcreate -n --sysroot "$copy" web/a
	expect 125 '' "ctexec: a: $way" ctexec -n -p --sysroot "$copy" -c a true
	expect 0 'join v2 /db' '' ctexec -n -p --sysroot "$copy" -c db true
	# Who wants it all the same says so.
	expect 0 'create v2 /a' '' ctcreate -n --sysroot "$copy" /sys/fs/cgroup/a
	CT_ROOT=/sys/fs/cgroup expect 0 'create v2 /a' '' ctcreate -n --sysroot "$copy" a
	rm -r "$copy"
	# v1 is nobody's.
	copy v1
	mkdir -p "$copy/run/systemd/system"
	expect 0 'create memory /a' '' ctcreate -n -H memory --sysroot "$copy" a
}

@test "a unit that the systemd of a user delegates, by the file that tells" {
	local unit=/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope transient
	copy v2
	mkdir -p "$copy/run/systemd/system" "$copy/sys/fs/cgroup$unit"
	cp "$copy/sys/fs/cgroup/db"/cgroup.* "$copy/sys/fs/cgroup$unit"
	rm -rf "$copy/proc/self"
	mkdir -p "$copy/proc/self"
	cp "$(machine v2)"/proc/self/mountinfo "$copy/proc/self"
	echo "0::$unit" >"$copy/proc/self/cgroup"
	export XDG_RUNTIME_DIR=/run/user/1000
	transient=$copy$XDG_RUNTIME_DIR/systemd/transient
	mkdir -p "$transient"
	printf '[Scope]\nDelegate=yes\n' >"$transient/run-r1.scope"
	expect 0 "enable v2 $unit cpuset cpu io memory hugetlb pids rdma misc"$'\n'"create v2 $unit/a" '' ctcreate -n --sysroot "$copy" a
	printf '[Scope]\nDelegate=cpu memory\n' >"$transient/run-r1.scope"
	expect 0 "enable v2 $unit cpuset cpu io memory hugetlb pids rdma misc"$'\n'"create v2 $unit/a" '' ctcreate -n --sysroot "$copy" a
	for text in 'Delegate=no' 'Delegate=' '#Delegate=yes' ''; do
		printf '[Scope]\n%s\n' "$text" >"$transient/run-r1.scope"
		run -1 --separate-stderr ctcreate -n --sysroot "$copy" a
		[[ $stderr == 'ctcreate: a: v2 belongs to systemd here'* ]]
	done
	# that of another systemd, which marks what is delegated, is not asked
	printf '[Scope]\nDelegate=yes\n' >"$transient/run-r1.scope"
	mkdir -p "$copy/sys/fs/cgroup/system.slice/run-r1.scope"
	echo '0::/system.slice/run-r1.scope' >"$copy/proc/self/cgroup"
	run -1 --separate-stderr ctcreate -n --sysroot "$copy" a
	[[ $stderr == 'ctcreate: a: v2 belongs to systemd here'* ]]
}
