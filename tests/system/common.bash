# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For the system tests, beside ../helpers: "load ../helpers" and "load common", then
#
#	setup_file()    { common_setup; }
#	teardown_file() { common_teardown; }
#	setup()         { ct_requires root named; }
#	teardown()      { system_clean; }
#
# $CT_OWN names the four named hierarchies as -H takes them. $CT_MOUNTS, one a line, are the
# mount points of all hierarchies that ctcreate makes containers in, in ct's order.

common_setup() {
	local mount
	system_setup || return
	[[ -n ${CT_H1-} ]] || return 0
	# For the tests that run as another user.
	chmod 711 "$CT_TEST_DIR"
	export CT_OWN=name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_2,name=${CT_TEST_ID}_3,name=${CT_TEST_ID}_4
	export CT_MOUNTS CT_V2='' CT_BEFORE=''
	CT_MOUNTS=$(awk '/ - cgroup2? / && !/[ ,]name=(systemd|elogind|openrc)(,|$)/ {
		if (!seen[$3]++) print $5
	}' /proc/self/mountinfo | while read -r mount; do printf '%b\n' "$mount"; done)
	CT_V2=$(ct_mountpoint v2) || CT_V2=
	[[ -z $CT_V2 ]] || CT_BEFORE=$(<"$CT_V2/cgroup.subtree_control")
}

# The same for tests that run ct as another user: it is where any user can run it, and write what an
# instrumented build writes; in $CT_TEST_DIR/anyone/run user 65534 may have his state.
anyone_setup() {
	common_setup || return
	anyone_home
}

# After common_setup.
anyone_home() {
	[[ -n ${CT_H1-} ]] || return 0
	cp -a "$CT_BIN" "$CT_TEST_DIR/bin"
	mkdir -m 1777 "$CT_TEST_DIR/anyone"
	mkdir -m 700 "$CT_TEST_DIR/anyone/run"
	chown 65534 "$CT_TEST_DIR/anyone/run"
	export PATH="$CT_TEST_DIR/bin:$PATH" GCOV_PREFIX="$CT_TEST_DIR/anyone"
}

# ctcreate enables controllers at the root of v2, and leaves them so.
common_teardown() {
	local status=0
	system_teardown || status=$?
	restore_v2
	return $status
}

restore_v2() {
	local word
	[[ -n ${CT_V2-} ]] || return 0
	for word in $(<"$CT_V2/cgroup.subtree_control"); do
		[[ " $CT_BEFORE " == *" $word "* ]] || echo "-$word" >"$CT_V2/cgroup.subtree_control" || true
	done
}

# All containers of the test: directory, mode, owner, and what v2 hands down.
tree() {
	local mount
	while read -r mount; do
		[[ -d $mount/$CT_TOP ]] || continue
		find "$mount/$CT_TOP" -type d -printf '%p %m %U:%G\n'
		[[ $mount != "$CT_V2" ]] ||
			grep -r --include=cgroup.subtree_control '' "$mount/$CT_TOP" || true
	done <<<"$CT_MOUNTS" | sort
}

# in_all NAME: the container is there in every hierarchy that ctcreate chooses.
in_all() {
	local mount
	while read -r mount; do
		[[ -d $mount/$1 ]] || { echo "not in $mount: $1" && return 1; }
	done <<<"$CT_MOUNTS"
}

# in_none: no container of this test is left anywhere.
in_none() {
	local left
	left=$(tree)
	[[ -z $left ]] || { echo "$left" && return 1; }
}

# cgroups PID [TID]: where it is in the hierarchies that are mounted here, a line each. Others
# come and go meanwhile.
cgroups() {
	local ids
	ids=$(awk '/ - cgroup / { sub(/.* - cgroup [^ ]* /, ""); print }' /proc/self/mountinfo)
	awk -F: -v mounts="$ids" 'BEGIN { gsub(/[\n,]/, " ", mounts); mounts = " " mounts " " }
		$2 == "" { print; next }
		{ split($2, words, ","); if (index(mounts, " " words[1] " ")) print }' \
		"/proc/$1/task/${2-$1}/cgroup"
}

# is_in NAME PID [TID]: there in all of CT_MOUNTS, and only there.
is_in() {
	local line wrong=0
	while read -r line; do
		case $line in
		*:name=systemd:* | *:name=elogind:* | *:name=openrc:*) ;;
		*":/$1") ;;
		*) echo "$2 is not in $1: $line" && wrong=1 ;;
		esac
	done <<<"$(cgroups "$2" "${3-$2}")"
	return $wrong
}

# ended PID: it is gone, or waits for its parent alone.
ended() {
	[[ ! -e /proc/$1 || $(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) == [ZX]* ]]
}

alive() { ! ended "$1"; }

# timing: from now on "timed" tells the milliseconds that have passed, and "stood" how many more by the clock: of
# a moment in which the machine stood still, or had this shell wait for others, little is counted. A
# bound on the clock's time would judge the machine. "untimed" ends it.
timing() {
	untimed
	begun=${EPOCHREALTIME/./}
	: >"$BATS_TEST_TMPDIR/ticks"
	(
		last=$begun sum=0
		while sleep 0.01; do
			now=${EPOCHREALTIME/./}
			step=$((now - last)) last=$now
			sum=$((sum + (step < 30000 ? step : 30000)))
			echo $((sum / 1000))
		done
	) >>"$BATS_TEST_TMPDIR/ticks" 2>/dev/null 3>&- &
	ticker=$!
}
timed() {
	local passed
	passed=$(tail -n 1 "$BATS_TEST_TMPDIR/ticks")
	echo "${passed:-0}"
}
stood() { echo $(((${EPOCHREALTIME/./} - begun) / 1000 - $(timed))); }
untimed() {
	[[ -n ${ticker-} ]] || return 0
	kill "$ticker"
	wait "$ticker" || true
	ticker=
}

# inject SYSCALL:WHAT COMMAND...: with a fault, see strace(1).
inject() {
	local what=$1
	shift
	timeout -k 1 60 strace -f -qq -o /dev/null -e "trace=${what%%:*}" -e "inject=$what" "$@"
}

# halted SYSCALL:COUNT COMMAND...: in the background, and stopped when it has made that call so
# often, with $only on that file; its pid is in $halted. "go_on" lets it end, and sets $status.
halted() {
	local call=${1%:*} count=${1#*:} log
	shift
	log=$(mktemp "$BATS_TEST_TMPDIR/halted.XXXXXX")
	timeout -k 1 60 strace -qq -o "$log" ${only:+-P "$only"} -e "trace=$call" -e "inject=$call:signal=SIGSTOP:when=$count" "$@" 3>&- &
	tracer=$!
	# shellcheck disable=SC2317  # for ct_wait_for
	stopped() { grep -qs 'stopped by SIGSTOP' "$log" || ended "$tracer"; }
	ct_wait_for stopped
	alive "$tracer" || { echo "$call $count: not reached" && return 1; }
	halted=$(pgrep -P "$(pgrep -P "$tracer")")
}

go_on() {
	kill -CONT "$halted"
	status=0
	wait "$tracer" || status=$?
}

# hold_lock: $ct_pid holds the lock, and has written so there.
hold_lock() {
	# shellcheck disable=SC2016  # for the inner shell
	ct_spawn sh -c 'exec 9<>/run/ct/lock; flock 9; echo $$ >&9; exec sleep 1000'
	# shellcheck disable=SC2154  # set by ct_spawn
	ct_wait_for grep -qx sleep "/proc/$ct_pid/comm"
}

# wants_lock PID: it has opened the lock.
wants_lock() { [[ $(readlink "/proc/$1/fd"/* 2>/dev/null) == *"/run/ct/lock"* ]]; }

# fails_with STATUS TEXT COMMAND...: nothing on stdout, TEXT and no more on stderr.
fails_with() {
	local status=0 expected=$1 text=$2 out=$BATS_TEST_TMPDIR/out error=$BATS_TEST_TMPDIR/error
	shift 2
	timeout -k 1 60 "$@" >"$out" 2>"$error" 3>&- || status=$?
	diff <(printf '%s\n' "$text") "$error" || return 1
	[[ ! -s $out ]] || { echo 'stdout:' && cat "$out" && return 1; }
	((status == expected)) || { echo "status $status, not $expected" && return 1; }
}

# same BEFORE AFTER: texts.
same() {
	diff <(printf '%s\n' "$1") <(printf '%s\n' "$2")
}

# build NAME: the program NAME.c beside the tests, into $BATS_FILE_TMPDIR/NAME.
build() {
	command -v cc >/dev/null || return 0
	cc -O1 -Wall -Wextra -pthread -o "$BATS_FILE_TMPDIR/$1" "$CT_SOURCE/tests/system/$1.c"
}
