# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What "make install" installs, and that the descriptions of the packages agree with it. The
# recipes for Alpine and Arch are run as far as a shell alone can run them.

load ../helpers

setup() {
	ct_requires scdoc
	cd "$CT_SOURCE" || return
	destination=$BATS_TEST_TMPDIR/destination
	unset MAKEFLAGS MAKELEVEL LEAVE_OUT
	# without the name that is iproute2's
	sed '/ctstat\.8$/!{/ctstat/d}; s|ctstat\.8|ct-stat.8|' packaging/files | LC_ALL=C sort >"$BATS_TEST_TMPDIR/packaged"
}

# installed DIR: the list of what is there.
installed() {
	(cd "$1" && find . ! -type d -printf '%P -> %l\n' | sed 's/ -> $//' | LC_ALL=C sort)
}

put() {
	make -s "$@" DESTDIR="$destination" prefix=/usr
}

@test "what is installed is what packaging/files lists" {
	put install
	installed "$destination" | diff packaging/files -
	[[ $("$destination/usr/bin/ctstat" --version) == "ctstat (ct) $(sed -n 's/^VERSION = //p' Makefile)" ]]
	[[ $(find "$destination" -type f -perm /111 -printf '%P\n' | sort | tr '\n' ' ') == \
		"usr/bin/ct usr/lib/libct.so.0 $(printf 'usr/share/doc/ct/examples/%s ' ct-parallel ct-slurm ct.init ct.openrc)" ]]
	[[ -z $(find "$destination" ! -type l -perm /022) ]]
}

@test "uninstall leaves no file" {
	put install
	put uninstall
	[[ -z $(installed "$destination") ]]
	put install LEAVE_OUT=ctstat
	put uninstall LEAVE_OUT=ctstat
	[[ -z $(installed "$destination") ]]
}

@test "a name can be left out, and its page says how it is called then" {
	put install LEAVE_OUT=ctstat
	installed "$destination" | diff "$BATS_TEST_TMPDIR/packaged" -
	run -1 grep -rwI ctstat "$destination/usr/share/man" "$destination/usr/lib"
	grep -qx 'ct-stat - list .*' "$destination/usr/share/man/man8/ct-stat.8"
	grep -q '\\fBct stat\\fR' "$destination/usr/share/man/man8/ct-stat.8"
	grep -q 'fBct-stat\\fR(8)' "$destination/usr/share/man/man8/ctkill.8"
	head -n 1 "$destination/usr/share/zsh/site-functions/_ct" | diff - <(echo "#compdef ct" \
		"$(ct --describe | awk -F '\t' '$1 == "applet" && $2 !~ /^ct(stat)?$/ { print $2 }' | xargs)")
}

@test "the other directories can be chosen" {
	put install bindir=/b mandir=/m unitdir=/u docdir=/d datadir=/s libdir=/l includedir=/i linkdir=/k
	[[ -e $destination/l/libct.so.0 && -e $destination/i/ct.h && $(readlink "$destination/k/libct.so") == /l/libct.so.0 ]]
	grep -qx 'Libs: -L"${linkdir}" -lct' "$destination/l/pkgconfig/libct.pc"
	grep -qx linkdir=/k "$destination/l/pkgconfig/libct.pc"
	put install libdir=/l linkdir=/l
	[[ $(readlink "$destination/l/libct.so") == libct.so.0 ]]
	rm -r "${destination:?}/usr"
	[[ -x $destination/b/ctexec && -e $destination/m/man8/ct.8 && -e $destination/u/ct.service ]]
	[[ -e $destination/d/examples/ct.conf && -e $destination/s/zsh/site-functions/_ct && ! -e $destination/usr ]]
	grep -q '^ExecStart=/b/ctcreate ' "$destination/u/ct.service"
}

@test "the installed scripts name the installed commands" {
	put install bindir=/opt/ct/bin
	grep -q '^ExecStart=/opt/ct/bin/ctcreate ' "$destination/usr/lib/systemd/system/ct.service"
	grep -q '^ExecStart=/opt/ct/bin/ctclone ' "$destination/usr/lib/systemd/system/ct-root.service"
	for script in init openrc; do
		sh -n "$destination/usr/share/doc/ct/examples/ct.$script"
		grep -q '/opt/ct/bin/ct create --from' "$destination/usr/share/doc/ct/examples/ct.$script"
		run -1 grep @ "$destination/usr/share/doc/ct/examples/ct.$script"
	done
	for script in ct-slurm ct-parallel; do
		sh -n "$destination/usr/share/doc/ct/examples/$script"
	done
	grep -q '^PATH=/opt/ct/bin:' "$destination/usr/share/doc/ct/examples/ct-slurm"
	grep -q '^ct=/opt/ct/bin/ct$' "$destination/usr/share/doc/ct/examples/ct-parallel"
	grep -q ' ct: "/opt/ct/bin/ct"$' "$destination/usr/share/doc/ct/examples/containers.yml"
	run -1 grep -r @bindir@ "$destination"
}

@test "a directory with a blank in its name" {
	there="$BATS_TEST_TMPDIR/my ct"
	put install bindir="$there"
	[[ -x $destination$there/ctexec ]]
	examples=$destination/usr/share/doc/ct/examples units=$destination/usr/lib/systemd/system
	mkdir "$there"
	printf '#!/bin/sh\necho "$0" "$@"\n' >"$there/ct"
	chmod +x "$there/ct"
	cp "$there/ct" "$there/ctcreate"
	cp "$there/ct" "$there/ctclone"
	echo '[a]' >"$BATS_TEST_TMPDIR/conf"
	run -0 env "CT_CONF=$BATS_TEST_TMPDIR/conf" "$examples/ct.init" start
	[[ $output == "$there/ct create --from $BATS_TEST_TMPDIR/conf" ]]
	env "CT_CONF=$BATS_TEST_TMPDIR/conf" "$examples/ct.init" status
	# shellcheck disable=SC2016  # for the inner shell
	run -0 bash -c 'ebegin() { :; }; eend() { return "$1"; }; . <(sed "s|-e /etc/ct.conf|-e /|" "$1"); start' bash "$examples/ct.openrc"
	[[ $output == "$there/ct create --from /etc/ct.conf" ]]
	run -0 env SLURM_SCRIPT_CONTEXT=prolog_slurmd SLURM_JOB_ID=7 SLURM_JOB_UID=1 SLURM_JOB_GID=2 "$examples/ct-slurm"
	[[ ${lines[-1]} == "$there/ct create -p -a 1:2 jobs/7" ]]
	eval "$(grep '^ct=' "$examples/ct-parallel")"
	# shellcheck disable=SC2154  # it is of the script
	run -0 sh -c "$ct --here" # as a shell on another machine reads it
	[[ $output == "$there/ct --here" ]]
	grep -qF " ct: \"$there/ct\"" "$examples/containers.yml"
	grep -qF "ExecStart=${there// /\\x20}/ctcreate " "$units/ct.service"
}

@test "a directory with a blank in its name: libct" {
	ct_requires pkg-config
	there="$BATS_TEST_TMPDIR/my ct"
	put install libdir="$there/lib" includedir="$there/include"
	eval "words=($(PKG_CONFIG_PATH="$destination$there/lib/pkgconfig" pkg-config --cflags --libs libct))"
	[[ ${#words[@]} == 3 && ${words[*]} == "-I$there/include -L$there/lib/ct -lct" ]]
	[[ -e $destination${words[0]#-I}/ct.h && -L $destination${words[1]#-L}/libct.so ]]
}

@test "systemd reads the units, also of a directory with a blank in its name" {
	ct_requires systemd-analyze
	put install bindir="$BATS_TEST_TMPDIR/my ct"
	cp -R "$destination$BATS_TEST_TMPDIR/my ct" "$BATS_TEST_TMPDIR"
	units=$destination/usr/lib/systemd/system
	run systemd-analyze verify --man=no "$units/ct-root.service" "$units/ct.service"
	run -1 grep -F -e 'my' -e 'ct.service' -e 'ct-root.service' <<<"$output"
}

@test "all say the same version" {
	local version
	version=$(sed -n 's/^VERSION = //p' Makefile)
	diff - <(
		sed -n '1s/^ct (\([^-]*\)-.*/\1/p' packaging/debian/changelog
		sed -n 's/^Version: *//p' packaging/rpm/ct.spec
		sed -n 's/^pkgver=//p' packaging/alpine/APKBUILD packaging/arch/PKGBUILD
	) <<<"$version
$version
$version
$version"
}

# The tools are not to be had here: this is what a shell can tell.
@test "the recipe for Arch packages what is listed" {
	export destination
	bash -euc '
		. packaging/arch/PKGBUILD
		make() { command make -s "$@" prefix=/usr; }
		mkdir -p "$BATS_TEST_TMPDIR/src" && cd "$BATS_TEST_TMPDIR/src"
		ln -s "$CT_SOURCE" "$pkgname-$pkgver"
		pkgdir=$destination
		package
		for name in build check; do declare -F "$name" >/dev/null; done
		printf "%s\n" "$pkgname" "${arch[@]}" "${license[@]}" "${source[@]}" "${sha256sums[@]}" >"$BATS_TEST_TMPDIR/declared"
	'
	diff - "$BATS_TEST_TMPDIR/declared" <<-END
		ct
		x86_64
		aarch64
		MIT
		ct-$(sed -n 's/^VERSION = //p' Makefile).tar.gz
		SKIP
	END
	(cat "$BATS_TEST_TMPDIR/packaged" && echo usr/share/licenses/ct/COPYING) | LC_ALL=C sort |
		diff - <(installed "$destination")
}

@test "the recipe for Alpine packages what is listed" {
	export destination
	srcdir=$BATS_TEST_TMPDIR/src sh -euc '
		. packaging/alpine/APKBUILD
		make() { command make -s "$@" prefix=/usr; }
		mkdir -p "$srcdir"
		ln -s "$CT_SOURCE" "$builddir"
		pkgdir=$destination
		package
		for name in build check; do command -v "$name" >/dev/null; done
	'
	(grep -v /systemd/ "$BATS_TEST_TMPDIR/packaged" && echo etc/init.d/ct) | LC_ALL=C sort |
		diff - <(installed "$destination")
}
