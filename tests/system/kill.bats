#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctkill: everything in a container ends, and nothing else does.

load ../helpers
load common

setup_file() {
	common_setup
	build bomb
	build threads
}
teardown_file() { common_teardown; }
setup() { ct_requires root named; }
teardown() { system_clean; }

# sleeper NAME MOUNT...: a process in these hierarchies' container NAME, or in all; its pid is
# in $ct_pid and added to $pids.
pids=()
sleeper() {
	local name=$1 mount
	shift
	ct_spawn sleep 1000
	pids+=("$ct_pid")
	if (($# == 0)); then
		ctattach -c "$name" "$ct_pid"
	else
		for mount; do echo "$ct_pid" >"$mount/$name/cgroup.procs"; done
	fi
}

# A program that counts TERM and HUP in a file of its own, and ends by neither.
stubborn() {
	# shellcheck disable=SC2016  # for the inner shell
	ct_spawn sh -c 'trap "echo TERM >>$1" TERM; trap "echo HUP >>$1" HUP; : >"$1"
		while :; do sleep 0.05; done' sh "$BATS_TEST_TMPDIR/signals"
	pids+=("$ct_pid")
	ct_wait_for test -e "$BATS_TEST_TMPDIR/signals"
}

# kills OPERAND...: ctkill, in time and without a word.
kills() {
	local out
	out=$(timeout -k 1 60 ctkill "$@" 2>&1 3>&-) || { echo "status $?: $out" && return 1; }
	[[ -z $out ]] || { echo "$out" && return 1; }
}

all_ended() {
	local pid
	for pid in "${pids[@]}"; do
		ended "$pid" || { echo "$pid is alive" && return 1; }
	done
}

@test "-r: all in it and below, in v2 and v1 alike; the neighbours live" {
	ctcreate -p "$CT_TOP/a/b/c"
	ctcreate "$CT_TOP/neighbour"
	ctcreate "$CT_TOP/a-too"
	sleeper "$CT_TOP/neighbour"
	sleeper "$CT_TOP/a-too"
	neighbours=("${pids[@]}") pids=()
	sleeper "$CT_TOP/a/b/c"
	sleeper "$CT_TOP/a/b/c"
	# In one hierarchy alone, and there in the middle.
	sleeper "$CT_TOP/a" "$CT_H2"
	sleeper "$CT_TOP/a/b" "$CT_H4"
	kills -r "$CT_TOP/a"
	all_ended
	for pid in "${neighbours[@]}"; do alive "$pid"; done
	in_all "$CT_TOP/a/b/c"
}

@test "without -r what is below lives" {
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a/b"
	sleeper "$CT_TOP/a/b"
	below=$ct_pid pids=()
	sleeper "$CT_TOP/a"
	sleeper "$CT_TOP/a"
	kills "$CT_TOP/a"
	all_ended
	alive "$below"
}

@test "without -r what is below lives in v2 as well" {
	ct_requires v2
	ctcreate -p -H v2 "$CT_TOP"
	mkdir "$CT_V2/$CT_TOP/a" "$CT_V2/$CT_TOP/a/b"
	sleeper "$CT_TOP/a/b" "$CT_V2"
	below=$ct_pid pids=()
	sleeper "$CT_TOP/a" "$CT_V2"
	kills "$CT_TOP/a"
	all_ended
	alive "$below"
}

@test "named v1 hierarchies alone, by -H" {
	ctcreate -p "$CT_TOP/a"
	sleeper "$CT_TOP/a" "$CT_H1"
	sleeper "$CT_TOP" "$CT_H3"
	chosen=("${pids[@]}") pids=()
	sleeper "$CT_TOP/a" "$CT_H2"
	other=$ct_pid pids=("${chosen[@]}")
	kills -r -H "name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_3" "$CT_TOP"
	all_ended
	alive "$other"
	kills -r "$CT_H2/$CT_TOP"
	ended "$other"
}

@test "an empty container is no error" {
	ctcreate "$CT_TOP"
	kills -r "$CT_TOP"
	kills -s TERM "$CT_TOP"
	in_all "$CT_TOP"
}

@test "several; one that does not exist is reported, the rest is done" {
	ctcreate -p -H "name=${CT_TEST_ID}_1" "$CT_TOP/a" "$CT_TOP/b"
	sleeper "$CT_TOP/a"
	sleeper "$CT_TOP/b"
	fails_with 1 "ctkill: $CT_TOP/x: no such container in name=${CT_TEST_ID}_1" \
		ctkill -H "name=${CT_TEST_ID}_1" "$CT_TOP/a" "$CT_TOP/x" "$CT_TOP/b"
	all_ended
}

@test "stopped ones" {
	ctcreate "$CT_TOP"
	sleeper "$CT_TOP"
	kill -STOP "$ct_pid"
	kills "$CT_TOP"
	all_ended
}

@test "a process whose leader has ended" {
	ct_requires cc
	ctcreate "$CT_TOP"
	ct_spawn "$BATS_FILE_TMPDIR/threads" 3 exit >"$BATS_TEST_TMPDIR/ready"
	ct_wait_for grep -qs '^State:.Z' "/proc/$ct_pid/status"
	ctattach -c "$CT_TOP" "$ct_pid"
	kills "$CT_TOP"
	# The zombie that leads it waits for the test.
	gone() { [[ -z $(find "/proc/$ct_pid/task" -mindepth 1 -maxdepth 1 ! -name "$ct_pid" 2>/dev/null) ]]; }
	ct_wait_for gone
}

@test "processes of a v2 threaded container" {
	ct_requires v2
	ctcreate -H v2 "$CT_TOP"
	mkdir "$CT_V2/$CT_TOP/t"
	sleeper "$CT_TOP" "$CT_V2"
	echo threaded >"$CT_V2/$CT_TOP/t/cgroup.type"
	echo "$ct_pid" >"$CT_V2/$CT_TOP/t/cgroup.threads"
	kills -r "$CT_TOP"
	all_ended
}

# ---- Frozen ------------------------------------------------------------------

@test "frozen by the v1 freezer" {
	ct_requires freezer
	freezer=$(ct_mountpoint freezer)
	ctcreate -p "$CT_TOP/a/b"
	sleeper "$CT_TOP/a"  "$freezer"
	sleeper "$CT_TOP/a/b"
	echo FROZEN >"$freezer/$CT_TOP/a/freezer.state"
	ct_wait_for grep -qsx FROZEN "$freezer/$CT_TOP/a/freezer.state"
	kills -r "$CT_TOP/a"
	all_ended
}

@test "frozen by the v1 freezer, at several levels, and killed from above" {
	ct_requires freezer
	freezer=$(ct_mountpoint freezer)
	ctcreate -p "$CT_TOP/a/b"
	sleeper "$CT_TOP/a/b"
	for part in /a/b /a; do echo FROZEN >"$freezer/$CT_TOP$part/freezer.state"; done
	ct_wait_for grep -qsx FROZEN "$freezer/$CT_TOP/a/b/freezer.state"
	kills -r "$CT_TOP"
	all_ended
}

@test "frozen by v2, at several levels" {
	ct_requires v2
	ctcreate -p "$CT_TOP/a/b"
	sleeper "$CT_TOP/a/b"
	[[ -e $CT_V2/$CT_TOP/cgroup.freeze ]] || skip 'v2 has no cgroup.freeze'
	for part in /a/b /a; do echo 1 >"$CT_V2/$CT_TOP$part/cgroup.freeze"; done
	ct_wait_for grep -qsx 'frozen 1' "$CT_V2/$CT_TOP/a/b/cgroup.events"
	kills -r "$CT_TOP"
	all_ended
}

@test "frozen by both" {
	ct_requires v2 freezer
	freezer=$(ct_mountpoint freezer)
	ctcreate "$CT_TOP"
	sleeper "$CT_TOP"
	sleeper "$CT_TOP" "$freezer"
	[[ -e $CT_V2/$CT_TOP/cgroup.freeze ]] || skip 'v2 has no cgroup.freeze'
	echo 1 >"$CT_V2/$CT_TOP/cgroup.freeze"
	echo FROZEN >"$freezer/$CT_TOP/freezer.state"
	ct_wait_for grep -qsx FROZEN "$freezer/$CT_TOP/freezer.state"
	kills "$CT_TOP"
	all_ended
}

@test "frozen from above by v1: it cannot die, says so in time, and the container above stays frozen" {
	ct_requires freezer
	freezer=$(ct_mountpoint freezer)
	ctcreate -p "$CT_TOP/a/b"
	sleeper "$CT_TOP/a/b"
	echo FROZEN >"$freezer/$CT_TOP/a/freezer.state"
	ct_wait_for grep -qsx FROZEN "$freezer/$CT_TOP/a/b/freezer.state"
	status=0
	timeout -k 1 60 ctkill -t 0.3 "$CT_TOP/a/b" 2>"$BATS_TEST_TMPDIR/error" || status=$?
	[[ $(<"$freezer/$CT_TOP/a/freezer.state") == FROZEN ]]
	((status == 1))
	# The message names what is to be thawed.
	[[ $(<"$BATS_TEST_TMPDIR/error") == "ctkill: $CT_TOP/a/b: 1 process is left after 0.3 s: $ct_pid (sleep) state "*" in all its hierarchies; $CT_TOP/a is frozen in freezer: thaw that first" ]] ||
		{ cat "$BATS_TEST_TMPDIR/error" && false; }
}

# ---- Other signals -----------------------------------------------------------

@test "-s TERM -t: names who survives, once for each process" {
	ctcreate "$CT_TOP"
	stubborn
	ctattach -c "$CT_TOP" "$ct_pid"
	status=0
	timeout -k 1 60 ctkill -s TERM -t 0.3 "$CT_TOP" 2>"$BATS_TEST_TMPDIR/error" 3>&- || status=$?
	((status == 1))
	# The shell itself; the sleep it waits for may be between two.
	[[ $(<"$BATS_TEST_TMPDIR/error") =~ ^"ctkill: $CT_TOP: "[12]" process"(" is"|"es are")" left after 0.3 s: ".*"$ct_pid (sh) state " ]] ||
		{ cat "$BATS_TEST_TMPDIR/error" && false; }
	alive "$ct_pid"
	ct_wait_for test -s "$BATS_TEST_TMPDIR/signals"
	same TERM "$(<"$BATS_TEST_TMPDIR/signals")"
}

@test "-s TERM ends what it ends, and with -t waits for it" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	sleeper "$CT_TOP"
	kills -s TERM -t 5 "$CT_TOP"
	all_ended
}

@test "-s HUP does not wait, and other spellings of a signal" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	stubborn
	ctattach -c "$CT_TOP" "$ct_pid"
	for spelling in HUP hup SIGHUP 1; do
		: >"$BATS_TEST_TMPDIR/signals"
		# The stubborn one would make it wait for ten seconds.
		timeout -k 1 3 ctkill -s $spelling "$CT_TOP"
		ct_wait_for test -s "$BATS_TEST_TMPDIR/signals"
	done
	alive "$ct_pid"
	fails_with 2 "ctkill: --signal: 'NONE' is no signal: a name as kill -l prints it, or 1 to 64
Try 'ctkill --help' for more information." ctkill -s NONE "$CT_TOP"
}

@test "a process may ignore the signal: 0 seconds do not wait" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	stubborn
	ctattach -c "$CT_TOP" "$ct_pid"
	run -1 timeout -k 1 5 ctkill -s TERM -t 0 "$CT_TOP"
	alive "$ct_pid"
}

# ---- A fork bomb -------------------------------------------------------------

# bomb NAME: in that container, which exists; at most 200 processes.
bomb() {
	local limit
	limit=$(ct_mountpoint pids)
	# Twice, so that a mistake here is no misfortune: the one above holds as well.
	echo 250 >"$limit/$CT_TOP/pids.max"
	echo 200 >"$limit/$CT_TOP/bomb/pids.max"
	[[ $(<"$limit/$CT_TOP/bomb/pids.max") == 200 ]] || return 1
	ct_spawn ctexec -c "$CT_TOP/bomb" nice -n 19 "$BATS_FILE_TMPDIR/bomb" "$limit/$CT_TOP/bomb/pids.max"
	full() { (($(<"$limit/$CT_TOP/bomb/pids.current") >= 190)); }
	ct_wait_for full
	run -0 --separate-stderr timeout -k 1 60 ctkill -r "$CT_TOP"
	[[ -z $output$stderr ]]
	[[ -z $(cat "$limit/$CT_TOP/bomb/cgroup.procs" "$CT_H1/$CT_TOP/bomb/cgroup.procs") ]]
	# The dead are counted until their parent has waited for them.
	none() { (($(<"$limit/$CT_TOP/bomb/pids.current") == 0)); }
	ct_wait_for none
}

@test "a fork bomb, held at 200 by the v1 pids controller" {
	ct_requires cc v1:pids
	ctcreate -p "$CT_TOP/bomb"
	bomb
}

@test "a fork bomb where v2 has no part in it" {
	ct_requires cc v1:pids
	ctcreate -p -H "pids,$CT_OWN" "$CT_TOP/bomb"
	bomb
}

# ---- -d, and what is refused -------------------------------------------------

@test "-r -d removes all of it, everywhere" {
	ctcreate -p "$CT_TOP/a/b"
	ctcreate "$CT_TOP/neighbour"
	for _ in 1 2 3 4 5; do sleeper "$CT_TOP/a/b"; done
	kills -r -d "$CT_TOP/a"
	all_ended
	[[ -z $(tree | grep "$CT_TOP/a") ]]
	in_all "$CT_TOP/neighbour"
}

@test "-d right after the last process: also when it dies slowly" {
	ctcreate "$CT_TOP"
	for _ in {1..10}; do
		sleeper "$CT_TOP"
		sleeper "$CT_TOP"
		kills -d "$CT_TOP"
		in_none
		ctcreate "$CT_TOP"
	done
	all_ended
}

@test "-d without -r where a container is below: it is killed, not removed, and says so" {
	ctcreate -p -H "name=${CT_TEST_ID}_1" "$CT_TOP/a"
	sleeper "$CT_TOP"
	fails_with 1 "ctkill: $CT_TOP: it holds $CT_TOP/a in name=${CT_TEST_ID}_1: -r removes what is below too" \
		ctkill -d "$CT_TOP"
	same "$(printf '%s\n' "$CT_H1/$CT_TOP 755 0:0" "$CT_H1/$CT_TOP/a 755 0:0")" "$(tree)"
}

@test "it refuses to kill those it runs under, and kills none of the others either" {
	ctcreate "$CT_TOP"
	sleeper "$CT_TOP"
	# shellcheck disable=SC2016  # for the inner shell
	ct_spawn ctexec -c "$CT_TOP" sh -c 'ctkill -r "$1" 2>"$2"; echo $? >"$3"; exec sleep 1000' \
		sh "$CT_TOP" "$BATS_TEST_TMPDIR/error" "$BATS_TEST_TMPDIR/status"
	ct_wait_for test -s "$BATS_TEST_TMPDIR/status"
	same 1 "$(<"$BATS_TEST_TMPDIR/status")"
	[[ $(<"$BATS_TEST_TMPDIR/error") =~ ^"ctkill: $CT_TOP: it holds ct itself, "[0-9]+" (ctkill), which this command runs under: run it from outside, move that out first with ctattach, or end it as the last with --self"$ ]]
	alive "$ct_pid"
	alive "${pids[0]}"
}

@test "it refuses also where only its parent is inside, in one hierarchy" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	sleeper "$CT_TOP"
	ctcreate -p "$CT_TOP/other"
	# shellcheck disable=SC2016  # for the inner shell
	ct_spawn sh -c 'echo $$ >"$1/cgroup.procs"
		ctexec -c "$2/other" ctkill "$2" 2>"$3"; echo $? >"$4"; exec sleep 1000' \
		sh "$CT_H3/$CT_TOP" "$CT_TOP" "$BATS_TEST_TMPDIR/error" "$BATS_TEST_TMPDIR/status"
	ct_wait_for test -s "$BATS_TEST_TMPDIR/status"
	same 1 "$(<"$BATS_TEST_TMPDIR/status")"
	same "ctkill: $CT_TOP: it holds $ct_pid (sh), which this command runs under: run it from outside, move that out first with ctattach, or end it as the last with --self" \
		"$(<"$BATS_TEST_TMPDIR/error")"
	alive "$ct_pid"
	alive "${pids[0]}"
}

@test "--self: all others, what it runs under and last itself; the neighbour lives" {
	ctcreate -p "$CT_TOP/a" "$CT_TOP/neighbour"
	sleeper "$CT_TOP/neighbour"
	neighbour=$ct_pid pids=()
	sleeper "$CT_TOP/a"
	stubborn
	ctattach -c "$CT_TOP/a" "$ct_pid"
	# It goes on when ctkill is dead, and says so, unless it dies of that too.
	ct_spawn ctexec -c "$CT_TOP/a" sh -c 'ctkill --self "$1" 2>"$2"; echo $? >"$2"; exec sleep 1000' \
		sh "$CT_TOP/a" "$BATS_TEST_TMPDIR/error"
	pids+=("$ct_pid")
	ct_wait_for all_ended
	[[ ! -s $BATS_TEST_TMPDIR/error ]]
	same '' "$(cat "$CT_H1/$CT_TOP/a/cgroup.procs")"
	alive "$neighbour"
}

@test "--self with another signal: each gets it once, ctkill too" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	stubborn
	ctattach -c "$CT_TOP" "$ct_pid"
	status=0
	ctexec -f -c "$CT_TOP" ctkill --self -s TERM "$CT_TOP" 3>&- || status=$?
	((status == 143))
	ct_wait_for test -s "$BATS_TEST_TMPDIR/signals"
	sleep 0.2
	same TERM "$(<"$BATS_TEST_TMPDIR/signals")"
}

@test "--self takes no root, and not -d" {
	fails_with 1 "ctkill: $CT_H1: it is the root of name=${CT_TEST_ID}_1, and holds the whole machine: --self takes a container below it" \
		ctkill --self "$CT_H1"
	fails_with 2 "ctkill: --self and --delete exclude each other: what runs in a container cannot remove it
Try 'ctkill --help' for more information." ctkill --self -d "$CT_TOP"
}

@test "--self spares nobody of another pid namespace unasked: it refuses, and all live" {
	ct_requires v2 unshare
	ctcreate -p "$CT_TOP/a"
	sleeper "$CT_TOP/a"
	run -1 timeout -k 1 5 ctexec -c "$CT_TOP/a" unshare --pid --fork --mount-proc --kill-child ctkill --self "$CT_TOP/a"
	[[ $output == "ctkill: $CT_TOP/a: it holds "[1-9]*" processes of another pid namespace, which cannot be signalled from here (nothing has been)" ]] ||
		{ echo "$output" && false; }
	alive "$ct_pid"
}

@test "--dry-run lists who would get what, and what -d removes, and does neither" {
	ctcreate -p "$CT_TOP/a"
	sleeper "$CT_TOP/a" "$CT_H2" "$CT_H4"
	run -0 --separate-stderr ctkill -n -r -H "$CT_OWN" "$CT_TOP"
	same "signal $ct_pid KILL name=${CT_TEST_ID}_2,name=${CT_TEST_ID}_4 (sleep)" "$output"
	run -0 --separate-stderr ctkill -n -r -d -s term -H "name=${CT_TEST_ID}_2" "$CT_TOP"
	same "signal $ct_pid TERM name=${CT_TEST_ID}_2 (sleep)
remove name=${CT_TEST_ID}_2 /$CT_TOP/a
remove name=${CT_TEST_ID}_2 /$CT_TOP" "$output"
	alive "$ct_pid"
}
