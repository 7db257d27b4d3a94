#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The main job, shown on this machine: two hierarchies of its own beside those that are
# there, one container in all of them, a command run in it, a running process moved in,
# all of it ended and removed. Every command is printed before it runs and can be typed
# as it stands. Nothing is left behind, also when it is interrupted.
set -eu

if [ "$(id -u)" != 0 ]; then
	echo 'quickstart: mounting hierarchies and making containers needs root' >&2
	exit 1
fi
if [ "${1-}" != inside ]; then
	# what is mounted from here on is seen by this script and its children alone
	set -- unshare --mount --propagation private -- sh "$0" inside
	if [ -d /run/systemd/system ]; then
		# systemd owns v2, and gives us a part of it as long as we run; we go into a leaf of that
		set -- systemd-run --quiet --scope -p Delegate=yes ctclone -H v2 -c quickstart "$@"
	fi
	exec "$@"
fi

# A reader that has gone (| head) ends it like any other interruption.
run() {
	printf '\n$ %s\n' "$*" || exit
	"$@"
}

web=web
made=
dir=
sleeper=
v2=
enabled=

# ctcreate enables controllers for the children of v2's root: those it added go again.
restore_v2() {
	[ -n "$v2" ] || return 0
	# shellcheck disable=SC2013 # words are what is wanted
	for controller in $(cat "$v2/cgroup.subtree_control"); do
		case " $enabled " in
		*" $controller "*) ;;
		*) echo "-$controller" >"$v2/cgroup.subtree_control" ;;
		esac
	done
}

clean_up() {
	status=$?
	trap '' INT TERM HUP QUIT PIPE
	trap - EXIT
	[ -z "$sleeper" ] || kill -KILL "$sleeper" 2>/dev/null || :
	if [ -n "$made" ] && ctstat "$web" >/dev/null 2>&1; then
		ctkill -r -d "$web" || status=1
	fi
	for name in blue green; do
		[ ! -e "$dir/$name/tasks" ] || ctmount -u "$dir/$name" || status=1
	done
	restore_v2 || status=1
	if [ -n "$dir" ]; then
		umount "$dir" 2>/dev/null || :
		rmdir "$dir" || status=1
	fi
	exit $status
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap 'exit 131' QUIT
trap 'exit 141' PIPE

v2=$(ctmount --noheadings --output VERSION,MOUNTPOINT | awk '$1 == 2 { print $2; exit }')
[ -z "$v2" ] || enabled=$(cat "$v2/cgroup.subtree_control")
dir=$(mktemp -d)
mount -t tmpfs -o mode=700 ct-quickstart "$dir"
mkdir "$dir/blue" "$dir/green"

echo '# Two hierarchies of our own, next to those this machine has:'
run ctmount --name "blue$$" "$dir/blue"
run ctmount --name "green$$" "$dir/green"
run ctmount

printf '\n# One container, made in all of them, or in none:\n'
# A name that is taken is somebody's, and left alone.
until error=$(ctcreate "$web" 2>&1); do
	case $error in
	*'exists already'*) web=ct-demo-$web ;;
	*) echo "$error" >&2 && exit 1 ;;
	esac
done
made=1
printf '\n$ ctcreate %s\n' "$web"
run ctcreate "$web/frontend"

printf '\n# A command in it sees itself there in every hierarchy:\n'
run ctexec -c "$web/frontend" cat /proc/self/cgroup

printf '\n# A process that runs already is moved in:\n'
printf '\n$ sleep 1000 &\n'
sleep 1000 &
sleeper=$!
run ctattach -c "$web/frontend" "$sleeper"
run cat "/proc/$sleeper/cgroup"
run ctstat -r "$web"

printf '\n# All of it is ended, then removed:\n'
run ctkill -r "$web"
wait "$sleeper" 2>/dev/null || :
sleeper=
run ctstat -r "$web"
run ctrm -r "$web"
run ctmount -u "$dir/blue"
run ctmount -u "$dir/green"
printf '\n# That was the main job. Read on: README, man ct, man ct-containers.\n'
