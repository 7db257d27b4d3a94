# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The Debian package, of what is committed. Its own run of the tests is left out: they run here.

load ../helpers

tools="git autoconf dpkg-buildpackage dh lintian"

setup_file() {
	local tool
	cd "$CT_SOURCE" || return
	[[ -e .git ]] || return 0 # setup tells
	for tool in $tools; do
		command -v "$tool" >/dev/null || return 0
	done
	git clone -q . "$BATS_FILE_TMPDIR/clone"
	cd "$BATS_FILE_TMPDIR/clone" || return
	unset MAKEFLAGS MAKELEVEL LEAVE_OUT
	make -s deb DEB_FLAGS=-Pnocheck >log 2>&1 </dev/null || { cat log && return 1; }
	dpkg-deb -x build/deb/ct_*.deb "$BATS_FILE_TMPDIR/root"
}

setup() {
	# shellcheck disable=SC2086  # a list of words
	ct_requires $tools
	[[ -e $CT_SOURCE/.git ]] || skip 'this is no checkout'
	cd "$BATS_FILE_TMPDIR/clone" || return
}

@test "deb: lintian finds no error" {
	lintian --fail-on error build/deb/*.changes
}

@test "deb: it has what is listed, but for the name of another package's" {
	sed '/ctstat\.8$/!{/ctstat/d}; s|ctstat\.8|ct-stat.8|; s| -> .*||; /examples\/ct\.[io]/d
		s|^usr/lib/systemd|lib/systemd|; s|\(share/man/.*\)|\1.gz|' packaging/files >listed
	printf '%s\n' etc/init.d/ct usr/share/doc/ct/{NEWS.gz,README.gz,changelog.Debian.gz,copyright} >>listed
	(cd "$BATS_FILE_TMPDIR/root" && find . ! -type d -printf '%P\n') | LC_ALL=C sort >got
	LC_ALL=C sort listed | diff - got
}

@test "deb: installing it starts and enables nothing but what needs a file that is not there" {
	dpkg-deb -e build/deb/ct_*.deb "$BATS_FILE_TMPDIR/control"
	cat "$BATS_FILE_TMPDIR/control/postinst"
	run -1 grep "deb-systemd-invoke.*ct-root" "$BATS_FILE_TMPDIR/control/postinst"
	# on again after an upgrade, where somebody had it on
	[[ $(grep -c "enable 'ct-root.service'" "$BATS_FILE_TMPDIR/control/postinst") == 1 ]]
	[[ $(grep -B 9 "enable 'ct-root.service'" "$BATS_FILE_TMPDIR/control/postinst") == *"if deb-systemd-helper debian-installed 'ct-root.service'; then"*"if deb-systemd-helper --quiet was-enabled 'ct-root.service'; then"* ]]
	grep -q "deb-systemd-helper enable 'ct.service'" "$BATS_FILE_TMPDIR/control/postinst"
	grep -q '^ConditionPathExists=/etc/ct.conf$' "$BATS_FILE_TMPDIR/root/lib/systemd/system/ct.service"
	run -1 grep -E '^(Wants|Requires)=' "$BATS_FILE_TMPDIR/root/lib/systemd/system/ct.service"
}

@test "deb: it needs nothing but libc" {
	local depends
	depends=$(dpkg-deb -f build/deb/ct_*.deb Depends)
	[[ $depends =~ ^libc6\ \(\>=\ [0-9.]+\)$ ]]
}

@test "deb: what is in it runs" {
	diff <("$BATS_FILE_TMPDIR/root/usr/bin/ct" --describe) <(ct --describe)
	"$BATS_FILE_TMPDIR/root/usr/bin/ctkill" --version | grep '^ctkill (ct) '
}
