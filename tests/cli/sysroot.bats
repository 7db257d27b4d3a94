#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Another machine is shown, never changed; and what this one's processes have to do with the
# numbers of the other's is nothing.

load cli

text='--sysroot shows another machine: nothing can be changed there'

unchanged() { diff -r "$(machine v2)" "$copy"; }

setup() { copy v2; }

@test "nothing is changed without --dry-run" {
	expect 1 '' "ctcreate: $text" ctcreate --sysroot "$copy" new
	expect 1 '' "ctrm: $text" ctrm --sysroot "$copy" pool/threads
	expect 1 '' "ctattach: $text" ctattach --sysroot "$copy" -c web/frontend 1
	expect 125 '' "ctexec: $text" ctexec --sysroot "$copy" -c db echo run
	expect 125 '' "ctexec: $text" ctexec -f --sysroot "$copy" -c db echo run
	expect 1 '' "ctmount: ${text/changed/mounted}" ctmount --sysroot "$copy" -2 "$BATS_TEST_TMPDIR"
	expect 1 '' "ctmount: ${text/changed/mounted}" ctmount --sysroot "$copy" -u "$copy/sys/fs/cgroup"
	unchanged
}

@test "nobody is signalled, here least of all" {
	# a process of ours in the place of one of theirs
	local theirs ours
	sleep 100 3>&- &
	ours=$! theirs=$(pids v2 /sys/fs/cgroup/db)
	echo "$ours" >"$copy/sys/fs/cgroup/db/cgroup.procs"
	cp -R "$copy/proc/$theirs" "$copy/proc/$ours"
	mv "$copy/proc/$ours/task/$theirs" "$copy/proc/$ours/task/$ours"
	expect 1 '' "ctkill: $text" ctkill --sysroot "$copy" db
	kill -0 "$ours"
	kill "$ours"
}

@test "what a plan does not do" {
	expect 0 'create v2 /new' '' ctcreate -n --sysroot "$copy" new
	expect 0 'join v2 /db' '' ctexec -n --sysroot "$copy" -c db echo run
	expect 0 'remove v2 /pool/threads' '' ctrm -n --sysroot "$copy" pool/threads
	unchanged
}
