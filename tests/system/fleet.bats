#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The examples of ct-fleet(7) with the engines they are for: Slurm (a cluster of this machine alone,
# whose daemons are this file's own), GNU parallel, ssh, Ansible.

load ../helpers
load common

setup_file() {
	anyone_setup || return
	[[ -n ${CT_H1-} ]] || return 0
	build workload
	build places
	export PATH="$PATH:/usr/sbin" CT_EXAMPLES=$CT_TEST_DIR/examples
	mkdir "$CT_EXAMPLES"
	for name in ct-slurm ct-parallel containers.yml; do
		example $name
	done
	[[ -n $(slurm_lacks) ]] || slurm_begin
}

teardown_file() {
	[[ -z ${CT_H1-} ]] || slurm_end
	common_teardown
}

setup() {
	ct_requires root named setpriv
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	case $BATS_TEST_DESCRIPTION in
	Slurm*) slurm_requires ;;
	esac
}

teardown() {
	system_clean || return
	case $BATS_TEST_DESCRIPTION in
	Slurm*) slurm_restore ;;
	esac
}

# example NAME: it is installed, and edited, as ct-fleet(7) says: its containers are below $CT_TOP.
example() {
	sed "s|@bindir@|$CT_TEST_DIR/bin|; s|^parent='jobs'\$|parent=$CT_TOP/slurm|; s|^run=batch/|run=$CT_TOP/|" \
		"$CT_SOURCE/fleet/$1.in" >"$CT_EXAMPLES/$1"
	chmod 755 "$CT_EXAMPLES/$1"
}

# ---- Slurm -------------------------------------------------------------------

slurm_lacks() {
	local program controller
	for program in slurmctld slurmd srun munged cc; do
		ct_lacks $program
	done
	[[ -e /usr/include/slurm/spank.h ]] || echo 'slurm/spank.h is not installed'
	for controller in cpu memory; do
		[[ -z $(ct_lacks v1:$controller) || -z $(ct_lacks v2:$controller) ]] || echo "no hierarchy has $controller"
	done
	# Slurm's users are those of the machine.
	getent passwd 65534 >/dev/null || echo 'user 65534 has no name'
}

slurm_requires() {
	local lacking
	lacking=$(slurm_lacks)
	[[ -z $lacking ]] || skip "${lacking%%$'\n'*}"
	[[ -e $slurm/up ]] || { cat "$slurm"/*.log && return 1; }
}

# A cluster with one node: all files in $slurm, ports that nobody has just now.
slurm_begin() {
	local port
	export slurm=$CT_TEST_DIR/slurm SLURM_CONF=$CT_TEST_DIR/slurm/slurm.conf
	mkdir "$slurm" "$slurm/state" "$slurm/spool"
	port=$(free_ports)
	cat >"$SLURM_CONF" <<-END
		ClusterName=ct
		SlurmctldHost=$(uname -n)(127.0.0.1)
		SlurmctldPort=$port
		SlurmdPort=$((port + 1))
		AuthType=auth/munge
		AuthInfo=socket=$slurm/munge
		SlurmUser=root
		SlurmdUser=root
		StateSaveLocation=$slurm/state
		SlurmdSpoolDir=$slurm/spool
		SlurmctldPidFile=$slurm/slurmctld.pid
		SlurmdPidFile=$slurm/slurmd.pid
		SlurmctldLogFile=$slurm/slurmctld.log
		SlurmdLogFile=$slurm/slurmd.log
		MailProg=/bin/true
		KillWait=1
		ReturnToService=2
		SchedulerParameters=batch_sched_delay=0,sched_interval=1
		SlurmdParameters=config_overrides
		NodeName=n1 NodeHostname=$(uname -n) NodeAddr=127.0.0.1 CPUs=4 RealMemory=1000
		PartitionName=all Nodes=n1 Default=YES MaxTime=10
		SelectType=select/cons_tres
		SelectTypeParameters=CR_Core_Memory

		# What ct-fleet(7) says.
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		JobAcctGatherType=jobacct_gather/linux
		Prolog=$CT_EXAMPLES/ct-slurm
		Epilog=$CT_EXAMPLES/ct-slurm
		TaskProlog=$CT_EXAMPLES/ct-slurm
		PrologFlags=Alloc
		KillOnBadExit=1
		PlugStackConfig=$slurm/plugstack.conf
	END
	cc -Wall -Wextra -Werror -shared -fPIC -o "$slurm/spank_ct.so" "$CT_SOURCE/fleet/spank_ct.c" || return
	plugin
	head -c 64 /dev/urandom >"$slurm/munge.key"
	chmod 400 "$slurm/munge.key"
	daemon munged --force --foreground --socket="$slurm/munge" --key-file="$slurm/munge.key" \
		--pid-file="$slurm/munged.pid" --log-file="$slurm/munged.log" --seed-file="$slurm/munge.seed"
	ct_wait_for test -S "$slurm/munge"
	daemon slurmctld -D
	daemon slurmd -D -N n1
	if ct_wait_for is_idle; then : >"$slurm/up"; fi
}

# A child of nobody, so that it does not end with a test.
daemon() {
	("$@" </dev/null >"$slurm/${1##*/}.out.log" 2>&1 3>&- &
	echo $! >>"$slurm/pids")
}

# slurmstepd is a child of nobody; it is known by the mount namespace, which is this file's.
slurm_end() {
	local pid
	[[ -e ${slurm-}/pids ]] || return 0
	xargs kill -KILL <"$slurm/pids" 2>/dev/null || true
	for pid in $(pgrep -x slurmstepd); do
		[[ $(readlink "/proc/$pid/ns/mnt") != "$CT_TEST_NAMESPACE" ]] || kill -KILL "$pid" 2>/dev/null || true
	done
}

# Two ports in a row on which nobody listens.
free_ports() {
	local port
	while :; do
		port=$((20000 + RANDOM % 10000))
		! (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null &&
			! (: <>"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null && break
	done
	echo $port
}

# plugin [none]: what slurmstepd loads from now on.
plugin() {
	case ${1-} in
	none) : ;;
	*) echo "required $slurm/spank_ct.so $CT_EXAMPLES/ct-slurm" ;;
	esac >"$slurm/plugstack.conf"
}

is_idle() { [[ $(sinfo -h -o %T 2>/dev/null) == idle ]]; }

no_jobs() { [[ -z $(squeue -h) ]] && is_idle; }

# slurmd is ready for requests.
answers() { SLURMD_NODENAME=n1 scontrol show slurmd >/dev/null 2>&1; }

# drained REASON
drained() { [[ $(sinfo -h -o '%T %E') == "drained $1" ]]; }

# Whatever a test has left: no job, the node in service, the example as it was.
slurm_restore() {
	[[ -e ${slurm-}/up ]] || return 0
	squeue -h -o %A | xargs -r scancel
	if [[ $(sinfo -h -o %T) == *drain* ]]; then
		scontrol update NodeName=n1 State=RESUME
	fi
	example ct-slurm
	plugin
	ct_wait_for no_jobs
}

# job FILE: the number that sbatch wrote there.
job() { sed -n 's/^Submitted batch job //p' "$1"; }

gone() { [[ ! -d $CT_V2/$1 && ! -d $CT_H1/$1 ]]; }

# submit OPTION... COMMAND: by sbatch, its output to $out; $job is its number. It runs.
submit() {
	out=$CT_TEST_DIR/anyone/out.$BATS_TEST_NUMBER
	timeout 20 sbatch -o "$out" "${@:1:$#-1}" --wrap "${@: -1}" >"$BATS_TEST_TMPDIR/submitted" 3>&-
	job=$(job "$BATS_TEST_TMPDIR/submitted")
	[[ -n $job ]] || { cat "$BATS_TEST_TMPDIR/submitted" && return 1; }
}

said() { grep -qs "$1" "$out"; }

# step OPTION... COMMAND...: by srun, as the user, somewhere he may be; output, stderr, status.
step() { run --separate-stderr timeout 20 "${user[@]}" srun -D / "$@"; }

@test "Slurm: each task of a step is in the job's container in all hierarchies, and its end removes it" {
	step -n 3 sh -c 'cat /proc/self/cgroup; echo "$(id -u) $CT_CONTAINER"'
	[[ $status == 0 ]]
	[[ $(grep -c "^65534 $CT_TOP/slurm/[0-9]*\$" <<<"$output") == 3 ]]
	local container=${output##* }
	[[ $(grep -c ":/$container\$" <<<"$output") == $((3 * $(wc -l <<<"$CT_MOUNTS"))) ]]
	ct_wait_for gone "$container"
	in_all "$CT_TOP/slurm"
}

@test "Slurm: a job's script and its steps are in one container, the user's, with what it was given" {
	local fifo=$CT_TEST_DIR/anyone/fifo
	mkfifo -m 666 "$fifo"
	submit --uid=65534 -D / -n 2 --mem=50M 'echo begun; read -r line <'"$fifo"'
		srun -n 2 sh -c "cat /proc/self/cgroup; echo \$CT_CONTAINER"; echo $CT_CONTAINER'
	ct_wait_for said begun
	[[ $(ctset "$CT_TOP/slurm/$job" memory.max cpu.max | xargs) == 'memory.max=52428800 cpu.max=200000 100000' ]]
	[[ $(stat -c %u "$CT_H1/$CT_TOP/slurm/$job" "$CT_H1/$CT_TOP/slurm/$job/cgroup.procs" | xargs) == '65534 65534' ]]
	is_in "$CT_TOP/slurm/$job" "$(head -n 1 "$CT_H1/$CT_TOP/slurm/$job/cgroup.procs")"
	echo >"$fifo"
	ct_wait_for gone "$CT_TOP/slurm/$job"
	[[ $(grep -c "^$CT_TOP/slurm/$job\$" "$out") == 3 ]]
	[[ $(grep -c ":/$CT_TOP/slurm/$job\$" "$out") == $((2 * $(wc -l <<<"$CT_MOUNTS"))) ]]
}

@test "Slurm: the epilog ends what a job leaves behind" {
	submit "(setsid sh -c 'echo \$\$; exec sleep 900' </dev/null 2>&1 &)"
	ct_wait_for said '^[0-9]'
	ct_wait_for gone "$CT_TOP/slurm/$job"
	ended "$(<"$out")"
}

@test "Slurm: the prolog ends what is left of the same job, whose epilog was not run" {
	local next
	next=$(scontrol show config | awk '$1 == "NEXT_JOB_ID" { print $3 }')
	ct_spawn ctexec -p -c "$CT_TOP/slurm/$next" sleep 900
	submit 'echo begun; exec sleep 900'
	[[ $job == "$next" ]]
	ct_wait_for said begun
	ended "$ct_pid"
	scancel "$job"
	ct_wait_for gone "$CT_TOP/slurm/$job"
}

@test "Slurm: scancel ends a job that ignores signals and forks; its container goes" {
	submit "trap '' TERM; echo begun; while :; do sleep 0.01; done"
	ct_wait_for said begun
	scancel "$job"
	ct_wait_for gone "$CT_TOP/slurm/$job"
	no_jobs || ct_wait_for no_jobs
}

@test "Slurm: a task that forks as fast as it can is in the container whole, and moves as a whole" {
	ct_requires v2
	mkdir -p "$CT_V2/$CT_TOP" # for the next, in case that the machine has no other
	ct_requires freeze
	local hierarchies places=$BATS_FILE_TMPDIR/places
	submit "exec $BATS_FILE_TMPDIR/workload tree"
	ct_wait_for said ready
	hierarchies=$(ctstat --noheadings -o hierarchies "$CT_TOP/slurm/$job")
	ctcreate "$CT_TOP/other"
	"$places" "$CT_TOP" "$hierarchies" "$CT_TOP/other" "$CT_TOP/slurm/$job" new
	timeout 20 ctattach -t 8 --from "$CT_TOP/slurm/$job" -c "$CT_TOP/other"
	"$places" "$CT_TOP" "$hierarchies" "$CT_TOP/slurm/$job" "$CT_TOP/other" new
	timeout 20 ctattach -t 8 --from "$CT_TOP/other" -c "$CT_TOP/slurm/$job"
	"$places" "$CT_TOP" "$hierarchies" "$CT_TOP/other" "$CT_TOP/slurm/$job" new
	scancel "$job"
	ct_wait_for gone "$CT_TOP/slurm/$job"
}

@test "Slurm: a job that runs already is adopted whole" {
	ct_requires v2
	mkdir -p "$CT_V2/$CT_TOP" # for the next, in case that the machine has no other
	ct_requires freeze
	local hierarchies pids
	plugin none
	sed -i 's/^prolog_task)/nothing)/' "$CT_EXAMPLES/ct-slurm"
	submit "$BATS_FILE_TMPDIR/workload fork"
	ct_wait_for said ready
	hierarchies=$(ctstat --noheadings -o hierarchies "$CT_TOP/slurm/$job")
	# As ct-fleet(7) has it.
	pids=$(scontrol listpids "$job" | awk '$4 ~ /^[0-9]/ { print $1 }')
	# shellcheck disable=SC2086  # numbers
	timeout 20 ctattach -t 8 -r -c "$CT_TOP/slurm/$job" $pids
	"$BATS_FILE_TMPDIR/places" "$CT_TOP" "$hierarchies" "$CT_TOP/none" "$CT_TOP/slurm/$job" new
	# shellcheck disable=SC2086
	for pid in $pids; do is_in "$CT_TOP/slurm/$job" "$pid"; done
	scancel "$job"
	ct_wait_for gone "$CT_TOP/slurm/$job"
}

@test "Slurm: where a container cannot be made the node is drained, and says why in slurmd's log" {
	ct_requires v2
	ctcreate -p "$CT_TOP/slurm"
	echo 0 >"$CT_V2/$CT_TOP/slurm/cgroup.max.descendants"
	timeout 20 sbatch -o "$BATS_TEST_TMPDIR/out" --wrap "touch $BATS_TEST_TMPDIR/ran" >"$BATS_TEST_TMPDIR/submitted"
	job=$(job "$BATS_TEST_TMPDIR/submitted")
	ct_wait_for drained 'Prolog error'
	[[ $(squeue -h -j "$job" -o '%T %r') == 'PENDING launch failed requeued held' ]]
	grep -Fq "prolog failed: rc:1 output:ctcreate: $CT_TOP/slurm/$job: cannot create it in v2: $CT_V2/$CT_TOP/slurm/cgroup.max.descendants is 0, which is reached" \
		"$slurm/slurmd.log"
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
	gone "$CT_TOP/slurm/$job"
}

@test "Slurm: a task that cannot be moved does not run, nor any after it, and the user is told why" {
	sed -i 's/ct attach /ct attach -H name=nosuch /' "$CT_EXAMPLES/ct-slurm"
	step -n 2 echo ran
	[[ $status == 137 && -z $output ]]
	grep -q '^slurmstepd-n1: error: ctattach: .*name=nosuch' <<<"$stderr"

	example ct-slurm
	sed -i 's/^spank_task)/&\n[ "$SLURM_LOCALID" = 0 ] || exec ct attach -c nosuch 1\n/' "$CT_EXAMPLES/ct-slurm"
	step -n 3 sh -c 'echo ran $SLURM_LOCALID; exec sleep 900'
	# The first may have been ended before it could say so.
	[[ $status -gt 128 && -z ${output#ran 0} ]]
	[[ $(grep -c '^slurmstepd-n1: error: ctattach: nosuch: no such container' <<<"$stderr") == 1 ]]

	example ct-slurm
	sed -i 's/ct set "$container"/& memory.mx=1/' "$CT_EXAMPLES/ct-slurm"
	step -n 2 echo ran
	[[ $status == 137 && -z $output ]]
	grep -q '^slurmstepd-n1: error: ctset: .*memory.mx: there is no such parameter' <<<"$stderr"
	[[ $(sinfo -h -o %T) != *drain* ]]
}

@test "Slurm: where the epilog fails the node is drained" {
	sed -i 's/^epilog_slurmd)/&\n exit 1/' "$CT_EXAMPLES/ct-slurm"
	submit 'echo ran'
	ct_wait_for drained 'Epilog error'
	said ran
}

@test "Slurm: a job outlives slurmd, and its end is seen to by the next one" {
	submit 'echo begun; exec sleep 900'
	ct_wait_for said begun
	is_in "$CT_TOP/slurm/$job" "$(head -n 1 "$CT_H1/$CT_TOP/slurm/$job/cgroup.procs")"
	kill -KILL "$(tail -n 1 "$slurm/pids")"
	daemon slurmd -D -N n1
	is_in "$CT_TOP/slurm/$job" "$(head -n 1 "$CT_H1/$CT_TOP/slurm/$job/cgroup.procs")"
	ct_wait_for answers
	scancel "$job"
	ct_wait_for gone "$CT_TOP/slurm/$job"
}

@test "Slurm: without the plugin, a user's task gets into a container of v1 by itself" {
	plugin none
	sed -i "s/ct create -p/& -H $CT_OWN/" "$CT_EXAMPLES/ct-slurm"
	step -n 2 sh -c 'cat /proc/self/cgroup; echo "$CT_CONTAINER"'
	[[ $status == 0 && $(grep -c ":/$CT_TOP/slurm/[0-9]*\$" <<<"$output") == 8 ]]
}

@test "Slurm: without the plugin, a user's task that cannot get into its container does not run" {
	ct_requires v2
	plugin none
	step -n 1 echo ran
	[[ $status == 1 ]]
	grep -Eqx 'ctattach: .*: no permission in v2.*' <<<"$output$stderr"
	run -1 grep -x ran <<<"$output"
	grep -q 'TaskProlog failed status=1' <<<"$stderr"
}

# ---- GNU parallel ------------------------------------------------------------

parallel_requires() {
	ct_requires parallel
	[[ $(parallel --version 2>&1 </dev/null) == 'GNU parallel'* ]] || skip 'parallel is not GNU parallel'
	export HOME=$BATS_TEST_TMPDIR
	echo : >"$BATS_TEST_TMPDIR/machines"
}

# The two directories of a run: its own and that which all have in common.
only_top() {
	local left
	left=$(cd "$CT_H1" && find "$CT_TOP" -type d)
	[[ $left == "$CT_TOP" ]] || { echo "$left" && return 1; }
}

commands() {
	printf '%s\n' 'cat /proc/self/cgroup' "printf '<%s>' 'a  b' \"\$((1 + 1))\"; echo" \
		"setsid sleep 900 >/dev/null 2>&1 & echo \$!; exit 3"
}

# what run printed
each_was_in_its_own() {
	local mounts pid
	mounts=$(wc -l <<<"$CT_MOUNTS")
	[[ $(grep -c ":/$CT_TOP/[^/]*-[0-9]*/1\$" <<<"$output") == "$mounts" ]]
	grep -Fq '<a  b><2>' <<<"$output"
	# One of three has failed.
	[[ $status == 1 ]]
	pid=$(grep -x '[0-9]*' <<<"$output")
	ended "$pid"
	only_top
}

@test "parallel: each command in a container of its own, of which nothing is left" {
	parallel_requires
	run --separate-stderr timeout 60 "$CT_EXAMPLES/ct-parallel" "$BATS_TEST_TMPDIR/machines" -j 2 -k < <(commands)
	each_was_in_its_own
}

@test "parallel: interrupted, it ends all on the machines, whatever they ignore" {
	parallel_requires
	# shellcheck disable=SC2317
	begun() { [[ $(grep -cs begun "$BATS_TEST_TMPDIR/begun") == 2 ]]; }
	for i in 1 2 3 4; do
		echo "trap '' TERM HUP INT; echo begun $i >>$BATS_TEST_TMPDIR/begun; while :; do sleep 0.1; done"
	done >"$BATS_TEST_TMPDIR/commands"
	ct_spawn sh -c 'exec "$0" "$1/machines" -j 2 <"$1/commands"' "$CT_EXAMPLES/ct-parallel" "$BATS_TEST_TMPDIR" \
		>"$BATS_TEST_TMPDIR/out" 2>&1
	ct_wait_for begun
	kill -TERM "$ct_pid"
	status=0
	wait "$ct_pid" || status=$?
	[[ $status == 143 ]]
	begun
	only_top
}

@test "parallel: on another machine, by ssh" {
	parallel_requires
	ct_requires sshd ssh ssh-keygen
	local port directory=$BATS_TEST_TMPDIR
	port=$(free_ports)
	ssh-keygen -q -t ed25519 -N '' -f "$directory/host"
	ssh-keygen -q -t ed25519 -N '' -f "$directory/key"
	# Where the packaged one wants it; whoever installed that has it.
	[[ -d /run/sshd ]] || mkdir -m 755 /run/sshd
	ct_spawn "$(command -v sshd)" -D -e -f /dev/null -h "$directory/host" -p "$port" -o ListenAddress=127.0.0.1 \
		-o AuthorizedKeysFile="$directory/key.pub" -o StrictModes=no -o PermitRootLogin=yes -o PidFile=none \
		-o UsePAM=no 2>"$directory/sshd.log"
	echo "ssh -i $directory/key -p $port -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=$directory/known -o LogLevel=ERROR root@127.0.0.1" \
		>"$directory/machines"
	# shellcheck disable=SC2317
	listens() { (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
	ct_wait_for listens
	run --separate-stderr timeout 60 "$CT_EXAMPLES/ct-parallel" "$directory/machines" -j 2 -k < <(commands)
	each_was_in_its_own
}

# ---- Ansible -----------------------------------------------------------------

# play SUM ARGUMENT...: the playbook, with that at its end.
play() {
	local sum=$1 played
	shift
	played=$(timeout 60 ansible-playbook -i localhost, -c local -e ansible_python_interpreter=/usr/bin/python3 \
		-e ct_conf="$BATS_TEST_TMPDIR/ct.conf" -e ct_file="$BATS_TEST_TMPDIR/there" "$@" \
		"$CT_EXAMPLES/containers.yml" 2>&1 3>&-) || true
	echo "$played"
	[[ $(sed -n 's/.* changed=\([0-9]*\) .* failed=\([0-9]*\) .*/\1 changed, \2 failed/p' <<<"$played") == "$sum" ]]
}

@test "Ansible: containers of a file, a command in one of them; nothing the second time" {
	ct_requires ansible-playbook v1:pids
	export LC_ALL=C.UTF-8 HOME=$BATS_TEST_TMPDIR ANSIBLE_LOCAL_TEMP=$BATS_TEST_TMPDIR/ansible ANSIBLE_NOCOLOR=1
	printf '[%s]\npids.max=100\n\n[%s/nightly]\nowner=daemon\n' "$CT_TOP" "$CT_TOP" >"$BATS_TEST_TMPDIR/ct.conf"
	local command=(-e ct_container="$CT_TOP/nightly" -e ct_creates="$BATS_TEST_TMPDIR/ran"
		-e "{\"ct_command\": \"cat /proc/self/cgroup >$BATS_TEST_TMPDIR/ran\"}")
	play '3 changed, 0 failed' "${command[@]}"
	in_all "$CT_TOP/nightly"
	[[ $(grep -c ":/$CT_TOP/nightly\$" "$BATS_TEST_TMPDIR/ran") == "$(wc -l <<<"$CT_MOUNTS")" ]]
	play '0 changed, 0 failed' "${command[@]}"

	# One that is gone, and a parameter that another has set, are as the file says again.
	ctrm "$CT_TOP/nightly"
	ctset "$CT_TOP" pids.max=7
	play '1 changed, 0 failed'
	in_all "$CT_TOP/nightly"
	[[ $(ctset "$CT_TOP" pids.max) == 100 ]]

	# A mistake is found before anything is changed.
	echo 'pids.mx=1' >>"$BATS_TEST_TMPDIR/ct.conf"
	cp "$BATS_TEST_TMPDIR/there" "$BATS_TEST_TMPDIR/before"
	run -0 play '0 changed, 1 failed'
	grep -Fq 'pids.mx: there is no such parameter' <<<"$output"
	cmp "$BATS_TEST_TMPDIR/there" "$BATS_TEST_TMPDIR/before"
}
