#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctattach in its plain form: running processes, all of them or none.

load ../helpers
load common

setup_file() {
	common_setup
	build threads
}
teardown_file() { common_teardown; }
setup() { ct_requires root named; }
teardown() { system_clean; }

# threads COUNT [exit]: such a process; its pid is in $ct_pid, the ids of the other
# threads in $tids.
threads() {
	local tid
	ct_requires cc
	ct_spawn "$BATS_FILE_TMPDIR/threads" "$@" >"$BATS_TEST_TMPDIR/ready"
	ct_wait_for grep -qs ready "$BATS_TEST_TMPDIR/ready"
	tids=()
	for tid in "/proc/$ct_pid/task"/*; do
		[[ ${tid##*/} == "$ct_pid" ]] || tids+=("${tid##*/}")
	done
}

# Where every thread of the processes is.
places() {
	local pid task
	for pid; do
		for task in "/proc/$pid/task"/*; do
			cgroups "$pid" "${task##*/}" | sed "s/^/${task##*/} /"
		done
	done
}

@test "a process is moved in all hierarchies" {
	ctcreate -p "$CT_TOP/a"
	ct_spawn sleep 1000
	run -0 --separate-stderr ctattach -c "$CT_TOP/a" "$ct_pid"
	[[ -z $output$stderr ]]
	is_in "$CT_TOP/a" "$ct_pid"
	alive "$ct_pid"
}

@test "only where the container is, only in -H, only in an absolute path" {
	mkdir "$CT_H1/$CT_TOP" "$CT_H2/$CT_TOP" "$CT_H3/$CT_TOP"
	ct_spawn sleep 1000
	ctattach -H "name=${CT_TEST_ID}_2" -c "$CT_TOP" "$ct_pid"
	[[ $(cat "$CT_H1/$CT_TOP/tasks" "$CT_H2/$CT_TOP/tasks" "$CT_H3/$CT_TOP/tasks") == "$ct_pid" ]]
	grep -x "$ct_pid" "$CT_H2/$CT_TOP/tasks"
	ctattach -c "$CT_H3/$CT_TOP" "$ct_pid"
	grep -x "$ct_pid" "$CT_H3/$CT_TOP/tasks"
	run -1 grep -x "$ct_pid" "$CT_H1/$CT_TOP/tasks"
	ctattach -c "$CT_TOP" "$ct_pid"
	grep -x "$ct_pid" "$CT_H1/$CT_TOP/tasks"
	cgroups "$ct_pid" | grep -x ".*:name=${CT_TEST_ID}_4:/"
}

@test "several, and one of them twice" {
	ctcreate "$CT_TOP"
	pids=()
	for _ in 1 2 3; do
		ct_spawn sleep 1000
		pids+=("$ct_pid")
	done
	run -0 --separate-stderr ctattach -c "$CT_TOP" "${pids[@]}" "${pids[1]}"
	[[ -z $output$stderr ]]
	for pid in "${pids[@]}"; do is_in "$CT_TOP" "$pid"; done
	# And once more, where they are already.
	run -0 --separate-stderr ctattach -c "$CT_TOP" "${pids[@]}"
	[[ -z $output$stderr ]]
}

@test "all threads of a process go along" {
	threads 5
	ctcreate "$CT_TOP"
	ctattach -c "$CT_TOP" "$ct_pid"
	for tid in "$ct_pid" "${tids[@]}"; do is_in "$CT_TOP" "$ct_pid" "$tid"; done
}

@test "threads that lie in different containers are gathered" {
	threads 4
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a"
	ctcreate -H "$CT_OWN" "$CT_TOP/b"
	echo "${tids[0]}" >"$CT_H1/$CT_TOP/a/tasks"
	echo "${tids[1]}" >"$CT_H2/$CT_TOP/a/tasks"
	ctattach -c "$CT_TOP/b" "$ct_pid"
	for i in 1 2 3 4; do
		[[ $(wc -l <"$CT_TEST_DIR/mnt/h$i/$CT_TOP/b/tasks") == 4 ]]
	done
}

@test "a stopped process is moved and stays stopped" {
	ctcreate "$CT_TOP"
	ct_spawn sleep 1000
	kill -STOP "$ct_pid"
	ctattach -c "$CT_TOP" "$ct_pid"
	is_in "$CT_TOP" "$ct_pid"
	grep -q '^State:.T' "/proc/$ct_pid/status"
}

@test "a process whose leader has ended is moved by its threads" {
	threads 3 exit
	ct_wait_for grep -qs '^State:.Z' "/proc/$ct_pid/status"
	ctcreate "$CT_TOP"
	ctattach -c "$CT_TOP" "$ct_pid"
	for tid in "${tids[@]}"; do is_in "$CT_TOP" "$ct_pid" "$tid"; done
}

# ---- What is refused, and moves nothing --------------------------------------

# refuses TEXT PID...: with a good process before and after.
refuses() {
	local text=$1 before
	shift
	before=$(places "$good" "$other")
	fails_with 1 "$text" ctattach -c "$CT_TOP" -- "$good" "$@" "$other" || return 1
	same "$before" "$(places "$good" "$other")"
}

two_good() {
	ctcreate "$CT_TOP"
	ct_spawn sleep 1000
	good=$ct_pid
	ct_spawn sleep 1000
	other=$ct_pid
}

@test "ids that are none: gone, 0, negative, beyond any" {
	two_good
	sleep 0 3>&- &
	gone=$!
	wait $gone
	refuses "ctattach: there is no process $gone (it may have ended)" $gone
	refuses "ctattach: 0 is no process: ids are positive numbers" 0
	refuses "ctattach: -1 is no process: ids are positive numbers" -1
	refuses "ctattach: there is no process 99999999999999999999: it is beyond what the kernel counts to" 99999999999999999999
	refuses "ctattach: there is no process 4194305 (it may have ended)" 4194305
}

@test "a word is a mistake in writing: exit 2" {
	two_good
	before=$(places "$good")
	# None of them may be read as a process there is.
	for word in x 99999999x '' ' 99999999' +99999999 0x7fffffff; do
		fails_with 2 "ctattach: '$word' is no process id
Try 'ctattach --help' for more information." ctattach -c "$CT_TOP" "$good" "$word"
	done
	same "$before" "$(places "$good")"
}

@test "a kernel thread" {
	two_good
	refuses "ctattach: 2 (kthreadd) is a kernel thread, which belongs to no container" 2
}

@test "a zombie" {
	two_good
	# The parent has become a program that waits for nobody when its child ends.
	# shellcheck disable=SC2016  # for the inner shell
	ct_spawn sh -c 'sleep 0.2 & echo $! >"$1"; exec sleep 1000' sh "$BATS_TEST_TMPDIR/zombie"
	ct_wait_for test -s "$BATS_TEST_TMPDIR/zombie"
	zombie=$(<"$BATS_TEST_TMPDIR/zombie")
	ct_wait_for grep -qs '^State:.Z' "/proc/$zombie/status"
	refuses "ctattach: $zombie (sleep) is a zombie: it has ended, and goes when its parent $ct_pid waits for it" "$zombie"
}

@test "a thread that is no process" {
	two_good
	threads 2
	refuses "ctattach: ${tids[0]} is a thread of process $ct_pid (threads): give that" "${tids[0]}"
}

@test "the container does not exist" {
	ct_spawn sleep 1000
	before=$(places "$ct_pid")
	fails_with 1 "ctattach: $CT_TOP: no such container in name=${CT_TEST_ID}_1" \
		ctattach -H "name=${CT_TEST_ID}_1" -c "$CT_TOP" "$ct_pid"
	same "$before" "$(places "$ct_pid")"
}

@test "no -c, no pid" {
	fails_with 2 "ctattach: which container? -c CONTAINER is missing
Try 'ctattach --help' for more information." ctattach 99999999
	fails_with 2 "ctattach: PID is missing, or --from CONTAINER
Try 'ctattach --help' for more information." ctattach -c "$CT_TOP"
}

@test "--dry-run prints the plan and moves nothing" {
	ctcreate -H "name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_4" "$CT_TOP"
	ct_spawn sleep 1000
	before=$(places "$ct_pid")
	run -0 --separate-stderr ctattach -n -c "$CT_TOP" "$ct_pid"
	[[ ${lines[0]} == 'stage '*.ct-ID ]]
	same "attach name=${CT_TEST_ID}_1 /$CT_TOP $ct_pid
attach name=${CT_TEST_ID}_4 /$CT_TOP $ct_pid" "$(sed 1d <<<"$output")"
	same "$before" "$(places "$ct_pid")"
}

# ---- Rollback ----------------------------------------------------------------

@test "refused by a v1 cpuset without cpus: everything is where it was" {
	ct_requires v1:cpuset
	two_good
	cpuset=$(ct_mountpoint cpuset)
	while read -r mount; do mkdir "$mount/$CT_TOP/a"; done <<<"$CT_MOUNTS"
	before=$(places "$good" "$other")
	fails_with 1 "ctattach: $CT_TOP/a: it may hold no task in cpuset: $cpuset/$CT_TOP/a/cpuset.cpus is empty; write to it first" \
		ctattach -c "$CT_TOP/a" "$good" "$other"
	same "$before" "$(places "$good" "$other")"
}

@test "refused by v2, whose place has controllers enabled for its children" {
	ct_requires v2
	[[ -n $(<"$CT_V2/cgroup.controllers") ]] || skip 'v2 has no controller here'
	two_good
	ctcreate "$CT_TOP/a"
	refuses "ctattach: $CT_TOP: it may hold no process in v2, because it has controllers ($(<"$CT_V2/$CT_TOP/cgroup.subtree_control")) enabled for its children: use a container below it, or disable them in $CT_V2/$CT_TOP/cgroup.subtree_control"
}

@test "whichever move is refused: every thread is exactly where it was" {
	ct_requires strace
	threads 4
	two=$ct_pid
	scattered=("${tids[@]}")
	threads 1
	ctcreate -p "$CT_TOP/a"
	ctcreate -p "$CT_TOP/b"
	# Threads of one process in different containers, as v1 allows.
	echo "${scattered[0]}" >"$CT_H1/$CT_TOP/a/tasks"
	echo "${scattered[0]}" >"$CT_H2/$CT_TOP/b/tasks"
	echo "${scattered[1]}" >"$CT_H1/$CT_TOP/b/tasks"
	echo "$two" >"$CT_H4/$CT_TOP/a/tasks"
	for controller in freezer cpuset memory; do
		where=$(ct_mountpoint $controller) || continue
		echo "${scattered[1]}" >"$where/$CT_TOP/a/tasks"
		echo "${scattered[2]}" >"$where/$CT_TOP/b/tasks"
	done
	ctcreate "$CT_TOP/new"
	before=$(places "$ct_pid" "$two")
	count=$((2 * $(wc -l <<<"$CT_MOUNTS")))
	for ((n = 1; n <= count; n++)); do
		# That moves ct to where it is; the move needs it only to be quick.
		((n != 2)) || continue
		status=0
		inject "write:error=ENODEV:when=$n" ctattach -c "$CT_TOP/new" "$ct_pid" "$two" \
			2>"$BATS_TEST_TMPDIR/error" || status=$?
		((status == 1)) || { echo "write $n: status $status" && cat "$BATS_TEST_TMPDIR/error" && false; }
		same "$before" "$(places "$ct_pid" "$two")" || { echo "after the refusal of write $n" && false; }
		[[ $(wc -l <"$BATS_TEST_TMPDIR/error") == 1 ]]
	done
	ctattach -c "$CT_TOP/new" "$ct_pid" "$two"
	for tid in "$two" "${scattered[@]}"; do is_in "$CT_TOP/new" "$two" "$tid"; done
}

@test "it ends during the move: no error for the others" {
	ct_requires strace
	two_good
	# It has just begun to write.
	halted write:1 ctattach -c "$CT_TOP" "$good" "$other"
	kill -KILL "$other"
	ct_wait_for ended "$other"
	go_on
	((status == 0))
	is_in "$CT_TOP" "$good"
}

@test "the move is verified: what something else moves away meanwhile is told, all go back" {
	ct_requires strace
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a"
	ctcreate -H "$CT_OWN" "$CT_TOP/b"
	ct_spawn sleep 1000
	before=$(cgroups "$ct_pid" | grep -v "name=${CT_TEST_ID}_1:")
	halted write:13 ctattach -c "$CT_TOP/a" "$ct_pid" 2>"$BATS_TEST_TMPDIR/error"
	grep -qx "$ct_pid" "$CT_H3/$CT_TOP/a/tasks"
	echo "$ct_pid" >"$CT_H1/$CT_TOP/b/tasks"
	go_on
	((status == 1))
	same "ctattach: $CT_TOP/a: task $ct_pid did not arrive in name=${CT_TEST_ID}_1: it is in /$CT_TOP/b; something else moves it at the same time" \
		"$(<"$BATS_TEST_TMPDIR/error")"
	same "$before" "$(cgroups "$ct_pid" | grep -v "name=${CT_TEST_ID}_1:")"
	# Where that put it, it stays.
	grep -x "$ct_pid" "$CT_H1/$CT_TOP/b/tasks"
}

@test "interrupted at any point: nothing has moved" {
	ct_requires strace
	ctcreate -p "$CT_TOP/a"
	ct_spawn sleep 1000
	before=$(places "$ct_pid")
	for signal in INT TERM HUP; do
		for n in 1 2 4; do
			status=0
			inject "write:signal=SIG$signal:when=$n" ctattach -c "$CT_TOP/a" "$ct_pid" 2>/dev/null || status=$?
			((status != 0)) || { echo "SIG$signal at write $n: status 0" && false; }
			same "$before" "$(places "$ct_pid")" || { echo "SIG$signal at write $n" && false; }
		done
	done
}
