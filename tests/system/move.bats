#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The move: whatever forks meanwhile, all hierarchies or none.

load ../helpers
load common
load move

setup_file() { move_setup; }
teardown_file() { common_teardown; }
setup() { move_requires; }
teardown() { system_clean; }

freezers() {
	echo v2
	[[ -n $(ct_lacks freezer) ]] || echo v1
}

# back_and_forth TIMES HOW FREEZER: the workload $ct_pid, counted after each move.
back_and_forth() {
	local i to from chased
	for ((i = 0; i < $1; i++)); do
		to=new from=old
		((i % 2 == 0)) || to=old from=new
		case $2 in
		pid)
			attach --freezer "$3" -c "$CT_TOP/$to" "$ct_pid" || return
			# What had been forked before stays, whole; the process itself is there.
			if [[ $to == new ]]; then whole "$ct_pid"; else whole; fi || return
			;;
		chased)
			chased=0
			chase --freezer "$3" -c "$CT_TOP/$to" -r "$ct_pid" || chased=$?
			case $chased in
			0) whole $to || return ;;
			2) whole && remains && return ;;
			*) return 1 ;;
			esac
			;;
		descendants)
			attach --freezer "$3" -c "$CT_TOP/$to" -r "$ct_pid" || return
			whole $to || return
			;;
		from)
			attach --freezer "$3" -c "$CT_TOP/$to" --from "$CT_TOP/$from" || return
			whole $to || return
			;;
		esac
		remains || return
	done
}

# moves MODE [COUNT]: by PID, with the descendants, and as a whole container; over four named
# hierarchies, and over all of the machine's; with either freezer.
moves() {
	local layout freezer how
	for layout in named all; do
		lay $layout
		for freezer in $(freezers); do
			for how in pid ${descendants-descendants} from; do
				work "$@"
				back_and_forth "${times-4}" "$how" "$freezer" ||
					{ echo "in $layout by $how with $freezer" && return 1; }
				kill -0 "$ct_pid" || return # it works still
				stop || return
			done
		done
	done
}

@test "a process that forks as fast as it can" { moves fork; }
@test "one that vforks" { moves vfork; }
@test "one that spawns" { moves posix_spawn; }
@test "one that executes itself again and again" { moves exec; }
@test "one that starts threads" { moves threads; }
@test "one whose thread executes" { moves thread-exec; }
@test "one whose leader has ended, and each thread starts the next" { moves relay; }
@test "a tree that keeps growing" { moves tree; }
# Each link lives for less than a look takes: to be caught is a matter of luck.
@test "a chain: each forks the next one and ends" { descendants=chased moves chain; }
@test "forty that sleep" { moves sleepers 40; }

@test "a shell loop" {
	lay named
	for freezer in $(freezers); do
		for how in pid descendants from; do
			start "$(type -P bash)" -c 'while :; do /bin/true | /bin/true; done'
			back_and_forth 6 $how "$freezer"
			stop
		done
	done
}

@test "a fork bomb, held at 300 by pids.max" {
	build bomb
	lay named
	limit=$CT_TEST_DIR/mnt/limit
	if pids=$(ct_mountpoint pids); then
		mkdir "$pids/$CT_TOP"
		CT_HOMES+=("$pids/$CT_TOP")
		echo 300 >"$pids/$CT_TOP/pids.max"
		limit=$pids/$CT_TOP/pids.max
	else
		ct_requires v2:pids
		echo +pids >"$CT_V2/cgroup.subtree_control"
		echo 300 >"$CT_V2/$CT_TOP/pids.max"
		limit=$CT_V2/$CT_TOP/pids.max
	fi
	for freezer in $(freezers); do
		for how in descendants from; do
			start "$(type -P nice)" -n 19 "$BATS_FILE_TMPDIR/bomb" "$limit"
			sleep 0.1
			if [[ $how == from ]]; then
				timing
				attach --freezer "$freezer" -t 40 -c "$CT_TOP/new" --from "$CT_TOP/old"
				# As long as all of them fork, each write to a cgroup waits for that.
				(($(timed) <= 3000)) || { echo "it took $(timed) ms" && false; }
				untimed
				whole new
			else
				# It adopts no orphans: what has lost its parent is none of its descendants.
				attach --freezer "$freezer" -t 40 -c "$CT_TOP/new" -r "$ct_pid"
				whole "$ct_pid"
			fi
			remains
			stop
		done
	done
}

@test "v2 is reached where it is not mounted, and the mount table stays as it is" {
	lay named
	for mode in fork tree threads; do
		work $mode
		for to in new old new old; do
			# shellcheck disable=SC2016  # for the inner shell
			timeout 60 unshare --mount --propagation private sh -c '
				while read -r _ _ _ _ where _; do
					[ "$where" != "$1" ] || umount -l "$where"
				done </proc/self/mountinfo
				awk "/ - cgroup2 / { exit 1 }" /proc/self/mountinfo || exit 9
				cut -d " " -f 3- /proc/self/mountinfo >"$4.before"
				ctattach -c "$2" -r "$3" || exit
				cut -d " " -f 3- /proc/self/mountinfo | diff "$4.before" -' \
				sh "$CT_V2" "$CT_TOP/$to" "$ct_pid" "$BATS_TEST_TMPDIR/mounts" 3>&-
			whole $to
			remains
		done
		stop
	done
}

@test "only the chosen hierarchies: -H, and the rest is not touched" {
	lay named
	work fork
	two=name=${CT_TEST_ID}_2,name=${CT_TEST_ID}_4
	others=name=${CT_TEST_ID}_1,name=${CT_TEST_ID}_3
	for _ in 1 2 3; do
		attach -c "$CT_TOP/new" -H "$two" -r "$ct_pid"
		hierarchies=$two whole new
		hierarchies=$others whole old
		attach -c "$CT_TOP/old" -H "$two" --from "$CT_TOP/new"
		whole old
	done
}

@test "bystanders run on: what is beside, above and below is neither held nor moved" {
	lay named
	mkdir -p "$CT_V2/$CT_TOP/home/below"
	start sleep 1000
	beside=$ct_pid
	start sleep 1000
	below=$ct_pid
	echo "$below" >"$CT_V2/$CT_TOP/home/below/cgroup.procs"
	work fork
	before=$(threads_of "$beside" "$below")
	# Each v2 freeze and thaw of a task wakes it: its context switches tell.
	switches() { grep -h ctxt_switches "/proc/$beside/status" "/proc/$below/status"; }
	counted=$(switches)
	for to in new old new old; do attach -c "$CT_TOP/$to" -r "$ct_pid"; done
	same "$before" "$(threads_of "$beside" "$below")"
	same "$counted" "$(switches)"
}

@test "what --from takes: what the container holds, not what is below it" {
	lay all
	start sleep 1000
	inside=$ct_pid
	start sleep 1000
	below=$ct_pid
	while read -r mount; do
		mkdir -p "$mount/$CT_TOP/old/leaf"
		[[ ! -e $mount/$CT_TOP/old/leaf/cpuset.mems ]] ||
			for file in cpuset.cpus cpuset.mems; do
				cat "$mount/$CT_TOP/old/$file" >"$mount/$CT_TOP/old/leaf/$file"
			done
		echo "$below" >"$mount/$CT_TOP/old/leaf/cgroup.procs"
	done <<<"$mounts"
	attach -c "$CT_TOP/new" --from "$CT_TOP/old"
	is_in "$CT_TOP/new" "$inside"
	is_in "$CT_TOP/old/leaf" "$below"
	remains
}

# ---- Oneself -----------------------------------------------------------------

@test "a shell moves itself: ctattach \$\$" {
	lay named
	for freezer in $(freezers); do
		# shellcheck disable=SC2016  # for the inner shell
		start "$(type -P bash)" -c 'read -r go <"$3"; for i in 1 2 3; do
				ctattach --freezer "$1" -c "$2/new" $$ && ctattach --freezer "$1" -c "$2/old" $$
			done && ctattach --freezer "$1" -c "$2/new" $$ && echo done; exec sleep 1000' \
			bash "$freezer" "$CT_TOP" <(sleep 0.1; echo)
		ct_wait_for grep -q 'done' "$BATS_TEST_TMPDIR/said"
		whole new
		remains
		stop
	done
}

@test "and with what it has started: -r \$\$, without ct itself" {
	lay named
	for freezer in $(freezers); do
		# shellcheck disable=SC2016  # for the inner shell
		start "$(type -P bash)" -c 'sleep 1000 & sleep 1000 & read -r go <"$3"
			ctattach --freezer "$1" -c "$2/new" -r $$ && echo done; wait' \
			bash "$freezer" "$CT_TOP" <(sleep 0.1; echo)
		ct_wait_for grep -q 'done' "$BATS_TEST_TMPDIR/said"
		whole new
		[[ $(sort -u "$CT_H1/$CT_TOP/new/tasks" | wc -l) == 3 ]]
		remains
		stop
	done
}

@test "a shell moves all of its container, itself too: --from" {
	lay named
	# shellcheck disable=SC2016  # for the inner shell
	start "$(type -P bash)" -c 'sleep 1000 & read -r go <"$2"
		ctattach -c "$1/new" --from "$1/old" && echo done; wait' bash "$CT_TOP" <(sleep 0.1; echo)
	ct_wait_for grep -q 'done' "$BATS_TEST_TMPDIR/said"
	ct_wait_for whole new
	remains
}

@test "what reads the output may be among the moved" {
	lay named
	# shellcheck disable=SC2016  # for the inner shell
	start "$(type -P bash)" -c 'read -r go <"$2"
		ctattach -v -c "$1/new" -r $$ 2>&1 | while read -r line; do :; done; echo done; exec sleep 1000' \
		bash "$CT_TOP" <(sleep 0.1; echo)
	ct_wait_for grep -q 'done' "$BATS_TEST_TMPDIR/said"
	whole new
	remains
}

# ---- Threads -----------------------------------------------------------------

# Sets $ct_pid and $tids.
three_threads() {
	build threads
	lay named
	start "$BATS_FILE_TMPDIR/threads" 4 "$@"
	tids=()
	for tid in "/proc/$ct_pid/task"/*; do
		[[ ${tid##*/} == "$ct_pid" ]] || tids+=("${tid##*/}")
	done
}

@test "single threads: -T" {
	for freezer in $(freezers); do
		three_threads
		attach --freezer "$freezer" -c "$CT_TOP/new" -T "${tids[0]}" "${tids[2]}"
		for h in "$CT_H1" "$CT_H2" "$CT_H3" "$CT_H4"; do
			same "$(printf '%s\n' "${tids[0]}" "${tids[2]}" | sort -n)" "$(sort -n "$h/$CT_TOP/new/tasks")"
			same "$(printf '%s\n' "$ct_pid" "${tids[1]}" | sort -n)" "$(sort -n "$h/$CT_TOP/old/tasks")"
		done
		whole
		remains
		# The leader alone is a thread as well.
		attach --freezer "$freezer" -c "$CT_TOP/new" -T "$ct_pid"
		same "$(printf '%s\n' "$ct_pid" "${tids[0]}" "${tids[2]}" | sort -n)" "$(sort -n "$CT_H4/$CT_TOP/new/tasks")"
		whole
		remains
		stop
	done
}

@test "a process whose leader has ended is moved by its threads" {
	for layout in named all; do
		for freezer in $(freezers); do
			three_threads exit
			ct_wait_for grep -q '^State:.Z' "/proc/$ct_pid/status"
			lay $layout
			while read -r mount; do
				echo "${tids[0]}" >"$mount/$CT_TOP/old/cgroup.procs"
			done <<<"$mounts"
			attach --freezer "$freezer" -c "$CT_TOP/new" "$ct_pid"
			whole new || { echo "in $layout with $freezer" && false; }
			attach --freezer "$freezer" -c "$CT_TOP/old" --from "$CT_TOP/new"
			whole old || { echo "back in $layout with $freezer" && false; }
			remains
			stop
		done
	done
}

@test "whose threads are all others when the lock is there is the same process" {
	ct_requires strace
	lay named
	work relay
	timeout 60 strace -qq -o /dev/null -e trace=flock -e inject=flock:delay_enter=200000:when=1 \
		ctattach -c "$CT_TOP/new" -r "$ct_pid" 3>&-
	whole new
	remains
}

@test "threads scattered over v1 containers are gathered" {
	for freezer in $(freezers); do
		three_threads
		mkdir -p "$CT_H1/$CT_TOP/other" "$CT_H3/$CT_TOP/other"
		echo "${tids[0]}" >"$CT_H1/$CT_TOP/other/tasks"
		echo "${tids[1]}" >"$CT_H3/$CT_TOP/other/tasks"
		if [[ $freezer == v1 ]]; then
			mkdir -p "$(ct_mountpoint freezer)/$CT_TOP/other"
			echo "${tids[2]}" >"$(ct_mountpoint freezer)/$CT_TOP/other/tasks"
		fi
		where=$(threads_of "$ct_pid" | grep :freezer:) || true
		attach --freezer "$freezer" -c "$CT_TOP/new" "$ct_pid"
		whole new
		remains
		# It is no part of the move: there each thread is back where it was.
		same "$where" "$(threads_of "$ct_pid" | grep :freezer:)"
		stop
	done
}

# ---- States ------------------------------------------------------------------

state() { sed -n 's/^State:.\(.\).*/\1/p' "/proc/$1/status"; }
is() { [[ $(state "$1") == "$2" ]]; }

@test "a stopped process stays stopped, a traced one traced" {
	lay named
	for freezer in $(freezers); do
		for mode in stopped traced; do
			work $mode
			child=$(children "$ct_pid")
			before=T
			[[ $mode == stopped ]] || before=t
			ct_wait_for is "$child" $before
			for to in new old; do
				attach --freezer "$freezer" -c "$CT_TOP/$to" -r "$ct_pid"
				whole $to
				ct_wait_for is "$child" $before
			done
			attach --freezer "$freezer" -c "$CT_TOP/new" "$child"
			whole "$child"
			ct_wait_for is "$child" $before
			remains
			stop
		done
	done
}

@test "a vfork parent whose child sleeps" {
	lay named
	for freezer in $(freezers); do
		work vfork-wait
		attach --freezer "$freezer" -c "$CT_TOP/new" -r "$ct_pid"
		whole new
		attach --freezer "$freezer" -c "$CT_TOP/old" --from "$CT_TOP/new"
		whole old
		# The parent alone: nobody else is held.
		attach --freezer "$freezer" -c "$CT_TOP/new" "$ct_pid"
		whole "$ct_pid"
		remains
		stop
	done
}

@test "a task that cannot stop: the deadline names it, nothing has moved, nothing is frozen" {
	lay named
	work stuck
	child=$(children "$ct_pid")
	ct_wait_for is "$child" D
	before=$(threads_of)
	for freezer in $(freezers); do
		for arguments in "-r $ct_pid" "$child" "--freeze --from $CT_TOP/old"; do
			timing
			# shellcheck disable=SC2086  # several words
			run -1 --separate-stderr timeout 60 ctattach --freezer "$freezer" -t 0.3 -c "$CT_TOP/new" $arguments
			(($(timed) < 2000)) || { echo "it took $(timed) ms" && false; }
			untimed
			echo "$stderr"
			grep -Eqx "ctattach: $CT_TOP/new: not all tasks would stop in time \(-t gives them longer\): $child \(workload\) state D waiting in [a-z_]+" <<<"$stderr"
			same "$before" "$(threads_of)"
			remains
		done
	done
}

@test "a container whose tasks need not stop: they run, and one that cannot stop goes along" {
	lay named
	work stuck
	child=$(children "$ct_pid")
	ct_wait_for is "$child" D
	run -0 --separate-stderr timeout 60 ctattach -v -t 0.3 -c "$CT_TOP/new" --from "$CT_TOP/old"
	[[ ${stderr_lines[-1]} == 'ctattach: 2 tasks moved and did not stand still' ]]
	[[ $stderr != *cgroup.freeze* ]]
	while read -r mount; do
		same "$(printf '%s\n' "$ct_pid" "$child" | sort)" "$(sort "$mount/$CT_TOP/new/cgroup.procs")"
	done <<<"$mounts"
	remains
	stop
	# What the four named hierarchies do not have they are not held in: with v2 it is the last.
	lay all
	work sleepers 3
	run -0 --separate-stderr timeout 60 ctattach -v -c "$CT_TOP/new" --from "$CT_TOP/old"
	[[ ${stderr_lines[-1]} == 'ctattach: 4 tasks moved and did not stand still' ]]
	whole new
	run -0 --separate-stderr timeout 60 ctattach -v --freeze -c "$CT_TOP/old" --from "$CT_TOP/new"
	[[ ${stderr_lines[-1]} == 'ctattach: 4 tasks stood still for '* ]]
	whole old
	remains
}

@test "processes that are named and lie alone are moved while they run" {
	lay named
	work sleepers 3
	mapfile -t pids < <(children "$ct_pid")
	run -0 --separate-stderr timeout 60 ctattach -v -c "$CT_TOP/new" "$ct_pid" "${pids[@]}"
	[[ ${stderr_lines[-1]} == 'ctattach: 4 tasks moved and did not stand still' ]]
	[[ $stderr != *cgroup.freeze* ]]
	whole new
	run -0 --separate-stderr timeout 60 ctattach -v --freeze -c "$CT_TOP/old" "$ct_pid" "${pids[@]}"
	[[ ${stderr_lines[-1]} == 'ctattach: 4 tasks stood still for '* && $stderr == *home/cgroup.freeze* ]]
	whole old
	# One stays: it is not to be taken along by those that lie with it, nor stopped with them.
	run -0 --separate-stderr timeout 60 ctattach -v -c "$CT_TOP/new" "$ct_pid" "${pids[@]:1}"
	[[ ${stderr_lines[-1]} == 'ctattach: 3 tasks stood still for '* && $stderr == *home/.ct-* ]]
	while read -r mount; do
		same "${pids[0]}" "$(<"$mount/$CT_TOP/old/cgroup.procs")"
		[[ $(wc -l <"$mount/$CT_TOP/new/cgroup.procs") == 3 ]]
	done <<<"$mounts"
	remains
}

@test "a container of which one task is elsewhere in one hierarchy" {
	lay named
	work sleepers 300
	mapfile -t pids < <(children "$ct_pid")
	mkdir "$CT_H3/$CT_TOP/aside"
	# One that is not among those that are asked at first.
	echo "${pids[150]}" >"$CT_H3/$CT_TOP/aside/cgroup.procs"
	attach -c "$CT_TOP/new" --from "$CT_TOP/old"
	whole new
	remains
}

@test "a container of which one task is in it only where the destination is not" {
	lay named
	rmdir "$CT_H4/$CT_TOP/new"
	work sleepers 2
	mkdir "$CT_V2/$CT_TOP/aside"
	ct_spawn sh -c 'for list; do echo $$ >"$list"; done; exec sleep 1000' sh \
		"$CT_V2/$CT_TOP/aside/cgroup.procs" "$CT_H4/$CT_TOP/old/cgroup.procs"
	ct_wait_for grep -qsx sleep "/proc/$ct_pid/comm"
	attach -c "$CT_TOP/new" --from "$CT_TOP/old"
	for mount in "$CT_H1" "$CT_H2" "$CT_H3"; do
		grep -qx "$ct_pid" "$mount/$CT_TOP/new/cgroup.procs"
		[[ ! -s $mount/$CT_TOP/old/cgroup.procs ]]
	done
	grep -qx "$ct_pid" "$CT_H4/$CT_TOP/old/cgroup.procs"
	remains
}

@test "a task that stops late, but in time" {
	lay named
	work stuck
	child=$(children "$ct_pid")
	(sleep 0.7 && kill -KILL "$child") 3>&- &
	attach -t 5 -c "$CT_TOP/new" -r "$ct_pid"
	wait $!
	whole new
	remains
}

# settled_frozen CGROUP: it is frozen, and says so.
settled_frozen() {
	grep -qx 'frozen 1' "$1/cgroup.events" && grep -qx 1 "$1/cgroup.freeze"
}

@test "what its user has frozen in v2 stays frozen" {
	lay named
	work sleepers 3
	home=$CT_V2/$CT_TOP/home
	echo 1 >"$home/cgroup.freeze"
	ct_wait_for settled_frozen "$home"
	for to in new old; do
		attach -c "$CT_TOP/$to" -r "$ct_pid"
		ct_wait_for settled_frozen "$home"
		remains 0 "$home"
	done
	attach -c "$CT_TOP/new" --from "$CT_TOP/old"
	ct_wait_for settled_frozen "$home"
	remains 0 "$home"
	# Refused, and killed, it stays frozen as well.
	run -1 timeout 60 ctattach -c "$CT_TOP/new" --from "$CT_TOP/new"
	ct_wait_for settled_frozen "$home"
	whole new
}

@test "a container that its user has frozen stays frozen when its tasks go" {
	lay all
	work sleepers 3
	source=$CT_V2/$CT_TOP/old
	echo 1 >"$source/cgroup.freeze"
	ct_wait_for settled_frozen "$source"
	# Refused: nothing changes. One of its tasks cannot be taken by the place in cpuset.
	mkdir "$(ct_mountpoint v1)/$CT_TOP/nothing"
	run -1 timeout 60 ctattach -c "$CT_TOP/old" --from "$CT_TOP/old"
	settled_frozen "$source"
	status=0
	timeout 60 ctattach -c "$CT_TOP/new" --from "$CT_TOP/old" || status=$?
	((status <= 1))
	if ((status == 0)); then whole new; else whole old; fi
	[[ $(<"$source/cgroup.freeze") == 1 ]]
	remains 0 "$source"
	echo 0 >"$source/cgroup.freeze"
}

# ---- What is refused, and what only looks so ---------------------------------

refuses() {
	local status=$1 text=$2 before
	shift 2
	before=$(threads_of)
	fails_with "$status" "$text" timeout 60 ctattach "$@" || return
	same "$before" "$(threads_of)" || return
	remains
}

@test "a process given twice" {
	lay named
	work sleepers 3
	attach -c "$CT_TOP/new" "$ct_pid" "$ct_pid" -r "$ct_pid" "$(children "$ct_pid" | head -n 1)"
	whole new
}

@test "from a container into one below it, and back" {
	lay named
	while read -r mount; do mkdir "$mount/$CT_TOP/old/leaf"; done <<<"$mounts"
	work fork
	attach -c "$CT_TOP/old/leaf" --from "$CT_TOP/old"
	timeout 60 "$BATS_FILE_TMPDIR/places" "$CT_TOP" "$hierarchies" "$CT_TOP/old" "$CT_TOP/old/leaf" new
	attach -c "$CT_TOP/old" --from "$CT_TOP/old/leaf"
	whole old
	lay all
	ctcreate -p "$CT_TOP/a/leaf"
	stop
	work fork
	status=0
	# v2: a container with controllers for its children holds no process.
	timeout 60 ctattach -c "$CT_TOP/a" --from "$CT_TOP/old" 2>"$BATS_TEST_TMPDIR/error" || status=$?
	((status == 1)) || [[ -z $(<"$CT_V2/$CT_TOP/a/cgroup.subtree_control") ]]
	whole old
	remains
}

@test "the destination is the source" {
	lay named
	work fork
	before=$(threads_of "$ct_pid")
	for from in "$CT_TOP/old" "$CT_H2/$CT_TOP/old"; do
		run -1 --separate-stderr timeout 60 ctattach -c "$CT_TOP/old" --from "$from"
		[[ ${stderr_lines[*]} == "ctattach: "*"--from $from: that is the container they are to be moved to" ]]
	done
	same "$before" "$(threads_of "$ct_pid")"
	remains
}

@test "from an empty container: nothing moves, and it is no failure" {
	lay named
	attach -c "$CT_TOP/old" --from "$CT_TOP/new"
	remains
}

@test "a frozen destination is refused, unless --frozen says that it is meant" {
	lay all
	work sleepers 2
	new=$CT_V2/$CT_TOP/new
	echo 1 >"$new/cgroup.freeze"
	refuses 1 "ctattach: $CT_TOP/new: it is frozen in v2: what is moved there would stop; thaw it, or say --frozen if that is meant" \
		-c "$CT_TOP/new" -r "$ct_pid" || true
	whole old
	attach --frozen -c "$CT_TOP/new" -r "$ct_pid"
	ct_wait_for settled_frozen "$new"
	remains 0 "$new"
	echo 0 >"$new/cgroup.freeze"
	whole new
	if freezer=$(ct_mountpoint freezer); then
		old=$freezer/$CT_TOP/old
		echo FROZEN >"$old/freezer.state"
		run -1 --separate-stderr timeout 60 ctattach -c "$CT_TOP/old" -r "$ct_pid"
		grep -q "it is frozen in freezer" <<<"$stderr"
		whole new
		attach --frozen -c "$CT_TOP/old" --from "$CT_TOP/new"
		# Until it is written once more the kernel says FREEZING of what came there frozen by v2.
		is_frozen() { echo FROZEN >"$old/freezer.state" && grep -qx FROZEN "$old/freezer.state"; }
		grep -qx 'FROZEN\|FREEZING' "$old/freezer.state"
		ct_wait_for is_frozen
		remains 0 "$old"
		echo THAWED >"$old/freezer.state"
		whole old
	fi
}

@test "words that are no time: -t 0" {
	lay named
	work sleepers 1
	for word in 0 -1 x '' 1e99; do
		run -2 --separate-stderr timeout 60 ctattach -t "$word" -c "$CT_TOP/new" "$ct_pid"
		[[ $(head -n 1 <<<"$stderr") == "ctattach: "*"'$word'"* ]]
	done
	refuses 2 "ctattach: --timeout: '0' is no time in which a task could stop: give more than 0
Try 'ctattach --help' for more information." -t 0 -c "$CT_TOP/new" "$ct_pid"
	whole old
}

@test "a process that has ended before, a zombie, a kernel thread: all stay" {
	lay named
	work fork
	sleep 0 3>&- &
	gone=$!
	wait $gone
	for bad in $gone 2; do
		run -1 --separate-stderr timeout 60 ctattach -c "$CT_TOP/new" "$ct_pid" "$bad"
		[[ $(wc -l <<<"$stderr") == 1 ]]
		whole old
		remains
	done
}

@test "a process that ends meanwhile is no error for the others" {
	ct_requires strace
	lay named
	work sleepers 3
	mapfile -t pids < <(children "$ct_pid")
	# Each write of the move in turn waits, while one of the three is killed.
	for when in 1 3 5 7; do
		inject "write:delay_enter=60000:when=$when" ctattach -c "$CT_TOP/new" "$ct_pid" "${pids[@]}" \
			2>"$BATS_TEST_TMPDIR/error" 3>&- &
		job=$!
		sleep 0.05
		kill -KILL "${pids[1]}"
		status=0
		wait $job || status=$?
		# Before it was held, it cannot be: that is told, and nothing is moved.
		((status == 0)) || grep -Eq 'is a zombie|ended meanwhile|has ended' "$BATS_TEST_TMPDIR/error"
		if ((status == 0)); then whole new; else whole old; fi
		remains
		stop
		work sleepers 3
		mapfile -t pids < <(children "$ct_pid")
	done
}

@test "the links of a chain, which are gone as soon as they are seen" {
	lay named
	work chain
	moved=0
	for _ in {1..40}; do
		pid=$(grep -vx "$ct_pid" "$CT_H1/$CT_TOP/old/cgroup.procs" | tail -n 1)
		[[ -n $pid ]] || continue
		status=0
		timeout 60 ctattach -c "$CT_TOP/new" "$pid" 2>"$BATS_TEST_TMPDIR/error" || status=$?
		((status == 0)) || grep -Eq 'there is no process|is a zombie|ended meanwhile|has ended' "$BATS_TEST_TMPDIR/error"
		((status == 1)) || moved=$((moved + 1))
		whole
		remains
		attach -c "$CT_TOP/old" --from "$CT_TOP/new"
		whole old
	done
	echo "$moved caught"
}

@test "without freezing, what does not fork: --no-freeze" {
	lay named
	work sleepers 3
	mapfile -t pids < <(children "$ct_pid")
	attach --no-freeze -c "$CT_TOP/new" "$ct_pid" "${pids[@]}"
	whole new
}

@test "the plan, and nothing is done: --dry-run" {
	lay named
	work fork
	run -0 timeout 60 ctattach -n -c "$CT_TOP/new" "$ct_pid"
	[[ ${lines[0]} == "stage v2 /$CT_TOP/home/.ct-"* ]]
	[[ ${lines[1]} == "attach name=${CT_TEST_ID}_1 /$CT_TOP/new $ct_pid" ]]
	[[ ${lines[4]} == "attach name=${CT_TEST_ID}_4 /$CT_TOP/new $ct_pid" ]]
	((${#lines[@]} == 5))
	whole old
	remains
}
