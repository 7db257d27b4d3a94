#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# v2's threaded trees: threads move one by one within them, and nowhere else.

load ../helpers
load common

setup_file() {
	common_setup
	build threads
}
teardown_file() { common_teardown; }
setup() {
	ct_requires root named v2 cc
	domain=$CT_TOP/d
	mkdir -p "$CT_V2/$domain/x" "$CT_V2/$domain/y" "$CT_V2/$CT_TOP/e/x" "$CT_V2/$CT_TOP/plain"
	for name in d/x d/y e/x; do echo threaded >"$CT_V2/$CT_TOP/$name/cgroup.type"; done
	[[ $(<"$CT_V2/$domain/cgroup.type") == 'domain threaded' ]]
}
teardown() { system_clean; }

# threads CONTAINER: a process of four there; its pid is in $ct_pid, all its threads in $tids.
threads() {
	ct_spawn ctexec -H v2 -c "$1" "$BATS_FILE_TMPDIR/threads" 4 >"$BATS_TEST_TMPDIR/ready"
	ct_wait_for grep -q ready "$BATS_TEST_TMPDIR/ready"
	tids=("/proc/$ct_pid/task"/*)
	tids=("${tids[@]##*/}")
}

# are WHERE...: each of $tids, in this order, below $CT_TOP in v2.
are() {
	local i path
	for i in "${!tids[@]}"; do
		path=$(sed -n 's/^0:://p' "/proc/$ct_pid/task/${tids[i]}/cgroup")
		[[ $path == "/$CT_TOP/$1" ]] || { echo "${tids[i]} is in $path, not in $1" && return 1; }
		shift
	done
}

# refuses TEXT ARGUMENT...: ctattach, and every thread stays where it is.
refuses() {
	local before=() tid
	for tid in "${tids[@]}"; do before+=("$(cgroups "$ct_pid" "$tid")"); done
	fails_with 1 "ctattach: $1" ctattach "${@:2}" || return
	for tid in "${tids[@]}"; do
		[[ ${before[0]} == "$(cgroups "$ct_pid" "$tid")" ]] || return
		before=("${before[@]:1}")
	done
}

@test "-T: one, several, and back to the domain" {
	threads "$domain"
	are d d d d
	ctattach -H v2 -T -c "$domain/x" "${tids[1]}"
	are d d/x d d
	ctattach -T -c "$domain/y" "${tids[1]}" "${tids[2]}"
	are d d/y d/y d
	ctattach -T -c "$domain/x" "$ct_pid"
	are d/x d/y d/y d
	ctattach -T -c "$domain" "${tids[2]}" "$ct_pid"
	are d d/y d d
	# All of them, in a tree that ends with them.
	timeout 60 ctkill -r "$domain"
	ended "$ct_pid"
}

@test "-T: what is not of one threaded tree is refused, and which that is" {
	threads "$domain"
	way='leave v2 out with -H, or move the process'
	refuses "$CT_TOP/e/x: v2 moves single threads only within a threaded tree: thread ${tids[1]} is in /$domain, and the threaded tree that $CT_TOP/e/x belongs to is that of /$CT_TOP/e; $way" \
		-T -c "$CT_TOP/e/x" "${tids[1]}"
	refuses "$CT_TOP/plain: v2 moves single threads only within a threaded tree, and it is none ($CT_V2/$CT_TOP/plain/cgroup.type says 'domain'): $way" \
		-T -c "$CT_TOP/plain" "${tids[1]}"
	mkdir "$CT_V2/$domain/invalid"
	refuses "$domain/invalid: v2 moves single threads only within a threaded tree, and it is none ($CT_V2/$domain/invalid/cgroup.type says 'domain invalid'): $way" \
		-T -c "$domain/invalid" "${tids[1]}"
	timeout 60 ctkill "$domain"
	threads "$CT_TOP/plain"
	refuses "$domain/x: v2 moves single threads only within a threaded tree: thread ${tids[3]} is in /$CT_TOP/plain, and the threaded tree that $domain/x belongs to is that of /$domain; $way" \
		-T -c "$domain/x" "${tids[3]}"
	refuses "$domain/x: it may not hold this task in v2: its cgroup.type is 'threaded', and tasks move into or out of a threaded tree only as whole processes to its domain" \
		-c "$domain/x" "$ct_pid"
	# As whole processes they go to the domain.
	ctattach -c "$domain" "$ct_pid"
	are d d d d
}

@test "-T: the second is refused, the first goes back" {
	ct_requires strace
	threads "$domain"
	echo "${tids[1]}" >"$CT_V2/$domain/y/cgroup.threads"
	status=0
	timeout 60 strace -qq -o /dev/null -P "$CT_V2/$domain/x/cgroup.threads" -e trace=write -e inject=write:error=ENOMEM:when=2 \
		ctattach -T -c "$domain/x" "${tids[1]}" "${tids[2]}" 2>"$BATS_TEST_TMPDIR/error" 3>&- || status=$?
	((status == 1))
	same "ctattach: $domain/x: process ${tids[2]}: refused in v2: Cannot allocate memory" "$(<"$BATS_TEST_TMPDIR/error")"
	are d d/y d d
}

@test "-T: with hierarchies of v1, all or none; held still in the v1 freezer" {
	ct_requires freezer strace
	threads "$domain"
	named=name=${CT_TEST_ID}_1
	mkdir -p "$CT_H1/$domain/x"
	where() { grep "=${CT_TEST_ID}_1:" "/proc/$ct_pid/task/$1/cgroup"; }
	ctattach -H "v2,$named" -T -c "$domain/x" "${tids[1]}"
	are d d/x d d
	[[ $(where "${tids[1]}") == *":/$domain/x" && $(where "${tids[2]}") == *:/ ]]
	status=0
	timeout 60 strace -f -qq -o /dev/null -P "$CT_H1/$domain/x/tasks" -e trace=write -e inject=write:error=EIO \
		ctattach -H "v2,$named" -T -c "$domain/x" "${tids[2]}" "${tids[3]}" 2>"$BATS_TEST_TMPDIR/error" 3>&- || status=$?
	cat "$BATS_TEST_TMPDIR/error"
	((status == 1)) && [[ $(wc -l <"$BATS_TEST_TMPDIR/error") == 1 ]]
	are d d/x d d
	[[ $(where "${tids[2]}") == *:/ && $(where "${tids[3]}") == *:/ ]]
	[[ $(grep State "/proc/$ct_pid/status") == *S* && ! -e /run/ct/journal ]]
}

@test "-T --dry-run" {
	threads "$domain"
	run -0 ctattach --dry-run -T -c "$domain/x" "${tids[1]}"
	[[ $output == *attach*"$domain/x"* ]]
	are d d d d
}

@test "-T: an owner within his own threaded tree" {
	ct_requires setpriv
	cp -a "$CT_BIN" "$BATS_FILE_TMPDIR/threads" "$CT_TEST_DIR/"
	chown 65534 "$CT_V2/$domain/cgroup.threads" "$CT_V2/$domain/x/cgroup.threads"
	ct_spawn ctexec -H v2 -c "$domain" setpriv --reuid=65534 --clear-groups "$CT_TEST_DIR/threads" 4 >"$BATS_TEST_TMPDIR/ready"
	ct_wait_for grep -q ready "$BATS_TEST_TMPDIR/ready"
	tids=("/proc/$ct_pid/task"/*)
	tids=("${tids[@]##*/}")
	user=(setpriv --reuid=65534 --clear-groups "$CT_TEST_DIR/bin/ct")
	fails_with 1 "ctattach: $domain/x: process ${tids[1]}: no permission in v2: $CT_V2/$domain/cgroup.procs, of the nearest container above both it and the task, is not writable" \
		"${user[@]}" attach -T -c "$domain/x" "${tids[1]}"
	are d d d d
	chown 65534 "$CT_V2/$domain/cgroup.procs"
	"${user[@]}" attach -T -c "$domain/x" "${tids[1]}"
	are d d/x d d
	fails_with 1 "ctattach: $domain/y: cannot move threads into it in v2: $CT_V2/$domain/y/cgroup.threads: Permission denied" \
		"${user[@]}" attach -T -c "$domain/y" "${tids[1]}"
	are d d/x d d
}

@test "a threaded tree is shown, frozen and killed like any other" {
	threads "$domain"
	ctattach -T -c "$domain/x" "${tids[1]}" "${tids[2]}"
	if [[ -z $(ct_lacks library:libsmartcols) ]]; then
		run -0 ctstat -r --noheadings -o NAME,TASKS "$domain"
		[[ ${#lines[@]} == 3 ]]
	fi
	ctfreeze "$domain"
	grep -qx 'frozen 1' "$CT_V2/$domain/cgroup.events"
	ctfreeze -u "$domain"
	timeout 60 ctkill -d -r "$domain"
	ended "$ct_pid"
	[[ ! -d $CT_V2/$domain ]]
}
