# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# bash completion for ct and all its commands. No option and no command is named here: they are
# those of "ct --describe", and the metavar of an argument chooses what is offered for it.

# What may stand for metavar $1 of the command $2 where $3 has been typed, one a line.
_ct_offer() {
	local version words where
	case $1 in
	OPTION) printf '%s\n' "${!takes[@]}" ;;
	COMMAND) ct --describe | sed -n 's/^applet\tct\([^\t]\{1,\}\).*/\1/p' ;;
	CONTAINER) ct stat --names ;;
	COLUMN) ct "$2" --output '' 2>&1 | sed -n "s/.*unknown column '': there are //p" | sed 's/, /\n/g' ;;
	HIERARCHY | CONTROLLER)
		if [[ $1 == HIERARCHY ]]; then echo all; else ct mount --dry-run --each . | cut -d ' ' -f 2; fi
		ct mount --noheadings --output version,controllers,mountpoint |
			while read -r version words where; do # v2 need not have any controllers
				case $1:$version:${where:+mounted} in
				HIERARCHY:1:mounted | CONTROLLER:1:*) printf '%s\n' "${words//,/$'\n'}" ;;
				HIERARCHY:2:*) [[ ! $words ]] || echo v2 ;;
				esac
			done
		;;
	NAME=VALUE) ct set --parameters | sed 's/\t.*/=/' ;;
	PID) (cd /proc && compgen -G '[1-9]*') ;;
	SIGNAL) compgen -A signal SIG | sed '/RTM/d; /JUNK/d' | cut -c "$([[ $3 == SIG* ]] && echo 1 || echo 4)-" ;;
	UID:GID) if [[ $3 == *:* ]]; then compgen -P "${3%%:*}:" -g; else compgen -u; fi ;;
	esac 2>/dev/null
}

# Reads what command $1 takes: its options, with their metavars, and its operands.
_ct_load() {
	local kind first second third
	takes=() operand=
	while IFS=$'\t' read -r kind first second third _; do
		[[ $kind != applet ]] || operand=${second#[} operand=${operand%%[!A-Z]*}
		[[ $kind != option ]] || takes[$first]=$third takes[$second]=$third
	done < <(ct --describe "$1" 2>/dev/null)
	unset 'takes[-]'
}

# Sets want to the metavar of the argument of the option word $1, value to what of it the word has.
_ct_option() {
	local key=${1%%=*} i
	attached='' value=''
	if [[ $1 == --* ]]; then
		[[ $1 != *=* ]] || attached=1 value=${1#*=}
	else
		for ((i = 1; i < ${#1}; i++)); do
			key=-${1:i:1} value=${1:i+1} attached=${1:i+1}
			[[ ${takes[$key]--} == - ]] || break
		done
	fi
	want=${takes[$key]--} want=${want#-}
}

# Leaves the line from word $1 on to the completion of the command that stands there.
_ct_hand_over() {
	local function
	for function in _comp_command_offset _command_offset; do
		! declare -F "$function" >/dev/null || { "$function" "$1"; return; }
	done
	if ((COMP_CWORD > $1)); then
		compopt -o default
	else
		mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
	fi
}

_ct() {
	local -A takes
	local rest=${COMP_LINE:0:COMP_POINT} words=() at=() text word i last
	COMPREPLY=()
	local name operand ended='' want='' attached value quote='' list=''
	# COMP_WORDS are broken at '=' and ':' too; here a word ends at a blank.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${rest%%[![:space:]]*} rest=${rest#"${rest%%[![:space:]]*}"} text=${COMP_WORDS[i]}
		((i < COMP_CWORD)) || text=$rest
		[[ $i != 0 && ! $word ]] || words+=('') at+=("$i")
		words[-1]+=$text rest=${rest#"$text"}
	done
	name=${words[0]##*/} last=$((${#words[@]} - 1))
	_ct_load "$name"
	for ((i = 1; i < last; i++)); do
		word=${words[i]}
		if [[ $want ]]; then
			want=''
		elif [[ ! $ended && $word == -- ]]; then
			ended=1
		elif [[ ! $ended && $word == -?* ]]; then
			_ct_option "$word"
			[[ ! $attached ]] || want=''
		elif [[ $operand == COMMAND ]]; then
			[[ $name == ct ]] || break
			name=$word ended=''
			_ct_load "$name"
		fi
	done
	if [[ $want || $ended || ${words[last]} != -* ]] || ((i < last)); then
		value=${words[last]} want=${want:-$operand}
	else
		_ct_option "${words[last]}"
		[[ $attached ]] || want=OPTION value=${words[last]}
	fi
	[[ $value != [\"\']* ]] || quote=${value:0:1} value=${value:1} text=${text#[\"\']}
	[[ $text != [=:] ]] || text=''
	case $want:$value in
	COMMAND:*) [[ $name == ct ]] || { _ct_hand_over "${at[i]}"; return; } ;;
	CONTAINER:/* | DIR:*) compopt -o dirnames; return ;;
	FILE:*) compopt -o default; return ;;
	HIERARCHY:*,* | CONTROLLER:*,* | COLUMN:*,*) list=${value%,*}, ;;
	COLUMN:+*) list=+ ;;
	esac
	# A candidate is quoted as the word at the cursor is, and stands for what readline takes for
	# that word: "text", which is less than "value" behind a '=', and more in -cVALUE. Between quotes it
	# would be shown as it is, which a terminal may obey: U+009B begins a sequence, too.
	while IFS= read -r word; do
		[[ ! $quote || $word != *[[:cntrl:]]* ]] || continue
		case $quote in
		\") word=${word//\\/\\\\} word=${word//\"/\\\"} word=${word//\$/\\\$} word=${word//\`/\\\`} ;;
		\') word=${word//\'/\'\\\'\'} ;;
		*) printf -v word %q "$word" ;;
		esac
		word=$list$word
		[[ $word == "$value"* && ,$list != *",${word#"$list"},"* ]] || continue
		[[ $text == *"$value" ]] && word=${text%"$value"}$word || word=${word#"${value%"$text"}"}
		COMPREPLY+=("$word")
	done < <(_ct_offer "$want" "$name" "$value")
}

# shellcheck disable=SC2046  # a list of names
complete -F _ct ct $(ct --describe 2>/dev/null | sed -n 's/^applet\t\([^\t]*\).*/\1/p')
