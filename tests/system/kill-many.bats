#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctkill: many, and what forks faster than it is killed; killed itself in the middle.

load ../helpers
load common

setup_file() {
	common_setup
	build bomb
	build grove
	build nurse
	build tally
	build workload
}
teardown_file() { common_teardown; }
setup() { ct_requires root named cc; }
teardown() { system_clean; }

# kills OPERAND...: ctkill, in time and without a word.
kills() {
	local out
	out=$(timeout -k 1 60 ctkill "$@" 2>&1 3>&-) || { echo "status $?: $out" && return 1; }
	[[ -z $out ]] || { echo "$out" && return 1; }
}

# No staging place and no journal is left.
nothing_left() {
	local dir=${CT_V2:-/nowhere}
	[[ -z $(find "$dir" -name '.ct-*' 2>/dev/null) && ! -e /run/ct/journal ]]
}

@test "a tree of 5,000, over all hierarchies, and removed" {
	ctcreate -p "$CT_TOP/a/b"
	ct_spawn ctexec -c "$CT_TOP/a/b" "$BATS_FILE_TMPDIR/grove" 5000 >"$BATS_TEST_TMPDIR/ready"
	ct_wait_for grep -q ready "$BATS_TEST_TMPDIR/ready"
	[[ $(wc -l <"$CT_H1/$CT_TOP/a/b/cgroup.procs") == 5000 ]]
	kills -r -d "$CT_TOP"
	in_none
	ended "$ct_pid"
}

# 500 that try ten times a second leave the machine some time, and no place is free for long.
@test "a bomb held at 500, killed 100 times, with none left" {
	ct_requires v1:pids
	limit=$(ct_mountpoint pids)
	ctcreate -p -H "pids,name=${CT_TEST_ID}_1" "$CT_TOP/bomb"
	echo 550 >"$limit/$CT_TOP/pids.max"
	echo 500 >"$limit/$CT_TOP/bomb/pids.max"
	full() { (($(<"$limit/$CT_TOP/bomb/pids.current") >= 490)); }
	SECONDS=0
	for ((round = 1; round <= 100 && SECONDS < 90; round++)); do
		ct_spawn "$BATS_FILE_TMPDIR/nurse" ctexec -c "$CT_TOP/bomb" \
			"$BATS_FILE_TMPDIR/bomb" "$limit/$CT_TOP/bomb/pids.max" 100000
		ct_wait_for full
		kills -r "$CT_TOP" || { echo "round $round" && return 1; }
		[[ -z $(cat "$limit/$CT_TOP/bomb/cgroup.procs" "$CT_H1/$CT_TOP/bomb/cgroup.procs") ]]
		wait "$ct_pid"
		(($(<"$limit/$CT_TOP/bomb/pids.current") == 0))
	done
	nothing_left
	((round == 101)) || skip "$((round - 1)) rounds, none left; the machine is too slow for more in 90 s"
}

# ---- Faster than it is killed ------------------------------------------------
#
# Each of a chain's processes lives for a moment only. pidfd_open, which passes need and staging
# does not, is made so slow that none of them is ever caught by a pass.

# chains NAME COUNT: in $CT_H1 and $CT_H3.
chains() {
	local i
	for ((i = 0; i < $2; i++)); do
		ct_spawn sh -c 'echo 0 >"$1/cgroup.procs"; echo 0 >"$2/cgroup.procs"; exec "$3" chain' sh \
			"$CT_H1/$1" "$CT_H3/$1" "$BATS_FILE_TMPDIR/workload" >"$BATS_TEST_TMPDIR/ready.$i"
		ct_wait_for grep -q ready "$BATS_TEST_TMPDIR/ready.$i"
	done
}

# slowly INJECTION -- COMMAND...: see strace(1).
slowly() {
	timeout -k 1 60 strace -f --seccomp-bpf -qq -o "$BATS_TEST_TMPDIR/trace" \
		-e trace=pidfd_open,mkdirat,unlinkat,write,fsopen \
		-e inject=pidfd_open:delay_exit=10000 -e "inject=$1" "${@:3}" 3>&-
}

@test "chains are drawn into a frozen staging place, and killed there" {
	ct_requires strace
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a"
	chains "$CT_TOP/a" 3
	slowly fsopen:delay_exit=1 -- ctkill -r "$CT_TOP"
	[[ -z $(cat "$CT_H1/$CT_TOP/a/cgroup.procs" "$CT_H3/$CT_TOP/a/cgroup.procs") ]]
	nothing_left
	# Else this has shown nothing.
	grep -q 'mkdirat(.*"\.ct-' "$BATS_TEST_TMPDIR/trace"
}

@test "the same where v2 is not mounted, and where there is none but the v1 freezer" {
	ct_requires strace v2 freezer
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a"
	for without in fsopen:delay_exit=1 fsopen:error=ENODEV; do
		chains "$CT_TOP/a" 2
		slowly $without -- unshare -m --propagation private sh -c 'umount -l "$1"; shift; exec "$@"' sh "$CT_V2" ctkill -r "$CT_TOP"
		[[ -z $(cat "$CT_H1/$CT_TOP/a/cgroup.procs" "$CT_H3/$CT_TOP/a/cgroup.procs") ]]
		nothing_left
		[[ -z $(find "$(ct_mountpoint freezer)" -name '.ct-*') ]]
		grep -q 'mkdirat(.*"\.ct-' "$BATS_TEST_TMPDIR/trace"
		grep -q 'fsopen("cgroup2"' "$BATS_TEST_TMPDIR/trace"
	done
}

@test "ctkill is killed in the middle of that: nothing is left of the staging, and nobody stands still" {
	ct_requires strace v2
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a"
	staged() { [[ -n $(find "$CT_V2" -name '.ct-*') ]]; }
	hit=0
	for wait in 0 0.01 0.02 0.03 0.05 0.08 0.12 0.2; do
		chains "$CT_TOP/a" 2
		slowly write:delay_enter=20000 -- ctkill -r "$CT_TOP" &
		slow=$!
		staged_or_done() { staged || ended "$slow"; }
		ct_wait_for staged_or_done
		sleep $wait
		! staged || hit=$((hit + 1))
		kill -KILL "$(awk '{ print $1; exit }' "$BATS_TEST_TMPDIR/trace")" 2>/dev/null || true
		wait $slow || true
		ct_wait_for nothing_left
		# Whoever is left runs.
		while read -r pid; do
			[[ $(cat "/proc/$pid/wchan" 2>/dev/null) != *freez* ]]
		done <"$CT_H1/$CT_TOP/a/cgroup.procs"
		kills -r "$CT_TOP"
		[[ -z $(cat "$CT_H1/$CT_TOP/a/cgroup.procs") ]]
	done
	# Else this has shown nothing.
	((hit >= 4))
}

# ---- Other signals -----------------------------------------------------------

# once NAME [CTKILL-OPTION...]: a tree that forks in the container; each gets one HUP.
once() {
	local name=$1 file=$BATS_TEST_TMPDIR/tally.$RANDOM count least most
	shift
	ct_spawn ctexec -c "$name" "$BATS_FILE_TMPDIR/tally" "$file" 900
	grown() { read -r count least most < <("$BATS_FILE_TMPDIR/tally" "$file" 2>/dev/null) && ((count >= 40)); }
	ct_wait_for grown
	kills -s HUP "$@"
	settled() { read -r count least most < <("$BATS_FILE_TMPDIR/tally" "$file") && ((least >= 1)); }
	ct_wait_for settled
	sleep 0.1
	read -r count least most < <("$BATS_FILE_TMPDIR/tally" "$file")
	echo "$count processes, $least to $most HUPs each"
	((least == 1 && most == 1 && count < 900)) || return 1
	nothing_left
	ctkill -r "$name"
}

@test "HUP: each of a tree that forks gets one, frozen where it lies or in staging, by v2 or v1" {
	ctcreate "$CT_TOP"
	once "$CT_TOP" "$CT_TOP"
	ctrm "$CT_TOP"
	ctcreate -p "$CT_TOP/a/b"
	once "$CT_TOP/a/b" -r "$CT_TOP"
	ctcreate -H "$CT_OWN" "$CT_TOP/other"
	once "$CT_TOP/other" "$CT_TOP/other"
	if freezer=$(ct_mountpoint freezer); then
		once "$CT_TOP/a/b" "$freezer/$CT_TOP/a/b"
	fi
}

@test "a container that was frozen stays so: the signal waits in it" {
	ct_requires v2 freezer
	freezer=$(ct_mountpoint freezer)
	ctcreate "$CT_TOP"
	tally=$BATS_TEST_TMPDIR/tally
	heard() { [[ $("$BATS_FILE_TMPDIR/tally" "$tally") == "1 $1 $1" ]]; }
	for kind in v2 v1; do
		rm -f "$tally"
		ct_spawn ctexec -c "$CT_TOP" "$BATS_FILE_TMPDIR/tally" "$tally" 1
		ct_wait_for heard 0
		if [[ $kind == v2 ]]; then
			echo 1 >"$CT_V2/$CT_TOP/cgroup.freeze"
			ct_wait_for grep -qx 'frozen 1' "$CT_V2/$CT_TOP/cgroup.events"
		else
			echo FROZEN >"$freezer/$CT_TOP/freezer.state"
			ct_wait_for grep -qx FROZEN "$freezer/$CT_TOP/freezer.state"
		fi
		kills -s HUP "$CT_TOP"
		status=0
		timeout -k 1 60 ctkill -s CONT -t 0.2 "$CT_TOP" 2>"$BATS_TEST_TMPDIR/error" || status=$?
		heard 0
		if [[ $kind == v2 ]]; then
			[[ $(<"$CT_V2/$CT_TOP/cgroup.freeze") == 1 ]]
			[[ $(<"$BATS_TEST_TMPDIR/error") == *"; $CT_TOP is frozen in v2: thaw that first" ]]
			echo 0 >"$CT_V2/$CT_TOP/cgroup.freeze"
		else
			[[ $(<"$freezer/$CT_TOP/freezer.state") == FROZEN ]]
			[[ $(<"$BATS_TEST_TMPDIR/error") == *"; $CT_TOP is frozen in freezer: thaw that first" ]]
			echo THAWED >"$freezer/$CT_TOP/freezer.state"
		fi
		((status == 1))
		ct_wait_for heard 1
		kills "$CT_TOP"
	done
}
