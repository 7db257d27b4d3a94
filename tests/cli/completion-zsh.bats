# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016
# bats file_tags=completion
#
# completions/ct.zsh on fixtures, in a zsh on a terminal: what the line is after a Tab, by diff,
# and what compadd was given. The ct it asks has a --sysroot.

load ../helpers

setup() {
	ct_requires zsh script
	cd "$BATS_TEST_TMPDIR" || return
	mkdir bin functions
	printf '#!/bin/sh\nexec "%s/ct" --sysroot "${FIXTURE-%s/tests/fixtures/hybrid}" "$@"\n' \
		"$CT_BIN" "$CT_SOURCE" >bin/ct
	chmod +x bin/ct
	# as make install does it
	{
		ct --describe | awk -F '\t' '$1 == "applet" { line = line " " $2 } END { print "#compdef" line }'
		tail -n +2 "$CT_SOURCE/completions/ct.zsh"
	} >functions/_ct
	cat >.zshrc <<-'END'
		PS1= PS2= LISTMAX=0
		unset zle_bracketed_paste
		fpath=($PWD/functions $fpath)
		autoload -Uz compinit && compinit -u -D
		bindkey '^I' complete-word
		compadd() {
			local -a hits
			builtin compadd -A hits "$@"
			print -rl -- $hits >>offered
			builtin compadd "$@"
		}
		show() { local IFS='|'; print -r -- "$*" >>shown; }
	END
}

# tab LINE...: types each, Tab, to the start of the line, "show ", return.
tab() {
	local line
	for line; do
		printf '%s\t\001show \n' "$line"
	done >typed
	echo exit >>typed
	PATH=$PWD/bin:$PATH LC_ALL=C.UTF-8 TERM=dumb ZDOTDIR=$PWD timeout 60 \
		script -qec 'zsh -d -i' /dev/null <typed >transcript 2>&1 || :
}

# offers LINE <<<EXPECTED
offers() {
	sort >wanted
	tab "$1"
	sort -u offered | sed '/^$/d' | diff wanted -
}

@test "zsh: containers, behind every spelling of the option and as operands" {
	tab 'ctexec -c web/f' 'ctexec --container web/f' 'ctexec --container=web/f' 'ctexec -pc web/f' 'ctexec -cd' \
		'ct exec -c web/f' 'ct -v exec -c web/f' 'ctkill d' 'ctkill -r -t 5 d' 'ctkill db -r web/f' 'ct rm -r d' \
		'ctexec -c caf' 'ctkill /sys/fs/cg'
	diff - shown <<-'END'
		ctexec|-c|web/frontend
		ctexec|--container|web/frontend
		ctexec|--container=web/frontend
		ctexec|-pc|web/frontend
		ctexec|-cdb
		ct|exec|-c|web/frontend
		ct|-v|exec|-c|web/frontend
		ctkill|db
		ctkill|-r|-t|5|db
		ctkill|db|-r|web/frontend
		ct|rm|-r|db
		ctexec|-c|café au lait
		ctkill|/sys/fs/cgroup
	END
}

@test "zsh: all containers are offered" {
	printf '%s\n' 'café\ au\ lait' db web web/backend web/frontend | offers 'ctkill '
}

@test "zsh: the commands of ct are those of the table" {
	ct --describe | awk -F '\t' '$1 == "applet" && $2 != "ct" { print substr($2, 3) }' >commands
	[[ -s commands ]]
	offers 'ct ' <commands
}

@test "zsh: the options of each command are those of the table" {
	local command
	for command in $(ct --describe | awk -F '\t' '$1 == "applet" { print $2 }'); do
		rm -f offered
		ct --describe "$command" | awk -F '\t' '$1 == "option" { print $3 }' >options
		[[ -s options ]]
		offers "$command --" <options
	done
}

@test "zsh: signals, lists, parameters, users" {
	tab 'ctkill -s TE' 'ctkill --signal=SIGTE' 'ctkill -rs TE' 'ctexec -H cpu,me' 'ctstat -H name=sy' \
		'ctmount -o mem' 'ctstat -o NAME,TAS' 'ctstat -o +TASKS,THR' 'ctcreate -s memory.mi' \
		'ctcreate -a root:roo' 'ctmount -u /sys/fs/cg' 'ctkill --sig' 'ct kill --sig'
	diff - shown <<-'END'
		ctkill|-s|TERM
		ctkill|--signal=SIGTERM
		ctkill|-rs|TERM
		ctexec|-H|cpu,memory
		ctstat|-H|name=systemd
		ctmount|-o|memory
		ctstat|-o|NAME,TASKS
		ctstat|-o|+TASKS,THREADS
		ctcreate|-s|memory.min=
		ctcreate|-a|root:root
		ctmount|-u|/sys/fs/cgroup
		ctkill|--signal
		ct|kill|--signal
	END
}

@test "zsh: after the operands of ctexec the command's own completion takes over" {
	tab 'ctexec -c web ctkill --sig' 'ctexec -c web -- ctkill -s TE' 'ct exec -c web ctkill d'
	diff - shown <<-'END'
		ctexec|-c|web|ctkill|--signal
		ctexec|-c|web|--|ctkill|-s|TERM
		ct|exec|-c|web|ctkill|db
	END
}

@test "zsh: names with blanks, quotes and commands in them are quoted and not run" {
	cp -r "$CT_SOURCE/tests/fixtures/v2" machine
	export FIXTURE=$PWD/machine
	mkdir 'machine/sys/fs/cgroup/x$(touch y)' "machine/sys/fs/cgroup/q'q" 'machine/sys/fs/cgroup/b`touch y`;touch y'
	tab 'ctkill x' 'ctkill q' 'ctkill b'
	diff - shown <<-'END'
		ctkill|x$(touch y)
		ctkill|q'q
		ctkill|b`touch y`;touch y
	END
	[[ ! -e y ]]
}
