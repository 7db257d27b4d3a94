#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctattach -N: processes that run enter namespaces and containers together.

load ../helpers
load common
load move
load ns-move

setup_file() {
	ns_move_setup
	[[ -z ${CT_H1-} ]] || build server
}
teardown_file() { common_teardown; }
setup() { ns_move_start; }
teardown() { system_clean; }

to() { attach -N "${2-$kinds}" -c "$CT_TOP/$1" "${@:3}"; }

@test "a client that runs is moved to the server's network, by a cable or into it" {
	move_requires ip
	ctcreate -p -H "$CT_OWN" -N net "$CT_TOP/web" "$CT_TOP/db"
	pins=/run/ct/ns/$CT_TOP
	ctexec -N net -c "$CT_TOP/web" sh -e -c "ip link set lo up; ip link add eth0 type veth peer name eth0 netns $pins/db/net
		ip address add 10.77.0.1/24 dev eth0; ip link set eth0 up"
	ctexec -N net -c "$CT_TOP/db" sh -e -c 'ip link set lo up; ip address add 10.77.0.2/24 dev eth0; ip link set eth0 up'
	ct_spawn ctexec -c "$CT_TOP/web" "$BATS_FILE_TMPDIR/server" 7000 >"$BATS_TEST_TMPDIR/server"
	ct_wait_for grep -q ready "$BATS_TEST_TMPDIR/server"

	mkfifo "$BATS_TEST_TMPDIR/ask"
	cat >"$BATS_TEST_TMPDIR/client" <<'END'
exec <"$1"
while read -r address; do
	if { :; } 3<>"/dev/tcp/$address/7000"; then echo "$address: works"; fi
done 2>&1
END
	ct_spawn ctexec -c "$CT_TOP/old" bash "$BATS_TEST_TMPDIR/client" "$BATS_TEST_TMPDIR/ask" >"$BATS_TEST_TMPDIR/said"
	exec 5>"$BATS_TEST_TMPDIR/ask"
	ask 10.77.0.1 'Network is unreachable'
	to db net "$ct_pid"
	ask 127.0.0.1 'Connection refused'
	ask 10.77.0.1 'works'
	to web net "$ct_pid"
	ask 127.0.0.1 'works'
	to old net "$ct_pid"
	ask 127.0.0.1 'Network is unreachable'
	exec 5>&-
}
# ask ADDRESS TEXT: the client, which connects to it, says so.
ask() {
	local before
	before=$(wc -l <"$BATS_TEST_TMPDIR/said")
	echo "$1" >&5
	ct_wait_for answered "$before"
	tail -n "+$((before + 1))" "$BATS_TEST_TMPDIR/said" | grep "$2" || { cat "$BATS_TEST_TMPDIR/said" && return 1; }
}
answered() { (($(wc -l <"$BATS_TEST_TMPDIR/said") > $1)); }

@test "a shell moves itself, and sees the other interfaces at its next command" {
	move_requires ip
	ctexec -N net -c "$CT_TOP/new" ip link add moved0 type veth peer name moved1
	cat >"$BATS_TEST_TMPDIR/script" <<'END'
ip -o link | grep -c moved0@
ctattach -N net -c "$1" $$ || exit
ip -o link | grep -c moved0@
cat /proc/self/cgroup
END
	run -1 grep moved0 /proc/net/dev
	run -0 timeout 20 bash "$BATS_TEST_TMPDIR/script" "$CT_TOP/new"
	[[ ${lines[0]} == 0 && ${lines[1]} == 1 && $(grep -c ":/$CT_TOP/new$" <<<"$output") == 4 ]]
}

@test "registers and memory, a hundred times back and forth" {
	victim compute 1
	for ((i = 0; i < 50; i++)); do
		to new "$kinds" "$ct_pid"
		[[ $i != 1 ]] || same new "$(both_sides)"
		to old "$kinds" "$ct_pid"
	done
	same old "$(both_sides)"
	finish
	remains
}

@test "eight threads, and some of the kinds" {
	victim compute 8
	to new "$kinds" "$ct_pid"
	same new "$(both_sides)"
	to old net,ipc "$ct_pid"
	same old "$(side)"
	kinds=net,ipc
	same old "$(ns_side)"
	kinds=uts,cgroup
	same new "$(ns_side)"
	finish
}

@test "several at once, their descendants, all of a container" {
	victim compute 2
	first=$ct_pid
	work sleepers 3
	to new "$kinds" "$first" "$ct_pid"
	same 5 "$(wc -l <"$CT_V2/$CT_TOP/home/cgroup.procs")"
	same new "$(ns_side_of "$first")"
	same new "$(ns_side_of "$ct_pid")"
	for pid in $(children "$ct_pid"); do same neither "$(ns_side_of "$pid")"; done
	to old none "$ct_pid"
	to new "$kinds" -r "$ct_pid"
	for pid in "$first" "$ct_pid" $(children "$ct_pid"); do same new "$(ns_side_of "$pid")"; done
	whole new
	to old "$kinds" --from "$CT_TOP/new"
	for pid in "$first" "$ct_pid" $(children "$ct_pid"); do same old "$(ns_side_of "$pid")"; done
	whole old
	# what it runs with itself stays where it is
	run -0 timeout 20 ctexec -N none -c "$CT_TOP/old" ctattach -N "$kinds" --from "$CT_TOP/old" -c "$CT_TOP/new"
	for pid in "$first" "$ct_pid" $(children "$ct_pid"); do same new "$(ns_side_of "$pid")"; done
	whole new
	remains
}

@test "what forks without end, and its children that are named by -r" {
	work tree
	for ((i = 0; i < 6; i++)); do
		status=0
		chase -N net -c "$CT_TOP/new" -r "$ct_pid" || status=$?
		((status == 0)) || { ((status == 2)) && continue; }
		whole
		to old net --from "$CT_TOP/new" || true
	done
	whole
	remains
}

@test "one in one hierarchy, and --no-freeze" {
	victim compute 2
	attach -N net -H "name=${CT_TEST_ID}_2" -c "$CT_TOP/new" "$ct_pid"
	kinds=net
	same new "$(ns_side)"
	grep -qx "$ct_pid" "$CT_H2/$CT_TOP/new/cgroup.procs"
	grep -qx "$ct_pid" "$CT_H1/$CT_TOP/old/cgroup.procs"
	attach --no-freeze -N net -c "$CT_TOP/old" "$ct_pid"
	same old "$(both_sides)"
	attach --freezer v2 -N net -c "$CT_TOP/new" "$ct_pid"
	same new "$(both_sides)"
	ct_lacks freezer | grep . || attach --freezer v1 -N net -c "$CT_TOP/old" "$ct_pid"
	finish
}

@test "other sources; all, none; what it is in already" {
	victim idle
	ct_spawn_away=$(ct_spawn unshare --net --uts sleep 60 >/dev/null; echo "$ct_pid")
	ct_wait_for test "$(readlink "/proc/$ct_spawn_away/ns/uts")" != "$(readlink /proc/self/ns/uts)"
	to old "net=PID:$ct_spawn_away,uts=FILE:/proc/$ct_spawn_away/ns/uts" "$ct_pid"
	same "$(readlink "/proc/$ct_spawn_away/ns/net")" "$(readlink "/proc/$ct_pid/ns/net")"
	same "$(readlink "/proc/$ct_spawn_away/ns/uts")" "$(readlink "/proc/$ct_pid/ns/uts")"
	to old "net=$CT_TOP/new" "$ct_pid"
	same "net:[$(stat -c %i "/run/ct/ns/$CT_TOP/new/net")]" "$(readlink "/proc/$ct_pid/ns/net")"
	to new all "$ct_pid"
	same new "$(both_sides)"
	to new all "$ct_pid"
	to old none "$ct_pid"
	same new "$(ns_side)"
	to old all "$ct_pid"
	same old "$(both_sides)"
	attach -N all -c "$CT_TOP" "$ct_pid" # names none
	same old "$(ns_side)"
	finish_idle
}
finish_idle() {
	kill -USR1 "$ct_pid" && ct_wait_for ended "$ct_pid" && grep fine "$BATS_TEST_TMPDIR/said"
}

@test "mnt: its directory is the root of it then; and a user namespace, which it enters for good" {
	ct_requires rooted
	ctcreate -p -H "$CT_OWN" -N mnt "$CT_TOP/mounts"
	ctcreate -p -H "$CT_OWN" -N user,uts "$CT_TOP/users"
	victim idle
	to mounts mnt "$ct_pid"
	same "mnt:[$(stat -c %i "/run/ct/ns/$CT_TOP/mounts/mnt")]" "$(readlink "/proc/$ct_pid/ns/mnt")"
	same / "$(readlink "/proc/$ct_pid/cwd")"
	finish_idle
	victim idle
	to users user,uts "$ct_pid"
	same "user:[$(stat -c %i "/run/ct/ns/$CT_TOP/users/user")]" "$(readlink "/proc/$ct_pid/ns/user")"
	same "uts:[$(stat -c %i "/run/ct/ns/$CT_TOP/users/uts")]" "$(readlink "/proc/$ct_pid/ns/uts")"
	grep -qx "$ct_pid" "$CT_H4/$CT_TOP/users/cgroup.procs"
	remains
	finish_idle
}

@test "a call that fails: the namespaces are old again, as the cgroups are" {
	local call count expected failed=0 done=0
	victim compute 3
	points -N "$kinds" -c "$CT_TOP/new" "$ct_pid" >"$BATS_TEST_TMPDIR/points"
	to old "$kinds" "$ct_pid"
	while read -r call count; do
		status=0
		struck "$call" "$count" error=EIO -N "$kinds" -c "$CT_TOP/new" "$ct_pid" || status=$?
		remains 1000
		ct_wait_for untraced
		expected=new
		case $status in
		0) done=$((done + 1)) ;;
		1) failed=$((failed + 1)) expected=old ;;
		3) grep -q 'could not finish' "$BATS_TEST_TMPDIR/struck" ;; # the guard has, since
		*) false ;;
		esac || { echo "$call $count: $status: $(<"$BATS_TEST_TMPDIR/struck")" && return 1; }
		same $expected "$(both_sides)" || { echo "$call $count: $(<"$BATS_TEST_TMPDIR/struck")" && return 1; }
		to old "$kinds" "$ct_pid"
	done < <(awk '/^(sendto|getdents64) / || (/^(write|openat) / && ++n % 4 == 0)' "$BATS_TEST_TMPDIR/points")
	echo "failed $failed times, done $done times"
	((failed > 4))
	finish
}

@test "one that is stopped stays so, one that dies meanwhile is no failure" {
	victim compute 2
	kill -STOP "$ct_pid"
	ct_wait_for stopped
	to new "$kinds" "$ct_pid"
	same new "$(both_sides)"
	stopped
	kill -CONT "$ct_pid"
	ct_wait_for untraced
	finish
	for ((i = 0; i < 12; i++)); do
		victim compute 3
		{ sleep "0.0$((RANDOM % 5))" && kill -KILL "$ct_pid"; } 3>&- &
		status=0
		said=$(timeout 10 ctattach -N "$kinds" -c "$CT_TOP/new" "$ct_pid" 2>&1 3>&-) || status=$?
		echo "$status: $said"
		[[ $status == 0 && -z $said ]] || [[ $status == 1 && $said == *"process $ct_pid"* ]]
		wait
		remains
	done
}
stopped() { grep -q 'State:.T' "/proc/$ct_pid/status"; }

@test "--dry-run and --verbose" {
	victim compute 1
	same "enter net,uts $ct_pid
stage v2 /$CT_TOP/home/.ct-ID
attach name=${CT_TEST_ID}_1 /$CT_TOP/new $ct_pid
attach name=${CT_TEST_ID}_2 /$CT_TOP/new $ct_pid
attach name=${CT_TEST_ID}_3 /$CT_TOP/new $ct_pid
attach name=${CT_TEST_ID}_4 /$CT_TOP/new $ct_pid" "$(ctattach -n -N net,uts -c "$CT_TOP/new" "$ct_pid" | sed 's/^hold .*home.*/stage v2 \/'"$CT_TOP"'\/home\/.ct-ID/')"
	same old "$(both_sides)"
	run -0 --separate-stderr ctattach -v -N net,uts -c "$CT_TOP/new" "$ct_pid"
	[[ ${stderr_lines[-1]} =~ ^"ctattach: 1 task stood still for "[0-9.]+" ms"$ ]]
	finish
}

@test "ctclone -p: new namespaces for a process that runs" {
	ct_requires rooted
	victim compute 2
	name=$(ctclone -H "$CT_OWN" -N net,uts,ipc,cgroup -p "$ct_pid")
	[[ $name == "$CT_TOP"/old/ct-* ]]
	for kind in net uts ipc cgroup; do
		same "$kind:[$(stat -c %i "/run/ct/ns/$name/$kind")]" "$(readlink "/proc/$ct_pid/ns/$kind")"
	done
	grep -qx "$ct_pid" "$CT_H3/$name/cgroup.procs"
	same "create" "$(ctclone -n -H "name=${CT_TEST_ID}_1" -c x -N net -p "$ct_pid" | head -n 1 | cut -d ' ' -f 1)"
	same "enter net $ct_pid" "$(ctclone -n -H "name=${CT_TEST_ID}_1" -c x -N net -p "$ct_pid" | tail -n 1)"
	before=$(ls -R "/run/ct/ns/$CT_TOP")
	fails_with 125 "ctclone: $name/x: process $ct_pid has 2 threads: only one that has a single thread can enter a namespace of the kind mnt" \
		ctclone -H "$CT_OWN" -c x -N mnt,net -p "$ct_pid"
	fails_with 125 'ctclone: a process that runs enters no pid namespace: only what it starts later would be in it; list the kinds without pid, or start it there by ctexec' \
		ctclone -H "$CT_OWN" -c x -N pid,net -p "$ct_pid"
	same "$before" "$(ls -R "/run/ct/ns/$CT_TOP")"
	[[ ! -d $CT_H1/$name/x ]]
	finish
	victim idle
	ctclone -H "$CT_OWN" -c mine -N user,net,mnt -p "$ct_pid"
	for kind in user net mnt; do
		same "$kind:[$(stat -c %i "/run/ct/ns/$CT_TOP/old/mine/$kind")]" "$(readlink "/proc/$ct_pid/ns/$kind")"
	done
	finish_idle
}
