# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154  # tap.sh sets them
# A process that already runs is made to enter namespaces, and notices nothing (common/inject.h): what
# tests/system/inject*.bats ask of this machine, of another kernel or processor.

kinds=net,uts,ipc,cgroup
export CT_PATIENCE=10000000

# Two processes: $old is in everybody's namespaces, $away in others.
begin()
{
	{ set +x; } 2>/dev/null
	start sleep 1000
	old=$pid
	away=$(in_new "${1-$kinds}")
	set -x
}

# in_new KINDS [COMMAND...]: prints the pid of a process in new namespaces of these kinds.
in_new()
{
	types=$1
	shift
	[ $# != 0 ] || set -- sleep 1000
	ctcreate -p -N "$types" t/away
	ctexec -c t/away "$@" >/dev/null 2>&1 &
	echo $! >>/tmp/started
	wait_for runs $!
	echo $!
}
runs() { grep -q "^sleep" "/proc/$1/cmdline"; }

# victim ARGUMENT...: its pid is in $pid, what it says in /tmp/out.
victim()
{
	: >/tmp/out
	start /usr/bin/victim "$@" >/tmp/out
	wait_for grep -q ready /tmp/out
}

# finish [TEXT]: the victim says that nothing has happened to it.
finish()
{
	kill -USR1 "$pid"
	wait_for gone
	cat /tmp/out
	tail -n 1 /tmp/out | grep -q "${1-rounds}"
}
gone() { [ ! -e "/proc/$pid" ] || is Z; }
is() { [ "$(sed 's/.*) //' "/proc/$pid/stat" | cut -c 1)" = "$1" ]; }
signals() { grep -E '^(SigPnd|ShdPnd|SigBlk|SigIgn|SigCgt)' "/proc/$pid/status"; }

# has INSIDE OUTSIDE SOURCE KINDS: that many threads are in the namespaces of SOURCE.
has() { [ "$(inject count "$pid" "$4" "$3")" = "$1 $2" ]; }

keeps_registers()
{
	begin
	victim compute
	before=$(signals) files=$(ls "/proc/$pid/fd")
	inject shuttle "$pid" $kinds "$away" "$old" 200
	[ "$before" = "$(signals)" ]
	[ "$files" = "$(ls "/proc/$pid/fd")" ]
	grep -q 'TracerPid:.0' "/proc/$pid/status"
	has 1 0 "$old" $kinds
	finish
}

keeps_threads()
{
	begin
	victim compute 8
	inject shuttle "$pid" $kinds "$away" "$old" 51
	has 8 0 "$away" $kinds
	finish
}

# Vectors that are shorter and longer than those of most.
keeps_vectors()
{
	[ "$(uname -m)" = aarch64 ] || skip 'vectors have other widths on aarch64 alone'
	grep -q ' sve' /proc/cpuinfo || skip 'this processor has no SVE'
	begin
	for width in 16 128 256; do
		CT_VECTOR_WIDTH=$width victim compute
		inject shuttle "$pid" $kinds "$away" "$old" 20
		for at in 22 24 26 28 30 32; do
			CT_KILL_AT=$at inject enter "$pid" net "$away" || :
			wait_for untraced
			CT_KILL_AT=$at inject enter "$pid" net "$old" || :
			wait_for untraced
		done
		finish
	done
}

would_notice()
{
	victim harmed
	wait_for grep -q 'harm: general registers' /tmp/out
	CT_HARM_VECTORS=1 victim harmed
	wait_for grep -q 'harm: vector registers' /tmp/out
}

goes_without_its_leader()
{
	begin
	victim leaderless 3
	wait_for is Z
	inject undo "$pid" $kinds "$away"
	has 2 0 "$old" $kinds
	inject enter "$pid" $kinds "$away"
	has 2 0 "$away" $kinds
	sleep 0.2
	fails grep harm /tmp/out
}

# Twice, in the middle of three seconds. A machine that is busy with other things may need another try.
sleeps_on()
{
	begin
	for what in nanosleep clock_nanosleep poll futex read pause sigsuspend wait epoll sigtimedwait accept; do
		wanted='0 0' late=3900
		case $what in
		read) wanted='1 0' ;;
		futex) wanted='-1 ETIMEDOUT' ;;
		pause | sigsuspend) wanted='-1 EINTR' ;;
		epoll) late=7000 ;; # these begin again: no register tells what is left
		sigtimedwait | accept) wanted='-1 EAGAIN' late=7000 ;;
		esac
		for try in 1 2 3 4 5; do
			victim $what 3000
			sleep 1
			moved=yes
			inject shuttle "$pid" net,uts "$away" "$old" 2 || moved=late
			wait_for gone
			read -r result code elapsed <<-END
				$(tail -n 1 /tmp/out)
			END
			echo "$what, try $try: $result $code $elapsed"
			[ "$result $code" = "$wanted" ]
			[ "$elapsed" -ge 2999 ]
			[ "$moved" = late ] || [ "$elapsed" -ge $late ] || break
		done
		[ "$moved" = yes ]
		[ "$elapsed" -lt $late ]
	done
	# a signal that comes in the middle ends them
	for what in pause sigsuspend; do
		victim $what 100000
		CT_BETWEEN="kill -ALRM $pid" inject undo "$pid" net,uts "$away"
		wait_for gone
		tail -n 1 /tmp/out | grep '^-1 EINTR '
	done
}

gets_signals()
{
	begin
	victim compute
	inject shuttle "$pid" net,uts "$away" "$old" 100 &
	mover=$!
	for try in $(seq 200); do kill -34 "$pid"; done
	wait $mover
	finish '200 signals'
	victim compute 2
	inject shuttle "$pid" net,uts "$away" "$old" 100 &
	mover=$!
	for try in $(seq 100); do kill -STOP "$pid" && kill -CONT "$pid"; done
	wait $mover
	finish
}

stays_stopped()
{
	begin
	victim compute 2
	kill -STOP "$pid"
	wait_for is T
	inject enter "$pid" net,uts "$away"
	has 2 0 "$away" net,uts
	sleep 0.1
	is T
	kill -CONT "$pid"
	finish
}

changes_its_threads()
{
	begin
	victim churn 4
	for round in 1 2 3 4 5; do
		inject enter "$pid" net,uts "$away"
		[ "$(inject count "$pid" net,uts "$away" | cut -d ' ' -f 2)" = 0 ]
		inject enter "$pid" net,uts "$old"
	done
	finish
}

enters_the_others()
{
	others=mnt,time
	# without a process a pid namespace cannot be handed out before 6.11
	case $(uname -r) in
	6.1.*) ;;
	*) others=mnt,pid,time ;;
	esac
	begin $others
	cd /tests || return
	victim idle
	inject undo "$pid" $others "$away"
	[ "$(readlink "/proc/$pid/cwd")" = /tests ]
	has 1 0 "$old" $others
	inject enter "$pid" mnt,time "$away"
	has 1 0 "$away" mnt,time
	finish fine
}

# refused TEXT ARGUMENT...: one line, a pattern; the victim is where it was.
refused()
{
	pattern=$1
	shift
	before=$(places)
	# shellcheck disable=SC2016  # for the shell inside
	says 1 "inject: $pattern" sh -c 'exec inject "$@" 2>&1 >/dev/null' sh "$@"
	[ "$before" = "$(places)" ]
}

# The namespaces of each thread, and what is open.
places()
{
	{ set +x; } 2>/dev/null
	for namespace in /proc/"$pid"/task/*/ns/*; do readlink "$namespace"; done
	ls "/proc/$pid/fd"
}

refuses()
{
	begin
	export CT_PATIENCE=1000000
	for mode in strict filter; do
		victim $mode
		wait_for grep -Eq 'Seccomp:.[12]' "/proc/$pid/status"
		refused "process $pid is under seccomp (mode *" enter "$pid" net "$away"
		wait_for is S
	done
	victim full
	refused "thread $pid has no descriptor free, *" enter "$pid" net "$away"
	finish fine
	victim vfork 5000
	refused "process $pid: thread $pid does not stop (state D*" enter "$pid" net "$away"
	wait_for gone
	grep 'went on' /tmp/out
}

refuses_other_machines()
{
	[ -e /bin/busybox32 ] || skip 'there is no program of a 32-bit machine'
	busybox32 true || skip 'this kernel, or the processor, runs no 32-bit program'
	begin
	start busybox32 sleep 1000
	wait_for grep -q '^busybox32' "/proc/$pid/cmdline"
	refused "process $pid is a 32-bit one, *" enter "$pid" net "$away"
	kill -0 "$pid"
}

refuses_the_frozen()
{
	begin
	victim compute 2
	ctcreate t/cold
	ctattach -c t/cold "$pid"
	ctfreeze t/cold
	export CT_PATIENCE=1000000
	refused "process $pid: thread $pid does not *frozen*" enter "$pid" net "$away"
	ctfreeze -u t/cold
	wait_for has 2 0 "$old" net
	finish
}

untraced()
{
	! grep -h TracerPid "/proc/$pid"/task/*/status | grep -q '[1-9]' &&
		! grep -qh '^SigBlk:.*ff$' "/proc/$pid"/task/*/status
}

# is_killed_with THREADS STEP: at each STEPth of the calls that the injector makes, until there is none left.
is_killed_with()
{
	{ set +x; } 2>/dev/null
	victim compute "$1"
	files=$(ls "/proc/$pid/fd") before=$(signals) split=0 at=0 ours=$away theirs=$old
	while at=$((at + $2)) && ! CT_KILL_AT=$at inject enter "$pid" net,uts,ipc "$ours" >/tmp/killed 2>&1; do
		wait_for untraced
		{ set +x; } 2>/dev/null
		read -r inside outside <<-END
			$(inject count "$pid" net,uts,ipc "$ours")
		END
		if [ "$inside" != 0 ] && [ "$outside" != 0 ]; then
			split=$((split + 1))
			for task in /proc/"$pid"/task/*; do
				[ "$(readlink "$task/ns/net")" != "$(readlink "/proc/$ours/ns/net")" ] || break
			done
			inject unite "$pid" net,uts,ipc "${task##*/}"
			has "$1" 0 "$ours" net,uts,ipc
			outside=0
		fi
		[ "$outside" != 0 ] || { there=$ours ours=$theirs theirs=$there; }
		[ "$files" = "$(ls "/proc/$pid/fd")" ]
		[ "$before" = "$(signals)" ]
		kill -0 "$pid"
	done
	echo "$at calls, split $split times"
	cat /tmp/killed
	[ $at -gt 30 ]
	[ "$1" = 1 ] || [ $split -gt 0 ]
	finish
}

is_killed()
{
	begin
	is_killed_with 1 1
	is_killed_with 3 5
	for at in 26 31; do
		victim nanosleep 1000
		sleep 0.3
		CT_KILL_AT=$at inject enter "$pid" net,uts,ipc "$away" || :
		wait_for gone
		grep -q '^0 0 ' /tmp/out
		[ "$(tail -n 1 /tmp/out | cut -d ' ' -f 3)" -ge 999 ]
	done
}

dies()
{
	begin
	victim idle
	said=$(CT_BETWEEN="kill -9 $pid" inject enter "$pid" net,uts "$away" 2>&1) || :
	echo "$said" | grep -q "^inject: process $pid has ended"
	for delay in 0.05 0.1 0.2 0.3; do
		victim compute 4
		{ sleep $delay && kill -9 "$pid"; } &
		said=$(inject shuttle "$pid" net,uts "$away" "$old" 100000 2>&1) || :
		echo "$said" | grep -q "^inject: .*$pid"
	done
	wait_for no_remains
}
no_remains() { fails grep -qs 'ct-\(injector\|holder\)' /proc/[0-9]*/comm; }

# The command itself: namespaces and containers together.
attaches_to_both()
{
	ctcreate -p -N net,uts,ipc t/new
	ctcreate -p t/old
	for what in compute idle; do
		victim $what
		ctattach -c t/old "$pid"
		ctexec -c t/old sleep 1000 &
		echo $! >>/tmp/started
		old=$!
		ctexec -c t/new sleep 1000 &
		echo $! >>/tmp/started
		new=$!
		wait_for runs $new
		{ set +x; } 2>/dev/null
		# shellcheck disable=SC2034  # counts
		for round in $(seq 10); do
			ctattach -N net,uts,ipc -c t/new "$pid"
			is_in t/new "$pid"
			has 1 0 "$new" net,uts,ipc
			ctattach -N "net=PID:$old,uts=PID:$old,ipc=PID:$old" -c t/old "$pid"
		done
		set -x
		is_in t/old "$pid"
		has 1 0 "$old" net,uts,ipc
		if [ $what = compute ]; then finish; else finish fine; fi
	done
	unsplit
}

attaches_or_leaves()
{
	ctcreate -p -N net,uts,ipc t/new
	ctcreate -p t/old
	victim compute 4
	ctattach -c t/old "$pid"
	start sleep 1000
	old=$pid
	pid=$(sed -n 's/ready //p' /tmp/out)
	for delay in 0.00 0.02 0.04 0.06 0.08 0.10 0.14 0.18; do
		ctattach -N net,uts,ipc -c t/new "$pid" &
		mover=$!
		sleep $delay
		kill -KILL $mover || :
		wait $mover || :
		ctstat t >/dev/null
		wait_for whole
		ctattach -N "net=PID:$old,uts=PID:$old,ipc=PID:$old" -c t/old "$pid"
		is_in t/old "$pid"
		has 4 0 "$old" net,uts,ipc
	done
	finish
}

# In both, or in none.
whole()
{
	if is_in t/new "$pid"; then has 0 4 "$old" net,uts,ipc; else is_in t/old "$pid" && has 4 0 "$old" net,uts,ipc; fi
}

try 'registers, memory, errno and signals, two hundred times' keeps_registers
try 'eight threads' keeps_threads
try 'vectors of all widths, also when the injector is killed' keeps_vectors
try 'the victim would notice' would_notice
try 'a leader that has ended' goes_without_its_leader
try 'sleeps go on, and end in time' sleeps_on
try 'signals that come meanwhile arrive, each once; stopped and continued' gets_signals
try 'one that is stopped stays so' stays_stopped
try 'threads that come and go' changes_its_threads
try 'mnt, pid and time, and back to the directory' enters_the_others
try 'what cannot be done is refused' refuses
try 'a 32-bit process is refused' refuses_other_machines
try 'a frozen process is refused' refuses_the_frozen
try 'the injector is killed at any of its calls' is_killed
try 'a target that dies' dies
try 'ctattach -N, back and forth' attaches_to_both
try 'ctattach -N is killed: in both, or in none' attaches_or_leaves
