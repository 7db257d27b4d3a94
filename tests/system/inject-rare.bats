#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What few processes do is kept, too, when they are made to enter namespaces, or refused (common/inject.h).

load ../helpers
load common
load inject

setup_file() {
	inject_setup
	[[ -z ${CT_H1-} ]] || build rare
}
teardown_file() { common_teardown; }
setup() { inject_start && export CT_PATIENCE=10000000; }
teardown() { system_clean; }

# rare WHAT ARGUMENT...: rare.c; skips where it cannot.
rare() {
	starter "$BATS_FILE_TMPDIR/rare" "$@" || true
	grep ready "$out" || skip "not here: $(<"$out")"
	sleep 0.2 # it is what it is a moment after it was ready
}

@test "one that steps itself" {
	rare steps
	run -0 inject shuttle "$pid" net,uts "$away" "$old" 20
	finish 'fine, '
}

@test "a restartable sequence is begun anew" {
	rare sequence "$BATS_TEST_TMPDIR/number"
	for number in {1..5}; do
		CT_BETWEEN="printf $number | dd of='$BATS_TEST_TMPDIR/number' conv=notrunc status=none" \
			inject enter "$pid" net,uts "$away"
		CT_BETWEEN="printf x | dd of='$BATS_TEST_TMPDIR/number' conv=notrunc status=none" \
			inject enter "$pid" net,uts "$old"
	done
	finish 'fine, '
}

@test "one that turns its system calls into signals" {
	rare dispatch
	[[ $(printf '%s\n' 6.4 "$(uname -r)" | sort -V | head -n 1) == 6.4 ]] || skip "Linux $(uname -r) does not tell"
	refused 1 "process $pid turns its system calls into signals \(PR_SET_SYSCALL_USER_DISPATCH, as Wine does\), which would kill it: start it there instead" \
		enter "$pid" net "$away"
	finish fine
}

@test "deep down in its stack" {
	rare deep
	run -0 inject shuttle "$pid" net,uts "$away" "$old" 6
	finish fine
}

@test "one with threads of the kernel in it" {
	local what
	for what in poller worker; do
		rare $what
		refused 1 "process $pid has a thread of the kernel in it \(iou-.*, for io_uring or vhost\), which enters no namespace: end what uses that, or start it there instead" \
			enter "$pid" net "$away"
		finish fine
	done
}

# A machine that is busy with other things may come too late.
@test "what waits in calls that end when they are stopped" {
	local what result code elapsed wanted status try
	for what in ring readv recvmmsg write writev sendto sendmsg sendmmsg connect; do
		wanted="-1 EAGAIN"
		[[ $what != ring ]] || wanted="0 0"
		for try in 1 2 3; do
			rare $what 1000
			status=0
			inject shuttle "$pid" net,uts "$away" "$old" 6 >"$BATS_TEST_TMPDIR/held" || status=$?
			ct_wait_for gone
			read -r result code elapsed < <(tail -n 1 "$out")
			echo "$what, try $try: $status: $result $code $elapsed"
			[[ "$result $code" == "$wanted" ]] && ((elapsed >= 999))
			((status != 0)) || break
		done
		((status == 0))
	done
}
