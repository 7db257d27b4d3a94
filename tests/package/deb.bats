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
	for name in ct libct0 libct-dev; do
		dpkg-deb -x build/deb/${name}_*.deb "$BATS_FILE_TMPDIR/$name" || return
	done
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

# packaged NAME: what is in it.
packaged() { (cd "$BATS_FILE_TMPDIR/$1" && find . ! -type d -printf '%P\n') | LC_ALL=C sort; }

# What is libct's.
library='libct|/ct\.h|/job\.'

@test "deb: it has what is listed, but for the name of another package's" {
	sed '/ctstat\.8$/!{/ctstat/d}; s|ctstat\.8|ct-stat.8|; s| -> .*||; /examples\/ct\.[io]/d
		s|^usr/lib/systemd|lib/systemd|; s|\(share/man/.*\)|\1.gz|' packaging/files | grep -Ev "$library" >listed
	printf '%s\n' etc/init.d/ct usr/share/doc/ct/{NEWS.gz,README.gz,changelog.Debian.gz,copyright} >>listed
	LC_ALL=C sort listed | diff - <(packaged ct)
}

@test "deb: the library, and what builds with it, are packages of their own" {
	local where
	where=usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)
	printf '%s\n' "$where/libct.so.0" usr/share/doc/libct0/{changelog.Debian.gz,copyright} | diff - <(packaged libct0)
	(grep -E "$library" packaging/files | grep -vx 'usr/lib/libct\.so\.0' |
		sed "s| -> .*||; s|^usr/lib/|$where/|; s|doc/ct/|doc/libct-dev/|; s|\(share/man/.*\)|\1.gz|" &&
		printf '%s\n' usr/share/doc/libct-dev/{changelog.Debian.gz,copyright}) | LC_ALL=C sort | diff - <(packaged libct-dev)
	grep -qx "linkdir=/$where/ct" "$BATS_FILE_TMPDIR/libct-dev/$where/pkgconfig/libct.pc"
	[[ $(readlink "$BATS_FILE_TMPDIR/libct-dev/$where/ct/libct.so") == ../libct.so.0 ]]
	[[ $(dpkg-deb -f build/deb/libct0_*.deb Depends) =~ ^libc6\ \(\>=\ [0-9.]+\)$ ]]
}

@test "deb: installing it starts and enables nothing but what needs a file that is not there" {
	dpkg-deb -e build/deb/ct_*.deb "$BATS_FILE_TMPDIR/control"
	cat "$BATS_FILE_TMPDIR/control/postinst"
	run -1 grep "deb-systemd-invoke.*ct-root" "$BATS_FILE_TMPDIR/control/postinst"
	# on again after an upgrade, where somebody had it on
	[[ $(grep -c "enable 'ct-root.service'" "$BATS_FILE_TMPDIR/control/postinst") == 1 ]]
	[[ $(grep -B 9 "enable 'ct-root.service'" "$BATS_FILE_TMPDIR/control/postinst") == *"if deb-systemd-helper debian-installed 'ct-root.service'; then"*"if deb-systemd-helper --quiet was-enabled 'ct-root.service'; then"* ]]
	grep -q "deb-systemd-helper enable 'ct.service'" "$BATS_FILE_TMPDIR/control/postinst"
	grep -q '^ConditionPathExists=/etc/ct.conf$' "$BATS_FILE_TMPDIR/ct/lib/systemd/system/ct.service"
	run -1 grep -E '^(Wants|Requires)=' "$BATS_FILE_TMPDIR/ct/lib/systemd/system/ct.service"
}

@test "deb: it needs nothing but libc" {
	local depends
	depends=$(dpkg-deb -f build/deb/ct_*.deb Depends)
	[[ $depends =~ ^libc6\ \(\>=\ [0-9.]+\)$ ]]
}

@test "deb: what is in it runs" {
	diff <("$BATS_FILE_TMPDIR/ct/usr/bin/ct" --describe) <(ct --describe)
	"$BATS_FILE_TMPDIR/ct/usr/bin/ctkill" --version | grep '^ctkill (ct) '
}
