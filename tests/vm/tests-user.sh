# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154  # tap.sh sets them
# A user who is not root, in a scope that the systemd of his own delegates to him. No D-Bus, no session of logind.

v2=${root_v2%"${below-}"}
own=/run/user/1000
manager=user.slice/user-1000.slice/user@1000.service

prepare_user()
{
	echo 'alice:x:1000:1000::/tmp:/bin/sh' >>/etc/passwd
	echo 'alice:x:1000:' >>/etc/group
	mkdir -p /etc/systemd/system/user@1000.service.d
	# in place of PAM and logind
	cat >/etc/systemd/system/user@1000.service.d/guest.conf <<-END
		[Service]
		PAMName=
		Environment=XDG_RUNTIME_DIR=$own
	END
	cat >/etc/systemd/system/user-runtime-dir@1000.service <<-END
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/bin/sh -c 'mkdir -p -m 755 /run/user && mkdir -m 700 $own && chown 1000:1000 $own'
	END
	systemctl daemon-reload
	systemctl start user@1000.service
}

# as_alice FILE: a script, in a scope of her own as "systemd-run --user --scope" makes it. What asks for that is in
# a service of hers, as a shell that was started by a desktop would be.
as_alice()
{
	rm -f /tmp/alice.status /tmp/alice.said
	cat >/tmp/alice.sh <<-END
		systemd-run --quiet --user --scope -p Delegate=yes sh -eux $1 >/tmp/alice.said 2>&1 </dev/null
		echo \$? >/tmp/alice.status
	END
	su alice -c "XDG_RUNTIME_DIR=$own systemd-run --quiet --user --collect sh /tmp/alice.sh"
	wait_for test -s /tmp/alice.status
	cat /tmp/alice.said
	[ "$(cat /tmp/alice.status)" = 0 ]
}

# What is not hers: systemd's directories, with owners and what is handed down, and who is where.
not_hers()
{
	find "$v2" -type d ! -path "$v2/$manager/*" -exec stat -c '%n %u %g %a' {} + | grep -v '/run-[^/]*\.s' | sort
	cat "$v2/cgroup.subtree_control" "$v2/user.slice/cgroup.subtree_control"
}

uses_all_of_it()
{
	not_hers >/tmp/before
	cat >/tmp/uses.sh <<'END'
. /tests/tap.sh
v2=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
unit=$(sed -n 's/^0:://p' /proc/self/cgroup)
[ "$(id -u)" = 1000 ]
case $unit in */user@1000.service/app.slice/run-*.scope) ;; *) exit 9 ;; esac
# a shell in the root of the scope, where controllers cannot be handed down yet
says 1 'ctcreate: t: cannot enable * for the children of * in v2: it holds processes itself: ctcreate --leaf moves them into a container below it first, *' ctcreate t
ctcreate --leaf t
grep -q "^0::$unit/leaf\$" /proc/self/cgroup
[ "$(stat -c %u "$v2$unit/t")" = 1000 ]
ctcreate -p t/a t/b
# executes, as itself and as a child
says 0 "0::$unit/t/a" ctexec -c t/a cat /proc/self/cgroup
says 7 '' ctexec -f -c t/a sh -c 'exit 7'
# moves, with what is forked meanwhile
ctexec -c t/a sh -c 'while :; do sleep 0.01; done' >/dev/null 2>&1 &
wait_for grep -q "^0::$unit/t/a\$" /proc/$!/cgroup
for to in b a b; do
	ctattach -r -c t/$to $!
	grep -q "^0::$unit/t/$to\$" /proc/$!/cgroup
done
ctattach --freeze --from t/b -c t/a
grep -q "^0::$unit/t/a\$" /proc/$!/cgroup
[ -d "$XDG_RUNTIME_DIR/ct" ]
[ ! -e "$XDG_RUNTIME_DIR/ct/journal" ]
# freezes, sets, shows
ctfreeze t/a
says 0 frozen ctstat --raw --noheadings -o STATE t/a
ctfreeze -u t/a
ctset t/a memory.max=64M pids.max=50 cpu.weight=50
[ "$(cat "$v2$unit/t/a/memory.max")" = 67108864 ]
says 0 50 ctset t/a pids.max
ctstat -r | grep '^t/a '
says 1 'ctwait: t/a: *' ctwait -t 0 t/a
# goes by itself; the mark is hers
ctexec -p -d -c t/c true
wait_for test ! -e "$v2$unit/t/c"
# kills and removes
ctkill -r -d t
[ ! -e "$v2$unit/t" ]
says 0 '' ctclone -c x true
END
	as_alice /tmp/uses.sh
	[ ! -e /run/ct/reap ]
	not_hers | cmp - /tmp/before
}

# What root has given her elsewhere: the kernel wants the container above both.
names_the_ancestor()
{
	mkdir "$v2/given"
	chown 1000:1000 "$v2/given" "$v2/given"/cgroup.procs "$v2/given"/cgroup.threads "$v2/given"/cgroup.subtree_control
	cat >/tmp/names.sh <<'END'
. /tests/tap.sh
v2=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
rule="no permission in v2: $v2/cgroup.procs, of the nearest container above both it and the task, is not writable"
ctcreate --leaf t
ctexec -c t sleep 100 >/dev/null 2>&1 &
unit=$(sed -n 's/^0:://p' /proc/self/cgroup)
wait_for grep -q /t\$ /proc/$!/cgroup
says 1 "ctattach: $v2/given: *$rule" ctattach -c "$v2/given" $!
grep -q /t\$ /proc/$!/cgroup
says 125 "ctexec: $v2/given: $rule" ctexec -c "$v2/given" echo it runs
says 1 "ctattach: $v2/system.slice: no permission in v2: $v2/system.slice/cgroup.procs is not writable" ctattach -c "$v2/system.slice" $!
says 1 "ctset: $v2/given: pids.max=5: no permission to write *" ctset "$v2/given" pids.max=5
says 1 "ctmount: $XDG_RUNTIME_DIR: mounting needs root (CAP_SYS_ADMIN)" ctmount --name x "$XDG_RUNTIME_DIR"
says 1 'ctcreate: y: cannot make new namespaces (net): only root (CAP_SYS_ADMIN) may, *' ctcreate -N net y
ctkill -d t
END
	as_alice /tmp/names.sh
	rmdir "$v2/given"
}

# Not in a unit that is hers, whether root has a part or not: the way there.
shows_the_way()
{
	systemctl start ct-root.service
	says 1 'ctcreate: t: cannot create it in v2: no write permission for *; systemd-run --user --scope -p Delegate=yes COMMAND runs a command, *' su alice -c 'ctcreate t'
	systemctl stop ct-root.service
	says 1 'ctcreate: t: v2 belongs to systemd here: systemd-run --user --scope -p Delegate=yes COMMAND runs a command, *' su alice -c 'ctcreate t'
	systemctl start ct-root.service
}

# A hierarchy of v1 beside v2, which is root's.
leaves_out_v1()
{
	mkdir -p /tmp/named
	mount -t cgroup -o none,name=named named /tmp/named
	cat >/tmp/leaves.sh <<'END'
. /tests/tap.sh
v2=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
unit=$(sed -n 's/^0:://p' /proc/self/cgroup)
says 1 'ctcreate: t: cannot create it in name=named: no write permission for /tmp/named*; -H v2 leaves it out' ctcreate --leaf t
[ ! -e "$v2$unit/t" ]
says 0 '' ctcreate --leaf -H v2 t
[ -d "$v2$unit/t" ]
ctrm t
END
	as_alice /tmp/leaves.sh
	umount /tmp/named
}

try 'a user: the manager' prepare_user
try 'a user: makes, executes, moves, freezes, sets, shows, kills' uses_all_of_it
try 'a user: what is not allowed, by which file or capability' names_the_ancestor
try 'a user: beside what is root'"'"'s' leaves_out_v1
try 'a user: outside of a unit of his own' shows_the_way
