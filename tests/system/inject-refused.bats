#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What cannot be made to enter namespaces: one line that says why, and it goes on unharmed.

load ../helpers
load common
load inject

setup_file() { inject_setup; }
teardown_file() { common_teardown; }
setup() { inject_start; }
teardown() { system_clean; }

@test "one that is traced already" {
	start idle
	ct_requires strace
	ct_spawn strace -qq -o /dev/null -p "$pid" 2>/dev/null
	ct_wait_for traced
	refused 1 "process $pid is traced by process $ct_pid: end that first" enter "$pid" net "$away"
	kill "$ct_pid"
	finish fine
}
traced() { [[ $(grep TracerPid "/proc/$pid/status") != *$'\t'0 ]]; }

@test "a parent in vfork" {
	start vfork 3000
	refused 1 "process $pid: thread $pid does not stop \(state D.*\): it is frozen, waits for a child of vfork or for a device; try again later" \
		enter "$pid" net "$away"
	ct_wait_for gone
	grep 'went on' "$out"
}

@test "under seccomp" {
	local mode
	for mode in strict filter; do
		start $mode
		ct_wait_for grep -Eq 'Seccomp:.[12]' "/proc/$pid/status"
		refused 1 "process $pid is under seccomp \(mode [12]\), which may kill it for entering a namespace: start it there instead" \
			enter "$pid" net "$away"
		sleep 0.1
		ct_wait_for is S
	done
}

@test "no descriptor free" {
	start full
	refused 1 "thread $pid has no descriptor free, and needs one for a moment: raise its RLIMIT_NOFILE" \
		enter "$pid" net "$away"
	finish fine
}

@test "a 32-bit process" {
	printf '.globl _start\n_start: mov $29,%%eax\nint $0x80\njmp _start\n' >"$BATS_TEST_TMPDIR/p.s"
	cc -m32 -nostdlib -static -o "$BATS_TEST_TMPDIR/p" "$BATS_TEST_TMPDIR/p.s" || skip 'cc -m32 makes none here'
	ct_spawn "$BATS_TEST_TMPDIR/p" || true
	sleep 0.1
	kill -0 "$ct_pid" || skip 'this kernel runs none'
	refused 1 "process $ct_pid is a 32-bit one, .*" enter "$ct_pid" net "$away"
	kill -0 "$ct_pid"
}

@test "frozen by v2" {
	ct_requires v2
	where=$CT_V2/$CT_TOP
	mkdir "$where"
	[[ -e $where/cgroup.freeze ]] || skip 'this v2 cannot freeze'
	start compute 2
	echo "$pid" >"$where/cgroup.procs"
	echo 1 >"$where/cgroup.freeze"
	ct_wait_for grep -q 'frozen 1' "$where/cgroup.events"
	refused 1 "process $pid: thread $pid does not run, it is frozen: thaw it first" enter "$pid" net "$away"
	echo 0 >"$where/cgroup.freeze"
	finish
}

@test "frozen by v1" {
	ct_requires freezer
	start compute 2
	where=$(ct_mountpoint freezer)/$CT_TOP
	mkdir "$where"
	echo "$pid" >"$where/cgroup.procs"
	echo FROZEN >"$where/freezer.state"
	ct_wait_for grep -q FROZEN "$where/freezer.state"
	refused 1 "process $pid: thread $pid does not stop .*it is frozen.*" enter "$pid" net "$away"
	echo THAWED >"$where/freezer.state"
	run -0 count "$pid" net "$old"
	[[ $output == "2 0" ]]
	finish
}

@test "without the right to" {
	ct_requires setpriv
	starter "${user[@]}" "$CT_TEST_DIR/victim" idle
	refused 1 "process $pid has no CAP_SYS_ADMIN over the net namespace: only a process that has can enter it while it runs" \
		enter "$pid" net "$away"
	finish fine
}

@test "by somebody else" {
	ct_requires setpriv
	start idle
	run -1 --separate-stderr timeout 60 "${user[@]}" "$CT_TEST_DIR/inject" enter "$pid" net "$away" 3>&-
	[[ $stderr == "inject: cannot open the namespaces of $away: Permission denied" ]]
	run -1 --separate-stderr timeout 60 "${user[@]}" "$CT_TEST_DIR/inject" enter "$pid" net self 3>&-
	echo "$stderr"
	finish fine
}

@test "a process with threads cannot enter mnt, user and time" {
	ct_requires rooted
	there=$(in_new --mount --user)
	start compute 2
	refused 1 "process $pid has 2 threads: only one that has a single thread can enter a namespace of the kind user,mnt" \
		enter "$pid" user,mnt,net "$there"
	finish
}

@test "what is no process to enter anything" {
	refused 1 'there is no process 4194303' enter 4194303 net "$away"
	refused 1 '2 is a kernel thread' enter 2 net "$away"
	refused 1 '0 is no process' enter 0 net "$away"
	refused 1 '-1 is no process' enter -1 net "$away"
}
