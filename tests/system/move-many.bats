#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Many moves at once, the lock, and a state directory that is not as it should be.

load ../helpers
load common
load move

setup_file() { move_setup; }
teardown_file() { common_teardown; }
setup() { move_requires ps flock; }
teardown() {
	system_clean
	rm -rf /run/ct/*
}

@test "two hundred at once, each of another task: all succeed" {
	lay named
	work sleepers 200
	mapfile -t pids < <(children "$ct_pid")
	((${#pids[@]} == 200))
	attach -c "$CT_TOP/new" "$ct_pid"
	for pid in "${pids[@]}"; do
		{
			timeout 60 ctattach -c "$CT_TOP/new" "$pid" >"$BATS_TEST_TMPDIR/$pid" 2>&1
			echo $? >>"$BATS_TEST_TMPDIR/$pid"
		} 3>&- &
	done
	for pid in "${pids[@]}"; do ct_wait_for test -s "$BATS_TEST_TMPDIR/$pid"; done
	for pid in "${pids[@]}"; do
		[[ $(<"$BATS_TEST_TMPDIR/$pid") == 0 ]] || { cat "$BATS_TEST_TMPDIR/$pid" && false; }
	done
	whole new
	remains 1000
}

# places_of PID: the words of its place in each of the hierarchies of this test, each once.
places_of() {
	awk -F: -v top="/$CT_TOP/" -v ours="$CT_TEST_ID" '
		$1 == 0 || index($2, "name=" ours "_") { sub(".*" top, "", $3); if (!seen[$3]++) print $3 }' "/proc/$1/cgroup"
}

@test "ctexec into a container that is just being moved to another: in one of them, in all hierarchies" {
	lay named
	mkdir "$CT_V2/$CT_TOP/old" "$CT_V2/$CT_TOP/new"
	work sleepers 60
	for pid in "$ct_pid" $(children "$ct_pid"); do echo "$pid" >"$CT_V2/$CT_TOP/old/cgroup.procs"; done
	late=0
	for ((round = 0; round < 24; round++)); do
		how=$( ((round % 2)) || echo --freeze)
		# shellcheck disable=SC2086  # nothing or one word
		timeout 60 ctattach $how --from "$CT_TOP/old" -c "$CT_TOP/new" 3>&- &
		mover=$!
		entered=()
		for i in {1..5}; do
			ctexec -c "$CT_TOP/old" sleep 1000 3>&- &
			entered+=($!)
			sleep "0.00$((RANDOM % 4))"
		done
		wait "$mover"
		for pid in "${entered[@]}"; do
			ct_wait_for grep -qx sleep "/proc/$pid/comm"
			[[ $(places_of "$pid") == @(old|new) ]] || { cat "/proc/$pid/cgroup" && false; }
			[[ $(places_of "$pid") != old ]] || late=$((late + 1))
			kill "$pid"
			wait "$pid" || true
		done
		attach --from "$CT_TOP/new" -c "$CT_TOP/old"
	done
	# Else they came all too early, or too late.
	echo "$late of 120 in the old one"
	((late > 0 && late < 120))
}

# Four that sleep, in old in v2 as well.
lay_four() {
	lay named
	mkdir -p "$CT_V2/$CT_TOP/old" "$CT_V2/$CT_TOP/new"
	work sleepers 3
	for pid in "$ct_pid" $(children "$ct_pid"); do echo "$pid" >"$CT_V2/$CT_TOP/old/cgroup.procs"; done
}

@test "ctexec that goes back in the middle of a move is not split" {
	move_requires strace
	lay_four
	# All five are alike. It is in, and looks whether it still is when four of its places are others.
	# shellcheck disable=SC2016  # for the inner shell
	halted write:$((5 + ${#CT_HOMES[@]})) sh -c \
		'while [ "$1" != -- ]; do echo 0 >"$1/cgroup.procs"; shift; done; shift; exec "$@"' sh \
		"${CT_HOMES[@]}" -- ctexec -c "$CT_TOP/old" sleep 1000
	inside=$halted
	only=$CT_H4/$CT_TOP/new/cgroup.procs halted write:5 ctattach --from "$CT_TOP/old" -c "$CT_TOP/new"
	kill -CONT "$inside"
	ct_wait_for grep -qsx sleep "/proc/$inside/comm"
	go_on
	((status == 0))
	cat "/proc/$inside/cgroup"
	[[ $(places_of "$inside") == @(old|new) ]]
	remains
}

@test "ctexec that comes in at the end of a move is not split" {
	move_requires strace
	lay_four
	only=$CT_V2/$CT_TOP/new/cgroup.procs halted write:1 ctattach --from "$CT_TOP/old" -c "$CT_TOP/new"
	ct_spawn ctexec -c "$CT_TOP/old" sleep 1000
	go_on
	((status == 0))
	cat "/proc/$ct_pid/cgroup"
	[[ $(places_of "$ct_pid") == old ]]
	remains
}

@test "many at once of the same forking processes: none is split" {
	lay named
	work fork
	for i in {1..30}; do
		to=new
		((i % 2)) || to=old
		timeout 60 ctattach -c "$CT_TOP/$to" -r "$ct_pid" >"$BATS_TEST_TMPDIR/$i" 2>&1 3>&- &
		ours+=($!)
	done
	for job in "${ours[@]}"; do wait "$job" || { cat "$BATS_TEST_TMPDIR"/[0-9]* && false; }; done
	[[ -z $(cat "$BATS_TEST_TMPDIR"/[0-9]*) ]]
	whole
	remains 1000
}

@test "the lock's timeout names who holds it" {
	lay named
	work sleepers 1
	before=$(threads_of)
	task=$ct_pid
	hold_lock
	timing
	fails_with 1 "ctattach: $CT_TOP/new: process $ct_pid (sleep) has been moving tasks for too long: try again, or look what keeps it" \
		ctattach -c "$CT_TOP/new" "$task"
	took=$(timed)
	((took + $(stood) >= 9000 && took <= 14000)) || { echo "it took $took ms" && false; }
	untimed
	same "$before" "$(threads_of)"
	# Those that do not move need not wait.
	timeout 5 ctstat "$CT_TOP/new"
	timeout 5 ctexec -c "$CT_TOP/new" true
	kill -KILL "$ct_pid"
	ct_wait_for ended "$ct_pid"
	attach -c "$CT_TOP/new" "$task"
}

@test "interrupted while it waits for the lock" {
	lay named
	work sleepers 1
	before=$(threads_of)
	task=$ct_pid
	hold_lock
	ctattach -c "$CT_TOP/new" "$task" 2>"$BATS_TEST_TMPDIR/error" 3>&- &
	job=$!
	ct_wait_for wants_lock "$job"
	kill -TERM $job
	status=0
	wait "$job" || status=$?
	((status == 143))
	grep -q 'interrupted while waiting' "$BATS_TEST_TMPDIR/error"
	same "$before" "$(threads_of)"
}

# ---- Journals ----------------------------------------------------------------

boot() { cat /proc/sys/kernel/random/boot_id; }

# ignored: the journal that is there does no harm, and is gone after the move.
ignored() {
	attach -c "$CT_TOP/new" "$ct_pid" || return
	whole "$ct_pid" || return
	remains || return
	attach -c "$CT_TOP/old" "$ct_pid"
}

# in_the_way PATTERN: ctattach says one line that matches, moves nothing, and leaves it there.
in_the_way() {
	local before status=0 journal
	before=$(threads_of)
	journal=$(stat -c '%F %U %s' /run/ct/journal)
	timeout 60 ctattach -c "$CT_TOP/new" "$ct_pid" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- || status=$?
	cat "$BATS_TEST_TMPDIR/said"
	((status == 1)) || { echo "status $status" && return 1; }
	[[ $(wc -l <"$BATS_TEST_TMPDIR/said") == 1 ]] || return
	grep -Eq "$1" "$BATS_TEST_TMPDIR/said" || return
	same "$before" "$(threads_of)" || return
	same "$journal" "$(stat -c '%F %U %s' /run/ct/journal)" || return
	rm -r /run/ct/journal
	remains
}

@test "a journal that is empty, or ends within its head" {
	lay named
	work sleepers 1
	: >/run/ct/journal
	ignored
	printf 'ct-journal 1' >/run/ct/journal
	ignored
	printf 'ct-journal 1 %s' "$(boot)" >/run/ct/journal
	ignored
	printf 'ct-journal 1 %s\n' "$(boot)" >/run/ct/journal
	ignored
}

@test "a journal of which any part was written: it is undone" {
	move_requires strace
	lay named
	work sleepers 1
	attach -c "$CT_TOP/new" "$ct_pid"
	points -c "$CT_TOP/old" "$ct_pid" >"$BATS_TEST_TMPDIR/points"
	# Both killed before the commit; of the journal only a part has reached the directory.
	read -r call count < <(awk '$1 == "write"' "$BATS_TEST_TMPDIR/points" | tail -n 4 | head -n 1)
	for part in 1 2 3 4 5; do
		halt "$call" "$count" -c "$CT_TOP/new" "$ct_pid"
		kill -KILL "$guard" "$mover"
		wait "$tracer" 2>/dev/null || true
		[[ -s /run/ct/journal ]]
		cp /run/ct/journal "$BATS_TEST_TMPDIR/journal"
		# A last line without its end was not begun: whatever stands there.
		printf 'attach name=%s_4 p- /%s/n' "$CT_TEST_ID" "$CT_TOP" >>/run/ct/journal
		[[ $part != 5 ]] || printf 'x' >>/run/ct/journal
		timeout 60 ctstat >/dev/null
		remains
		[[ $(side) == old ]]
	done
}

@test "a journal of another boot" {
	lay named
	work sleepers 1
	printf 'ct-journal 1 00000000-0000-0000-0000-000000000000\nstage v2 p- /%s/home/.ct-1-1\ncommit\n' "$CT_TOP" >/run/ct/journal
	ignored
}

@test "a journal with lines that make no sense" {
	lay named
	work sleepers 1
	for line in garbage 'attach' 'attach v2' 'attach v2 p- relative' 'stage v2 xx' 'commit it' 'task 1 2 3' \
		'task 0 0 0 0 0' 'task -1 -1 1 0 1' 'task 1 1 1 7 1' 'origin x y' 'origin 5 0::/' 'arrive' $'\x01\xff' ''; do
		printf 'ct-journal 1 %s\n%s\n' "$(boot)" "$line" >/run/ct/journal
		in_the_way 'line 2 of the journal .* makes no sense' || { echo "line: $line" && false; }
	done
}

@test "a journal that is none" {
	lay named
	work sleepers 1
	echo garbage >/run/ct/journal
	in_the_way 'none of this version of ct'
	head -c 100000 /dev/urandom >/run/ct/journal
	echo >>/run/ct/journal
	in_the_way 'none of this version of ct'
	printf 'ct-journal 2 %s\n' "$(boot)" >/run/ct/journal
	in_the_way 'none of this version of ct'
	mkdir /run/ct/journal
	in_the_way 'no file of user 0'
	mkfifo /run/ct/journal
	in_the_way 'no file of user 0'
}

@test "a journal that is somebody else's, or a symbolic link" {
	move_requires user
	lay named
	work sleepers 1
	printf 'ct-journal 1 %s\nattach name=%s_1 p- /%s/new\n' "$(boot)" "$CT_TEST_ID" "$CT_TOP" >/run/ct/journal
	chown 65534 /run/ct/journal
	in_the_way 'no file of user 0'
	echo precious >"$BATS_TEST_TMPDIR/target"
	ln -s "$BATS_TEST_TMPDIR/target" /run/ct/journal
	in_the_way 'a symbolic link'
	ln -s "$BATS_TEST_TMPDIR/missing" /run/ct/journal
	in_the_way 'a symbolic link'
	[[ $(<"$BATS_TEST_TMPDIR/target") == precious && ! -e $BATS_TEST_TMPDIR/missing ]]
}

@test "a journal whose tasks and hierarchies have gone" {
	lay named
	work sleepers 1
	printf 'ct-journal 1 %s\nstage v2 p- /%s/gone/.ct-1-1\norigin 0 0::/gone\ntask 4194304 4194304 1 0 1\nattach name=gone p- /x\nattach name=%s_1 p- /gone\ncommit\n' \
		"$(boot)" "$CT_TOP" "$CT_TEST_ID" >/run/ct/journal
	ignored
}

@test "a journal with the number of a task that is another one by now: that stays" {
	lay named
	work sleepers 1
	before=$(threads_of)
	start=$(sed 's/.*) //' "/proc/$ct_pid/stat" | cut -d ' ' -f 20)
	printf 'ct-journal 1 %s\norigin 0 0::/\norigin 0 1:name=%s_1:/%s/new\ntask %d %d %d 0 1\nattach name=%s_1 p- /%s/old\n' \
		"$(boot)" "$CT_TEST_ID" "$CT_TOP" "$ct_pid" "$ct_pid" $((start - 1)) "$CT_TEST_ID" "$CT_TOP" >/run/ct/journal
	timeout 60 ctstat >/dev/null
	remains
	same "$before" "$(threads_of)"
}

# ---- The state directory -----------------------------------------------------

# state OPTIONS: another tmpfs there.
state() { mount -t tmpfs -o "mode=700,$1" ct /run/ct; }

# no_move PATTERN ARGUMENT...: one line, status 1, and nothing moved.
no_move() {
	local pattern=$1 before status=0
	shift
	before=$(threads_of)
	timeout 60 ctattach -c "$CT_TOP/new" "$@" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- || status=$?
	cat "$BATS_TEST_TMPDIR/said"
	((status == 1)) || { echo "status $status" && return 1; }
	[[ $(wc -l <"$BATS_TEST_TMPDIR/said") == 1 ]] || return
	grep -Eq "$pattern" "$BATS_TEST_TMPDIR/said" || return
	same "$before" "$(threads_of)" || return
	remains
}

@test "the state directory is full" {
	lay named
	work sleepers 150
	mapfile -t pids < <(children "$ct_pid")
	page=$(getconf PAGESIZE)
	# Full from the beginning, after the lock, and only when the tasks are written down.
	state "size=$page,nr_inodes=16"
	head -c "$page" /dev/zero >/run/ct/full
	no_move 'cannot write the lock' "$ct_pid"
	rm /run/ct/full
	no_move 'cannot write the journal' "$ct_pid"
	umount /run/ct
	state "size=$page,nr_inodes=2"
	no_move 'cannot make the journal' "$ct_pid"
	umount /run/ct
	state "size=$((2 * page))"
	no_move 'cannot write the journal' -r "$ct_pid"
	no_move 'cannot write the journal' --from "$CT_TOP/old"
	umount /run/ct
	attach -c "$CT_TOP/new" -r "$ct_pid"
	whole new
}

@test "the state directory is read-only" {
	lay named
	work fork
	state size=1m
	mount -o remount,ro /run/ct
	no_move_at_all() {
		run -1 timeout 60 ctattach -c "$CT_TOP/new" "$@"
		[[ ${#lines[@]} == 1 && $output == *"cannot open the lock in the state directory: Read-only file system"* ]]
		whole old
	}
	no_move_at_all "$ct_pid"
	no_move_at_all -r "$ct_pid"
	no_move_at_all --from "$CT_TOP/old"
	umount /run/ct
}

@test "the state directory is another user's, writable by others, a link, a file" {
	lay named
	work sleepers 1
	state size=1m
	chown 65534 /run/ct
	no_move 'belongs to user 65534' "$ct_pid"
	chown 0 /run/ct
	chmod 777 /run/ct
	no_move 'writable by others' "$ct_pid"
	chmod 700 /run/ct
	attach -c "$CT_TOP/new" "$ct_pid"
	ln -s "$BATS_TEST_TMPDIR/target" /run/ct/link
	rm /run/ct/lock
	ln -s "$BATS_TEST_TMPDIR/target" /run/ct/lock
	no_move 'cannot open the lock' "$ct_pid"
	[[ ! -e $BATS_TEST_TMPDIR/target ]]
	umount /run/ct
}
