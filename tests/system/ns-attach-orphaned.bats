#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Those that help the mover die, with it or without it, while a process is made to enter namespaces: its
# cgroups and namespaces are old or new as a whole in the end, and it computes on.

load ../helpers
load common
load move
load ns-move

setup_file() { ns_move_setup; }
teardown_file() { common_teardown; }
setup() { ns_move_start; }
teardown() { system_clean; }

# processes NAME: of the halted mover's children, the one that is called so.
processes() {
	local child
	for child in $(children "$mover"); do
		[[ $(<"/proc/$child/comm") != "$1" ]] || echo "$child"
	done
}

# kill_with NAME...: at points of a move, the mover and these children of it. Afterwards the guard, or
# ctstat, has put it right.
kill_with() {
	local every=$1 at to call count n=0 name victims hit=0
	shift
	attach -N "$kinds" -c "$CT_TOP/new" "$ct_pid"
	points -N "$kinds" -c "$CT_TOP/old" "$ct_pid" >"$BATS_TEST_TMPDIR/points"
	at=old
	while read -r call count; do
		((n++ % every == 0)) || continue
		to=new
		[[ $at == old ]] || to=old
		halt "$call" "$count" -N "$kinds" -c "$CT_TOP/$to" "$ct_pid" || continue
		victims=
		for name; do victims+=" $(processes "$name")"; done
		# shellcheck disable=SC2086  # numbers
		kill -KILL $victims "$mover" 2>/dev/null || true
		wait "$tracer" 2>/dev/null || true
		for name in $victims; do ct_wait_for ended "$name"; done
		[[ " $* " != *" ct-guard "* ]] || timeout 60 ctstat >/dev/null
		remains 2000 || { echo "at $call $count" && return 1; }
		ct_wait_for untraced
		at=$(both_sides) || { echo "at $call $count: $at" && return 1; }
		unharmed || { echo "at $call $count" && return 1; }
		[[ -z ${victims// /} ]] || hit=$((hit + 1))
	done <"$BATS_TEST_TMPDIR/points"
	echo "at $hit of $n calls"
	((hit * every * 10 > n * 6))
	finish
}

@test "killed with the injector: the guard brings it back" {
	victim compute 3
	kill_with 16 ct-injector
}

@test "killed with the guard: the next command mends it" {
	victim compute 3
	kill_with 24 ct-guard
}

@test "killed with the guard and the injector: the next command mends it" {
	victim compute 3
	kill_with 16 ct-guard ct-injector
}

# strike_injector CALL COUNT CONTAINER: it is killed at that call, counted from the moment when it is to
# begin. The mover brings back what was let go in the middle. Sets $status.
strike_injector() {
	local job
	rm -f "$BATS_TEST_TMPDIR/attached"
	halt write "$begin" -N "$kinds" -c "$CT_TOP/$3" "$ct_pid" || return
	timeout 60 strace -p "$(processes ct-injector)" -o "$BATS_TEST_TMPDIR/injected" -e trace="$1" \
		-e inject="$1:signal=SIGKILL:when=$2" 2>"$BATS_TEST_TMPDIR/attached" 3>&- &
	job=$!
	ct_wait_for grep -qs attached "$BATS_TEST_TMPDIR/attached"
	go_on
	wait "$job" 2>/dev/null || true
}

@test "the injector alone is killed at every seventh of its calls" {
	local at=new to call n hit=0 begin
	victim compute 4
	points -N "$kinds" -c "$CT_TOP/new" "$ct_pid" >/dev/null
	begin=$(grep '^write(' "$BATS_TEST_TMPDIR/calls" | grep -n '"namespaces' | cut -d : -f 1)
	for call in ptrace process_vm_writev wait4; do
		for ((n = 1; n < 200; n += 7)); do
			to=new
			[[ $at == old ]] || to=old
			strike_injector $call $n $to
			ct_wait_for untraced
			remains 0
			at=$(both_sides) || { echo "at $call $n: $at" && cat "$BATS_TEST_TMPDIR/halted" && return 1; }
			unharmed || { echo "at $call $n" && return 1; }
			((status != 0)) || [[ $at == "$to" ]] || { echo "at $call $n: done, it says" && return 1; }
			((status == 0)) && break
			[[ $status == 1 && $at != "$to" && $(<"$BATS_TEST_TMPDIR/halted") == *'process '*' was killed'* ]] ||
				{ echo "at $call $n: status $status: $(<"$BATS_TEST_TMPDIR/halted")" && return 1; }
			hit=$((hit + 1))
		done
	done
	echo "killed at $hit calls"
	((hit > 6))
	finish
}

# Inode numbers are given again, the lowest first.
@test "all killed, and another namespace has got the number of the old one: it is not entered" {
	local old stranger number
	[[ $(printf '%s\n' 6.18 "$(uname -r)" | sort -V | head -n 1) == 6.18 ]] || skip "Linux $(uname -r) cannot tell them apart"
	victim compute 1
	points -N uts -c "$CT_TOP/new" "$ct_pid" >/dev/null
	number=$(grep '^write(' "$BATS_TEST_TMPDIR/calls" | grep -n '"attach' | head -n 1 | cut -d : -f 1)
	stop_victim
	start unshare --uts "$BATS_FILE_TMPDIR/victim" compute 1
	ct_wait_for grep -q ready "$BATS_TEST_TMPDIR/said"
	old=$(readlink "/proc/$ct_pid/ns/uts")
	halt write "$number" -N uts -c "$CT_TOP/new" "$ct_pid"
	# shellcheck disable=SC2046  # numbers
	kill -KILL $(processes ct-injector) $(processes ct-guard) "$mover"
	wait "$tracer" 2>/dev/null || true
	ct_wait_for untraced
	kinds=uts
	same new "$(ns_side)"
	stranger=$(again "$old") || skip "nobody else has got the number of $old"
	run -0 --separate-stderr timeout 10 ctstat
	echo "$stderr"
	[[ $stderr == *"the uts namespace that process $ct_pid belongs in is no more" ]]
	same new "$(ns_side)"
	[[ $(readlink "/proc/$stranger/ns/uts") == "$old" ]]
	ct_wait_for untraced
	remains 1000
	finish
}
stop_victim() { kill -KILL "$ct_pid" && ct_wait_for ended "$ct_pid"; }

# again NAMESPACE: a process in a new one of this number.
again() {
	local i
	for ((i = 0; i < 40; i++)); do
		ct_spawn unshare --uts sleep 300 >/dev/null
		ct_wait_for slept "$ct_pid" >/dev/null
		[[ $(readlink "/proc/$ct_pid/ns/uts") != "$1" ]] || { echo "$ct_pid" && return; }
	done
	return 1
}
slept() { [[ $(<"/proc/$1/comm") == sleep ]]; }
