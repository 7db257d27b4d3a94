#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Surroundings that others have made: what is hidden, read-only, missing, or named to do harm. One
# clear line, nothing changed, no escape sequence on a terminal.

load ../helpers
load common

setup_file() { anyone_setup; }
teardown_file() { common_teardown; }
setup() {
	ct_requires root named setpriv unshare
	become=(setpriv --reuid=65534 --regid=65534 --clear-groups env "XDG_RUNTIME_DIR=$CT_TEST_DIR/anyone/run")
	error=$BATS_TEST_TMPDIR/error
}
teardown() { system_clean; }

# refused STATUS REGEX COMMAND...: one line on stderr, which is like this; no container changes.
refused() {
	local expected=$1 regex=$2 status=0 before
	shift 2
	before=$(tree)
	timeout -k 1 60 "$@" >"$BATS_TEST_TMPDIR/out" 2>"$error" 3>&- || status=$?
	cat "$BATS_TEST_TMPDIR/out" "$error"
	((status == expected)) || { echo "$*: status $status" && return 1; }
	[[ ! -s $BATS_TEST_TMPDIR/out && $(wc -l <"$error") == 1 && $(<"$error") =~ ^$regex$ ]] || { echo "$*: not like $regex" && return 1; }
	same "$before" "$(tree)"
}

@test "all hierarchies are mounted read-only" {
	ctcreate -p "$CT_TOP/a" "$CT_TOP/b"
	ct_spawn sleep 1000
	ctattach -c "$CT_TOP/a" "$ct_pid"
	# shellcheck disable=SC2016  # for the inner shell
	readonly=(unshare -m sh -c 'for dir in $(awk "/ - cgroup2? / { print \$5 }" /proc/self/mountinfo); do
		mount -o remount,bind,ro "$dir" || exit 9; done; exec "$@"' sh)
	why='the hierarchy is mounted read-only'
	refused 1 "ctcreate: $CT_TOP/x: cannot create it in [^ ]+: $why" "${readonly[@]}" ctcreate "$CT_TOP/x"
	refused 1 "ctcreate: $CT_TOP/x: cannot create it in [^ ]+: $why" "${readonly[@]}" ctcreate -p -d -a 1 "$CT_TOP/x"
	refused 1 "ctrm: $CT_TOP/b: cannot remove it from [^ ]+: $why" "${readonly[@]}" ctrm "$CT_TOP/b"
	refused 125 "ctexec: $CT_TOP/a: refused in [^ ]+: $why" "${readonly[@]}" ctexec -c "$CT_TOP/a" echo it runs
	refused 125 "ctexec: $CT_TOP/a: refused in [^ ]+: $why" "${readonly[@]}" ctexec -f -c "$CT_TOP/a" echo it runs
	refused 125 "ctexec: $CT_TOP/x: cannot create it in [^ ]+: $why" "${readonly[@]}" ctexec -p -c "$CT_TOP/x" echo it runs
	refused 1 "ctattach: $CT_TOP/b: refused in [^ ]+: $why" "${readonly[@]}" ctattach -c "$CT_TOP/b" "$ct_pid"
	refused 1 "ctattach: $CT_TOP/b: refused in [^ ]+: $why" "${readonly[@]}" ctattach -c "$CT_TOP/b" --from "$CT_TOP/a"
	refused 125 "ctclone: [^ ]+: cannot create it in [^ ]+: $why" "${readonly[@]}" ctclone echo it runs
	[[ -z $(ct_lacks freezer) || -n $CT_V2 ]] && refused 1 "ctfreeze: $CT_TOP/a: cannot freeze $CT_TOP/a in [^ ]+: $why" "${readonly[@]}" ctfreeze "$CT_TOP/a"
	[[ -z $CT_V2 ]] || refused 1 "ctset: $CT_TOP/a: .*cgroup.max.depth.*: Read-only file system" "${readonly[@]}" ctset "$CT_TOP/a" cgroup.max.depth=3
	is_in "$CT_TOP/a" "$ct_pid"
	[[ ! -e /run/ct/journal ]]
	# Signals need no hierarchy.
	"${readonly[@]}" timeout 60 ctkill "$CT_TOP/a"
	ended "$ct_pid"
}

@test "a cgroup namespace that hides the root: mounted outside of it, and inside" {
	ct_requires v2
	[[ -n $(<"$CT_V2/cgroup.controllers") ]] || skip 'v2 has no controller here'
	ctcreate -p "$CT_TOP/a"
	ct_spawn sleep 1000
	before=$(cgroups "$ct_pid")
	outside=(ctexec -c "$CT_TOP/a" unshare -C)
	refused 1 "ctattach: $CT_TOP/a: nothing can hold the tasks still .*--no-freeze moves them without" \
		"${outside[@]}" ctattach -c "$CT_TOP/a" "$ct_pid"
	refused 125 "ctclone: where process [0-9]+ is in [^ ]+ lies outside of what [^ ]+ shows" "${outside[@]}" ctclone echo it runs
	mkdir "$BATS_TEST_TMPDIR/m"
	# shellcheck disable=SC2016  # for the inner shell
	inside=(ctexec -c "$CT_TOP/a" unshare -C -m sh -c 'umount -l "$1" && mount -t cgroup2 none "$1" && shift && exec "$@"' sh "$CT_V2")
	refused 1 "ctstat: $CT_TOP/a: no such container in v2" "${inside[@]}" ctstat -H v2 "$CT_TOP/a"
	refused 125 "ctexec: \.\./x: not a container name: .*" "${inside[@]}" ctexec -c ../x echo it runs
	refused 1 "ctcreate: x: cannot enable .* for the children of the root in v2: it holds processes itself: ctcreate --leaf .*" \
		"${inside[@]}" ctcreate -H v2 x
	same "$before" "$(cgroups "$ct_pid")"
	# What such a place is for is possible: root is root there.
	"${inside[@]}" ctcreate -H v2 --leaf x
	[[ -d $CT_V2/$CT_TOP/a/x && -d $CT_V2/$CT_TOP/a/leaf ]]
}

@test "hidepid=2: the owner's commands work; whom he does not see he is told of by number" {
	ctcreate -p -a 65534:65534 "$CT_TOP/mine"
	"${become[@]}" ctcreate "$CT_TOP/mine/a" "$CT_TOP/mine/b" "$CT_TOP/mine/session"
	ct_spawn ctexec -c "$CT_TOP/mine/a" sleep 1000
	foreign=$ct_pid
	ct_spawn ctexec -c "$CT_TOP/mine/a" "${become[@]}" sleep 1000
	ct_wait_for grep -qsx sleep "/proc/$ct_pid/comm"
	# shellcheck disable=SC2016  # for the inner shell
	hidden=(ctexec -c "$CT_TOP/mine/session" unshare -m sh -c 'mount -t proc -o hidepid=2 proc /proc && exec "$@"' sh "${become[@]}")
	timeout 60 "${hidden[@]}" ctattach -c "$CT_TOP/mine/b" "$ct_pid" 3>&-
	is_in "$CT_TOP/mine/b" "$ct_pid"
	timeout 60 "${hidden[@]}" ctattach -c "$CT_TOP/mine/a" --from "$CT_TOP/mine/b" 3>&-
	is_in "$CT_TOP/mine/a" "$ct_pid"
	refused 1 "ctattach: there is no process $foreign \(it may have ended\)" "${hidden[@]}" ctattach -c "$CT_TOP/mine/b" "$foreign"
	refused 1 "ctkill: $CT_TOP/mine/a: process $foreign \(\?\) belongs to another user: only root \(CAP_KILL\) may signal it \(nothing has been signalled\)" \
		"${hidden[@]}" ctkill "$CT_TOP/mine/a"
	alive "$ct_pid"
	refused 1 "ctrm: $CT_TOP/mine/a: $CT_TOP/mine/a holds .*" "${hidden[@]}" ctrm "$CT_TOP/mine/a"
	timeout 60 "${hidden[@]}" ctattach -c "$CT_TOP/mine/b" "$ct_pid" 3>&-
	timeout 60 "${hidden[@]}" ctkill -d "$CT_TOP/mine/b" 3>&-
	ended "$ct_pid"
	alive "$foreign"
}

@test "no /run, and one that is read-only: what needs none works" {
	ctcreate -p "$CT_TOP/a" "$CT_TOP/b"
	ct_spawn sleep 1000
	ctattach -c "$CT_TOP/a" "$ct_pid"
	for way in 'mount --bind /proc/self/fdinfo /run' 'mount -t tmpfs -o ro none /run'; do
		without=(unshare -m sh -c "umount -l /run/ct; $way"' && exec "$@"' sh)
		why='cannot make the state directory /run/ct: [A-Za-z -]+; a tmpfs mounted on the directory above it will do'
		refused 1 "ctattach: $CT_TOP/b: $why.*" "${without[@]}" ctattach -c "$CT_TOP/b" "$ct_pid"
		refused 1 "ctcreate: $CT_TOP/d: $why" "${without[@]}" ctcreate -d "$CT_TOP/d"
		refused 125 "ctexec: $CT_TOP/d: $why" "${without[@]}" ctexec -p -d -c "$CT_TOP/d" echo it runs
		refused 1 "ctcreate: $CT_TOP/d: $why" "${without[@]}" ctcreate -N net "$CT_TOP/d"
		"${without[@]}" sh -c 'ctcreate "$1/x" && ctexec -c "$1/x" true && ctattach --no-freeze -c "$1/b" "$2" &&
			ctattach --no-freeze -c "$1/a" "$2" && ctfreeze "$1/a" && ctfreeze -u "$1/a" &&
			ctkill -s CONT "$1/a" && ctrm "$1/x"' sh "$CT_TOP" "$ct_pid"
		is_in "$CT_TOP/a" "$ct_pid"
	done
	"${without[@]}" timeout 60 ctkill "$CT_TOP/a"
	ended "$ct_pid"
}

@test "a container that is taken from its owner in the middle of a move: all is as it was" {
	ct_requires strace v2
	ctcreate -p -a 65534:65534 -H "v2,$CT_OWN" "$CT_TOP/mine"
	"${become[@]}" ctcreate -H "v2,$CT_OWN" "$CT_TOP/mine/a" "$CT_TOP/mine/b" "$CT_TOP/mine/session"
	# Beside another one, so that it takes a staging place to hold it still.
	ct_spawn ctexec -c "$CT_TOP/mine/a" "${become[@]}" sleep 1000
	ct_spawn ctexec -c "$CT_TOP/mine/a" "${become[@]}" sleep 1000
	ct_wait_for grep -qsx sleep "/proc/$ct_pid/comm"
	before=$(cgroups "$ct_pid")
	places=$(tree)
	# After the staging place is made he waits, and root takes one of the files.
	ctexec -c "$CT_TOP/mine/session" "${become[@]}" timeout 60 strace -qq -o /dev/null -e trace=mkdirat \
		-e inject=mkdirat:delay_exit=1000000:when=1 ctattach --freeze -c "$CT_TOP/mine/b" "$ct_pid" 2>"$error" 3>&- &
	job=$!
	ct_wait_for staged
	chown 0:0 "$CT_H3/$CT_TOP/mine/b" "$CT_H3/$CT_TOP/mine/b"/*
	status=0
	wait $job || status=$?
	((status == 1))
	cat "$error"
	[[ $(<"$error") =~ ^"ctattach: $CT_TOP/mine/b: "(process [0-9]+: )?"no permission "[^$'\n']*$ ]]
	same "$before" "$(cgroups "$ct_pid")"
	chown 65534:65534 "$CT_H3/$CT_TOP/mine/b" "$CT_H3/$CT_TOP/mine/b"/*
	same "$places" "$(tree)"
}
staged() { [[ -n $(find "$CT_V2/$CT_TOP" -name '.ct-*') ]]; }

# ---- Names and commands that another user makes ----------------------------------

# harmless COMMAND...: whatever it says, no control character is in it but newlines.
harmless() {
	timeout -k 1 60 "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- </dev/null || true
	# shellcheck disable=SC2154  # high: set by who calls
	if grep -qP "[\\x00-\\x09\\x0b-\\x1f\\x7f]${high-|\\xc2[\\x80-\\x9f]}" "$BATS_TEST_TMPDIR/out"; then
		echo "$*:" && cat -v "$BATS_TEST_TMPDIR/out" && return 1
	fi
}

@test "names of escape sequences, of 255 bytes, of options, and processes called so" {
	long=$(printf 'x%.0s' {1..255})
	ctcreate -p -a 65534:65534 "$CT_TOP/mine"
	ctcreate "$CT_TOP/b"
	# Of more bytes than NAME_MAX, which a hierarchy takes all the same.
	longer=$long$long$long$long
	names=($'\e]0;owned\a' $'\e[2J' $'cr\rhere' $'tab\there' $'\xc2\x9b31m' "$long" "$longer" -rf '%s%n' 'a b' $'\x7f')
	for name in "${names[@]}"; do
		while read -r mount; do "${become[@]}" mkdir -- "$mount/$CT_TOP/mine/$name"; done <<<"$CT_MOUNTS"
	done
	evil=$CT_TEST_DIR/anyone/$'\e[31mevil'
	cp "$(command -v sleep)" "$evil"
	# In the first two a process of that name, whose last argument is one, too.
	for name in "${names[@]:0:2}"; do
		ct_spawn "${become[@]}" "$evil" 1000
		ct_wait_for grep -qs evil "/proc/$ct_pid/comm"
		# Not in all: a cpuset that somebody has made by hand takes nobody.
		for mount in "$CT_H1" $CT_V2 $(ct_mountpoint freezer); do echo "$ct_pid" >"$mount/$CT_TOP/mine/$name/cgroup.procs"; done
	done
	if [[ -z $(ct_lacks library:libsmartcols) ]]; then
		for way in '' -T; do
			# shellcheck disable=SC2086
			harmless ctstat -r $way "$CT_TOP"
			[[ -s $BATS_TEST_TMPDIR/out ]]
		done
	fi
	high='' harmless ctstat -r --names "$CT_TOP" # which programs read
	(($(wc -l <"$BATS_TEST_TMPDIR/out") == 14))
	before=$(tree)
	for command in "ctrm" "ctrm -r" "ctrm -r --dry-run" "ctkill --dry-run -r" "ctkill -r -t 0 -s CONT" "ctwait -t 0" \
		"ctset" "ctset --from /dev/null" "ctfreeze --dry-run"; do
		# shellcheck disable=SC2086
		harmless $command "$CT_TOP/mine"
	done
	harmless ctattach --dry-run -c "$CT_TOP/b" "$ct_pid"
	harmless ctattach -v -c "$CT_TOP/mine" "$ct_pid"
	harmless ctcreate -v "$CT_TOP/mine/${names[1]}/x"
	harmless ctclone -p "$ct_pid"
	for name in "${names[@]}"; do
		for command in ctrm "ctkill --dry-run" ctset "ctexec -c" "ctattach $ct_pid -c" "ctfreeze -n" "ctcreate"; do
			run=()
			[[ $command != ctexec* && $command != ctset ]] || run=(true) # of that name there is no parameter
			# shellcheck disable=SC2086
			harmless $command "$CT_TOP/mine/$name" "${run[@]}"
			# shellcheck disable=SC2086
			harmless $command "$CT_H1/$CT_TOP/mine/$name" "${run[@]}"
		done
	done
	# What runs there is moved, frozen, killed and removed as anything else.
	timeout 60 ctfreeze "$CT_TOP/mine"
	timeout 60 ctfreeze -u "$CT_TOP/mine"
	timeout 60 ctkill -v -r -d "$CT_TOP" 2>"$error"
	run -1 grep -P '[\x00-\x09\x0b-\x1f\x7f]' "$error"
	in_none
}

@test "the kernel lets nobody make symbolic links, files or newlines in a hierarchy" {
	ctcreate -p -a 65534:65534 "$CT_TOP/mine"
	run -1 "${become[@]}" ln -s /etc "$CT_H1/$CT_TOP/mine/link"
	run -1 "${become[@]}" touch "$CT_H1/$CT_TOP/mine/file"
	run -1 "${become[@]}" mkdir "$CT_H1/$CT_TOP/mine/"$'a\nb'
}
