#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A user who was given a container uses every command below it, in all hierarchies; what he may
# not do is said in one line, which names the file or the capability.

load ../helpers
load common

setup_file() { anyone_setup; }
teardown_file() { common_teardown; }
setup() {
	ct_requires root named setpriv
	become=(setpriv --reuid=65534 --regid=65534 --clear-groups env "XDG_RUNTIME_DIR=$CT_TEST_DIR/anyone/run")
	mine=$CT_TOP/mine
	ctcreate -p -a 65534:65534 "$mine"
	ctcreate "$CT_TOP/other"
	# What hands controllers down holds no process: the user's session is in a leaf.
	"${become[@]}" ctcreate "$mine/session"
	user=(timeout -k 1 60 ctexec -c "$mine/session" "${become[@]}")
}
teardown() { system_clean; }

# does COMMAND...: as the user, from his session; without a word.
does() {
	"${user[@]}" "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || { echo "$*: status $?" && cat "$BATS_TEST_TMPDIR/out" && return 1; }
	[[ ! -s $BATS_TEST_TMPDIR/out ]] || { echo "$*:" && cat "$BATS_TEST_TMPDIR/out" && return 1; }
}

# denied STATUS REGEX COMMAND...: as the user; one line, which is like this; nothing changes.
denied() {
	local expected=$1 regex=$2 status=0 before error=$BATS_TEST_TMPDIR/error
	shift 2
	before=$(tree)
	"${user[@]}" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$error" 3>&- || status=$?
	cat "$BATS_TEST_TMPDIR/out" "$error"
	((status == expected)) || { echo "status $status" && return 1; }
	[[ ! -s $BATS_TEST_TMPDIR/out && $(wc -l <"$error") == 1 && $(<"$error") =~ ^$regex$ ]] || return 1
	same "$before" "$(tree)"
}

# starts CONTAINER COMMAND...: as the user; its pid is in $ct_pid.
starts() {
	ct_spawn ctexec -c "$mine/session" "${become[@]}" ctexec -c "$1" "${@:2}"
	ct_wait_for is_in "$1" "$ct_pid" >/dev/null
}

@test "makes, sets, shows and removes" {
	does ctcreate "$mine/a"
	does ctcreate -p "$mine/b/c" "$mine/b/d"
	in_all "$mine/b/c"
	does ctcreate -m 700 "$mine/e"
	does ctset "$mine/a" cgroup.max.depth=3
	[[ $("${user[@]}" ctset "$mine/a" cgroup.max.depth) == 3 ]]
	does ctcreate -s cgroup.max.descendants=7 "$mine/f"
	run -0 "${user[@]}" ctstat --names "$mine"
	[[ ${#lines[@]} == 8 ]]
	denied 1 "ctset: $mine: cgroup.max.depth.*(ermission|writable|owner).*" ctset "$mine" cgroup.max.depth=3
	does ctrm -r "$mine/b" "$mine/a" "$mine/e" "$mine/f"
	[[ ! -d $CT_H1/$mine/b ]]
}

@test "runs: as itself, as a child, in a new container, below the current one" {
	does ctcreate "$mine/a"
	starts "$mine/a" sleep 1000
	# shellcheck disable=SC2016  # for the inner shells
	run -0 "${user[@]}" ctexec -f -c "$mine/a" sh -c 'cat /proc/$$/cgroup'
	[[ $(grep -c ":/$mine/a\$" <<<"$output") == $(wc -l <<<"$CT_MOUNTS") ]]
	does ctexec -p -c "$mine/n/m" true
	does ctexec -d -p -c "$mine/gone" true
	ct_wait_for gone "$CT_H1/$mine/gone"
	# shellcheck disable=SC2016
	run -0 "${user[@]}" ctclone -c child sh -c 'cat /proc/$$/cgroup'
	[[ $(grep -c ":/$mine/session/child\$" <<<"$output") == $(wc -l <<<"$CT_MOUNTS") ]]
}
gone() { [[ ! -e $1 ]]; }

@test "moves what is his: by number, with descendants, all of a container; also while it forks" {
	does ctcreate "$mine/a" "$mine/b"
	starts "$mine/a" sh -c 'while :; do sleep 0.01; done'
	does ctattach -c "$mine/b" "$ct_pid"
	is_in "$mine/b" "$ct_pid"
	does ctattach -c "$mine/a" -r "$ct_pid"
	is_in "$mine/a" "$ct_pid"
	does ctattach -c "$mine/b" --from "$mine/a"
	is_in "$mine/b" "$ct_pid"
	does ctattach -c "$mine/a" --freeze --from "$mine/b"
	is_in "$mine/a" "$ct_pid"
	[[ ! -e $CT_TEST_DIR/anyone/run/ct/journal ]]
	# Without a state directory: what needs none.
	become=(setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_RUNTIME_DIR)
	user=(timeout -k 1 60 ctexec -c "$mine/session" "${become[@]}")
	denied 1 "ctattach: $mine/b: there is no place for what has to be written down: XDG_RUNTIME_DIR is not set \(a login session sets it\).*--no-freeze moves without" \
		ctattach -c "$mine/b" "$ct_pid"
	does ctattach --no-freeze -c "$mine/b" "$ct_pid"
	denied 1 "ctcreate: $mine/d: there is no place for what has to be written down: XDG_RUNTIME_DIR is not set \(a login session sets it\)" \
		ctcreate -d "$mine/d"
	does ctkill "$mine/b"
	ended "$ct_pid"
}

@test "a move that is killed in the middle is taken back for him too" {
	ct_requires strace
	does ctcreate "$mine/a" "$mine/b"
	starts "$mine/a" sleep 1000
	for n in 3 9 15 21 27 33; do
		timeout 60 ctexec -c "$mine/session" "${become[@]}" strace -qq -o /dev/null -e trace=write \
			-e inject=write:signal=SIGKILL:when=$n ctattach -c "$mine/b" --freeze --from "$mine/a" 3>&- || true
		does ctwait -t 0 "$mine/e" 2>/dev/null || true
		ct_wait_for settled
		if grep -q "/$mine/b\$" "/proc/$ct_pid/cgroup"; then
			is_in "$mine/b" "$ct_pid"
			does ctattach -c "$mine/a" --from "$mine/b"
		fi
		is_in "$mine/a" "$ct_pid"
	done
}
settled() { [[ ! -e $CT_TEST_DIR/anyone/run/ct/journal ]]; }

@test "freezes, thaws, waits, signals, kills, removes with what is in it" {
	does ctcreate "$mine/a"
	starts "$mine/a" sh -c 'while :; do sleep 0.01; done'
	does ctfreeze "$mine/a"
	does ctfreeze -u "$mine/a"
	user=(timeout -k 1 60 "${become[@]}")
	denied 1 "ctfreeze: $mine: cannot freeze $mine in [^ ]+: [^ ]+/$mine/(cgroup.freeze|freezer.state) is not writable by this user" ctfreeze "$mine"
	user=(timeout -k 1 60 ctexec -c "$mine/session" "${become[@]}")
	does ctkill -s CONT "$mine/a"
	run -1 "${user[@]}" ctwait -t 0 "$mine/a"
	does ctkill -d "$mine/a"
	ended "$ct_pid"
	[[ ! -d $CT_H1/$mine/a ]]
	does ctwait -t 5 "$CT_TOP/other"
}

@test "out of what is his own, or into it from outside: the file that forbids it" {
	does ctcreate "$mine/a"
	starts "$mine/a" sleep 1000
	denied 1 "ctattach: $CT_TOP/other: no permission .*$CT_TOP/other/(cgroup.procs|tasks|cgroup.threads).*" ctattach -c "$CT_TOP/other" "$ct_pid"
	is_in "$mine/a" "$ct_pid"
	denied 125 "ctexec: $CT_TOP/other: no permission .*$CT_TOP/other.*" ctexec -c "$CT_TOP/other" true
	ct_requires v2
	ctcreate -p -H v2 -a 65534:65534 "$CT_TOP/second"
	denied 1 "ctattach: $CT_TOP/second: (process $ct_pid: )?no permission in v2: $CT_V2/$CT_TOP/cgroup.procs, of the nearest container above both it and the task, is not writable" \
		ctattach -c "$CT_TOP/second" "$ct_pid"
	denied 125 "ctexec: $CT_TOP/second: no permission in v2: $CT_V2/$CT_TOP/cgroup.procs, of the nearest container above both it and the task, is not writable" \
		ctexec -c "$CT_TOP/second" true
	is_in "$mine/a" "$ct_pid"
}

@test "what needs root says which capability" {
	ct_requires library:libmount
	denied 1 "ctmount: /mnt: mounting needs root \(CAP_SYS_ADMIN\)" ctmount -2 /mnt
	denied 1 "ctmount: $CT_H1: unmounting needs root \(CAP_SYS_ADMIN\)" ctmount -u "$CT_H1"
	does ctcreate "$mine/a"
	denied 1 "ctcreate: $mine/b: cannot change its owner in [^ ]+: .*CAP_CHOWN.*" ctcreate -a 0 "$mine/b"
	denied 1 "ctcreate: $mine/b: cannot make new namespaces \(net\): only root \(CAP_SYS_ADMIN\) may, .*" ctcreate -N net "$mine/b"
	ct_spawn ctexec -c "$mine/a" sleep 1000
	ct_wait_for is_in "$mine/a" "$ct_pid" >/dev/null
	denied 1 "ctkill: $mine/a: process $ct_pid \(sleep\) belongs to another user: only root \(CAP_KILL\) may signal it \(nothing has been signalled\)" ctkill "$mine/a"
	alive "$ct_pid"
}
