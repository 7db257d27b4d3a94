#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How many are left: on a terminal, after a second, in one line that is gone in the end.

load ../helpers
load common

setup_file() { common_setup; }
teardown_file() { common_teardown; }
setup() { ct_requires root named script; }
teardown() { system_clean; }

# on_terminal COLUMNS COMMAND...: all that it writes there, in $written; its status in $status.
on_terminal() {
	local columns=$1
	shift
	printf -v command '%q ' "$@"
	status=0
	# The quotes are those of bash, whatever the user's shell is.
	SHELL=$BASH timeout -k 1 150 script -qec "stty cols $columns; $command" /dev/null >"$BATS_TEST_TMPDIR/written" \
		2>&1 </dev/null 3>&- || status=$?
	: >"$BATS_TEST_TMPDIR/ended"
	written=$(<"$BATS_TEST_TMPDIR/written")
}

# until_drawn COLUMNS COMMAND...: the same, of a command that waits for the end of $ct_pid, which comes
# when there is a line: when that is drawn, a busy machine decides.
until_drawn() {
	local ends=$ct_pid
	when_drawn kill -KILL "$ends"
	on_terminal "$@"
	was_drawn
}

# when_drawn COMMAND...: in the background, when the terminal has a line, or is not going to have any.
# "was_drawn" tells which, after on_terminal.
when_drawn() {
	rm -f "$BATS_TEST_TMPDIR/written" "$BATS_TEST_TMPDIR/ended"
	(
		drawn=0
		ct_wait_for has_line || drawn=1
		grep -qs ' left' "$BATS_TEST_TMPDIR/written" || drawn=1
		"$@" || true
		exit $drawn
	) 3>&- &
	watcher=$!
}
has_line() { grep -qs ' left' "$BATS_TEST_TMPDIR/written" || [[ -e $BATS_TEST_TMPDIR/ended ]]; }
was_drawn() { wait $watcher || { said && return 1; }; }

# said: for a failure, what there was.
said() { printf 'status %s, written %q\n' "$status" "$written"; }

# shown: what the terminal shows in the end, and at any moment before, a line each: what was drawn.
drawn() { tr '\r' '\n' <<<"$written" | sed 's/ *$//' | sed '/^$/d'; }

sleeper() {
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_H1/$1/cgroup.procs"
}

@test "ctwait: the number of processes, wiped before the message" {
	mkdir "$CT_H1/$CT_TOP"
	sleeper "$CT_TOP"
	sleeper "$CT_TOP"
	on_terminal 80 ctwait -t 3.5 "$CT_TOP"
	((status == 1))
	line="ctwait: $CT_TOP: 2 left"
	mapfile -t lines < <(drawn | uniq)
	same "$line" "${lines[0]}"
	[[ ${lines[1]} == "ctwait: $CT_TOP: 2 processes are left: "* && ${#lines[@]} == 2 ]]
	# Blanks over each column of it, and back.
	[[ $written == $'\r'"$line"$'\r'* ]]
	[[ ${written//$'\r'"$line"/} == $'\r'"$(printf '%*s' ${#line} '')"$'\r'"ctwait: $CT_TOP: 2 processes"* ]]
	[[ $written != *$'\e'* ]]
}

@test "nothing within a second, nothing into a pipe, nothing for a command in the background" {
	mkdir "$CT_H1/$CT_TOP"
	sleeper "$CT_TOP"
	message="ctwait: $CT_TOP: 1 process is left: $ct_pid (sleep)"
	on_terminal 80 ctwait -t 0.4 "$CT_TOP"
	same "$message" "${written%$'\r'}"
	run -1 ctwait -t 1.6 "$CT_TOP"
	same "$message" "$output"
	# shellcheck disable=SC2016  # for the inner shell
	on_terminal 80 bash -mc 'stty tostop; ctwait -t 20 "$1" 2>&1 & sleep 1.5; jobs; kill $!' sh "$CT_TOP"
	[[ $written == *Running* && $written != *left* ]] || { echo "$written" && false; }
}

@test "one line, however narrow the terminal" {
	mkdir "$CT_H1/$CT_TOP"
	for columns in 100 30 24 20 10 7; do
		sleeper "$CT_TOP"
		until_drawn "$columns" ctwait -t 120 "$CT_TOP"
		((status == 0)) || { said && false; }
		mapfile -t lines < <(drawn)
		((${#lines[0]} < columns)) || { echo "$columns: ${lines[0]}" && false; }
		[[ ${lines[0]} == *"1 left" ]] || { echo "$columns: ${lines[0]}" && false; }
	done
	# Too narrow even for the number: nothing.
	sleeper "$CT_TOP"
	on_terminal 5 ctwait -t 1.3 "$CT_TOP"
	same "ctwait: $CT_TOP: 1 process is left: $ct_pid (sleep)" "${written%$'\r'}"
}

@test "no name controls the terminal; wide ones are counted by columns" {
	export LC_ALL=C.UTF-8
	evil=$'ev\e[31m\e]0;x\aäöü中中中中中中中中中中中中'
	mkdir -p "$CT_H1/$CT_TOP/$evil"
	for columns in 200 60 40 30; do
		sleeper "$CT_TOP/$evil"
		until_drawn "$columns" ctwait -t 120 "$CT_H1/$CT_TOP/$evil"
		((status == 0)) || { said && false; }
		[[ $written != *$'\e'* && $written != *$'\a'* ]] || { said && false; }
		line=$(drawn | head -n 1)
		[[ $line == "ctwait: /"*": 1 left" ]] || { said && false; }
		wide=$(tr -cd '中' <<<"$line" | wc -m)
		((${#line} + wide < columns)) || { echo "$columns: $line" && false; }
	done
}

@test "ctrm: the directories that are left, less each time" {
	ct_requires strace
	mkdir "$CT_H1/$CT_TOP"
	for i in 1 2 3 4 5 6 7 8 9; do mkdir "$CT_H1/$CT_TOP/$i"; done
	on_terminal 80 strace -qq -o /dev/null -e inject=unlinkat:delay_enter=200000 ctrm -r "$CT_TOP"
	((status == 0))
	drawn >"$BATS_TEST_TMPDIR/lines"
	(($(wc -l <"$BATS_TEST_TMPDIR/lines") >= 2))
	same "$(sed -n "s/^ctrm: $CT_TOP: \([0-9]*\) left$/\1/p" "$BATS_TEST_TMPDIR/lines" | sort -rnu)" \
		"$(sed -n 's/.* \([0-9]*\) left$/\1/p' "$BATS_TEST_TMPDIR/lines")"
	[[ $written == *$'\r' ]]
}

@test "ctkill: the processes that have not ended, wiped before the message" {
	mkdir "$CT_H1/$CT_TOP"
	sleeper "$CT_TOP"
	sleeper "$CT_TOP"
	on_terminal 80 ctkill -s WINCH -t 3.2 "$CT_TOP"
	((status == 1))
	mapfile -t lines < <(drawn | uniq)
	same "ctkill: $CT_TOP: 2 left" "${lines[0]}"
	[[ ${lines[1]} == "ctkill: $CT_TOP: 2 processes are left after 3.2 s: "* && ${#lines[@]} == 2 ]]
}

@test "ctkill -d: the directories, after the processes" {
	ct_requires strace
	mkdir "$CT_H1/$CT_TOP"
	for i in 1 2 3 4 5 6 7 8 9; do mkdir "$CT_H1/$CT_TOP/$i"; done
	on_terminal 80 strace -qq -o /dev/null -e inject=unlinkat:delay_enter=200000 ctkill -r -d "$CT_TOP"
	((status == 0))
	drawn >"$BATS_TEST_TMPDIR/lines"
	(($(grep -cx "ctkill: $CT_TOP: [1-9] left" "$BATS_TEST_TMPDIR/lines") >= 2))
	run -1 grep -vx "ctkill: $CT_TOP: [1-9] left" "$BATS_TEST_TMPDIR/lines"
}

@test "ctfreeze: the tasks that do not stand still yet" {
	ct_requires freezer cc
	cc -O1 -o "$BATS_TEST_TMPDIR/awkward" "$CT_SOURCE/tests/system/awkward.c"
	ct_spawn "$BATS_TEST_TMPDIR/awkward" stuck
	mkdir "$(ct_mountpoint freezer)/$CT_TOP"
	ct_wait_for eval '[[ $(sed "s/.*) //; s/ .*//" /proc/$ct_pid/stat) == [DZ] ]]'
	echo "$ct_pid" >"$(ct_mountpoint freezer)/$CT_TOP/cgroup.procs" || skip 'no userfaultfd(2)'
	on_terminal 80 ctfreeze -H freezer -t 3 "$CT_TOP"
	((status == 1))
	mapfile -t lines < <(drawn)
	same "ctfreeze: $CT_TOP: 1 left" "${lines[0]}"
	[[ ${lines[-1]} == "ctfreeze: $CT_TOP: not all tasks stopped within 3 s, "* ]]
}

@test "the line is gone when it is interrupted" {
	mkdir "$CT_H1/$CT_TOP"
	sleeper "$CT_TOP"
	interrupt() {
		for pid in $(ct_below $$); do
			[[ $(cat "/proc/$pid/comm" 2>/dev/null) != ctwait ]] || kill -INT "$pid"
		done
	}
	when_drawn interrupt
	on_terminal 80 ctwait -t 120 "$CT_TOP"
	was_drawn
	((status == 130)) || { said && false; }
	[[ $written == *"1 left"*$'\r'* ]]
	[[ -z $(tail -c 1 "$BATS_TEST_TMPDIR/written" | tr -d '\r') ]]
}
