#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The screen of ctstat -w, in a pseudo-terminal that terminal.c plays.

load ../helpers
load common

setup_file() {
	common_setup
	command -v cc >/dev/null || return 0
	cc -O1 -Wall -Wextra -o "$BATS_FILE_TMPDIR/terminal" "$CT_SOURCE/tests/system/terminal.c" -lutil
	build usage
	! command -v tic >/dev/null || tic -x -o "$BATS_FILE_TMPDIR" "$CT_SOURCE/tests/system/terminal.ti"
}
teardown_file() { common_teardown; }
setup() {
	ct_requires root named library:libsmartcols library:libncursesw cc tic
	export TERM=ct-test TERMINFO=$BATS_FILE_TMPDIR
	unset NO_COLOR
}
teardown() { system_clean; }

# screen ROWS COLUMNS OPTION...: what is to happen there is on stdin, see terminal.c.
screen() {
	timeout -k 1 240 "$BATS_FILE_TMPDIR/terminal" "$1" "$2" ctstat "${@:3}" 3>&-
}

machine() { echo "$CT_SOURCE/tests/fixtures/$1"; }

@test "what is there, by every key that orders it" {
	screen 12 80 -w 0.2 -r --sysroot "$(machine v2)" <<-END
	see ^7 of 7 containers, by CPU%, every 0.2 s
	see ^NAME +TASKS +CPU% +CPU 1 MIN +MEMORY +MEM 1 MIN +OF LIMIT +STATE
	see ^web/frontend +2 +0.00 .* running
	see ^web  .* p #[.]+ empty
	see ^s sort
	type s
	see by MEMORY
	type s
	see by TASKS
	type s
	see by NAME
	type t
	see by NAME, tree
	see ^  backend +1
	gone web/backend
	type t
	see ^web/backend
	type s
	see by CPU%
	type q
	end 0
	END
}

@test "the filter" {
	screen 12 80 -w 0.2 -r --sysroot "$(machine v2)" <<-'END'
	see ^db
	type /enX
	see ^show names with: enX
	see ^0 of 7 containers
	type \b
	see ^2 of 7 containers, by CPU%, names with en,
	gone ^db
	type \r
	see ^s sort
	gone ^db
	type /\e
	see ^7 of 7
	see ^db
	type /é\b
	see ^show names with: *$
	see ^7 of 7 containers, by CPU%, every
	type \e
	type q
	end 0
	END
}

@test "resized: wider, narrower, of one row, of none" {
	screen 12 80 -w 0.2 -r --sysroot "$(machine v2)" <<-'END'
	see OF LIMIT
	resize 12 40
	gone OF LIMIT
	see ^NAME .*CPU%
	see ^s sort
	resize 4 40
	gone ^web/frontend
	type \e[4~
	see ^web/frontend
	type \e[1~
	gone ^web/frontend
	resize 1 10
	resize 1 1
	resize 30 150
	see ^web/frontend .*running
	see OF LIMIT
	type q
	end 0
	END
}

@test "colours, but not where NO_COLOR is set or the terminal has none" {
	screen 12 80 -w 0.2 -r --sysroot "$(machine v2)" <<-'END'
	see ^web
	colours yes
	type q
	end 0
	END
	NO_COLOR=1 screen 12 80 -w 0.2 -r --sysroot "$(machine v2)" <<-'END'
	see ^web
	colours no
	type q
	end 0
	END
	NO_COLOR='' screen 12 80 -w 0.2 -r --sysroot "$(machine v2)" <<-'END'
	see ^web
	colours yes
	type q
	end 0
	END
}

@test "containers come and go" {
	ctcreate -p "$CT_TOP/a"
	export CT_TOP
	screen 12 80 -w 0.2 -r -H "$CT_OWN" "$CT_TOP" <<-'END'
	see ^ctt[0-9]+/a
	run ctcreate "$CT_TOP/new"
	see ^ctt[0-9]+/new .* empty
	run ctrm "$CT_TOP/new" "$CT_TOP/a"
	gone ^ctt[0-9]+/(new|a)
	run ctrm "$CT_TOP"
	see ^0 of 0
	type k
	type f
	run ctcreate "$CT_TOP"
	see ^ctt[0-9]+ .* empty
	see ^1 of 1
	type q
	end 0
	END
}

@test "a CPU in use is seen, in a bar and a plot" {
	ctcreate "$CT_TOP"
	[[ -n $(ctstat --noheadings -o cpu "$CT_TOP" | tr -d ' ') ]] || skip 'no hierarchy tells CPU here'
	ct_spawn ctexec -c "$CT_TOP" "$BATS_FILE_TMPDIR/usage" cpu 100
	screen 12 80 -w 0.3 "$CT_TOP" <<-'END'
	see ^ctt[0-9]+ +1 +[1-9][0-9.]+ +[-_.:=+*#]
	type q
	end 0
	END
}

@test "k kills what the cursor is on, but asks first" {
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a" "$CT_TOP/b"
	ct_spawn ctexec -c "$CT_TOP/a" sleep 1000
	first=$ct_pid
	ct_spawn ctexec -c "$CT_TOP/b" sleep 1000
	export first second=$ct_pid
	screen 12 80 -w 0.2 -r --sort name -H "$CT_OWN" "$CT_TOP" <<-'END'
	see ^ctt[0-9]+/b +1
	type \e[B\e[B
	type k
	see ^kill everything in and below ctt[0-9]+/b\? y or n
	type n
	gone ^kill
	run kill -0 $first && kill -0 $second
	type k
	see ^kill everything in and below ctt[0-9]+/b\? y or n
	type y
	see ^ctt[0-9]+/b +0 .*empty
	see ^ctt[0-9]+/a +1 .*running
	type q
	end 0
	END
	ended "$second"
	alive "$first"
}

@test "f freezes, and thaws again" {
	ctcreate "$CT_TOP"
	[[ -n $CT_V2 && -e $CT_V2/$CT_TOP/cgroup.freeze ]] || ct_requires freezer
	ct_spawn ctexec -c "$CT_TOP" sleep 1000
	screen 12 80 -w 0.2 "$CT_TOP" <<-'END'
	see ^ctt[0-9]+ +1 .*running
	type f
	see ^ctt[0-9]+ +1 .*frozen
	type f
	see ^ctt[0-9]+ +1 .*running
	type q
	end 0
	END
	same "$CT_TOP running" "$(ctstat --raw --noheadings -o name,state "$CT_TOP")"
}

# It would be done to one that is not seen.
@test "no key acts on what the filter hides, or what has gone" {
	ctcreate -p "$CT_TOP/a" "$CT_TOP/b"
	[[ -n $CT_V2 && -e $CT_V2/$CT_TOP/cgroup.freeze ]] || ct_requires freezer
	export CT_TOP
	screen 12 100 -w 0.2 -r --sort name "$CT_TOP" <<-'END'
	see ^ctt[0-9]+/b
	type \e[B\e[B
	type //a\r
	gone ^ctt[0-9]+/b
	type f
	see ^ctt[0-9]+/a .*frozen
	run [ "$(ctstat --raw --noheadings -o state "$CT_TOP/b")" = empty ]
	type f
	see ^ctt[0-9]+/a .*empty
	type k
	see ^kill everything in and below ctt[0-9]+/a\? y or n
	run ctrm "$CT_TOP/a"
	gone ^ctt[0-9]+/a
	type y
	see ^it is not there any more: nothing was killed
	type q
	end 0
	END
}

@test "what cannot be done is said, and the screen goes on" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	ct_spawn ctexec -c "$CT_TOP" sleep 1000
	screen 12 100 -w 0.2 "$CT_TOP" <<-'END'
	see ^ctt[0-9]+ +1
	type f
	see ^ctt[0-9]+: .*freez
	type t
	see ^s sort
	type q
	end 0
	END
}

@test "what would not be recorded as it is to be is not done" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	local -x CT_AUDIT=no
	screen 12 100 -w 0.2 "$CT_TOP" <<-'END'
	see ^ctt[0-9]+ +0
	type f
	see ^ctt[0-9]+: CT_AUDIT=no: it is off
	type q
	end 0
	END
}

# Only this process's own terminal: it would stand still for ever.
@test "it neither kills nor freezes itself" {
	ctcreate "$CT_TOP"
	timeout -k 1 240 ctexec -c "$CT_TOP" "$BATS_FILE_TMPDIR/terminal" 12 120 ctstat -w 0.2 "$CT_TOP" 3>&- <<-'END'
	see ^ctt[0-9]+ +[0-9]
	type f
	see ^ctt[0-9]+: .*it
	type q
	end 0
	END
	timeout -k 1 240 ctexec -c "$CT_TOP" "$BATS_FILE_TMPDIR/terminal" 12 120 ctstat -w 0.2 "$CT_TOP" 3>&- <<-'END'
	see ^ctt[0-9]+ +[0-9]
	type ky
	see ^ctt[0-9]+: .*
	type q
	end 0
	END
}

@test "hostile names do not control the terminal" {
	mkdir "$CT_H1/$CT_TOP" "$CT_H1/$CT_TOP/"$'a\e[31mred' "$CT_H1/$CT_TOP/"$'i\xff'
	screen 12 120 -w 0.2 -r -H "name=${CT_TEST_ID}_1" "$CT_TOP" <<-'END'
	see ^ctt[0-9]+/a\^\[\[31mred
	see ^ctt[0-9]+/iM\^\?
	type \e[B\e[Bk
	see below ctt[0-9]+/.*y or n
	type n
	type q
	end 0
	END
}

@test "killed or without its terminal it ends, and leaves the terminal as it was" {
	screen 12 80 -w 0.2 -r --sysroot "$(machine v2)" <<-'END'
	see ^web
	type \c
	end 1
	END
	screen 12 80 -w 0.2 -r --sysroot "$(machine v2)" <<-'END'
	see ^web
	hangup
	end 129
	END
}

# Not with sanitizers: ncurses itself loses memory then.
@test "a terminal that can show no screen" {
	ct_requires plain
	export TERM=dumb-as-nothing
	screen 12 120 -w 0.2 -r --sysroot "$(machine v2)" <<-'END'
	see ctstat: no screen can be shown on a terminal of the type 'dumb-as-nothing': set TERM
	end 1
	END
	TERM=ct-dumb screen 12 120 -w 0.2 -r --sysroot "$(machine v2)" <<-'END'
	see ctstat: no screen can be shown on a terminal of the type 'ct-dumb': set TERM
	end 1
	END
}
