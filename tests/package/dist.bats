# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The tarball: the same bytes whoever makes it, and whatever from; and it builds.

load ../helpers

setup() {
	ct_requires git autoconf
	cd "$CT_SOURCE" || return
	[[ -e .git ]] || skip 'this is no checkout'
	git clone -q . "$BATS_TEST_TMPDIR/clone"
	cd "$BATS_TEST_TMPDIR/clone" || return
	unset MAKEFLAGS MAKELEVEL SOURCE_DATE_EPOCH
	make -s dist
	version=$(sed -n 's/^VERSION = //p' Makefile)
	tarball=$PWD/build/ct-$version.tar.gz
}

@test "another time, umask and zone give the same bytes" {
	mv "$tarball" first
	touch README
	sleep 1.1
	(umask 077 && TZ=Asia/Tokyo make -s dist)
	cmp first "$tarball"
}

@test "what is not committed is not in it" {
	mv "$tarball" first
	echo more >>README
	echo more >extra
	make -s dist
	cmp first "$tarball"
}

@test "the tree of a tarball gives the tarball, built or not" {
	cd "$BATS_TEST_TMPDIR" || return
	tar -xf "$tarball"
	cd "ct-$version" || return
	[[ -x configure && ! -e .git ]]
	make -s dist
	cmp "$tarball" "build/ct-$version.tar.gz"
	./configure --prefix=/usr CC="${CC-cc}" >/dev/null
	make -s -j2 all
	rm "build/ct-$version.tar.gz"
	make -s dist
	cmp "$tarball" "build/ct-$version.tar.gz"
	[[ $(build/bin/ct --version) == "ct (ct) $version" ]]
	make -s install DESTDIR="$BATS_TEST_TMPDIR/destination"
	[[ -e $BATS_TEST_TMPDIR/destination/usr/share/doc/ct/examples/ct.conf ]]
}
