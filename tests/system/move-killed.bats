#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The mover dies, or is interrupted, at every system call that it makes: within a second all
# is old or new as a whole, nothing is frozen, nothing is left.

load ../helpers
load common
load move

setup_file() { move_setup; }
teardown_file() { common_teardown; }
setup() { move_requires strace ps; }
teardown() { system_clean; }

# sweep EVERY SIGNAL STATUS HOW [OPTION...]: at every EVERY-th call of a move of $ct_pid by HOW.
sweep() {
	local every=$1 signal=$2 expected=$3 how=$4 at=old to n=0 call count status hit=0 tries
	local -a what
	shift 4
	rm -f "$BATS_TEST_TMPDIR/points"
	# The first move may differ from the others. How often a freezer has to be asked differs
	# always: the shortest of the moves that follow is the model, whose points the others reach.
	arguments new
	attach "$@" "${what[@]}" || return
	for to in old new old new old; do
		arguments $to
		points "$@" "${what[@]}" >"$BATS_TEST_TMPDIR/points.$to" || return
		[[ -s $BATS_TEST_TMPDIR/points && $(wc -l <"$BATS_TEST_TMPDIR/points.$to") -ge $(wc -l <"$BATS_TEST_TMPDIR/points") ]] ||
			mv "$BATS_TEST_TMPDIR/points.$to" "$BATS_TEST_TMPDIR/points"
	done
	while read -r call count; do
		((n++ % every == 0)) || continue
		# A move that forks is longer or shorter than the last one: a point that it did not
		# reach is tried again. An interrupt that comes after the commit is none.
		for ((tries = 0; tries < 5; tries++)); do
			strike "$@" || return
			((status != expected)) || break
			[[ -z ${least-} ]] || break
		done
		((status != expected)) || hit=$((hit + 1))
	done <"$BATS_TEST_TMPDIR/points"
	echo "$signal at $hit of $n calls"
	# What only looks as if it had been struck tells nothing. After the commit an interrupt comes
	# too late.
	((hit * every * 10 > n * ${least-8}))
}

# strike [OPTION...]: at this point of a move to the other container. Sets status.
strike() {
	to=new
	[[ $at == old ]] || to=old
	arguments $to
	status=0
	struck "$call" "$count" signal="$signal" "$@" "${what[@]}" || status=$?
	((status == expected || status == 0)) || { echo "$signal at $call $count: status $status" && return 1; }
	remains 1000 || { echo "$signal at $call $count of $*" && return 1; }
	if [[ $how == pid ]]; then
		whole || { echo "$signal at $call $count" && return 1; }
		at=old
		! grep -qx "$ct_pid" "$CT_H1/$CT_TOP/new/cgroup.procs" || at=new
	else
		at=$(side) || { echo "$at" && echo "$signal at $call $count" && return 1; }
	fi
	((status != 0)) || [[ $at == "$to" ]] || { echo "$signal at $call $count: done, it says" && return 1; }
}

# Sets what[] for a move there.
arguments() {
	local from=old
	[[ $1 == new ]] || from=new
	case $how in
	pid) what=(-c "$CT_TOP/$1" "$ct_pid") ;;
	pids) what=(-c "$CT_TOP/$1" "$ct_pid" "${pids[@]}") ;;
	descendants) what=(-c "$CT_TOP/$1" -r "$ct_pid") ;;
	from) what=(-c "$CT_TOP/$1" --from "$CT_TOP/$from") ;;
	esac
}

# family COUNT: a parent and its children, in ${pids[@]}.
family() {
	work sleepers "$1"
	mapfile -t pids < <(children "$ct_pid")
	((${#pids[@]} == $1))
}

@test "killed at every system call: a process that forks" {
	lay named
	work fork
	sweep 1 SIGKILL 137 pid
}

@test "killed at every second one: several processes" {
	lay named
	family 3
	sweep 2 SIGKILL 137 pids
}

@test "killed at every ninth one: with the descendants" {
	lay named
	family 3
	sweep 9 SIGKILL 137 descendants
}

@test "killed at every second one: a container that runs" {
	lay named
	work sleepers 2
	sweep 2 SIGKILL 137 from
}

@test "killed at every third one: a container that runs and forks" {
	lay named
	work fork
	sweep 3 SIGKILL 137 from
}

@test "killed at every third one: a container held still" {
	lay named
	work sleepers 2
	sweep 3 SIGKILL 137 from --freeze
}

@test "killed at every third one: a container that runs, in all hierarchies" {
	lay all
	work sleepers 2
	sweep 3 SIGKILL 137 from
}

@test "killed at every fourth one: a container held in place, in all hierarchies" {
	lay all
	work sleepers 2
	sweep 4 SIGKILL 137 from --freeze
}

@test "killed at every third one: with the v1 freezer" {
	move_requires freezer
	lay named
	work fork
	sweep 3 SIGKILL 137 pid --freezer v1
}

@test "interrupted at every system call by SIGINT" {
	lay named
	work sleepers 1
	least=4 sweep 1 SIGINT 130 pid
}

@test "by SIGTERM and SIGHUP" {
	lay named
	family 2
	least=4 sweep 3 SIGTERM 143 pids
	least=4 sweep 5 SIGHUP 129 from
}

@test "interrupted while a process is being born" {
	lay named
	work slow-fork
	hit=0
	for ((i = 0; i < 24; i++)); do
		status=0
		struck write $((10 + i % 3 * 12)) signal=SIGINT -c "$CT_TOP/new" --from "$CT_TOP/old" || status=$?
		remains 1000
		whole
		((status == 130)) || { attach -c "$CT_TOP/old" --from "$CT_TOP/new" && continue; }
		hit=$((hit + 1))
	done
	echo "interrupted $hit times"
	((hit > 12))
}

# ---- The guard dies, too -----------------------------------------------------

@test "killed with the guard: the next command mends it" {
	lay named
	family 2
	attach -c "$CT_TOP/new" "$ct_pid" "${pids[@]}"
	points -c "$CT_TOP/old" "$ct_pid" "${pids[@]}" >"$BATS_TEST_TMPDIR/points"
	mended=0
	while read -r call count; do
		to=new
		[[ $(side) == old ]] || to=old
		halt "$call" "$count" -c "$CT_TOP/$to" "$ct_pid" "${pids[@]}" || continue
		if [[ -n $guard ]]; then
			ct_wait_for grep -qx ct-guard "/proc/$guard/comm"
			kill -KILL "$guard"
			ct_wait_for ended "$guard"
		fi
		kill -KILL "$mover"
		wait "$tracer" 2>/dev/null || true
		[[ ! -e /run/ct/journal ]] || mended=$((mended + 1))
		status=0
		said=$(timeout 60 ctstat 2>&1 >/dev/null) || status=$?
		[[ $status == 0 && -z $said ]] || { echo "$call $count: ctstat: $status $said" && false; }
		remains 0 || { echo "$call $count" && false; }
		side >/dev/null || { echo "$call $count" && side && false; }
	done < <(awk 'NR % 4 == 0' "$BATS_TEST_TMPDIR/points")
	echo "mended at $mended points"
	((mended > 10))
}

@test "killed with the guard, what ran is not mended by a command that is in the middle of it" {
	lay named
	work sleepers 2
	halt write 8 -c "$CT_TOP/new" --from "$CT_TOP/old"
	kill -KILL "$guard" "$mover"
	wait "$tracer" 2>/dev/null || true
	# shellcheck disable=SC2016  # for the inner shell
	run -0 --separate-stderr timeout 60 sh -c 'echo $$ >"$1" && exec ctstat' sh "${CT_HOMES[0]}/cgroup.procs"
	[[ $stderr == "ctstat: a move that was left unfinished: its tasks are to be held still in /$CT_TOP/home of v2, where this command is itself: run one from outside of it, ct stat will do" ]]
	[[ -s /run/ct/journal ]]
	run -0 --separate-stderr timeout 60 ctstat
	[[ -z $stderr && ! -e /run/ct/journal ]]
	whole old
	remains
}

@test "the guard is killed in the middle of its recovery: the next command mends it" {
	lay named
	family 2
	attach -c "$CT_TOP/new" "$ct_pid" "${pids[@]}"
	points -c "$CT_TOP/old" "$ct_pid" "${pids[@]}" >"$BATS_TEST_TMPDIR/points"
	writes=$(grep -c '^write ' "$BATS_TEST_TMPDIR/points")
	last=$(awk '$1 == "write" { n = $2 } END { print n }' "$BATS_TEST_TMPDIR/points")
	mended=0
	# In the middle of the attaching, and after the commit line.
	for count in $((last - writes / 2)) $((last - 1)); do
		for strike in write:1 write:2 write:4 write:6 openat:12 openat:20 unlinkat:1; do
			to=new
			[[ $(side) == old ]] || to=old
			halt write "$count" -c "$CT_TOP/$to" "$ct_pid" "${pids[@]}" || continue # one with fewer
			timeout 60 strace -p "$guard" -o "$BATS_TEST_TMPDIR/guarded" -e trace="${strike%:*}" \
				-e inject="${strike%:*}:signal=SIGKILL:when=${strike#*:}" 2>"$BATS_TEST_TMPDIR/attached" 3>&- &
			job=$!
			ct_wait_for grep -q attached "$BATS_TEST_TMPDIR/attached"
			kill -KILL "$mover"
			wait "$tracer" 2>/dev/null || true
			wait "$job" 2>/dev/null || true
			[[ ! -e /run/ct/journal ]] || mended=$((mended + 1))
			timeout 60 ctstat >/dev/null
			remains 0 || { echo "guard killed at $strike, mover at write $count" && false; }
			side >/dev/null || { echo "guard killed at $strike, mover at write $count" && side && false; }
		done
	done
	echo "mended at $mended points"
	((mended > 4))
}

@test "only the guard is killed: the move goes on" {
	lay named
	family 2
	attach -c "$CT_TOP/new" "$ct_pid" "${pids[@]}"
	points -c "$CT_TOP/old" "$ct_pid" "${pids[@]}" >"$BATS_TEST_TMPDIR/points"
	read -r call count < <(awk '$1 == "write"' "$BATS_TEST_TMPDIR/points" | sed -n 4p)
	halt "$call" "$count" -c "$CT_TOP/new" "$ct_pid" "${pids[@]}"
	kill -KILL "$guard"
	go_on
	((status == 0))
	whole new
	remains
}

@test "while a dead move is being mended, the next one waits for it" {
	lay named
	family 20
	attach -c "$CT_TOP/new" -r "$ct_pid"
	points -c "$CT_TOP/old" -r "$ct_pid" >"$BATS_TEST_TMPDIR/points"
	read -r call count < <(awk '$1 == "write"' "$BATS_TEST_TMPDIR/points" | sed -n 26p)
	struck "$call" "$count" signal=SIGKILL -c "$CT_TOP/new" -r "$ct_pid" || true
	attach -c "$CT_TOP/new" -r "$ct_pid"
	whole new
	remains
}
