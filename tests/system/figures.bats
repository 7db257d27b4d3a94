#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The figures of ctstat, compared with what a process is known to use.

load ../helpers
load common

setup_file() {
	common_setup
	build usage
}
teardown_file() { common_teardown; }
setup() { ct_requires root named library:libsmartcols cc; }
teardown() { system_clean; }

# use MODE [NUMBER]: in the container $CT_TOP, which is made; its pid is in $ct_pid.
use() {
	ctcreate -p "$CT_TOP"
	ct_spawn ctexec -c "$CT_TOP" "$BATS_FILE_TMPDIR/usage" "$@"
}

# figure COLUMN [OPTION...]: of the container, without blanks.
figure() { ctstat --noheadings --bytes "${@:2}" -o "$1" "$CT_TOP" | tr -d ' '; }

# near VALUE WANTED: within 5 %.
near() {
	awk -v v="$1" -v w="$2" 'BEGIN { exit !(v != "" && v >= 0.95 * w && v <= 1.05 * w) }' ||
		{ echo "$1 is not $2, within 5 %" && return 1; }
}

becomes() { near "$(figure "$1" "${@:3}")" "$2" >/dev/null; }

# given COLUMN: a hierarchy tells that here.
given() {
	ctcreate -p "$CT_TOP"
	[[ -n $(figure "$1") ]] || skip "no hierarchy tells $1 here"
}

# limit FILE VALUE: in whichever hierarchy has that file of the container.
limit() {
	local mount done=0
	while read -r mount; do
		[[ -e $mount/$CT_TOP/$1 ]] || continue
		echo "$2" >"$mount/$CT_TOP/$1"
		done=1
	done <<<"$CT_MOUNTS"
	((done)) || skip "no hierarchy has $1 here"
}

# The nanoseconds that a process has run.
ran() { cut -d ' ' -f 1 "/proc/$1/schedstat"; }

@test "64 MiB of memory, and the peak of it" {
	given memory
	use memory 64
	ct_wait_for becomes memory 67108864
	near "$(figure peak)" 67108864
	kill -KILL "$ct_pid"
	ct_wait_for ended "$ct_pid"
	# What was, stays; what is, has gone.
	near "$(figure peak)" 67108864
	(($(figure memory) < 33554432))
}

# cpu_is_right: by what the process had, which on a busy machine is less than it wanted.
cpu_is_right() {
	local before after since until shown seconds
	before=$(ran "$ct_pid") since=$(date +%s%N)
	shown=$(figure cpu% --interval 2)
	after=$(ran "$ct_pid") until=$(date +%s%N)
	near "$shown" "$(awk -v r=$((after - before)) -v t=$((until - since)) 'BEGIN { print 100 * r / t }')" || return
	seconds=$(figure cpu)
	near "$seconds" "$(awk -v r="$(ran "$ct_pid")" 'BEGIN { print r / 1e9 }')"
}

@test "half of a CPU" {
	given cpu
	use cpu 50
	# The two look at the same time but for the start of ctstat, which may be long: of a few tries one is to do.
	cpu_is_right || cpu_is_right || cpu_is_right
}

@test "100 open files" {
	use files 100
	ct_wait_for becomes files 100 --files
	same 100 "$(figure files --files)"
}

@test "tasks, up to the limit" {
	ctcreate "$CT_TOP"
	limit pids.max 50
	use forks
	ct_wait_for becomes tasks 50
	ct_wait_for becomes pids 50
	same "50 50 50 50" "$(ctstat --raw --noheadings -o tasks,threads,pids,pids-limit "$CT_TOP")"
}

@test "limits" {
	given memory
	limits() { ctstat --raw --noheadings --bytes -o cpu-limit,memory-limit,pids-limit "$CT_TOP"; }
	same '  ' "$(limits)"
	limit pids.max 70
	if ct_mountpoint memory >/dev/null; then limit memory.limit_in_bytes 67108864; else limit memory.max 67108864; fi
	if ct_mountpoint cpu >/dev/null; then limit cpu.cfs_quota_us 25000; else limit cpu.max '25000 100000'; fi
	same '25.00 67108864 70' "$(limits)"
}

@test "bytes written to a device" {
	ctcreate -p "$CT_TOP"
	ctexec -c "$CT_TOP" dd if=/dev/zero of="$BATS_TEST_TMPDIR/file" bs=1M count=16 oflag=direct status=none ||
		skip 'no direct writing here'
	[[ -n $(figure io-write) ]] || skip 'the kernel does not count what is written to this device'
	near "$(figure io-write)" 16777216
}

@test "pressure is what the kernel says" {
	ct_requires v2
	ctcreate "$CT_TOP"
	[[ -e $CT_V2/$CT_TOP/cpu.pressure ]] || skip 'the kernel has no pressure files'
	same 0.00 "$(figure pressure-cpu)"
	[[ ! -e $CT_V2/$CT_TOP/io.pressure ]] || same 0.00 "$(figure pressure-io)"
}

@test "open files shared by fork, by dup, over a socket count once" {
	ctcreate "$CT_TOP"
	for how in fork dup scm; do
		use "$how" 30
		if [[ $how == dup ]]; then tasks=1; else tasks=2; fi
		ct_wait_for becomes tasks $tasks
		ct_wait_for becomes files 30 --files
		# scm: until the last is sent, and the sockets are closed
		ct_wait_for all_have 30 "$how"
		same 30 "$(figure files --files)"
		ctkill "$CT_TOP"
	done
}

# all_have COUNT HOW: each process of the container has as many descriptors as it is to have.
all_have() {
	local pid wanted=$1 found=0 fds
	[[ $2 != dup ]] || wanted=$((3 * $1))
	while read -r pid; do
		fds=("/proc/$pid/fd"/*)
		((${#fds[@]} == wanted)) || return 1
		found=$((found + 1))
	done < <(sort -u "$CT_H1/$CT_TOP/cgroup.procs")
	((found > 0))
}

@test "open files of two containers are each its own" {
	ctcreate -p "$CT_TOP/a" "$CT_TOP/b"
	ct_spawn ctexec -c "$CT_TOP/a" "$BATS_FILE_TMPDIR/usage" files 10
	ct_spawn ctexec -c "$CT_TOP/b" "$BATS_FILE_TMPDIR/usage" files 20
	both() { ctstat -r --files --noheadings --raw -o files "$CT_TOP" | tr '\n' ' '; }
	ct_wait_for eval '[[ $(both) == "0 10 20 " ]]'
}

@test "what may not be looked at is absent, and said" {
	ct_requires setpriv jq
	use files 10
	ct_wait_for becomes files 10 --files
	cp -L "$CT_BIN/ct" "$CT_TEST_DIR/ct"
	ln -sf ct "$CT_TEST_DIR/ctstat"
	run -0 --separate-stderr setpriv --reuid 12345 --regid 12345 --clear-groups \
		"$CT_TEST_DIR/ctstat" --files -J -o tasks,files "$CT_TOP"
	same "ctstat: $CT_TOP: the open files of process $ct_pid cannot be counted: Operation not permitted" "$stderr"
	same '{"containers":[{"tasks":1,"files":null}]}' "$(jq -c . <<<"$output")"
}

@test "without the column nothing is read, with an interval CPU% is there unasked" {
	given cpu
	use cpu 50
	run -0 ctstat --interval 0.1 "$CT_TOP"
	[[ ${lines[0]} =~ ^NAME\ +TASKS\ +CPU%\ +CPU\  ]]
	run -0 ctstat "$CT_TOP"
	[[ ${lines[0]} =~ ^NAME\ +TASKS\ +CPU\  ]]
}

@test "--openmetrics says the same" {
	given memory
	use memory 64
	ct_wait_for becomes memory 67108864
	metric() { ctstat --openmetrics "$@" "$CT_TOP" | awk -v m="ct_container_$name{" 'index($0, m) == 1 { print $NF }'; }
	name=memory_bytes
	near "$(metric)" 67108864
	name=tasks
	same 1 "$(metric)"
	name=open_files
	same '' "$(metric)"
	(($(metric --files) > 0))
}

# The output is a table, a blank line, a table, until its reader goes.
@test "-w without a terminal: a table each interval, containers come and go" {
	ctcreate -p "$CT_TOP/a"
	ct_spawn ctstat -r -w 0.2 -o name "$CT_TOP" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/errors"
	ct_wait_for grep -q "^$CT_TOP/a" "$BATS_TEST_TMPDIR/out"
	ctcreate "$CT_TOP/b"
	ct_wait_for grep -q "^$CT_TOP/b" "$BATS_TEST_TMPDIR/out"
	ctrm -r "$CT_TOP"
	# libsmartcols prints no headings of nothing
	ct_wait_for eval '[[ -z $(tail -n 2 "$BATS_TEST_TMPDIR/out") ]]'
	ctcreate "$CT_TOP"
	ct_wait_for eval '[[ $(tail -n 3 "$BATS_TEST_TMPDIR/out") == *"$CT_TOP"* ]]'
	alive "$ct_pid"
	kill "$ct_pid"
	same '' "$(<"$BATS_TEST_TMPDIR/errors")"
}

@test "-w ends when nobody reads" {
	run -0 timeout 60 bash -c 'ctstat -w 0.1 "$1" | head -n 1; ((PIPESTATUS[0] != 124))' bash "$CT_TOP"
}
