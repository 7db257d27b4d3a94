#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ctmount: mounts, lists and unmounts hierarchies, and leaves none behind.

load ../helpers
load common

setup_file() { common_setup; }
teardown_file() { common_teardown; }
setup() {
	ct_requires root named library:libmount
	name=${CT_TEST_ID}_m$BATS_TEST_NUMBER
	dir="$BATS_TEST_TMPDIR/dir"
	mkdir "$dir"
}
teardown() {
	system_clean
	# Whatever is still mounted below the test's directory, the last first.
	while read -r where; do
		umount "$(printf '%b' "$where")" || umount -l "$(printf '%b' "$where")"
	done < <(awk -v below="$BATS_TEST_TMPDIR/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | tac)
}

is_mounted() { awk -v where="${1// /\\\\040}" '$5 == where { found = 1 } END { exit !found }' /proc/self/mountinfo; }
is_active() { grep -q ":name=$1:" /proc/self/cgroup; }
not() { if "$@"; then return 1; fi; }

# quiet COMMAND...: it succeeds and says nothing.
quiet() {
	run -0 --separate-stderr "$@"
	[[ -z $output$stderr ]] || { echo "$output$stderr" && return 1; }
}

# The controllers that no hierarchy has and v2 does not offer: listed by the kernel's rules.
free_controllers() {
	local v2=
	[[ -z $CT_V2 ]] || v2=$(<"$CT_V2/cgroup.controllers")
	awk -v v2=" $v2 " 'NR > 1 && $2 == 0 && $4 == 1 && !index(v2, " " $1 " ") { print $1 }' /proc/cgroups
}

@test "--name mounts a hierarchy without controllers, -u unmounts it and it is gone" {
	quiet ctmount --name "$name" "$dir"
	is_mounted "$dir"
	is_active "$name"
	[[ -e $dir/cgroup.procs && -e $dir/release_agent ]]
	grep -F " $dir " /proc/self/mountinfo | grep -w nosuid | grep -w nodev | grep -w noexec
	quiet ctmount -u "$dir"
	not is_mounted "$dir"
	not is_active "$name"
}

@test "the list has it with its containers, processes and release agent" {
	quiet ctmount --name "$name" --release-agent /bin/true "$dir"
	[[ $(<"$dir/release_agent") == /bin/true ]]
	mkdir -p "$dir/a/b"
	ct_spawn sleep 1000
	echo "$ct_pid" >"$dir/a/b/cgroup.procs"
	run -0 --separate-stderr ctmount
	id=$(sed -n "s/^\([0-9]*\):name=$name:.*/\1/p" /proc/self/cgroup)
	grep -Ex " *$id +1 +name=$name +$dir +2 +1 +/bin/true" <<<"$output"
	[[ ${lines[0]} =~ ^\ *ID\ VERSION\ CONTROLLERS\ +MOUNTPOINT\ +CONTAINERS\ TASKS\ RELEASE-AGENT$ ]]
	run -0 ctmount --noheadings --output mountpoint,controllers
	grep -Ex "$dir +name=$name" <<<"$output"
}

@test "the list agrees with the kernel about every hierarchy" {
	ct_requires jq
	ids() { cut -d : -f 1 /proc/self/cgroup | sort -n; }
	agree() {
		before=$(ids)
		listed=$(ctmount -J --output ID | jq '.hierarchies[].id' | sort -nu)
		[[ $before == "$(ids)" ]] # somebody else may mount one meanwhile
	}
	ct_wait_for agree
	same "$before" "$listed"
	same "$(awk '/ - cgroup2? / { print $5 }' /proc/self/mountinfo | sort)" \
		"$(ctmount -J | jq -r '.hierarchies[].mountpoint | select(.)' | sort)"
}

@test "mount points with spaces, and what else is quoted in mountinfo" {
	strange="$BATS_TEST_TMPDIR/a b \\040"$'\t'"ü"
	mkdir "$strange"
	quiet ctmount --name "$name" "$strange"
	is_active "$name"
	mkdir "$strange/x"
	# The other commands find it there, by name and by path.
	quiet ctcreate -H "name=$name" x/y
	[[ -d $strange/x/y ]]
	quiet ctrm "$strange/x/y"
	[[ ! -d $strange/x/y ]]
	rmdir "$strange/x"
	quiet ctmount -u "$strange"
	not is_active "$name"
}

@test "a second mount of the same name is the same hierarchy; it goes with the last" {
	mkdir "$BATS_TEST_TMPDIR/second"
	quiet ctmount --name "$name" "$dir"
	quiet ctmount --name "$name" "$BATS_TEST_TMPDIR/second"
	[[ $(stat -c %d "$dir") == $(stat -c %d "$BATS_TEST_TMPDIR/second") ]]
	# The container is one, in one hierarchy.
	quiet ctcreate -H "name=$name" "$CT_TOP"
	quiet ctmount -u "$dir"
	is_active "$name"
	quiet ctrm "$CT_TOP"
	quiet ctmount -u "$BATS_TEST_TMPDIR/second"
	not is_active "$name"
}

@test "-u of several" {
	mkdir "$BATS_TEST_TMPDIR/second"
	ctmount --name "$name" "$dir"
	ctmount --name "${name}2" "$BATS_TEST_TMPDIR/second"
	fails_with 1 "ctmount: $BATS_TEST_TMPDIR: no hierarchy is mounted there; ctmount lists where they are" \
		ctmount -u "$dir" "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/second"
	not is_active "$name"
	not is_active "${name}2"
}

@test "-2 mounts v2 a second time, -u leaves the first" {
	ct_requires v2
	quiet ctmount -2 "$dir"
	[[ $(stat -c %d "$dir") == $(stat -c %d "$CT_V2") ]]
	quiet ctmount -u "$dir"
	not is_mounted "$dir"
	[[ -e $CT_V2/cgroup.procs ]]
}

@test "-o mounts a bound controller a second time, -u leaves the first" {
	ct_requires v1:pids
	first=$(ct_mountpoint pids)
	label=$(awk -F: '$2 ~ /(^|,)pids(,|$)/ { print $2 }' /proc/self/cgroup)
	quiet ctmount -o "$label" "$dir"
	[[ $(stat -c %d "$dir") == $(stat -c %d "$first") ]]
	quiet ctmount -u "$dir"
	[[ -e $first/cgroup.procs ]]
	grep -q ":$label:" /proc/self/cgroup
}

@test "-o mounts a free controller, with a name as well" {
	free=$(free_controllers | head -n 1)
	[[ -n $free ]] || skip 'every controller is bound to a hierarchy or offered by v2'
	quiet ctmount -o "$free" --name "$name" "$dir"
	grep -q ":$free,name=$name:" /proc/self/cgroup
	# Right after an rmdir.
	ctcreate -H "$free" "$CT_TOP"
	ctrm "$CT_TOP"
	quiet ctmount -u "$dir"
	not grep -q "[:,]${free}[:,]" /proc/self/cgroup
}

@test "--each mounts each free controller below DIR" {
	free=$(free_controllers)
	[[ -n $free ]] || skip 'every controller is bound to a hierarchy or offered by v2'
	quiet ctmount --each "$dir"
	same "$(sort <<<"$free")" "$(ls "$dir")"
	for controller in $free; do
		grep -q ":$controller:" /proc/self/cgroup
		is_mounted "$dir/$controller"
	done
	quiet ctmount -u "$dir"/*
	for controller in $free; do
		not is_mounted "$dir/$controller"
		not grep -q "[:,]${controller}[:,]" /proc/self/cgroup
	done
}

@test "--each where one cannot be mounted: none is, no directory is left" {
	ct_requires strace
	free=$(free_controllers)
	(($(wc -w <<<"$free") > 1)) || skip 'fewer than two controllers are free'
	last=$(tail -n 1 <<<"$free")
	: >"$dir/$last"
	fails_with 1 "ctmount: $dir/$last: it is not a directory" ctmount --each "$dir"
	same "$last" "$(ls "$dir")"
	for controller in $free; do
		not grep -q "[:,]${controller}[:,]" /proc/self/cgroup
	done
}

@test "--dry-run mounts nothing" {
	run -0 --separate-stderr ctmount -n --name "$name" "$dir"
	same "mount name=$name $dir" "$output"
	not is_mounted "$dir"
	not is_active "$name"
	ctmount --name "$name" "$dir"
	run -0 --separate-stderr ctmount -n -u "$dir"
	same "unmount $dir" "$output"
	is_mounted "$dir"
}

# ---- Refusals ----------------------------------------------------------------

@test "a controller that another hierarchy holds: which, where, and what to do" {
	ct_requires v1:cpu v1:pids
	status=0
	ctmount -o cpu,pids "$dir" 2>"$BATS_TEST_TMPDIR/error" || status=$?
	((status == 1))
	label=$(awk -F: '$2 ~ /(^|,)cpu(,|$)/ { print $2 }' /proc/self/cgroup)
	[[ $(<"$BATS_TEST_TMPDIR/error") == "ctmount: cpu is bound to hierarchy $label, "*"mounted at $(ct_mountpoint cpu) "*": use that one, or mount exactly '$label' a second time" ]]
	(($(wc -l <"$BATS_TEST_TMPDIR/error") == 1))
	not is_mounted "$dir"
}

@test "a name that a hierarchy with other controllers has" {
	free=$(free_controllers | head -n 1)
	[[ -n $free ]] || skip 'every controller is bound to a hierarchy or offered by v2'
	quiet ctmount --name "$name" "$dir"
	mkdir "$BATS_TEST_TMPDIR/second"
	status=0
	ctmount -o "$free" --name "$name" "$BATS_TEST_TMPDIR/second" 2>"$BATS_TEST_TMPDIR/error" || status=$?
	((status == 1))
	# It names the one that has the name, and where it is.
	grep -F "$name" "$BATS_TEST_TMPDIR/error" | grep -F "$dir" || { cat "$BATS_TEST_TMPDIR/error" && false; }
	not is_mounted "$BATS_TEST_TMPDIR/second"
	quiet ctmount -u "$dir"
}

@test "a controller that v2 hands down" {
	ct_requires v2
	handed=$(cut -d ' ' -f 1 "$CT_V2/cgroup.controllers")
	[[ -n $handed ]] || skip 'v2 has no controller here'
	ctcreate -H v2 "$CT_TOP"
	grep -qw "$handed" "$CT_V2/cgroup.subtree_control"
	status=0
	ctmount -o "$handed" "$dir" 2>"$BATS_TEST_TMPDIR/error" || status=$?
	((status == 1))
	(($(wc -l <"$BATS_TEST_TMPDIR/error") == 1))
	grep -w "$handed" "$BATS_TEST_TMPDIR/error" | grep -w v2 | grep cgroup.subtree_control ||
		{ cat "$BATS_TEST_TMPDIR/error" && false; }
	not is_mounted "$dir"
	grep -qw "$handed" "$CT_V2/cgroup.controllers"
}

@test "a controller that does not exist: which do" {
	there=$(awk 'NR > 1 { print $1 }' /proc/cgroups | paste -sd , | sed 's/,/, /g')
	fails_with 1 "ctmount: 'nonsense' is no controller of this kernel: there are $there" ctmount -o cpu,nonsense "$dir"
	not is_mounted "$dir"
}

@test "DIR is missing, is a file, is not given" {
	fails_with 1 "ctmount: $dir/missing: there is no such directory; mkdir makes it" ctmount --name "$name" "$dir/missing"
	: >"$dir/file"
	fails_with 1 "ctmount: $dir/file: it is not a directory" ctmount --name "$name" "$dir/file"
	fails_with 2 "ctmount: DIR is missing
Try 'ctmount --help' for more information." ctmount --name "$name"
	not is_active "$name"
}

@test "a release agent that is refused: the hierarchy is unmounted again, and gone" {
	agent=/$(printf '%5000s' '' | tr ' ' x)
	run -1 --separate-stderr ctmount --name "$name" --release-agent "$agent" "$dir"
	[[ -z $output && ${#stderr_lines[@]} == 1 ]]
	[[ $stderr == "ctmount: $dir: cannot set the release agent to '"*"': Argument list too long" ]]
	not is_mounted "$dir"
	not is_active "$name"
}

@test "-u of a place where nothing is mounted, of one that is in use" {
	fails_with 1 "ctmount: $dir: no hierarchy is mounted there; ctmount lists where they are" ctmount -u "$dir"
	ctmount --name "$name" "$dir"
	exec 7<"$dir"
	fails_with 1 "ctmount: $dir: in use: a process has its working directory or an open file there (fuser -m finds it)" \
		ctmount -u "$dir"
	exec 7<&-
	is_mounted "$dir"
	quiet ctmount -u "$dir"
}

@test "-u of another file system is refused" {
	mount -t tmpfs ct "$dir"
	fails_with 1 "ctmount: $dir: no hierarchy is mounted there; ctmount lists where they are" ctmount -u "$dir"
	is_mounted "$dir"
	umount "$dir"
}

# ---- What stays active -------------------------------------------------------

@test "-u with containers left says so; mounted again, they can be removed, and it is gone" {
	ctmount --name "$name" "$dir"
	ctcreate -p -H "name=$name" "$CT_TOP/a/b"
	run -0 --separate-stderr ctmount -u "$dir"
	[[ -z $output && ${#stderr_lines[@]} == 1 ]]
	[[ $stderr == "ctmount: $dir: the hierarchy stays active without a mount"*" 3 containers are left in it"* ]]
	not is_mounted "$dir"
	is_active "$name"
	run -0 ctmount
	grep -E "^ *[0-9]+ +1 +name=$name *$" <<<"$output"
	quiet ctmount --name "$name" "$dir"
	[[ -d $dir/$CT_TOP/a/b ]]
	quiet ctrm -r "$CT_TOP"
	quiet ctmount -u "$dir"
	not is_active "$name"
}

@test "-u right after an rmdir leaves nothing, ten times" {
	for i in {1..10}; do
		quiet ctmount --name "$name" "$dir"
		quiet ctcreate -p -H "name=$name" "$CT_TOP/a"
		quiet ctexec -c "$CT_TOP/a" true
		quiet ctrm -r "$CT_TOP"
		quiet ctmount -u "$dir"
		not is_active "$name" || { echo "round $i" && false; }
	done
}
