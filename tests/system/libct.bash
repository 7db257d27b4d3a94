# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154  # what the tests share
#
# For the tests of libct, after "load ../helpers", "load common" and "load move": the library is
# installed into a directory of its own, and the programs of tests/libct are built with what
# pkg-config says of it, and nothing else.

libct_setup() {
	move_setup || return
	command -v cc >/dev/null && command -v pkg-config >/dev/null || return 0
	export LIBCT_ROOT=$BATS_FILE_TMPDIR/root
	(
		unset MAKEFLAGS MAKELEVEL
		make -s -C "$CT_SOURCE" install-lib VARIANT="$CT_VARIANT" DESTDIR="$LIBCT_ROOT" prefix=/usr
	) || return
	export LD_LIBRARY_PATH=$LIBCT_ROOT/usr/lib
	# it cannot look for leaks in what strace watches
	[[ $CT_VARIANT != asan ]] || export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
	for program in host crowd strange; do libct_build "$CT_SOURCE/tests/libct/$program.c" || return; done
}

# libct_build FILE: such a program, into $BATS_FILE_TMPDIR.
libct_build() {
	local flags sanitize=''
	case $CT_VARIANT in
	asan) sanitize=-fsanitize=address,undefined ;;
	tsan) sanitize=-fsanitize=thread ;;
	coverage) sanitize=--coverage ;;
	esac
	flags=$(PKG_CONFIG_PATH=$LIBCT_ROOT/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$LIBCT_ROOT \
		pkg-config --cflags --libs libct) || return
	# shellcheck disable=SC2086  # lists of words
	cc -std=gnu17 -O1 -g -Wall -Wextra -Werror -pthread $sanitize -o "$BATS_FILE_TMPDIR/$(basename "$1" .c)" "$1" $flags
}

# host ARGUMENT...: the program of that name, on the hierarchies of the test.
host() { timeout -k 1 30 "$BATS_FILE_TMPDIR/host" -H "$hierarchies" "$@" 3>&-; }

# says TEXT COMMAND...: it succeeds, and prints that and no more.
says() {
	local text=$1
	shift
	"$@" >"$BATS_TEST_TMPDIR/out" || { cat "$BATS_TEST_TMPDIR/out" && return 1; }
	diff <([[ -z $text ]] || printf '%s\n' "$text") "$BATS_TEST_TMPDIR/out"
}

# refuses TEXT COMMAND...: it fails with 1, and prints that and no more.
refuses() {
	local text=$1 status=0
	shift
	"$@" >"$BATS_TEST_TMPDIR/out" || status=$?
	diff <(printf '%s\n' "$text") "$BATS_TEST_TMPDIR/out" && ((status == 1))
}
