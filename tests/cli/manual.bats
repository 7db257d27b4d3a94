# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016
# bats file_tags=manual
#
# The pages in man/ and --help, held to the option tables through "ct --describe": both ways,
# by diff.

load ../helpers

# The commands, "ct" among them.
applets() {
	ct --describe | awk -F '\t' '$1 == "applet" { print $2 }'
}

# page_of APPLET: its source; fails if it has none.
page_of() {
	local page=$CT_SOURCE/man/$1.8.scd
	[[ -f $page ]] || { echo "$1 has no page: man/$1.8.scd" >&2 && return 1; }
	echo "$page"
}

# section TITLE PAGE: its lines, but for blank ones.
section() {
	awk -v title="# $1" '/^# / { inside = $0 == title; next } inside && NF' "$2"
}

# Names the applet and shows the diff: < the table, > the page.
compare() {
	local what=$1
	diff "$BATS_TEST_TMPDIR/table" "$BATS_TEST_TMPDIR/page" && return
	echo "$what: < ct --describe, > what is held to it"
	return 1
}

@test "each command has a page, and each page in section 8 a command" {
	applets | sort >"$BATS_TEST_TMPDIR/table"
	(cd "$CT_SOURCE/man" && printf '%s\n' *.8.scd) | sed 's/\.8\.scd$//' | sort >"$BATS_TEST_TMPDIR/page"
	[[ -s $BATS_TEST_TMPDIR/table ]]
	compare pages
}

@test "a page begins with its own name and section" {
	local page
	for page in "$CT_SOURCE"/man/*.scd; do
		basename "$page" .scd | sed 's/\(.*\)\.\(.\)$/\1(\2)/' >"$BATS_TEST_TMPDIR/table"
		sed -n '1s/ .*//; 1p' "$page" >"$BATS_TEST_TMPDIR/page"
		compare "$page"
	done
}

@test "NAME is the summary" {
	local applet page
	for applet in $(applets); do
		page=$(page_of "$applet")
		ct --describe "$applet" | awk -F '\t' '$1 == "applet" { print $2 " - " $4 }' >"$BATS_TEST_TMPDIR/table"
		section NAME "$page" >"$BATS_TEST_TMPDIR/page"
		compare "$applet NAME"
	done
}

@test "SYNOPSIS has the operands" {
	local applet page
	for applet in $(applets); do
		page=$(page_of "$applet")
		# PID... is to be _PID_..., [DIR...] to be [_DIR_...]
		ct --describe "$applet" | awk -F '\t' '$1 == "applet" {
			operands = $3 == "-" ? "" : " " $3
			gsub(/[A-Z][A-Z:=-]*/, "_&_", operands)
			print "*" $2 "* [_options_]" operands }' >"$BATS_TEST_TMPDIR/table"
		section SYNOPSIS "$page" >"$BATS_TEST_TMPDIR/page"
		compare "$applet SYNOPSIS"
	done
}

@test "OPTIONS has each option with letter, name and argument, and no other" {
	local applet page
	for applet in $(applets); do
		page=$(page_of "$applet")
		ct --describe "$applet" | awk -F '\t' '$1 == "option" {
			print ($2 == "-" ? "" : "*" $2 "*, ") "*" $3 "*" ($4 == "-" ? "" : " _" $4 "_") }' |
			sort >"$BATS_TEST_TMPDIR/table"
		section OPTIONS "$page" | grep '^\*-' | sort >"$BATS_TEST_TMPDIR/page"
		compare "$applet OPTIONS"
	done
}

@test "each option is explained" {
	local page
	for page in "$CT_SOURCE"/man/*.8.scd; do
		run -0 awk '/^# / { inside = $0 == "# OPTIONS" }
			option && !/^\t./ { print option }
			{ option = inside && /^\*-/ ? $0 : "" }' "$page"
		diff - <<<"$output" <(echo)
	done
}

@test "COMMANDS of ct.8 are the commands with their summaries" {
	ct --describe | awk -F '\t' '$1 == "applet" && $2 != "ct" { print "*" $2 "*(8)\n\t" $4 }' \
		>"$BATS_TEST_TMPDIR/table"
	section COMMANDS "$(page_of ct)" >"$BATS_TEST_TMPDIR/page"
	compare COMMANDS
}

@test "each page has the sections a reader looks for, in their order" {
	local page
	for page in "$CT_SOURCE"/man/*.scd; do
		printf '# %s\n' NAME SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' EXAMPLES 'SEE ALSO' \
			>"$BATS_TEST_TMPDIR/table"
		[[ $page != *.7.scd ]] || printf '# %s\n' NAME DESCRIPTION EXAMPLES 'SEE ALSO' >"$BATS_TEST_TMPDIR/table"
		[[ $page != *.3.scd ]] || printf '# %s\n' NAME SYNOPSIS DESCRIPTION 'RETURN VALUE' EXAMPLES 'SEE ALSO' >"$BATS_TEST_TMPDIR/table"
		grep -xFf "$BATS_TEST_TMPDIR/table" "$page" >"$BATS_TEST_TMPDIR/page"
		compare "$page"
	done
}

@test "each page of ours that another one names exists" {
	local page
	(cd "$CT_SOURCE/man" && printf '%s\n' *.scd) | sed 's/\.\(.\)\.scd$/ \1/' | sort >"$BATS_TEST_TMPDIR/table"
	cat "$CT_SOURCE"/man/*.scd | grep -o '\*\(lib\)\?ct[a-z-]*\*([0-9])' | tr -d '*)' | tr '(' ' ' |
		sort -u >"$BATS_TEST_TMPDIR/page"
	compare 'pages, and references to them'
	for page in "$CT_SOURCE"/man/*.scd; do
		section 'SEE ALSO' "$page" | grep -q '\*ct' || { echo "$page refers to none of ours" && return 1; }
	done
}

# Real options, whatever else the line does: with --help first, nothing is done.
@test "the examples use options that exist" {
	local line words count=0
	while read -r line; do
		read -ra words <<<"${line%%[|;>]*}"
		if [[ ${words[0]} == ct ]]; then
			words=("ct${words[1]}" "${words[@]:2}")
		fi
		run -0 "${words[0]}" --help "${words[@]:1}"
		count=$((count + 1))
	done < <(grep -h '^[#$] ct[a-z]* ' "$CT_SOURCE"/man/*.scd | cut -c 3- | grep -v -- ' --describe')
	((count > 20))
}

@test "--help is the table: usage, summary and options" {
	local applet
	for applet in $(applets); do
		ct --describe "$applet" | awk -F '\t' '
			$1 == "applet" {
				print "Usage: " $2 " [options]" ($3 == "-" ? "" : " " $3)
				print toupper(substr($4, 1, 1)) substr($4, 2) "." }
			$1 == "option" { print $2 "|" $3 "|" $4 "|" $5 }' >"$BATS_TEST_TMPDIR/table"
		if [[ $applet == ct ]]; then ct --help; else "$applet" --help; fi >"$BATS_TEST_TMPDIR/help"
		{
			sed -n 1,2p "$BATS_TEST_TMPDIR/help"
			# "  -s, --signal SIGNAL  help": the letter and the argument may be missing
			sed -n '/^Options:/,/^$/p' "$BATS_TEST_TMPDIR/help" | sed '/^ /!d
				s/^  \(-.\), /\1|/
				s/^      /-|/
				t letter
				:letter
				s/^\(-[^|]*|--[^ ]*\) \([A-Z][A-Z:=]*\)  */\1|\2|/
				t
				s/^\(-[^|]*|--[^ ]*\)  */\1|-|/
			'
		} >"$BATS_TEST_TMPDIR/page"
		compare "$applet --help"
	done
}

@test "a command by its own name and as a word of ct have the same help" {
	local applet
	for applet in $(applets); do
		[[ $applet != ct ]] || continue
		diff <("$applet" --help) <(ct "${applet#ct}" --help)
		diff <("$applet" --help) <(ct "$applet" --help)
	done
}

@test "the pages can be built and mandoc has nothing to say" {
	ct_requires scdoc mandoc
	local page
	for page in "$CT_SOURCE"/man/*.scd; do
		scdoc <"$page" >"$BATS_TEST_TMPDIR/page.man"
		# scdoc itself writes paragraph macros that do nothing
		mandoc -Tlint -W warning "$BATS_TEST_TMPDIR/page.man" |
			grep -v 'skipping paragraph macro' >"$BATS_TEST_TMPDIR/lint" || :
		diff /dev/null "$BATS_TEST_TMPDIR/lint"
	done
}
