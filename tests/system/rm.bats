#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctrm: from all hierarchies or from none.

load ../helpers
load common

setup_file() { common_setup; }
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
	[[ $stderr =~ ^"ctrm: $CT_TOP: no such container in "([^ ]+)"; ctstat -r lists those there are, ctcreate makes one"$ ]]
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
	fails_with 1 "ctrm: $CT_TOP: $CT_TOP holds 1 process in name=${CT_TEST_ID}_4 ($ct_pid): ctkill -r ends them, ctattach moves them" \
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
	fails_with 1 "ctrm: $CT_TOP: $CT_TOP/a/b holds 1 process in name=${CT_TEST_ID}_2 ($ct_pid): ctkill -r ends them, ctattach moves them" \
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

@test "rollback: whichever rmdir is refused, everything is there again with owner and mode" {
	ct_requires strace
	ctcreate -p -m 2710 -a 65534:65533 "$CT_TOP/a"
	chmod 700 "$CT_H1/$CT_TOP"
	chown 1:2 "$CT_H4/$CT_TOP"
	chmod 1555 "$CT_H3/$CT_TOP/a"
	before=$(tree)
	for ((n = 1; n < 100; n++)); do
		status=0
		inject "unlinkat:error=EBUSY:when=$n" ctrm -r "$CT_TOP" 2>"$BATS_TEST_TMPDIR/error" || status=$?
		((status == 1)) || break
		same "$before" "$(tree)" || { echo "after the refusal of rmdir $n" && false; }
		[[ $(<"$BATS_TEST_TMPDIR/error") == "ctrm: $CT_TOP: "*": it holds tasks or containers" ]] ||
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
	run -1 inject "unlinkat:error=EBUSY:when=$(wc -l <<<"$CT_MOUNTS")" ctrm "$CT_TOP/a"
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
	run -1 inject "unlinkat:error=EBUSY:when=$((3 * $(wc -l <<<"$CT_MOUNTS")))" ctrm -r "$CT_TOP"
	same "$before" "$(settings | sort)"
}

@test "rollback: a process that arrives while its container is removed" {
	ct_requires strace
	ctcreate -H "$CT_OWN" "$CT_TOP"
	ct_spawn sleep 1000
	# At the first rmdir ctrm waits half a second; the process goes into the last one.
	inject unlinkat:delay_enter=300000:when=1 ctrm "$CT_TOP" 2>"$BATS_TEST_TMPDIR/error" 3>&- &
	remover=$!
	sleep 0.15
	echo "$ct_pid" >"$CT_H4/$CT_TOP/cgroup.procs"
	status=0
	wait $remover || status=$?
	((status == 1))
	same "ctrm: $CT_TOP: cannot remove it from name=${CT_TEST_ID}_4: it holds tasks or containers" \
		"$(<"$BATS_TEST_TMPDIR/error")"
	same "$(for i in 1 2 3 4; do echo "$CT_TEST_DIR/mnt/h$i/$CT_TOP 755 0:0"; done)" "$(tree)"
	[[ $(<"$CT_H4/$CT_TOP/cgroup.procs") == "$ct_pid" ]]
}

@test "a container that somebody else removes meanwhile is no error" {
	ct_requires strace
	ctcreate -H "$CT_OWN" "$CT_TOP"
	inject unlinkat:delay_exit=300000:when=1 ctrm "$CT_TOP" 3>&- &
	remover=$!
	sleep 0.15
	rmdir "$CT_H3/$CT_TOP"
	wait $remover
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
