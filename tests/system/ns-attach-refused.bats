#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What ctattach -N refuses: one line that says which rule and what to do; cgroups and namespaces stay as
# they are, and the process goes on.

load ../helpers
load common
load move
load ns-move

setup_file() { ns_move_setup; }
teardown_file() { common_teardown; }
setup() {
	ns_move_start setpriv
	# shellcheck disable=SC2034  # for the tests
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
}
teardown() { system_clean; }

# refused TEXT ARGUMENT...: of the victim, which is in old, 1 and this line.
refused() { refuses 1 "ctattach: $1" "${@:2}" -t 0.3 -c "$CT_TOP/new" "$ct_pid"; }

# refuses STATUS TEXT ARGUMENT...
refuses() {
	local before
	before=$(state)
	fails_with "$1" "$2" ctattach "${@:3}" || return
	same "$before" "$(state)"
	remains
}
state() { threads_of "$ct_pid" && readlink "/proc/$ct_pid/task"/*/ns/* && ls "/proc/$ct_pid/fd"; }

@test "a kind that there is not, one twice, no source, a thread" {
	victim compute 1
	more="
Try 'ctattach --help' for more information."
	refuses 2 "ctattach: --namespaces: 'nett' is no kind of namespace: net, uts, ipc, mnt, pid, user, cgroup, time, or all or none alone$more" \
		-N nett -c "$CT_TOP/new" "$ct_pid"
	refuses 2 "ctattach: --namespaces: net stands there twice: a process has one net namespace$more" -N net,net -c "$CT_TOP/new" "$ct_pid"
	refuses 2 "ctattach: --namespaces: 'net=' has no source: NEW, a container, PID:NUMBER or FILE:PATH$more" -N net= -c "$CT_TOP/new" "$ct_pid"
	refuses 2 "ctattach: --namespaces is for whole processes: it does not go with --threads$more" -T -N net -c "$CT_TOP/new" "$ct_pid"
	finish
}

@test "a container that names none of that kind; new ones; pid" {
	victim compute 1
	refused "$CT_TOP/new: it names no namespace of the kind mnt: ctcreate -p -N pins one" -N net,mnt
	refused "$CT_TOP/new: $CT_TOP names no net namespace" -N "net=$CT_TOP"
	ctcreate -p -H "$CT_OWN" "$CT_TOP/plain"
	refuses 1 "ctattach: $CT_TOP/plain: it names no namespace of the kind net: ctcreate -p -N pins one" -N net -c "$CT_TOP/plain" "$ct_pid"
	refused "$CT_TOP/new: processes that run enter namespaces that are there: ctclone -p PID -N net,uts makes new ones for one" \
		-N net=NEW,ipc,uts=NEW
	refused "$CT_TOP/new: a process that runs enters no pid namespace: only what it starts later would be in it; list the kinds without pid, or start it there by ctexec" \
		-N pid=FILE:/proc/self/ns/pid
	needs=$(uname -r)
	[[ $(printf '%s\n6.11\n' "$needs" | sort -V | head -n 1) != 6.11 ]] || {
		ctcreate -p -H "$CT_OWN" -N pid "$CT_TOP/new"
		refused "$CT_TOP/new: a process that runs enters no pid namespace: only what it starts later would be in it; list the kinds without pid, or start it there by ctexec" \
			-N all
	}
	finish
}

@test "a file that is no namespace, a process that there is not, a pin that was unmounted" {
	victim compute 1
	refused "$CT_TOP/new: /etc/passwd is no namespace" -N net=FILE:/etc/passwd
	refused "$CT_TOP/new: /proc/self/ns/uts is a uts namespace, not a net one" -N net=FILE:/proc/self/ns/uts
	refused "$CT_TOP/new: there is no process 2147483647, or it has no net namespace" -N net=PID:2147483647
	umount "/run/ct/ns/$CT_TOP/new/net"
	refused "$CT_TOP/new: its net namespace is gone: nothing of that kind is mounted on /run/ct/ns/$CT_TOP/new/net (any more, or in this mount namespace); ctcreate -p -N net pins a new one, -N without net leaves it out" \
		-N net
	finish
}

@test "one that is traced, under seccomp, in vfork, without a descriptor free" {
	victim compute 1
	ct_spawn strace -qq -o /dev/null -p "$ct_pid" 2>/dev/null
	tracer=$ct_pid
	ct_pid=$(sed 's/ready //' "$BATS_TEST_TMPDIR/said")
	traced() { ! untraced; }
	ct_wait_for traced
	refused "$CT_TOP/new: process $ct_pid is traced by process $tracer: end that first" -N net
	kill "$tracer"
	ct_wait_for untraced
	finish
	victim filter
	refused "$CT_TOP/new: process $ct_pid is under seccomp (mode 2), which may kill it for entering a namespace: start it there instead" -N net
	victim strict
	refused "$CT_TOP/new: process $ct_pid is under seccomp (mode 1), which may kill it for entering a namespace: start it there instead" -N net
	victim full
	refused "$CT_TOP/new: thread $ct_pid has no descriptor free, and needs one for a moment: raise its RLIMIT_NOFILE" -N net
	victim vfork 3000
	run -1 timeout 60 ctattach -t 0.3 -N net -c "$CT_TOP/new" "$ct_pid"
	[[ $output == "ctattach: $CT_TOP/new: process $ct_pid: thread $ct_pid does not stop (state D"*"): it is frozen, waits for a child of vfork or for a device; try again later" ]]
	same old "$(both_sides)"
	ct_wait_for grep -q 'went on' "$BATS_TEST_TMPDIR/said"
}

@test "of several none is moved if one is refused" {
	victim filter
	filtered=$ct_pid
	victim compute 2
	refuses 1 "ctattach: $CT_TOP/new: process $filtered is under seccomp (mode 2), which may kill it for entering a namespace: start it there instead" \
		-N net -c "$CT_TOP/new" "$ct_pid" "$filtered"
	same old "$(both_sides)"
	finish
}

@test "threads in mnt and user, several processes in user" {
	ct_requires rooted
	ctcreate -p -H "$CT_OWN" -N user,mnt "$CT_TOP/users"
	victim compute 2
	refuses 1 "ctattach: $CT_TOP/users: process $ct_pid has 2 threads: only one that has a single thread can enter a namespace of the kind user,mnt" \
		-N all -c "$CT_TOP/users" "$ct_pid"
	finish
	victim idle
	one=$ct_pid
	victim idle
	refuses 1 "ctattach: $CT_TOP/users: nothing comes back from a user namespace, so that of several processes some might be in it and others not: move them one by one" \
		-N user -c "$CT_TOP/users" "$ct_pid" "$one"
}

@test "frozen, by v2 or v1" {
	move_requires freezer
	victim compute 2
	echo 1 >"$CT_V2/$CT_TOP/home/cgroup.freeze"
	ct_wait_for grep -q 'frozen 1' "$CT_V2/$CT_TOP/home/cgroup.events"
	fails_with 1 "ctattach: $CT_TOP/new: process $ct_pid: thread $ct_pid does not run, it is frozen: thaw it first" \
		ctattach -t 0.3 -N net -c "$CT_TOP/new" "$ct_pid"
	echo 0 >"$CT_V2/$CT_TOP/home/cgroup.freeze"
	same old "$(both_sides)"
	where=$(ct_mountpoint freezer)/$CT_TOP/home
	echo FROZEN >"$where/freezer.state"
	run -1 timeout 60 ctattach -t 0.3 -N net -c "$CT_TOP/new" "$ct_pid"
	echo THAWED >"$where/freezer.state"
	[[ $output == "ctattach: $CT_TOP/new: process $ct_pid: thread "*' does not stop '*': it is frozen'* ]]
	same old "$(both_sides)"
	remains
	finish
}

@test "frozen by somebody in the middle of it: it is said what is where" {
	local calls="$BATS_TEST_TMPDIR/calls" status=0 at
	victim compute 1
	trace=(timeout 30 strace -f -qq -o "$calls" -e trace=ptrace)
	"${trace[@]}" ctattach -t 8 -N net -c "$CT_TOP/new" "$ct_pid" 3>&-
	attach -N net -c "$CT_TOP/old" "$ct_pid"
	# the third time that it is asked what it is at it stands before setns
	at=$(grep 'ptrace(' "$calls" | grep -n GET_SYSCALL_INFO | sed -n '3s/:.*//p')
	rm "$calls"
	"${trace[@]}" -e inject="ptrace:delay_exit=1500000:when=$at" ctattach -t 3 -N net -c "$CT_TOP/new" "$ct_pid" \
		>"$BATS_TEST_TMPDIR/told" 2>&1 3>&- &
	ct_wait_for grep -sEq 'GET_SYSCALL_INFO.*nr=(__NR_setns|308|268)' "$calls"
	echo 1 >"$CT_V2/$CT_TOP/home/cgroup.freeze"
	wait $! || status=$?
	echo 0 >"$CT_V2/$CT_TOP/home/cgroup.freeze"
	echo "$status: $(<"$BATS_TEST_TMPDIR/told")"
	[[ $status == 3 && $(<"$BATS_TEST_TMPDIR/told") == "ctattach: $CT_TOP/new: process $ct_pid: thread $ct_pid was frozen while it entered namespaces, and will be in the new ones when it is thawed; could not undo "*": process $ct_pid is not taken back: thaw it, and use ctattach -N when it runs" ]]
	ct_wait_for untraced
	same old "$(side)"
	# shellcheck disable=SC2034  # for ns_side
	kinds=net
	ct_wait_for entered
	attach -N net -c "$CT_TOP/old" "$ct_pid"
	same old "$(both_sides)"
	remains 1000
	finish
}
entered() { [[ $(ns_side) == new ]]; }

@test "without rights: one without CAP_SYS_ADMIN; by another user" {
	victim compute 1
	start "${user[@]}" sleep 60
	refused "$CT_TOP/new: process $ct_pid has no CAP_SYS_ADMIN over the net namespace: only a process that has can enter it while it runs" -N net
	mkdir -m 700 "$CT_TEST_DIR/runtime"
	chown 65534:65534 "$CT_TEST_DIR/runtime"
	cp "$CT_BIN/ct" "$CT_TEST_DIR/ctattach"
	ct_pid=$(sed 's/ready //' "$BATS_TEST_TMPDIR/said" | head -n 1)
	ctcreate -p -H "$CT_OWN" -a 65534:65534 "$CT_TOP/theirs"
	ct_spawn sleep 60
	before=$(state)
	run -1 timeout 60 "${user[@]}" env "XDG_RUNTIME_DIR=$CT_TEST_DIR/runtime" "$CT_TEST_DIR/ctattach" \
		-N "uts=FILE:/proc/self/ns/uts" -c "$CT_TOP/theirs" "$ct_pid"
	[[ $output == "ctattach: process $ct_pid belongs to user 0: on v1 only root moves another user's" ]]
	same "$before" "$(state)"
	run -1 timeout 60 "${user[@]}" env "XDG_RUNTIME_DIR=$CT_TEST_DIR/runtime" "$CT_TEST_DIR/ctattach" \
		-N "uts=PID:$ct_pid" -c "$CT_TOP/theirs" "$ct_pid"
	[[ $output == "ctattach: $CT_TOP/theirs: the namespaces of process $ct_pid are not yours to take: it takes its owner, or root" ]]
	same "$before" "$(state)"
}

@test "a root directory of its own, mnt; -N user=NEW from a chroot" {
	ctcreate -p -H "$CT_OWN" -N mnt "$CT_TOP/mounts"
	mkdir "$BATS_TEST_TMPDIR/root"
	mount --rbind / "$BATS_TEST_TMPDIR/root"
	start chroot "$BATS_TEST_TMPDIR/root" sleep 60
	refuses 1 "ctattach: $CT_TOP/mounts: process $ct_pid has another root directory than its mnt namespace: it cannot enter another one" \
		-N mnt -c "$CT_TOP/mounts" "$ct_pid"
	before=$(state)
	# from within, where what /proc says of its root does not tell
	fails_with 1 "ctattach: $CT_TOP/mounts: process $ct_pid has another root directory than its mnt namespace: it cannot enter another one" \
		chroot "$BATS_TEST_TMPDIR/root" "$(type -P ctattach)" -N mnt -c "$CT_TOP/mounts" "$ct_pid"
	same "$before" "$(state)"
	fails_with 125 "ctclone: $CT_TOP/old/c: cannot make new namespaces (user): the kernel makes no user namespace inside of a chroot, nor where its settings forbid it to users (user.max_user_namespaces, unprivileged_userns_clone)" \
		chroot "$BATS_TEST_TMPDIR/root" "$(type -P ctclone)" -H "$CT_OWN" -c c -N user -p "$ct_pid"
	same "$before" "$(state)"
	umount -l "$BATS_TEST_TMPDIR/root"
}
