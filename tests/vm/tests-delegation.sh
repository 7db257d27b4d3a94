# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154  # tap.sh sets them
# v2 mounted with nsdelegate, as systemd has it: a cgroup namespace is a boundary that nobody passes from within,
# root neither. The namespaces here begin at t/a.

rule='v2 is mounted with nsdelegate, and from within a cgroup namespace nothing passes its root'
mount=${root_v2%"${below-}"}

# With the mount of outside, and with one that was made inside, all of which is the namespace's.
cat >/tmp/inside <<END
#!/bin/sh
exec ctexec -N cgroup=NEW -c t/a "\$@"
END
cat >/tmp/remounted <<END
#!/bin/sh
exec ctexec -N cgroup=NEW,mnt=NEW -c t/a sh -c 'umount -l $mount && mount -t cgroup2 none $mount && CT_ROOT=$mount exec "\$@"' sh "\$@"
END
chmod 755 /tmp/inside /tmp/remounted

# refused STATUS PATTERN COMMAND...: from within t/a; nothing changes.
refused()
{
	status=$1 pattern=$2
	shift 2
	before=$(state)
	says "$status" "$pattern" /tmp/inside "$@"
	[ "$before" = "$(state)" ]
	[ ! -e /run/ct/journal ]
}

# What is there, where the two are, and what is set.
state()
{
	find "$root_v2/t" -type d | sort
	cat "/proc/$within/cgroup" "/proc/$outside/cgroup"
	ctset -r t
}

makes_two()
{
	grep -q "^[^ ]* $mount cgroup2 [^ ]*nsdelegate" /proc/mounts
	ctcreate -p t/a t/b
	start sleep 100
	within=$pid
	start sleep 100
	outside=$pid
	ctattach -c t/a "$within"
	ctattach -c t/b "$outside"
}

moves_nobody_through()
{
	makes_two
	for way in '' --no-freeze; do
		# shellcheck disable=SC2086
		refused 1 "ctattach: t/b: process $within: refused in v2: $root_v2/t/b lies outside of this cgroup namespace: $rule; run it from outside" \
			ctattach $way -c t/b "$within"
		# shellcheck disable=SC2086
		refused 1 "ctattach: t/a: process $outside: refused in v2: it is in /../b, outside of this cgroup namespace: $rule; move it from outside" \
			ctattach $way -c t/a "$outside"
	done
	refused 1 'ctattach: t/b: nothing can hold the tasks still *' ctattach -c t/b --from t/a
	# from outside it is no matter
	ctattach -c t/b "$within"
	ctattach -c t/a --from t/b
	is_in t/a "$within" "$outside"
}

executes_nobody_through()
{
	makes_two
	refused 125 "ctexec: t/b: refused in v2: $root_v2/t/b lies outside of this cgroup namespace: $rule; run it from outside" \
		ctexec -c t/b echo it runs
	refused 125 "ctexec: t/b: refused in v2: $root_v2/t/b lies outside of this cgroup namespace: $rule; run it from outside" \
		ctexec -f -c t/b echo it runs
	refused 125 "ctexec: t/c: refused in v2: $root_v2/t/c lies outside of this cgroup namespace: $rule; run it from outside" \
		ctexec -p -c t/c echo it runs
}

# A new container beside is no move; limits of the root itself are.
sets_from_outside()
{
	makes_two
	refused 1 'ctset: t/a: memory.max=67108864: refused in v2: it is the root of this cgroup namespace, *(mounted with nsdelegate)* only from outside: run it there' \
		ctset t/a memory.max=64M pids.max=5
	# where the kernel does not tell that the caller is in it
	refused 1 'ctfreeze: t/a: it holds ct itself, * run it from outside, *' ctfreeze t/a
	refused 1 'ctfreeze: t: it holds ct itself, * run it from outside, *' ctfreeze t
	refused 1 'ctkill: t/a: it holds ct itself, * run it from outside, *' ctkill t/a
	refused 1 'ctkill: t: it holds ct itself, * run it from outside, *' ctkill -r t
	says 0 '' /tmp/inside ctcreate t/c
	says 0 '' /tmp/inside ctset t/c pids.max=5
	ctset t/a memory.max=64M pids.max=50
}

# All of ct is to be had below the root of the namespace.
works_within()
{
	makes_two
	# shellcheck disable=SC2016  # for the shell inside
	says 0 'x y 0::/y' timeout 20 /tmp/remounted sh -c 'set -e
		ctcreate -H v2 --leaf x y
		sleep 100 >/dev/null 2>&1 &
		ctattach -c x $!
		ctattach -c y --from x
		ctset y memory.max=64M pids.max=50
		ctfreeze y
		ctfreeze -u y
		echo $(ctstat --raw --noheadings -o NAME x y) $(cat /proc/$!/cgroup)
		ctkill -d y
		ctexec -c x true'
	[ -d "$root_v2/t/a/x" ]
	[ ! -e "$root_v2/t/a/y" ]
}

case $(cat /proc/mounts) in
*" $mount cgroup2 "*nsdelegate*) ;;
*)
	mount -o remount,nsdelegate "$mount"
	undo="mount -o remount $mount"
	;;
esac
try 'nsdelegate: ctattach' moves_nobody_through
try 'nsdelegate: ctexec' executes_nobody_through
try 'nsdelegate: what is set, frozen and ended from outside alone' sets_from_outside
try 'nsdelegate: within a namespace' works_within
${undo-}
