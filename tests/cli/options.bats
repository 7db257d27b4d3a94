#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# How a command is called wrongly: one line that says what is wrong, one that says where to
# read on, status 2, nothing on stdout. None of it depends on the machine.

load cli

# usage TEXT COMMAND...: -n, lest it be a change of this machine should the command take it.
usage() {
	case $2 in
	ct | ctstat | ctwait) ;;
	*) set -- "$1" "$2" -n "${@:3}" ;;
	esac
	expect 2 '' "${2##*/}: $1
Try '${2##*/} --help' for more information." "${@:2}"
}

hint="; an operand that begins with '-' goes after --"
all='ctattach ctclone ctcreate ctexec ctfreeze ctkill ctmount ctrm ctset ctstat ctwait'

@test "unknown options" {
	for command in $all ct; do
		usage "unknown option -x$hint" "$command" -x
		usage 'unknown or ambiguous option --bogus' "$command" --bogus
		usage 'unknown or ambiguous option --bogus=3' "$command" --bogus=3 a
	done
	usage "unknown option -x$hint" ctstat -rJx
	usage "unknown option -x$hint" ctstat web -x
	usage "unknown or ambiguous option --ver" ctstat --ver # --verbose, --version
}

@test "unknown options that are no letters" {
	usage "unknown option --$hint" ctstat -J-
	usage "unknown option -M-C$hint" ctstat $'-\xc3\xa9'
	usage "unknown option -^[$hint" ctstat $'-\e[31m'
	usage 'unknown or ambiguous option --a\nb' ctstat $'--a\nb'
}

@test "after -- and in a command's own arguments nothing is an option" {
	expect 1 '' 'ctstat: -x: no such container in v2; ct stat -r lists those there are, ctcreate makes one' \
		ctstat --sysroot "$(machine v2)" -- -x
	expect 0 'join v2 /db' '' ctexec -n --sysroot "$(machine v2)" -c db true -x --bogus
}

@test "an option's argument is missing" {
	usage 'option -H needs an argument' ctstat -H
	usage 'option --hierarchies needs an argument' ctstat --hierarchies
	usage 'option -c needs an argument' ctexec -c
	usage 'option -t needs an argument' ctkill -rt
	usage 'option --release-agent needs an argument' ctmount --release-agent
}

@test "a release agent that the kernel would not run as it was given" {
	usage "--release-agent: 'sbin/agent' is no full path, and the kernel runs no other" ctmount --name a --release-agent sbin/agent /mnt
	usage "--release-agent: '/sbin/agent ' ends with a blank, which the kernel would cut off" ctmount --name a --release-agent '/sbin/agent ' /mnt
}

@test "an argument for an option that has none" {
	usage 'option --json=x takes no argument' ctstat --json=x
	usage 'option --help= takes no argument' ctrm --help=
}

@test "missing operands" {
	usage 'PID is missing, or --from CONTAINER' ctattach -c web
	usage 'CONTAINER... is missing' ctcreate
	usage 'COMMAND [ARG...] is missing' ctexec -c web
	usage 'CONTAINER... is missing' ctkill -r
	usage 'CONTAINER... is missing' ctrm --
	usage 'CONTAINER... is missing' ctfreeze -u
	usage 'CONTAINER... is missing' ctwait -t 1
}

@test "missing container" {
	usage 'which container? -c CONTAINER is missing' ctexec true
	usage 'which container? -c CONTAINER is missing' ctattach 1
}

@test "an unreadable number" {
	for number in x 1x '' ' ' 0x1 1e3 1.2.3 1..2 . -1 +1 nan inf '1 2'; do
		usage "--timeout: '$number' is no number of seconds" ctkill -t "$number" web
		usage "--timeout: '$number' is no number of seconds" ctfreeze -t "$number" web
		usage "--timeout: '$number' is no number of seconds" ctwait -t "$number" web
	done
	usage '--timeout: 9999999999 seconds are too many' ctkill --timeout=9999999999 web
	for mode in x 8 '' 07777777 0x1 -1 u+x ' 7'; do
		usage "--mode: '$mode' is no octal mode such as 0750" ctcreate -m "$mode" a
	done
	usage "--mode: '17777' is more than 7777" ctcreate -m 17777 a
	for pid in x 1x '' 0x1 1.5 '1 2' self; do
		usage "'$pid' is no process id" ctattach -c none "$pid"
		usage "'$pid' is no process id" ctattach -n --sysroot "$(machine v2)" -c web 1 "$pid"
	done
}

@test "numbers that are fine" {
	for number in 0 1 0.5 .5 5. 1000000000; do
		expect 1 '' - ctkill -n --sysroot "$(machine v2)" -t "$number" none
	done
	expect 0 "create v2 /new
mode v2 /new 7777" '' ctcreate -n --sysroot "$(machine v2)" -m 07777 new
	expect 0 "create v2 /new
mode v2 /new 0000" '' ctcreate -n --sysroot "$(machine v2)" -m 0 new
}

@test "signals" {
	for signal in FOO '' 0 -1 65 SIG 9x 99999999999; do
		usage "--signal: '$signal' is no signal: a name as kill -l prints it, or 1 to 64" ctkill -s "$signal" web
	done
	local pid
	pid=$(pids v2 /sys/fs/cgroup/db)
	expect 0 "signal $pid KILL v2 (sleep)" '' ctkill -n --sysroot "$(machine v2)" db
	for signal in TERM term SIGTERM sigterm 15; do
		expect 0 "signal $pid TERM v2 (sleep)" '' ctkill -n --sysroot "$(machine v2)" -s "$signal" db
	done
	expect 0 "signal $pid 40 v2 (sleep)" '' ctkill -n --sysroot "$(machine v2)" -s 40 db
}

@test "owners" {
	usage "--owner: there is no user 'no such user'" ctcreate -a 'no such user' x
	usage "--owner: there is no group 'no such group'" ctcreate -a '0:no such group' x
	usage "--owner: '' names no owner: UID:GID, UID or :GID" ctcreate -a '' x
	usage "--owner: ':' names no owner: UID:GID, UID or :GID" ctcreate -a : x
	usage "--owner: there is no user '-1'" ctcreate -a -1 x
	usage "--owner: there is no user '4294967295'" ctcreate -a 4294967295 x
	expect 0 'create v2 /new
own v2 /new 0:-1' '' ctcreate -n --sysroot "$(machine v2)" -a root new
	expect 0 'create v2 /new
own v2 /new -1:7' '' ctcreate -n --sysroot "$(machine v2)" -a :7 new
	expect 0 'create v2 /new
own v2 /new 1234:0' '' ctcreate -n --sysroot "$(machine v2)" -a 1234:root new
}

@test "unknown columns" {
	local all="NAME, TASKS, THREADS, PIDS, PIDS-LIMIT, CPU%, CPU, CPU-LIMIT, MEMORY, PEAK, SWAP, MEMORY-LIMIT, IO-READ, IO-WRITE, FILES, PRESSURE-CPU, PRESSURE-MEMORY, PRESSURE-IO, STATE, HIERARCHIES, NS"
	usage "unknown column 'bogus': there are $all" ctstat -o name,bogus
	usage "unknown column '': there are $all" ctstat -o ''
	usage "unknown column 'bogus': there are ID, VERSION, CONTROLLERS, MOUNTPOINT, CONTAINERS, TASKS, RELEASE-AGENT" \
		ctmount --output bogus
	usage "unknown column 'bogus': there are $all" \
		ctstat --sysroot "$(machine none)" -o bogus
	usage "unknown column 'bogus': there are $all" ctstat -o +threads,bogus
	usage "unknown column '': there are $all" ctstat -o +
	usage "--sort: unknown column 'bogus': it takes those that -o takes" ctstat --sort bogus
}

@test "columns of ctstat that cost, and are not to be had unasked" {
	usage 'CPU% needs two looks: add --interval SECONDS or --watch SECONDS' ctstat -o +cpu%
	usage 'CPU% needs two looks: add --interval SECONDS or --watch SECONDS' ctstat --sort cpu%
	usage 'FILES takes a while: add --files to have it' ctstat -o name,files
	usage 'FILES takes a while: add --files to have it' ctstat --interval 1 --sort FILES
}

@test "options of ctstat that do not go together" {
	local option
	for option in --json --tree --output=name --sort=name --bytes --raw --noheadings --files \
		--watch=1 --interval=1; do
		usage "--names and ${option%=*} exclude each other" ctstat --names "$option"
		[[ $option == --files ]] ||
			usage "--openmetrics and ${option%=*} exclude each other" ctstat --openmetrics "$option"
	done
	usage '--names and --openmetrics exclude each other' ctstat --names --openmetrics
	usage '--raw and --json exclude each other' ctstat --raw -J
	usage '--raw and --tree exclude each other' ctstat --raw -T
	usage '--watch and --interval exclude each other' ctstat -w 1 --interval 1
	usage '--files and --sysroot exclude each other' ctstat --sysroot "$(machine v2)" --files
}

@test "seconds of ctstat" {
	usage "--watch: '' is no number of seconds" ctstat -w ''
	usage "--watch: '-1' is no number of seconds" ctstat -w -1
	usage "--watch: 'x' is no number of seconds" ctstat -w x
	usage '--watch: 0 seconds: it takes 0.01 to 86400' ctstat -w 0
	usage '--interval: 0.001 seconds: it takes 0.01 to 86400' ctstat --interval 0.001
	usage '--interval: 86401 seconds: it takes 0.01 to 86400' ctstat --interval 86401
}

@test "options of ctmount that do not go together" {
	usage 'DIR is missing' ctmount -2
	usage 'DIR is missing' ctmount -o cpu
	usage 'DIR is missing' ctmount -u
	usage 'DIR is missing' ctmount --release-agent /x
	usage 'what is to be mounted? -o CONTROLLER, --name NAME, -2 or --each' ctmount /mnt
	usage 'one DIR at a time' ctmount -2 /mnt /mnt
	usage '--unmount goes with no option that mounts' ctmount -u -2 /mnt
	usage '--unmount goes with no option that mounts' ctmount -u --release-agent /x /mnt
	usage '--each chooses the controllers itself: leave out -o, --name and -2' ctmount --each -o cpu /mnt
	usage 'v2 has no -o, --name or --release-agent: its controllers are enabled per container' \
		ctmount -2 --name x /mnt
}

@test "a message has no second line, whatever is in the operand" {
	capture ctattach -n -c web $'1\n2'
	[ "$status" = 2 ]
	same "ctattach: '1\\n2' is no process id
Try 'ctattach --help' for more information." "$err"
	capture ct $'a\nb\e]0;x\a'
	same "ct: unknown command 'a\\nb^[]0;x\\a'; the commands are attach, clone, create, exec, freeze, kill, mount, rm, set, stat, wait
Try 'ct --help' for more information." "$err"
}
