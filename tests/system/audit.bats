# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Audit records. Where they are written is shown in a guest (tests/vm/audit), because auditing that was
# on once makes each process of a machine slower; here, that nothing is done where it is off.

load ../helpers
load common

setup_file()    { common_setup; }
teardown_file() { common_teardown; }
setup()         { ct_requires root named; }
teardown()      { system_clean; }

# Like the question of ct, which auditctl asks in another way.
requires_off() {
	ct_requires strace
	[[ $(strace -qq -e trace=recvfrom ctset "/$CT_H1" 2>&1) != *EINVAL* ]] || skip 'auditing is on here'
}

# asked COMMAND...: how often a socket of the audit system was opened.
asked() {
	strace -f -qq -e trace=socket -o "$BATS_TEST_TMPDIR/trace" "$@" >/dev/null
	grep -c NETLINK_AUDIT "$BATS_TEST_TMPDIR/trace" || true
}

@test "where auditing is off, CT_AUDIT=require refuses before anything is changed" {
	requires_off
	local -x CT_AUDIT=require
	fails_with 1 'ctcreate: CT_AUDIT=require: auditing is off: auditctl -e 1 turns it on' ctcreate -H "$CT_OWN" "$CT_TOP"
	in_none
	fails_with 125 'ctexec: CT_AUDIT=require: auditing is off: auditctl -e 1 turns it on' \
		ctexec -p -H "$CT_OWN" -c "$CT_TOP" touch "$BATS_TEST_TMPDIR/ran"
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
	mkdir "$BATS_TEST_TMPDIR/mnt"
	fails_with 1 'ctmount: CT_AUDIT=require: auditing is off: auditctl -e 1 turns it on' \
		ctmount --name "${CT_TEST_ID}_9" "$BATS_TEST_TMPDIR/mnt"
	in_none
	# what changes nothing works
	run -0 ctcreate -n -H "$CT_OWN" "$CT_TOP"
	run -0 ctstat -r
	run -0 ctmount
}

@test "CT_AUDIT that means nothing is refused" {
	fails_with 1 'ctcreate: CT_AUDIT=no: it is off, auto or require' env CT_AUDIT=no ctcreate -H "$CT_OWN" "$CT_TOP"
	in_none
	ctcreate -H "$CT_OWN" "$CT_TOP"
	fails_with 1 "ctset: CT_AUDIT=no: it is off, auto or require" env CT_AUDIT=no ctset "$CT_TOP" notify_on_release=1
	run -0 env CT_AUDIT=no ctstat "$CT_TOP"
}

@test "where auditing is off, ctexec asks once, loads nothing and says nothing" {
	requires_off
	ctcreate -H "$CT_OWN" "$CT_TOP"
	[[ $(asked ctexec -c "$CT_TOP" true) == 1 ]]
	[[ $(asked env CT_AUDIT=off ctexec -c "$CT_TOP" true) == 0 ]]
	[[ $(asked ctstat -H "$CT_OWN" "$CT_TOP") == 0 ]]
	run -0 --separate-stderr ctexec -v -c "$CT_TOP" true
	[[ $stderr != *audit* ]]
	LD_DEBUG=files ctexec -c "$CT_TOP" true 2>"$BATS_TEST_TMPDIR/files"
	grep -q libc.so "$BATS_TEST_TMPDIR/files"
	run -1 grep libaudit "$BATS_TEST_TMPDIR/files"
}

@test "who may not write records works without; with -v it is said, with require refused" {
	ct_requires user setpriv
	local user=(setpriv --bounding-set -audit_write --inh-caps -audit_write)
	"${user[@]}" ctcreate -H "$CT_OWN" "$CT_TOP"
	run -0 --separate-stderr "${user[@]}" ctcreate -v -H "$CT_OWN" "$CT_TOP/a"
	grep -qx 'ctcreate: audit records take root, or the capability CAP_AUDIT_WRITE' <<<"$stderr"
	CT_AUDIT=require fails_with 1 \
		'ctcreate: CT_AUDIT=require: audit records take root, or the capability CAP_AUDIT_WRITE' \
		"${user[@]}" ctcreate -H "$CT_OWN" "$CT_TOP/b"
	[[ ! -e $CT_H1/$CT_TOP/b ]]
}

@test "a kernel that cannot audit, or answers nonsense, is no failure" {
	ct_requires strace
	local what
	for what in socket:error=EPROTONOSUPPORT sendto:error=ECONNREFUSED recvfrom:error=EIO; do
		inject "$what" ctcreate -p -H "$CT_OWN" "$CT_TOP/$what"
		[[ -d $CT_H4/$CT_TOP/$what ]]
	done
	run -1 env CT_AUDIT=require strace -f -qq -o /dev/null -e trace=socket -e inject=socket:error=EPROTONOSUPPORT \
		ctcreate -H "$CT_OWN" "$CT_TOP/x"
	[[ $output == 'ctcreate: CT_AUDIT=require: this kernel cannot audit (CONFIG_AUDIT)' ]]
}

@test "the records of every command, in a guest whose auditing is on" {
	ct_requires plain
	# its name tells what is wrong
	CT_BUILD=$CT_BIN/.. TMPDIR=$BATS_TEST_TMPDIR "$CT_SOURCE/tests/vm/audit" >"$BATS_TEST_TMPDIR/tap" 2>&1 3>&- || {
		cat "$BATS_TEST_TMPDIR/tap"
		return 1
	}
	! grep '^1\.\.0 # SKIP' "$BATS_TEST_TMPDIR/tap" || skip "$(sed -n 's/^1\.\.0 # SKIP //p' "$BATS_TEST_TMPDIR/tap")"
	[[ $(grep -c '^ok' "$BATS_TEST_TMPDIR/tap") -gt 50 ]]
}
