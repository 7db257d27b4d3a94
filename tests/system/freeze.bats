#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctfreeze: all stand still, or none is left standing.

load ../helpers
load common

setup_file() {
	common_setup
	build awkward
	export CT_FREEZER='' CT_WAYS='' CT_V1=''
	CT_FREEZER=$(ct_mountpoint freezer) || CT_FREEZER=
	[[ -n ${CT_H1-} ]] || return 0
	# The two ways: by v2, and by the v1 freezer alone.
	if [[ -n $CT_V2 ]] && mkdir "$CT_V2/$CT_TOP"; then
		[[ ! -e $CT_V2/$CT_TOP/cgroup.freeze ]] || CT_WAYS=v2
		rmdir "$CT_V2/$CT_TOP"
	fi
	[[ -z $CT_FREEZER ]] || CT_WAYS+=" freezer"
	CT_V1=$(ctmount --noheadings --output version,controllers,mountpoint |
		awk 'NF == 3 && $1 == 1 && $2 !~ /^name=(systemd|elogind|openrc)$/ { print $2 }' | paste -sd ,)
}
teardown_file() { common_teardown; }
setup() { ct_requires root named; }
teardown() { system_clean; }

# needs v2|freezer...: skip without these ways.
needs() {
	local way
	for way; do
		[[ " $CT_WAYS " == *" $way "* ]] || skip "$way cannot freeze here"
	done
}

# below NAME...: containers below others that may hold processes, which v2 lets them only if they
# have no controllers for their children.
below() {
	local name
	for name; do
		ctcreate -p -H "$CT_V1" "$name"
		[[ -z $CT_V2 ]] || mkdir -p "$CT_V2/$name"
	done
}

place_of() { # WAY
	if [[ $1 == v2 ]]; then echo "$CT_V2"; else echo "$CT_FREEZER"; fi
}

# freezes OPERAND...: ctfreeze, in time and without a word.
freezes() {
	local out
	out=$(timeout -k 1 60 ctfreeze "$@" 2>&1 3>&-) || { echo "status $?: $out" && return 1; }
	[[ -z $out ]] || { echo "$out" && return 1; }
}

# loop NAME [MOUNT...]: a busy process in the container, or in these places of it alone; $ct_pid.
loop() {
	local name=$1 mount
	shift
	ct_spawn sh -c 'while :; do :; done'
	(($# > 0)) || { ctattach -c "$name" "$ct_pid" && return; }
	for mount; do echo "$ct_pid" >"$mount/$name/cgroup.procs"; done
}

ticks() { sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 12; }

runs() {
	local before
	before=$(ticks "$1")
	ct_wait_for eval "(( \$(ticks $1) > before ))"
}

stands() {
	local before
	before=$(ticks "$1")
	sleep 0.15
	[[ $(ticks "$1") == "$before" ]] || { echo "$1 runs" && return 1; }
}

stuck() { # in $ct_pid
	ct_requires "cc"
	ct_spawn "$BATS_FILE_TMPDIR/awkward" stuck
	ct_wait_for eval '[[ $(state $ct_pid) == [DZX] ]]'
	[[ $(state "$ct_pid") == D ]] || skip 'no process can be made to wait in the kernel: no userfaultfd(2)'
}

state() { sed 's/.*) //; s/ .*//' "/proc/$1/stat"; }

@test "all in it and below stand still, and run again after -u; the neighbour runs" {
	below "$CT_TOP/a/b" "$CT_TOP/neighbour"
	loop "$CT_TOP/a"
	first=$ct_pid
	loop "$CT_TOP/a/b"
	second=$ct_pid
	loop "$CT_TOP/neighbour"
	[[ -n $CT_WAYS ]] || skip 'nothing can freeze here'
	for way in $CT_WAYS; do
		freezes -H "$way" "$CT_TOP/a"
		stands "$first"
		stands "$second"
		runs "$ct_pid"
		freezes -H "$way" -u "$CT_TOP/a"
		runs "$first"
		runs "$second"
	done
}

@test "v2 is chosen where it is there, else v1; --dry-run says it and does nothing" {
	needs v2 freezer
	ctcreate "$CT_TOP"
	loop "$CT_TOP"
	run -0 --separate-stderr ctfreeze -n "$CT_TOP"
	same "freeze v2 /$CT_TOP" "$output$stderr"
	runs "$ct_pid"
	freezes "$CT_TOP"
	run -0 --separate-stderr ctfreeze -n -u "$CT_TOP"
	same "thaw v2 /$CT_TOP" "$output$stderr"
	stands "$ct_pid"
	freezes -u "$CT_TOP"
	run -0 ctfreeze -n -u "$CT_TOP"
	[[ -z $output ]]
	echo "$ct_pid" >"$CT_V2/cgroup.procs"
	rmdir "$CT_V2/$CT_TOP"
	run -0 --separate-stderr ctfreeze -v "$CT_TOP"
	[[ -z $output ]]
	[[ $stderr == "ctfreeze: write $CT_FREEZER/$CT_TOP/freezer.state: FROZEN"* ]]
	stands "$ct_pid"
	freezes -u "$CT_TOP"
	runs "$ct_pid"
}

@test "frozen already, or not frozen: no error" {
	ctcreate "$CT_TOP"
	loop "$CT_TOP"
	for way in $CT_WAYS; do
		freezes -H "$way" "$CT_TOP"
		freezes -H "$way" "$CT_TOP"
		stands "$ct_pid"
		freezes -H "$way" -u "$CT_TOP"
		freezes -H "$way" -u "$CT_TOP"
		runs "$ct_pid"
	done
}

@test "a task that joins a frozen v1 container is frozen by the next call" {
	needs freezer
	ctcreate -H freezer "$CT_TOP"
	freezes "$CT_TOP"
	loop "$CT_TOP" "$CT_FREEZER"
	freezes "$CT_TOP"
	stands "$ct_pid"
	same FROZEN "$(<"$CT_FREEZER/$CT_TOP/freezer.state")"
	freezes -u "$CT_TOP"
}

@test "nested: a child that was frozen itself stays so when the parent is thawed" {
	below "$CT_TOP/child"
	loop "$CT_TOP"
	parent=$ct_pid
	loop "$CT_TOP/child"
	for way in $CT_WAYS; do
		# The child before its parent, and after it.
		for order in "/child " " /child"; do
			for name in "${order%% *}" "${order#* }"; do freezes -H "$way" "$CT_TOP$name"; done
			stands "$parent"
			fails_with 1 "ctfreeze: $CT_TOP/child: $CT_TOP, above it, is frozen in $way and keeps it so: ctfreeze -u $CT_TOP thaws that" \
				ctfreeze -H "$way" -u "$CT_TOP/child"
			freezes -H "$way" -u "$CT_TOP"
			runs "$parent"
			stands "$ct_pid"
			freezes -H "$way" -u "$CT_TOP/child"
			runs "$ct_pid"
		done
	done
}

@test "frozen by a container above only: which one, and nothing is changed" {
	below "$CT_TOP/a/b/c"
	loop "$CT_TOP/a/b/c"
	for way in $CT_WAYS; do
		freezes -H "$way" "$CT_TOP/a"
		stands "$ct_pid"
		fails_with 1 "ctfreeze: $CT_TOP/a/b/c: $CT_TOP/a, above it, is frozen in $way and keeps it so: ctfreeze -u $CT_TOP/a thaws that" \
			ctfreeze -H "$way" -u "$CT_TOP/a/b/c"
		stands "$ct_pid"
		freezes -H "$way" -u "$CT_TOP/a"
		runs "$ct_pid"
	done
}

@test "nested over both: a child frozen in v1, its parent then in v2" {
	needs v2 freezer
	below "$CT_TOP/child"
	loop "$CT_TOP"
	parent=$ct_pid
	loop "$CT_TOP/child"
	freezes -H freezer "$CT_TOP/child"
	# v2 does not count those that v1 holds.
	freezes -t 5 "$CT_TOP"
	same 1 "$(<"$CT_V2/$CT_TOP/cgroup.freeze")"
	stands "$parent"
	freezes -u "$CT_TOP"
	runs "$parent"
	stands "$ct_pid"
	freezes -u "$CT_TOP/child"
	runs "$ct_pid"
	# The other way round.
	freezes "$CT_TOP/child"
	freezes -H freezer "$CT_TOP"
	freezes -H freezer -u "$CT_TOP"
	runs "$parent"
	stands "$ct_pid"
	freezes -u "$CT_TOP/child"
	runs "$ct_pid"
}

@test "a container that v1 has frozen already is frozen: by v1" {
	needs v2 freezer
	ctcreate "$CT_TOP"
	loop "$CT_TOP"
	freezes -H freezer "$CT_TOP"
	freezes -t 5 "$CT_TOP"
	same 0 "$(<"$CT_V2/$CT_TOP/cgroup.freeze")"
	freezes -u "$CT_TOP"
	runs "$ct_pid"
}

@test "a task that is in the v1 freezer and not in v2: both are frozen, and thawed" {
	needs v2 freezer
	ctcreate "$CT_TOP"
	loop "$CT_TOP"
	first=$ct_pid
	loop "$CT_TOP" "$CT_FREEZER"
	run -0 ctfreeze -n "$CT_TOP"
	same "freeze v2 /$CT_TOP
freeze freezer /$CT_TOP" "$output"
	freezes "$CT_TOP"
	stands "$first"
	stands "$ct_pid"
	freezes -u "$CT_TOP"
	runs "$first"
	runs "$ct_pid"
}

@test "a task that is in neither: named, and nothing is frozen" {
	ctcreate "$CT_TOP"
	read -r way _ <<<"$CT_WAYS"
	[[ -n $way ]] || skip 'nothing can freeze here'
	loop "$CT_TOP"
	first=$ct_pid
	loop "$CT_TOP" "$CT_H3"
	fails_with 1 "ctfreeze: $CT_TOP: 1 of its tasks is in other hierarchies alone and not in its place in $way, by which they would be frozen: $ct_pid (sh); ctattach moves them there, -H $way freezes the others" \
		ctfreeze "$CT_TOP"
	runs "$first"
	freezes -H "$way" "$CT_TOP"
	stands "$first"
	runs "$ct_pid"
	freezes -u "$CT_TOP"
}

@test "one that is in no hierarchy that can freeze: which it is in, and the way out" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	fails_with 1 "ctfreeze: $CT_TOP: it can be frozen in v2 or in the v1 freezer, and is only in $CT_OWN: make it there too (ctcreate -p -H v2), and move in what runs in it (ctattach)" \
		ctfreeze "$CT_TOP"
	fails_with 1 "ctfreeze: $CT_H1: it is the root of name=${CT_TEST_ID}_1, which cannot be frozen" ctfreeze "$CT_H1"
	for way in $CT_WAYS; do
		fails_with 1 "ctfreeze: $(place_of "$way"): it is the root of $way, which cannot be frozen" \
			ctfreeze -u "$(place_of "$way")"
	done
}

# Nothing is left frozen in any way.
thawed() {
	[[ -z $CT_V2 || ! -d $CT_V2/$CT_TOP ]] || same 0 "$(cat "$CT_V2/$CT_TOP/cgroup.freeze")" || return
	[[ -z $CT_FREEZER || ! -d $CT_FREEZER/$CT_TOP ]] || same THAWED "$(cat "$CT_FREEZER/$CT_TOP/freezer.state")"
}

@test "one that cannot be frozen is named at the deadline, and all run again" {
	ctcreate "$CT_TOP"
	# An empty child: for its sake v2 calls the container frozen.
	below "$CT_TOP/child"
	stuck
	ctattach --no-freeze -c "$CT_TOP" "$ct_pid"
	stuck=$ct_pid
	ct_spawn sleep 1000
	ctattach -c "$CT_TOP" "$ct_pid"
	loop "$CT_TOP"
	for way in $CT_WAYS; do
		run -1 --separate-stderr timeout -k 1 60 ctfreeze -H "$way" -t 0.4 "$CT_TOP"
		[[ -z $output && $stderr =~ ^"ctfreeze: $CT_TOP: not all tasks stopped within 0.4 s, and it was thawed again (-t gives them longer): $stuck (awkward) state D waiting in "[a-z_0-9]+$ ]] ||
			{ echo "$way: $output$stderr" && false; }
		thawed
		runs "$ct_pid"
	done
}

@test "frozen before, and one joins that cannot be: it stays frozen" {
	ctcreate "$CT_TOP"
	loop "$CT_TOP"
	stuck_in=$ct_pid
	stuck
	for way in $CT_WAYS; do
		freezes -H "$way" "$CT_TOP"
		echo "$ct_pid" >"$(place_of "$way")/$CT_TOP/cgroup.procs"
		run -1 --separate-stderr timeout -k 1 60 ctfreeze -H "$way" -t 0.3 "$CT_TOP"
		[[ $stderr == "ctfreeze: $CT_TOP: not all tasks stopped within 0.3 s, and it stays frozen as it was (-t gives them longer): $ct_pid (awkward) state D waiting in "* ]] ||
			{ echo "$way: $stderr" && false; }
		stands "$stuck_in"
		echo "$ct_pid" >"$(place_of "$way")/cgroup.procs"
		freezes -H "$way" -u "$CT_TOP"
		runs "$stuck_in"
	done
}

@test "the parent of a vfork, a stopped process, one stopped by its tracer" {
	ct_requires cc
	ctcreate "$CT_TOP"
	ct_spawn "$BATS_FILE_TMPDIR/awkward" vfork
	ctattach -r -c "$CT_TOP" "$ct_pid"
	ct_spawn "$BATS_FILE_TMPDIR/awkward" traced
	ct_wait_for eval '[[ $(cat /proc/$ct_pid/task/$ct_pid/children) && $(state $(cat /proc/$ct_pid/task/$ct_pid/children)) == t ]]'
	traced=$(<"/proc/$ct_pid/task/$ct_pid/children") traced=${traced% }
	while read -r mount; do echo "$traced" >"$mount/$CT_TOP/cgroup.procs"; done <<<"$CT_MOUNTS"
	loop "$CT_TOP"
	stopped=$ct_pid
	kill -STOP "$stopped"
	loop "$CT_TOP"
	for way in $CT_WAYS; do
		freezes -t 5 -H "$way" "$CT_TOP"
		stands "$ct_pid"
		freezes -u -H "$way" "$CT_TOP"
		runs "$ct_pid"
		same T "$(state "$stopped")"
		same t "$(state "$traced")"
	done
	# Woken while it is frozen, it goes on only after the thaw.
	freezes "$CT_TOP"
	kill -CONT "$stopped"
	stands "$stopped"
	freezes -u "$CT_TOP"
	runs "$stopped"
}

@test "ct itself, or what it runs under: refused" {
	below "$CT_TOP/below" "$CT_TOP/other"
	[[ -n $CT_WAYS ]] || skip 'nothing can freeze here'
	for way in $CT_WAYS; do
		for name in "$CT_TOP" "$CT_TOP/below"; do
			run -1 --separate-stderr timeout -k 1 60 ctexec -c "$name" ctfreeze -H "$way" "$CT_TOP"
			[[ -z $output && $stderr =~ ^"ctfreeze: $CT_TOP: it holds ct itself, "[0-9]+" (ctfreeze), which this command runs under: run it from outside, or move that out first with ctattach"$ ]] ||
				{ echo "$output$stderr" && false; }
		done
		# The shell alone is in it.
		# shellcheck disable=SC2016  # for the inner shell
		run -1 --separate-stderr timeout -k 1 60 ctexec -c "$CT_TOP/below" sh -c \
			'echo $$; ctexec -c "$1/other" ctfreeze -H "$2" "$1/below"; exit $?' sh "$CT_TOP" "$way"
		same "ctfreeze: $CT_TOP/below: it holds $output (sh), which this command runs under: run it from outside, or move that out first with ctattach" \
			"$stderr"
	done
	thawed
}

@test "interrupted while it waits: what was begun is thawed" {
	ctcreate "$CT_TOP"
	stuck
	ctattach --no-freeze -c "$CT_TOP" "$ct_pid"
	loop "$CT_TOP"
	for way in $CT_WAYS; do
		for signal in INT TERM HUP; do
			timeout -k 1 60 ctfreeze -H "$way" -t 15 "$CT_TOP" 2>"$BATS_TEST_TMPDIR/error" 3>&- &
			waiting=$!
			ct_wait_for eval '! thawed >/dev/null'
			kill -"$signal" "$(pgrep -P "$waiting")"
			status=0
			wait "$waiting" || status=$?
			((status != 0)) || { echo "$signal: status 0" && false; }
			same "ctfreeze: $CT_TOP: interrupted" "$(<"$BATS_TEST_TMPDIR/error")"
			thawed
			runs "$ct_pid"
		done
	done
}

@test "several: each on its own" {
	for name in a b; do ctcreate -p "$CT_TOP/$name"; done
	loop "$CT_TOP/a"
	a=$ct_pid
	loop "$CT_TOP/b"
	run -1 --separate-stderr timeout -k 1 60 ctfreeze "$CT_TOP/a" "$CT_TOP/none" "$CT_TOP/b"
	[[ $stderr == "ctfreeze: $CT_TOP/none: no such container in "* ]]
	stands "$a"
	stands "$ct_pid"
	freezes -u "$CT_TOP/a" "$CT_TOP/b"
	runs "$a"
	runs "$ct_pid"
}

@test "a hundred containers, one within the other or side by side" {
	name=$CT_TOP
	names=()
	for i in {1..50}; do names+=("$CT_TOP/n$i"); done
	for i in {1..50}; do
		name+=/$i
		names+=("$name")
	done
	read -r way _ <<<"$CT_WAYS"
	[[ -n $way ]] || skip 'nothing can freeze here'
	for name in "${names[@]}"; do
		mkdir -p "$(place_of "$way")/$name"
		ct_spawn sleep 1000
		echo "$ct_pid" >"$(place_of "$way")/$name/cgroup.procs"
	done
	freezes -H "$way" "${names[@]}"
	freezes -H "$way" "$CT_TOP"
	freezes -u -H "$way" "$CT_TOP"
	freezes -u -H "$way" "${names[@]}"
	while read -r _ where; do
		[[ $where != *1 ]] || { echo "$where" && false; }
	done <<<"$(grep -r . --include=cgroup.freeze "$(place_of "$way")/$CT_TOP" | sed 's/^/x /')"
	thawed
}

@test "it does not come in between a move: it waits for the lock" {
	ct_requires flock
	ctcreate "$CT_TOP"
	loop "$CT_TOP"
	busy=$ct_pid
	hold_lock
	ctfreeze "$CT_TOP" 3>&- &
	freezer=$!
	ct_wait_for wants_lock "$freezer"
	sleep 0.2
	runs "$busy"
	alive "$freezer"
	kill -KILL "$ct_pid"
	wait "$freezer"
	stands "$busy"
	freezes -u "$CT_TOP"
}
