#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# v2's rules on who may have children: no processes in what hands controllers down, and the limits
# on how many there may be.

load ../helpers
load common

setup_file() { common_setup; }
teardown_file() { common_teardown; }
setup() {
	ct_requires root named v2
	[[ -n $(<"$CT_V2/cgroup.controllers") ]] || skip 'v2 has no controller here'
}
teardown() { system_clean; }

# runs CONTAINER COMMAND...: there in all hierarchies; its pid is in $ct_pid.
runs() {
	ct_spawn ctexec -c "$1" "${@:2}"
	ct_wait_for is_in "$1" "$ct_pid" >/dev/null
}

in_v2() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }

@test "without --leaf: refused, with the way out" {
	ctcreate "$CT_TOP"
	runs "$CT_TOP" sleep 1000
	before=$(tree)
	fails_with 1 "ctcreate: $CT_TOP/a: cannot enable $(<"$CT_V2/cgroup.controllers") for the children of $CT_TOP in v2: it holds processes itself: ctcreate --leaf moves them into a container below it first, -H leaves v2 out" \
		ctcreate "$CT_TOP/a"
	same "$before" "$(tree)"
	is_in "$CT_TOP" "$ct_pid"
}

@test "without --leaf, where it is no way out: read-only, or not one's own" {
	ctcreate -a 65534:65534 "$CT_TOP"
	chown 0:0 "$CT_V2/$CT_TOP/cgroup.subtree_control"
	runs "$CT_TOP" sleep 1000
	before=$(tree)
	words=$(<"$CT_V2/cgroup.controllers")
	# shellcheck disable=SC2016  # for the inner shell
	fails_with 1 "ctcreate: $CT_TOP/a: cannot enable $words for the children of $CT_TOP in v2: the hierarchy is mounted read-only" \
		unshare -m sh -c 'mount -o remount,bind,ro "$1" && shift && exec "$@"' sh "$CT_V2" ctcreate -H v2 "$CT_TOP/a"
	fails_with 1 "ctcreate: $CT_TOP/a: cannot enable $words for the children of $CT_TOP in v2: Permission denied" \
		setpriv --reuid=65534 --regid=65534 --clear-groups ctcreate -H v2 "$CT_TOP/a"
	same "$before" "$(tree)"
}

@test "--leaf moves what runs, and what it forks, and nothing else" {
	ctcreate "$CT_TOP"
	runs "$CT_TOP" sleep 1000
	first=$ct_pid
	runs "$CT_TOP" sh -c 'while :; do sleep 0.01; done'
	before=$(cgroups "$first" | grep -v ^0::)
	ctcreate --leaf "$CT_TOP/a"
	in_all "$CT_TOP/a"
	[[ $(in_v2 "$first") == "/$CT_TOP/leaf" && $(in_v2 "$ct_pid") == "/$CT_TOP/leaf" ]]
	[[ -z $(<"$CT_V2/$CT_TOP/cgroup.procs") ]]
	same "$(<"$CT_V2/cgroup.controllers")" "$(<"$CT_V2/$CT_TOP/cgroup.subtree_control")"
	# In the others it stays, and there is no leaf.
	same "$before" "$(cgroups "$first" | grep -v ^0::)"
	[[ ! -d $CT_H1/$CT_TOP/leaf ]]
	# The next needs none.
	ctcreate --leaf "$CT_TOP/b"
	runs "$CT_TOP/b" sleep 1000
}

@test "--leaf where nothing runs makes no leaf; with -p one wherever something runs" {
	ctcreate --leaf -p "$CT_TOP/a"
	[[ ! -d $CT_V2/$CT_TOP/leaf ]]
	runs "$CT_TOP/a" sleep 1000
	ctcreate -p --leaf "$CT_TOP/a/b/c"
	[[ $(in_v2 "$ct_pid") == "/$CT_TOP/a/leaf" && ! -d $CT_V2/$CT_TOP/leaf && ! -d $CT_V2/$CT_TOP/a/b/leaf ]]
}

@test "--leaf, and something later fails: all is where it was" {
	ct_requires strace
	ctcreate "$CT_TOP"
	runs "$CT_TOP" sh -c 'while :; do sleep 0.01; done'
	before=$(tree)
	for n in 1 2 3; do
		status=0
		timeout 60 strace -qq -o /dev/null -e trace=mkdirat -e inject=mkdirat:error=ENOMEM:when=$n \
			ctcreate --leaf "$CT_TOP/a" 2>"$BATS_TEST_TMPDIR/error" 3>&- || status=$?
		((status == 1))
		[[ $(<"$BATS_TEST_TMPDIR/error") == "ctcreate: $CT_TOP/a: cannot create it in "*": Cannot allocate memory" ]]
		same "$before" "$(tree)"
		is_in "$CT_TOP" "$ct_pid"
	done
}

# Nothing of it, or all but what was to be made: then what is there hands controllers down.
is_whole() {
	local pid where
	[[ ! -e /run/ct/journal ]] || return 1
	if [[ -z $(<"$CT_V2/$CT_TOP/cgroup.subtree_control") ]]; then where=; else where=/leaf; fi
	for pid in "$@"; do
		[[ $(in_v2 "$pid") == "/$CT_TOP$where" ]] || return 1
	done
	[[ $where || ! -d $CT_V2/$CT_TOP/leaf ]]
}

# Three processes in the container, their pids in pids.
run_three() {
	pids=()
	for _ in 1 2 3; do
		ct_spawn ctexec -c "$CT_TOP" sleep 1000
		pids+=("$ct_pid")
		ct_wait_for grep -qx "0::/$CT_TOP" "/proc/$ct_pid/cgroup"
	done
}

@test "--leaf, killed in the middle: all is where it was, or in the leaf" {
	ct_requires strace
	n=0 halves=0 status=137
	while ((status == 137)); do
		ctcreate -H v2 "$CT_TOP"
		run_three
		status=0 n=$((n + 1))
		timeout 60 strace -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=write -e inject=write:signal=SIGKILL:when=$n \
			ctcreate -H v2 --leaf "$CT_TOP/a" 3>&- || status=$?
		ct_wait_for is_whole "${pids[@]}" || { cat "$BATS_TEST_TMPDIR/trace" && false; }
		((status != 137)) || ! grep -q "\"${pids[1]}\"" "$BATS_TEST_TMPDIR/trace" || halves=$((halves + 1))
		[[ -d $CT_V2/$CT_TOP/a ]] || ctcreate -H v2 --leaf "$CT_TOP/a"
		is_whole "${pids[@]}"
		[[ -n $(<"$CT_V2/$CT_TOP/cgroup.subtree_control") ]]
		timeout 60 ctkill -r -d "$CT_TOP"
	done
	((status == 0 && halves > 1))
}

@test "--leaf, killed in the middle, and the guard too: the next command puts it right" {
	ct_requires strace
	ctcreate -H v2 "$CT_TOP"
	run_three
	# Stopped after its second; the guard is its only child.
	ct_spawn strace -qq -o /dev/null -P "$CT_V2/$CT_TOP/leaf/cgroup.procs" -e trace=write -e inject=write:delay_exit=30000000:when=2 \
		ctcreate -H v2 --leaf "$CT_TOP/a"
	ct_wait_for moved 2
	mover=$(pgrep -P "$ct_pid") guard=$(pgrep -P "$mover")
	ct_wait_for grep -qx ct-guard "/proc/$guard/comm"
	kill -KILL "$guard"
	kill -KILL "$mover" "$ct_pid"
	ct_wait_for ended "$mover"
	[[ -e /run/ct/journal ]]
	moved 2
	run -0 ctstat --names "$CT_TOP"
	is_whole "${pids[@]}"
	[[ ! -d $CT_V2/$CT_TOP/leaf ]]
}
moved() { [[ $(wc -l 2>/dev/null <"$CT_V2/$CT_TOP/leaf/cgroup.procs") == "$1" ]]; }

@test "--leaf where there is no state directory" {
	ctcreate "$CT_TOP"
	runs "$CT_TOP" sleep 1000
	unshare -m sh -c 'umount -l /run/ct; mount -t tmpfs -o ro none /run; exec "$@"' sh ctcreate --leaf "$CT_TOP/a"
	[[ -d $CT_V2/$CT_TOP/a && $(in_v2 "$ct_pid") == "/$CT_TOP/leaf" ]]
}

@test "--leaf: whom a pid namespace does not show it does not move, at the root of a cgroup namespace" {
	ctcreate "$CT_TOP"
	# unshare itself stays outside.
	# shellcheck disable=SC2016  # for the inner shell
	fails_with 1 "ctcreate: a: the root holds 1 process of another pid namespace, which cannot be moved from here" \
		ctexec -c "$CT_TOP" unshare -C -m sh -c 'umount -l "$1" && mount -t cgroup2 none "$1" && shift && exec "$@"' sh "$CT_V2" \
		unshare -p -f --mount-proc ctcreate -H v2 --leaf a
	[[ ! -d $CT_V2/$CT_TOP/a && ! -d $CT_V2/$CT_TOP/leaf ]]
}

@test "--leaf: there is one already" {
	ctcreate "$CT_TOP"
	runs "$CT_TOP" sleep 1000
	mkdir "$CT_V2/$CT_TOP/leaf"
	before=$(tree)
	fails_with 1 "ctcreate: $CT_TOP/a: --leaf: $CT_TOP/leaf exists already: move what runs in $CT_TOP there, or elsewhere, with ctattach" \
		ctcreate --leaf "$CT_TOP/a"
	same "$before" "$(tree)"
	is_in "$CT_TOP" "$ct_pid"
}

@test "--leaf --dry-run" {
	ctcreate "$CT_TOP"
	runs "$CT_TOP" sleep 1000
	run -0 ctcreate -n --leaf -H v2 "$CT_TOP/a"
	same "create v2 /$CT_TOP/leaf
shift v2 /$CT_TOP/leaf from /$CT_TOP
enable v2 /$CT_TOP $(<"$CT_V2/cgroup.controllers")
create v2 /$CT_TOP/a" "$output"
	[[ ! -d $CT_V2/$CT_TOP/leaf ]]
}

@test "--leaf in a container that was given away: by its owner, and by root for him" {
	ct_requires setpriv
	cp -a "$CT_BIN" "$CT_TEST_DIR/bin"
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups "$CT_TEST_DIR/bin/ct")
	for who in owner root; do
		ctcreate -p -a 65534:65534 "$CT_TOP/$who"
		runs "$CT_TOP/$who" sleep 1000
		if [[ $who == owner ]]; then "${user[@]}" create --leaf "$CT_TOP/$who/a"; else ctcreate --leaf "$CT_TOP/$who/a"; fi
		[[ $(in_v2 "$ct_pid") == "/$CT_TOP/$who/leaf" ]]
		[[ $(stat -c %u:%g "$CT_V2/$CT_TOP/$who/leaf" "$CT_V2/$CT_TOP/$who/leaf/cgroup.procs" | sort -u) == 65534:65534 ]]
	done
}

@test "cgroup.max.depth and cgroup.max.descendants: whose limit it is" {
	ctcreate -H v2 -p "$CT_TOP/a/b"
	echo 2 >"$CT_V2/$CT_TOP/cgroup.max.depth"
	before=$(tree)
	fails_with 1 "ctcreate: $CT_TOP/a/b/c: cannot create it in v2: $CT_V2/$CT_TOP/cgroup.max.depth is 2, which is reached: remove others (ctrm), or raise it" \
		ctcreate -H v2 "$CT_TOP/a/b/c"
	fails_with 1 "ctcreate: $CT_TOP/a/x/y: cannot create it in v2: $CT_V2/$CT_TOP/cgroup.max.depth is 2, which is reached: remove others (ctrm), or raise it" \
		ctcreate -H "v2,$CT_OWN" -p "$CT_TOP/a/x/y"
	echo 3 >"$CT_V2/$CT_TOP/cgroup.max.descendants"
	echo 1 >"$CT_V2/$CT_TOP/a/cgroup.max.descendants"
	fails_with 1 "ctcreate: $CT_TOP/a/c: cannot create it in v2: $CT_V2/$CT_TOP/a/cgroup.max.descendants is 1, which is reached: remove others (ctrm), or raise it" \
		ctcreate -H v2 "$CT_TOP/a/c"
	echo max >"$CT_V2/$CT_TOP/a/cgroup.max.descendants"
	ctcreate -H v2 "$CT_TOP/a/c"
	fails_with 1 "ctcreate: $CT_TOP/d: cannot create it in v2: $CT_V2/$CT_TOP/cgroup.max.descendants is 3, which is reached: remove others (ctrm), or raise it" \
		ctcreate -H "v2,name=${CT_TEST_ID}_1" -p "$CT_TOP/d"
	fails_with 125 "ctexec: $CT_TOP/d: cannot create it in v2: $CT_V2/$CT_TOP/cgroup.max.descendants is 3, which is reached: remove others (ctrm), or raise it" \
		ctexec -p -c "$CT_TOP/d" true
	ctrm -H v2 "$CT_TOP/a/c"
	same "$before" "$(tree)"
}

@test "a limit at the top of what a cgroup namespace shows, and above it" {
	ct_requires unshare
	mkdir -p "$CT_V2/$CT_TOP/a" "$BATS_TEST_TMPDIR/m"
	inside() {
		# shellcheck disable=SC2016  # for the inner shell
		run -1 ctexec -H v2 -c "$CT_TOP/a" unshare -C -m sh -c 'mount -t cgroup2 none "$1" && ctcreate -H v2 x' sh "$BATS_TEST_TMPDIR/m"
	}
	echo 0 >"$CT_V2/$CT_TOP/a/cgroup.max.descendants"
	inside
	same "ctcreate: x: cannot create it in v2: $BATS_TEST_TMPDIR/m/cgroup.max.descendants is 0, which is reached: remove others (ctrm), or raise it" "$output"
	echo max >"$CT_V2/$CT_TOP/a/cgroup.max.descendants"
	echo 1 >"$CT_V2/$CT_TOP/cgroup.max.depth"
	inside
	same "ctcreate: x: cannot create it in v2: cgroup.max.depth or cgroup.max.descendants of a container above all that is seen from here, which is reached: remove others (ctrm), or raise it" "$output"
}
