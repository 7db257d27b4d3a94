#compdef ct
# SPDX-License-Identifier: MIT
#
# zsh completion for ct and all its commands, which "make install" adds to the first line. No option
# and no command is named here: they are those of "ct --describe", and the metavar of an
# argument chooses what is offered for it.

# Sets offered to the words that may stand for metavar $1 of the command $2.
_ct_words() {
	local line
	local -a field
	case $1 in
	CONTAINER) offered=(${(f)"$(ct stat --names)"}) ;;
	COLUMN) offered=(${(s:, :)"$(ct $2 --output '' 2>&1 | sed -n "s/.*unknown column '': there are //p")"}) ;;
	HIERARCHY | CONTROLLER)
		if [[ $1 == HIERARCHY ]]; then
			offered=(all)
		else
			offered=(${(f)"$(ct mount --dry-run --each . | cut -d ' ' -f 2)"})
		fi
		for line in ${(f)"$(ct mount --noheadings --output version,controllers,mountpoint)"}; do
			field=(${=line}) # v2 need not have any controllers
			case $1:$field[1]:${field[3]:+mounted} in
			HIERARCHY:1:mounted | CONTROLLER:1:*) offered+=(${(s:,:)field[2]}) ;;
			HIERARCHY:2:*) ((! $+field[2])) || offered+=(v2) ;;
			esac
		done
		;;
	NAME=VALUE) offered=(${(f)"$(ct set --parameters | sed 's/\t.*/=/')"}) ;;
	SIGNAL) [[ $PREFIX == SIG* ]] && offered=(SIG${^signals[2,-3]}) || offered=($signals[2,-3]) ;;
	esac 2>/dev/null
}

# What may stand for metavar $1 of the command $2.
_ct_argument() {
	local -a offered suffix
	case $1 in
	CONTAINER) [[ $PREFIX != /* ]] || { _files -/; return; } ;;
	DIR) _files -/; return ;;
	FILE) _files; return ;;
	PID) _pids; return ;;
	UID:GID) if compset -P '*:'; then _groups; else _users; fi; return ;;
	UID) _users; return ;;
	GID) _groups; return ;;
	COLUMN) compset -P '+' ;;
	NAME=VALUE) suffix=(-S '') ;;
	esac
	case $1 in
	COLUMN | CONTROLLER | HIERARCHY) compset -P '*,' ;;
	esac
	_ct_words "$@"
	if (($#offered)); then
		compadd "${(@)suffix}" -a offered
	else
		_message "$1"
	fi
}

# The command of "ct": its name, or what follows it.
_ct_command() {
	local -a names
	if ((CURRENT == 1)); then
		names=(${(f)"$(ct --describe 2>/dev/null | sed -n '/^applet\tct\t/d; s/^applet\tct\([^\t]*\)\t[^\t]*\t/\1:/p')"})
		_describe command names
	else
		_ct_complete "ct${words[1]#ct}"
	fi
}

_ct_complete() {
	local line key
	local -a field takes
	local context state
	for line in ${(f)"$(ct --describe $1 2>/dev/null)"}; do
		field=("${(@s:	:)line}")
		if [[ $field[1] == applet ]]; then
			case ${${field[3]#\[}%%[^A-Z]*} in
			COMMAND) [[ $1 == ct ]] && takes+=('(-)*:::command:_ct_command') || takes+=('(-)*::command:_normal') ;;
			'') ;;
			*) takes+=("*:operand: _ct_argument ${${field[3]#\[}%%[^A-Z]*} $1") ;;
			esac
			continue
		fi
		for key in ${field[2,3]:#-}; do
			line="[${field[5]//(#m)[\[\]\\:]/\\$MATCH}]"
			case $key:$field[4] in
			*:-) takes+=("*$key$line") ;;
			--*) takes+=("*$key=$line:$field[4]: _ct_argument ${field[4]//:/\\:} $1") ;;
			*) takes+=("*$key+$line:${field[4]//:/\\:}: _ct_argument ${field[4]//:/\\:} $1") ;;
			esac
		done
	done
	(($#takes)) && _arguments -s -S : $takes
}

setopt localoptions extendedglob
_ct_complete "$service"
