#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Whoever dies while a process is made to enter namespaces: it goes on, in the old or in the new ones.

load ../helpers
load common
load inject

setup_file() { inject_setup && build workload; }
teardown_file() { common_teardown; }
setup() { inject_start; }
teardown() { system_clean; }

@test "undone, and undone when the caller goes" {
	start compute 3
	run -0 inject undo "$pid" net,uts,ipc,cgroup "$away"
	run -0 count "$pid" net,uts,ipc,cgroup "$old"
	[[ $output == "3 0" ]]
	inject abandon "$pid" net,uts,ipc,cgroup "$away"
	ct_wait_for back "$pid" net,uts,ipc,cgroup "$old"
	finish
}
back() { [[ $(count "$@") == *" 0" && $(grep TracerPid "/proc/$1/status") == *$'\t'0 ]]; }

# Each of the calls that the injector makes, until there is none left to be killed at.
killed() {
	local at ours=$away theirs=$old swap tid result split=0
	start compute "$1"
	files=$(ls "/proc/$pid/fd")
	before=$(signals "$pid")
	for ((at = 1; at < 1000; at++)); do
		result=0
		CT_KILL_AT=$at inject enter "$pid" net,uts,ipc "$ours" >/dev/null 2>&1 || result=$?
		((result != 0)) || break
		ct_wait_for untraced "$pid"
		run -0 count "$pid" net,uts,ipc "$ours"
		if [[ $output != *" 0" && $output != "0 "* ]]; then
			split=$((split + 1))
			for tid in /proc/"$pid"/task/*; do
				[[ $(readlink "$tid/ns/net") != "$(readlink "/proc/$ours/ns/net")" ]] || break
			done
			inject unite "$pid" net,uts,ipc "${tid##*/}"
			run -0 count "$pid" net,uts,ipc "$ours"
			[[ $output == *" 0" ]]
		fi
		if [[ $output == *" 0" ]]; then swap=$ours ours=$theirs theirs=$swap; fi
		[[ $(ls "/proc/$pid/fd") == "$files" && $(signals "$pid") == "$before" ]]
	done
	echo "$at calls, split $split times"
	((at > 30 && at < 1000))
	[[ $1 == 1 ]] || ((split > 0))
	finish
}
# A thread that is in the middle finishes by itself.
untraced() {
	[[ $(grep -h TracerPid /proc/"$1"/task/*/status) != *[1-9]* ]] &&
		[[ -z $(grep -l fffffffffffbfeff /proc/"$1"/task/*/status) ]]
}

@test "the injector is killed at any of its calls" { killed 1; }
@test "the same with four threads" { killed 4; }

# When the injector dies a sleep may begin again, but not end before its time. Five at once: they sleep for longer
# than a machine that stands still takes to come to them.
@test "the same with a sleeper" {
	local at pids=() most=() since=()
	timing
	for at in 25 30 33 35 38; do
		since[at]=${EPOCHREALTIME/./}
		start nanosleep 10000
		pids[at]=$pid
		mv "$out" "$BATS_TEST_TMPDIR/$at"
	done
	sleep 0.3
	for at in "${!pids[@]}"; do
		CT_KILL_AT=$at run -3 inject enter "${pids[at]}" net,uts,ipc "$away"
		most[at]=$(((${EPOCHREALTIME/./} - since[at]) / 1000 + 10500))
	done
	for at in "${!pids[@]}"; do
		pid=${pids[at]}
		ct_wait_for gone
		read -r result code elapsed < <(tail -n 1 "$BATS_TEST_TMPDIR/$at")
		[[ $result == 0 && $code == 0 ]] && ((elapsed >= 9999 && elapsed < most[at] + $(stood))) ||
			{ echo "$at: $result $code $elapsed, not from 9999 to ${most[at]} and $(stood)" && false; }
	done
	untimed
}

@test "one that executes itself is entered or left alone" {
	local entered=0
	ct_spawn "$BATS_FILE_TMPDIR/workload" exec >/dev/null 2>&1 </dev/null
	for ((i = 0; i < 20; i++)); do
		if inject enter "$ct_pid" net,uts "$away" >/dev/null 2>"$BATS_TEST_TMPDIR/error"; then
			entered=$((entered + 1))
		else
			grep -Eq 'executes another program|has ended' "$BATS_TEST_TMPDIR/error"
		fi
	done
	echo "$entered"
	((entered > 0))
	kill -0 "$ct_pid"
}

@test "one that dies meanwhile" {
	start idle
	CT_BETWEEN="kill -9 $pid" run -1 --separate-stderr inject enter "$pid" net,uts "$away"
	[[ $stderr == "inject: process $pid has ended" ]]
	for round in {1..12}; do
		start compute 4
		{ sleep 0.0$((RANDOM % 90 + 10)) && kill -9 "$pid"; } 3>&- &
		run -1 --separate-stderr inject shuttle "$pid" net,uts "$away" "$old" 100000
		echo "$round: $stderr"
		[[ ${#stderr_lines[@]} == 1 && $stderr == *"$pid"* ]]
	done
	ct_wait_for no_remains
}
no_remains() { [[ -z $(pgrep -x 'ct-injector|ct-holder' -r S,R,D,T,t) ]]; }
