#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The mover dies at every system call that it makes while a process is made to enter namespaces:
# within a second its cgroups and namespaces are old or new as a whole, and it computes on.

load ../helpers
load common
load move
load ns-move

setup_file() { ns_move_setup; }
teardown_file() { common_teardown; }
setup() { ns_move_start; }
teardown() { system_clean; }

# sweep EVERY SIGNAL STATUS [OPTION...]: at every EVERY-th call of a move of $ct_pid.
sweep() {
	local every=$1 signal=$2 expected=$3 at=old to n=0 call count status hit=0
	shift 3
	attach "$@" -N "$kinds" -c "$CT_TOP/new" "$ct_pid"
	points "$@" -N "$kinds" -c "$CT_TOP/old" "$ct_pid" >"$BATS_TEST_TMPDIR/points"
	while read -r call count; do
		((n++ % every == 0)) || continue
		to=new
		[[ $at == old ]] || to=old
		status=0
		struck "$call" "$count" signal="$signal" "$@" -N "$kinds" -c "$CT_TOP/$to" "$ct_pid" || status=$?
		((status == expected || status == 0)) || { echo "$signal at $call $count: status $status" && cat "$BATS_TEST_TMPDIR/struck" && return 1; }
		remains 1000 || { echo "$signal at $call $count" && return 1; }
		ct_wait_for untraced
		at=$(both_sides) || { echo "$signal at $call $count: $at" && return 1; }
		((status != 0)) || [[ $at == "$to" ]] || { echo "$signal at $call $count: done, it says" && return 1; }
		unharmed || { echo "$signal at $call $count" && return 1; }
		((status != expected)) || hit=$((hit + 1))
	done <"$BATS_TEST_TMPDIR/points"
	echo "$signal at $hit of $n calls"
	((hit * every * 10 > n * ${least-7})) # after the commit an interrupt comes too late
	finish
}

@test "killed at every fourth system call" {
	victim compute 1
	sweep 4 SIGKILL 137
}

@test "killed at every tenth one: four threads" {
	victim compute 4
	sweep 10 SIGKILL 137
}

@test "interrupted at every tenth one" {
	victim compute 1
	least=4 sweep 10 SIGINT 130
}

# Nothing comes back from a user namespace: it is the last step, and decides.
@test "killed at every twelfth one: a user namespace" {
	ct_requires rooted
	local call count n=0 hit=0 entered=0 where
	ctcreate -p -H "$CT_OWN" -N user,net "$CT_TOP/users"
	list=user=$CT_TOP/users,net=$CT_TOP/users
	victim idle
	points -N "$list" -c "$CT_TOP/new" "$ct_pid" >"$BATS_TEST_TMPDIR/points"
	while read -r call count; do
		((n++ % 12 == 0 || ($(wc -l <"$BATS_TEST_TMPDIR/points") - n < 60 && n % 4 == 0))) || continue
		kill -KILL "$ct_pid"
		victim idle
		status=0
		struck "$call" "$count" signal=SIGKILL -N "$list" -c "$CT_TOP/new" "$ct_pid" || status=$?
		remains 1000 || { echo "at $call $count" && return 1; }
		ct_wait_for untraced
		where=old
		[[ $(readlink "/proc/$ct_pid/ns/user") == "$(readlink /proc/self/ns/user)" ]] || where=new
		same "$where" "$(side)" || { echo "at $call $count" && return 1; }
		net=$CT_TOP/old/net
		[[ $where == old ]] || net=$CT_TOP/users/net
		same "net:[$(stat -c %i "/run/ct/ns/$net")]" "$(readlink "/proc/$ct_pid/ns/net")" ||
			{ echo "at $call $count" && return 1; }
		[[ $status != 0 || $where == new ]]
		((status != 137)) || hit=$((hit + 1))
		[[ $status != 137 || $where != new ]] || entered=$((entered + 1))
	done <"$BATS_TEST_TMPDIR/points"
	echo "at $hit of $n calls, $entered times in the end in it"
	((hit > 20 && entered > 0 && entered < hit))
}
