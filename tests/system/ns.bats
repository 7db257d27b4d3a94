#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Namespaces that containers name: pinned, joined, gone with the container.

load ../helpers
load common
load ns

setup_file() { anyone_setup; }
teardown_file() { common_teardown; }
setup() { ns_setup; }
teardown() { system_clean; }

# ends_with STATUS: what ct_spawn has started.
ends_with() {
	local status=0
	wait "$ct_pid" || status=$?
	((status == $1)) || { echo "status $status, not $1" && return 1; }
}

@test "what is pinned is new, stays when nobody is in it, and is joined by ctexec" {
	make a net,uts,ipc,mnt,cgroup,time
	for type in net uts ipc mnt cgroup time; do
		same "$(pin a $type)" "$(ns $type ctexec -c "$CT_TOP/a")"
		[[ $(pin a $type) != "$(readlink /proc/self/ns/$type)" ]]
	done
	ctexec -c "$CT_TOP/a" hostname ctnamed
	same ctnamed "$(ctexec -c "$CT_TOP/a" hostname)"
	[[ $(hostname) != ctnamed ]]
	for type in pid user; do
		same "$(readlink /proc/self/ns/$type)" "$(ns $type ctexec -c "$CT_TOP/a")"
	done
}

@test "-N takes only those that it lists; none, all" {
	make a net,uts
	same "$(pin a net)" "$(ns net ctexec -N net -c "$CT_TOP/a")"
	same "$(readlink /proc/self/ns/uts)" "$(ns uts ctexec -N net -c "$CT_TOP/a")"
	same "$(readlink /proc/self/ns/net)" "$(ns net ctexec -N none -c "$CT_TOP/a")"
	same "$(pin a uts)" "$(ns uts ctexec -N all -c "$CT_TOP/a")"
	run -0 ctexec -N all,net=NEW -c "$CT_TOP/a" sh -c 'readlink /proc/self/ns/net /proc/self/ns/uts'
	[[ ${lines[0]} != "$(pin a net)" && ${lines[0]} != "$(readlink /proc/self/ns/net)" ]]
	same "$(pin a uts)" "${lines[1]}"
}

@test "a container is made of the namespaces of others: container, process, file" {
	make a net,uts
	unshare --ipc sleep 1000 3>&- &
	holder=$!
	touch "$BATS_TEST_TMPDIR/blue"
	unshare --uts="$BATS_TEST_TMPDIR/blue" true
	ct_wait_for eval "[[ \$(readlink /proc/$holder/ns/ipc) != \$(readlink /proc/self/ns/ipc) ]]"
	make b "net=$CT_TOP/a,ipc=PID:$holder,uts=FILE:$BATS_TEST_TMPDIR/blue"
	kill "$holder"
	same "$(pin a net)" "$(pin b net)"
	same "$(stat -c 'uts:[%i]' "$BATS_TEST_TMPDIR/blue")" "$(ns uts ctexec -c "$CT_TOP/b")"
	[[ $(ns ipc ctexec -c "$CT_TOP/b") != "$(readlink /proc/self/ns/ipc)" ]]
	# and ctexec takes them too
	same "$(pin a uts)" "$(ns uts ctexec -N "uts=$CT_TOP/a" -c "$CT_TOP/b")"
	umount "$BATS_TEST_TMPDIR/blue"
}

@test "the pin net of a container and the pins of its child called net do not meet" {
	make a net
	make a/net net,uts
	make a/net/+net ipc
	make a/id uts
	same "$(pin a net)" "$(ns net ctexec -c "$CT_TOP/a")"
	same "$(pin a/+net net)" "$(ns net ctexec -c "$CT_TOP/a/net")"
	same "$(pin a/+net/++net ipc)" "$(ns ipc ctexec -c "$CT_TOP/a/net/+net")"
	[[ $(pin a net) != "$(pin a/+net net)" ]]
	ctrm "$CT_TOP/a/net/+net" "$CT_TOP/a/net"
	same "$(printf 'a/+id/uts\na/net')" "$(pins)"
}

@test "they go with the container: ctrm, ctrm -r, ctkill -d; not with a part of it" {
	make a net
	make a/b uts
	make c net
	ctrm -H "name=${CT_TEST_ID}_1" "$CT_TOP/a/b"
	same "$(printf 'a/b/uts\na/net\nc/net')" "$(pins)"
	ctrm "$CT_TOP/a/b"
	same "$(printf 'a/net\nc/net')" "$(pins)"
	make a/b uts
	ctrm -r "$CT_TOP/a"
	same c/net "$(pins)"
	ct_spawn ctexec -c "$CT_TOP/c" sleep 1000
	ctkill -d "$CT_TOP/c"
	same '' "$(pins)"
	same /run/ct/ns "$(find /run/ct/ns)"
}

@test "ctrm that is refused half way leaves them, and they are the container's still" {
	ct_requires strace
	make a net
	# the last of the four directories cannot be removed: three are made again
	run -1 inject unlinkat:error=EPERM:when=4 ctrm "$CT_TOP/a"
	same a/net "$(pins)"
	same "$(pin a net)" "$(ns net ctexec -c "$CT_TOP/a")"
	ctrm "$CT_TOP/a"
	same '' "$(pins)"
}

@test "removed behind ct's back and made again, it has none, and the old ones are cleared away" {
	make a net,uts
	rmdir "$CT_H1/$CT_TOP/a" "$CT_H2/$CT_TOP/a" "$CT_H3/$CT_TOP/a" "$CT_H4/$CT_TOP/a"
	mkdir "$CT_H1/$CT_TOP/a" "$CT_H2/$CT_TOP/a" "$CT_H3/$CT_TOP/a" "$CT_H4/$CT_TOP/a"
	same "$(readlink /proc/self/ns/net)" "$(ns net ctexec -c "$CT_TOP/a")"
	make b uts
	same b/uts "$(pins)"
	make a ipc
	same "$(printf 'a/ipc\nb/uts')" "$(pins)"
}

@test "a hierarchy that is added is one to be known by" {
	ctcreate -p -H "name=${CT_TEST_ID}_1" -N net "$CT_TOP/a"
	ctcreate -p -H "name=${CT_TEST_ID}_2" "$CT_TOP/a"
	ctrm -H "name=${CT_TEST_ID}_1" "$CT_TOP/a"
	same "$(pin a net)" "$(ns net ctexec -c "$CT_TOP/a")"
	ctrm "$CT_TOP/a"
	same '' "$(pins)"
}

@test "a hierarchy that is mounted elsewhere by now has its containers still, one that is gone has not" {
	ctcreate -p -H "name=${CT_TEST_ID}_1" -N net "$CT_TOP/a"
	mkdir "$CT_TEST_DIR/mnt/elsewhere"
	mount -t cgroup -o "none,name=${CT_TEST_ID}_1" cgroup "$CT_TEST_DIR/mnt/elsewhere"
	umount "$CT_H1"
	ctcreate -p -H "name=${CT_TEST_ID}_2" -N uts "$CT_TOP/b" # whoever pins looks at all
	same "$(printf 'a/net\nb/uts')" "$(pins)"
	same "$(pin a net)" "$(ns net ctexec -c "$CT_TOP/a")"
	ctrm "$CT_TOP/a"
	mount -t cgroup -o "none,name=${CT_TEST_ID}_1" cgroup "$CT_H1"
	umount "$CT_TEST_DIR/mnt/elsewhere"
	rmdir "$CT_TEST_DIR/mnt/elsewhere"
	ctcreate -p -H "name=${CT_TEST_ID}_2" -N uts "$CT_TOP/c"
	same "$(printf 'b/uts\nc/uts')" "$(pins)"
}

@test "ctcreate -p -N adds to what a container names" {
	make a net
	before=$(pin a net)
	make a uts
	same "$before" "$(pin a net)"
	same "$(printf 'a/net\na/uts')" "$(pins)"
}

@test "if one cannot be pinned, none is, and the container is not made" {
	ct_requires strace
	make b
	before=$(state)
	# the third mount: the place for pins, made private, then net; uts is refused
	run -1 inject mount:error=EPERM:when=4 ctcreate -H "$CT_OWN" -N net,uts "$CT_TOP/a"
	[[ $output == *"cannot pin its uts namespace"* ]]
	same "$before" "$(state)"
}

@test "killed while it pins: the next one clears away, and nobody enters the half" {
	ct_requires strace
	make b uts
	inject renameat:signal=SIGKILL:when=1 ctcreate -H "$CT_OWN" -N net,uts "$CT_TOP/a" || true
	same "$(printf 'a/net\na/uts\nb/uts')" "$(pins)"
	same "$(readlink /proc/self/ns/net)" "$(ns net ctexec -c "$CT_TOP/a")"
	make a ipc
	same "$(printf 'a/ipc\nb/uts')" "$(pins)"
}

@test "whatever fails when descriptors run out: never a command outside, never the pins of others, nothing left" {
	ct_requires strace
	make a net
	make b uts
	before=$(state)
	for call in openat openat2; do
		for ((k = 1; k <= 60; k++)); do
			out=$(inject "$call:error=EMFILE:when=$k" ctexec -c "$CT_TOP/a" /bin/readlink /proc/self/ns/net 2>"$BATS_TEST_TMPDIR/error") || out=failed
			[[ $out == failed || $out == "$(pin a net)" ]] || { echo "$call $k: $out" && false; }
			same "$before" "$(state)"
			inject "$call:error=EMFILE:when=$k" ctcreate -H "$CT_OWN" -N ipc "$CT_TOP/c" 2>"$BATS_TEST_TMPDIR/error" && ctrm "$CT_TOP/c"
			same "$before" "$(state)" || { echo "$call $k: $(<"$BATS_TEST_TMPDIR/error")" && false; }
		done
	done
	for at in mkdirat:when=6 renameat:when=1 write:when=1; do
		run -1 inject "${at%:*}:error=EIO:${at#*:}" ctcreate -p -H "$CT_OWN" -N ipc "$CT_TOP/d/e"
		ctrm -r "$CT_TOP/d" 2>"$BATS_TEST_TMPDIR/error" || true
		same "$before" "$(state)"
	done
}

@test "a mount namespace in a new user namespace can be pinned, whatever numbers a processor hands out" {
	ct_requires rooted
	for _ in {1..24}; do
		make a mnt
		make b user,mnt,net
		same "$(pin b mnt)" "$(ns mnt ctexec -c "$CT_TOP/b")"
		ctrm "$CT_TOP/a" "$CT_TOP/b"
	done
}

@test "a mount namespace: its mounts are nobody else's, and it holds no pins of others" {
	ct_requires rooted
	make a net
	for _ in 1 2 3 4; do # by a processor that hands out any numbers
		make b mnt,user
		ctexec -c "$CT_TOP/b" sh -c "mount -t tmpfs ct '$BATS_TEST_TMPDIR' && touch '$BATS_TEST_TMPDIR/inside'"
		[[ ! -e $BATS_TEST_TMPDIR/inside ]]
		ctexec -c "$CT_TOP/b" test -e "$BATS_TEST_TMPDIR/inside"
		same 0 "$(ctexec -c "$CT_TOP/b" grep -c ' nsfs ' /proc/self/mountinfo)"
		same "$BATS_TEST_TMPDIR" "$(cd "$BATS_TEST_TMPDIR" && ctexec -c "$CT_TOP/b" pwd)"
		ctrm "$CT_TOP/b"
	done
}

@test "a cgroup namespace begins at the container" {
	make a cgroup
	run -0 ctexec -c "$CT_TOP/a" grep ":name=${CT_TEST_ID}_1:" /proc/self/cgroup
	[[ $output == *: || $output == *:/ ]]
}

@test "a time namespace" {
	make a time
	same "$(pin a time)" "$(ns time ctexec -c "$CT_TOP/a")"
	same "$(pin a time)" "$(ns time ctexec -f -c "$CT_TOP/a")"
}

@test "a user namespace: its root is the caller, and owns what was made with it" {
	ct_requires rooted
	make a user,net,uts
	run -0 ctexec -c "$CT_TOP/a" sh -c 'id -u; cat /proc/self/uid_map; hostname inside && hostname'
	[[ ${lines[0]} == 0 && ${lines[1]} =~ ^\ +0\ +0\ +1$ && ${lines[2]} == inside ]]
	run -0 ctexec -N user,net -c "$CT_TOP/a" ip -o link
	run -1 ctexec -N user -c "$CT_TOP/a" hostname not-allowed
}

@test "two network namespaces with a veth pair between: what serves in one is reached from the other" {
	ct_requires ip perl
	make web net
	make db net
	make out
	ctexec -c "$CT_TOP/web" sh -e -c "
		ip link add veth0 type veth peer name veth1 netns /run/ct/ns/$CT_TOP/db/net
		ip address add 10.99.7.1/24 dev veth0
		ip link set veth0 up"
	ctexec -c "$CT_TOP/db" sh -e -c 'ip address add 10.99.7.2/24 dev veth1; ip link set veth1 up'
	server='use IO::Socket::INET; my $s = IO::Socket::INET->new(Listen => 5, LocalPort => 7007, ReuseAddr => 1) or die;
		while (my $c = $s->accept) { print $c "served\n"; close $c }'
	ct_spawn ctexec -c "$CT_TOP/db" perl -e "$server"
	# shellcheck disable=SC2317
	ask() { timeout 5 "$@" bash -c 'read -r line </dev/tcp/10.99.7.2/7007 && echo "$line"' 2>/dev/null; }
	asks() { [[ $(ask "$@") == served ]]; }
	ct_wait_for asks ctexec -c "$CT_TOP/web"
	run ask ctexec -c "$CT_TOP/out"
	[[ $status != 0 && $output != served ]]
	# another one in web alone has it, wherever its cgroups are
	ct_wait_for asks ctexec -N "net=$CT_TOP/web" -c "$CT_TOP/out"
	# nobody is left, and the pair is still there
	kill "$ct_pid"
	run -0 ctexec -c "$CT_TOP/web" ip -o address show dev veth0
	[[ $output == *10.99.7.1* ]]
	ctrm "$CT_TOP/web"
	gone() { ! ctexec -c "$CT_TOP/db" ip link show veth1 >/dev/null 2>&1; }
	ct_wait_for gone
}

# ---- Saved and described ---------------------------------------------------------

@test "save, remove, restore, compare: kinds, who shares with whom, owners, modes, values" {
	ct_requires rooted
	make a net,uts
	make a/b "net=$CT_TOP/a,ipc"
	make a/c "uts=FILE:/proc/self/ns/uts"
	make a/b/net "ipc=$CT_TOP/a/b,user,mnt"
	ctcreate -p -H "name=${CT_TEST_ID}_2" -a 65534:65533 -m 2750 "$CT_TOP/d"
	ctcreate -p -H "name=${CT_TEST_ID}_1" -N time "$CT_TOP/d" # owners differ: two parts
	file=$BATS_TEST_TMPDIR/saved
	ctset -r "$CT_TOP" >"$file"
	diff - <(grep '^\[\|^namesp' "$file") <<-END
		[$CT_TOP]
		[$CT_TOP/a]
		namespaces=net,uts
		[$CT_TOP/a/b]
		namespaces=net=$CT_TOP/a,ipc
		[$CT_TOP/a/b/net]
		namespaces=user,mnt,ipc=$CT_TOP/a/b
		[$CT_TOP/a/c]
		namespaces=uts
		[$CT_TOP/d]
		namespaces=time
		[$CT_TOP/d]
	END
	before=$(tree) before_pins=$(pins)
	ctrm -r "$CT_TOP"
	same '' "$(pins)"
	ctcreate --from "$file"
	same "$before" "$(tree)"
	same "$before_pins" "$(pins)"
	ctset -r "$CT_TOP" | diff "$file" -
	same "$(pin a net)" "$(pin a/b net)"
	same "$(pin a/b ipc)" "$(pin a/b/+net ipc)"
	[[ $(pin a net) != "$(readlink /proc/self/ns/net)" ]]
	same "$(pin a net)" "$(ns net ctexec -c "$CT_TOP/a")"
	# a name that no list can have is shared with nobody
	make 'x,y' net
	ct_spawn ctexec -c "$CT_TOP/x,y" sleep 60
	make z "net=PID:$ct_pid"
	same "$(printf '%s\n' namespaces=net namespaces=net)" "$(ctset -r "$CT_TOP" | sed -n '/x,y/,$p' | grep ^namesp)"
	kill "$ct_pid"
	ctkill -d "$CT_TOP/x,y" "$CT_TOP/z"
	# once more changes nothing; one that is gone, or was never there, is made
	state=$(state) numbers=$(stat -c %i /run/ct/ns/"$CT_TOP"/a/{net,uts})
	ctcreate --from "$file"
	ctset "$CT_TOP" --from "$file"
	same "$state" "$(state)"
	same "$numbers" "$(stat -c %i /run/ct/ns/"$CT_TOP"/a/{net,uts})"
	umount "/run/ct/ns/$CT_TOP/a/uts" "/run/ct/ns/$CT_TOP/d/time"
	ctset -r "$CT_TOP" | grep -c '^namespaces=.*\(uts\|time\)' >"$BATS_TEST_TMPDIR/kinds"
	same 1 "$(<"$BATS_TEST_TMPDIR/kinds")" # what is gone is not saved
	ctset "$CT_TOP" --from "$file"
	same "$before_pins" "$(pins)"
	same "$(echo "$numbers" | head -n 1)" "$(stat -c %i "/run/ct/ns/$CT_TOP/a/net")"
}

# described LINE...: a file $file of containers in the test's hierarchies.
described() {
	file=$BATS_TEST_TMPDIR/ct.conf
	printf '%s\n' "$@" | sed "s|^\[.*|&\nhierarchies=$CT_OWN|" >"$file"
}

@test "a file by hand: every source that -N knows, also of containers that it makes itself" {
	make old net
	described "[$CT_TOP/web]" "namespaces = net,uts=FILE:/proc/$$/ns/uts,ipc=PID:$$" \
		"[$CT_TOP/db]" "namespaces=net=$CT_TOP/web,time=NEW" "[$CT_TOP/out]" 'namespaces=none' \
		"[$CT_TOP/more]" "namespaces=net=$CT_TOP/old"
	run -0 ctcreate -n --from "$file"
	grep -qx "pin /$CT_TOP/db net=$CT_TOP/web,time" <<<"$output"
	same old/net "$(pins)"
	ctcreate --from "$file"
	same "$(printf '%s\n' db/net db/time more/net old/net web/ipc web/net web/uts)" "$(pins)"
	same "$(pin web net)" "$(pin db net)"
	same "$(pin old net)" "$(pin more net)"
	same "$(readlink /proc/self/ns/ipc)" "$(pin web ipc)"
	# a kind that it has is left, unless the file wants that of another
	described "[$CT_TOP/more]" 'namespaces=net'
	ctcreate --from "$file"
	same "$(pin old net)" "$(pin more net)"
	described "[$CT_TOP/out]" '' "[$CT_TOP/more]" "namespaces=uts,net=$CT_TOP/web"
	refused 1 "ctcreate: $file:6: $CT_TOP/more: it names another net namespace already (number $(stat -c %i "/run/ct/ns/$CT_TOP/more/net"))" \
		ctcreate --from "$file"
	# of the container itself
	printf 'namespaces=uts\n' >"$file"
	refused 1 "ctcreate: $file:1: of which container? [CONTAINER] must come first" ctcreate --from "$file"
	ctset "$CT_TOP/out" --from "$file"
	same "$(pin out uts)" "$(ns uts ctexec -c "$CT_TOP/out")"
}

@test "a file with a mistake, or a namespace that cannot be had: nothing is changed, the line is told" {
	make old
	described "[$CT_TOP/web]" 'namespaces=net' "[$CT_TOP/db]" 'namespaces=uts,nett'
	refused 1 "ctcreate: $file:6: 'nett' is no kind of namespace: net, uts, ipc, mnt, pid, user, cgroup, time, or all or none alone" \
		ctcreate --from "$file"
	described "[$CT_TOP/web]" 'namespaces=net' "[$CT_TOP/db]" 'namespaces=uts,net,uts'
	refused 1 "ctcreate: $file:6: uts stands there twice: a process has one uts namespace" ctcreate --from "$file"
	described "[$CT_TOP/web]" 'namespaces'
	refused 1 "ctcreate: $file:3: 'namespaces' is not NAME=VALUE" ctcreate --from "$file"
	described "[$CT_TOP/web]" 'namespaces='
	refused 1 "ctcreate: $file:3: '' is no kind of namespace: net, uts, ipc, mnt, pid, user, cgroup, time, or all or none alone" \
		ctcreate --from "$file"
	# what only the attempt tells
	described "[$CT_TOP/web]" 'namespaces=net' "[$CT_TOP/db]" "namespaces=net=$CT_TOP/old"
	refused 1 "ctcreate: $file:6: $CT_TOP/db: $CT_TOP/old names no net namespace" ctcreate --from "$file"
	described "[$CT_TOP/web]" "namespaces=net=$CT_TOP/db" "[$CT_TOP/db]" 'namespaces=net'
	run -1 ctcreate --from "$file"
	[[ $output == "ctcreate: $file:3: $CT_TOP/web: $CT_TOP/db: no such container in "* ]]
	described "[$CT_TOP/web]" 'namespaces=net' "[$CT_TOP/db]" 'namespaces=net=FILE:/etc/passwd'
	refused 1 "ctcreate: $file:6: $CT_TOP/db: /etc/passwd is no namespace" ctcreate --from "$file"
	[[ ! -d $CT_H1/$CT_TOP/web && ! -d $CT_H1/$CT_TOP/db ]]
	# and what was set before is put back
	make old uts
	described "[$CT_TOP/web]" 'namespaces=net' "[$CT_TOP/old]" "namespaces=net=$CT_TOP/web,ipc=$CT_TOP/old"
	refused 1 "ctcreate: $file:6: $CT_TOP/old: $CT_TOP/old names no ipc namespace" ctcreate --from "$file"
	run -1 ctset "$CT_TOP/old" --from "$file"
	[[ $output == "ctset: $file:6: $CT_TOP/old: $CT_TOP/web: no such container in "* ]]
	same old/uts "$(pins)"
}

# ---- What ctstat shows ----------------------------------------------------------

# number NAME TYPE: the inode number of what is pinned.
number() { stat -c %i "/run/ct/ns/$CT_TOP/$1/$2"; }

# cells OPTION...: without headings, one blank between.
cells() { ctstat --noheadings "$@" | sed 's/  */ /g; s/ $//'; }

@test "ctstat: the NS column, numbers in JSON, nothing where there are none, in the tree unasked" {
	ct_requires jq
	make a net,uts
	make a/b "net=$CT_TOP/a,ipc"
	make a/c
	same "$(printf '%s\n' "$CT_TOP" "$CT_TOP/a net,uts" "$CT_TOP/a/b net,ipc" "$CT_TOP/a/c")" "$(cells -r -o name,ns "$CT_TOP")"
	same "{\"net\":$(number a net),\"uts\":$(number a uts)}" "$(ctstat -J -o ns "$CT_TOP/a" | jq -c '.containers[0].ns')"
	same {} "$(ctstat -J -o name,ns "$CT_TOP/a/c" | jq -c '.containers[0].ns')"
	same "$CT_TOP empty
\`-a empty net,uts
 |-b empty net,ipc
 \`-c empty" "$(cells -T -o NAME,STATE,NS "$CT_TOP")"
	run -0 ctstat -T "$CT_TOP"
	[[ ${lines[0]} =~ STATE\ +NS$ && ${lines[1]} =~ ^$CT_TOP && ${lines[2]} =~ empty\ +net,uts$ ]]
	run -0 ctstat -TJ "$CT_TOP"
	same "$(number a/b net)" "$(jq '.containers[0].children[0].children[0].ns.net' <<<"$output")"
	run -0 ctstat -r "$CT_TOP"
	[[ ${lines[0]} == *STATE ]]
	# the other one by its inode, however it is named; in the order of the column
	same "$(printf '%s\n' "$CT_H1/$CT_TOP/a net,uts")" "$(cells -o name,ns "$CT_H1/$CT_TOP/a")"
	same "$(printf '%s\n' "$CT_TOP/a/c" "$CT_TOP/a/b net,ipc" "$CT_TOP/a net,uts")" \
		"$(cells --sort ns -o name,ns "$CT_TOP/a" "$CT_TOP/a/b" "$CT_TOP/a/c")"
	# a part of it, and in more looks than one
	same net,uts "$(cells -o ns --interval 0.05 -H "name=${CT_TEST_ID}_2" "$CT_TOP/a")"
}

@test "ctstat: a pin that somebody has unmounted, or replaced, is gone; of another container by that name it is none" {
	ct_requires jq
	make a net,uts,ipc
	umount "/run/ct/ns/$CT_TOP/a/net"
	umount "/run/ct/ns/$CT_TOP/a/uts"
	mount --bind /etc/passwd "/run/ct/ns/$CT_TOP/a/uts"
	umount "/run/ct/ns/$CT_TOP/a/ipc"
	mount --bind /proc/self/ns/uts "/run/ct/ns/$CT_TOP/a/ipc"
	same net:gone,uts:gone,ipc:gone "$(cells -o ns "$CT_TOP/a")"
	make a ipc
	same "{\"net\":\"gone\",\"uts\":\"gone\",\"ipc\":$(number a ipc)}" "$(ctstat -J -o ns "$CT_TOP/a" | jq -c '.containers[0].ns')"
	rm "/run/ct/ns/$CT_TOP/a/net"
	mkfifo "/run/ct/ns/$CT_TOP/a/net" # is not waited for
	same net:gone,uts:gone,ipc "$(timeout 5 ctstat --noheadings --raw -o ns "$CT_TOP/a")"
	rmdir "$CT_H1/$CT_TOP/a" "$CT_H2/$CT_TOP/a" "$CT_H3/$CT_TOP/a" "$CT_H4/$CT_TOP/a"
	mkdir "$CT_H1/$CT_TOP/a" "$CT_H2/$CT_TOP/a" "$CT_H3/$CT_TOP/a" "$CT_H4/$CT_TOP/a"
	same '' "$(cells -o ns "$CT_TOP/a")"
}

@test "ctstat: what is pinned is looked at only if it is asked for, and no descriptor is kept" {
	ct_requires strace
	for i in $(seq 20); do make "a$i" uts; done
	looks() { strace -f -e trace=%file -o "$BATS_TEST_TMPDIR/trace" "$@" >/dev/null && grep -c '/run/ct/ns\|/ns",' "$BATS_TEST_TMPDIR/trace" || true; }
	same 0 "$(looks ctstat -r "$CT_TOP")"
	same 0 "$(looks ctstat --openmetrics -r "$CT_TOP")"
	same 0 "$(looks ctstat --names "$CT_TOP")"
	[[ $(looks ctstat -r -o name,ns "$CT_TOP") -gt 20 ]]
	(ulimit -n 60 && same 20 "$(ctstat -r --noheadings -o ns "$CT_TOP" | grep -c uts)")
	# nor does who may not look at them see them
	same '' "$("${user[@]}" ctstat --noheadings -o ns "$CT_TOP/a1")"
}

# ---- pid ---------------------------------------------------------------------

@test "a pid namespace: the first command is process 1, others join it, with its end it ends" {
	needs_linux 6.11 # to pin a pid namespace
	make a pid
	ct_spawn ctexec -c "$CT_TOP/a" sleep 1000
	first=$(pgrep -P "$ct_pid")
	[[ $(grep NSpid "/proc/$first/status") == *$'\t1' ]]
	run -0 ctexec -c "$CT_TOP/a" sh -c 'echo $$; kill -0 1 && echo sees'
	[[ ${lines[0]} -gt 1 && ${lines[1]} == sees ]]
	run -0 ctexec --mount-proc -c "$CT_TOP/a" cat /proc/1/comm
	same sleep "$output"
	kill -KILL "$first"
	ends_with 137
	refused 125 "ctexec: $CT_TOP/a: its pid namespace has ended with its first process: no other can be born there" \
		ctexec -c "$CT_TOP/a" true
	ctexec -N none -c "$CT_TOP/a" true
}

@test "the fork for a pid namespace stays out of the way: status, death, place, ids" {
	needs_linux 6.11 # to pin a pid namespace
	make a
	enter=(ctexec -N pid=NEW -c "$CT_TOP/a")
	run -0 "${enter[@]}" true
	run -77 "${enter[@]}" sh -c 'exit 77'
	run -127 "${enter[@]}" no-such-command
	run -126 "${enter[@]}" /etc/passwd
	# the command is in the container, who waits for it is not
	ct_spawn "${enter[@]}" sleep 1000
	same "$(pgrep -P "$ct_pid")" "$(<"$CT_H1/$CT_TOP/a/cgroup.procs")"
	# a signal reaches it, and what ends it ends who waits
	kill -TERM "$(pgrep -P "$ct_pid")" # the first process of a namespace need not die of it
	kill -KILL "$(pgrep -P "$ct_pid")"
	ends_with 137
	make b pid
	ct_spawn ctexec -c "$CT_TOP/b" sleep 1000
	ct_spawn ctexec -c "$CT_TOP/b" sleep 1000
	kill -TERM "$ct_pid"
	ends_with 143
	# killed itself, it takes the command along
	ct_spawn ctexec -c "$CT_TOP/b" sleep 1000
	child=$(pgrep -P "$ct_pid")
	kill -KILL "$ct_pid"
	ct_wait_for ended "$child"
}

@test "who waits for a command in a pid namespace stays outside of all else" {
	needs_linux 6.11 # to pin a pid namespace
	make a pid,net,uts,mnt
	ct_spawn ctexec -c "$CT_TOP/a" sleep 1000
	for type in net uts mnt; do
		same "$(readlink /proc/self/ns/$type)" "$(readlink "/proc/$ct_pid/ns/$type")"
		same "$(pin a $type)" "$(readlink "/proc/$(pgrep -P "$ct_pid")/ns/$type")"
	done
}

@test "a user's container that root has given namespaces" {
	ct_requires rooted
	needs_linux 6.11 # to pin a pid namespace
	ctcreate -p -H "$CT_OWN" -a 65534:65534 -N user,pid,uts "$CT_TOP/mine"
	run -0 ctexec -c "$CT_TOP/mine" sh -c 'id -u; echo $$; hostname given; hostname'
	same "$(printf '0\n1\ngiven')" "$output"
}

# on_a_terminal COMMAND...: in the foreground of a shell with job control; ^Z, fg, ^C.
on_a_terminal() {
	local command
	printf -v command '%q ' "$@"
	cat >"$BATS_TEST_TMPDIR/session" <<-END
		trap : INT
		$command
		echo "status \$?"
		fg >/dev/null
		echo "status \$?"
		read -r line
		echo "read \$line"
	END
	: >"$BATS_TEST_TMPDIR/shown"
	keys | timeout 60 script -qec "bash --norc -m $BATS_TEST_TMPDIR/session" /dev/null >"$BATS_TEST_TMPDIR/shown"
	tr -d '\r' <"$BATS_TEST_TMPDIR/shown" | grep -o 'status.*\|^read.*'
}

# Each when what came before has had its effect.
# shellcheck disable=SC2317  # for ct_wait_for
keys() {
	sleeps() { ps -o stat=,args= -p "$(ct_below $$ | paste -s -d ,)" | grep -q '^S[^ ]* *sleep 300$'; }
	shows() { grep -q "$1" "$BATS_TEST_TMPDIR/shown"; }
	ct_wait_for sleeps
	printf '\032'
	ct_wait_for shows 'status 148'
	ct_wait_for sleeps
	printf '\003'
	ct_wait_for shows 'status 130'
	printf 'back\n'
	ct_wait_for shows '^read'
}

@test "job control on a terminal is as without it" {
	needs_linux 6.11 # to pin a pid namespace
	ct_requires script ps
	make a
	on_a_terminal sleep 300 >"$BATS_TEST_TMPDIR/plain"
	make b pid
	ct_spawn ctexec -c "$CT_TOP/b" sleep 1000
	on_a_terminal ctexec -c "$CT_TOP/b" sleep 300 >"$BATS_TEST_TMPDIR/joined"
	cat "$BATS_TEST_TMPDIR"/{plain,joined}
	same "$(printf '%s\n' 'status 148' 'status 130' 'read back')" "$(<"$BATS_TEST_TMPDIR/plain")"
	diff "$BATS_TEST_TMPDIR/plain" "$BATS_TEST_TMPDIR/joined"
}

# ---- root, wd, ids -----------------------------------------------------------

@test "--root, --wd, --setuid, --setgid, --mount-proc, --map-root-user" {
	ct_requires rooted
	make a
	mkdir -p "$BATS_TEST_TMPDIR/root/in" "$BATS_TEST_TMPDIR/root/proc"
	ct_requires cc
	echo 'int main(void) { return 42; }' >"$BATS_TEST_TMPDIR/x.c"
	cc -static -o "$BATS_TEST_TMPDIR/root/x" "$BATS_TEST_TMPDIR/x.c" || skip 'no static libc'
	run -42 ctexec --root "$BATS_TEST_TMPDIR/root" -c "$CT_TOP/a" /x
	# what is run need not be there outside
	run -42 ctexec -p -H "$CT_OWN" --root "$BATS_TEST_TMPDIR/root" -c "$CT_TOP/a/new" /x
	run -42 ctexec --root "$BATS_TEST_TMPDIR/root" --wd /in -c "$CT_TOP/a" ../x
	run -42 ctexec --root "$BATS_TEST_TMPDIR/root" --mount-proc -N pid=NEW -c "$CT_TOP/a" /proc/self/root/x
	same / "$(ctexec --wd / -c "$CT_TOP/a" pwd)"
	same "65534 12 12" "$(ctexec --setuid 65534 --setgid 12 -c "$CT_TOP/a" sh -c 'echo $(id -u; id -g; id -G)')"
	run -0 ctexec --map-root-user -c "$CT_TOP/a" sh -c 'id -u; cat /proc/self/setgroups'
	same "$(printf '0\ndeny')" "$output"
	run -0 ctexec -N pid=NEW --mount-proc -c "$CT_TOP/a" sh -c 'echo /proc/[0-9]*'
	[[ $output == '/proc/1' ]]
}

# ---- Not root ----------------------------------------------------------------

@test "uts, ipc, time and net with user by who is not root" {
	run "${user[@]}" unshare -Urui true
	((status == 0)) || skip 'users may make no user namespaces here'
	ctcreate -p -H "$CT_OWN" -a 65534:65534 "$CT_TOP/mine"
	run -0 "${user[@]}" ctexec -N user=NEW,uts=NEW,ipc=NEW,time=NEW,net=NEW -c "$CT_TOP/mine" \
		sh -c 'id -u; hostname mine && hostname; for t in user uts ipc time net; do readlink /proc/self/ns/$t; done'
	[[ ${lines[0]} == 0 && ${lines[1]} == mine ]]
	n=2
	for type in user uts ipc time net; do
		[[ ${lines[n]} == "$type:["* && ${lines[n]} != "$(readlink /proc/self/ns/$type)" ]]
		n=$((n + 1))
	done
	run -0 "${user[@]}" ctexec -N user=NEW,pid=NEW,mnt=NEW --mount-proc -c "$CT_TOP/mine" sh -c 'echo $$ /proc/[0-9]*'
	same '1 /proc/1' "$output"
}
