#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Clones that delete themselves, and the pinned namespaces that go along.

load ../helpers
load common
load ns
load reap

setup_file() { anyone_setup; }
teardown_file() { [[ -z ${CT_H1-} ]] || { system_clean && ct_wait_for no_reaper && common_teardown; }; }
setup() {
	ns_setup
	# by a process that is in $CT_TOP/a
	clone=(ctexec -c "$CT_TOP/a" ctclone -H "$CT_OWN")
}
teardown() {
	system_clean
	[[ -z ${CT_H1-} ]] || reap_clean
}

# where [FILE]: of a cgroup file, the paths in the test's four hierarchies, each once.
where() { sed -n "s/.*:name=${CT_TEST_ID}_[1-4]:\///p" "${1-/proc/self/cgroup}" | sort -u; }

gone() { [[ ! -d $CT_H1/$CT_TOP/$1 && ! -d $CT_H2/$CT_TOP/$1 && ! -d $CT_H3/$CT_TOP/$1 && ! -d $CT_H4/$CT_TOP/$1 ]]; }
gone_with_pins() { gone "$1" && [[ -z $(pins) ]]; }

@test "-d: gone within a second of its last task's end, and its pins with it" {
	make a
	ct_spawn "${clone[@]}" -d -c b -N net,uts sh -c 'sleep 1000 & echo $! >"$0"; exit 3' "$BATS_TEST_TMPDIR/last"
	ended "$ct_pid" || wait "$ct_pid" || (($? == 3))
	same "$(printf 'a/b/net\na/b/uts')" "$(pins)"
	sleep 1.2 # it holds a task
	same "$(printf 'a/b/net\na/b/uts')" "$(pins)"
	[[ -d $CT_H1/$CT_TOP/a/b && -d $CT_H4/$CT_TOP/a/b ]]
	# another one that enters counts
	ct_spawn ctexec -c "$CT_TOP/a/b" sleep 1000
	kill "$(<"$BATS_TEST_TMPDIR/last")"
	sleep 1.2
	same "$(pin a/b net)" "$(readlink "/proc/$ct_pid/ns/net")"
	kill "$ct_pid"
	within 1100 gone_with_pins a/b
	[[ -d $CT_H1/$CT_TOP/a ]]
	# a name of ct's, a command of a moment, one that is a child in a pid namespace
	run -7 "${clone[@]}" -d sh -c 'exit 7'
	within 1100 eval '[[ -z $(find "$CT_H1/$CT_TOP/a" -mindepth 1 -type d) ]]'
	needs_linux 6.11 # to pin a pid namespace
	run -7 "${clone[@]}" -d -c c -N pid,net sh -c 'exit 7'
	within 1100 gone_with_pins c
}

@test "ctcreate -d -N, ctexec -d: pins go as well, not before somebody was in it" {
	ctcreate -p -d -H "$CT_OWN" -N net,uts "$CT_TOP/a"
	make b ipc
	sleep 1.2
	same "$(printf 'a/net\na/uts\nb/ipc')" "$(pins)"
	ctexec -c "$CT_TOP/a" true
	ctexec -d -c "$CT_TOP/b" true
	within 1100 gone_with_pins a
	within 1100 gone_with_pins b
}

@test "-d: not while it has children, whoever made them" {
	make a
	"${clone[@]}" -d -c b -N uts sh -c 'mkdir "$1/child"' sh "$CT_H3/$CT_TOP/a/b"
	sleep 1.2
	same a/b/uts "$(pins)"
	rmdir "$CT_H3/$CT_TOP/a/b/child"
	within 1100 gone_with_pins a/b
	# a clone in a clone: the inner one goes first
	"${clone[@]}" -d -c b -N uts ctclone -H "$CT_OWN" -d -c c -N net sh -c 'sleep 1.2; true'
	within 2200 gone_with_pins a/b
}

@test "-d: the reaper killed, the next command starts it again" {
	make a
	ct_spawn "${clone[@]}" -d -c b -N net,uts sleep 1000
	ct_wait_for grep -qx "$ct_pid" "$CT_H4/$CT_TOP/a/b/cgroup.procs"
	ct_wait_for has_reaper
	kill -KILL "$(reaper)"
	kill "$ct_pid"
	ct_wait_for eval '! has_reaper'
	sleep 0.3
	same "$(printf 'a/b/net\na/b/uts')" "$(pins)"
	ctstat >/dev/null
	within 1100 gone_with_pins a/b
}

@test "-d -p: as soon as the process that runs has ended, also in different containers" {
	make a/b
	ct_spawn ctexec -c "$CT_TOP/a" sleep 1000
	run -0 ctclone -d -H "$CT_OWN" -c new -p "$ct_pid"
	same "$CT_TOP/a/new" "$output"
	sleep 1.2
	same "$CT_TOP/a/new" "$(where "/proc/$ct_pid/cgroup")"
	kill "$ct_pid"
	within 1100 gone_with_pins a/new
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_H1/$CT_TOP/a/cgroup.procs"
	for mount in "$CT_H2" "$CT_H3" "$CT_H4"; do echo "$ct_pid" >"$mount/$CT_TOP/a/b/cgroup.procs"; done
	run -0 ctclone -d -H "$CT_OWN" -c new -p "$ct_pid"
	same "$(printf '%s\n' "$CT_TOP/a/new" "$CT_TOP/a/b/new")" "$output"
	same 2 "$(find /run/ct/reap -type f | wc -l)"
	# they are two: one goes while the other holds it
	echo "$ct_pid" >"$CT_H1/cgroup.procs"
	within 4000 gone a/new
	[[ -d $CT_H2/$CT_TOP/a/b/new && -d $CT_H4/$CT_TOP/a/b/new ]]
	kill "$ct_pid"
	within 1100 gone_with_pins a/b/new
}

@test "-d: all or nothing, neither a mark nor a reaper is left" {
	make a
	refused 127 'ctclone: cannot run no-such-command: No such file or directory' "${clone[@]}" -d -c b no-such-command
	# what only the attempt tells
	printf '#!/no/such/interpreter\n' >"$BATS_TEST_TMPDIR/broken"
	chmod 755 "$BATS_TEST_TMPDIR/broken"
	refused 127 "ctclone: cannot run $BATS_TEST_TMPDIR/broken: No such file or directory" \
		"${clone[@]}" -d -c b -N uts,net "$BATS_TEST_TMPDIR/broken"
	refused 125 "ctclone: $CT_TOP/a/b: cannot make /nowhere the root: No such file or directory" \
		"${clone[@]}" -d -c b -N uts --root /nowhere true
	refused 125 'ctclone: cannot tell in which container process 2147483647 is: No such process' \
		ctclone -d -H "$CT_OWN" -p 2147483647
	ct_wait_for eval '[[ ! -e /run/ct/reap ]]'
	# that it is there already leaves the mark of the other one
	ct_spawn "${clone[@]}" -d -c b sleep 1000
	ct_wait_for grep -qx "$ct_pid" "$CT_H4/$CT_TOP/a/b/cgroup.procs"
	mark=$(cat /run/ct/reap/*)
	refused 125 "ctclone: $CT_TOP/a/b: it exists already" "${clone[@]}" -d -c b true
	same "$mark" "$(cat /run/ct/reap/*)"
	kill "$ct_pid"
	within 1100 gone_with_pins a/b
	# a state directory that takes no mark
	mount -t tmpfs -o ro,mode=755 ct /run/ct
	refused 125 "ctclone: $CT_TOP/a/b: cannot make the directory reap in the state directory: Read-only file system" \
		"${clone[@]}" -d -c b true
	umount /run/ct
}

@test "-d: killed when it is marked it goes, entered or not" {
	ct_requires strace
	make a
	# before it joins (ctexec writes to four hierarchies, the fifth is the record of pins), in it, with its namespaces
	for at in write:when=6 setns:when=1 execve:when=2; do
		run -137 inject "${at%:*}:signal=SIGKILL:${at#*:}" "${clone[@]}" -d -c b -N net,uts /bin/true
		ctstat >/dev/null
		within 1100 gone_with_pins a/b
	done
}

@test "-d: from a script under set -e" {
	make a
	cat >"$BATS_TEST_TMPDIR/script" <<'END'
set -e
ctclone -H "$CT_OWN" -d -c one -N uts true
ctclone -H "$CT_OWN" -d -c two sh -c 'exit 0'
sleep 1 &
ctclone -H "$CT_OWN" -d -c three -p $!
kill $!
ctclone -H "$CT_OWN" -d -c four false || echo "status $?"
ctclone -H "$CT_OWN" -d -c five -N net sh -c 'exit 3'
echo not reached
END
	run -3 ctexec -c "$CT_TOP/a" sh "$BATS_TEST_TMPDIR/script"
	same "$(printf '%s\n' "$CT_TOP/a/three" 'status 1')" "$output"
	for name in one two three four five; do within 1100 gone_with_pins "a/$name"; done
}

@test "-d: a user's, which has a reaper of his own" {
	run "${user[@]}" unshare -Uru true
	((status == 0)) || skip 'users may make no user namespaces here'
	ctcreate -p -H "$CT_OWN" -a 65534:65534 "$CT_TOP/a"
	mkdir -m 700 "$CT_TEST_DIR/runtime"
	chown 65534:65534 "$CT_TEST_DIR/runtime"
	run -0 ctexec -c "$CT_TOP/a" "${user[@]}" env XDG_RUNTIME_DIR="$CT_TEST_DIR/runtime" \
		ctclone -d -H "$CT_OWN" -c b -N user,uts sh -c 'hostname users; hostname'
	same users "$output"
	within 1100 gone a/b
	ct_wait_for eval '[[ ! -e $CT_TEST_DIR/runtime/ct/reap ]]'
	rm -r "$CT_TEST_DIR/runtime"
}
