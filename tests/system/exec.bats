#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctexec: joins all, then becomes the command; or goes back everywhere and runs nothing.

load ../helpers
load common

setup_file() { common_setup; }
teardown_file() { common_teardown; }
setup() { ct_requires root named; }
teardown() { system_clean; }

@test "the command finds itself in the container in all hierarchies" {
	ctcreate -p "$CT_TOP/a"
	ctexec -c "$CT_TOP/a" cat /proc/self/cgroup >"$BATS_TEST_TMPDIR/cgroup"
	while read -r mount; do
		options=$(awk -v mount="$mount" '$5 == mount { print $NF; exit }' /proc/self/mountinfo)
		case $mount in
		"$CT_V2") grep -x "0::/$CT_TOP/a" "$BATS_TEST_TMPDIR/cgroup" ;;
		*) grep "[:,]${options##*,}\(,[^:]*\)\?:/$CT_TOP/a\$" "$BATS_TEST_TMPDIR/cgroup" ;;
		esac
	done <<<"$CT_MOUNTS"
	# And where it was in those that ctcreate leaves out.
	same "$(grep ':name=systemd:' /proc/self/cgroup)" "$(grep ':name=systemd:' "$BATS_TEST_TMPDIR/cgroup")"
}

@test "it joins where the container is, and stays where it is not" {
	mkdir "$CT_H2/$CT_TOP" "$CT_H4/$CT_TOP"
	ctexec -c "$CT_TOP" sh -c 'cat /proc/$$/cgroup' >"$BATS_TEST_TMPDIR/cgroup"
	for i in 1 2 3 4; do
		where=/
		((i % 2)) || where=/$CT_TOP
		grep -x ".*:name=${CT_TEST_ID}_$i:$where" "$BATS_TEST_TMPDIR/cgroup"
	done
}

@test "-H joins in these alone, an absolute path in that one" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	run -0 ctexec -H "name=${CT_TEST_ID}_3" -c "$CT_TOP" grep -c ":/$CT_TOP\$" /proc/self/cgroup
	[[ $output == 1 ]]
	run -0 ctexec -c "$CT_H1/$CT_TOP" grep ":/$CT_TOP\$" /proc/self/cgroup
	[[ $output == *":name=${CT_TEST_ID}_1:/$CT_TOP" ]]
	fails_with 125 "ctexec: $CT_TOP: no such container in v2" ctexec -H v2 -c "$CT_TOP" echo it runs
}

@test "it is the same process" {
	ctcreate "$CT_TOP"
	# shellcheck disable=SC2016  # for the inner shells
	run -0 sh -c 'echo $$; exec ctexec -c "$1" sh -c '\''echo $$'\' sh "$CT_TOP"
	((${#lines[@]} == 2 && lines[0] == lines[1]))
}

@test "arguments and environment reach the command as they are" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	run -0 ctexec -c "$CT_TOP" printf '<%s>' 'a b' '' -x -- '*'
	[[ $output == '<a b><><-x><--><*>' ]]
	strange=$(printf 'a\nb\377')
	same "$(STRANGE=$strange env -u _ env | sort)" "$(STRANGE=$strange ctexec -c "$CT_TOP" env -u _ env | sort)"
}

@test "descriptors are kept, and none of ct's is added" {
	ctcreate "$CT_TOP"
	list() { "$@" sh -c 'for fd in /proc/$$/fd/*; do echo "${fd##*/} $(readlink "$fd")"; done'; }
	exec 7</dev/null 19>"$BATS_TEST_TMPDIR/kept"
	list env | grep -v pipe: >"$BATS_TEST_TMPDIR/before"
	list ctexec -c "$CT_TOP" | grep -v pipe: >"$BATS_TEST_TMPDIR/after"
	# The container itself may be an open directory.
	(cd / && exec 8<"$CT_H1/$CT_TOP" && list ctexec -p -c "$CT_TOP/new") | grep -v pipe: >"$BATS_TEST_TMPDIR/made"
	exec 7<&- 19>&-
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" <(grep -v '^8 ' "$BATS_TEST_TMPDIR/made")
	grep -x "19 $BATS_TEST_TMPDIR/kept" "$BATS_TEST_TMPDIR/after"
}

@test "closed standard descriptors stay closed" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	list() { "$@" sh -c 'exec 9>"$0"; ls /proc/$$/fd >&9' "$BATS_TEST_TMPDIR/fds"; }
	for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
		eval "list env $closed"
		mv "$BATS_TEST_TMPDIR/fds" "$BATS_TEST_TMPDIR/expected"
		eval "list ctexec -c '$CT_TOP' $closed"
		diff "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/fds"
	done
}

@test "signals are neither blocked nor ignored for the command" {
	ctcreate "$CT_TOP"
	same "$(grep '^Sig[BIC]' /proc/self/status)" "$(ctexec -p -c "$CT_TOP/made" grep '^Sig[BIC]' /proc/self/status)"
}

@test "its exit status and its death are the command's" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	run -0 ctexec -c "$CT_TOP" true
	run -77 ctexec -c "$CT_TOP" sh -c 'exit 77'
	# shellcheck disable=SC2016  # for the inner shell
	run -143 ctexec -c "$CT_TOP" sh -c 'kill -TERM $$'
}

@test "126 and 127: it cannot be run, it is not found" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	fails_with 127 "ctexec: cannot run no-such-command: No such file or directory" ctexec -c "$CT_TOP" no-such-command
	fails_with 126 "ctexec: cannot run /etc/passwd: Permission denied" ctexec -c "$CT_TOP" /etc/passwd
	fails_with 126 "ctexec: cannot run /etc: Permission denied" ctexec -c "$CT_TOP" /etc
}

@test "a container that does not exist: 125, the command is not run" {
	fails_with 125 "ctexec: $CT_TOP: no such container in name=${CT_TEST_ID}_1" \
		ctexec -H "$CT_OWN" -c "$CT_TOP" touch "$BATS_TEST_TMPDIR/ran"
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
}

@test "-p makes what is missing, as ctcreate -p would" {
	run -0 ctexec -p -c "$CT_TOP/a/b" sh -c 'cat /proc/$$/cgroup'
	in_all "$CT_TOP/a/b"
	[[ $(grep -c ":/$CT_TOP/a/b\$" <<<"$output") == $(wc -l <<<"$CT_MOUNTS") ]]
	run -0 ctexec -p -c "$CT_TOP/a/b" true
}

@test "-p: if the command cannot be run, what was made goes again" {
	mkdir "$CT_H2/$CT_TOP" "$CT_H2/$CT_TOP/kept"
	before=$(tree)
	fails_with 127 "ctexec: cannot run no-such-command: No such file or directory" \
		ctexec -p -c "$CT_TOP/a/b" no-such-command
	same "$before" "$(tree)"
	fails_with 126 "ctexec: cannot run /: Permission denied" ctexec -p -c "$CT_TOP/a/b" /
	same "$before" "$(tree)"
}

@test "--dry-run prints the plan, runs nothing" {
	ctcreate -H "name=${CT_TEST_ID}_1" "$CT_TOP"
	run -0 --separate-stderr ctexec -n -c "$CT_TOP" touch "$BATS_TEST_TMPDIR/ran"
	same "join name=${CT_TEST_ID}_1 /$CT_TOP" "$output"
	run -0 --separate-stderr ctexec -n -p -H "name=${CT_TEST_ID}_1" -c "$CT_TOP/a" touch "$BATS_TEST_TMPDIR/ran"
	same "create name=${CT_TEST_ID}_1 /$CT_TOP/a
join name=${CT_TEST_ID}_1 /$CT_TOP/a" "$output"
	[[ ! -e $BATS_TEST_TMPDIR/ran && ! -d $CT_H1/$CT_TOP/a ]]
}

# ---- Refusals ----------------------------------------------------------------

# goes_back COMMAND...: runs it (ctexec, as the last of what COMMAND starts) until it has
# something to say, which a full pipe keeps it from, and looks where it is then: nowhere else
# than before. The message is left in $said, the status in $status.
goes_back() {
	local pipe=$BATS_TEST_TMPDIR/pipe.$RANDOM job pid
	mkfifo "$pipe"
	exec 9<>"$pipe"
	dd if=/dev/zero bs=4096 count=4096 oflag=nonblock status=none >&9 2>/dev/null || true
	timeout -k 1 60 "$@" 2>"$pipe" 3>&- 9>&- &
	job=$!
	stuck() {
		local child=$job
		while [[ -n $child ]]; do
			pid=$child
			child=$(cut -d ' ' -sf 1 "/proc/$pid/task/$pid/children" 2>/dev/null) || child=
		done
		[[ ! -e /proc/$job ]] ||
			{ grep -qsx ctexec "/proc/$pid/comm" && grep -qs pipe_write "/proc/$pid/wchan"; }
	}
	ct_wait_for stuck
	cgroups "$pid" >"$BATS_TEST_TMPDIR/then" || true
	exec 8<"$pipe" 9>&-
	# Without the zeros that filled it.
	said=$(tr -d '\0' <&8)
	exec 8<&-
	status=0
	wait $job || status=$?
	same "$(cgroups $BASHPID)" "$(<"$BATS_TEST_TMPDIR/then")"
}

@test "refused by an empty v1 cpuset: back everywhere, 125, the command is not run" {
	ct_requires v1:cpuset
	ctcreate "$CT_TOP"
	cpuset=$(ct_mountpoint cpuset)
	while read -r mount; do
		[[ -d $mount/$CT_TOP/a ]] || mkdir "$mount/$CT_TOP/a"
	done <<<"$CT_MOUNTS"
	goes_back ctexec -c "$CT_TOP/a" touch "$BATS_TEST_TMPDIR/ran"
	((status == 125))
	same "ctexec: $CT_TOP/a: it may hold no task in cpuset: $cpuset/$CT_TOP/a/cpuset.cpus is empty; write to it first" "$said"
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
	# Half of it is not enough.
	cat "$cpuset/cpuset.cpus" >"$cpuset/$CT_TOP/a/cpuset.cpus"
	goes_back ctexec -c "$CT_TOP/a" touch "$BATS_TEST_TMPDIR/ran"
	same "ctexec: $CT_TOP/a: it may hold no task in cpuset: $cpuset/$CT_TOP/a/cpuset.mems is empty; write to it first" "$said"
	cat "$cpuset/cpuset.mems" >"$cpuset/$CT_TOP/a/cpuset.mems"
	ctexec -c "$CT_TOP/a" true
}

@test "refused by v2, whose place has controllers enabled for its children" {
	ct_requires v2
	[[ -n $(<"$CT_V2/cgroup.controllers") ]] || skip 'v2 has no controller here'
	ctcreate -p "$CT_TOP/a"
	goes_back ctexec -c "$CT_TOP" touch "$BATS_TEST_TMPDIR/ran"
	((status == 125))
	same "ctexec: $CT_TOP: it may hold no process in v2, because it has controllers ($(<"$CT_V2/$CT_TOP/cgroup.subtree_control")) enabled for its children: use a container below it, or disable them in $CT_V2/$CT_TOP/cgroup.subtree_control" "$said"
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
}

@test "refused by v2, in a threaded tree" {
	ct_requires v2
	ctcreate "$CT_TOP"
	mkdir "$CT_V2/$CT_TOP/a" "$CT_H1/$CT_TOP/a"
	echo threaded >"$CT_V2/$CT_TOP/a/cgroup.type"
	mkdir "$CT_V2/$CT_TOP/a/b" "$CT_H1/$CT_TOP/a/b"
	goes_back ctexec -c "$CT_TOP/a/b" touch "$BATS_TEST_TMPDIR/ran"
	((status == 125))
	same "ctexec: $CT_TOP/a/b: it may not hold this task in v2: its cgroup.type is 'domain invalid', and tasks move into or out of a threaded tree only as whole processes to its domain" "$said"
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
}

@test "a v1 pids limit of 0 does not refuse: it limits forks" {
	ct_requires v1:pids
	ctcreate "$CT_TOP"
	echo 0 >"$(ct_mountpoint pids)/$CT_TOP/pids.max"
	run -0 ctexec -c "$CT_TOP" true
}

@test "whichever hierarchy refuses: back everywhere, 125, the command is not run" {
	ct_requires strace
	ctcreate "$CT_TOP"
	count=$(wc -l <<<"$CT_MOUNTS")
	for ((n = 1; n <= count; n++)); do
		goes_back strace -f -qq -o /dev/null -e trace=write -e "inject=write:error=ENODEV:when=$n" \
			ctexec -c "$CT_TOP" touch "$BATS_TEST_TMPDIR/ran"
		((status == 125)) || { echo "write $n: status $status, $said" && false; }
		[[ $said == "ctexec: $CT_TOP: it has been removed from "*" meanwhile" ]] || { echo "$said" && false; }
		[[ ! -e $BATS_TEST_TMPDIR/ran ]]
	done
}

@test "-p: whatever write or mkdir is refused, nothing is left and nothing is run" {
	ct_requires strace
	mkdir "$CT_H2/$CT_TOP"
	before=$(tree)
	for call in mkdirat write; do
		for ((n = 1; n < 60; n += 3)); do
			status=0
			inject "$call:error=ENOMEM:when=$n" ctexec -p -c "$CT_TOP/a" touch "$BATS_TEST_TMPDIR/ran" \
				2>/dev/null || status=$?
			((status == 125)) || break
			same "$before" "$(tree)" || { echo "after the failure of $call $n" && false; }
			[[ ! -e $BATS_TEST_TMPDIR/ran ]]
		done
		((status == 0 && n > 10)) || { echo "status $status at $call $n" && false; }
		ctrm "$CT_TOP/a"
		rm "$BATS_TEST_TMPDIR/ran"
		[[ -d $CT_H2/$CT_TOP ]] && while read -r mount; do
			[[ $mount == "$CT_H2" || ! -d $mount/$CT_TOP ]] || rmdir "$mount/$CT_TOP"
		done <<<"$CT_MOUNTS"
	done
}

@test "a container removed between looking and joining: 125, back everywhere" {
	ct_requires strace
	ctcreate -H "$CT_OWN" "$CT_TOP"
	halted write:1 ctexec -c "$CT_TOP" touch "$BATS_TEST_TMPDIR/ran" 2>"$BATS_TEST_TMPDIR/error"
	rmdir "$CT_H3/$CT_TOP"
	go_on
	((status == 125))
	same "ctexec: $CT_TOP: it has been removed from name=${CT_TEST_ID}_3 meanwhile" "$(<"$BATS_TEST_TMPDIR/error")"
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
}

@test "interrupted while it joins: the command is not run, nothing made is left" {
	ct_requires strace
	for signal in INT TERM HUP; do
		for n in 1 3 4; do
			status=0
			inject "write:signal=SIG$signal:when=$n" ctexec -p -H "$CT_OWN" -c "$CT_TOP/a" \
				touch "$BATS_TEST_TMPDIR/ran" 2>/dev/null || status=$?
			((status != 0)) || { echo "SIG$signal at write $n: status 0" && false; }
			in_none || { echo "SIG$signal at write $n" && false; }
			[[ ! -e $BATS_TEST_TMPDIR/ran ]]
		done
	done
}
