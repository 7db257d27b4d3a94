#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A move that is refused in the first, the middle or the last hierarchy, or at any call: all
# tasks are exactly where they were, each thread in each hierarchy.

load ../helpers
load common
load move

setup_file() {
	move_setup
	build threads
}
teardown_file() { common_teardown; }
setup() { move_requires ps; }
teardown() { system_clean; }

freezers() {
	echo v2
	[[ -n $(ct_lacks freezer) ]] || echo v1
}

# One that v2 has, or skip.
some_controller() {
	read -r controller _ <"$CT_V2/cgroup.controllers" || true
	[[ -n $controller ]] || skip 'v2 has no controller here'
}

# scatter: a process of four threads, which lie in different v1 containers, and one of one.
scatter() {
	local mount
	start "$BATS_FILE_TMPDIR/threads" 1
	single=$ct_pid
	start "$BATS_FILE_TMPDIR/threads" 4
	tids=()
	for tid in "/proc/$ct_pid/task"/*; do
		[[ ${tid##*/} == "$ct_pid" ]] || tids+=("${tid##*/}")
	done
	n=0
	while read -r mount; do
		[[ $mount != "$CT_V2" ]] || continue
		mkdir -p "$mount/$CT_TOP/other" "$mount/$CT_TOP/third"
		for file in cpuset.cpus cpuset.mems; do
			[[ ! -e $mount/$CT_TOP/$file ]] ||
				for name in other third; do cat "$mount/$CT_TOP/$file" >"$mount/$CT_TOP/$name/$file"; done
		done
		# Another one in each.
		echo "${tids[n++ % 3]}" >"$mount/$CT_TOP/other/tasks"
		((n % 2)) || echo "${tids[n % 3]}" >"$mount/$CT_TOP/third/tasks"
	done <<<"$mounts"
}

# refused STATUS PATTERN ARGUMENT...: with one line that matches, and nothing has changed.
refused() {
	local expected=$1 pattern=$2 before status=0
	shift 2
	before=$(threads_of)
	timeout 60 ctattach "$@" >"$BATS_TEST_TMPDIR/refused" 2>&1 3>&- || status=$?
	((status == expected)) || { echo "$*: status $status" && cat "$BATS_TEST_TMPDIR/refused" && return 1; }
	if [[ $(wc -l <"$BATS_TEST_TMPDIR/refused") != 1 ]] || ! grep -Eq "$pattern" "$BATS_TEST_TMPDIR/refused"; then
		cat "$BATS_TEST_TMPDIR/refused"
		return 1
	fi
	same "$before" "$(threads_of)" || { echo "after $*" && return 1; }
	remains
}

@test "by a v1 cpuset without cpus" {
	move_requires v1:cpuset
	lay all
	scatter
	while read -r mount; do mkdir "$mount/$CT_TOP/bare"; done <<<"$CT_MOUNTS"
	for freezer in $(freezers); do
		for arguments in "$ct_pid $single" "-r $ct_pid $single" "--from $CT_TOP/old"; do
			# shellcheck disable=SC2086  # several words
			refused 1 'cpuset\.cpus is empty' --freezer "$freezer" -c "$CT_TOP/bare" $arguments
		done
	done
}

@test "by a v2 place that has controllers for its children" {
	some_controller
	lay all
	scatter
	ctcreate "$CT_TOP/new/leaf"
	grep -q . "$CT_V2/$CT_TOP/new/cgroup.subtree_control"
	for freezer in $(freezers); do
		for arguments in "$ct_pid $single" "--from $CT_TOP/old"; do
			# shellcheck disable=SC2086  # several words
			refused 1 'may hold no process in v2, because it has controllers' --freezer "$freezer" \
				-c "$CT_TOP/new" $arguments
		done
	done
}

@test "by such a place, when the controllers were enabled meanwhile" {
	move_requires strace
	some_controller
	for freezer in $(freezers); do
		lay all
		scatter
		grep -qw "$controller" "$CT_V2/$CT_TOP/new/cgroup.controllers"
		before=$(threads_of)
		# It has looked at all, and is about to begin.
		halt socketpair 1 --freezer "$freezer" -c "$CT_TOP/new" "$ct_pid" "$single"
		echo "+$controller" >"$CT_V2/$CT_TOP/new/cgroup.subtree_control"
		go_on
		cat "$BATS_TEST_TMPDIR/halted"
		((status == 1))
		grep -q "it has controllers ($controller) enabled" "$BATS_TEST_TMPDIR/halted"
		same "$before" "$(threads_of)"
		remains
		system_clean
	done
}

@test "by a directory that is removed meanwhile: the first, one in the middle, the last" {
	move_requires strace
	for freezer in $(freezers); do
		for removed in "$CT_H1" "$CT_H3" "$CT_H4"; do
			for how in pids from; do
				lay named
				scatter
				what=("$ct_pid" "$single")
				[[ $how == pids ]] || what=(--from "$CT_TOP/old")
				before=$(threads_of)
				halt socketpair 1 --freezer "$freezer" -c "$CT_TOP/new" "${what[@]}"
				rmdir "$removed/$CT_TOP/new"
				go_on
				((status == 1)) || { cat "$BATS_TEST_TMPDIR/halted" && false; }
				[[ $(wc -l <"$BATS_TEST_TMPDIR/halted") == 1 ]]
				same "$before" "$(threads_of)"
				remains
				stop
			done
		done
	done
}

@test "by the freezing hierarchy's place, removed at the last moment: nothing stays frozen" {
	move_requires strace
	lay all
	work sleepers 2
	points -c "$CT_TOP/new" --from "$CT_TOP/old" >"$BATS_TEST_TMPDIR/points"
	attach -c "$CT_TOP/old" --from "$CT_TOP/new"
	attach -c "$CT_TOP/new" --from "$CT_TOP/old"
	attach -c "$CT_TOP/old" --from "$CT_TOP/new"
	while read -r call count; do
		[[ -d $CT_V2/$CT_TOP/new ]] || mkdir "$CT_V2/$CT_TOP/new"
		halt "$call" "$count" -c "$CT_TOP/new" --from "$CT_TOP/old" || continue
		rmdir "$CT_V2/$CT_TOP/new" 2>/dev/null || true
		go_on
		remains 1000
		ct_wait_for test ! -e /run/ct/journal
		case $status in
		0) [[ $(side) == new ]] && attach -c "$CT_TOP/old" --from "$CT_TOP/new" ;;
		1) [[ $(side) == old ]] ;;
		*)
			# Beyond the commit: told, with what is where.
			((status == 3))
			grep -q "could not finish" "$BATS_TEST_TMPDIR/halted"
			hierarchies=${hierarchies//v2,/} && hierarchies=${hierarchies//,v2/}
			[[ $(side) == new ]]
			break
			;;
		esac
	done < <(awk '$1 == "write"' "$BATS_TEST_TMPDIR/points" | tail -n 12)
}

# Every call of a kind that a move makes fails once.
faults() {
	local layout=$1 freezer=$2 how=$3 call=$4 error=$5 every=${6-1} count status before what n=0
	lay "$layout"
	scatter
	what=("$ct_pid" "$single")
	[[ $how == pids ]] || what=(--from "$CT_TOP/old")
	points --freezer "$freezer" -c "$CT_TOP/new" "${what[@]}" >"$BATS_TEST_TMPDIR/points" || return
	stop && scatter || return
	[[ $how != pids ]] || what=("$ct_pid" "$single")
	before=$(threads_of)
	while read -r _ count; do
		((n++ % every == 0)) || continue
		status=0
		struck "$call" "$count" "error=$error" --freezer "$freezer" -c "$CT_TOP/new" "${what[@]}" || status=$?
		remains 1000 || { echo "$call $count: $error: status $status" && return 1; }
		case $status in
		1) same "$before" "$(threads_of)" || { echo "$call $count: $error: status 1" && return 1; } ;;
		0 | 3)
			# Beyond the commit only forward: the guard has done what it could not do, or it was a
			# failure that does not matter.
			whole new || { echo "$call $count: $error: status $status" && return 1; }
			stop && scatter || return
			[[ $how != pids ]] || what=("$ct_pid" "$single")
			before=$(threads_of)
			;;
		*) echo "$call $count: status $status" && cat "$BATS_TEST_TMPDIR/struck" && return 1 ;;
		esac
		((status != 1 && status != 3)) || [[ $(wc -l <"$BATS_TEST_TMPDIR/struck") == 1 ]] ||
			{ echo "$call $count: $error:" && cat "$BATS_TEST_TMPDIR/struck" && return 1; }
	done < <(grep "^$call " "$BATS_TEST_TMPDIR/points")
	((n > 0)) || { echo "no $call" && return 1; }
}

@test "by any write that fails" {
	move_requires strace
	faults named v2 pids write ENODEV
	stop
	faults named v2 from write ENOSPC
}

@test "by any write that fails, over all hierarchies, and with the v1 freezer" {
	move_requires strace freezer
	faults named v1 pids write ENODEV 2
	stop
	faults all v2 from write EBUSY 3
	stop
	faults all v1 from write EIO 3
}

@test "by any other call that fails" {
	move_requires strace
	faults named v2 pids openat EMFILE 4
	stop
	faults named v2 pids openat2 EMFILE 2
	stop
	faults named v2 pids mkdirat ENOSPC
	stop
	faults named v2 from read EIO 4
	stop
	faults named v2 from unlinkat EBUSY
}

@test "for no permission in one hierarchy of four" {
	move_requires user
	lay named
	chmod 711 "$BATS_RUN_TMPDIR" "${BATS_FILE_TMPDIR%/*}" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
	mkdir -m 700 "$BATS_TEST_TMPDIR/run"
	chown 65534:65534 "$BATS_TEST_TMPDIR/run"
	cp "$CT_BIN/ct" "$BATS_TEST_TMPDIR/ctattach" # he may not be able to reach ours
	for mount in "$CT_H1" "$CT_H2" "$CT_H4" "$CT_H3"; do
		chown 65534:65534 "$mount/$CT_TOP/old" "$mount/$CT_TOP/old"/{cgroup.procs,tasks}
		[[ $mount == "$CT_H3" ]] || chown 65534:65534 "$mount/$CT_TOP/new" "$mount/$CT_TOP/new"/{cgroup.procs,tasks}
	done
	chown 65534:65534 "$CT_V2/$CT_TOP/home" "$CT_V2/$CT_TOP/home/cgroup.procs"
	start setpriv --reuid 65534 --regid 65534 --clear-groups sleep 1000
	ct_wait_for grep -qx sleep "/proc/$ct_pid/comm"
	before=$(threads_of)
	as_user() {
		timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups env XDG_RUNTIME_DIR="$BATS_TEST_TMPDIR/run" \
			"$BATS_TEST_TMPDIR/ctattach" -c "$CT_TOP/new" "$ct_pid" 2>&1 3>&-
	}
	run -1 as_user
	echo "$output"
	[[ ${#lines[@]} == 1 && $output == *"no permission"*"$CT_H3/$CT_TOP/new"* ]]
	same "$before" "$(threads_of)"
	remains
	chown 65534:65534 "$CT_H3/$CT_TOP/new"/{cgroup.procs,tasks}
	run -0 as_user
	whole new
	remains
}

@test "a process whose leader has ended, refused: its threads are where they were, and run" {
	move_requires strace
	for layout in named all; do
		lay $layout
		start "$BATS_FILE_TMPDIR/threads" 3 exit
		ct_wait_for grep -q '^State:.Z' "/proc/$ct_pid/status"
		tids=("/proc/$ct_pid/task"/*)
		tid=${tids[-1]##*/}
		while read -r mount; do
			mkdir -p "$mount/$CT_TOP/old"
			echo "$tid" >"$mount/$CT_TOP/old/cgroup.procs"
		done <<<"$mounts"
		for freezer in $(freezers); do
			before=$(threads_of "$ct_pid")
			for arguments in "$ct_pid" "--from $CT_TOP/old"; do
				# shellcheck disable=SC2086  # several words
				halt socketpair 1 --freezer "$freezer" -c "$CT_TOP/new" $arguments
				rmdir "$CT_H4/$CT_TOP/new"
				go_on
				mkdir "$CT_H4/$CT_TOP/new"
				cat "$BATS_TEST_TMPDIR/halted"
				((status == 1))
				same "$before" "$(threads_of "$ct_pid")" || { echo "in $layout with $freezer: $arguments" && false; }
				remains
			done
		done
		kill -KILL "$tid" || true
		stop
	done
}
