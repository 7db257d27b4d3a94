#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctclone: a new container below the current one, and being first in a container.

load ../helpers
load common
load ns

setup_file() { anyone_setup; }
teardown_file() { common_teardown; }
setup() {
	ns_setup
	# by a process that is in $CT_TOP/a
	clone=(ctexec -c "$CT_TOP/a" ctclone -H "$CT_OWN")
}
teardown() { system_clean; }

# where [FILE]: of a cgroup file, the paths in the test's four hierarchies, each once.
where() { sed -n "s/.*:name=${CT_TEST_ID}_[1-4]:\///p" "${1-/proc/self/cgroup}" | sort -u; }

# said COUNT LINE FILE...: so many lines of the files are this one.
said() { [[ $(cat "${@:3}" 2>/dev/null | grep -cxF -- "$2") == "$1" ]]; }

@test "a child of the current container in each hierarchy, unique, first in" {
	make a
	run -0 "${clone[@]}" cat /proc/self/cgroup
	first=$(where /dev/stdin <<<"$output")
	[[ $first =~ ^$CT_TOP/a/ct-[0-9]+$ ]]
	for mount in "$CT_H1" "$CT_H2" "$CT_H3" "$CT_H4"; do [[ -d $mount/$first ]]; done
	run -0 "${clone[@]}" cat /proc/self/cgroup
	second=$(where /dev/stdin <<<"$output")
	[[ $second =~ ^$CT_TOP/a/ct-[0-9]+$ && $second != "$first" ]]
}

@test "-c gives its name, which must not be there yet" {
	make a
	run -0 "${clone[@]}" -c child sh -c 'cat /proc/self/cgroup; exit 0'
	same "$CT_TOP/a/child" "$(where /dev/stdin <<<"$output")"
	refused 125 "ctclone: $CT_TOP/a/child: it exists already" "${clone[@]}" -c child touch "$BATS_TEST_TMPDIR/ran"
	refused 2 "ctclone: '../x' is to be the name of a container below this one, without '/'
Try 'ctclone --help' for more information." "${clone[@]}" -c ../x true
	refused 125 "ctclone: $CT_TOP/a/tasks: not a container name: 'tasks' is, or may become, a file of the kernel in every container; choose another" \
		"${clone[@]}" -c tasks true
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
}

@test "without a command it is the shell" {
	make a
	run -7 env SHELL=/bin/sh "$(type -P ctexec)" -c "$CT_TOP/a" ctclone -H "$CT_OWN" <<<'exit 7'
}

@test "from a script under set -e: status, what stays" {
	make a
	cat >"$BATS_TEST_TMPDIR/script" <<'END'
set -e
ctclone -H "$CT_OWN" -c one true
ctclone -H "$CT_OWN" -c two sh -c 'exit 0'
name=$(sleep 30 & ctclone -H "$CT_OWN" -p $!; kill $!)
echo "$name"
ctclone -H "$CT_OWN" -c three sh -c 'exit 3'
echo not reached
END
	run -3 ctexec -c "$CT_TOP/a" sh "$BATS_TEST_TMPDIR/script"
	[[ $output =~ ^$CT_TOP/a/ct-[0-9]+$ ]]
	for name in one two three; do [[ -d $CT_H3/$CT_TOP/a/$name ]]; done
}

@test "its namespaces are new and pinned, and the command is in them" {
	make a
	run -0 "${clone[@]}" -c b -N uts,net sh -c 'hostname ctclone; readlink /proc/self/ns/uts /proc/self/ns/net'
	same "$(printf '%s\n' "$(pin a/b uts)" "$(pin a/b net)")" "$output"
	same ctclone "$(ctexec -c "$CT_TOP/a/b" hostname)"
	same "$(printf 'a/b/net\na/b/uts')" "$(pins)"
	run -0 "${clone[@]}" -c c -N "uts=$CT_TOP/a/b" hostname
	same ctclone "$output"
}

@test "pid: the command is process 1, and others come in as long as it runs" {
	ct_requires rooted
	needs_linux 6.11 # to pin a pid namespace
	make a
	ct_spawn "${clone[@]}" -c b -N pid,mnt --mount-proc sh -c 'echo $$ /proc/[0-9]* >"$0"; sleep 1000' "$BATS_TEST_TMPDIR/out"
	ct_wait_for test -s "$BATS_TEST_TMPDIR/out"
	same '1 /proc/1' "$(<"$BATS_TEST_TMPDIR/out")"
	same sh "$(ctexec --mount-proc -c "$CT_TOP/a/b" cat /proc/1/comm)"
}

@test "-p: a process that runs gets a new child of its container; the name is printed" {
	make a
	ct_spawn ctexec -c "$CT_TOP/a" sleep 1000
	run -0 ctclone -H "$CT_OWN" -p "$ct_pid"
	[[ $output =~ ^$CT_TOP/a/ct-[0-9]+$ ]]
	same "$output" "$(where "/proc/$ct_pid/cgroup")"
	run -0 ctclone -H "$CT_OWN" -c below -p "$ct_pid"
	same "$output" "$(where "/proc/$ct_pid/cgroup")"
	[[ $output =~ ^$CT_TOP/a/ct-[0-9]+/below$ ]]
	# a shell is in it from its next command on
	run -0 ctexec -c "$CT_TOP/a" sh -c 'ctclone -H "$CT_OWN" -c shell -p $$; cat /proc/self/cgroup'
	same "$CT_TOP/a/shell" "${lines[0]}"
	same "$CT_TOP/a/shell" "$(where /dev/stdin <<<"$output")"
	refused 125 "ctclone: cannot tell in which container process 2147483647 is: No such process" \
		ctclone -H "$CT_OWN" -p 2147483647
	refused 125 'ctclone: 2 (kthreadd) is a kernel thread, which belongs to no container' ctclone -H "$CT_OWN" -p 2
}

@test "a process that is in different containers gets a child of each" {
	make a/b
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_H1/$CT_TOP/a/cgroup.procs"
	for mount in "$CT_H2" "$CT_H3" "$CT_H4"; do echo "$ct_pid" >"$mount/$CT_TOP/a/b/cgroup.procs"; done
	run -0 ctclone -H "$CT_OWN" -c new -p "$ct_pid"
	same "$(printf '%s\n' "$CT_TOP/a/new" "$CT_TOP/a/b/new")" "$output"
	same "$(printf '%s\n' "$CT_TOP/a/b/new" "$CT_TOP/a/new")" "$(where "/proc/$ct_pid/cgroup")"
}

@test "v2: below a container that holds processes it gets no controllers, and is made" {
	ct_requires v2
	ctcreate -H v2 "$CT_TOP"
	run -0 ctexec -H v2 -c "$CT_TOP" ctclone -H v2 -c child sh -c 'cat /proc/self/cgroup'
	grep -x "0::/$CT_TOP/child" <<<"$output"
	same '' "$(cat "$CT_V2/$CT_TOP/cgroup.subtree_control")"
}

@test "v1: the cpuset of the new one can hold tasks" {
	ct_requires v1:cpuset
	ctcreate -H cpuset "$CT_TOP"
	ctexec -H cpuset -c "$CT_TOP" ctclone -H cpuset -c child true
	cpuset=$(ct_mountpoint cpuset)
	same "$(<"$cpuset/$CT_TOP/cpuset.cpus")" "$(<"$cpuset/$CT_TOP/child/cpuset.cpus")"
}

@test "all or nothing: a command that cannot be run, a namespace that cannot be made" {
	needs_linux 6.11 # to pin a pid namespace
	make a
	refused 127 'ctclone: cannot run no-such-command: No such file or directory' \
		"${clone[@]}" -c b -N uts,net no-such-command
	refused 127 'ctclone: cannot run no-such-command: No such file or directory' \
		"${clone[@]}" -c b -N pid no-such-command
	refused 125 "ctclone: $CT_TOP/a/b: there is no process 2147483647, or it has no net namespace" \
		"${clone[@]}" -c b -N net=PID:2147483647 true
	refused 125 "ctclone: $CT_TOP/a/b: cannot make /nowhere the root: No such file or directory" \
		"${clone[@]}" -c b -N uts --root /nowhere true
}

@test "--dry-run" {
	make a
	before=$(state)
	run -0 --separate-stderr "${clone[@]}" -n -c b -N net true
	for i in 1 2 3 4; do echo "create name=${CT_TEST_ID}_$i /$CT_TOP/a/b"; done >"$BATS_TEST_TMPDIR/plan"
	echo "pin /$CT_TOP/a/b net" >>"$BATS_TEST_TMPDIR/plan"
	for i in 1 2 3 4; do echo "join name=${CT_TEST_ID}_$i /$CT_TOP/a/b"; done >>"$BATS_TEST_TMPDIR/plan"
	diff "$BATS_TEST_TMPDIR/plan" - <<<"$output"
	same "$before" "$(state)"
}

@test "a user's clone has namespaces as long as its command" {
	run "${user[@]}" unshare -Uru true
	((status == 0)) || skip 'users may make no user namespaces here'
	ctcreate -p -H "$CT_OWN" -a 65534:65534 "$CT_TOP/a"
	run -0 ctexec -c "$CT_TOP/a" "${user[@]}" ctclone -H "$CT_OWN" -c b -N user,uts,ipc,time \
		sh -c 'hostname users; hostname; id -u'
	same "$(printf 'users\n0')" "$output"
	same '' "$(pins)"
	[[ -d $CT_H1/$CT_TOP/a/b ]]
}

# ---- First -------------------------------------------------------------------

@test "--first: only into an empty container" {
	make a/b
	first=(ctexec -c "$CT_TOP/a" ctexec --first -c "$CT_TOP/a/b")
	same "$CT_TOP/a/b" "$("${first[@]}" cat /proc/self/cgroup | where /dev/stdin)"
	ct_spawn ctexec -c "$CT_TOP/a/b" sleep 1000
	refused 125 "ctexec: $CT_TOP/a/b: it holds a task in name=${CT_TEST_ID}_1 already ($ct_pid): --first is refused" \
		"${first[@]}" touch "$BATS_TEST_TMPDIR/ran"
	ctkill "$CT_TOP/a/b"
	# the lock is not held by who waits for a child
	for fork in --fork --namespaces=pid=NEW; do
		ct_spawn "${first[@]::3}" ctexec "$fork" --first -c "$CT_TOP/a/b" sleep 1000
		run -125 timeout 5 "${first[@]}" touch "$BATS_TEST_TMPDIR/ran"
		[[ $output == "ctexec: $CT_TOP/a/b: it holds a task in "* ]]
		ctkill "$CT_TOP/a/b"
	done
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
}

@test "--first: only from its parent, in every hierarchy" {
	make a/b
	make c
	for from in "$CT_TOP/c" "$CT_TOP/a/b"; do
		run -125 ctexec -c "$from" ctexec --first -c "$CT_TOP/a/b" touch "$BATS_TEST_TMPDIR/ran"
		[[ $output =~ ^"ctexec: $CT_TOP/a/b: process "[0-9]+" is in /$from in name=${CT_TEST_ID}_1: --first enters from the parent /$CT_TOP/a alone"$ ]]
	done
	# in three of four
	run -125 ctexec -H "${CT_OWN%,*}" -c "$CT_TOP/a" ctexec --first -c "$CT_TOP/a/b" touch "$BATS_TEST_TMPDIR/ran"
	[[ $output == *"is in / in name=${CT_TEST_ID}_4: --first"* ]]
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
}

@test "--first: of a hundred at once one wins, the others say so and change nothing" {
	make a/b
	before=$(state)
	cat >"$BATS_TEST_TMPDIR/all" <<'END'
for i in $(seq 100); do
	{ ctexec --first -c "$1/b" sh -c 'echo won; exec sleep 1000' >"$2/out.$i" 2>"$2/err.$i"; echo $? >"$2/status.$i"; } &
done
wait
END
	mkdir "$BATS_TEST_TMPDIR/said"
	ct_spawn ctexec -c "$CT_TOP/a" bash "$BATS_TEST_TMPDIR/all" "$CT_TOP/a" "$BATS_TEST_TMPDIR/said"
	ct_wait_for eval 'said 99 125 "$BATS_TEST_TMPDIR"/said/status.*'
	same won "$(cat "$BATS_TEST_TMPDIR"/said/out.*)"
	winner=$(<"$CT_H1/$CT_TOP/a/b/cgroup.procs")
	for mount in "$CT_H2" "$CT_H3" "$CT_H4"; do same "$winner" "$(<"$mount/$CT_TOP/a/b/cgroup.procs")"; done
	same 99 "$(cat "$BATS_TEST_TMPDIR"/said/err.* | grep -cx "ctexec: $CT_TOP/a/b: it holds a task in name=${CT_TEST_ID}_1 already ($winner): --first is refused")"
	same 99 "$(cat "$BATS_TEST_TMPDIR"/said/err.* | wc -l)"
	same "$before" "$(state)"
}

@test "--first of ctattach: of twenty at once one wins" {
	make a/b
	pids=()
	for _ in $(seq 20); do
		ct_spawn ctexec -c "$CT_TOP/a" sleep 1000
		pids+=("$ct_pid")
	done
	for pid in "${pids[@]}"; do
		{ status=0; ctattach --first -c "$CT_TOP/a/b" "$pid" 2>/dev/null || status=$?; echo $status >>"$BATS_TEST_TMPDIR/status"; } 3>&- &
	done
	ct_wait_for said 19 1 "$BATS_TEST_TMPDIR/status"
	ct_wait_for said 1 0 "$BATS_TEST_TMPDIR/status"
	same "$(printf '%7d 0\n%7d 1\n' 1 19)" "$(sort "$BATS_TEST_TMPDIR/status" | uniq -c)"
	same 1 "$(wc -l <"$CT_H4/$CT_TOP/a/b/cgroup.procs")"
	ct_spawn sleep 1000
	ctkill "$CT_TOP/a/b"
	refused 1 "ctattach: $CT_TOP/a/b: process $ct_pid is in / in name=${CT_TEST_ID}_1: --first enters from the parent /$CT_TOP/a alone" \
		ctattach --first -c "$CT_TOP/a/b" "$ct_pid"
	refused 2 "ctattach: --first takes processes: it goes with neither --from nor --threads
Try 'ctattach --help' for more information." ctattach --first -c "$CT_TOP/a/b" --from "$CT_TOP/a"
}

@test "--first with -p: many make it, one is first" {
	make a
	{ for i in $(seq 12); do
		ctexec -c "$CT_TOP/a" ctexec --first -p -H "$CT_OWN" -c "$CT_TOP/a/new" sh -c 'echo won; exec sleep 1000' \
			>>"$BATS_TEST_TMPDIR/out" 2>>"$BATS_TEST_TMPDIR/err" &
	done; } 3>&-
	others() { [[ $(grep -c 'it holds a task' "$BATS_TEST_TMPDIR/err") == 11 ]]; }
	ct_wait_for others
	same won "$(<"$BATS_TEST_TMPDIR/out")"
}
