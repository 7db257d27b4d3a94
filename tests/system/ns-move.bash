# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154  # what the tests share
#
# For the tests of processes that enter namespaces by a move, after "load ../helpers", "load common" and
# "load move":
#
#	setup_file()    { ns_move_setup; }
#	teardown_file() { common_teardown; }
#	setup()         { ns_move_start; }
#	teardown()      { system_clean; }
#
# $CT_TOP/old and $CT_TOP/new are in the four named hierarchies, and each names namespaces of $kinds.

kinds=net,uts,ipc,cgroup

ns_move_setup() {
	move_setup
	build victim
}

ns_move_start() {
	move_requires strace ps unshare "$@"
	lay named
	ctcreate -p -H "$CT_OWN" -N $kinds "$CT_TOP/old" "$CT_TOP/new"
}

# victim WHAT...: victim.c, in old and its namespaces; its pid is in $ct_pid. It says nothing as long as
# it is not harmed.
victim() {
	local enter="nsenter"
	for kind in ${kinds//,/ }; do enter+=" --$kind=/run/ct/ns/$CT_TOP/old/$kind"; done
	# shellcheck disable=SC2086  # words
	start $enter "$BATS_FILE_TMPDIR/victim" "$@"
	ct_wait_for grep -q ready "$BATS_TEST_TMPDIR/said"
}

unharmed() {
	local state
	state=$(sed 's/.*) //; s/ .*//' "/proc/$ct_pid/stat")
	[[ $(<"$BATS_TEST_TMPDIR/said") == "ready $ct_pid" && $state == [RS] ]] ||
		{ echo "state $state: $(<"$BATS_TEST_TMPDIR/said")" && return 1; }
}

# Ends it: it says that nothing has happened to it.
finish() {
	unharmed && kill -USR1 "$ct_pid" && ct_wait_for ended "$ct_pid" || return
	run -0 tail -n 1 "$BATS_TEST_TMPDIR/said"
	[[ $output == *rounds* ]]
}

# In the namespaces of which container all threads of $ct_pid, or of a process, are.
ns_side() { ns_side_of "$ct_pid"; }
ns_side_of() {
	local tid old new
	old=$(numbers "/run/ct/ns/$CT_TOP/old") new=$(numbers "/run/ct/ns/$CT_TOP/new")
	for tid in "/proc/$1/task"/*; do
		case $(numbers "$tid/ns") in
		"$old") echo old ;;
		"$new") echo new ;;
		*) echo neither ;;
		esac
	done | sort -u
}
# Of the namespaces of $kinds in a directory.
numbers() {
	local -a files
	IFS=, read -ra files <<<"$kinds"
	stat -Lc %i "${files[@]/#/$1/}"
}

# In which of old and new it is as a whole, with cgroups and namespaces.
both_sides() {
	local cgroups namespaces
	cgroups=$(side) || { echo "$cgroups" && return 1; }
	namespaces=$(ns_side)
	[[ $cgroups == "$namespaces" ]] || { echo "cgroups $cgroups, namespaces ${namespaces//$'\n'/ }" && return 1; }
	echo "$cgroups"
}

# Nobody traces it.
untraced() { [[ $(grep -h TracerPid /proc/"$ct_pid"/task/*/status) != *[1-9]* ]]; }
