#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctkill: what does not want to die, or cannot.

load ../helpers
load common

setup_file() {
	common_setup
	build workload
	build stuck
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

# work MODE NAME [MOUNT...]: workload MODE with its children, in the container NAME of these
# hierarchies, or of all; the first one's pid is in $ct_pid.
work() {
	local mode=$1 name=$2 out=$BATS_TEST_TMPDIR/work.$BASHPID
	shift 2
	rm -f "$out"
	if (($#)); then
		ct_spawn sh -c 'for dir; do shift; [ "$dir" != : ] || break; echo 0 >"$dir/cgroup.procs"; done; exec "$@"' sh \
			"${@/%//$name}" : "$BATS_FILE_TMPDIR/workload" "$mode" >"$out"
	else
		ct_spawn ctexec -c "$name" "$BATS_FILE_TMPDIR/workload" "$mode" >"$out"
	fi
	ct_wait_for grep -qs . "$out"
	[[ $(<"$out") == ready ]] || skip "no $mode workload here"
}

# empty NAME: in every hierarchy.
empty() {
	local mount
	while read -r mount; do
		[[ -z $(find "$mount/$1" -name cgroup.procs -exec cat {} +) ]] || return 1
	done <<<"$CT_MOUNTS"
}

@test "stopped, traced, waiting for a vfork child, executing from a thread" {
	ctcreate "$CT_TOP"
	for mode in stopped traced vfork-wait thread-exec; do
		work $mode "$CT_TOP"
		kills -r "$CT_TOP"
		empty "$CT_TOP"
	done
}

@test "what forks, in every manner, where nothing can freeze it" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	for mode in fork vfork posix_spawn exec threads tree chain; do
		work $mode "$CT_TOP" "$CT_H1" "$CT_H2"
		kills "$CT_TOP"
		[[ -z $(cat "$CT_H1/$CT_TOP/cgroup.procs" "$CT_H2/$CT_TOP/cgroup.procs") ]]
	done
}

@test "two hierarchies with different tasks, one of them in both" {
	ctcreate -p -H "name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_2" "$CT_TOP/a"
	work stopped "$CT_TOP/a" "$CT_H1"
	work traced "$CT_TOP" "$CT_H2"
	work fork "$CT_TOP" "$CT_H1" "$CT_H2"
	mkdir "$CT_H2/$CT_TOP/neighbour"
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_H2/$CT_TOP/neighbour/cgroup.procs"
	echo "$ct_pid" >"$CT_H3/cgroup.procs"
	kills "$CT_TOP"
	kills -r "$CT_TOP/a"
	alive "$ct_pid"
	kills -r "$CT_TOP"
	ended "$ct_pid"
	[[ -z $(cat "$CT_H1/$CT_TOP/cgroup.procs" "$CT_H2/$CT_TOP/cgroup.procs" "$CT_H1/$CT_TOP/a/cgroup.procs") ]]
}

@test "frozen by v1 and by v2, at several levels, one within the other" {
	ct_requires v2 freezer
	freezer=$(ct_mountpoint freezer)
	for frozen in 'v1 /a/b/c' 'v1 /a /a/b' 'v2 /a/b/c' 'v2 /a /a/b' 'both /a/b' 'both /a /a/b/c'; do
		ctcreate -p "$CT_TOP/a/b/c" "$CT_TOP/a/b/d"
		work stopped "$CT_TOP/a/b/c"
		work fork "$CT_TOP/a/b/d"
		work traced "$CT_TOP/a/b" "$freezer"
		# shellcheck disable=SC2086  # a list
		set -- $frozen
		for part in "${@:2}"; do
			[[ $1 == v1 ]] || echo 1 >"$CT_V2/$CT_TOP$part/cgroup.freeze"
			[[ $1 == v2 ]] || echo FROZEN >"$freezer/$CT_TOP$part/freezer.state"
		done
		# What v1 has frozen first never is so in v2.
		[[ $1 != v2 ]] || ct_wait_for grep -qx 'frozen 1' "$CT_V2/$CT_TOP${*: -1}/cgroup.events"
		kills -r "$CT_TOP"
		empty "$CT_TOP"
		# Nothing is left frozen for those who come next.
		[[ -z $(grep -rlx 1 --include=cgroup.freeze "$CT_V2/$CT_TOP") ]]
		[[ -z $(grep -rlx FROZEN --include=freezer.state "$freezer/$CT_TOP") ]]
		kills -r -d "$CT_TOP"
		in_none
	done
}

@test "frozen by v1 in a container of another name: that is named" {
	ct_requires freezer
	freezer=$(ct_mountpoint freezer)
	ctcreate -H "$CT_OWN" "$CT_TOP"
	mkdir "$freezer/$CT_TOP"
	ct_spawn sleep 1000
	ctattach -c "$CT_TOP" -H "$CT_OWN" "$ct_pid"
	echo "$ct_pid" >"$freezer/$CT_TOP/cgroup.procs"
	echo FROZEN >"$freezer/$CT_TOP/freezer.state"
	status=0
	timeout -k 1 60 ctkill -t 0.3 -H "$CT_OWN" "$CT_TOP" 2>"$BATS_TEST_TMPDIR/error" || status=$?
	[[ $(<"$freezer/$CT_TOP/freezer.state") == FROZEN ]]
	echo THAWED >"$freezer/$CT_TOP/freezer.state"
	((status == 1))
	[[ $(<"$BATS_TEST_TMPDIR/error") == *"; $CT_TOP is frozen in freezer: thaw that first" ]] ||
		{ cat "$BATS_TEST_TMPDIR/error" && false; }
}

@test "one that waits for a dead file system: named, with what it waits in; all others die" {
	[[ -c /dev/fuse ]] || skip 'there is no /dev/fuse'
	ctcreate -p "$CT_TOP/a" "$CT_TOP/b"
	mkdir "$BATS_TEST_TMPDIR/dir"
	ct_spawn "$BATS_FILE_TMPDIR/stuck" "$BATS_TEST_TMPDIR/dir" >"$BATS_TEST_TMPDIR/stuck" 2>"$BATS_TEST_TMPDIR/why"
	server=$ct_pid
	ct_wait_for test -s "$BATS_TEST_TMPDIR/stuck" -o -s "$BATS_TEST_TMPDIR/why"
	[[ ! -s $BATS_TEST_TMPDIR/why ]] || skip "no file system can be mounted: $(<"$BATS_TEST_TMPDIR/why")"
	stuck=$(<"$BATS_TEST_TMPDIR/stuck")
	work fork "$CT_TOP/b"
	ctattach --no-freeze -c "$CT_TOP/a" "$stuck"
	status=0
	timeout -k 1 60 ctkill -r -t 0.5 "$CT_TOP" 2>"$BATS_TEST_TMPDIR/error" || status=$?
	((status == 1))
	same "ctkill: $CT_TOP: 1 process is left after 0.5 s: $stuck (stuck) state D waiting in $(<"/proc/$stuck/wchan") in all its hierarchies" \
		"$(<"$BATS_TEST_TMPDIR/error")"
	[[ -z $(cat "$CT_H1/$CT_TOP/b/cgroup.procs") ]]
	# Nothing is removed either.
	status=0
	timeout -k 1 60 ctkill -r -d -t 0.2 "$CT_TOP" 2>/dev/null || status=$?
	((status == 1))
	in_all "$CT_TOP/a"
	# Its server gone, it has what it waits for: the error, and ours.
	kill -KILL "$server"
	kills -r -d "$CT_TOP"
	ended "$stuck"
	in_none
}

@test "-d while somebody makes containers in it" {
	ctcreate -p "$CT_TOP/a"
	for _ in 1 2 3; do
		ctcreate -p "$CT_TOP/a"
		ct_spawn sh -c 'i=0; while mkdir "$1/$i" "$1/$i/below" 2>/dev/null; do i=$((i + 1)); done' sh "$CT_H2/$CT_TOP/a"
		ct_wait_for test -d "$CT_H2/$CT_TOP/a/3"
		kills -r -d "$CT_TOP"
		in_none
	done
}

@test "-d while somebody puts a process back into it" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	ct_spawn sh -c 'while [ -d "$1" ]; do sleep 30 & echo $! >"$1/cgroup.procs"; done 2>/dev/null; wait' sh "$CT_H4/$CT_TOP"
	ct_wait_for grep -q . "$CT_H4/$CT_TOP/cgroup.procs"
	kills -d "$CT_TOP"
	[[ ! -e $CT_H4/$CT_TOP ]]
}

# A mover that waits for a task which cannot stop holds the others still meanwhile.
@test "a ctattach and its guard are among them: what they held still goes on" {
	ctcreate -p "$CT_TOP/old" "$CT_TOP/new" "$CT_TOP/mover"
	work stuck "$CT_TOP/old"
	ct_spawn sh -c 'while :; do :; done'
	busy=$ct_pid
	ctattach -c "$CT_TOP/old" --no-freeze "$busy"
	ct_spawn ctexec -c "$CT_TOP/mover" ctattach -t 30 --freeze -c "$CT_TOP/new" --from "$CT_TOP/old" 2>/dev/null
	ct_wait_for test -e /run/ct/journal
	sleep 0.3
	kills "$CT_TOP/mover"
	ended "$ct_pid"
	[[ ! -e /run/ct/journal ]]
	# shellcheck disable=SC2034  # in the eval
	before=$(cut -d ' ' -f 14 "/proc/$busy/stat")
	ct_wait_for eval "(( \$(cut -d ' ' -f 14 /proc/$busy/stat) > before ))"
	grep -qx "$busy" "$CT_H1/$CT_TOP/old/cgroup.procs"
}

@test "another signal where one cannot be held still: sent once to each, and no false reason" {
	ctcreate -p "$CT_TOP"
	work stuck "$CT_TOP"
	status=0
	timeout -k 1 60 ctkill -s WINCH -t 0 "$CT_TOP" 2>"$BATS_TEST_TMPDIR/error" || status=$?
	((status == 1))
	[[ $(<"$BATS_TEST_TMPDIR/error") == "ctkill: $CT_TOP: 2 processes are left after 0 s: "* ]] ||
		{ cat "$BATS_TEST_TMPDIR/error" && false; }
}

@test "another file system over one of the containers: what hides whom, and the way out" {
	ctcreate -H "$CT_OWN" -p "$CT_TOP/a"
	mount -t tmpfs ct "$CT_H2/$CT_TOP/a"
	run -1 timeout -k 1 60 ctkill -r "$CT_TOP"
	umount "$CT_H2/$CT_TOP/a"
	[[ $output == "ctkill: $CT_TOP: cannot read cgroup.procs of $CT_TOP/a in "*": another file system is mounted over it, and umount shows it again" ]] ||
		{ echo "$output" && false; }
	kills -r -d "$CT_TOP"
}
