#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What cannot be had of namespaces: one line that says which rule and what to do, nothing changed.

load ../helpers
load common
load ns

setup_file() { anyone_setup; }
teardown_file() { common_teardown; }
setup() { ns_setup; }
teardown() { system_clean; }

kinds='net, uts, ipc, mnt, pid, user, cgroup, time, or all or none alone'

@test "a kind that there is not, an empty list, a kind twice, no source" {
	make a net
	for command in "ctcreate -H $CT_OWN" "ctexec -c $CT_TOP/a" "ctclone -H $CT_OWN"; do
		name=${command%% *} status=2
		read -ra words <<<"$command"
		more="
Try '$name --help' for more information."
		refused $status "$name: --namespaces: 'nett' is no kind of namespace: $kinds$more" "${words[@]}" -N nett "$CT_TOP/new"
		refused $status "$name: --namespaces: '' is no kind of namespace: $kinds$more" "${words[@]}" -N '' "$CT_TOP/new"
		refused $status "$name: --namespaces: net stands there twice: a process has one net namespace$more" \
			"${words[@]}" -N net,uts,net=NEW "$CT_TOP/new"
		refused $status "$name: --namespaces: 'net=' has no source: NEW, a container, PID:NUMBER or FILE:PATH$more" \
			"${words[@]}" -N net= "$CT_TOP/new"
		refused $status "$name: --namespaces: 'net=FILE:' has no path$more" "${words[@]}" -N net=FILE: "$CT_TOP/new"
		refused $status "$name: --namespaces: PID:0x1 is no process$more" "${words[@]}" -N net=PID:0x1 "$CT_TOP/new"
	done
}

@test "a container that names none, or not that kind, or is not there" {
	make a
	make b uts
	refused 125 "ctexec: $CT_TOP/a: it names no namespace of the kind net: ctcreate -p -N pins one, net=NEW makes one for the command alone" \
		ctexec -N net -c "$CT_TOP/a" true
	refused 125 "ctexec: $CT_TOP/b: it names no namespace of the kind net: ctcreate -p -N pins one, net=NEW makes one for the command alone" \
		ctexec -N uts,net -c "$CT_TOP/b" true
	refused 1 "ctcreate: $CT_TOP/new: $CT_TOP/b names no net namespace" \
		ctcreate -p -H "$CT_OWN" -N "uts=$CT_TOP/b,net=$CT_TOP/b" "$CT_TOP/new"
	run -1 ctcreate -p -H "$CT_OWN" -N "net=$CT_TOP/none" "$CT_TOP/new"
	[[ $output == "ctcreate: $CT_TOP/new: $CT_TOP/none: no such container in "* ]]
	run -1 ctcreate -p -H "$CT_OWN" -N "net=../x" "$CT_TOP/new"
	[[ $output == *"not a container name: '..' would leave the path"* ]]
	[[ ! -d $CT_H1/$CT_TOP/new ]]
}

@test "it has one of that kind" {
	make a net
	refused 1 "ctcreate: $CT_TOP/a: it names a net namespace already (number $(stat -c %i "/run/ct/ns/$CT_TOP/a/net"))" \
		ctcreate -p -H "$CT_OWN" -N uts,net "$CT_TOP/a"
}

@test "a file that is no namespace, or one of another kind; a pipe is not waited for, nor opened" {
	make a
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	ct_spawn sh -c "echo for another >'$BATS_TEST_TMPDIR/pipe'"
	writer=$ct_pid
	for file in /etc/passwd /dev/null "$BATS_TEST_TMPDIR/pipe" /; do
		refused 1 "ctcreate: $CT_TOP/new: $file is no namespace" ctcreate -H "$CT_OWN" -N "net=FILE:$file" "$CT_TOP/new"
		refused 125 "ctexec: $CT_TOP/a: $file is no namespace" ctexec -N "net=FILE:$file" -c "$CT_TOP/a" true
	done
	sleep 0.1
	alive "$writer" # it would have been rid of it
	refused 1 "ctcreate: $CT_TOP/new: /proc/self/ns/uts is a uts namespace, not a net one" \
		ctcreate -H "$CT_OWN" -N net=FILE:/proc/self/ns/uts "$CT_TOP/new"
	refused 1 "ctcreate: $CT_TOP/new: cannot open /nowhere: No such file or directory" \
		ctcreate -H "$CT_OWN" -N net=FILE:/nowhere "$CT_TOP/new"
}

@test "a process of another user, one that is not there" {
	ctcreate -p -H "$CT_OWN" -a 65534:65534 "$CT_TOP/mine"
	ct_spawn sleep 1000
	refused 125 "ctexec: $CT_TOP/mine: the namespaces of process $ct_pid are not yours to take: it takes its owner, or root" \
		"${user[@]}" ctexec -N "net=PID:$ct_pid" -c "$CT_TOP/mine" true
	refused 125 "ctexec: $CT_TOP/mine: there is no process 2147483647, or it has no net namespace" \
		ctexec -N net=PID:2147483647 -c "$CT_TOP/mine" true
}

@test "a container of another user, and what a user may not" {
	ct_requires rooted
	make a net
	ctcreate -p -H "$CT_OWN" -a 65534:65534 "$CT_TOP/mine"
	user=(ctexec -c "$CT_TOP/mine" "${user[@]}") # who is there need not go back
	refused 125 "ctexec: $CT_TOP/mine: $CT_TOP/a names no net namespace" \
		"${user[@]}" ctexec -N "net=$CT_TOP/a" -c "$CT_TOP/mine" true
	refused 125 "ctexec: $CT_TOP/mine: cannot make new namespaces (uts): only root (CAP_SYS_ADMIN) may, or who makes a user namespace with it (user)" \
		"${user[@]}" ctexec -N uts=NEW -c "$CT_TOP/mine" true
	refused 125 "ctexec: $CT_TOP/mine: cannot enter its uts namespace: it takes root, or the owner of the user namespace that it belongs to, in that" \
		"${user[@]}" ctexec -N uts=FILE:/proc/self/ns/uts -c "$CT_TOP/mine" true
	mkdir -m 700 "$BATS_TEST_TMPDIR/runtime"
	chown 65534:65534 "$BATS_TEST_TMPDIR/runtime"
	chmod 711 "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/.." "$CT_TEST_DIR/tmp" "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
	refused 1 "ctcreate: $CT_TOP/mine/b: cannot pin namespaces: to mount them takes root (CAP_SYS_ADMIN); ctexec -N user=NEW,... runs a command in new ones that last as long as it does" \
		"${user[@]}" env XDG_RUNTIME_DIR="$BATS_TEST_TMPDIR/runtime" ctcreate -H "$CT_OWN" -N user "$CT_TOP/mine/b"
	[[ ! -d $CT_H1/$CT_TOP/mine/b && ! -d $BATS_TEST_TMPDIR/runtime/ct/ns ]]
}

@test "a pin that somebody has unmounted" {
	make a net,uts
	where=/run/ct/ns/$CT_TOP/a/net
	umount "$where"
	refused 125 "ctexec: $CT_TOP/a: its net namespace is gone: nothing of that kind is mounted on $where (any more, or in this mount namespace); ctcreate -p -N net pins a new one, -N without net leaves it out" \
		ctexec -c "$CT_TOP/a" true
	refused 1 "ctcreate: $CT_TOP/new: $CT_TOP/a: its net namespace is gone: nothing of that kind is mounted on $where (any more, or in this mount namespace); ctcreate -p -N net pins a new one, -N without net leaves it out" \
		ctcreate -H "$CT_OWN" -N "net=$CT_TOP/a" "$CT_TOP/new"
	same "$(pin a uts)" "$(ns uts ctexec -N uts -c "$CT_TOP/a")"
	make a net
	same "$(pin a net)" "$(ns net ctexec -c "$CT_TOP/a")"
	# by something else
	umount "$where"
	mount --bind /etc/passwd "$where"
	run -125 ctexec -c "$CT_TOP/a" true
	[[ $output == "ctexec: $CT_TOP/a: its net namespace is gone: "*"ctcreate -p -N net pins a new one"* ]]
	make a net
	same "$(pin a net)" "$(ns net ctexec -c "$CT_TOP/a")"
}

@test "all of them unmounted at once: then no container names any" {
	make a net
	umount -l /run/ct/ns
	same "$(readlink /proc/self/ns/net)" "$(ns net ctexec -c "$CT_TOP/a")"
	make a uts
	same a/uts "$(pins)"
}

@test "a symbolic link among the pins is not followed" {
	make a net
	make b uts
	umount "/run/ct/ns/$CT_TOP/a/net"
	rm "/run/ct/ns/$CT_TOP/a/net"
	ln -s "/proc/$$/ns/net" "/run/ct/ns/$CT_TOP/a/net"
	refused 125 "ctexec: $CT_TOP/a: cannot open its net namespace: Too many levels of symbolic links" ctexec -c "$CT_TOP/a" true
	mv "/run/ct/ns/$CT_TOP/a" "/run/ct/ns/$CT_TOP/moved"
	ln -s moved "/run/ct/ns/$CT_TOP/a"
	same "$(readlink /proc/self/ns/net)" "$(ns net ctexec -c "$CT_TOP/a")"
}

@test "a new user namespace from inside a chroot" {
	make a
	mkdir "$BATS_TEST_TMPDIR/root"
	mount --rbind / "$BATS_TEST_TMPDIR/root"
	rule='the kernel makes no user namespace inside of a chroot, nor where its settings forbid it to users (user.max_user_namespaces, unprivileged_userns_clone)'
	refused 125 "ctexec: $CT_TOP/a: cannot make new namespaces (user): $rule" \
		chroot "$BATS_TEST_TMPDIR/root" "$(type -P ctexec)" -N user=NEW -c "$CT_TOP/a" true
	refused 1 "ctcreate: $CT_TOP/b: cannot make new namespaces (user,net): $rule" \
		chroot "$BATS_TEST_TMPDIR/root" "$(type -P ctcreate)" -H "$CT_OWN" -N user,net "$CT_TOP/b"
	umount -l "$BATS_TEST_TMPDIR/root"
}

@test "a cgroup namespace does not begin at what is frozen, and nobody waits for that" {
	ct_requires v2
	mkdir "$CT_V2/$CT_TOP" # for the next, in case that the machine has no other
	ct_requires freeze
	ctcreate -p -H v2 "$CT_TOP/a"
	ctfreeze "$CT_TOP/a"
	why='cannot make a cgroup namespace that begins there: it is frozen in v2, where nothing gets on; ctfreeze -u thaws it'
	refused 1 "ctcreate: $CT_TOP/a: $why" ctcreate -p -H v2 -N net,cgroup "$CT_TOP/a"
	refused 1 "ctcreate: $CT_TOP/a/b: $why" ctcreate -H v2 -N cgroup "$CT_TOP/a/b"
	ctfreeze -u "$CT_TOP/a"
	# what is frozen from the start is so only after it
	timeout 60 ctcreate -H v2 -s cgroup.freeze=1 -N cgroup "$CT_TOP/a/c"
	same a/c/cgroup "$(pins)"
	ctset "$CT_TOP/a/c" >"$BATS_TEST_TMPDIR/saved"
	ctrm "$CT_TOP/a/c"
	timeout 60 ctcreate --from "$BATS_TEST_TMPDIR/saved"
	same a/c/cgroup "$(pins)"
	grep -x 'frozen 1' "$CT_V2/$CT_TOP/a/c/cgroup.events"
}

@test "ctexec that cannot enter goes back in all hierarchies, and nothing is run" {
	ct_requires rooted
	make a
	make b
	refused 125 "ctexec: $CT_TOP/a: cannot make /nowhere the root: No such file or directory" \
		ctexec --root /nowhere -c "$CT_TOP/a" touch "$BATS_TEST_TMPDIR/ran"
	refused 125 "ctexec: $CT_TOP/a/new: cannot make /nowhere the working directory: No such file or directory" \
		ctexec -p -H "$CT_OWN" --wd /nowhere -N pid=NEW -c "$CT_TOP/a/new" touch "$BATS_TEST_TMPDIR/ran"
	refused 125 "ctexec: $CT_TOP/a: cannot become user 7, which the user namespace does not map" \
		ctexec --map-root-user --setuid 7 -c "$CT_TOP/a" touch "$BATS_TEST_TMPDIR/ran"
	refused 125 "ctexec: $CT_TOP/a: --map-root-user makes a new user namespace, and another one is to be entered: leave that out by -N" \
		ctexec --map-root-user -N user=FILE:/proc/self/ns/user -c "$CT_TOP/a" touch "$BATS_TEST_TMPDIR/ran"
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
}
