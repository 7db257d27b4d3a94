#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctrm: from all hierarchies or from none.

load ../helpers
load common

setup_file() {
	common_setup
	build threads
}
teardown_file() { common_teardown; }
setup() { ct_requires root named; }
teardown() { system_clean; }

@test "an empty container goes from every hierarchy" {
	ctcreate "$CT_TOP"
	run -0 --separate-stderr ctrm "$CT_TOP"
	[[ -z $output$stderr ]]
	in_none
}

@test "it goes from where it is, also if that is not everywhere" {
	mkdir "$CT_H2/$CT_TOP" "$CT_H3/$CT_TOP"
	ctrm "$CT_TOP"
	in_none
}

@test "-H removes it from these alone, an absolute path from that one" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	ctrm -H "name=${CT_TEST_ID}_2,name=${CT_TEST_ID}_3" "$CT_TOP"
	ctrm "$CT_H4/$CT_TOP"
	same "$CT_H1/$CT_TOP 755 0:0" "$(tree)"
	fails_with 1 "ctrm: $CT_TOP: no such container in name=${CT_TEST_ID}_2" \
		ctrm -H "name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_2" "$CT_TOP"
	same "$CT_H1/$CT_TOP 755 0:0" "$(tree)"
}

@test "one that does not exist: where it was looked for" {
	run -1 --separate-stderr ctrm "$CT_TOP"
	[[ $stderr =~ ^"ctrm: $CT_TOP: no such container in "([^ ]+)"; ct stat -r lists those there are, ctcreate makes one"$ ]]
	same "$(awk -F: '{ print $2 == "" ? "v2" : $2 }' <(cgroups $BASHPID) | tr , '\n' | sort)" \
		"$(tr , '\n' <<<"${BASH_REMATCH[1]}" | sort)"
}

@test "one that holds a container in one hierarchy stays in all, the child is named" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	mkdir "$CT_H4/$CT_TOP/child"
	before=$(tree)
	fails_with 1 "ctrm: $CT_TOP: it holds $CT_TOP/child in name=${CT_TEST_ID}_4: -r removes what is below too" \
		ctrm "$CT_TOP"
	same "$before" "$(tree)"
}

@test "one that holds a process in one hierarchy stays in all, the process is named" {
	ctcreate "$CT_TOP"
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_H4/$CT_TOP/cgroup.procs"
	before=$(tree)
	fails_with 1 "ctrm: $CT_TOP: $CT_TOP holds 1 process in name=${CT_TEST_ID}_4: $ct_pid (sleep); ctkill -r ends them, ctattach moves them" \
		ctrm "$CT_TOP"
	same "$before" "$(tree)"
	alive "$ct_pid"
	is_in_h4=$(cgroups "$ct_pid" | grep "name=${CT_TEST_ID}_4:")
	[[ $is_in_h4 == *":/$CT_TOP" ]]
}

@test "-r refuses for a process anywhere below, too" {
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a/b"
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_H2/$CT_TOP/a/b/cgroup.procs"
	before=$(tree)
	fails_with 1 "ctrm: $CT_TOP: $CT_TOP/a/b holds 1 process in name=${CT_TEST_ID}_2: $ct_pid (sleep); ctkill -r ends them, ctattach moves them" \
		ctrm -r "$CT_TOP"
	same "$before" "$(tree)"
}

@test "-r removes all below, the deepest first" {
	ctcreate -p "$CT_TOP/a/b/c"
	ctcreate "$CT_TOP/a/d"
	mkdir "$CT_H3/$CT_TOP/here-alone"
	run -0 --separate-stderr ctrm -r "$CT_TOP"
	[[ -z $output$stderr ]]
	in_none
}

@test "of several the good ones go, the others are reported" {
	for name in '' /a /b /b/child /c; do mkdir "$CT_H1/$CT_TOP$name"; done
	fails_with 1 "ctrm: $CT_TOP/b: it holds $CT_TOP/b/child in name=${CT_TEST_ID}_1: -r removes what is below too" \
		ctrm -H "name=${CT_TEST_ID}_1" "$CT_TOP/a" "$CT_TOP/b" "$CT_TOP/c"
	[[ ! -d $CT_H1/$CT_TOP/a && -d $CT_H1/$CT_TOP/b/child && ! -d $CT_H1/$CT_TOP/c ]]
}

@test "--dry-run prints the plan and removes nothing" {
	ctcreate -p -H "name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_2" "$CT_TOP/a"
	before=$(tree)
	run -0 --separate-stderr ctrm -n -r "$CT_TOP"
	same "remove name=${CT_TEST_ID}_1 /$CT_TOP/a
remove name=${CT_TEST_ID}_1 /$CT_TOP
remove name=${CT_TEST_ID}_2 /$CT_TOP/a
remove name=${CT_TEST_ID}_2 /$CT_TOP" "$output"
	same "$before" "$(tree)"
}

@test "the root of a hierarchy stays" {
	fails_with 1 "ctrm: $CT_H1: it is the root of name=${CT_TEST_ID}_1, which stays as long as it is mounted" \
		ctrm "$CT_H1"
	fails_with 1 "ctrm: $CT_H1/: it is the root of name=${CT_TEST_ID}_1, which stays as long as it is mounted" \
		ctrm -r "$CT_H1/"
}

# These two stand here because the kernel is busy with what was removed for a while, and would
# keep the hierarchy of a test that ends now.
@test "-r: a thousand deep" {
	path=$CT_H1/$CT_TOP/$(printf '%0999d' 0 | sed 's|0|d/|g')
	mkdir -p "$path"
	(($(find "$CT_H1/$CT_TOP" -type d | wc -l) == 1000))
	run -0 --separate-stderr timeout -k 1 60 ctrm -r "$CT_TOP"
	[[ -z $output$stderr ]]
	in_none
}

@test "-r: five thousand in two hierarchies" {
	for mount in "$CT_H1" "$CT_H2"; do
		mkdir "$mount/$CT_TOP"
		(cd "$mount/$CT_TOP" && mkdir {1..50} && for i in {1..50}; do (cd "$i" && mkdir {1..49}); done)
	done
	run -0 --separate-stderr timeout -k 1 60 ctrm -r "$CT_TOP"
	[[ -z $output$stderr ]]
	in_none
}

@test "rollback: whichever rmdir is refused, everything is there again with owner and mode" {
	ct_requires strace
	ctcreate -p -m 2710 -a 65534:65533 "$CT_TOP/a"
	chmod 700 "$CT_H1/$CT_TOP"
	chown 1:2 "$CT_H4/$CT_TOP"
	chmod 1555 "$CT_H3/$CT_TOP/a"
	before=$(tree)
	for ((n = 1; n < 100; n++)); do
		status=0
		inject "unlinkat:error=EPERM:when=$n" ctrm -r "$CT_TOP" 2>"$BATS_TEST_TMPDIR/error" || status=$?
		((status == 1)) || break
		same "$before" "$(tree)" || { echo "after the refusal of rmdir $n" && false; }
		[[ $(<"$BATS_TEST_TMPDIR/error") == "ctrm: $CT_TOP: "*": no write permission for the directory above it" ]] ||
			{ cat "$BATS_TEST_TMPDIR/error" && false; }
	done
	((status == 0 && n == 2 * $(wc -l <<<"$CT_MOUNTS") + 1))
	in_none
}

@test "rollback: a container that is made again is owned by whom it was, in its files too" {
	ct_requires strace
	ctcreate "$CT_TOP"
	ctcreate -a 65534:65533 "$CT_TOP/a"
	owners() {
		while read -r mount; do
			find "$mount/$CT_TOP/a" -name 'cgroup.*' -printf '%p %U:%G\n'
			find "$mount/$CT_TOP/a" -name tasks -printf '%p %U:%G\n'
		done <<<"$CT_MOUNTS" | sort
	}
	before=$(owners)
	run -1 inject "unlinkat:error=EPERM:when=$(wc -l <<<"$CT_MOUNTS")" ctrm "$CT_TOP/a"
	same "$before" "$(owners)"
}

@test "rollback: a container that is made again works as before: its settings, v2's controllers" {
	ct_requires strace
	ctcreate -p "$CT_TOP/a/b"
	settings() {
		local setting mount
		for setting in cpuset.cpus cpuset.mems pids.max memory.limit_in_bytes cpu.shares freezer.state; do
			mount=$(ct_mountpoint "${setting%%.*}") || continue
			grep -r '' --include="$setting" "$mount/$CT_TOP"
		done
		[[ -z $CT_V2 ]] || grep -r '' --include=cgroup.subtree_control --include=cgroup.max.depth "$CT_V2/$CT_TOP" || true
	}
	set_here() { # FILE VALUE, if there is such a thing
		local mount
		! mount=$(ct_mountpoint "${1%%.*}") || echo "$2" >"$mount/$CT_TOP/a/b/$1"
	}
	! cpuset=$(ct_mountpoint cpuset) || set_here cpuset.cpus "$(sed 's/[-,].*//' "$cpuset/cpuset.cpus")"
	set_here pids.max 77
	set_here memory.limit_in_bytes 67108864
	set_here cpu.shares 333
	[[ -z $CT_V2 ]] || echo 7 >"$CT_V2/$CT_TOP/a/cgroup.max.depth"
	before=$(settings | sort)
	run -1 inject "unlinkat:error=EPERM:when=$((3 * $(wc -l <<<"$CT_MOUNTS")))" ctrm -r "$CT_TOP"
	same "$before" "$(settings | sort)"
}

@test "rollback: a process that arrives while its container is removed" {
	ct_requires strace
	ctcreate -H "$CT_OWN" "$CT_TOP"
	ct_spawn sleep 1000
	# After the first rmdir the process goes into the last one.
	halted unlinkat:1 ctrm "$CT_TOP" 2>"$BATS_TEST_TMPDIR/error"
	echo "$ct_pid" >"$CT_H4/$CT_TOP/cgroup.procs"
	go_on
	((status == 1))
	same "ctrm: $CT_TOP: $CT_TOP holds 1 process in name=${CT_TEST_ID}_4: $ct_pid (sleep); ctkill -r ends them, ctattach moves them" \
		"$(<"$BATS_TEST_TMPDIR/error")"
	same "$(for i in 1 2 3 4; do echo "$CT_TEST_DIR/mnt/h$i/$CT_TOP 755 0:0"; done)" "$(tree)"
	[[ $(<"$CT_H4/$CT_TOP/cgroup.procs") == "$ct_pid" ]]
}

@test "a container that somebody else removes meanwhile is no error" {
	ct_requires strace
	ctcreate -H "$CT_OWN" "$CT_TOP"
	halted unlinkat:1 ctrm "$CT_TOP"
	rmdir "$CT_H3/$CT_TOP"
	go_on
	((status == 0))
	in_none
}

@test "interrupted at any point: everything is there" {
	ct_requires strace
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a"
	chmod 751 "$CT_H2/$CT_TOP"
	before=$(tree)
	for signal in INT TERM HUP; do
		for n in 1 4 7; do
			status=0
			inject "unlinkat:signal=SIG$signal:when=$n" ctrm -r "$CT_TOP" || status=$?
			((status != 0)) || { echo "SIG$signal at rmdir $n: exit 0" && false; }
			same "$before" "$(tree)" || { echo "SIG$signal at rmdir $n" && false; }
		done
	done
	# After the last one: all is there, or it is done and says so.
	status=0
	inject "unlinkat:signal=SIGINT:when=8" ctrm -r "$CT_TOP" || status=$?
	if ((status == 0)); then
		in_none
	else
		same "$before" "$(tree)"
	fi
}

@test "rollback: a container that is made in it meanwhile" {
	ct_requires strace
	ctcreate -H "$CT_OWN" "$CT_TOP"
	chmod 2751 "$CT_H1/$CT_TOP"
	before=$(tree && echo "$CT_H4/$CT_TOP/new 755 0:0")
	halted unlinkat:1 ctrm "$CT_TOP" 2>"$BATS_TEST_TMPDIR/error"
	mkdir "$CT_H4/$CT_TOP/new"
	go_on
	((status == 1))
	same "ctrm: $CT_TOP: it holds $CT_TOP/new in name=${CT_TEST_ID}_4: -r removes what is below too" \
		"$(<"$BATS_TEST_TMPDIR/error")"
	same "$before" "$(tree)"
}

@test "busy for a moment, with nobody to be seen: it is tried again" {
	ct_requires strace
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a"
	run -0 --separate-stderr inject unlinkat:error=EBUSY:when=2..6 ctrm -r "$CT_TOP"
	[[ -z $output$stderr ]]
	in_none
}

@test "busy for good, with nobody to be seen: within a second, all is there" {
	ct_requires strace
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a"
	before=$(tree)
	start=$(date +%s%N)
	fails_with 1 "ctrm: $CT_TOP: cannot remove it from name=${CT_TEST_ID}_1: it is busy, by a task that is not seen from here (of another pid namespace), or one that does not come to its end" \
		strace -f -qq -o /dev/null -e inject=unlinkat:error=EBUSY:when=2+ ctrm -r "$CT_TOP"
	took=$((($(date +%s%N) - start) / 1000000))
	((took >= 500 && took < 3000)) || { echo "$took ms" && false; }
	same "$before" "$(tree)"
}

@test "tasks that have just been killed do not keep it" {
	ctcreate "$CT_TOP"
	for i in {1..10}; do
		pids=()
		for _ in {1..20}; do
			ct_spawn sleep 1000
			pids+=("$ct_pid")
			while read -r mount; do echo "$ct_pid" >"$mount/$CT_TOP/cgroup.procs"; done <<<"$CT_MOUNTS"
		done
		kill -KILL "${pids[@]}"
		for pid in "${pids[@]}"; do ct_wait_for ended "$pid"; done
		ctrm "$CT_TOP"
		in_none
		ctcreate "$CT_TOP"
	done
}

@test "zombies do not keep it" {
	ctcreate "$CT_TOP"
	# shellcheck disable=SC2016  # for the inner shell
	ct_spawn sh -c 'sleep 1000 & echo $! >"$1"; exec sleep 1000' sh "$BATS_TEST_TMPDIR/child"
	ct_wait_for test -s "$BATS_TEST_TMPDIR/child"
	child=$(<"$BATS_TEST_TMPDIR/child")
	ctattach -c "$CT_TOP" "$child"
	kill -KILL "$child"
	ct_wait_for ended "$child"
	[[ -d /proc/$child ]]
	ctrm "$CT_TOP"
	in_none
}

@test "the threads of a process whose leader has ended keep it, on v1 and on v2" {
	ct_requires cc
	ct_spawn "$BATS_FILE_TMPDIR/threads" 3 exit >"$BATS_TEST_TMPDIR/ready"
	ct_wait_for ended "$ct_pid"
	for mount in "$CT_H2" ${CT_V2:+"$CT_V2"}; do
		ctcreate "$CT_TOP"
		echo "$ct_pid" >"$mount/$CT_TOP/cgroup.procs"
		before=$(tree)
		label=v2
		[[ $mount != "$CT_H2" ]] || label=name=${CT_TEST_ID}_2
		fails_with 1 "ctrm: $CT_TOP: $CT_TOP holds 1 process in $label: $ct_pid (threads); ctkill -r ends them, ctattach moves them" \
			ctrm "$CT_TOP"
		same "$before" "$(tree)"
		echo "$ct_pid" >"$mount/cgroup.procs"
		ctrm "$CT_TOP"
	done
}

@test "a threaded place of v2: its threads are named, empty it goes" {
	ct_requires v2 cc
	ctcreate "$CT_TOP"
	mkdir "$CT_V2/$CT_TOP/t"
	ct_spawn "$BATS_FILE_TMPDIR/threads" 2 >"$BATS_TEST_TMPDIR/ready"
	ct_wait_for test -s "$BATS_TEST_TMPDIR/ready"
	echo "$ct_pid" >"$CT_V2/$CT_TOP/cgroup.procs"
	echo threaded >"$CT_V2/$CT_TOP/t/cgroup.type"
	thread=$(cd "/proc/$ct_pid/task" && printf '%s\n' * | grep -vx "$ct_pid")
	echo "$thread" >"$CT_V2/$CT_TOP/t/cgroup.threads"
	fails_with 1 "ctrm: $CT_TOP: $CT_TOP/t holds 1 process in v2: $thread (threads); ctkill -r ends them, ctattach moves them" \
		ctrm -r "$CT_TOP"
	echo "$ct_pid" >"$CT_V2/cgroup.procs"
	same threaded "$(<"$CT_V2/$CT_TOP/t/cgroup.type")"
	ctrm -r "$CT_TOP"
	in_none
}

@test "a process of another pid namespace keeps it" {
	ct_requires unshare
	ctcreate "$CT_TOP"
	ct_spawn sleep 1000
	for mount in "$CT_H2" ${CT_V2:+"$CT_V2"}; do
		echo "$ct_pid" >"$mount/$CT_TOP/cgroup.procs"
		before=$(tree)
		# Seen from a pid namespace of its own, nobody else has a number.
		run -1 --separate-stderr timeout -k 1 60 unshare -p -f --mount-proc ctrm "$CT_TOP"
		if [[ $mount == "$CT_V2" ]]; then
			same "ctrm: $CT_TOP: $CT_TOP holds 1 process in v2, of another pid namespace, so that no number can be told: ctkill -r ends it" "$stderr"
		else
			same "ctrm: $CT_TOP: cannot remove it from name=${CT_TEST_ID}_2: it is busy, by a task that is not seen from here (of another pid namespace), or one that does not come to its end" "$stderr"
		fi
		same "$before" "$(tree)"
		echo "$ct_pid" >"$mount/cgroup.procs"
	done
	ctrm "$CT_TOP"
}
