#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Names that are none, and what is not there: one line that names the object, the rule and
# the way out, status 1 (125 for ctexec), nothing changed.

load cli

# refused NAME TEXT: by every command that takes a container.
refused() {
	local root wanted
	root=$(machine v2)
	for command in ctcreate ctrm ctkill; do
		expect 1 '' "$command: $2" "$command" -n --sysroot "$root" -- "$1"
	done
	expect 1 '' "ctstat: $2" ctstat --names --sysroot "$root" -- "$1"
	wanted=${3-$2}
	expect 125 '' "ctexec: $wanted" ctexec -n --sysroot "$root" -c "$1" true
	expect 125 '' "ctexec: $wanted" ctexec -p -n --sysroot "$root" -c "$1" true
	expect 1 '' "ctattach: $wanted" ctattach -n --sysroot "$root" -c "$1" 1
}

no='not a container name:'
dots='would leave the path; name containers from the root of the hierarchies down'
slashes="$no it has an empty component; write web/frontend, without slashes at the ends or twice"
nowhere="it lies in no mounted hierarchy; a name without a leading '/' is looked up in all of them, and ctmount lists where they are"

@test "empty" {
	refused '' ": $no it is empty"
}

@test "dots" {
	refused .. "..: $no '..' $dots"
	refused web/../db "web/../db: $no '..' $dots"
	refused ./web "./web: $no '.' $dots"
	refused /sys/fs/cgroup/../cgroup/web \
		"/sys/fs/cgroup/../cgroup/web: $no an absolute path may not have the component '..'"
}

@test "slashes" {
	refused web/ "web/: $slashes"
	refused web//frontend "web//frontend: $slashes"
}

@test "control characters" {
	refused $'a\nb' "a\\nb: $no it has a control character (byte 2 of 'a\\nb')"
	refused $'web/\e[31m' "web/^[[31m: $no it has a control character (byte 1 of '^[[31m')"
	refused $'\x7f' "^?: $no it has a control character (byte 1 of '^?')"
}

@test "files of the kernel" {
	refused web/cgroup.procs "web/cgroup.procs: $no 'cgroup.procs' is, or may become, a file of the kernel in every container; choose another"
	refused tasks/x "tasks/x: $no 'tasks' is, or may become, a file of the kernel in every container; choose another"
}

@test "a leading -" {
	expect 1 '' 'ctrm: -web: no such container in v2; ct stat -r lists those there are, ctcreate makes one' \
		ctrm -n --sysroot "$(machine v2)" -- -web
	expect 0 'create v2 /-web' '' ctcreate -n --sysroot "$(machine v2)" -- -web
	expect 2 '' "ctcreate: unknown option -w; an operand that begins with '-' goes after --
Try 'ctcreate --help' for more information." ctcreate -n --sysroot "$(machine v2)" -web
	expect 125 '' 'ctexec: -web: no such container in v2; ct stat -r lists those there are, ctcreate makes one' \
		ctexec -n --sysroot "$(machine v2)" -c -web true
}

@test "255 bytes are a name, 256 are none" {
	local name long
	name=$(repeat 255 n)
	long=$(repeat 256 n)
	expect 0 "create v2 /$name" '' ctcreate -n --sysroot "$(machine v2)" "$name"
	expect 0 "create v2 /web/$name" '' ctcreate -n --sysroot "$(machine v2)" "web/$name"
	refused "$long" "$long: $no a component has 256 bytes, and a directory's name at most 255"
}

@test "a hundred levels" {
	local name
	name=$(repeat 99 a/)a
	capture ctcreate -n -p --sysroot "$(machine v1)" -H cpu "$name"
	[ "$status" = 0 ]
	same '' "$err"
	[ "$(wc -l <"$out")" = 100 ]
	same "create cpu /$name" <(tail -n 1 "$out")
	expect 1 '' "ctcreate: $name: its parent a is not there in cpu: -p makes it" \
		ctcreate -n --sysroot "$(machine v1)" -H cpu "$name"
}

@test "a path of more than 4095 bytes" {
	local name
	name=$(repeat 2048 a/)
	capture ctrm -n --sysroot "$(machine v2)" "$name"
	[ "$status" = 1 ]
	# what is too long loses its middle
	same "ctrm: $(repeat 75 a/)[...]$(repeat 50 a/): $no it has 4096 bytes, and a path at most 4095" "$err"
	capture ctexec -n --sysroot "$(machine v2)" -c "$name" true
	[ "$status" = 125 ]
	[ "$(wc -l <"$err")" = 1 ]
	grep -q "a path at most 4095$" "$err"
}

@test "bytes above ASCII are a name" {
	expect 0 'join v2 /cafM-CM-) au lait' '' ctexec -n --sysroot "$(machine v2)" -c 'café au lait' true
	expect 0 'create v2 /M^?' '' ctcreate -n --sysroot "$(machine v2)" $'\xff'
}

@test "a container that does not exist" {
	local text='no such container in v2; ct stat -r lists those there are, ctcreate makes one'
	for command in ctrm ctkill; do
		expect 1 '' "$command: none: $text" "$command" -n --sysroot "$(machine v2)" none
	done
	expect 1 '' "ctstat: web/none: $text" ctstat --names --sysroot "$(machine v2)" web/none
	expect 125 '' "ctexec: none: $text" ctexec -n --sysroot "$(machine v2)" -c none true
	expect 1 '' "ctattach: none: $text" ctattach -n --sysroot "$(machine v2)" -c none 1
}

@test "an absolute path outside of every hierarchy" {
	refused /sys/fs "/sys/fs: $nowhere"
	refused /nowhere/at/all "/nowhere/at/all: $nowhere"
	refused / "/: $nowhere"
}

@test "an absolute path that does not exist" {
	expect 1 '' 'ctrm: /sys/fs/cgroup/none: no such container in v2; ct stat -r lists those there are, ctcreate makes one' \
		ctrm -n --sysroot "$(machine v2)" /sys/fs/cgroup/none
	expect 1 '' 'ctrm: /sys/fs/cgroup/web/cgroup.procs: cannot open it: Not a directory' \
		ctrm -n --sysroot "$(machine v2)" /sys/fs/cgroup/web/cgroup.procs
}

@test "a hierarchy that is none" {
	local text="'bogus' is no mounted hierarchy: -H takes memory, pids, freezer, v2 or all"
	local root
	root=$(machine cgroupns)
	for command in ctcreate ctrm ctkill; do
		expect 1 '' "$command: $text" "$command" -n --sysroot "$root" -H bogus web
	done
	expect 1 '' "ctstat: $text" ctstat --names --sysroot "$root" -H memory,bogus
	expect 125 '' "ctexec: $text" ctexec -n --sysroot "$root" -H bogus -c pod true
	expect 1 '' "ctattach: $text" ctattach -n --sysroot "$root" -H bogus -c pod 1
	expect 1 '' "ctstat: '' is no mounted hierarchy: -H takes memory, pids, freezer, v2 or all" \
		ctstat --names --sysroot "$root" -H ''
}

@test "no hierarchy is mounted" {
	local text='no hierarchy is mounted: ctmount -2 DIR mounts v2, ctmount -o cpu DIR a v1 one'
	local root
	root=$(machine none)
	for command in ctcreate ctrm ctkill; do
		expect 1 '' "$command: $text" "$command" -n --sysroot "$root" web
	done
	expect 1 '' "ctstat: $text" ctstat --sysroot "$root"
	expect 1 '' "ctstat: $text" ctstat --names --sysroot "$root" -H cpu
	expect 125 '' "ctexec: $text" ctexec -n --sysroot "$root" -c web true
	expect 1 '' "ctattach: $text" ctattach -n --sysroot "$root" -c web 1
}

@test "no machine" {
	expect 1 '' 'ctstat: cannot open /nonexistent/proc: No such file or directory' \
		ctstat --sysroot /nonexistent
	mkdir -p "$BATS_TEST_TMPDIR/proc/self"
	expect 1 '' 'ctstat: cannot read /proc/self/mountinfo: No such file or directory' \
		ctstat --names --sysroot "$BATS_TEST_TMPDIR"
	: >"$BATS_TEST_TMPDIR/proc/self/mountinfo"
	expect 125 '' 'ctexec: cannot read /proc/self/cgroup: this kernel has no cgroups' \
		ctexec -n --sysroot "$BATS_TEST_TMPDIR" -c web true
}

# attach TEXT PID
attach() { expect 1 '' "ctattach: $1" ctattach -n --sysroot "$(machine v2)" -c web/frontend -- "$2"; }

@test "processes that are none" {
	local zombie parent
	attach '0 is no process: ids are positive numbers' 0
	attach '-5 is no process: ids are positive numbers' -5
	attach '-99999999999 is no process: ids are positive numbers' -99999999999
	attach 'there is no process 4194303 (it may have ended)' 4194303
	attach 'there is no process 4194304999: it is beyond what the kernel counts to' 4194304999
	attach 'there is no process 99999999999999999999: it is beyond what the kernel counts to' 99999999999999999999
	attach '2 (kthreadd) is a kernel thread, which belongs to no container' 2
	zombie=$(sed -n 's/^\([0-9]*\) .*) Z .*/\1/p' "$(machine v2)"/proc/[0-9]*/stat)
	parent=$(sed 's/.*) Z \([0-9]*\) .*/\1/' "$(machine v2)/proc/$zombie/stat")
	capture ctattach -n --sysroot "$(machine v2)" -c web/frontend "$zombie"
	[ "$status" = 1 ]
	same "ctattach: $zombie (NAME) is a zombie: it has ended, and goes when its parent $parent waits for it" \
		<(sed 's/([a-z]*)/(NAME)/' "$err")
}

@test "one process that is none leaves all of them where they are" {
	local sleeper
	sleeper=$(pids v2 /sys/fs/cgroup/db)
	expect 1 '' 'ctattach: there is no process 4194303 (it may have ended)' \
		ctattach -n --sysroot "$(machine v2)" -c web/frontend "$sleeper" 4194303
}
