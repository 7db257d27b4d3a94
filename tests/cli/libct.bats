# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What libct.so.0 exports, and its header by itself.

load ../helpers

setup() { library=$CT_BIN/../lib/libct.so.0; }

@test "the library exports what its map lists, in that version, and nothing else" {
	ct_requires plain nm
	sed -n 's/^\t\(libct_[a-z_]*\);$/\1@@LIBCT_0/p' "$CT_SOURCE/lib/libct.map" | sort >"$BATS_TEST_TMPDIR/map"
	[[ -s $BATS_TEST_TMPDIR/map ]]
	nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sort | diff "$BATS_TEST_TMPDIR/map" -
	# and what it lists, the header declares
	grep -o 'libct_[a-z_]*(' "$CT_SOURCE/lib/ct.h" | sed 's/($/@@LIBCT_0/' | sort -u | diff "$BATS_TEST_TMPDIR/map" -
	# and the page tells of
	grep -o '\<libct_[a-z_]*' "$CT_SOURCE/man/libct.3.scd" | sed 's/$/@@LIBCT_0/' | sort -u |
		grep -vx -e libct_move_how@@LIBCT_0 -e libct_error@@LIBCT_0 | diff "$BATS_TEST_TMPDIR/map" -
}

@test "the library is called libct.so.0, needs libc alone, and prints, ends and forks by nobody else's means" {
	ct_requires plain readelf nm
	readelf -d "$library" | grep -q 'SONAME.*\[libct\.so\.0\]'
	[[ $(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v -e '^libc\.' -e '^ld-linux' -e '^libbsd\.' -e '^libmd\.') == '' ]]
	# no text relocations, no executable stack
	run -1 grep -q TEXTREL <(readelf -d "$library")
	readelf -lW "$library" | awk '$1 == "GNU_STACK" { print $7 }' | diff - <(echo RW)
	# of libc, it takes nothing that ends a process or prints
	run -1 grep -Ew 'exit|abort|printf|puts|putchar|perror|err|errx|warn|warnx|stdout|stderr|system|setlocale|setenv|putenv' \
		<(nm -D --undefined-only "$library" | sed 's/.* //; s/@.*//')
}

@test "the header compiles by itself in C99, C17 and C++, without a warning" {
	local compiler
	ct_requires cc
	printf '#include <ct.h>\nint main(void) { struct libct_move_how m = LIBCT_MOVE_INIT; struct libct_spawn_how s = LIBCT_SPAWN_INIT; %s\n' \
		'struct libct_figures t = LIBCT_FIGURES_INIT; return (int)(m.flags + s.flags + t.known) + (libct_version() == 0); }' \
		>"$BATS_TEST_TMPDIR/use.c"
	cp "$BATS_TEST_TMPDIR/use.c" "$BATS_TEST_TMPDIR/use.cc"
	for compiler in gcc clang; do
		command -v $compiler >/dev/null || continue
		for standard in c99 c17; do
			$compiler -std=$standard -Wall -Wextra -Wpedantic -Wshadow -Wundef -Werror -I"$CT_SOURCE/lib" -fsyntax-only "$BATS_TEST_TMPDIR/use.c"
		done
	done
	for compiler in g++ clang++; do
		command -v $compiler >/dev/null || continue
		for standard in c++11 c++17; do
			$compiler -std=$standard -Wall -Wextra -Wpedantic -Wshadow -Wundef -Werror -I"$CT_SOURCE/lib" -fsyntax-only "$BATS_TEST_TMPDIR/use.cc"
		done
	done
}

@test "the sizes of the header's structures are those that programs have been built with" {
	ct_requires cc
	printf '#include <ct.h>\n#define IS(what, size) _Static_assert(sizeof(what) == (size), #what);\n' >"$BATS_TEST_TMPDIR/sizes.c"
	printf 'IS(struct libct_error, 1024) IS(struct libct_move_how, sizeof(void *) == 8 ? 48 : 40) IS(struct libct_figures, sizeof(void *) == 8 ? 112 : 112)\n' \
		>>"$BATS_TEST_TMPDIR/sizes.c"
	printf 'IS(struct libct_spawn_how, sizeof(void *) == 8 ? 48 : 40)\n' >>"$BATS_TEST_TMPDIR/sizes.c"
	cc -std=c11 -I"$CT_SOURCE/lib" -fsyntax-only "$BATS_TEST_TMPDIR/sizes.c"
}
