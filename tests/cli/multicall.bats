#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load cli

version=$(sed -n 's/^VERSION = //p' "$CT_SOURCE/Makefile")

@test "a command is the same by both names" {
	for command in exec create clone attach kill rm set stat mount; do
		capture ct "$command" --help
		[ "$status" = 0 ]
		mv "$out" "$out.ct"
		capture "ct$command" --help
		[ "$status" = 0 ]
		diff -u "$out.ct" "$out"
		[ -s "$out" ]
	done
	expect 0 'join v2 /db' '' ct exec -n --sysroot "$(machine v2)" -c db true
	expect 0 'join v2 /db' '' ctexec -n --sysroot "$(machine v2)" -c db true
	expect 0 'join v2 /db' '' ct ctexec -n --sysroot "$(machine v2)" -c db true
}

@test "options of ct before the command hold for it" {
	expect 0 'join v2 /db' '' ct --sysroot "$(machine v2)" exec -n -c db true
}

@test "messages are under the command's own name" {
	expect 1 '' 'ctrm: none: no such container in v2; ct stat -r lists those there are, ctcreate makes one' \
		ct rm -n --sysroot "$(machine v2)" none
}

@test "a name that is no command's is ct" {
	ln -s "$CT_BIN/ct" "$BATS_TEST_TMPDIR/ctx"
	ln -s "$CT_BIN/ct" "$BATS_TEST_TMPDIR/exec"
	expect 0 'ct (ct) '"$version" '' "$BATS_TEST_TMPDIR/ctx" --version
	expect 0 'ct (ct) '"$version" '' "$BATS_TEST_TMPDIR/exec" --version
}

commands='the commands are attach, clone, create, exec, freeze, kill, mount, rm, set, stat, wait'

@test "an unknown command is told with the nearest one" {
	expect 2 '' "ct: unknown command 'exe'; did you mean exec? $commands
Try 'ct --help' for more information." ct exe
	expect 2 '' "ct: unknown command 'ctattahc'; did you mean attach? $commands
Try 'ct --help' for more information." ct ctattahc 1
	expect 2 '' "ct: unknown command 'sta'; did you mean stat? $commands
Try 'ct --help' for more information." ct sta -r
}

@test "an unknown command that is near to none" {
	for word in ls xy frobnicate '' "$(repeat 100 x)"; do
		expect 2 '' "ct: unknown command '$word'; $commands
Try 'ct --help' for more information." ct "$word"
	done
}

@test "no command" {
	expect 2 '' "ct: which command? ct --help lists them
Try 'ct --help' for more information." ct
}

@test "version" {
	expect 0 'ct (ct) '"$version" '' ct --version
	expect 0 'ct (ct) '"$version" '' ct -V
	for command in ctexec ctcreate ctclone ctattach ctfreeze ctkill ctrm ctset ctstat ctmount ctwait; do
		expect 0 "$command (ct) $version" '' "$command" --version
	done
}

@test "help of ct lists the commands" {
	expect 0 'Usage: ct [options] COMMAND [ARG...]
Run processes in containers over all hierarchies.

Options:
      --root CONTAINER           where names count from, for this command and what it runs (CT_ROOT)
      --describe                 print the commands and options as a table for programs
  -v, --verbose                  say each change that is made
  -h, --help                     print this help
  -V, --version                  print the version

See ct(8).

Commands ("ct exec" is "ctexec" by another name):
  ctattach   move running processes into a container
  ctclone    make a container below the current one and run a command in it
  ctcreate   make containers
  ctexec     run a command in a container
  ctfreeze   freeze everything in a container, or thaw it
  ctkill     signal every process in a container
  ctmount    mount, unmount and list hierarchies
  ctrm       remove empty containers
  ctset      read and set parameters of a container
  ctstat     list containers and what they hold
  ctwait     wait until containers are empty' '' ct --help
}

@test "help of a command" {
	expect 0 'Usage: ctrm [options] CONTAINER...
Remove empty containers.

Options:
  -r, --recursive                remove the containers below it first
  -H, --hierarchies HIERARCHY    only from these, with commas between
  -n, --dry-run                  print the steps and do nothing
  -v, --verbose                  say each change that is made
  -h, --help                     print this help
  -V, --version                  print the version

See ctrm(8) and ct-containers(7).' '' ctrm -h
}

@test "help needs no operand and goes before everything" {
	capture ctexec --help --version
	[ "$status" = 0 ]
	[[ $(head -n 1 "$out") == 'Usage: ctexec [options] COMMAND [ARG...]' ]]
}

@test "describe is a table: five fields for an option, four for a command" {
	capture ct --describe
	[ "$status" = 0 ]
	same '' "$err"
	awk -F '\t' '
		$1 == "applet" { want = 4; applets++ }
		$1 == "option" { want = 5; options++ }
		$1 != "applet" && $1 != "option" { want = 0 }
		NF != want { print "not " want " fields: " $0; bad = 1 }
		{ for (i = 1; i <= NF; i++) if ($i == "") { print "empty field: " $0; bad = 1 } }
		$1 == "option" && $2 != "-" && $2 !~ /^-[A-Za-z0-9]$/ { print "letter: " $0; bad = 1 }
		$1 == "option" && $3 !~ /^--[a-z][a-z0-9-]*$/ { print "name: " $0; bad = 1 }
		END { exit bad || applets != 12 || options < 8 }' "$out"
}

@test "describe names each command once, in order" {
	capture ct --describe
	same 'ct
ctattach
ctclone
ctcreate
ctexec
ctfreeze
ctkill
ctmount
ctrm
ctset
ctstat
ctwait' <(awk -F '\t' '$1 == "applet" { print $2 }' "$out")
}

@test "describe of one command" {
	expect 0 "$(printf '%s\t%s\t%s\t%s\t%s\n' \
		applet ctrm CONTAINER... 'remove empty containers' '' \
		option -r --recursive - 'remove the containers below it first' \
		option -H --hierarchies HIERARCHY 'only from these, with commas between' \
		option -n --dry-run - 'print the steps and do nothing' \
		option -v --verbose - 'say each change that is made' \
		option -h --help - 'print this help' \
		option -V --version - 'print the version' | sed 's/\t$//')" '' ct --describe rm
	capture ct --describe rm
	mv "$out" "$out.short"
	capture ct --describe ctrm
	diff -u "$out.short" "$out"
}

@test "describe of an unknown command" {
	expect 2 '' "ct: unknown command 'bogus'; $commands
Try 'ct --help' for more information." ct --describe bogus
}

@test "describe hides what has no help" {
	capture ct --describe
	[ "$(grep -c sysroot "$out")" = 0 ]
	expect 0 'ct (ct) '"$version" '' ct --sysroot / --version
}

@test "help and describe list the same options" {
	for command in ct ctattach ctclone ctcreate ctexec ctfreeze ctkill ctmount ctrm ctset ctstat ctwait; do
		capture "$command" --help
		sed -n '/^Options:/,/^$/s/^  *\(-.,\)\{0,1\} *\(--[a-z0-9-]*\).*/\2/p' "$out" >"$out.help"
		capture ct --describe "$command"
		diff -u <(awk -F '\t' '$1 == "option" { print $3 }' "$out") "$out.help"
		[ -s "$out.help" ]
	done
}
