#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctwait: returns when containers are empty, soon after, and does nothing meanwhile.

load ../helpers
load common

setup_file() {
	common_setup
	build threads
	build latency
}
teardown_file() { common_teardown; }
setup() { ct_requires root named; }
teardown() { system_clean; }

# waits STATUS TEXT OPERAND...: ctwait ends so, and says TEXT and no more.
waits() {
	local status=0 expected=$1 text=$2
	shift 2
	timeout -k 1 60 ctwait "$@" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- || status=$?
	same "$text" "$(<"$BATS_TEST_TMPDIR/said")"
	((status == expected)) || { echo "status $status, not $expected: ctwait $*" && return 1; }
}

# begin OPERAND...: ctwait in the background, which has begun to wait; its pid is in $waiter.
begin() {
	timeout -k 1 60 ctwait "$@" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	timed=$!
	ct_wait_for eval '[[ $(pgrep -P $timed) ]] && waiter=$(pgrep -P $timed) &&
		[[ $(readlink /proc/$waiter/exe) == */ct && $(sed "s/.*) //; s/ .*//" /proc/$waiter/stat) == S ]]'
}

# ends STATUS: it does, within the time of a test.
ends() {
	local status=0
	wait "$timed" || status=$?
	((status == $1)) || { echo "status $status, not $1" && cat "$BATS_TEST_TMPDIR/said" && return 1; }
}

waiting() {
	sleep 0.3
	[[ -d /proc/$waiter ]] || { echo 'it has ended:' && cat "$BATS_TEST_TMPDIR/said" && return 1; }
}

# sleeper NAME MOUNT...
sleeper() {
	local name=$1 mount
	shift
	ct_spawn sleep 1000
	(($# > 0)) || { ctattach -c "$name" "$ct_pid" && return; }
	for mount; do echo "$ct_pid" >"$mount/$name/cgroup.procs"; done
}

@test "what is empty: at once, without a word" {
	ctcreate -p "$CT_TOP/a" "$CT_TOP/b"
	waits 0 '' "$CT_TOP"
	waits 0 '' -t 0 "$CT_TOP/a" "$CT_TOP/b" "$CT_TOP"
}

@test "-t 0 asks: who is left" {
	ctcreate "$CT_TOP"
	sleeper "$CT_TOP"
	waits 1 "ctwait: $CT_TOP: 1 process is left: $ct_pid (sleep)" -t 0 "$CT_TOP"
	mkdir "$CT_H2/$CT_TOP/below"
	for i in 1 2 3 4; do sleeper "$CT_TOP/below" "$CT_H2"; done
	run -1 --separate-stderr ctwait -t 0 "$CT_TOP"
	[[ -z $output && $stderr =~ ^"ctwait: $CT_TOP: 5 processes are left: "([0-9]+" (sleep), "){3}...$ ]] ||
		{ echo "$stderr" && false; }
}

@test "-t: no longer than that, and not shorter" {
	ctcreate "$CT_TOP"
	sleeper "$CT_TOP"
	start=$(date +%s%N)
	waits 1 "ctwait: $CT_TOP: 1 process is left: $ct_pid (sleep)" -t 0.4 "$CT_TOP"
	took=$((($(date +%s%N) - start) / 1000000))
	((took >= 400 && took < 2400)) || { echo "$took ms" && false; }
}

@test "it waits for what is below as well, on v1 and on v2" {
	ctcreate "$CT_TOP"
	for mount in "$CT_H1" ${CT_V2:+"$CT_V2"}; do
		mkdir -p "$mount/$CT_TOP/a/b"
		sleeper "$CT_TOP/a/b" "$mount"
		begin "$CT_TOP"
		waiting
		kill "$ct_pid"
		ends 0
		[[ ! -s $BATS_TEST_TMPDIR/said ]]
	done
}

@test "empty is what is empty in every hierarchy" {
	ct_requires v2
	ctcreate "$CT_TOP"
	sleeper "$CT_TOP" "$CT_H3"
	last=$ct_pid
	sleeper "$CT_TOP" "$CT_V2"
	begin "$CT_TOP"
	kill "$ct_pid"
	waiting
	kill "$last"
	ends 0
}

@test "a task that leaves is not waited for; another one that has come is" {
	ctcreate "$CT_TOP"
	sleeper "$CT_TOP"
	first=$ct_pid
	sleeper "$CT_TOP" "$CT_H1"
	begin "$CT_TOP"
	while read -r mount; do echo "$first" >"$mount/cgroup.procs"; done <<<"$CT_MOUNTS"
	waiting
	echo "$ct_pid" >"$CT_H1/cgroup.procs"
	ends 0
	alive "$first"
	alive "$ct_pid"
}

@test "zombies are no tasks, the threads of one are" {
	ct_requires cc
	ctcreate "$CT_TOP"
	# shellcheck disable=SC2016  # for the inner shell
	ct_spawn sh -c 'sleep 1000 & echo $! >"$1"; exec sleep 1000' sh "$BATS_TEST_TMPDIR/child"
	ct_wait_for test -s "$BATS_TEST_TMPDIR/child"
	child=$(<"$BATS_TEST_TMPDIR/child")
	ctattach -c "$CT_TOP" "$child"
	waits 1 "ctwait: $CT_TOP: 1 process is left: $child (sleep)" -t 0 "$CT_TOP"
	begin "$CT_TOP"
	kill "$child"
	ends 0
	[[ $(sed 's/.*) //; s/ .*//' "/proc/$child/stat") == Z ]]
	ct_spawn "$BATS_FILE_TMPDIR/threads" 3 exit >"$BATS_TEST_TMPDIR/ready"
	ct_wait_for eval '[[ $(sed "s/.*) //; s/ .*//" /proc/$ct_pid/stat) == Z ]]'
	for mount in "$CT_H2" ${CT_V2:+"$CT_V2"}; do
		echo "$ct_pid" >"$mount/$CT_TOP/cgroup.procs"
		run -1 --separate-stderr timeout -k 1 60 ctwait -t 0.3 "$CT_TOP"
		[[ $stderr == "ctwait: $CT_TOP: 1 process is left: $ct_pid (threads)" ]] || { echo "$stderr" && false; }
		echo "$ct_pid" >"$mount/cgroup.procs"
	done
}

@test "one that does not exist is an error; the others are waited for" {
	ctcreate "$CT_TOP"
	sleeper "$CT_TOP"
	begin "$CT_TOP/none" "$CT_TOP"
	waiting
	kill "$ct_pid"
	ends 1
	[[ $(<"$BATS_TEST_TMPDIR/said") == "ctwait: $CT_TOP/none: no such container in "* ]]
	waits 1 "ctwait: $CT_H1: it is the root of name=${CT_TEST_ID}_1, which is never empty" "$CT_H1"
}

@test "one that is removed meanwhile counts as empty, also if another takes its name" {
	ctcreate "$CT_TOP"
	for mount in "$CT_H1" ${CT_V2:+"$CT_V2"}; do
		mkdir "$mount/$CT_TOP/a"
		sleeper "$CT_TOP/a" "$mount"
		begin "$mount/$CT_TOP/a"
		waiting
		# Nobody sees it empty, if the two come one after the other fast enough.
		echo "$ct_pid" >"$mount/cgroup.procs"
		rmdir "$mount/$CT_TOP/a"
		mkdir "$mount/$CT_TOP/a"
		echo "$ct_pid" >"$mount/$CT_TOP/a/cgroup.procs"
		ends 0
		kill "$ct_pid"
	done
}

@test "a hundred at once, one of them removed, one given twice" {
	ctcreate "$CT_TOP"
	names=() pids=()
	for i in {1..100}; do
		mount=$CT_H1
		[[ -z $CT_V2 || $((i % 2)) == 0 ]] || mount=$CT_V2
		mkdir "$mount/$CT_TOP/$i"
		sleeper "$CT_TOP/$i" "$mount"
		names+=("$CT_TOP/$i") pids+=("$ct_pid")
	done
	begin "${names[@]}" "${names[0]}"
	kill "${pids[@]:0:50}"
	echo "${pids[99]}" >"$CT_H1/cgroup.procs"
	rmdir "$CT_H1/$CT_TOP/100"
	kill "${pids[@]:50:48}"
	waiting
	kill "${pids[98]}"
	ends 0
	[[ ! -s $BATS_TEST_TMPDIR/said ]]
}

@test "interrupted: status 130, without a word" {
	ctcreate "$CT_TOP"
	sleeper "$CT_TOP"
	for signal in INT TERM HUP; do
		# shellcheck disable=SC2016  # for the inner shell
		begin --timeout 60 "$CT_TOP"
		kill -"$signal" "$waiter"
		ends $((128 + $(kill -l "$signal")))
		[[ ! -s $BATS_TEST_TMPDIR/said ]]
	done
}

# soon MICROSECONDS PLACE: the median of 15. A machine that is busy with other things may need
# another try.
soon() {
	local try took
	for try in 1 2 3; do
		took=$(timeout -k 1 60 "$BATS_FILE_TMPDIR/latency" 15 "$2" ctwait "$2") || return
		((took >= $1)) || return 0
		echo "try $try: $took us"
	done
	return 1
}

@test "soon after: below 20 ms on v2" {
	ct_requires v2 cc
	mkdir "$CT_V2/$CT_TOP"
	soon 20000 "$CT_V2/$CT_TOP"
}

@test "soon after: below 150 ms on v1" {
	ct_requires cc
	mkdir "$CT_H1/$CT_TOP"
	soon 150000 "$CT_H1/$CT_TOP"
}

@test "no CPU that shows while it waits" {
	ct_requires plain
	ctcreate "$CT_TOP"
	for mount in "$CT_H1" ${CT_V2:+"$CT_V2"}; do
		for i in 1 2 3 4 5 6 7 8 9 10; do
			mkdir -p "$mount/$CT_TOP/$i"
			sleeper "$CT_TOP/$i" "$mount"
		done
		begin "$mount/$CT_TOP"/[0-9]*
		sleep 0.3
		before=$(sed 's/.*) //' "/proc/$waiter/stat" | awk '{ print $12 + $13 }')
		sleep 3
		after=$(sed 's/.*) //' "/proc/$waiter/stat" | awk '{ print $12 + $13 }')
		kill "$waiter"
		wait "$timed" || true
		# Hundredths of a second in three: 1 % of one CPU for ten containers that are asked.
		((after - before <= 3)) || { echo "$mount: $((after - before)) ticks in 3 s" && false; }
	done
}
