#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Containers that delete themselves, the reaper that does it, and the release agent.

load ../helpers
load common
load reap

setup_file() { common_setup; }
teardown_file() {
	[[ -z ${CT_H1-} ]] || { system_clean && ct_wait_for no_reaper && common_teardown; }
}
setup() { ct_requires root named; }
teardown() {
	system_clean
	[[ -z ${CT_H1-} ]] || reap_clean
}

gone() { [[ ! -d $1 ]]; }

# watches COUNT: the reaper would be told of what happens in so many directories, and of marks.
watches() { (($(cat "/proc/$(reaper)/fdinfo"/* 2>/dev/null | grep -c '^inotify ') == $1 + 1)); }

# auto_deleted LIST: a container of these hierarchies goes within a second of its task's end.
auto_deleted() {
	timeout 60 ctexec -H "$1" -d -p -c "$CT_TOP" sleep 0.7
	within 1000 in_none
	timeout 60 ctexec -H "$1" -d -p -c "$CT_TOP" true
	within 1000 in_none
	within 2000 no_reaper
}

@test "within a second, on all hierarchies" {
	timeout 60 ctexec -d -p -c "$CT_TOP" sh -c 'sleep 0.3; cat /proc/self/cgroup' >"$BATS_TEST_TMPDIR/cgroup"
	grep -q ":/$CT_TOP\$" "$BATS_TEST_TMPDIR/cgroup"
	within 1000 in_none
	within 2000 no_reaper
}

@test "within a second, on v1 alone, on v2 alone, on both" {
	auto_deleted "$CT_OWN"
	[[ -z $CT_V2 ]] || auto_deleted v2
	[[ -z $CT_V2 ]] || auto_deleted "v2,$CT_OWN"
}

@test "with -f, and the status is the command's" {
	run -7 ctexec -f -d -p -c "$CT_TOP" sh -c 'exit 7'
	within 1000 in_none
}

@test "one that nobody entered stays; entered, it goes" {
	ctcreate -d "$CT_TOP"
	in_all "$CT_TOP"
	sleep 1.2
	in_all "$CT_TOP"
	has_reaper
	ctexec -c "$CT_TOP" true
	within 1000 in_none
	ctcreate -d "$CT_TOP"
	ct_spawn sleep 1000
	ctattach -c "$CT_TOP" "$ct_pid"
	sleep 1
	in_all "$CT_TOP"
	kill "$ct_pid"
	within 1100 in_none
}

@test "a task of a moment that another program put in counts, even with names alone" {
	ctcreate -d -H "$CT_OWN" "$CT_TOP"
	ct_wait_for watches 4
	sh -c 'echo 0 >"$1/tasks"' sh "$CT_H2/$CT_TOP"
	within 1000 in_none
	[[ -n $CT_V2 ]] || return 0
	ctcreate -d -H v2 "$CT_TOP"
	ct_wait_for watches 1
	sh -c 'echo 0 >"$1/cgroup.procs"' sh "$CT_V2/$CT_TOP"
	within 1000 in_none
}

@test "who has opened the list of tasks and not written yet finds it still there" {
	ctcreate -d -H "$CT_OWN" "$CT_TOP"
	ct_wait_for watches 4
	exec 8>"$CT_H2/$CT_TOP/tasks"
	sleep 0.5
	[[ -d $CT_H2/$CT_TOP ]]
	(echo $BASHPID >&8)
	exec 8>&-
	within 1000 in_none
}

@test "what is done to one that nobody entered does not count" {
	ctcreate -d -p "$CT_TOP/a"
	for mount in "$CT_H1" "$CT_V2"; do
		[[ -n $mount ]] || continue
		cat "$mount/$CT_TOP/a/cgroup.procs"
		mkdir "$mount/$CT_TOP/a/b"
		rmdir "$mount/$CT_TOP/a/b"
		[[ ! -e $mount/$CT_TOP/a/cgroup.freeze ]] || { echo 1 >"$mount/$CT_TOP/a/cgroup.freeze" && echo 0 >"$mount/$CT_TOP/a/cgroup.freeze"; }
	done
	ctstat "$CT_TOP/a"
	sleep 1.2
	in_all "$CT_TOP/a"
}

@test "entered while the reaper was dead: the kernel's counters tell" {
	ct_requires v2
	ctcreate -d "$CT_TOP"
	ct_wait_for has_reaper
	kill -KILL "$(reaper)"
	ct_wait_for eval '! has_reaper'
	sh -c 'echo 0 >"$1/cgroup.procs"' sh "$CT_V2/$CT_TOP"
	sleep 0.3
	in_all "$CT_TOP"
	ctstat >/dev/null
	within 1000 in_none
}

@test "killed, the next command of any kind starts it again" {
	ctcreate -H "$CT_OWN" "$CT_TOP"
	for command in ctstat "ctcreate -H $CT_OWN $CT_TOP/b" "ctexec -c $CT_H1/$CT_TOP true" "ctkill $CT_TOP" ctmount "ctrm -n $CT_TOP/b"; do
		ctcreate -H "$CT_OWN" -d "$CT_TOP/a"
		ct_spawn ctexec -c "$CT_TOP/a" sleep 1000
		ct_wait_for grep -qx "$ct_pid" "$CT_H4/$CT_TOP/a/cgroup.procs"
		ct_wait_for has_reaper
		kill -KILL "$(reaper)"
		kill "$ct_pid"
		ct_wait_for eval '! has_reaper'
		[[ -d $CT_H1/$CT_TOP/a ]]
		# shellcheck disable=SC2086  # a command and its operands
		timeout 60 $command >/dev/null
		within 1000 gone "$CT_H1/$CT_TOP/a"
		ct_wait_for no_reaper
	done
}

@test "it holds nothing: descriptors, terminal, directory, mounts, its caller's containers" {
	mkdir "$CT_TEST_DIR/mnt/own"
	mount -t cgroup -o "none,name=${CT_TEST_ID}_5" cgroup "$CT_TEST_DIR/mnt/own"
	mkdir "$CT_TEST_DIR/mnt/fs"
	mount -t tmpfs ct "$CT_TEST_DIR/mnt/fs"
	exec 7>"$CT_TEST_DIR/mnt/fs/file"
	(cd "$CT_TEST_DIR/mnt/fs" && ctexec -p -c "$CT_TOP/caller" ctcreate -d -H "$CT_OWN,name=${CT_TEST_ID}_5" -p "$CT_TOP/x")
	exec 7>&-
	# One that holds a task, one that was never entered.
	ctcreate -p -d -H "$CT_OWN,name=${CT_TEST_ID}_5" "$CT_TOP/y"
	ct_spawn ctexec -c "$CT_TOP/y" sleep 1000
	# But for the moment of a look.
	holds_nothing() {
		pid=$(reaper)
		[[ $(readlink "/proc/$pid/cwd") == / && $(<"/proc/$pid/cgroup") != *":/$CT_TOP"* &&
			$(readlink "/proc/$pid/fd"/* 2>/dev/null | sort -u) == $'/run/ct\n/run/ct/reaper\nanon_inode:inotify' ]]
	}
	ct_wait_for holds_nothing
	[[ $(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 5) == 0 ]]
	[[ $(tr -d '\0' <"/proc/$pid/cmdline") == ct-reaper ]]
	umount "$CT_TEST_DIR/mnt/fs"
	ct_wait_for umount -q "$CT_TEST_DIR/mnt/own"
	# What is not mounted any more goes as well.
	kill "$ct_pid"
	within 1100 gone "$CT_H1/$CT_TOP/y"
	ctexec -c "$CT_TOP/x" true
	within 1100 gone "$CT_H1/$CT_TOP/x"
	left() { grep -q "name=${CT_TEST_ID}_5:" /proc/self/cgroup; }
	! left || {
		sleep 0.3
		mount -t cgroup -o "none,name=${CT_TEST_ID}_5" cgroup "$CT_TEST_DIR/mnt/own"
		[[ ! -d $CT_TEST_DIR/mnt/own/$CT_TOP/x && ! -d $CT_TEST_DIR/mnt/own/$CT_TOP/y ]]
		find "$CT_TEST_DIR/mnt/own" -mindepth 1 -depth -type d -exec rmdir {} +
		sleep 0.1
		umount "$CT_TEST_DIR/mnt/own"
	}
}

@test "it waits for its children to go, in whatever hierarchy" {
	for list in "$CT_OWN" v2; do
		[[ $list != v2 || -n $CT_V2 ]] || continue
		h=$CT_H2
		[[ $list != v2 ]] || h=$CT_V2
		ctexec -H "$list" -d -p -c "$CT_TOP/a" sleep 0.2
		ctexec -H "$list" -d -p -c "$CT_TOP/a" sh -c 'mkdir "$1"; sleep 0.2' sh "$h/$CT_TOP/a/child"
		sleep 1.2
		[[ -d $h/$CT_TOP/a/child ]]
		rmdir "$h/$CT_TOP/a/child"
		within 1000 gone "$h/$CT_TOP/a"
		rmdir "$h/$CT_TOP"
		ctrm -r "$CT_TOP" 2>/dev/null || true
	done
}

@test "not while one of its hierarchies holds a task; refilled, it stays" {
	ctcreate -d "$CT_TOP"
	ct_spawn sleep 1000
	first=$ct_pid
	echo "$first" >"$CT_H3/$CT_TOP/cgroup.procs"
	ctexec -c "$CT_TOP" true
	sleep 1.2
	in_all "$CT_TOP"
	ct_spawn sleep 1000
	ctattach -c "$CT_TOP" "$ct_pid"
	kill "$first"
	sleep 1.2
	in_all "$CT_TOP"
	kill "$ct_pid"
	within 1100 in_none
}

@test "a zombie that nobody waits for does not keep it" {
	ctcreate -H "$CT_OWN" -d "$CT_TOP"
	ct_spawn bash -c 'ctexec -c "$1" sleep 3.2 & exec sleep 1000' bash "$CT_TOP"
	ct_wait_for grep -q . "$CT_H1/$CT_TOP/cgroup.procs"
	zombie=$(<"$CT_H1/$CT_TOP/cgroup.procs")
	ct_wait_for ended "$zombie"
	within 1000 gone "$CT_H1/$CT_TOP"
	[[ -d /proc/$zombie ]]
}

@test "moved out by others, the last task leaves it to go" {
	ctexec -d -p -H "$CT_OWN" -c "$CT_TOP" sleep 1000 3>&- &
	pid=$!
	ct_wait_for grep -qx "$pid" "$CT_H4/$CT_TOP/cgroup.procs"
	sleep 2
	for h in "$CT_H1" "$CT_H2" "$CT_H3" "$CT_H4"; do echo "$pid" >"$h/cgroup.procs"; done
	within 4000 in_none
	kill "$pid"
}

@test "another container of the same name is left alone, and a mark of what has gone goes" {
	ctcreate -d -H "$CT_OWN" "$CT_TOP"
	ctexec -c "$CT_TOP" sleep 1000 3>&- &
	pid=$!
	ct_wait_for grep -qx "$pid" "$CT_H4/$CT_TOP/cgroup.procs"
	kill -STOP "$(reaper)"
	kill "$pid"
	wait "$pid" || true
	for h in "$CT_H1" "$CT_H2" "$CT_H3" "$CT_H4"; do
		rmdir "$h/$CT_TOP"
		mkdir "$h/$CT_TOP"
	done
	kill -CONT "$(reaper)"
	ct_wait_for no_reaper
	for h in "$CT_H1" "$CT_H2" "$CT_H3" "$CT_H4"; do [[ -d $h/$CT_TOP ]]; done
}

@test "removed by ctrm or ctkill -d, its mark goes by itself" {
	ctcreate -d "$CT_TOP"
	ctrm "$CT_TOP"
	ct_wait_for no_reaper
	ct_spawn ctexec -d -p -c "$CT_TOP" sleep 1000
	ct_wait_for is_in "$CT_TOP" "$ct_pid" >/dev/null
	ctkill -d "$CT_TOP"
	ct_wait_for no_reaper
}

@test "one that was there before is marked too, with -d" {
	ctcreate "$CT_TOP"
	ctexec -c "$CT_TOP" true
	sleep 0.3
	no_reaper
	ctexec -d -c "$CT_TOP" true
	within 1000 in_none
}

@test "a failure leaves neither a mark nor a reaper, nor takes an earlier one away" {
	fails_with 127 'ctexec: cannot run /nowhere: No such file or directory' ctexec -d -p -c "$CT_TOP" /nowhere
	no_reaper
	ctcreate "$CT_TOP"
	fails_with 127 'ctexec: cannot run /nowhere: No such file or directory' ctexec -d -c "$CT_TOP" /nowhere
	ct_wait_for no_reaper
	in_all "$CT_TOP"
	fails_with 1 "ctcreate: $CT_TOP: it exists already" ctcreate -d "$CT_TOP"
	ctrm "$CT_TOP"
	run -125 --separate-stderr ctexec -d -c "$CT_TOP" true
	[[ $stderr == "ctexec: $CT_TOP: no such container in "* ]]
	no_reaper
	in_none
	ctcreate -d "$CT_TOP"
	before=$(<"/run/ct/reap/$CT_TOP")
	run -127 --separate-stderr ctexec -d -c "$CT_TOP" /nowhere
	same "$before" "$(<"/run/ct/reap/$CT_TOP")"
	run -1 --separate-stderr ctcreate -d "$CT_TOP"
	same "$before" "$(<"/run/ct/reap/$CT_TOP")"
}

@test "refused entrance: nobody was inside, it stays" {
	ctcreate -d -H "name=${CT_TEST_ID}_1" "$CT_TOP"
	ct_wait_for has_reaper
	before=$(<"/run/ct/reap/$CT_TOP")
	fails_with 1 'ctattach: there is no process 4194304 (it may have ended)' ctattach -c "$CT_TOP" 4194304
	run -1 ctattach -c "$CT_TOP" --from "$CT_TOP-none"
	run -125 ctexec -c "$CT_TOP" -H "name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_2" true
	same "$before" "$(<"/run/ct/reap/$CT_TOP")"
	sleep 1.2
	[[ -d $CT_H1/$CT_TOP ]]
	same "$before" "$(<"/run/ct/reap/$CT_TOP")"
	ctexec -c "$CT_TOP" true
	within 1000 in_none
}

@test "whatever limits its caller has" {
	(ulimit -n 60 && timeout 60 ctexec -d -p -H "$CT_OWN" -c "$CT_TOP" true)
	within 1000 in_none
	ct_wait_for no_reaper
	ctcreate -d -H "$CT_OWN" "$CT_TOP"
	ct_wait_for has_reaper
	kill -9 "$(reaper)"
	ct_wait_for eval '! has_reaper'
	(ulimit -f 0 && ctwait -t 0 "$CT_TOP")
	ct_wait_for has_reaper
	# It writes down what it has seen.
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_H1/$CT_TOP/cgroup.procs"
	sleep 0.5
	has_reaper
	kill "$ct_pid"
	within 1100 in_none
}

@test "--dry-run marks nothing" {
	ctcreate -n -d "$CT_TOP" >/dev/null
	ctexec -n -d -p -c "$CT_TOP" true >/dev/null
	no_reaper
	in_none
}

@test "hostile names: bytes above ASCII, blanks, 255 bytes, deep, by a directory" {
	long=$CT_TOP/$(printf 'x%.0s' {1..255})
	for name in "$CT_TOP/a b%2F\"'" "$CT_TOP/$(printf '\303\244\377')" "$long" "$long/$(printf 'y%.0s' {1..200})/z" "$CT_TOP/-d"; do
		timeout 60 ctexec -H "$CT_OWN" -d -p -c "$name" true
		within 1000 gone "$CT_H1/$name"
	done
	mkdir "$CT_H1/$CT_TOP/one"
	timeout 60 ctexec -d -c "$CT_H1/$CT_TOP/one/" true
	within 1000 gone "$CT_H1/$CT_TOP/one"
	mkdir "$CT_H1/$CT_TOP/"$'a\ttab'
	fails_with 125 "ctexec: $CT_H1/$CT_TOP/a\\ttab: it has a control character (byte $((${#CT_H1} + ${#CT_TOP} + 4))), and cannot be marked as one that deletes itself" \
		ctexec -d -c "$CT_H1/$CT_TOP/"$'a\ttab' true
	fails_with 125 "ctexec: $CT_H1: it is the root of name=${CT_TEST_ID}_1, which stays as long as it is mounted" \
		ctexec -d -c "$CT_H1" true
}

@test "marks that are none: garbage, links, devices, another boot's, another user's" {
	ctcreate -d -H "$CT_OWN" "$CT_TOP"
	mkdir "$CT_H1/$CT_TOP-victim"
	inode=$(stat -c %i "$CT_H1/$CT_TOP-victim")
	id=$(sed -n "s/^\([0-9]*\):name=${CT_TEST_ID}_1:.*/\1/p" /proc/self/cgroup)
	boot=$(</proc/sys/kernel/random/boot_id)
	mark() { printf 'ct-mark 1 %s\ncgroupns %s\nname %s-victim\nentered 1\nplace %s name=%s_1 %s /%s-victim\nend\n' "$1" "$2" "$CT_TOP" "$id" "$CT_TEST_ID" "$inode" "$CT_TOP"; }
	space=$(stat -L -c %i /proc/self/ns/cgroup)
	kept=$BATS_TEST_TMPDIR/kept
	mark "$boot" "$space" >"$kept"
	mkdir /run/ct/prepared
	cd /run/ct/prepared
	mark 00000000-0000-0000-0000-000000000000 "$space" >boot
	mark "$boot" "$space" | head -c -4 >short
	mark "$boot" "$space" | sed '/^place/s/ \([0-9]*\) \// 1\1 \//' >inode
	mark "$boot" "$space" >others
	chown 1 others
	mark "$boot" "$space" >writable
	chmod 666 writable
	ln -s "$kept" link
	ln -s /nowhere dangling
	mkfifo fifo
	mknod null c 1 3
	mkdir dir
	: >empty
	head -c 100000 /dev/urandom >random
	cd /
	mv /run/ct/prepared/* /run/ct/reap
	rmdir /run/ct/prepared
	left() { [[ $(ls -A /run/ct/reap) == "$CT_TOP" ]]; }
	ct_wait_for left
	[[ -d $CT_H1/$CT_TOP-victim && -s $kept && -c /dev/null ]]
	# The very same, by this user, is obeyed.
	# Moved in whole: what the reaper sees half written it removes.
	mark "$boot" "$space" >/run/ct/good
	mv /run/ct/good /run/ct/reap/good
	within 1000 gone "$CT_H1/$CT_TOP-victim"
	# The directory of marks itself a link: nobody follows it.
	ctrm "$CT_TOP"
	ct_wait_for no_reaper
	mkdir "$BATS_TEST_TMPDIR/away"
	ln -s "$BATS_TEST_TMPDIR/away" /run/ct/reap
	fails_with 1 "ctcreate: $CT_TOP: cannot open reap/$CT_TOP in the state directory: Not a directory" ctcreate -d "$CT_TOP"
	[[ -z $(ls -A "$BATS_TEST_TMPDIR/away") ]]
	rm /run/ct/reap
}

@test "the marks of another cgroup namespace are left to it" {
	ctcreate -d -H "$CT_OWN" "$CT_TOP"
	sed 's/^cgroupns .*/cgroupns 1/; s/^entered 0/entered 1/' "/run/ct/reap/$CT_TOP" >/run/ct/foreign
	mv /run/ct/foreign /run/ct/reap # at once: what is half a mark is removed
	ct_wait_for has_reaper
	ctrm "$CT_TOP"
	ct_wait_for test ! -e "/run/ct/reap/$CT_TOP"
	ct_wait_for eval '! has_reaper'
	[[ -e /run/ct/reap/foreign ]]
	rm -r /run/ct/reap
}

@test "a hierarchy that is mounted in another mount namespace alone" {
	ctcreate -d -H "$CT_OWN" "$CT_TOP"
	ct_wait_for has_reaper
	# shellcheck disable=SC2016  # for the inner shell
	timeout 60 unshare --mount --propagation private sh -ec '
		mkdir "$1/inner"
		mount -t cgroup -o "none,name=${2}_6" cgroup "$1/inner"
		ctexec -H "name=${2}_6" -d -p -c "$3" sleep 0.5
		for i in 1 2 3 4 5 6 7 8 9 10 11; do
			[ -d "$1/inner/$3" ] || break
			sleep 0.1
		done
		[ ! -d "$1/inner/$3" ]
		sleep 0.1' sh "$CT_TEST_DIR/mnt" "$CT_TEST_ID" "$CT_TOP-inner"
	[[ -d $CT_H1/$CT_TOP ]]
}

@test "a user has a reaper and marks of his own" {
	ct_requires setpriv
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	mkdir "$XDG_RUNTIME_DIR"
	chmod 711 "$BATS_TEST_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")" "$BATS_RUN_TMPDIR" "$CT_TEST_DIR/tmp"
	chown 65534 "$XDG_RUNTIME_DIR"
	cp -a "$CT_BIN" "$CT_TEST_DIR/bin"
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups env PATH="$CT_TEST_DIR/bin:$PATH" GCOV_PREFIX=/nowhere)
	ctcreate -H "$CT_OWN" -a 65534:65534 "$CT_TOP"
	cd /
	timeout 60 "${user[@]}" ctexec -d -p -c "$CT_TOP/mine" -H "$CT_OWN" sleep 0.3
	[[ -d $XDG_RUNTIME_DIR/ct ]]
	within 1000 gone "$CT_H1/$CT_TOP/mine"
	ct_wait_for no_reaper
	ct_wait_for gone "$XDG_RUNTIME_DIR/ct/reap"
	# Started again from within the container it does not stay there.
	# shellcheck disable=SC2016  # for the inner shell
	timeout 60 "${user[@]}" ctexec -d -p -c "$CT_TOP/mine" -H "$CT_OWN" \
		sh -c 'until [ -e "$1/go" ]; do sleep 0.05; done; ctwait -t 0 "$2"; sleep 0.3' sh "$XDG_RUNTIME_DIR" "$CT_TOP/mine" 2>/dev/null 3>&- &
	inside=$!
	ct_wait_for has_reaper
	sleep 0.2
	kill -9 "$(reaper)"
	ct_wait_for eval '! has_reaper'
	touch "$XDG_RUNTIME_DIR/go"
	wait "$inside"
	within 1000 gone "$CT_H1/$CT_TOP/mine"
	ct_wait_for gone "$XDG_RUNTIME_DIR/ct/reap"
	fails_with 125 "ctexec: $CT_TOP/mine: there is no place for what has to be written down: XDG_RUNTIME_DIR is not set (a login session sets it)" \
		"${user[@]}" env -u XDG_RUNTIME_DIR ctexec -d -p -c "$CT_TOP/mine" -H "$CT_OWN" true
	rm -r "${CT_TEST_DIR:?}/bin"
}

@test "a state directory that is read-only or full: a clear line, nothing made" {
	mkdir "$BATS_TEST_TMPDIR/state"
	mount -t tmpfs -o mode=755,size=16k,nr_inodes=20 ct /run/ct
	mount -o remount,ro /run/ct
	fails_with 1 "ctcreate: $CT_TOP: cannot make the directory reap in the state directory: Read-only file system" ctcreate -d "$CT_TOP"
	fails_with 125 "ctexec: $CT_TOP: cannot make the directory reap in the state directory: Read-only file system" ctexec -d -p -c "$CT_TOP" true
	mount -o remount,rw /run/ct
	dd if=/dev/zero of=/run/ct/fill bs=4096 2>/dev/null || true
	fails_with 1 "ctcreate: $CT_TOP: cannot write its mark in the state directory: No space left on device" ctcreate -d "$CT_TOP"
	fails_with 125 "ctexec: $CT_TOP: cannot write its mark in the state directory: No space left on device" ctexec -d -p -c "$CT_TOP" true
	[[ ! -e /run/ct/reap ]]
	in_none
	has_reaper && false
	rm /run/ct/fill
	timeout 60 ctexec -d -p -c "$CT_TOP" true
	within 1000 in_none
	ct_wait_for no_reaper
	umount /run/ct
}

@test "two at once, and one while the reaper removes: it works, or fails cleanly" {
	for i in {1..40}; do
		timeout 60 ctexec -d -p -c "$CT_TOP" true 3>&- &
		one=$!
		timeout 60 ctexec -d -p -c "$CT_TOP" true 3>&- &
		two=$!
		wait $one && wait $two
		sleep "0.00$((i % 10))"
	done
	within 1000 in_none
	for i in {1..40}; do
		timeout 60 ctexec -d -p -c "$CT_TOP" true
		status=0
		timeout 60 ctexec -c "$CT_TOP" true 2>"$BATS_TEST_TMPDIR/error" || status=$?
		((status == 0 || status == 125)) || { cat "$BATS_TEST_TMPDIR/error" && false; }
	done
	within 1000 in_none
	within 2000 no_reaper
}

# How long it takes is for tests/bench/reap to judge.
@test "a thousand in a loop leave nothing" {
	for ((i = 0; i < 1000; i++)); do
		ctexec -p -d -c "$CT_TOP-$i" /bin/true
	done
	none() { ! compgen -G "$CT_H1/$CT_TOP-*" && ! compgen -G "/sys/fs/cgroup/*/$CT_TOP-*" && no_reaper; }
	within 5000 none
}

# ---- The release agent -----------------------------------------------------------

# agent: a hierarchy of its own at $own whose agent writes down what it was told.
agent() {
	own=$CT_TEST_DIR/mnt/agent
	log=$CT_TEST_DIR/released
	mkdir -p "$own"
	printf '#!/bin/sh\nprintf "%%s\\n" "$#" "$1" >>%s\n' "$log" >"$CT_TEST_DIR/agent"
	chmod 755 "$CT_TEST_DIR/agent"
	: >"$log"
	ctmount --name "${CT_TEST_ID}_5" --release-agent "$CT_TEST_DIR/agent" "$own"
}
no_agent() {
	sleep 0.1
	ctmount -u "$own"
	rmdir "$own"
}

@test "the release agent gets the path of a container that empties, if asked for" {
	agent
	ctcreate -H "name=${CT_TEST_ID}_5" --notify -p "$CT_TOP/a b" "$CT_TOP/c"
	ctcreate -H "name=${CT_TEST_ID}_5" "$CT_TOP/d"
	[[ $(cat "$own/$CT_TOP/a b/notify_on_release" "$own/$CT_TOP/c/notify_on_release") == $'1\n1' ]]
	[[ $(cat "$own/$CT_TOP/notify_on_release" "$own/$CT_TOP/d/notify_on_release") == $'0\n0' ]]
	ctexec -c "$CT_TOP/d" true
	ctexec -c "$CT_TOP/a b" true
	ct_wait_for test -s "$log"
	sleep 0.2
	same "$(printf '1\n/%s/a b' "$CT_TOP")" "$(<"$log")"
	ctrm -r "$CT_TOP"
	no_agent
}

@test "--notify where no agent is: refused where none would run, said where some would not" {
	agent
	fails_with 1 "ctcreate: --notify: no release agent is set in name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_2, so nothing would be run: write the path of a program to release_agent in the root of a v1 hierarchy, or use -d, which deletes a container that empties, or ctwait" \
		ctcreate --notify -H "name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_2" "$CT_TOP"
	in_none
	run -0 --separate-stderr ctcreate --notify -H "name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_5" "$CT_TOP"
	[[ $stderr == "ctcreate: --notify: nothing will be run in name=${CT_TEST_ID}_1, where no release agent is set (v2 has none); -H leaves them out" ]]
	[[ $(cat "$own/$CT_TOP/notify_on_release") == 1 ]]
	run -0 ctcreate -n --notify -H "name=${CT_TEST_ID}_5" "$CT_TOP/x"
	[[ $output == "create name=${CT_TEST_ID}_5 /$CT_TOP/x"$'\n'"notify name=${CT_TEST_ID}_5 /$CT_TOP/x" ]]
	ctrm "$CT_TOP"
	no_agent
	[[ -z $CT_V2 ]] || fails_with 1 'ctcreate: --notify: v2 has no release agent, which is v1'"'"'s: -d deletes a container that empties, ctwait waits for that' \
		ctcreate --notify -H v2 "$CT_TOP"
}
