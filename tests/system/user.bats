#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Who is not root: one line that says what is not allowed and why; nothing changes. Who owns a
# container can use it as far as the kernel lets him.

load ../helpers
load common

setup_file() { anyone_setup; }
teardown_file() { common_teardown; }
setup() {
	ct_requires root named setpriv
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
}
teardown() { system_clean; }

# denied STATUS REGEX COMMAND...: as the user; one line, which is like this; nothing changes.
denied() {
	local expected=$1 regex=$2 status=0 before error=$BATS_TEST_TMPDIR/error
	shift 2
	before=$(tree)
	timeout -k 1 60 "${user[@]}" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$error" 3>&- || status=$?
	cat "$BATS_TEST_TMPDIR/out" "$error"
	((status == expected)) || { echo "status $status" && return 1; }
	[[ ! -s $BATS_TEST_TMPDIR/out && $(wc -l <"$error") == 1 && $(<"$error") =~ ^$regex$ ]] || return 1
	same "$before" "$(tree)"
}

@test "ctcreate" {
	denied 1 "ctcreate: $CT_TOP: cannot (create it|enable [a-z ]+ for the children of the root) in [^ ]+: .*permission.*" \
		ctcreate "$CT_TOP"
	ctcreate "$CT_TOP"
	denied 1 "ctcreate: $CT_TOP/a: cannot create it in name=${CT_TEST_ID}_1: no write permission for $CT_H1/$CT_TOP; root gives a user a container of his own by ctcreate -a UID:GID" \
		ctcreate -H "$CT_OWN" "$CT_TOP/a"
}

@test "ctcreate -a to somebody else, from a container of one's own" {
	ctcreate -H "$CT_OWN" -a 65534:65534 "$CT_TOP"
	denied 1 "ctcreate: $CT_TOP/a: cannot change its owner in name=${CT_TEST_ID}_1: only root \(CAP_CHOWN\) gives it to another user or to a group that one is not in" \
		ctcreate -H "$CT_OWN" -a 1 "$CT_TOP/a"
}

@test "ctrm" {
	ctcreate -p "$CT_TOP/a"
	denied 1 "ctrm: $CT_TOP/a: cannot remove it from [^ ]+: .*write permission.*" ctrm "$CT_TOP/a"
	denied 1 "ctrm: $CT_TOP: cannot remove it from [^ ]+: .*write permission.*" ctrm -r "$CT_TOP"
}

@test "ctrm of one's own container, which lies in somebody else's" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	ctcreate -H "$CT_OWN" -a 65534:65534 "$CT_TOP/mine"
	"${user[@]}" ctcreate -H "$CT_OWN" -p "$CT_TOP/mine/a/b"
	# What is below goes first, and is there again.
	denied 1 "ctrm: $CT_TOP/mine: cannot remove it from name=${CT_TEST_ID}_1: .*write permission.*" ctrm -r "$CT_TOP/mine"
	"${user[@]}" ctrm -r "$CT_TOP/mine/a"
	[[ ! -d $CT_H1/$CT_TOP/mine/a ]]
}

@test "ctexec: 125, the command is not run" {
	ctcreate "$CT_TOP"
	denied 125 "ctexec: $CT_TOP: no permission .*" ctexec -c "$CT_TOP" echo it runs
	denied 125 "ctexec: $CT_TOP: no permission to move tasks into $CT_H2/$CT_TOP \(tasks is not writable, or .*\)" \
		ctexec -H "name=${CT_TEST_ID}_2" -c "$CT_TOP" echo it runs
	denied 125 "ctexec: $CT_TOP/a: cannot (create it|enable [a-z ]+ for the children of $CT_TOP) in .*: .*[Pp]ermission.*" ctexec -p -c "$CT_TOP/a" echo it runs
}

@test "ctattach: of root's process, of one's own" {
	ctcreate "$CT_TOP"
	ct_spawn sleep 1000
	before=$(cgroups "$ct_pid")
	denied 1 "ctattach: process $ct_pid belongs to user 0: on v1 only root moves another user's" ctattach -c "$CT_TOP" "$ct_pid"
	same "$before" "$(cgroups "$ct_pid")"
	ct_spawn "${user[@]}" sleep 1000
	ct_wait_for grep -qsz ^sleep "/proc/$ct_pid/cmdline"
	before=$(cgroups "$ct_pid")
	denied 1 "ctattach: $CT_TOP: no permission .*" ctattach -c "$CT_TOP" "$ct_pid"
	same "$before" "$(cgroups "$ct_pid")"
}

@test "ctattach: of root's process into one's own container" {
	ctcreate -H "$CT_OWN" -a 65534:65534 "$CT_TOP"
	ct_spawn sleep 1000
	before=$(cgroups "$ct_pid")
	denied 1 "ctattach: process $ct_pid belongs to user 0: on v1 only root moves another user's" \
		ctattach -c "$CT_TOP" "$ct_pid"
	# With one that may be moved before it: that goes back.
	other=$ct_pid
	ct_spawn "${user[@]}" sleep 1000
	ct_wait_for grep -qsz ^sleep "/proc/$ct_pid/cmdline"
	before=$(cgroups "$ct_pid")
	denied 1 "ctattach: process $other belongs to user 0: .*" ctattach --no-freeze -c "$CT_TOP" "$ct_pid" "$other"
	same "$before" "$(cgroups "$ct_pid")"
}

@test "ctkill: of root's processes, and of a mixture none" {
	ctcreate "$CT_TOP"
	ct_spawn sleep 1000
	root=$ct_pid
	ctattach -c "$CT_TOP" "$root"
	denied 1 "ctkill: $CT_TOP: process $root \(sleep\) belongs to another user: only root \(CAP_KILL\) may signal it \(nothing has been signalled\)" ctkill "$CT_TOP"
	alive "$root"
	kill -KILL "$root"
	ct_wait_for ended "$root"
	# One's own is the first in the order of their numbers.
	ct_spawn "${user[@]}" sleep 1000
	mine=$ct_pid
	ct_spawn sleep 1000
	ctattach -c "$CT_TOP" "$mine" "$ct_pid"
	denied 1 "ctkill: $CT_TOP: process $ct_pid \(sleep\) belongs to another user: .*" ctkill "$CT_TOP"
	alive "$mine"
	alive "$ct_pid"
}

@test "ctkill of one's own processes" {
	ctcreate "$CT_TOP"
	ct_spawn "${user[@]}" sleep 1000
	ctattach -c "$CT_TOP" "$ct_pid"
	ct_wait_for grep -qsz ^sleep "/proc/$ct_pid/cmdline"
	"${user[@]}" timeout 60 ctkill "$CT_TOP"
	ended "$ct_pid"
}

@test "ctkill -r where the freezer cannot be thawed: says so, in time" {
	ct_requires freezer
	freezer=$(ct_mountpoint freezer)
	ctcreate "$CT_TOP"
	ct_spawn "${user[@]}" sleep 1000
	ctattach -c "$CT_TOP" "$ct_pid"
	echo FROZEN >"$freezer/$CT_TOP/freezer.state"
	ct_wait_for grep -qsx FROZEN "$freezer/$CT_TOP/freezer.state"
	denied 1 "ctkill: $CT_TOP: cannot thaw $CT_TOP in freezer: $freezer/$CT_TOP/freezer.state is not writable by this user.*" ctkill -r "$CT_TOP"
}

@test "ctmount: mounting, unmounting; the list is for everybody" {
	ct_requires library:libmount
	mkdir -m 777 "$CT_TEST_DIR/anyone/dir"
	dir=$CT_TEST_DIR/anyone/dir
	denied 1 "ctmount: $dir: mounting needs root .*" ctmount --name "${CT_TEST_ID}_u" "$dir"
	denied 1 "ctmount: $dir: mounting needs root .*" ctmount -2 "$dir"
	denied 1 "ctmount: $CT_H1: .*needs root .*" ctmount -u "$CT_H1"
	run -1 "${user[@]}" ctmount --each "$dir"
	[[ -z $(ls "$dir") ]]
	[[ -e $CT_H1/tasks ]]
	rmdir "$dir"
	ct_requires library:libsmartcols
	"${user[@]}" ctmount | grep -F "name=${CT_TEST_ID}_1"
}

@test "ctstat is for everybody" {
	ct_requires library:libsmartcols
	ctcreate -p "$CT_TOP/a"
	ct_spawn sleep 1000
	ctattach -c "$CT_TOP/a" "$ct_pid"
	same "$(ctstat -r "$CT_TOP")" "$("${user[@]}" ctstat -r "$CT_TOP")"
}

@test "ctstat: what a user may not look into is absent, the rest is shown" {
	ct_requires library:libsmartcols
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a" "$CT_TOP/b/below"
	chmod 700 "$CT_H1/$CT_TOP/a" "$CT_H2/$CT_TOP/b"
	run -0 --separate-stderr "${user[@]}" ctstat -r -o name,tasks,state --raw --noheadings "$CT_TOP"
	same "$CT_TOP 0 empty
$CT_TOP/a  
$CT_TOP/b  
$CT_TOP/b/below 0 empty" "$output"
	[[ $stderr == "ctstat: $CT_TOP/a: cannot read cgroup.procs of $CT_TOP/a in name=${CT_TEST_ID}_1: Permission denied (and so 2 more)" ]]
	run -0 --separate-stderr "${user[@]}" ctstat -J -o name,tasks,state "$CT_TOP/a"
	[[ $output == *'"tasks": null,'*'"state": null'* ]]
	run -0 --separate-stderr "${user[@]}" ctstat --openmetrics "$CT_TOP/a" "$CT_TOP"
	[[ $output == *"ct_container_tasks{name=\"$CT_TOP\"} 0"* && $output != *"ct_container_tasks{name=\"$CT_TOP/a\"}"* ]]
	# in all of its hierarchies
	chmod 700 "$CT_H1/$CT_TOP" "$CT_H2/$CT_TOP" "$CT_H3/$CT_TOP" "$CT_H4/$CT_TOP"
	run -0 --separate-stderr "${user[@]}" ctstat -r -H "$CT_OWN" -o name,tasks --raw --noheadings
	[[ $'\n'$output == *$'\n'"$CT_TOP "* && $stderr == "ctstat: $CT_TOP: "*"Permission denied (and so "*" more)" ]]
}

@test "an owner makes, uses and clears what is below his own container" {
	ctcreate -p "$CT_TOP"
	ctcreate -a 65534:65534 "$CT_TOP/mine"
	"${user[@]}" ctcreate -p "$CT_TOP/mine/a/b"
	in_all "$CT_TOP/mine/a/b"
	[[ $(stat -c %u "$CT_H1/$CT_TOP/mine/a/b") == 65534 ]]
	"${user[@]}" ctrm -r "$CT_TOP/mine/a"
	[[ ! -d $CT_H1/$CT_TOP/mine/a ]]
}

@test "an owner joins and moves his own processes, in v1" {
	ctcreate -H "$CT_OWN" -p "$CT_TOP"
	ctcreate -H "$CT_OWN" -a 65534:65534 "$CT_TOP/mine"
	run -0 "${user[@]}" ctexec -H "$CT_OWN" -p -c "$CT_TOP/mine/a" grep -c ":/$CT_TOP/mine/a\$" /proc/self/cgroup
	[[ $output == 4 ]]
	ct_spawn "${user[@]}" sleep 1000
	ct_wait_for grep -qsz ^sleep "/proc/$ct_pid/cmdline"
	# Where he may freeze nothing, and has no place for a journal.
	denied 1 "ctattach: $CT_TOP/mine/a: .*--no-freeze.*" ctattach -c "$CT_TOP/mine/a" "$ct_pid"
	"${user[@]}" ctattach --no-freeze -c "$CT_TOP/mine/a" "$ct_pid"
	[[ $(cgroups "$ct_pid" | grep -c ":/$CT_TOP/mine/a\$") == 4 ]]
	"${user[@]}" ctkill -r -d "$CT_TOP/mine/a"
	ended "$ct_pid"
	[[ ! -d $CT_H1/$CT_TOP/mine/a ]]
}

is_his() { [[ $(stat -c %u "/proc/$ct_pid") == 65534 ]]; }

@test "an owner moves what runs in one container of his own to another, or takes it back" {
	ct_requires v2 strace
	user+=(env XDG_RUNTIME_DIR="$CT_TEST_DIR/anyone/run")
	ctcreate -p -a 65534:65534 -H "v2,$CT_OWN" "$CT_TOP/mine"
	ct_requires freeze
	"${user[@]}" ctcreate -H "v2,$CT_OWN" "$CT_TOP/mine/new"
	# Which root has made for him: he may not freeze it.
	ctcreate -a 65534:65534 -H "v2,$CT_OWN" "$CT_TOP/mine/old"
	lists=("$CT_V2" "$CT_H1" "$CT_H2" "$CT_H3" "$CT_H4")
	# shellcheck disable=SC2016  # for the inner shell
	ct_spawn sh -c 'while [ "$1" != -- ]; do echo $$ >"$1" || exit; shift; done; shift; exec "$@"' sh \
		"${lists[@]/%//$CT_TOP/mine/old/cgroup.procs}" -- "${user[@]}" \
		sh -c 'while :; do sleep 0.01; done'
	# the words of the last shell are also those of the first; only the last one is his
	ct_wait_for is_his
	before=$(cgroups "$ct_pid")
	[[ $(grep -c ":/$CT_TOP/mine/old\$" <<<"$before") == 5 ]]
	denied 1 "ctattach: $CT_TOP/mine/new: process [0-9]+: refused in name=${CT_TEST_ID}_3: Input/output error" \
		strace -qq -o /dev/null -P "$CT_H3/$CT_TOP/mine/new/cgroup.procs" -e trace=write -e inject=write:error=EIO \
		ctattach -c "$CT_TOP/mine/new" --from "$CT_TOP/mine/old"
	same "$before" "$(cgroups "$ct_pid")"
	run -0 "${user[@]}" ctattach -c "$CT_TOP/mine/new" --from "$CT_TOP/mine/old"
	[[ -z $output && $(cgroups "$ct_pid" | grep -c ":/$CT_TOP/mine/new\$") == 5 ]]
}

@test "v2: from outside of a container of one's own nobody but root comes in; which file forbids it" {
	ct_requires v2
	ctcreate -H v2 "$CT_TOP"
	ctcreate -H v2 -a 65534:65534 "$CT_TOP/mine"
	denied 125 "ctexec: $CT_TOP/mine: no permission in v2: .*$CT_V2/cgroup.procs.*" ctexec -c "$CT_TOP/mine" echo it runs
}

@test "v2: who is to be held still where one may not make anything: root's directory, and what does without" {
	ct_requires v2 v1:pids
	ctcreate -p -H v2,pids -a 65534:65534 "$CT_TOP/mine"
	ct_spawn "${user[@]}" sleep 1000
	first=$ct_pid
	ct_spawn "${user[@]}" sleep 1000
	for ct_pid in "$first" "$ct_pid"; do
		ct_wait_for grep -qsz ^sleep "/proc/$ct_pid/cmdline"
	done
	user+=(env "XDG_RUNTIME_DIR=$CT_TEST_DIR/anyone/run")
	denied 1 "ctattach: $CT_TOP/mine: where tasks are to be held still: cannot create it in v2: no write permission for ${CT_V2}[^ ;]*; root moves them from there; in v1 alone \(-H\) --no-freeze does without" \
		ctattach --freezer v2 -c "$CT_TOP/mine" "$first"
	run -0 "${user[@]}" ctattach --no-freeze -H pids -c "$CT_TOP/mine" "$first" "$ct_pid"
	[[ $(cgroups "$first" | grep -c ":/$CT_TOP/mine\$") == 1 ]]
	# The place is what is too small, not the container.
	ctcreate -H v2 -a 65534:65534 "$CT_TOP/full"
	ctcreate -p -H v2 -a 65534:65534 "$CT_TOP/full/from" "$CT_TOP/full/to"
	ctattach -c "$CT_TOP/full/from" "$first" "$ct_pid"
	ctset "$CT_TOP/full" cgroup.max.descendants=2
	denied 1 "ctattach: $CT_TOP/full/to: where tasks are to be held still: cannot create it in v2: $CT_V2/$CT_TOP/full/cgroup.max.descendants is 2, which is reached: .*" \
		ctattach --freeze -c "$CT_TOP/full/to" "$first" "$ct_pid"
}

@test "v2: within a container of one's own there is nothing to forbid" {
	ct_requires v2
	ctcreate "$CT_TOP"
	ctcreate -a 65534:65534 "$CT_TOP/mine"
	"${user[@]}" ctcreate "$CT_TOP/mine/a" "$CT_TOP/mine/b"
	# In all hierarchies: root put this process in, and it takes itself elsewhere.
	run -0 ctexec -c "$CT_TOP/mine/a" "${user[@]}" ctexec -c "$CT_TOP/mine/b" sh -c 'cat /proc/$$/cgroup'
	[[ $(grep -c ":/$CT_TOP/mine/b\$" <<<"$output") == $(wc -l <<<"$CT_MOUNTS") ]]
}
