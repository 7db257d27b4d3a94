# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154  # what the tests share
#
# For the tests of common/inject.h, after "load ../helpers" and "load common":
#
#	setup_file()    { inject_setup; }
#	teardown_file() { common_teardown; }
#	setup()         { inject_start; }
#	teardown()      { system_clean; }
#
# The driver (tests/drivers/inject.c) makes the victim (victim.c) enter the namespaces of a process:
# those of $old are everybody's, those of $away are others.

inject_setup() {
	common_setup
	[[ -n ${CT_H1-} ]] || return 0
	build victim
	export DRIVER=$CT_SOURCE/build${CT_VARIANT:+/$CT_VARIANT}/tests/drivers/inject
	# What the tests as another user need.
	cp "$BATS_FILE_TMPDIR/victim" "$DRIVER" "$CT_TEST_DIR/"
}

inject_start() {
	ct_requires root named cc unshare
	[[ -x $DRIVER ]] || skip 'tests/drivers/inject is not built: make check-system'
	victim=$BATS_FILE_TMPDIR/victim
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	ct_spawn sleep 300
	old=$ct_pid
	away=$(in_new --net --uts --ipc --cgroup)
}

# in_new ARGUMENT...: prints the pid of a process in new namespaces.
in_new() {
	ct_spawn unshare "$@" sleep 300 >/dev/null
	ct_wait_for differs "$ct_pid" >/dev/null
	if [[ " $* " == *" --fork "* ]]; then
		ct_wait_for pgrep -P "$ct_pid" sleep
	else
		echo "$ct_pid"
	fi
}
differs() { [[ $(tr '\0' ' ' <"/proc/$1/cmdline") == sleep* || -n $(pgrep -P "$1" sleep) ]]; }

inject() { timeout -k 1 60 "$DRIVER" "$@" 3>&-; }
count() { inject count "$1" "$2" "$3"; }

# start ARGUMENT...: the victim, its pid in $pid, its output in $out.
start() { starter "$victim" "$@"; }

# starter COMMAND...: the same, started by COMMAND.
starter() {
	out=$BATS_TEST_TMPDIR/out
	: >"$out"
	ct_spawn "$@" >"$out" 2>&1 </dev/null
	ct_wait_for grep -q ready "$out"
	pid=$(sed -n 's/ready //p' "$out")
	job=$ct_pid
}

# finish: the victim says that nothing has happened to it.
finish() {
	kill -USR1 "$pid"
	ct_wait_for gone
	cat "$out"
	run -0 tail -n 1 "$out"
	[[ $output == *"${1-rounds}"* ]]
}
gone() { [[ ! -e /proc/$pid || $(state "$pid") == Z ]]; }
is() { [[ $(state "$pid") == "$1" ]]; }
state() { sed 's/.*) //' "/proc/$1/stat" | cut -c 1; }
signals() { grep -E '^(SigPnd|ShdPnd|SigBlk|SigIgn|SigCgt)' "/proc/$1/status"; }

# refused STATUS REGEX ARGUMENT...: one line, which is like this; the victim is where it was.
refused() {
	local expected=$1 regex=$2 before
	shift 2
	before=$(places "$2")
	run -"$expected" --separate-stderr inject "$@"
	echo "$stderr"
	[[ ${#stderr_lines[@]} == 1 && $stderr =~ ^inject:\ $regex$ ]]
	[[ $(places "$2") == "$before" ]]
}
places() { readlink /proc/"$1"/task/*/ns/* || true; ls "/proc/$1/fd" 2>/dev/null || true; }
