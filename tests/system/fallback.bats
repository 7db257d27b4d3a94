#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Older kernels, and filters as container managers set them: what a system call or a file did is
# done by others, or one line says what cannot be. seccomp.c takes them away.

load ../helpers
load common

setup_file() {
	common_setup
	build seccomp
	build bomb
	build grove
}
teardown_file() { common_teardown; }
setup() {
	ct_requires root named cc
	seccomp=$BATS_FILE_TMPDIR/seccomp
	missing=()
	out=$BATS_TEST_TMPDIR/said
}
teardown() { system_clean; }

# ct SUBCOMMAND...: without $missing; in time and without a word.
quietly() {
	timeout -k 1 60 "${missing[@]}" "$@" >"$out" 2>&1 3>&- || { echo "$*: status $?" && cat "$out" && return 1; }
	[[ ! -s $out ]] || { echo "$*:" && cat "$out" && return 1; }
}

# Each command once, in all hierarchies; what it did is seen without $missing.
everything() {
	local first second
	quietly ctcreate -p "$CT_TOP/a/old" "$CT_TOP/a/new"
	in_all "$CT_TOP/a/new"
	ct_spawn sleep 1000
	first=$ct_pid
	quietly ctattach -c "$CT_TOP/a/old" "$first"
	is_in "$CT_TOP/a/old" "$first"
	ct_spawn "${missing[@]}" ctexec -c "$CT_TOP/a/old" sleep 1000
	second=$ct_pid
	ct_wait_for is_in "$CT_TOP/a/old" "$second" >/dev/null
	quietly ctexec -f -c "$CT_TOP/a/new" sh -c '[ "$(grep -c "$1" /proc/$$/cgroup)" -gt 4 ]' sh "/$CT_TOP/a/new$"
	quietly ctattach -c "$CT_TOP/a/new" --freeze --from "$CT_TOP/a/old"
	is_in "$CT_TOP/a/new" "$first"
	is_in "$CT_TOP/a/new" "$second"
	quietly ctattach -c "$CT_TOP/a/old" "$first" "$second"
	is_in "$CT_TOP/a/old" "$first"
	is_in "$CT_TOP/a/old" "$second"
	if [[ -z $(ct_lacks freezer) || (-n $CT_V2 && -e $CT_V2/$CT_TOP/cgroup.freeze) ]]; then
		quietly ctfreeze "$CT_TOP/a"
		quietly ctfreeze -u "$CT_TOP/a"
	fi
	[[ $("${missing[@]}" ctstat --noheadings -o TASKS "$CT_TOP/a/old") == *2 ]]
	quietly ctkill -s CONT "$CT_TOP/a/old"
	alive "$first"
	quietly ctkill "$CT_TOP/a/old"
	ended "$first"
	ended "$second"
	quietly ctwait "$CT_TOP/a"
	quietly ctrm -r "$CT_TOP"
	in_none
	[[ ! -e /run/ct/journal ]]
}

@test "what takes calls away does" {
	run -1 --separate-stderr "$seccomp" mkdirat EPERM ctcreate "$CT_TOP"
	in_none
	run -1 --separate-stderr "$seccomp" --hide cgroup cat /proc/self/cgroup
	[[ $stderr == *"No such file or directory" ]]
	"$seccomp" --hide cgroup cat /proc/self/mountinfo >/dev/null
}

@test "nothing is missing" { everything; }

@test "without openat2: ENOSYS, EPERM" {
	for code in ENOSYS EPERM; do
		missing=("$seccomp" openat2 "$code")
		everything
	done
}

@test "without clone3, faccessat2, close_range: ENOSYS, EPERM" {
	for code in ENOSYS EPERM; do
		missing=("$seccomp" "clone3,faccessat2,close_range" "$code")
		everything
	done
}

@test "without pidfd_open: ENOSYS, EPERM" {
	for code in ENOSYS EPERM; do
		missing=("$seccomp" pidfd_open "$code")
		everything
	done
}

@test "without pidfd_open and pidfd_send_signal, as before Linux 5.1: ENOSYS, EPERM" {
	for code in ENOSYS EPERM; do
		missing=("$seccomp" "pidfd_open,pidfd_send_signal" "$code")
		everything
		missing=("$seccomp" pidfd_send_signal "$code")
		everything
	done
}

@test "without any of them, as in Linux 4.19" {
	missing=("$seccomp" "openat2,clone3,faccessat2,close_range,pidfd_open,pidfd_send_signal,fsopen,kcmp" ENOSYS
		"$seccomp" --hide cgroup.kill)
	everything
}

@test "without cgroup.kill: a tree, and what forks faster than it is signalled" {
	missing=("$seccomp" --hide cgroup.kill)
	everything
	ctcreate -p "$CT_TOP/a/b"
	ct_spawn ctexec -c "$CT_TOP/a/b" "$BATS_FILE_TMPDIR/grove" 200 >"$BATS_TEST_TMPDIR/ready"
	ct_wait_for grep -q ready "$BATS_TEST_TMPDIR/ready"
	quietly ctkill -r -d "$CT_TOP"
	in_none
	ended "$ct_pid"
}

@test "without openat2 a symbolic link and a mount in the way are not followed either" {
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a" "$CT_TOP/b/c"
	for what in 'tmpfs ct' "none $CT_H1/$CT_TOP/b"; do
		# The second is a part of the same hierarchy: only the mount tells.
		# shellcheck disable=SC2086
		if [[ $what == tmpfs* ]]; then mount -t $what "$CT_H1/$CT_TOP/a"; else mount --bind "${what#* }" "$CT_H1/$CT_TOP/a"; fi
		[[ -d $CT_H1/$CT_TOP/a/c ]] || mkdir "$CT_H1/$CT_TOP/a/c"
		status=0
		for tool in env "$seccomp openat2 ENOSYS"; do
			# shellcheck disable=SC2086
			fails_with 1 "ctrm: $CT_TOP/a/c: cannot open it in name=${CT_TEST_ID}_1: something is mounted in the way, and ct stays in the hierarchy" \
				$tool ctrm -H "name=${CT_TEST_ID}_1" "$CT_TOP/a/c" || status=1
		done
		[[ -d $CT_H1/$CT_TOP/a/c ]] || status=1
		umount "$CT_H1/$CT_TOP/a"
		((status == 0))
	done
}

@test "without close_range what stays in the background does not hold what the caller has open" {
	ctcreate "$CT_TOP"
	# shellcheck disable=SC2016  # for the inner shell
	run -0 timeout -k 1 60 sh -c '"$@" 9>&1 | cat' sh "$seccomp" close_range ENOSYS \
		ctcreate -d "$CT_TOP/a"
	[[ -z $output && -e /run/ct/reap ]]
	ctexec -c "$CT_TOP/a" true
	ct_wait_for gone "$CT_H1/$CT_TOP/a"
}
gone() { [[ ! -e $1 ]]; }

@test "without cgroup.freeze, where there is the v1 freezer: that" {
	ct_requires freezer v2
	missing=("$seccomp" --hide cgroup.freeze)
	everything
	freezer=$(ct_mountpoint freezer)
	ctcreate "$CT_TOP"
	ct_spawn ctexec -c "$CT_TOP" sleep 1000
	ct_wait_for is_in "$CT_TOP" "$ct_pid" >/dev/null
	quietly ctfreeze "$CT_TOP"
	[[ $(<"$freezer/$CT_TOP/freezer.state") == FROZEN && $(<"$CT_V2/$CT_TOP/cgroup.freeze") == 0 ]]
	quietly ctkill -d "$CT_TOP"
}

@test "without cgroup.freeze and the v1 freezer: what cannot be done is said, the rest goes" {
	ct_requires v2
	missing=("$seccomp" --hide cgroup.freeze)
	ctcreate -H "v2,$CT_OWN" -p "$CT_TOP/old" "$CT_TOP/new"
	ct_spawn ctexec -c "$CT_TOP/old" sleep 1000
	ct_wait_for grep -q "0::/$CT_TOP/old" "/proc/$ct_pid/cgroup"
	before=$(cgroups "$ct_pid")
	fails_with 1 "ctfreeze: $CT_TOP/old: this kernel cannot freeze in v2, which came with Linux 5.2: make it in the v1 freezer too (ctcreate -p -H freezer), and move in what runs in it (ctattach)" \
		"${missing[@]}" ctfreeze "$CT_TOP/old"
	run -1 --separate-stderr unshare -m sh -c '[ -z "$1" ] || umount -l "$1"; shift; exec "$@"' sh "$(ct_mountpoint freezer)" \
		timeout 60 "${missing[@]}" ctattach -c "$CT_TOP/new" --from "$CT_TOP/old"
	[[ $stderr == "ctattach: $CT_TOP/new: nothing can hold the tasks still while they are moved: neither v2 nor the v1 freezer is to be had; --no-freeze moves them without" ]]
	same "$before" "$(cgroups "$ct_pid")"
	quietly ctattach --no-freeze -c "$CT_TOP/new" "$ct_pid"
	[[ $(cgroups "$ct_pid" | grep -c ":/$CT_TOP/new\$") == 5 ]]
	quietly ctkill -d -r "$CT_TOP"
	in_none
}

@test "without fsopen, and with v2 mounted nowhere: the v1 freezer" {
	ct_requires freezer v2
	ctcreate -H "$CT_OWN" -p "$CT_TOP/old" "$CT_TOP/new"
	ct_spawn ctexec -c "$CT_TOP/old" sleep 1000
	ct_wait_for grep -q ":/$CT_TOP/old" "/proc/$ct_pid/cgroup"
	for code in ENOSYS EPERM; do
		# shellcheck disable=SC2016  # for the inner shell
		missing=(unshare -m sh -c 'umount -l "$1" && shift && exec "$@"' sh "$CT_V2" "$seccomp" fsopen "$code")
		quietly ctattach -c "$CT_TOP/new" --freeze --from "$CT_TOP/old"
		[[ $(cgroups "$ct_pid" | grep -c ":/$CT_TOP/new\$") == 4 ]]
		quietly ctattach -c "$CT_TOP/old" --freeze --from "$CT_TOP/new"
	done
	quietly ctkill "$CT_TOP/old"
}
