# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For the .bats files beside it: "load cli". What a command prints is compared as a whole, by diff.

load ../helpers

# machine NAME: what --sysroot takes.
machine() { printf '%s/tests/fixtures/%s' "$CT_SOURCE" "$1"; }

# copy NAME: a copy that a test may change is then at $copy.
copy() {
	copy=$BATS_TEST_TMPDIR/$1
	cp -R "$(machine "$1")" "$copy"
}

# capture COMMAND...: its output is in $out and $err, files both; its exit status in $status.
capture() {
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err status=0
	"$@" >"$out" 2>"$err" </dev/null 3>&- || status=$?
}

# same TEXT FILE: FILE is TEXT and a newline, or empty if TEXT is. Blanks at the ends of
# lines, of which tables have some, do not count.
same() {
	diff -u --label wanted --label got <(if [[ -n $1 ]]; then printf '%s\n' "$1"; fi) <(sed 's/ *$//' "$2")
}

# expect STATUS OUT ERR COMMAND...: the command ends with STATUS and prints just that. "-"
# as ERR: exactly one line, whatever it says.
expect() {
	local wanted_status=$1 wanted_out=$2 wanted_err=$3
	shift 3
	capture "$@"
	same "$wanted_out" "$out" || return
	if [[ $wanted_err == - ]]; then
		[[ $(wc -l <"$err") == 1 ]] || { cat "$err" && return 1; }
	else
		same "$wanted_err" "$err" || return
	fi
	[[ $status == "$wanted_status" ]] || { echo "status $status, not $wanted_status: $*" && return 1; }
}

# usage ERR COMMAND...: a usage error, whose second line names the help of the command.
usage() {
	local command=$2
	[[ $command != ct || $# == 2 || $3 == -* ]] || command=ct$3
	expect 2 '' "$1
Try '$command --help' for more information." "${@:2}"
}

# pids FIXTURE PATH: the processes a fixture lists there, in the order of their numbers.
pids() { sort -n "$(machine "$1")/$2/cgroup.procs"; }

# named FIXTURE COMMAND: the process of that name in a fixture.
named() {
	local file
	for file in "$(machine "$1")"/proc/[0-9]*/stat; do
		if [[ $(<"$file") == *" ($2) "* ]]; then
			file=${file%/stat}
			echo "${file##*/}"
			return
		fi
	done
	echo "no process $2 in $1" >&2
	return 1
}

# repeat COUNT TEXT
repeat() {
	local text=
	printf -v text '%*s' "$1" ''
	printf '%s' "${text// /$2}"
}
