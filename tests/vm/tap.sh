# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# For the tests inside a guest. The shell is busybox: a start of a program costs 10 ms here, so tests are
# few and long.

# shellcheck disable=SC2034  # for the tests: where the hierarchies are
top=/sys/fs/cgroup
count=0

# try TITLE COMMAND [ARG...]: one test: the function runs in a shell of its own that ends at the first failure,
# and when it has failed its trace is told. "skip REASON" ends it too.
try()
{
	title=$1
	shift
	count=$((count + 1))
	(
		set -eux
		"$@"
	) >/tmp/said 2>&1 </dev/null
	status=$?
	clean >>/tmp/said 2>&1 || status=99
	case $status in
	0) echo "ok $count - $title" ;;
	77) echo "ok $count - $title # SKIP $(tail -n 1 /tmp/said)" ;;
	*)
		echo "not ok $count - $title"
		tail -n 40 /tmp/said | sed 's/^/# /'
		;;
	esac
}

plan()
{
	echo "1..$count"
}

skip()
{
	{ set +x; } 2>/dev/null
	echo "$*"
	exit 77
}

# says STATUS PATTERN COMMAND...: what it prints on both is one line like PATTERN, a shell's.
says()
{
	{ set +x; } 2>/dev/null
	wanted=$1 pattern=$2
	shift 2
	status=0
	said=$(timeout 100 "$@" 2>&1) || status=$?
	# shellcheck disable=SC2254  # it is a pattern
	case $status:$said in
	*"
"*) ;;
	$wanted:$pattern) set -x && return ;;
	esac
	echo "$*: status $status: $said"
	return 1
}

fails()
{
	if "$@"; then return 1; fi
}

# wait_for COMMAND...: for a minute, which is no bound: the machine below may have other things to do.
wait_for()
{
	{ set +x; } 2>/dev/null
	tries=0
	until "$@" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || return
		sleep 0.1
	done
	set -x
}

# start COMMAND...: in the background until the test ends; its id in $pid.
start()
{
	"$@" &
	pid=$!
	echo $pid >>/tmp/started
}

# find_roots: sets $roots, the directories that names count from, in the hierarchies that ct makes containers in, and
# for each controller its one, root_CONTROLLER. Under systemd names count from $below in each.
find_roots()
{
	roots=''
	while read -r mount version controllers; do
		if [ "$version" = 2 ]; then
			controllers=$(cat "$mount/cgroup.controllers")
			root_v2=$mount${below-}
		fi
		mount=$mount${below-}
		roots="$roots $mount"
		for controller in $(echo "$controllers" | tr , ' '); do
			eval "root_$controller=\$mount"
		done
	done <<-END
		$(awk '/ - cgroup2? / && !/[ ,]name=systemd(,|$)/ && !seen[$3]++ {
			print $5, (/ - cgroup2 / ? 2 : 1), $NF
		}' /proc/self/mountinfo)
	END
	# shellcheck disable=SC2034  # for the tests
	v1_freezer=${root_freezer-}
	: "${root_freezer=${root_v2-}}"
}

# everywhere NAME: there is such a container in all hierarchies. nowhere NAME: in none.
everywhere()
{
	for root in $roots; do [ -d "$root/$1" ] || return; done
}

nowhere()
{
	for root in $roots; do [ ! -e "$root/$1" ] || return; done
}

# is_in NAME PID...: in all hierarchies.
is_in()
{
	container=$1
	shift
	for root in $roots; do
		for task; do
			grep -qx "$task" "$root/$container/cgroup.procs" || return
		done
	done
}

# No process is in one container here and in another there. Of one that has ended v1 says that it is in the root.
unsplit()
{
	{ set +x; } 2>/dev/null
	grep . /proc/[0-9]*/cgroup 2>/dev/null | awk -F : -v below="${below-}" '
		$3 == "name=systemd" { next }
		{ path = substr($0, length($1 $2 $3) + 4) }
		index(path, below) == 1 { path = substr(path, length(below) + 1) }
		path !~ /^\/t(\/|$)/ { path = "/" }
		($1 in first) && path != first[$1] { print $1, $2, path, first[$1] }
		{ first[$1] = path }' >/tmp/split
	while read -r file number path other; do
		flags=$(sed 's/.*) //' "${file%cgroup}stat" 2>/dev/null | cut -d ' ' -f 7)
		[ $((${flags:-4} & 4)) != 0 ] || { echo "split: $file: $number $path and $other" && return 1; }
	done </tmp/split
	set -x
}

# What a test has started, and the container t, however they are.
clean()
{
	left=0
	[ ! -e /tmp/started ] || xargs -r -n 1 kill -KILL </tmp/started 2>/dev/null
	rm -f /tmp/started
	for root in $roots; do
		find "$root/t" -depth -type d 2>/dev/null | while read -r dir; do
			[ ! -e "$dir/freezer.state" ] || echo THAWED >"$dir/freezer.state"
			[ ! -e "$dir/cgroup.freeze" ] || echo 0 >"$dir/cgroup.freeze"
		done
		tries=0
		while [ $tries -lt 100 ]; do
			tries=$((tries + 1))
			[ -d "$root/t" ] || break
			find "$root/t" -name cgroup.procs -exec sh -c 'cat "$@" | xargs -r kill -KILL' sh {} +
			find "$root/t" -depth -type d -exec rmdir {} \; && break
			sleep 0.1
		done 2>/dev/null
		[ ! -d "$root/t" ] || left=1
	done
	return $left
}
