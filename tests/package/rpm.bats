# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The RPM, of what is committed. What it needs for the build is not asked of RPM's database, which
# does not know of Debian's packages; and its own run of the tests is left out.

load ../helpers

tools="git autoconf rpmbuild"

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
	make -s rpm RPM_FLAGS='--nodeps --nocheck' >log 2>&1 </dev/null || { cat log && return 1; }
}

setup() {
	# shellcheck disable=SC2086  # a list of words
	ct_requires $tools
	[[ -e $CT_SOURCE/.git ]] || skip 'this is no checkout'
	cd "$BATS_FILE_TMPDIR/clone" || return
	package=$(find build/rpm/RPMS -name 'ct-0*.rpm')
}

@test "rpm: it has what is listed, but for the name of another package's" {
	sed '/ctstat\.8$/!{/ctstat/d}; s|ctstat\.8|ct-stat.8|; s| -> .*||; /examples/d' packaging/files | grep -Ev 'libct|/ct\.h' >listed
	printf '%s\n' usr/share/doc/ct/{NEWS,README,containers.yml,ct-parallel,ct-slurm,ct.conf,spank_ct.c} usr/share/licenses/ct/COPYING >>listed
	rpm -qpl "$package" | sed -n 's|^/||; s|\.gz$||; s|/ct-[0-9.]*/|/ct/|; p' | grep -v -e /.build-id -e '/ct-[0-9.]*$' \
		-e 'doc/ct$' -e 'licenses/ct$' | LC_ALL=C sort >got
	LC_ALL=C sort listed | diff - got
}

@test "rpm: the library, and what builds with it, are packages of their own" {
	local where
	where=$(rpm --eval %_libdir)
	printf '%s\n' "$where/libct.so.0" /usr/share/licenses/libct0/COPYING |
		diff - <(rpm -qpl build/rpm/RPMS/*/libct0-*.rpm | grep -v -e /.build-id -e 'licenses/libct0[-0-9.]*$' | sed 's|/libct0-[0-9.]*/|/libct0/|')
	printf '%s\n' /usr/include/ct.h "$where/ct" "$where/ct/libct.so" "$where/pkgconfig/libct.pc" /usr/share/man/man3/libct.3 |
		diff - <(rpm -qpl build/rpm/RPMS/*/libct-devel-*.rpm | grep -v /share/doc/ | sed 's/\.gz$//')
	rpm -qpl build/rpm/RPMS/*/libct-devel-*.rpm | grep -c '/share/doc/.*/job\.'  | grep -qx 2
}

@test "rpm: there is a source package" {
	rpm -qpl build/rpm/SRPMS/ct-*.src.rpm | sort | diff - <(printf '%s\n' ct-*.tar.gz ct.spec |
		sed "s/\*/$(sed -n 's/^VERSION = //p' Makefile)/")
}
