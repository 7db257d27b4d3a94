#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A process that already runs is made to enter namespaces (common/inject.h), and notices nothing.

load ../helpers
load common
load inject

setup_file() { inject_setup; }
teardown_file() { common_teardown; }
setup() { inject_start && export CT_PATIENCE=10000000; }
teardown() { system_clean; }

@test "registers, memory, errno and signals, a thousand times" {
	start compute
	before=$(signals "$pid")
	files=$(ls "/proc/$pid/fd")
	run -0 inject shuttle "$pid" net,uts,ipc,cgroup "$away" "$old" 1000
	echo "$output"
	[[ $(signals "$pid") == "$before" && $(ls "/proc/$pid/fd") == "$files" ]]
	[[ $(grep TracerPid "/proc/$pid/status") == *$'\t'0 ]]
	run -0 count "$pid" net,uts,ipc,cgroup "$old"
	[[ $output == "1 0" ]]
	finish
}

@test "eight threads" {
	start compute 8
	run -0 inject shuttle "$pid" net,uts,ipc,cgroup "$away" "$old" 101
	run -0 count "$pid" net,uts,ipc,cgroup "$away"
	[[ $output == "8 0" ]]
	finish
}

@test "the victim would notice" {
	[[ $(uname -m) =~ ^(x86_64|aarch64)$ ]] || skip 'on x86_64 and aarch64 alone'
	start harmed
	ct_wait_for grep -q 'harm: general registers' "$out"
	CT_HARM_VECTORS=1 start harmed
	ct_wait_for grep -q 'harm: vector registers' "$out"
}

@test "a leader that has ended" {
	start leaderless 3
	ct_wait_for is Z
	run -0 inject undo "$pid" net,uts,ipc,cgroup "$away"
	run -0 count "$pid" net,uts,ipc,cgroup "$old"
	[[ $output == "2 0" ]]
	run -0 inject enter "$pid" net,uts,ipc,cgroup "$away"
	run -0 count "$pid" net,uts,ipc,cgroup "$away"
	[[ $output == "2 0" ]]
	sleep 0.2
	run -1 grep harm "$out"
	kill -KILL "$pid"
}

@test "it sees the other interfaces" {
	start idle
	[[ $(interfaces "$pid") != "$(interfaces "$away")" ]] || skip 'this machine has no interface but lo'
	inject enter "$pid" net "$away"
	[[ $(interfaces "$pid") == "$(interfaces "$away")" ]]
	[[ $(readlink "/proc/$pid/ns/net") == "$(readlink "/proc/$away/ns/net")" ]]
	[[ $(readlink "/proc/$pid/ns/uts") == "$(readlink "/proc/$old/ns/uts")" ]]
	finish fine
}
interfaces() { sed -n 's/:.*//p' "/proc/$1/net/dev" | sort; }

# A machine that is busy with other things may need another try.
@test "sleeps go on, and end in time" {
	local what result code elapsed wanted late try
	for what in nanosleep clock_nanosleep poll ppoll select futex read pause sigsuspend wait \
		epoll sigtimedwait semtimedop accept; do
		wanted="0 0" late=1300
		case $what in
		read) wanted="1 0" ;;
		futex) wanted="-1 ETIMEDOUT" ;;
		pause | sigsuspend) wanted="-1 EINTR" ;;
		epoll) late=2000 ;; # these begin again: no register tells what is left
		sigtimedwait | semtimedop | accept) wanted="-1 EAGAIN" late=2000 ;;
		esac
		for try in 1 2 3; do
			start "$what" 1000
			sleep 0.2
			inject shuttle "$pid" net,uts "$away" "$old" 6 >"$BATS_TEST_TMPDIR/held"
			ct_wait_for gone
			read -r result code elapsed < <(tail -n 1 "$out")
			echo "$what, try $try: $result $code $elapsed"
			[[ "$result $code" == "$wanted" ]] && ((elapsed >= 999))
			((elapsed >= late)) || break
		done
		((elapsed < late))
	done
}

@test "signals that come meanwhile arrive, each once" {
	start compute
	inject shuttle "$pid" net,uts "$away" "$old" 300 >/dev/null &
	for ((i = 0; i < 400; i++)); do kill -RTMIN "$pid"; done
	wait $!
	finish "400 signals"
}

@test "stopped and continued meanwhile" {
	start compute 2
	inject shuttle "$pid" net,uts "$away" "$old" 200 >/dev/null &
	for ((i = 0; i < 100; i++)); do kill -STOP "$pid" && kill -CONT "$pid"; done
	wait $!
	finish
}

@test "one that is stopped stays so" {
	start compute 2
	kill -STOP "$pid"
	ct_wait_for is T
	inject enter "$pid" net,uts "$away"
	run -0 count "$pid" net,uts "$away"
	[[ $output == "2 0" ]]
	sleep 0.1
	is T
	kill -CONT "$pid"
	finish
}

@test "threads that come and go" {
	start churn 4
	for round in {1..10}; do
		inject enter "$pid" net,uts "$away" >/dev/null
		run -0 count "$pid" net,uts "$away"
		[[ $output == *" 0" ]] || { echo "round $round" && return 1; }
		inject enter "$pid" net,uts "$old" >/dev/null
	done
	finish
}

@test "user and net of one's own, by a user" {
	ct_requires setpriv rooted
	there=$(ct_spawn "${user[@]}" unshare --user --net sleep 300 >/dev/null && ct_wait_for differs "$ct_pid" && echo "$ct_pid")
	starter "${user[@]}" "$CT_TEST_DIR/victim" idle
	run -0 timeout 60 "${user[@]}" "$CT_TEST_DIR/inject" enter "$pid" user,net "$there" 3>&-
	run -0 count "$pid" user,net "$there"
	[[ $output == "1 0" ]]
	finish fine
}

@test "mnt, and back to the directory" {
	ct_requires rooted
	there=$(in_new --mount)
	cd "$BATS_TEST_TMPDIR"
	start idle
	run -0 inject undo "$pid" mnt,net "$there"
	[[ $(readlink "/proc/$pid/cwd") == "$BATS_TEST_TMPDIR" ]]
	[[ $(readlink "/proc/$pid/ns/mnt") == "$(readlink "/proc/$old/ns/mnt")" ]]
	run -0 inject enter "$pid" mnt "$there"
	[[ $(readlink "/proc/$pid/ns/mnt") == "$(readlink "/proc/$there/ns/mnt")" ]]
	finish fine
}

@test "pid and time" {
	there=$(in_new --pid --time --fork)
	start compute
	run -0 inject undo "$pid" pid,time "$there"
	run -0 count "$pid" pid,time "$old"
	[[ $output == "1 0" ]]
	run -0 inject enter "$pid" pid,time "$there"
	run -0 count "$pid" pid,time "$there"
	[[ $output == "1 0" && $(readlink "/proc/$pid/ns/pid") == "$(readlink "/proc/$old/ns/pid")" ]]
	finish
}

@test "a process in a pid namespace and in a user namespace of its own" {
	ct_requires rooted
	starter unshare --user --map-root-user --net --pid --fork "$victim" idle
	pid=$(pgrep -P "$job")
	there=$(ct_spawn nsenter --user="/proc/$pid/ns/user" unshare --net sleep 300 >/dev/null && ct_wait_for differs "$ct_pid" && echo "$ct_pid")
	run -0 inject undo "$pid" net "$there"
	run -0 inject enter "$pid" net "$there"
	run -0 count "$pid" net "$there"
	[[ $output == "1 0" ]]
	refused 1 "process $pid has no CAP_SYS_ADMIN over the net namespace: .*" enter "$pid" net "$away"
	finish fine
}

@test "the injector has nothing open that is the caller's, nor without close_range" {
	build seccomp
	start idle
	for missing in '' "$BATS_FILE_TMPDIR/seccomp close_range ENOSYS"; do
		# shellcheck disable=SC2086 # words
		CT_BETWEEN="readlink /proc/\$(pgrep -P \$PPID -x ct-injector)/fd/* >$BATS_TEST_TMPDIR/open" \
			timeout -k 1 60 $missing "$DRIVER" undo "$pid" net "$away" 3>&- 9>"$BATS_TEST_TMPDIR/callers"
		grep -q socket: "$BATS_TEST_TMPDIR/open"
		run -1 grep callers "$BATS_TEST_TMPDIR/open"
	done
	finish fine
}

@test "it is held for a millisecond at most" {
	ct_requires plain
	local least
	start nanosleep 20000
	for round in {1..5}; do
		run -0 inject shuttle "$pid" net,uts,ipc "$away" "$old" 100
		echo "$round: $output"
		read -r _ _ _ least _ <<<"$output"
		((least > 1000)) || return 0
	done
	false
}
