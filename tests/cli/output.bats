#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Names of other users' making, and output that cannot be written.

load cli

# A machine with containers whose names would control a terminal, fake a line, or break JSON.
hostile() {
	local name top
	copy "$1"
	top=$copy/sys/fs/cgroup
	for name in $'a\e[31mred' $'b\nc' $'d\te\\f"g' $'h\x9b31m' $'i\xff'; do
		mkdir "$top/web/$name"
		: >"$top/web/$name/cgroup.procs"
	done
	find "$top" -name cgroup.procs -exec sh -c ': >"$1"' sh {} \;
}

# harmless FILE: it has no control character but newlines, and nothing above ASCII.
harmless() {
	local bytes
	bytes=$(LC_ALL=C tr -d '\n -~' <"$1" | od -An -tx1)
	[[ -z $bytes ]] || { echo "raw bytes in the output: $bytes" && return 1; }
}

@test "hostile names in a table" {
	ct_requires library:libsmartcols
	hostile v2
	capture ctstat -r --sysroot "$copy" web
	[ "$status" = 0 ]
	harmless "$out"
	[ "$(wc -l <"$out")" = 9 ]
	grep -q '^web/a.*red  *0  *empty$' <(sed 's/ *$//' "$out")
}

@test "hostile names in JSON" {
	ct_requires library:libsmartcols jq
	hostile v2
	rm -r "$copy"/sys/fs/cgroup/web/[hi]*
	capture ctstat -rJ --sysroot "$copy" web
	[ "$status" = 0 ]
	harmless "$out"
	same '["web","web/a\u001b[31mred","web/b\nc","web/backend","web/d\te\\f\"g","web/frontend"]' \
		<(jq -c '[.containers[].name]' "$out")
}

@test "JSON of names that are no UTF-8" {
	ct_requires library:libsmartcols jq
	hostile v2
	capture ctstat -rJ --sysroot "$copy" web
	[ "$status" = 0 ]
	[ "$(jq '.containers | length' "$out")" = 8 ]
	# valid for others too: jq forgives bytes that are no UTF-8
	iconv -f UTF-8 -t UTF-8 "$out" >/dev/null
}

# Not to a terminal they are for programs, which want the bytes that commands take.
@test "hostile names alone" {
	hostile v2
	expect 0 $'web
web/a^[[31mred
web/b\\nc
web/backend
web/d\\te\\f"g
web/frontend
web/h\x9b31m
web/i\xff' '' ctstat --names --sysroot "$copy" web
}

@test "hostile names alone on a terminal" {
	ct_requires script
	local wanted='web
web/a^[[31mred
web/b\nc
web/backend
web/d\te\f"g
web/frontend
web/hM^[31m
web/iM^?'
	hostile v2
	capture script -qec "ctstat --names --sysroot '$copy' web" /dev/null
	[ "$status" = 0 ]
	same "$wanted" <(tr -d '\r' <"$out")
}

@test "hostile names in a plan" {
	hostile v2
	rm -r "$copy"/sys/fs/cgroup/web/{backend,frontend}
	expect 0 'remove v2 /web/iM^?
remove v2 /web/hM^[31m
remove v2 /web/d\te\f"g
remove v2 /web/b\nc
remove v2 /web/a^[[31mred
remove v2 /web' '' ctrm -n -r --sysroot "$copy" web
}

@test "hostile names in a message" {
	hostile v2
	expect 1 '' 'ctrm: web: it holds web/a^[[31mred, web/b\nc, web/backend, ... in v2: -r removes what is below too' \
		ctrm -n --sysroot "$copy" web
}

@test "hostile names in the mount table" {
	ct_requires library:libsmartcols
	capture ctmount --sysroot "$(machine twice)"
	[ "$status" = 0 ]
	harmless "$out"
}

@test "a terminal that understands UTF-8 is shown it" {
	[[ $(LC_ALL=C.UTF-8 locale charmap 2>/dev/null) == UTF-8 ]] || skip 'there is no locale C.UTF-8'
	hostile v2
	LC_ALL=C.UTF-8 expect 0 'café au lait' '' ctstat --names --sysroot "$copy" 'café au lait'
	# but what controls it is not, nor what is no UTF-8 and would
	ct_requires library:libsmartcols
	LC_ALL=C.UTF-8 capture ctstat --noheadings -o name -r --sysroot "$copy" web
	[ "$status" = 0 ]
	harmless "$out"
	[ "$(wc -l <"$out")" = 8 ]
}

full() {
	local wanted=$1
	shift
	status=0
	"$@" >/dev/full 2>"$BATS_TEST_TMPDIR/err" || status=$?
	same "$wanted: cannot write the output: No space left on device" "$BATS_TEST_TMPDIR/err"
	[ "$status" = 1 ]
}

@test "a full disk behind stdout" {
	full ct ct --help
	full ct ct --version
	full ct ct --describe
	for command in ctattach ctclone ctcreate ctexec ctkill ctmount ctrm ctset ctstat; do
		full "$command" "$command" --help
		full "$command" "$command" --version
	done
	full ctstat ctstat --names --sysroot "$(machine v2)"
	full ctcreate ctcreate -n --sysroot "$(machine v2)" new
	full ctexec ctexec -n --sysroot "$(machine v2)" -c db true
	full ctkill ctkill -n --sysroot "$(machine v2)" db
}

@test "a full disk behind a table" {
	ct_requires library:libsmartcols
	full ctstat ctstat --sysroot "$(machine v2)"
	full ctstat ctstat -J --sysroot "$(machine v2)"
	full ctmount ctmount --sysroot "$(machine v2)"
	full ctmount ctmount -J --sysroot "$(machine v2)"
}

@test "more than a buffer onto a full disk" {
	local name
	copy v2
	for name in $(seq 300); do
		mkdir "$copy/sys/fs/cgroup/web/$(repeat 100 n)$name"
	done
	full ctstat ctstat --names --sysroot "$copy"
}

@test "a closed stdout" {
	status=0
	sh -c 'exec "$@" >&-' sh ctstat --names --sysroot "$(machine v2)" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	same 'ctstat: cannot write the output: Bad file descriptor' "$BATS_TEST_TMPDIR/err"
	[ "$status" = 1 ]
}

@test "a closed stdout that is not needed" {
	status=0
	sh -c 'exec "$@" >&-' sh ctrm -n --sysroot "$(machine v2)" none 2>"$BATS_TEST_TMPDIR/err" || status=$?
	same 'ctrm: none: no such container in v2; ct stat -r lists those there are, ctcreate makes one' \
		"$BATS_TEST_TMPDIR/err"
	[ "$status" = 1 ]
	status=0
	sh -c 'exec "$@" >&- 2>&- <&-' sh ctkill -n --sysroot "$(machine v2)" web || status=$?
	[ "$status" = 0 ]
}
