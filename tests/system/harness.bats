#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The harness of the system tests itself: what it provides, and that nothing is left of a
# file that passed, failed, or was killed.

load ../helpers

setup_file() { system_setup; }
teardown_file() { system_teardown; }
setup() { ct_requires root named; }
teardown() { system_clean; }

@test "four named hierarchies are mounted, in this namespace alone" {
	for hierarchy in "$CT_H1" "$CT_H2" "$CT_H3" "$CT_H4"; do
		[[ -e $hierarchy/cgroup.procs ]]
		grep -qF " $hierarchy " /proc/self/mountinfo
		if grep -F " $hierarchy " /proc/1/mountinfo; then false; fi
	done
	[[ $(readlink /proc/self/ns/mnt) == "$CT_TEST_NAMESPACE" ]]
	[[ -z $(ls -A /run/ct) ]]
}

@test "a clean-up ends processes, thaws, removes containers, and keeps the hierarchies" {
	mkdir -p "$CT_H1/web/frontend" "$CT_H2/$CT_TOP"
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_H1/web/frontend/tasks"
	first=$ct_pid
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_H2/$CT_TOP/cgroup.procs"
	if freezer=$(ct_mountpoint freezer); then
		mkdir "$freezer/$CT_TOP"
		echo "$ct_pid" >"$freezer/$CT_TOP/cgroup.procs"
		echo FROZEN >"$freezer/$CT_TOP/freezer.state"
	fi
	system_clean
	[[ ! -d $CT_H1/web && ! -d $CT_H2/$CT_TOP && ! -d $freezer/$CT_TOP ]]
	[[ -e $CT_H1/tasks ]]
	gone() { ! kill -0 "$first" && ! kill -0 "$ct_pid"; } 2>/dev/null
	ct_wait_for gone
}

@test "a clean-up moves the test itself out of the way" {
	mkdir "$CT_H3/mine"
	echo "$$" >"$CT_H3/mine/cgroup.procs"
	system_clean
	[[ ! -d $CT_H3/mine ]]
	grep -q "name=${CT_TEST_ID}_3:/\$" "/proc/$$/cgroup"
}

# A test file that leaves all it can: containers, also frozen ones, processes in them and
# beside them, an open directory, and mounts; and no teardown.
litter() {
	local test=@test # bats would take the line below for a test of this file
	cat <<-END
		load $CT_SOURCE/tests/helpers
		setup_file() { system_setup; }
		$test "litter" {
			mkdir -p "\$CT_H1/a/b" "\$CT_H4/\$CT_TOP"
			for hierarchy in freezer v2 memory; do
				where=\$(ct_mountpoint \$hierarchy) || continue
				mkdir "\$where/\$CT_TOP"
				CT_TEST_DIR= ct_spawn sleep 1000
				echo "\$ct_pid" >"\$where/\$CT_TOP/cgroup.procs"
				[ ! -e "\$where/\$CT_TOP/freezer.state" ] || echo FROZEN >"\$where/\$CT_TOP/freezer.state"
			done
			CT_TEST_DIR= ct_spawn sleep 1000 <"\$CT_H1/a"
			echo "\$ct_pid" >"\$CT_H1/a/b/tasks"
			CT_TEST_DIR= ct_spawn setsid sleep 1000
			echo "\$CT_TEST_ID \$CT_TEST_DIR" >$BATS_TEST_TMPDIR/identity
			$1
		}
	END
}

run_litter() {
	litter "$1" >"$BATS_TEST_TMPDIR/system-litter.bats"
	mkdir -p "$BATS_TEST_TMPDIR/system"
	mv "$BATS_TEST_TMPDIR/system-litter.bats" "$BATS_TEST_TMPDIR/system/litter.bats"
	env -i PATH="${PATH//$BATS_LIBEXEC:/}" CT_LOGS="$BATS_TEST_TMPDIR" "$CT_SOURCE/tests/run" \
		"$BATS_TEST_TMPDIR/system/litter.bats" 3>&-
}

# Nothing of run $1, whose directory was $2. Not by "!": that does not end a test.
nothing_left_of() {
	local mount
	if grep -F "$1" /proc/self/cgroup /proc/self/mountinfo || [[ -e $2 ]]; then
		return 1
	fi
	while read -r mount; do
		[[ -z $(find "$mount" -name "*$1*") ]]
	done < <(awk "/ - cgroup2? / { print \$5 }" /proc/self/mountinfo)
	if grep -lsF "CT_TEST_ID=$1" /proc/[0-9]*/environ; then
		return 1
	fi
}

@test "nothing is left of a file that passes without cleaning up" {
	run -0 run_litter true
	[[ ${lines[-1]} == "1 passed, 0 failed, 0 skipped" ]]
	read -r id dir <"$BATS_TEST_TMPDIR/identity"
	nothing_left_of "$id" "$dir"
}

@test "nothing is left of a file that fails" {
	run -1 run_litter false
	[[ ${lines[-1]} == "0 passed, 1 failed, 0 skipped" ]]
	read -r id dir <"$BATS_TEST_TMPDIR/identity"
	nothing_left_of "$id" "$dir"
}

@test "nothing is left of a file whose bats is killed" {
	# shellcheck disable=SC2016  # for the inner file
	run -1 run_litter 'kill -KILL $BATS_ROOT_PID; sleep 1000'
	read -r id dir <"$BATS_TEST_TMPDIR/identity"
	nothing_left_of "$id" "$dir"
}

@test "nothing is left of a run that is interrupted" {
	run_litter 'sleep 1000' >"$BATS_TEST_TMPDIR/output" 2>&1 &
	runner=$!
	ct_wait_for test -s "$BATS_TEST_TMPDIR/identity"
	read -r id dir <"$BATS_TEST_TMPDIR/identity"
	kill -TERM "$((10#${id#ctt}))"
	wait "$runner" || true
	nothing_left_of "$id" "$dir"
}

@test "a run that was killed outright is swept up by the next one" {
	run_litter 'sleep 1000' >"$BATS_TEST_TMPDIR/output" 2>&1 &
	runner=$!
	ct_wait_for test -s "$BATS_TEST_TMPDIR/identity"
	read -r id dir <"$BATS_TEST_TMPDIR/identity"
	kill -KILL "$((10#${id#ctt}))"
	wait "$runner" || true
	"$CT_SOURCE/tests/sweep" --stale
	rm -rf "$dir"
	nothing_left_of "$id" "$dir"
}

@test "what a test that failed has left is not in the way of the next" {
	local test=@test
	mkdir -p "$BATS_TEST_TMPDIR/system"
	cat >"$BATS_TEST_TMPDIR/system/two.bats" <<-END
		load $CT_SOURCE/tests/helpers
		setup_file() { system_setup; }
		teardown_file() { system_teardown; }
		teardown() { system_clean; }
		$test "first" {
			mkdir -p "\$CT_H1/\$CT_TOP/a"
			mount -t tmpfs ct "\$CT_H1/\$CT_TOP/a"
			mount -o bind,ro / "\$BATS_TEST_TMPDIR"
			mount -t tmpfs -o size=4k,ro ct /run/ct
			umount "\$CT_H3"
			{ sh -c 'sleep 1000 & sleep 1000' & } 3>&-
			until [ "\$(pgrep -c -P \$!)" = 2 ]; do :; done
			pgrep -P \$! >$BATS_TEST_TMPDIR/jobs
			false
		}
		$test "second" {
			[ ! -d "\$CT_H1/\$CT_TOP" ]
			[ -e "\$CT_H3/tasks" ]
			mkdir "\$CT_H3/\$CT_TOP"
			touch /run/ct/writable
			for pid in \$(cat $BATS_TEST_TMPDIR/jobs); do # a zombie has no command line
				[ -z "\$(cat /proc/\$pid/cmdline 2>/dev/null)" ]
			done
		}
	END
	run -1 env -i PATH="${PATH//$BATS_LIBEXEC:/}" CT_LOGS="$BATS_TEST_TMPDIR" "$CT_SOURCE/tests/run" \
		"$BATS_TEST_TMPDIR/system/two.bats" 3>&-
	[[ ${lines[-1]} == "1 passed, 1 failed, 0 skipped" ]] || { cat "$BATS_TEST_TMPDIR"/*.tap && false; }
}

@test "a hierarchy of controllers that a file left active is found and cured" {
	free=$(awk 'NR > 1 && $2 == 0 && $4 == 1 { print $1; exit }' /proc/cgroups)
	[[ -n $free ]] || skip "every subsystem is bound already"
	v2=$(ct_mountpoint v2) && ! grep -qw "$free" "$v2/cgroup.subtree_control" || skip "$free is in use"
	# shellcheck disable=SC2016  # for the inner file
	run -0 run_litter "
		mkdir \"\$CT_TEST_DIR/mnt/$free\"
		mount -t cgroup -o $free cgroup \"\$CT_TEST_DIR/mnt/$free\"
		mkdir \"\$CT_TEST_DIR/mnt/$free/\$CT_TOP\""
	if cut -d : -f 2 /proc/self/cgroup | grep -x "$free"; then
		false
	fi
}

@test "no file of tests has a function that the helpers have" {
	names() { sed -n 's/^\([a-z0-9_]*\)() .*/\1/p' "$@" | sort -u; }
	[[ -n $(names "$CT_SOURCE/tests/helpers.bash") ]]
	run comm -12 <(names "$CT_SOURCE/tests/helpers.bash") \
		<(names "$CT_SOURCE"/tests/{system,cli}/*.{bats,bash})
	[[ $status == 0 && -z $output ]] || { echo "$output" && false; }
}

@test "the commands that tests need bootstrap installs" {
	local word missing=
	# those that stand for something else in ct_lacks; systemd is not put on a machine that has another init
	words=systemd-analyze$'\n'$(sed -n '/^ct_lacks()/,/^}/s/^\t\([a-z0-9 |]*\)).*/\1/p' "$CT_SOURCE/tests/helpers.bash" | tr -s ' |' '\n')
	commands=$(cat "$CT_SOURCE"/tests/*/*.{bats,bash} | sed -nE 's/^\s*[a-z_]+_requires ([^#;&|]*).*/\1/p' |
		tr -s ' ' '\n' | grep -Ex '[a-z][a-z0-9-]*' | sort -u | grep -vxF "$words")
	[[ $words == *freezer* && $commands == *strace* && $commands == *promtool* ]]
	for word in $commands; do
		grep -Eq "^\s*(build|check|package) command $word " "$CT_SOURCE/bootstrap" || missing+=" $word"
	done
	[[ -z $missing ]] || { echo "missing:$missing" && false; }
}
