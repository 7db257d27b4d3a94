#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctcreate: in all hierarchies or in none.

load ../helpers
load common

setup_file() { common_setup; }
teardown_file() { common_teardown; }
setup() { ct_requires root named; }
teardown() { system_clean; }

@test "a container is made in every hierarchy, but in none of an init system" {
	run -0 --separate-stderr ctcreate "$CT_TOP"
	[[ -z $output$stderr ]]
	in_all "$CT_TOP"
	if systemd=$(ct_mountpoint name=systemd); then
		[[ ! -d $systemd/$CT_TOP ]]
	fi
}

@test "-H makes it in the named hierarchies alone" {
	ctcreate -H "name=${CT_TEST_ID}_2,name=${CT_TEST_ID}_4" "$CT_TOP"
	same "$(printf '%s\n' "$CT_H2/$CT_TOP 755 0:0" "$CT_H4/$CT_TOP 755 0:0")" "$(tree)"
	ctcreate -H "name=${CT_TEST_ID}_1" "$CT_TOP"
	[[ -d $CT_H1/$CT_TOP && ! -d $CT_H3/$CT_TOP ]]
}

@test "-H all makes it in the init system's hierarchy as well" {
	systemd=$(ct_mountpoint name=systemd) || skip 'no hierarchy of an init system is mounted'
	ctcreate -H all "$CT_TOP"
	in_all "$CT_TOP"
	[[ -d $systemd/$CT_TOP ]]
}

@test "an absolute path makes it in that hierarchy alone" {
	ctcreate "$CT_H3/$CT_TOP"
	same "$CT_H3/$CT_TOP 755 0:0" "$(tree)"
}

@test "the directory that is made is mkdir's, whatever the umask" {
	(umask 077 && ctcreate -H "$CT_OWN" "$CT_TOP")
	(umask 077 && mkdir "$CT_H1/$CT_TOP/mkdir")
	[[ $(stat -c %a "$CT_H1/$CT_TOP") == "$(stat -c %a "$CT_H1/$CT_TOP/mkdir")" ]]
}

@test "-p makes what is missing above, and takes what is there" {
	mkdir -p "$CT_H2/$CT_TOP/a"
	ctcreate -p "$CT_TOP/a/b/c"
	in_all "$CT_TOP/a/b/c"
	before=$(tree)
	run -0 --separate-stderr ctcreate -p "$CT_TOP/a/b/c"
	[[ -z $output$stderr ]]
	same "$before" "$(tree)"
}

@test "-p -H completes a container that is in some hierarchies" {
	mkdir "$CT_H3/$CT_TOP"
	ctcreate -p "$CT_TOP"
	in_all "$CT_TOP"
}

@test "-a and -m: owner and mode everywhere, of the new ones alone" {
	ctcreate -p -a 65534:65533 -m 2750 "$CT_TOP/a/b"
	while read -r mount; do
		[[ $(stat -c '%a %u:%g' "$mount/$CT_TOP") == "755 0:0" ]]
		[[ $(stat -c '%a %u:%g' "$mount/$CT_TOP/a") == "755 0:0" ]]
		[[ $(stat -c '%a %u:%g' "$mount/$CT_TOP/a/b") == "2750 65534:65533" ]]
		[[ $(stat -c '%u:%g' "$mount/$CT_TOP/a/b/cgroup.procs") == "65534:65533" ]]
	done <<<"$CT_MOUNTS"
	[[ $(stat -c %u "$CT_H1/$CT_TOP/a/b/tasks") == 65534 ]]
	[[ -z $CT_V2 || $(stat -c %u "$CT_V2/$CT_TOP/a/b/cgroup.subtree_control") == 65534 ]]
}

@test "what limits the owner is not given away" {
	ct_requires v1:memory
	ctcreate -a 65534:65534 "$CT_TOP"
	[[ $(stat -c %u "$(ct_mountpoint memory)/$CT_TOP/memory.limit_in_bytes") == 0 ]]
}

@test "-a takes names, and either half" {
	ctcreate -H "name=${CT_TEST_ID}_1" -a daemon "$CT_TOP"
	ctcreate -H "name=${CT_TEST_ID}_2" -a :daemon "$CT_TOP"
	ctcreate -H "name=${CT_TEST_ID}_3" -a root:daemon "$CT_TOP"
	user=$(id -u daemon) group=$(getent group daemon | cut -d : -f 3)
	[[ $(stat -c %u:%g "$CT_H1/$CT_TOP") == "$user:0" ]]
	[[ $(stat -c %u:%g "$CT_H2/$CT_TOP") == "0:$group" ]]
	[[ $(stat -c %u:%g "$CT_H3/$CT_TOP") == "0:$group" ]]
}

flocked() { ! flock -n "$1" true; }

@test "a task can join a new container of the v1 cpuset, at every depth" {
	ct_requires v1:cpuset
	cpuset=$(ct_mountpoint cpuset)
	ctcreate -p "$CT_TOP/a/b"
	for file in cpuset.cpus cpuset.mems; do
		[[ $(<"$cpuset/$CT_TOP/a/b/$file") == "$(<"$cpuset/$file")" ]]
	done
	ct_spawn sleep 1000
	echo "$ct_pid" >"$cpuset/$CT_TOP/a/b/tasks"
	# What the one above has, not what the root has.
	cpu=$(sed 's/[-,].*//' "$cpuset/cpuset.cpus")
	ctcreate "$CT_TOP/one"
	echo "$cpu" >"$cpuset/$CT_TOP/one/cpuset.cpus"
	ctcreate "$CT_TOP/one/below"
	[[ $(<"$cpuset/$CT_TOP/one/below/cpuset.cpus") == "$cpu" ]]
}

@test "v1 cpuset: what somebody else has made and not filled yet is waited for" {
	ct_requires v1:cpuset strace flock
	cpuset=$(ct_mountpoint cpuset)
	timeout 60 strace -qq -o /dev/null -e trace=mkdirat -e inject=mkdirat:delay_exit=1000000:when=1 \
		ctcreate -p -H cpuset "$CT_TOP/a" 3>&- &
	first=$!
	ct_wait_for test -d "$cpuset/$CT_TOP"
	[[ -z $(<"$cpuset/$CT_TOP/cpuset.cpus") ]]
	timeout 60 ctexec -p -H cpuset -c "$CT_TOP" true 3>&- &
	second=$!
	timeout 60 ctcreate -H cpuset "$CT_TOP/b"
	same "$(<"$cpuset/cpuset.cpus")" "$(<"$cpuset/$CT_TOP/b/cpuset.cpus")"
	same "$(<"$cpuset/cpuset.mems")" "$(<"$cpuset/$CT_TOP/b/cpuset.mems")"
	wait "$first"
	wait "$second"
	# Who keeps the lock keeps nobody for long.
	mkdir "$cpuset/$CT_TOP/empty"
	ct_spawn flock "$cpuset/$CT_TOP" sleep 1000
	ct_wait_for flocked "$cpuset/$CT_TOP"
	fails_with 125 "ctexec: $CT_TOP/empty: it may hold no task in cpuset: $cpuset/$CT_TOP/empty/cpuset.cpus is empty; write to it first" \
		timeout 60 ctexec -H cpuset -c "$CT_TOP/empty" true
	timeout 60 ctcreate -H cpuset "$CT_TOP/c"
	same "$(<"$cpuset/cpuset.cpus")" "$(<"$cpuset/$CT_TOP/c/cpuset.cpus")"
}

@test "v2: controllers are enabled down the path, not below it" {
	ct_requires v2
	offers=$(<"$CT_V2/cgroup.controllers")
	[[ -n $offers ]] || skip 'v2 has no controller here'
	ctcreate -p "$CT_TOP/a/b"
	for part in "" a a/b; do
		[[ $(<"$CT_V2/$CT_TOP/$part/cgroup.controllers") == "$offers" ]]
	done
	[[ $(<"$CT_V2/$CT_TOP/cgroup.subtree_control") == "$offers" ]]
	[[ $(<"$CT_V2/$CT_TOP/a/cgroup.subtree_control") == "$offers" ]]
	[[ -z $(<"$CT_V2/$CT_TOP/a/b/cgroup.subtree_control") ]]
}

@test "it exists: says so and changes nothing" {
	ctcreate "$CT_TOP"
	before=$(tree)
	fails_with 1 "ctcreate: $CT_TOP: it exists already" ctcreate "$CT_TOP"
	same "$before" "$(tree)"
}

@test "it exists in some: says where, and what -p does" {
	mkdir "$CT_H2/$CT_TOP"
	fails_with 1 "ctcreate: $CT_TOP: it exists already in name=${CT_TEST_ID}_2; -p makes it in name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_3,name=${CT_TEST_ID}_4 as well" \
		ctcreate -H "$CT_OWN" "$CT_TOP"
	same "$CT_H2/$CT_TOP 755 0:0" "$(tree)"
}

@test "the parent is missing: says where" {
	mkdir "$CT_H2/$CT_TOP" "$CT_H4/$CT_TOP"
	fails_with 1 "ctcreate: $CT_TOP/a: its parent $CT_TOP is not there in name=${CT_TEST_ID}_1: -p makes it, or make it only where the parent is, with -H name=${CT_TEST_ID}_2,name=${CT_TEST_ID}_4" \
		ctcreate -H "$CT_OWN" "$CT_TOP/a"
	same "$(printf '%s\n' "$CT_H2/$CT_TOP 755 0:0" "$CT_H4/$CT_TOP 755 0:0")" "$(tree)"
}

@test "of several the good ones are made, the others reported" {
	mkdir "$CT_H1/$CT_TOP"
	mkdir "$CT_H1/$CT_TOP/b"
	fails_with 1 "ctcreate: $CT_TOP/b: it exists already
ctcreate: $CT_TOP/x/y: its parent $CT_TOP/x is not there in name=${CT_TEST_ID}_1: -p makes it" \
		ctcreate -H "name=${CT_TEST_ID}_1" "$CT_TOP/a" "$CT_TOP/b" "$CT_TOP/x/y" "$CT_TOP/c"
	[[ -d $CT_H1/$CT_TOP/a && -d $CT_H1/$CT_TOP/c && ! -d $CT_H1/$CT_TOP/x ]]
}

@test "v2: a place that holds processes is refused, nothing is made" {
	ct_requires v2
	[[ -n $(<"$CT_V2/cgroup.controllers") ]] || skip 'v2 has no controller here'
	ctcreate "$CT_TOP"
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_V2/$CT_TOP/cgroup.procs"
	before=$(tree)
	fails_with 1 "ctcreate: $CT_TOP/a: cannot enable $(<"$CT_V2/$CT_TOP/cgroup.controllers") for the children of $CT_TOP in v2: it holds processes itself: ctcreate --leaf moves them into a container below it first, -H leaves v2 out" \
		ctcreate "$CT_TOP/a"
	same "$before" "$(tree)"
	[[ $(<"$CT_V2/$CT_TOP/cgroup.procs") == "$ct_pid" ]]
}

@test "--dry-run prints the plan and makes nothing" {
	run -0 --separate-stderr ctcreate -n -p -m 750 -a 1:2 -H "name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_3" "$CT_TOP/a"
	same "create name=${CT_TEST_ID}_1 /$CT_TOP
create name=${CT_TEST_ID}_1 /$CT_TOP/a
own name=${CT_TEST_ID}_1 /$CT_TOP/a 1:2
mode name=${CT_TEST_ID}_1 /$CT_TOP/a 0750
create name=${CT_TEST_ID}_3 /$CT_TOP
create name=${CT_TEST_ID}_3 /$CT_TOP/a
own name=${CT_TEST_ID}_3 /$CT_TOP/a 1:2
mode name=${CT_TEST_ID}_3 /$CT_TOP/a 0750" "$output"
	in_none
}

# ---- Rollback ----------------------------------------------------------------

# sweep SYSCALL ERROR LEAST COMMAND...: the N-th SYSCALL fails, for every N; each time the
# command fails and all is as it was. LEAST is how often it must have been called at least.
sweep() {
	local call=$1 error=$2 least=$3 n status before
	shift 3
	before=$(tree)
	for ((n = 1; n < 200; n++)); do
		status=0
		inject "$call:error=$error:when=$n" "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
		((status == 1)) || break
		same "$before" "$(tree)" || { echo "after the failure of $call $n" && return 1; }
		[[ $(wc -l <"$BATS_TEST_TMPDIR/out") == 1 ]] || { cat "$BATS_TEST_TMPDIR/out" && return 1; }
	done
	((status == 0 && n > least)) || { echo "status $status at $call $n" && cat "$BATS_TEST_TMPDIR/out" && return 1; }
}

@test "rollback: whichever mkdir fails, nothing of this call is left" {
	ct_requires strace
	mkdir -p "$CT_H2/$CT_TOP/a/kept" "$CT_H4/$CT_TOP"
	least=$(($(wc -l <<<"$CT_MOUNTS") * 3 - 3))
	sweep mkdirat ENOSPC "$least" ctcreate -p "$CT_TOP/a/b"
	in_all "$CT_TOP/a/b"
}

@test "rollback: whichever write fails, nothing is left and v2 hands down what it did" {
	ct_requires strace
	mkdir -p "$CT_H2/$CT_TOP/kept"
	if [[ -n $CT_V2 ]]; then
		mkdir -p "$CT_V2/$CT_TOP/a/kept"
	fi
	sweep write EINVAL 0 ctcreate -p "$CT_TOP/a/b"
	in_all "$CT_TOP/a/b"
}

@test "rollback: whichever change of owner or mode fails, nothing is left" {
	ct_requires strace
	# Three files each in two of v1, four in v2.
	list=name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_4 least=6
	if [[ -n $CT_V2 ]]; then
		list+=,v2 least=10
	fi
	ctcreate "$CT_TOP"
	sweep fchownat EPERM $least ctcreate -H "$list" -a 65534 "$CT_TOP/a"
	ctrm "$CT_TOP/a"
	sweep /chmod EPERM 1 ctcreate -H "$list" -m 700 "$CT_TOP/a"
}

@test "rollback: v2's root hands down what it did before" {
	ct_requires v2 strace
	offers=$(<"$CT_V2/cgroup.controllers")
	[[ -n $offers ]] || skip 'v2 has no controller here'
	for word in $offers; do
		echo "-$word" >"$CT_V2/cgroup.subtree_control" || skip "$word is in use on v2"
	done
	last=$(($(wc -l <<<"$CT_MOUNTS")))
	run -1 inject "mkdirat:error=ENOSPC:when=$last" ctcreate "$CT_TOP"
	[[ -z $(<"$CT_V2/cgroup.subtree_control") ]]
	in_none
	# And one that was enabled before stays.
	ctcreate "$CT_TOP"
	run -1 inject "mkdirat:error=ENOSPC:when=$last" ctcreate "$CT_TOP/a"
	[[ $(<"$CT_V2/cgroup.subtree_control") == "$offers" ]]
	[[ -z $(<"$CT_V2/$CT_TOP/cgroup.subtree_control") ]]
}

@test "rollback: a refusal of the kernel itself, in v2" {
	ct_requires v2
	ctcreate "$CT_TOP"
	echo 0 >"$CT_V2/$CT_TOP/cgroup.max.descendants"
	before=$(tree)
	fails_with 1 "ctcreate: $CT_TOP/a: cannot create it in v2: $CT_V2/$CT_TOP/cgroup.max.descendants is 0, which is reached: remove others (ctrm), or raise it" \
		ctcreate "$CT_TOP/a"
	same "$before" "$(tree)"
	echo 1 >"$CT_V2/$CT_TOP/cgroup.max.descendants"
	fails_with 1 "ctcreate: $CT_TOP/a/b: cannot create it in v2: $CT_V2/$CT_TOP/cgroup.max.descendants is 1, which is reached: remove others (ctrm), or raise it" \
		ctcreate -p "$CT_TOP/a/b"
	same "$before" "$(tree)"
	ctcreate "$CT_TOP/a"
	in_all "$CT_TOP/a"
}

@test "rollback: a read-only mount in the last hierarchy" {
	mount --bind "$CT_H4" "$CT_H4" && mount -o remount,bind,ro "$CT_H4"
	before=$(tree)
	status=0
	fails_with 1 "ctcreate: $CT_TOP: cannot create it in name=${CT_TEST_ID}_4: the hierarchy is mounted read-only" \
		ctcreate "$CT_TOP" || status=$?
	umount "$CT_H4"
	((status == 0))
	in_none
}

@test "rollback: what could not be undone is said, exit 3" {
	ct_requires strace
	status=0
	timeout 60 strace -f -qq -o /dev/null -e trace=mkdirat,unlinkat \
		-e inject=mkdirat:error=ENOSPC:when=4 -e inject=unlinkat:error=EBUSY:when=1 \
		ctcreate -H "$CT_OWN" "$CT_TOP" 2>"$BATS_TEST_TMPDIR/error" || status=$?
	((status == 3))
	diff - "$BATS_TEST_TMPDIR/error" <<END
ctcreate: $CT_TOP: cannot create it in name=${CT_TEST_ID}_4: No space left on device; could not undo "create name=${CT_TEST_ID}_3 /$CT_TOP": cannot remove it from name=${CT_TEST_ID}_3: it holds tasks or containers
END
	# The others are gone all the same.
	same "$CT_H3/$CT_TOP 755 0:0" "$(tree)"
}

# ---- Interruption ------------------------------------------------------------

# A name of 100 levels below the test's own.
deep() {
	printf '%s' "$CT_TOP"
	printf '/%d' {2..100}
}

@test "interrupted at any point of 100 levels: nothing is left" {
	ct_requires strace
	name=$(deep)
	for signal in INT TERM HUP; do
		for n in 1 2 57 100 101 250 399; do
			status=0
			inject "mkdirat:signal=SIG$signal:when=$n" ctcreate -p -H "$CT_OWN" "$name" || status=$?
			((status != 0)) || { echo "SIG$signal at mkdirat $n: exit 0" && false; }
			in_none >/dev/null || { echo "SIG$signal at mkdirat $n" && false; }
		done
	done
	# After the last one: nothing is left, or it is done and says so.
	status=0
	inject "mkdirat:signal=SIGINT:when=400" ctcreate -p -H "$CT_OWN" "$name" || status=$?
	if ((status == 0)); then
		[[ $(tree | wc -l) == 400 ]]
	else
		in_none >/dev/null
	fi
}

@test "interrupted over all hierarchies: nothing is left, v2 hands down what it did" {
	ct_requires strace
	ctcreate "$CT_TOP"
	before=$(tree)
	count=$(wc -l <<<"$CT_MOUNTS")
	for n in 1 $((count / 2)) $((count)) $((2 * count - 1)); do
		status=0
		inject "mkdirat:signal=SIGINT:when=$n" ctcreate -p "$CT_TOP/a/b" || status=$?
		((status != 0))
		same "$before" "$(tree)"
	done
}

@test "interrupted: a signal that is ignored stays so" {
	ct_requires strace
	inject mkdirat:signal=SIGHUP:when=2 sh -c 'trap "" HUP; exec "$@"' sh ctcreate -H "$CT_OWN" "$CT_TOP"
	[[ -d $CT_H1/$CT_TOP && -d $CT_H4/$CT_TOP ]]
}
