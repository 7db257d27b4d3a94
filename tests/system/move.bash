# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154  # what the tests share
#
# For the tests of the move, after "load ../helpers" and "load common":
#
#	setup_file()    { move_setup; }
#	teardown_file() { common_teardown; }
#	setup()         { move_requires; }
#	teardown()      { system_clean; }
#
# Everything that is moved runs below $CT_TOP in v2, where "places" (places.c) holds it still to
# count it. "lay named" makes the containers $CT_TOP/old and $CT_TOP/new in the four named
# hierarchies, "lay all" in all of the machine's; $hierarchies and $mounts are those.

move_setup() {
	common_setup
	build workload
	build places
	build remains
}

# Where what is moved is in the freezing hierarchies, unless these are a part of the move.
homes() {
	local hierarchy mount
	CT_HOMES=()
	for hierarchy in v2 freezer; do
		if mount=$(ct_mountpoint $hierarchy); then CT_HOMES+=("$mount/$CT_TOP/home"); fi
	done
}

lay() {
	local mount
	homes
	mkdir -p "${CT_HOMES[@]}"
	case $1 in
	named)
		hierarchies=$CT_OWN
		mounts=$(printf '%s\n' "$CT_H1" "$CT_H2" "$CT_H3" "$CT_H4")
		while read -r mount; do mkdir -p "$mount/$CT_TOP/old" "$mount/$CT_TOP/new"; done <<<"$mounts"
		;;
	all)
		hierarchies=$(labels)
		mounts=$CT_MOUNTS
		ctcreate -p "$CT_TOP/old" "$CT_TOP/new"
		;;
	esac
}

# A word for each of CT_MOUNTS, with commas between.
labels() {
	awk '/ - cgroup2 / { word = "v2" }
		/ - cgroup / { word = $0; sub(/.* - cgroup [^ ]* /, "", word); n = split(word, words, ",")
			for (i = 1; i <= n; i++)
				if (words[i] != "rw" && words[i] != "none" && words[i] != "xattr") { word = words[i]; break } }
		/ - cgroup2? / && !/[ ,]name=(systemd|elogind|openrc)(,|$)/ && !seen[$3]++ { print word }' \
		/proc/self/mountinfo | paste -s -d ,
}

# start COMMAND...: in $CT_TOP/old of all the $mounts; its pid is in $ct_pid.
start() {
	local -a lists=("${CT_HOMES[@]/%//cgroup.procs}")
	local mount
	while read -r mount; do lists+=("$mount/$CT_TOP/old/cgroup.procs"); done <<<"$mounts"
	# shellcheck disable=SC2016  # for the inner shell
	ct_spawn sh -c 'while [ "$1" != -- ]; do echo $$ >"$1" || exit; shift; done; shift; exec "$@"' \
		sh "${lists[@]}" -- "$@" >"$BATS_TEST_TMPDIR/said"
	ct_wait_for began "$1"
}

began() {
	case $1 in
	*/workload | */threads) [[ -s $BATS_TEST_TMPDIR/said ]] ;;
	*) [[ $(<"/proc/$ct_pid/comm") != sh ]] ;;
	esac
}

# kill_threads: of those below $CT_TOP one by one, who is still there when it is its turn: where this much is
# forked, a number is another's within seconds.
kill_threads() {
	local tid there
	while read -r tid; do
		there=
		{ IFS= read -r -d '' there <"/proc/$tid/cgroup"; } 2>/dev/null || true
		[[ $there != *"0::/$CT_TOP"* ]] || kill -KILL "$tid" 2>/dev/null || true
	done < <(find "$CT_V2/$CT_TOP" -name cgroup.threads -exec cat {} + 2>/dev/null)
}

# stop: all that runs below $CT_TOP.
stop() {
	local i
	for ((i = 0; i < 1000; i++)); do
		# Written again: what is born in the middle of a kill may outlive it.
		echo 1 >"$CT_V2/$CT_TOP/cgroup.kill"
		grep -q 'populated 1' "$CT_V2/$CT_TOP/cgroup.events" || return 0
		# A process whose leader has ended is passed over.
		((i < 50)) || kill_threads
		sleep 0.002
	done
	echo 'what ran would not end' && return 1
}

# work MODE [COUNT]: such a workload.
work() {
	start "$BATS_FILE_TMPDIR/workload" "$@"
	[[ $(<"$BATS_TEST_TMPDIR/said") == ready ]] || skip "$(<"$BATS_TEST_TMPDIR/said"): $1"
}

# children PID: those it has.
children() { ps -o pid= --ppid "$1" | tr -d ' '; }

# whole [WHAT]: each task below $CT_TOP is in new in all $hierarchies, or in old in all of them;
# WHAT as places.c takes it. Counted while all stand still.
whole() {
	local counted
	counted=$(timeout 60 "$BATS_FILE_TMPDIR/places" "$CT_TOP" "$hierarchies" "$CT_TOP/old" \
		"$CT_TOP/new" "${1-}") || { echo "$counted" && return 1; }
}

# chase ARGUMENT...: ctattach -r of what may run away from it for as long as -t allows: then it has
# to say so, and to have moved nothing. Returns 2 if it did.
chase() {
	local said status=0
	said=$(timeout -k 1 60 ctattach "$@" 2>&1 3>&-) || status=$?
	[[ $status != 0 || -n $said ]] || return 0
	[[ $status == 1 && $said == *'processes appear faster than they can be held still'* ]] && return 2
	echo "ctattach $*: status $status: $said"
	return 1
}

# attach ARGUMENT...: ctattach, which must say nothing and end in time. A busy machine may need longer
# than two seconds to hold something still.
attach() {
	local said status=0
	said=$(timeout -k 1 60 ctattach -t 40 "$@" 2>&1 3>&-) || status=$?
	[[ $status == 0 && -z $said ]] || { echo "ctattach $*: status $status: $said" && return 1; }
}

# Where every thread is: of the processes, or of all below $CT_TOP in v2. Hierarchies that are not
# mounted here come and go, and are left out.
threads_of() {
	local -a files=()
	local pid ids
	# shellcheck disable=SC2046  # numbers
	(($#)) || set -- $(find "$CT_V2/$CT_TOP" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -n)
	for pid; do files+=("/proc/$pid/task"/*/cgroup); done
	ids=$(awk '/ - cgroup / { sub(/.* - cgroup [^ ]* /, ""); print }' /proc/self/mountinfo)
	grep -sH '' "${files[@]}" | awk -F: -v mounts="$ids" '
		BEGIN { gsub(/[\n,]/, " ", mounts); mounts = " " mounts " " }
		{ split($3, words, ","); if ($3 == "" || index(mounts, " " words[1] " ")) print }'
}

# remains [MILLISECONDS [CGROUP...]]: nothing is left of a move after that time (0), but that CGROUP
# is frozen.
remains() {
	local limit=${1-0} mount
	local -a ours=() options=()
	shift $(($# > 0))
	while (($#)); do options+=(-x "$1") && shift; done
	while read -r mount; do ours+=("$mount/$CT_TOP"); done <<<"$CT_MOUNTS"
	timeout 60 "$BATS_FILE_TMPDIR/remains" "$limit" "${options[@]}" "${ours[@]}"
}

# points ARGUMENT...: the system calls of such a move, which is done, from the guard's birth to
# the last: "SYSCALL COUNT" a line, as strace counts them.
points() {
	timeout 60 strace -qq -o "$BATS_TEST_TMPDIR/calls" ctattach "$@" 3>&- || return
	sed -n 's/^\([a-z_0-9]*\)(.*/\1/p' "$BATS_TEST_TMPDIR/calls" | awk '
		{ count[$1]++ }
		begun && $1 != "exit_group" && $1 != "restart_syscall" { print $1, count[$1] }
		$1 ~ /clone|fork/ { begun = 1 }
		END { exit !begun }'
}

# struck SYSCALL COUNT WHAT ARGUMENT...: ctattach, with WHAT (signal=SIGKILL, error=EIO) at that
# call; the guard is not struck. What it said is in $BATS_TEST_TMPDIR/struck.
struck() {
	local call=$1 count=$2 what=$3
	shift 3
	# In a shell of its own, which does not say who was killed.
	(timeout 60 strace -qq -o /dev/null -e trace="$call" -e inject="$call:$what:when=$count" \
		ctattach "$@" >"$BATS_TEST_TMPDIR/struck" 2>&1 3>&-) 2>/dev/null
}

# halt SYSCALL COUNT ARGUMENT...: ctattach in the background, stopped at that call; sets $tracer,
# $mover and $guard. "go_on" lets it go on, and sets $status.
halt() {
	local call=$1:$2
	shift 2
	halted "$call" ctattach "$@" >"$BATS_TEST_TMPDIR/halted" 2>&1 || { cat "$BATS_TEST_TMPDIR/halted" && return 1; }
	mover=$halted
	guard=$(children "$mover")
}

# In which of old and new all is, whole.
side() {
	if whole old >/dev/null; then
		echo old
	elif whole new >/dev/null; then
		echo new
	else
		whole
		return 1
	fi
}

# move_requires NEED...: and what all these tests need.
move_requires() {
	ct_requires root named v2 cc "$@"
	mkdir -p "$CT_V2/$CT_TOP" # for the next two, in case that the machine has no other
	ct_requires freeze kill
}
