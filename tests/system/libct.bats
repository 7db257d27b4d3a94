#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# libct: programs that use nothing else of ct.

load ../helpers
load common
load move
load libct

setup_file() { libct_setup && anyone_home; }
teardown_file() { common_teardown; }
setup() { move_requires pkg-config; }
teardown() { system_clean; }

@test "libct: containers are made, found, and removed in all hierarchies or none" {
	hierarchies=$CT_OWN
	says '' host create "$CT_TOP/a/b"
	[[ -d $CT_H1/$CT_TOP/a/b && -d $CT_H4/$CT_TOP/a/b ]]
	says "${CT_OWN//,/$'\n'}" host where "$CT_TOP/a"
	says "$(printf "$CT_TOP%s\n" '' /a /a/b)" host containers "$CT_TOP"
	# one refuses
	mkdir "$CT_H3/$CT_TOP/a/b/c"
	refuses "error EBUSY $CT_TOP/a/b: it holds $CT_TOP/a/b/c in name=${CT_TEST_ID}_3: -r removes what is below too" \
		host remove "$CT_TOP/a/b"
	[[ -d $CT_H1/$CT_TOP/a/b && -d $CT_H4/$CT_TOP/a/b ]]
	says '' host remove "$CT_TOP/a" -r
	[[ ! -e $CT_H1/$CT_TOP/a && ! -e $CT_H4/$CT_TOP/a && -d $CT_H1/$CT_TOP ]]
}

@test "libct: what makes no sense is refused, and changes nothing" {
	hierarchies=$CT_OWN
	host create "$CT_TOP"
	says '' host misuse "$CT_TOP"
	[[ -z $(<"$CT_H1/$CT_TOP/cgroup.procs") ]]
	remains
}

@test "libct: a process that forks is moved as a whole, back and forth" {
	local i to how
	for how in '' -; do
		lay named
		work fork
		for ((i = 0; i < 10; i++)); do
			to=new
			((i % 2 == 0)) || to=old
			host move "$CT_TOP/$to" "$how$ct_pid" | grep -qx 'moved [1-9][0-9]*'
			if [[ $to$how == new ]]; then whole "$ct_pid"; else whole ${how:+$to}; fi
			remains
		done
		stop
	done
}

@test "libct: everything of a container" {
	lay named
	work tree
	host move "$CT_TOP/new" "@$CT_TOP/old" | grep -qx 'moved [1-9][0-9]*'
	whole new
	remains
}

@test "libct: a program moves itself, and the process that does it is left out" {
	local line
	lay named
	host self "$CT_TOP/new" >"$BATS_TEST_TMPDIR/said"
	grep -qx 'moved 1' "$BATS_TEST_TMPDIR/said"
	for line in 1 2 3 4; do grep -q ":name=${CT_TEST_ID}_$line:/$CT_TOP/new\$" "$BATS_TEST_TMPDIR/said"; done
	remains
}

@test "libct: a move that one hierarchy refuses leaves all where it was" {
	local number
	ct_requires strace
	lay named
	work fork
	for number in 1 3 4; do
		refuses "error EIO $CT_TOP/new: process $ct_pid: refused in name=${CT_TEST_ID}_$number: Input/output error" \
			timeout -k 1 20 strace -f -qq -o /dev/null -P "$CT_TEST_DIR/mnt/h$number/$CT_TOP/new/cgroup.procs" \
			-e trace=write -e inject=write:error=EIO "$BATS_FILE_TMPDIR/host" -H "$hierarchies" move "$CT_TOP/new" "$ct_pid"
		whole old
		remains
	done
}

@test "libct: a command is started inside, as a child of the program" {
	local line
	lay named
	# shellcheck disable=SC2016  # for the inner shell
	host spawn "$CT_TOP/new" sh -c 'cat /proc/self/cgroup; exit 7' >"$BATS_TEST_TMPDIR/said" || status=$?
	[[ $status == 7 ]]
	for line in 1 2 3 4; do grep -q ":name=${CT_TEST_ID}_$line:/$CT_TOP/new\$" "$BATS_TEST_TMPDIR/said"; done
	status=0
	host spawn "$CT_TOP/new" sh -c 'kill -9 $$' || status=$?
	[[ $status == 137 ]]
	refuses "error ENOENT $CT_TOP/new: cannot run nonexistent-command: No such file or directory" \
		host spawn "$CT_TOP/new" nonexistent-command
}

@test "libct: frozen, measured, thawed, killed" {
	lay all
	work sleepers 3
	says 'processes 4 state 0' host stat "$CT_TOP/old"
	says '' host freeze "$CT_TOP/old"
	says 'processes 4 state 2' host stat "$CT_TOP/old"
	refuses "error EBUSY $CT_TOP/old: it is frozen in v2: what is moved there would stop; thaw it, or say --frozen if that is meant" \
		host move "$CT_TOP/old" $$
	says '' host thaw "$CT_TOP/old"
	says 'processes 4 state 0' host stat "$CT_TOP/old"
	says "$( (echo "$ct_pid" && children "$ct_pid") | sort -n)" host processes "$CT_TOP/old"
	says '' host kill "$CT_TOP/old" 9
	says 'processes 0 state 0' host stat "$CT_TOP/old"
}

@test "libct: a container that holds the program is neither killed nor frozen by it" {
	lay all
	for verb in freeze kill; do
		ctexec -c "$CT_TOP/old" timeout 20 "$BATS_FILE_TMPDIR/host" "$verb" "$CT_TOP/old" 9 \
			>"$BATS_TEST_TMPDIR/said" 3>&- && return 1
		grep -Eq "^error EPERM $CT_TOP/old: it holds [0-9]+ \(host\), which asks for it: do it from outside" "$BATS_TEST_TMPDIR/said"
	done
	# it is among those that are moved, its helpers are not
	ctexec -c "$CT_TOP/old" timeout 20 "$BATS_FILE_TMPDIR/host" move "$CT_TOP/new" "@$CT_TOP/old" \
		>"$BATS_TEST_TMPDIR/said" 3>&- && grep -qx 'moved [1-9]' "$BATS_TEST_TMPDIR/said"
	remains
}

# ---- A program that is not root's ----------------------------------------------

# owner_setup: "owner ARGUMENT..." is host as user 65534, who owns $CT_TOP/mine, where he has $CT_TOP/mine/old with $ct_pid in it,
# and nothing else.
owner_setup() {
	ct_requires setpriv
	[[ -z $(ct_lacks v1:pids) ]] || ct_requires v2:pids
	hierarchies=v2,pids,$CT_OWN
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups env XDG_RUNTIME_DIR="$CT_TEST_DIR/anyone/run"
		LD_LIBRARY_PATH="$CT_TEST_DIR/anyone")
	cp "$LIBCT_ROOT/usr/lib/libct.so.0" "$BATS_FILE_TMPDIR/host" "$CT_TEST_DIR/anyone"
	ctcreate -p -H "$hierarchies" "$CT_TOP/theirs" "$CT_TOP/empty"
	ctcreate -a 65534:65534 -H "$hierarchies" "$CT_TOP/mine"
	ctcreate -a 65534:65534 -H "$hierarchies" "$CT_TOP/mine/old" "$CT_TOP/mine/program"
	ct_spawn ctexec -H "$hierarchies" -c "$CT_TOP/mine/old" "${user[@]}" sh -c 'sleep 1000 & sleep 1000 & wait'
	# shellcheck disable=SC2317  # for ct_wait_for
	three() { [[ $(wc -l <"$CT_V2/$CT_TOP/mine/old/cgroup.procs") == 3 ]]; }
	ct_wait_for three
}

# owner ARGUMENT...: that, within what he owns; from outside v2 lets nobody but root in.
owner() {
	timeout -k 1 30 ctexec -H "$hierarchies" -c "$CT_TOP/mine/program" "${user[@]}" "$CT_TEST_DIR/anyone/host" -H "$hierarchies" "$@" 3>&-
}

@test "libct: who owns a container does there what root can" {
	owner_setup
	says '' owner create "$CT_TOP/mine/new"
	says '' owner create "$CT_TOP/mine/more/a"
	[[ $(stat -c %u "$CT_H1/$CT_TOP/mine/more/a" "$CT_V2/$CT_TOP/mine/more/a") == $'65534\n65534' ]]
	says "$(printf "$CT_TOP/mine%s\n" '' /more /more/a /new /old /program)" owner containers "$CT_TOP/mine"
	says 'moved 3' owner move "$CT_TOP/mine/new" "-$ct_pid"
	[[ $(cgroups "$ct_pid" | grep -c ":/$CT_TOP/mine/new\$") == 6 ]]
	says none owner limit "$CT_TOP/mine/new"
	"${user[@]}" ctset "$CT_TOP/mine/new" pids.max=20
	says 20 owner limit "$CT_TOP/mine/new"
	says '' owner freeze "$CT_TOP/mine/new"
	says 'processes 3 state 2' owner stat "$CT_TOP/mine/new"
	says '' owner thaw "$CT_TOP/mine/new"
	says 'moved 3' owner move "$CT_TOP/mine/old" "@$CT_TOP/mine/new"
	says "$CT_TOP/mine/more/a" owner spawn "$CT_TOP/mine/more/a" sh -c \
		"grep -o '$CT_TOP/mine/more/a\$' /proc/self/cgroup | sort -u"
	says '' owner kill "$CT_TOP/mine/old" 9
	says 'processes 0 state 0' owner stat "$CT_TOP/mine/old"
	says '' owner remove "$CT_TOP/mine/more" -r
	[[ ! -e $CT_H1/$CT_TOP/mine/more && ! -e $CT_V2/$CT_TOP/mine/more ]]
	[[ $(ls "$CT_TEST_DIR/anyone/run/ct") == lock ]]
	remains
}

@test "libct: outside of what he owns he is told what forbids it, and nothing changes" {
	local mine before
	owner_setup
	mine=$ct_pid
	ct_spawn sleep 1000
	ctattach -c "$CT_TOP/theirs" -H "$hierarchies" "$ct_pid"
	before=$(tree && cgroups "$mine" && cgroups "$ct_pid")
	# CODE REGEX ARGUMENT...
	forbids() {
		local regex="error $1 $2" status=0
		shift 2
		owner "$@" >"$BATS_TEST_TMPDIR/out" || status=$?
		cat "$BATS_TEST_TMPDIR/out"
		((status == 1)) && [[ $(<"$BATS_TEST_TMPDIR/out") =~ ^$regex$ ]] || return 1
		same "$before" "$(tree && cgroups "$mine" && cgroups "$ct_pid")"
	}
	forbids EACCES "$CT_TOP/another: cannot create it in [^ ]+: no write permission for [^ ]+/$CT_TOP; root gives .*" create "$CT_TOP/another"
	forbids EACCES "$CT_TOP/empty: cannot remove it from [^ ]+: .*write permission.*" remove "$CT_TOP/empty"
	forbids EACCES "$CT_TOP/theirs: no permission in v2: [^ ]+/$CT_TOP/theirs/cgroup.procs is not writable" \
		move "$CT_TOP/theirs" "$mine"
	forbids EPERM "process $ct_pid belongs to user 0: on v1 only root moves another user's" move "$CT_TOP/mine/old" "$ct_pid"
	forbids EACCES "$CT_TOP/mine/old: .* in v2: no write permission for [^ ]+/$CT_TOP/theirs; .*" \
		move "$CT_TOP/mine/old" "$mine" "@$CT_TOP/theirs"
	forbids EACCES "$CT_TOP/theirs: no permission in v2: .*" spawn "$CT_TOP/theirs" true
	forbids EACCES "$CT_TOP/theirs: cannot freeze $CT_TOP/theirs in v2: [^ ]+ is not writable by this user" freeze "$CT_TOP/theirs"
	forbids EPERM "$CT_TOP/theirs: process $ct_pid \(sleep\) belongs to another user: .* \(nothing has been signalled\)" \
		kill "$CT_TOP/theirs" 9
	# what is frozen by somebody else stays so
	ctfreeze "$CT_TOP/theirs"
	forbids EACCES "$CT_TOP/theirs: cannot thaw .* is not writable by this user.*" thaw "$CT_TOP/theirs"
	says 'processes 1 state 2' owner stat "$CT_TOP/theirs"
	ctfreeze -u "$CT_TOP/theirs"
	says 'processes 1 state 0' owner stat "$CT_TOP/theirs"
	says "$ct_pid" owner processes "$CT_TOP/theirs"
	remains
}

# ---- Killed in the middle ------------------------------------------------------

# halted_worker: a move of $ct_pid in the background, its worker stopped when it has moved it in the second
# of four hierarchies. Sets $tracer, $host, $launcher, $worker and $guard.
halted_worker() {
	timeout -k 1 20 strace -f -qq -o "$BATS_TEST_TMPDIR/calls" -P "$CT_H2/$CT_TOP/new/cgroup.procs" -e trace=write \
		-e inject=write:signal=SIGSTOP:when=1 "$BATS_FILE_TMPDIR/host" -H "$hierarchies" move "$CT_TOP/new" "$ct_pid" \
		>"$BATS_TEST_TMPDIR/said" 3>&- &
	tracer=$!
	ct_wait_for grep -qs 'stopped by SIGSTOP' "$BATS_TEST_TMPDIR/calls"
	host=$(pgrep -P "$(pgrep -P "$tracer")" -x host)
	launcher=$(pgrep -P "$host")
	worker=$(pgrep -P "$launcher" -x ct-worker)
	guard=$(pgrep -P "$worker" -x ct-guard)
	# in the middle
	grep -qx "$ct_pid" "$CT_H1/$CT_TOP/new/cgroup.procs"
	grep -qx "$ct_pid" "$CT_H4/$CT_TOP/old/cgroup.procs"
}

@test "libct: the program is killed in the middle of a move, which is taken back" {
	ct_requires strace
	lay named
	work fork
	halted_worker
	kill -KILL "$host"
	ct_wait_for ended "$launcher"
	kill -CONT "$worker"
	remains 5000
	ct_wait_for ended "$worker"
	ended "$guard"
	whole old
}

@test "libct: what does the move is killed in the middle, and its guard takes it back" {
	ct_requires strace
	lay named
	work fork
	halted_worker
	kill -KILL "$worker"
	status=0
	wait "$tracer" || status=$?
	[[ $status == 1 ]]
	grep -q '^error ECANCELED torn the process that was doing it has been killed' "$BATS_TEST_TMPDIR/said"
	remains 5000
	whole old
}

@test "libct: all of them are killed, and the next call of another program puts it right" {
	ct_requires strace
	lay named
	work fork
	halted_worker
	kill -KILL "$guard"
	ct_wait_for ended "$guard"
	kill -KILL "$host" "$launcher" "$worker"
	ct_wait_for ended "$worker"
	[[ -e /run/ct/journal ]]
	says '' host create "$CT_TOP/other"
	remains
	whole old
}

@test "libct: what does the move is interrupted, and undoes it" {
	ct_requires strace
	lay named
	work fork
	halted_worker
	kill -TERM "$worker"
	kill -CONT "$worker"
	status=0
	wait "$tracer" || status=$?
	[[ $status == 1 ]]
	grep -q "^error EINTR $CT_TOP/new: interrupted" "$BATS_TEST_TMPDIR/said"
	remains
	whole old
}

@test "libct: the program is killed while it waits for another move: nothing is begun" {
	local held
	lay named
	work sleepers 1
	moved=$ct_pid
	hold_lock
	held=$ct_pid
	timeout -k 1 20 "$BATS_FILE_TMPDIR/host" -H "$hierarchies" move "$CT_TOP/new" "$moved" 3>&- &
	host=$(ct_wait_for pgrep -P $! -x host)
	worker=$(ct_wait_for pgrep -P "$(ct_wait_for pgrep -P "$host")" -x ct-worker)
	ct_wait_for wants_lock "$worker"
	kill -KILL "$host"
	ct_wait_for ended "$worker"
	kill "$held"
	whole old
	remains
}

# ---- A program with threads ----------------------------------------------------

@test "libct: many threads at once, in a program that has children and handlers of its own" {
	lay named
	says '' timeout -k 1 300 "$BATS_FILE_TMPDIR/crowd" 8 6 "$CT_OWN" "$CT_TOP/old" "$CT_TOP/new"
	remains
}

@test "libct: programs with few descriptors, odd limits, masks, stacks, and none of their own children to see" {
	ct_requires plain
	lay named
	says '' timeout -k 1 300 "$BATS_FILE_TMPDIR/strange" "$CT_OWN" "$CT_TOP/old" "$CT_TOP/new"
	remains
}

@test "libct: loaded and unloaded again and again, nothing is left" {
	ct_requires plain
	lay named
	cc -std=gnu17 -Wall -Wextra -Werror -I"$LIBCT_ROOT/usr/include" -o "$BATS_TEST_TMPDIR/reload" "$CT_SOURCE/tests/libct/reload.c"
	says '' timeout -k 1 60 "$BATS_TEST_TMPDIR/reload" 30 libct.so.0 "$CT_OWN" "$CT_TOP/new"
	remains
}

@test "libct: it works under valgrind, which finds nothing" {
	ct_requires plain valgrind
	lay named
	work sleepers 2
	timeout -k 1 120 valgrind -q --child-silent-after-fork=yes --leak-check=full --show-leak-kinds=all --error-exitcode=9 \
		"$BATS_FILE_TMPDIR/host" -H "$CT_OWN" move "$CT_TOP/new" "-$ct_pid" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&-
	grep -qx 'moved 3' "$BATS_TEST_TMPDIR/said"
	whole new
	timeout -k 1 60 valgrind -q --child-silent-after-fork=yes --leak-check=full --show-leak-kinds=all --error-exitcode=9 \
		"$BATS_FILE_TMPDIR/host" -H "$CT_OWN" spawn "$CT_TOP/new" sh -c 'exit 7' 3>&- || status=$?
	[[ $status == 7 ]]
	remains
}

# ---- The examples --------------------------------------------------------------

# job PROGRAM...: it moves a job that runs, kills what that leaves, and removes the container.
job() {
	export CT_TEST_JOB=$CT_TOP/job
	status=0
	# shellcheck disable=SC2016  # for the inner shell
	timeout -k 1 30 "$@" "$CT_TOP/job" sh -c 'sleep 1000 & until grep -q "$CT_TEST_JOB\$" /proc/$!/cgroup; do sleep 0.02; done; exit 3' \
		>"$BATS_TEST_TMPDIR/said" 3>&- || status=$?
	[[ $status == 3 ]]
	grep -Eqx "$CT_TOP/job: [2-9] moved" "$BATS_TEST_TMPDIR/said"
	grep -Eq "^$CT_TOP/job: [1-9][0-9]* left" "$BATS_TEST_TMPDIR/said"
	[[ ! -e $CT_H1/$CT_TOP/job && ! -e $CT_V2/$CT_TOP/job ]]
	# shellcheck disable=SC2016
	status=0
	timeout -k 1 30 "$@" "$CT_TOP/none/job" true >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- || status=$?
	[[ $status == 1 && $(<"$BATS_TEST_TMPDIR/said") == *": its parent $CT_TOP/none is not there in "* ]]
	remains
}

@test "libct: the example in C" {
	mkdir "$BATS_FILE_TMPDIR/c"
	libct_build "$LIBCT_ROOT/usr/local/share/doc/ct/examples/job.c" 2>/dev/null ||
		libct_build "$LIBCT_ROOT/usr/share/doc/ct/examples/job.c"
	ctcreate -p "$CT_TOP"
	job "$BATS_FILE_TMPDIR/job"
}

@test "libct: the example in Python" {
	ct_requires plain python3
	ctcreate -p "$CT_TOP"
	job python3 "$LIBCT_ROOT/usr/share/doc/ct/examples/job.py"
}
