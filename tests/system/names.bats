#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Names that are long, deep or strange, from their creation to their end.

load ../helpers
load common

setup_file() { common_setup; }
teardown_file() { common_teardown; }
setup() { ct_requires root named; }
teardown() { system_clean; }

# through NAME [-H LIST]: create, run, attach, list, kill, remove.
through() {
	local name=$1 where
	shift
	run -0 --separate-stderr ctcreate -p "$@" "$name"
	[[ -z $output$stderr ]] || return 1
	run -0 ctexec -c "$name" cat /proc/self/cgroup
	where=$(grep ":name=${CT_TEST_ID}_3:" <<<"$output")
	[[ $where == *":/$name" ]] || { echo "$where" && return 1; }
	ct_spawn sleep 1000
	run -0 --separate-stderr ctattach -c "$name" "$ct_pid"
	[[ -z $output$stderr ]] || return 1
	[[ $(<"$CT_H4/$name/cgroup.procs") == "$ct_pid" ]] || return 1
	run -0 --separate-stderr timeout -k 1 60 ctkill -r "$CT_TOP"
	[[ -z $output$stderr ]] || return 1
	ended "$ct_pid" || return 1
	run -0 --separate-stderr ctrm -r "$CT_TOP"
	[[ -z $output$stderr ]] || return 1
	in_none
}

repeat() { printf "%${2}s" '' | sed "s/ /$1/g"; }

@test "255 bytes, in all hierarchies" {
	through "$CT_TOP/$(repeat x 255)"
}

@test "256 bytes are refused before anything is made" {
	run -1 --separate-stderr ctcreate -p "$CT_TOP/$(repeat x 256)"
	[[ $stderr == "ctcreate: "*": not a container name: a component has 256 bytes, and a directory's name at most 255" ]]
	[[ ${#stderr_lines[@]} == 1 ]]
	in_none
}

@test "255 bytes that are 85 letters" {
	through "$CT_TOP/$(repeat € 85)" -H "$CT_OWN"
}

@test "100 levels, in four named hierarchies" {
	through "$CT_TOP/$(printf '%d/' {2..99})100" -H "$CT_OWN"
}

@test "100 levels, in all hierarchies" {
	through "$CT_TOP/$(printf '%d/' {2..99})100"
}

@test "15 levels of 250 bytes: a path of nearly 4096" {
	name=$CT_TOP
	for _ in {1..15}; do name+=/$(repeat y 250); done
	((${#name} > 3700))
	through "$name" -H "$CT_OWN"
	# In the message the beginning and the end are left.
	run -1 --separate-stderr ctrm -H "$CT_OWN" "$name"
	[[ ${#stderr_lines[@]} == 1 && $stderr == "ctrm: $CT_TOP/yyy"*": no such container in name=${CT_TEST_ID}_1" ]]
	((${#stderr} < 1000))
}

@test "a path of more than 4096 bytes is refused before anything is made" {
	name=$CT_TOP
	for _ in {1..17}; do name+=/$(repeat y 250); done
	run -1 --separate-stderr ctcreate -p "$name"
	[[ ${#stderr_lines[@]} == 1 && $stderr == "ctcreate: "*": not a container name: it has ${#name} bytes, and a path at most 4095" ]]
	in_none
}

@test "deeper than a path can be, by another's hand: it is listed, killed and removed" {
	local listed removed left
	ctcreate -H "$CT_OWN" "$CT_TOP" "$CT_TOP/beside"
	# shellcheck disable=SC2016  # for the inner shell
	ct_spawn bash -c 'cd "$1" || exit; for _ in {1..20}; do mkdir "$2" && cd "$2" || exit; done
		echo $$ >cgroup.procs; exec sleep 1000' - "$CT_H1/$CT_TOP" "$(repeat y 250)"
	ct_wait_for grep -qx sleep "/proc/$ct_pid/comm"
	listed=$(timeout -k 1 60 ctstat -r "$CT_TOP" --noheadings -o name 2>&1) || true
	removed=$(timeout -k 1 60 ctkill -r -d "$CT_TOP" 2>&1) || true
	left=$(ended "$ct_pid" || echo "$ct_pid runs")
	# what is left nobody else could sweep up
	kill "$ct_pid" 2>/dev/null || true
	ct_wait_for ended "$ct_pid"
	[[ ! -d $CT_H1/$CT_TOP ]] || left+=$(find "$CT_H1/$CT_TOP" -mindepth 1 -type d -name 'y*' -delete -printf 'a level is left\n')
	same '' "$removed$left"
	same 22 "$(wc -l <<<"$listed")"
	same "$((${#CT_TOP} + 20 * 251))" "$(tail -n 1 <<<"$listed" | tr -d '\n' | wc -c)"
	in_none
}

@test "blanks, quotes, backslashes, colons, what a shell or printf would take" {
	for name in 'a b' ' ' "it's" '"' 'back\slash' '\040' 'a:b' '1:name=x:' '$HOME' '*' '%s%n' '-n' '~' ',' '(deleted)' ' (deleted)'; do
		through "$CT_TOP/$name/below" -H "$CT_OWN" || { echo "[$name]" && false; }
	done
}

@test "letters of other scripts, and bytes that are none" {
	for name in 'größe' '容器' 'контейнер' $'latin\xe9' $'\xff\xfe' 'e\u0301'; do
		through "$CT_TOP/$name" -H "$CT_OWN" || { echo "[$name]" && false; }
	done
}

@test "a name that begins with '-', after --" {
	# Such a container at the top would be nobody's to sweep up, so it lies in a mount of its own.
	fails_with 2 "ctcreate: unknown option -x; an operand that begins with '-' goes after --
Try 'ctcreate --help' for more information." ctcreate -x
	ctcreate -n -H "$CT_OWN" -- -x >"$BATS_TEST_TMPDIR/plan"
	grep -qx "create name=${CT_TEST_ID}_1 /-x" "$BATS_TEST_TMPDIR/plan"
	run -0 ctcreate -H "name=${CT_TEST_ID}_1" -- -x
	[[ -d $CT_H1/-x ]]
	ctexec -c -x true
	ctrm -- -x
	[[ ! -d $CT_H1/-x ]]
}

@test "names that are refused, and why" {
	refused() { # NAME REASON
		local shown=${3-$1}
		fails_with 1 "ctcreate: $shown: not a container name: $2" ctcreate -p -H "$CT_OWN" "$1" || return 1
		in_none
	}
	refused "$CT_TOP/../x" "'..' would leave the path; name containers from the root of the hierarchies down"
	refused "$CT_TOP/./x" "'.' would leave the path; name containers from the root of the hierarchies down"
	refused "$CT_TOP//x" "it has an empty component; write web/frontend, without slashes at the ends or twice"
	refused "$CT_TOP/" "it has an empty component; write web/frontend, without slashes at the ends or twice"
	for name in tasks cgroup.procs memory.max pids.max cpuset.cpus notify_on_release; do
		refused "$CT_TOP/$name" "'$name' is, or may become, a file of the kernel in every container; choose another"
	done
	refused "$CT_TOP/"$'a\nb' "it has a control character (byte 2 of 'a\\nb')" "$CT_TOP/a\\nb"
	refused "$CT_TOP/"$'\e[31m' "it has a control character (byte 1 of '^[[31m')" "$CT_TOP/^[[31m"
	refused "" "it is empty"
}

@test "a newline in a name: the kernel refuses it, so no other user can fake a line" {
	mkdir "$CT_H1/$CT_TOP"
	run -1 mkdir "$CT_H1/$CT_TOP/"$'a\nb'
	[[ -z $CT_V2 ]] || { mkdir "$CT_V2/$CT_TOP" && run -1 mkdir "$CT_V2/$CT_TOP/"$'a\nb'; }
}

@test "control characters that another user's mkdir may make: shown harmlessly, removable from above" {
	ctcreate "$CT_TOP"
	mkdir "$CT_H1/$CT_TOP/"$'\e[31mred' "$CT_H1/$CT_TOP/"$'tab\there' "$CT_H1/$CT_TOP/"$'cr\rhere'
	ctstat --names "$CT_TOP" >"$BATS_TEST_TMPDIR/names"
	run -1 grep -P '[\x00-\x08\x0b-\x1f\x7f]' "$BATS_TEST_TMPDIR/names"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/names") == 4 ]]
	if [[ -z $(ct_lacks library:libsmartcols) ]]; then
		ctstat -r "$CT_TOP" >"$BATS_TEST_TMPDIR/table"
		run -1 grep -P '[\x00-\x09\x0b-\x1f\x7f]' "$BATS_TEST_TMPDIR/table"
		[[ $(wc -l <"$BATS_TEST_TMPDIR/table") == 5 ]]
	fi
	run -1 --separate-stderr ctrm "$CT_TOP"
	[[ ${#stderr_lines[@]} == 1 ]]
	run -1 grep -P '[\x00-\x09\x0b-\x1f\x7f]' <<<"$stderr"
	mkdir "$CT_H1/$CT_TOP/"$'\e[31mred/below' "$CT_H1/$CT_TOP/cpu.max" "$CT_H1/$CT_TOP/mine"
	run -1 --separate-stderr ctset -r "$CT_TOP"
	diff <(printf '%s\n' "[$CT_TOP]" "[$CT_TOP/mine]") <(grep '^\[' <<<"$output")
	[[ ${#stderr_lines[@]} == 1 && $stderr == "ctset: $CT_TOP: $CT_TOP/"*'[31mred is left out: not a container name: it has a control character'* ]]
	ct_spawn sleep 1000
	echo "$ct_pid" >"$CT_H1/$CT_TOP/"$'\e[31mred/tasks'
	timeout 60 ctkill -r "$CT_TOP"
	ended "$ct_pid"
	ctrm -r "$CT_TOP"
	in_none
}

@test "a symbolic link and a mount in the way are not followed" {
	ctcreate -p -H "$CT_OWN" "$CT_TOP/a"
	mkdir "$CT_H1/$CT_TOP/m"
	mount -t tmpfs ct "$CT_H1/$CT_TOP/m"
	status=0
	mkdir "$CT_H1/$CT_TOP/m/inside"
	fails_with 1 "ctrm: $CT_TOP/m/inside: cannot open it in name=${CT_TEST_ID}_1: something is mounted in the way, and ct stays in the hierarchy" \
		ctrm -H "name=${CT_TEST_ID}_1" "$CT_TOP/m/inside" || status=1
	[[ -d $CT_H1/$CT_TOP/m/inside ]] || status=1
	umount "$CT_H1/$CT_TOP/m"
	((status == 0))
}

@test "an absolute path outside of every hierarchy, and one by way of symbolic links" {
	fails_with 1 "ctcreate: $BATS_TEST_TMPDIR/x: it lies in no mounted hierarchy; a name without a leading '/' is looked up in all of them, and ctmount lists where they are" \
		ctcreate "$BATS_TEST_TMPDIR/x"
	[[ ! -e $BATS_TEST_TMPDIR/x ]]
	ln -s "$CT_H2" "$BATS_TEST_TMPDIR/link"
	ctcreate "$BATS_TEST_TMPDIR/link/$CT_TOP"
	[[ -d $CT_H2/$CT_TOP && ! -d $CT_H1/$CT_TOP ]]
	ctrm "$BATS_TEST_TMPDIR/link/$CT_TOP/"
	in_none
}

@test "a hierarchy name that is none" {
	run -1 --separate-stderr ctcreate -H nonsense "$CT_TOP"
	[[ $stderr =~ ^"ctcreate: 'nonsense' is no mounted hierarchy: -H takes "(.+)" or all"$ ]]
	same "$(awk -F: '{ print $2 == "" ? "v2" : $2 }' <(cgroups $BASHPID) | tr , '\n' | sort)" \
		"$(tr -d ' ' <<<"${BASH_REMATCH[1]}" | tr , '\n' | sort)"
	run -1 ctcreate -H "$CT_OWN,nonsense" "$CT_TOP"
	run -1 ctcreate -H '' "$CT_TOP"
	run -1 ctcreate -H "$CT_OWN," "$CT_TOP"
	in_none
}
