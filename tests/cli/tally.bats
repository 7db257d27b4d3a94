#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The sum of the tests counts what it should, and a runner that broke never passes for one that
# ran.

load ../helpers

# tally of one log made of the arguments, a line each
tally() {
	printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/log.tap"
	"$CT_SOURCE/tests/tally" "$BATS_TEST_TMPDIR/log.tap"
}

@test "tally: passed, failed with its diagnostics, skipped with its reason" {
	run -1 tally 1..4 'ok 1 - one' 'not ok 2 - two' '# because' 'ok 3 three # skip not root' \
		'ok 4 - four # SKIP: no v2' '# exit 1'
	[[ ${lines[0]} == "FAILED log: two" ]]
	[[ ${lines[1]} == "       # because" ]]
	[[ ${lines[3]} == "skipped log: three: not root" ]]
	[[ ${lines[4]} == "skipped log: four: no v2" ]]
	[[ ${lines[5]} == "1 passed, 1 failed, 2 skipped" ]]
}

@test "tally: all passed" {
	run -0 tally 1..2 'ok 1' 'ok 2 a title with a \# skip in it' '# exit 0'
	[[ $output == "2 passed, 0 failed, 0 skipped" ]]
}

@test "tally: a suite that is skipped as a whole" {
	run -0 tally '1..0 # SKIP not root' '# exit 0'
	[[ ${lines[0]} == "skipped log: not root" ]]
	[[ ${lines[1]} == "0 passed, 0 failed, 1 skipped" ]]
}

@test "tally: fewer or more results than planned" {
	run -1 tally 1..5 'ok 1' 'ok 2' '# exit 0'
	[[ ${lines[-1]} == "2 passed, 3 failed, 0 skipped" ]]
	run -1 tally 1..1 'ok 1' 'ok 2' '# exit 0'
	[[ ${lines[-1]} == "2 passed, 1 failed, 0 skipped" ]]
}

@test "tally: no plan, an end that failed, no end, an empty log, a missing log" {
	run -1 tally 'ok 1' '# exit 0'
	[[ ${lines[0]} == "FAILED log: no plan" ]]
	run -1 tally 1..1 'ok 1' '# exit 139'
	[[ ${lines[0]} == "FAILED log: the runner exited with status 139" ]]
	run -1 tally 1..1 'ok 1'
	[[ ${lines[0]} == "FAILED log: the runner did not end" ]]
	: >"$BATS_TEST_TMPDIR/empty.tap"
	run -1 "$CT_SOURCE/tests/tally" "$BATS_TEST_TMPDIR/empty.tap"
	[[ ${lines[-1]} == "0 passed, 1 failed, 0 skipped" ]]
	run ! "$CT_SOURCE/tests/tally" "$BATS_TEST_TMPDIR/missing.tap"
}
