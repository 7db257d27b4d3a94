#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The check of common/LAYERS can fail.

load ../helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir common
	printf '%s\n' '# bottom first' 'low' 'left right' 'high' >common/LAYERS
	for name in low left right high; do
		echo "#include \"common/$name.h\"" >common/$name.c
		echo '#pragma once' >common/$name.h
	done
}

layers() { "$CT_SOURCE/tests/lint/layers" . 2>&1; }
includes() { echo "#include \"$2\"" >>"$1"; }

@test "layers: what the rules allow" {
	includes common/high.c common/low.h
	includes common/high.h common/left.h
	includes common/left.c common/right.h
	includes common/right.h common/left.h
	echo '#include <stdio.h>' >>common/low.c
	run -0 layers
	[[ -z $output ]]
}

@test "layers: a module may not include one above it" {
	includes common/left.c common/high.h
	run -1 layers
	[[ $output == "common/left.c:2: high lies above left" ]]
}

@test "layers: a header may not include one to its right" {
	includes common/left.h common/right.h
	run -1 layers
	[[ $output == "common/left.h:2: the header of left may not need that of right" ]]
}

@test "layers: common includes nothing of cmd, and every file by its full name" {
	includes common/high.c cmd/option.h
	includes common/low.c low.h
	run -1 layers
	[[ ${lines[0]} == 'common/high.c:2: "cmd/option.h" is not in common/' ]]
	[[ ${lines[1]} == 'common/low.c:2: "low.h" is not in common/' ]]
}

@test "layers: every module is listed, once, and is there" {
	echo 'gone low' >>common/LAYERS
	: >common/new.c
	run -1 layers
	[[ $output == *"common/LAYERS: low is listed twice"* ]]
	[[ $output == *"common/new.c: not listed in common/LAYERS"* ]]
	[[ $output == *"common/LAYERS: there is no common/gone"* ]]
}
