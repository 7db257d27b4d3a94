#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctstat: what the kernel has, also while it changes.

load ../helpers
load common

setup_file() { common_setup; }
teardown_file() { common_teardown; }
setup() { ct_requires root named library:libsmartcols; }
teardown() { system_clean; }

# cells OPTION... CONTAINER...: the columns with one blank between.
cells() {
	ctstat --noheadings -o name,tasks,state,hierarchies "$@" | sed 's/  */ /g; s/^ //; s/ $//'
}

@test "an empty one, one that runs, and where they are" {
	list=name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_3
	ctcreate -H "$list" "$CT_TOP"
	same "$CT_TOP 0 empty $list" "$(cells "$CT_TOP")"
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_H3/$CT_TOP/cgroup.procs"
	same "$CT_TOP 1 running $list" "$(cells "$CT_TOP")"
	run -0 ctstat "$CT_TOP"
	[[ ${lines[0]} =~ ^NAME\ +TASKS\ +CPU\ MEMORY\ PEAK\ STATE ]]
}

@test "a process counts once, in however many hierarchies" {
	ctcreate "$CT_TOP"
	for _ in 1 2 3; do
		ct_spawn sleep 1000
		ctattach -c "$CT_TOP" "$ct_pid"
	done
	# And one that is there in one alone.
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_H2/$CT_TOP/cgroup.procs"
	same "$CT_TOP 4" "$(cells -o name,tasks "$CT_TOP")"
	same "$CT_TOP 3" "$(cells -H "name=${CT_TEST_ID}_1" -o name,tasks "$CT_TOP")"
	same "$CT_H2/$CT_TOP 4 name=${CT_TEST_ID}_2" "$(cells -o name,tasks,hierarchies "$CT_H2/$CT_TOP")"
}

@test "-r: those below, parents first, each with where it is" {
	ctcreate -p -H "$CT_OWN" "$CT_TOP/b/c"
	mkdir "$CT_H1/$CT_TOP/b-2" "$CT_H2/$CT_TOP/a"
	ct_spawn sleep 1000
	ctattach -c "$CT_TOP/b/c" "$ct_pid"
	same "$CT_TOP 0 empty $CT_OWN
$CT_TOP/a 0 empty name=${CT_TEST_ID}_2
$CT_TOP/b 0 empty $CT_OWN
$CT_TOP/b/c 1 running $CT_OWN
$CT_TOP/b-2 0 empty name=${CT_TEST_ID}_1" "$(cells -r "$CT_TOP")"
	same "$CT_TOP" "$(cells -o name "$CT_TOP")"
}

@test "without an operand: the containers at the top; -r: all there are" {
	ctcreate -p "$CT_TOP/a"
	cells -o name >"$BATS_TEST_TMPDIR/top"
	grep -x "$CT_TOP" "$BATS_TEST_TMPDIR/top"
	run -1 grep / "$BATS_TEST_TMPDIR/top"
	cells -r -o name >"$BATS_TEST_TMPDIR/all"
	grep -x "$CT_TOP/a" "$BATS_TEST_TMPDIR/all"
	cells -H "$CT_OWN" -r -o name >"$BATS_TEST_TMPDIR/own"
	same "$CT_TOP
$CT_TOP/a" "$(<"$BATS_TEST_TMPDIR/own")"
}

@test "--names prints the names of all, alone" {
	ctcreate -p -H "$CT_OWN" "$CT_TOP/b/c"
	ctcreate -H "name=${CT_TEST_ID}_4" "$CT_TOP/a"
	same "$CT_TOP
$CT_TOP/a
$CT_TOP/b
$CT_TOP/b/c" "$(ctstat --names -H "$CT_OWN")"
	same "$CT_TOP/b
$CT_TOP/b/c" "$(ctstat --names "$CT_TOP/b")"
}

@test "-J is JSON that says the same" {
	ct_requires jq
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a \"q\" ü"
	ct_spawn sleep 1000
	ctattach -c "$CT_TOP" "$ct_pid"
	same '["'"$CT_TOP"'",1,"running",["name='"${CT_TEST_ID}_1\",\"name=${CT_TEST_ID}_2\",\"name=${CT_TEST_ID}_3\",\"name=${CT_TEST_ID}_4"'"]]' \
		"$(ctstat -J -o +hierarchies "$CT_TOP" | jq -c '.containers[0] | [.name, .tasks, .state, .hierarchies]')"
	same "$CT_TOP/a \"q\" ü" "$(LC_ALL=C.UTF-8 ctstat -J -r "$CT_TOP" | jq -r '.containers[1].name')"
	ctstat -J -r | jq -e '.containers | length > 0' >/dev/null
}

@test "frozen by the v1 freezer, also from above" {
	ct_requires freezer
	freezer=$(ct_mountpoint freezer)
	ctcreate -p "$CT_TOP/a"
	ct_spawn sleep 1000
	echo "$ct_pid" >"$freezer/$CT_TOP/a/cgroup.procs"
	same "$CT_TOP/a 1 running" "$(cells -o name,tasks,state "$CT_TOP/a")"
	echo FROZEN >"$freezer/$CT_TOP/freezer.state"
	ct_wait_for grep -qsx FROZEN "$freezer/$CT_TOP/a/freezer.state"
	same "$CT_TOP 0 frozen
$CT_TOP/a 1 frozen" "$(cells -r -o name,tasks,state "$CT_TOP")"
	echo THAWED >"$freezer/$CT_TOP/freezer.state"
	same "$CT_TOP/a 1 running" "$(cells -o name,tasks,state "$CT_TOP/a")"
}

@test "frozen by v2, also from above" {
	ct_requires v2
	ctcreate -p "$CT_TOP/a"
	[[ -e $CT_V2/$CT_TOP/cgroup.freeze ]] || skip 'v2 has no cgroup.freeze'
	ct_spawn sleep 1000
	ctattach -c "$CT_TOP/a" "$ct_pid"
	echo 1 >"$CT_V2/$CT_TOP/cgroup.freeze"
	ct_wait_for grep -qsx 'frozen 1' "$CT_V2/$CT_TOP/a/cgroup.events"
	same "$CT_TOP 0 frozen
$CT_TOP/a 1 frozen" "$(cells -r -o name,tasks,state "$CT_TOP")"
	echo 0 >"$CT_V2/$CT_TOP/cgroup.freeze"
	ct_wait_for grep -qsx 'frozen 0' "$CT_V2/$CT_TOP/a/cgroup.events"
	same "$CT_TOP/a 1 running" "$(cells -o name,tasks,state "$CT_TOP/a")"
}

@test "a threaded tree of v2 is counted at its domain" {
	ct_requires v2
	ctcreate -H v2 "$CT_TOP"
	mkdir "$CT_V2/$CT_TOP/t"
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_V2/$CT_TOP/cgroup.procs"
	echo threaded >"$CT_V2/$CT_TOP/t/cgroup.type"
	echo "$ct_pid" >"$CT_V2/$CT_TOP/t/cgroup.threads"
	run -0 --separate-stderr cells -r -o name,tasks "$CT_TOP"
	[[ -z $stderr ]]
	grep -x "$CT_TOP 1" <<<"$output"
}

@test "one that does not exist is reported, the others are shown" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	run -1 --separate-stderr ctstat --noheadings -o name -H "name=${CT_TEST_ID}_2" "$CT_TOP/x" "$CT_TOP"
	same "$CT_TOP" "$output"
	same "ctstat: $CT_TOP/x: no such container in name=${CT_TEST_ID}_2" "$stderr"
}

@test "containers that come and go meanwhile are no error" {
	ctcreate "$CT_TOP"
	# shellcheck disable=SC2016  # for the inner shell
	ct_spawn bash -c 'while :; do
		for i in 1 2 3 4 5 6 7 8; do mkdir "$1/$i" "$2/$i" "$2/$i/below"; done
		rmdir "$2"/*/below "$1"/[1-8] "$2"/[1-8]
	done' bash "$CT_H1/$CT_TOP" "$CT_H2/$CT_TOP"
	changer=$ct_pid
	seen=0
	for i in {1..60}; do
		run -0 --separate-stderr ctstat -r --noheadings "$CT_TOP"
		[[ -z $stderr ]] || { echo "$i: $stderr" && false; }
		if ((${#lines[@]} > 1)); then
			seen=$((seen + 1))
		fi
		run -0 --separate-stderr ctstat --names "$CT_TOP"
		[[ -z $stderr ]] || { echo "$i: $stderr" && false; }
	done
	alive "$changer"
	# Else the loop has shown nothing.
	((seen > 5))
	kill -KILL "$changer"
}

@test "the operand itself vanishes meanwhile: it is not there, and that is all" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	# shellcheck disable=SC2016  # for the inner shell
	ct_spawn bash -c 'while :; do mkdir "$1/x" "$2/x"; rmdir "$1/x" "$2/x"; done' bash "$CT_H1/$CT_TOP" "$CT_H2/$CT_TOP"
	changer=$ct_pid
	for _ in {1..60}; do
		run --separate-stderr ctstat --noheadings -o name -H "name=${CT_TEST_ID}_1" "$CT_TOP/x"
		case $status:$output:$stderr in
		"0:$CT_TOP/x:" | 0:: | "1::ctstat: $CT_TOP/x: no such container in name=${CT_TEST_ID}_1") ;;
		*) echo "$status:$output:$stderr" && false ;;
		esac
	done
	alive "$changer"
	kill -KILL "$changer"
}

@test "a full disk behind stdout is a failure" {
	[[ -c /dev/full ]]
	ctcreate -H "$CT_OWN" "$CT_TOP"
	status=0
	ctstat "$CT_TOP" >/dev/full 2>"$BATS_TEST_TMPDIR/error" || status=$?
	((status == 1))
	same "ctstat: cannot write the output: No space left on device" "$(<"$BATS_TEST_TMPDIR/error")"
}
