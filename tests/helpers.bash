# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For every .bats file: "load ../helpers". tests/run sets CT_BIN (the directory under test,
# first in PATH), CT_VARIANT ("", asan, coverage) and CT_SOURCE (the source tree); without it
# the plain build is taken, so that "bats tests/cli/x.bats" works as well.

CT_SOURCE=${CT_SOURCE-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
CT_BIN=${CT_BIN-$CT_SOURCE/build/bin}
CT_VARIANT=${CT_VARIANT-}
[[ :$PATH: == *":$CT_BIN:"* ]] || PATH=$CT_BIN:$PATH
export CT_SOURCE CT_BIN CT_VARIANT PATH LC_ALL=C
bats_require_minimum_version 1.8.0

# ct_mountpoint v1|v2|CONTROLLER|name=NAME: the first mount point of such a hierarchy.
ct_mountpoint() {
	local line options type where
	while read -r line; do
		read -r _ _ _ _ where _ <<<"$line"
		read -r type _ options <<<"${line##* - }"
		case $1:$type in
		v2:cgroup2 | v1:cgroup) ;;
		*:cgroup) [[ ,$options, == *",$1,"* ]] || continue ;;
		*) continue ;;
		esac
		printf '%b\n' "$where"
		return 0
	done </proc/self/mountinfo
	return 1
}

# Why NEED is not to be had here; nothing if it is.
ct_lacks() {
	local file
	case $1 in
	root) ((EUID == 0)) || echo 'not root' ;;
	user) ((EUID == 0)) && ! command -v setpriv >/dev/null && echo 'setpriv is not installed' ;;
	v1) ct_mountpoint v1 >/dev/null || echo 'no v1 hierarchy is mounted' ;;
	v2) ct_mountpoint v2 >/dev/null || echo 'no v2 hierarchy is mounted' ;;
	hybrid) ct_lacks v1 || ct_lacks v2 ;;
	named)
		grep -qw cgroup /proc/filesystems || echo 'this kernel has no cgroup v1'
		grep -Eq '(^| )cgroup_no_v1=([^ ]*,)?(named|all)' /proc/cmdline &&
			echo 'the kernel command line forbids named hierarchies'
		;;
	freezer) ct_mountpoint freezer >/dev/null || echo 'no v1 freezer is mounted' ;;
	freeze | kill | pressure)
		file=$(ct_mountpoint v2) || { echo 'no v2 hierarchy is mounted' && return; }
		[[ $1 != pressure ]] || set -- memory.pressure
		# The root has none of them: any cgroup below it will do.
		compgen -G "$file/*/cgroup.$1" >/dev/null || compgen -G "$file/*/$1" >/dev/null ||
			echo "the v2 hierarchy has no cgroup.$1, or no cgroup to see it in"
		;;
	v1:*) ct_mountpoint "${1#*:}" >/dev/null || echo "no v1 hierarchy has ${1#*:}" ;;
	v2:*)
		file=$(ct_mountpoint v2)/cgroup.controllers
		grep -qsw "${1#*:}" "$file" || echo "the v2 hierarchy has no ${1#*:}"
		;;
	rooted)
		# in a chroot setns(2) leads out of it, and the kernel makes no user namespace
		[[ $(nsenter --mount=/proc/self/ns/mnt stat -c %d:%i / 2>&1) == "$(stat -c %d:%i /)" ]] || echo 'this is a chroot'
		;;
	plain) [[ -z $CT_VARIANT ]] || echo "not meaningful in the $CT_VARIANT build" ;;
	library:*)
		compgen -G "/lib*/*/${1#*:}.so.*" >/dev/null ||
			compgen -G "/lib*/${1#*:}.so.*" >/dev/null ||
			compgen -G "/usr/lib*/${1#*:}.so.*" >/dev/null || echo "${1#*:} is not installed"
		;;
	*) command -v "$1" >/dev/null || echo "$1 is not installed" ;;
	esac
	return 0
}

# ct_requires NEED...: skip the test unless each is there. Anything but the words above is
# a command.
ct_requires() {
	local need reason
	for need; do
		reason=$(ct_lacks "$need")
		[[ -z $reason ]] || skip "${reason%%$'\n'*}"
	done
}

# ---- System tests ------------------------------------------------------------
#
#	setup_file()    { system_setup; }
#	teardown_file() { system_teardown; }
#	setup()         { ct_requires root named; }
#	teardown()      { system_clean; }
#
# A file has the mount namespace to itself. It finds four named hierarchies at $CT_H1 to
# $CT_H4, an empty state directory, and $CT_TOP: the name that its containers are to have, or
# to lie below, in every hierarchy; by it they are known and removed. tests/run sweeps up
# again from outside when the file is done or has been killed.

system_setup() {
	local i
	export CT_TOP=${CT_TEST_ID-} CT_H1 CT_H2 CT_H3 CT_H4 CT_RUN
	if [[ -z ${CT_TEST_ID-} || ${CT_TEST_NAMESPACE-} != "$(readlink /proc/self/ns/mnt)" ]]; then
		echo "system tests touch the machine: run them by 'tests/run FILE'" >&2
		return 1
	fi
	[[ -z $(ct_lacks named) ]] || return 0
	mkdir -p "$CT_TEST_DIR/mnt"
	mount -t tmpfs ct "$CT_TEST_DIR/mnt"
	for i in 1 2 3 4; do
		mkdir "$CT_TEST_DIR/mnt/h$i"
		mount -t cgroup -o "none,name=${CT_TEST_ID}_$i" cgroup "$CT_TEST_DIR/mnt/h$i"
		printf -v "CT_H$i" %s "$CT_TEST_DIR/mnt/h$i"
	done
	# Not made if it is not there: to remove it would end the mounts that others have on it.
	CT_RUN=/run/ct
	[[ -d /run/ct ]] || CT_RUN=/run
	mount -t tmpfs -o mode=755 ct $CT_RUN
	[[ -d /run/ct ]] || mkdir -m 755 /run/ct
	list_mounts >"$CT_TEST_DIR/mounts"
}

# Ends the processes of this file's containers, those of ct_spawn, and what a test that failed has
# left in the background; removes the containers, and what the test has mounted.
system_clean() {
	[[ -n ${CT_TEST_ID-} ]] || return 0
	[[ -z ${BATS_TEST_TMPDIR-} ]] || end_jobs
	[[ ! -e $CT_TEST_DIR/mounts ]] || restore_mounts
	"$CT_SOURCE/tests/sweep" --keep "$CT_TEST_ID"
}

# ct_below PID: its children, theirs, and so on.
ct_below() {
	local pid
	for pid in $(pgrep -P "$1"); do
		echo "$pid"
		ct_below "$pid"
	done
}

# A mover that was halted has the lock, and the next test would wait for it. Its guard is spared,
# which puts back what was moved.
end_jobs() {
	local pid i guards=()
	for pid in $(ct_below $$); do
		case $(cat "/proc/$pid/comm" 2>/dev/null) in
		ct-guard) guards+=("$pid") ;;
		*) kill -KILL "$pid" 2>/dev/null || true ;;
		esac
	done
	for pid in "${guards[@]}"; do
		for ((i = 0; i < 250; i++)); do
			[[ $(cat "/proc/$pid/comm" 2>/dev/null) == ct-guard ]] || break
			sleep 0.02
		done
	done
}

list_mounts() { cut -d ' ' -f 1,5 /proc/self/mountinfo; }

# What is mounted hides containers, and is no matter of the tests that follow.
restore_mounts() {
	local i where
	list_mounts | grep -vxFf "$CT_TEST_DIR/mounts" | tac | while read -r _ where; do
		umount -l "$(printf '%b' "$where")" 2>/dev/null || true # gone with the one it was in
	done
	for i in 1 2 3 4; do
		where=$CT_TEST_DIR/mnt/h$i
		mountpoint -q "$where" || mount -t cgroup -o "none,name=${CT_TEST_ID}_$i" cgroup "$where"
	done
}

system_teardown() {
	[[ -n ${CT_H1-} ]] || return 0
	system_clean || return
	# Unmounted right after an rmdir, a hierarchy would stay behind.
	sleep 0.05
	umount "$CT_H1" "$CT_H2" "$CT_H3" "$CT_H4" || umount -l "$CT_H1" "$CT_H2" "$CT_H3" "$CT_H4"
	umount "$CT_TEST_DIR/mnt" "$CT_RUN"
}

# ct_spawn COMMAND...: in the background; its pid is in $ct_pid. It ends with the test. Returns
# when COMMAND has begun: until then the child holds the descriptors of bats, which waits for
# whoever has them, and a child frozen so early would have them for ever. If COMMAND only prepares
# for another one, that has begun.
ct_spawn() {
	local i
	{ "$@" & } 3>&-
	ct_pid=$!
	[[ -z ${CT_TEST_DIR-} ]] ||
		echo "$ct_pid $(sed 's/.*) //' "/proc/$ct_pid/stat" | cut -d ' ' -f 20)" >>"$CT_TEST_DIR/pids"
	[[ $(type -t "$1") == file ]] || return 0
	for ((i = 0; i < 1000; i++)); do
		ct_has_begun "$ct_pid" && return 0
		sleep 0.01
	done
}

# Process $1 is no copy of this shell any more, nor what prepares for a command: that may also be
# its child.
ct_has_begun() {
	local stat child
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	[[ ${stat##*) } != [ZX]* ]] || return 0
	! cmp -s "/proc/$1/cmdline" "/proc/$BASHPID/cmdline" || return 1
	stat=${stat#*(}
	case ${stat%)*} in
	ctexec | ctclone | env | nice | nsenter | setpriv | unshare) ;;
	*) return 0 ;;
	esac
	for child in $(pgrep -P "$1"); do
		! ct_has_begun "$child" || return 0
	done
	return 1
}

# ct_wait_for COMMAND...: until it succeeds, for a minute at most: it is no bound on what is tested,
# and a machine may stand still for longer than one would think.
ct_wait_for() {
	local i
	for ((i = 0; i < 3000; i++)); do
		"$@" && return
		sleep 0.02
	done
	echo "still not true after a minute: $*" >&2
	return 1
}
