# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016
# bats file_tags=completion
#
# completions/ct.bash on fixtures, in a bash of its own: what readline would be given, by diff,
# and at the end what it makes of that on a terminal. The ct it asks has a --sysroot.

load ../helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir bin empty
	printf '#!/bin/sh\nexec "%s/ct" --sysroot "${FIXTURE-%s/tests/fixtures/hybrid}" "$@"\n' \
		"$CT_BIN" "$CT_SOURCE" >bin/ct
	chmod +x bin/ct
	cat >drive <<-'END'
		. "$CT_SOURCE/completions/ct.bash"
		compopt() { [[ ${FUNCNAME[1]} != _ct* ]] || echo "compopt $*"; }
		COMP_LINE=$1 COMP_POINT=${POINT-${#1}} COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
		[[ ! -e prelude ]] || . ./prelude
		registered=$(complete -p "${COMP_WORDS[0]##*/}") || exit
		registered=${registered#*-F }
		"${registered%% *}" "${COMP_WORDS[0]}" "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]-}"
		[[ ${#COMPREPLY[@]} == 0 ]] || printf '%s\n' "${COMPREPLY[@]}" | sort -u
	END
}

# offers LINE [WORD...] <<<EXPECTED: the words that bash breaks the line into need to be told
# only if there are quotes in it.
offers() {
	local line=$1
	shift
	if (($# == 0)); then
		local spaced=${line//=/ = }
		read -ra words <<<"${spaced//:/ : }"
		[[ $line != *' ' ]] || words+=('')
		set -- "${words[@]}"
	fi
	PATH=$BATS_TEST_TMPDIR/bin:$PATH LC_ALL=${LOCALE-C.UTF-8} \
		bash --norc --noprofile drive "$line" "$@" >got 2>&1 || :
	diff - got && return
	echo "$line: < expected, > offered"
	return 1
}

# A copy of a fixture that has containers of these names too, as FIXTURE.
with_containers() {
	local name
	cp -r "$CT_SOURCE/tests/fixtures/v2" machine
	export FIXTURE=$BATS_TEST_TMPDIR/machine
	for name; do
		mkdir "machine/sys/fs/cgroup/$name"
	done
}

nothing() {
	offers "$@" </dev/null
}

containers='café\ au\ lait
db
web
web/backend
web/frontend'

@test "containers, behind every spelling of the option" {
	printf '%s\n' web web/backend web/frontend >web
	offers 'ctexec -c we' <web
	offers 'ctexec --container we' <web
	offers 'ctexec --container=we' <web
	offers 'ctexec -p -c we' <web
	offers 'ctexec -pc we' <web
	offers '/usr/local/bin/ctexec -c we' <web
	offers 'ct exec -c we' <web
	offers 'ct ctexec -c we' <web
	offers 'ct -v exec -c we' <web
	offers 'ctexec -cweb/b' <<<-cweb/backend
	offers 'ctattach -c web/f' <<<web/frontend
	offers 'ctexec -c ' <<<"$containers"
	offers 'ctexec --container=' ctexec --container = <<<"$containers"
}

@test "containers as operands, options before and after them" {
	offers 'ctkill d' <<<db
	offers 'ctkill -r -t 5 d' <<<db
	offers 'ctkill db -r web/f' <<<web/frontend
	offers 'ctstat -- d' <<<db
	offers 'ctkill -- ' <<<"$containers"
	offers 'ct rm -r ' <<<"$containers"
}

@test "an absolute name is a directory" {
	offers 'ctexec -c /' <<<'compopt -o dirnames'
	offers 'ctkill /sys/fs' <<<'compopt -o dirnames'
	offers 'ctkill "/sys/fs' ctkill '"/sys/fs' <<<'compopt -o dirnames'
	offers 'ctmount -u m' <<<'compopt -o dirnames'
	offers 'ctmount --release-agent /sb' <<<'compopt -o default'
}

@test "the commands of ct are those of the table" {
	ct --describe | awk -F '\t' '$1 == "applet" && $2 != "ct" { print substr($2, 3) }' | sort >commands
	[[ -s commands ]]
	offers 'ct ' <commands
	offers 'ct ex' <<<exec
	nothing 'ct nosuch '
	nothing 'ct nosuch --'
}

@test "the options of each command are those of the table" {
	local command
	for command in $(ct --describe | awk -F '\t' '$1 == "applet" { print $2 }'); do
		ct --describe "$command" | awk -F '\t' '$1 == "option" { print $2; print $3 }' | grep -vx -- - |
			sort >options
		[[ -s options ]]
		offers "$command -" <options
		grep '^--' options | offers "$command --"
		[[ $command == ct ]] || grep '^--' options | offers "ct ${command#ct} --"
	done
	offers 'ct exec --con' <<<--container
	offers 'ctkill web --si' <<<--signal
	nothing 'ctkill -- --si'
	nothing 'ctkill --recursive='  ctkill --recursive =
}

@test "signals" {
	offers 'ctkill -s TE' <<<TERM
	offers 'ctkill -s SIGTE' <<<SIGTERM
	offers 'ctkill --signal=TE' <<<TERM
	offers 'ctkill -rs TE' <<<TERM
	offers 'ctkill -rsTE' <<<-rsTERM
	printf '%s\n' SEGV STKFLT STOP SYS | offers 'ctkill -s S'
	# what is offered is taken
	local signal
	PATH=$PWD/bin:$PATH bash --norc drive 'ctkill -s ' ctkill -s '' >signals
	(($(wc -l <signals) > 25))
	while read -r signal; do
		ctkill -s "$signal" --help >/dev/null
	done <signals
}

@test "lists of hierarchies: labels of v1, v2, all" {
	printf '%s\n' all v2 name=systemd cpu cpuacct cpuset blkio memory devices freezer net_cls \
		net_prio perf_event pids | sort >hierarchies
	offers 'ctexec -H ' <hierarchies
	offers 'ctcreate --hierarchies=' ctcreate --hierarchies = <hierarchies
	offers 'ctexec -H cpu,me' <<<cpu,memory
	offers 'ctexec --hierarchies=cpu,me' <<<cpu,memory
	offers 'ctexec -Hcpu,me' <<<-Hcpu,memory
	printf 'cpu,%s\n' cpuacct cpuset | offers 'ctexec -H cpu,cp'
	# readline has put name= aside
	offers 'ctexec -H name=s' <<<systemd
	offers 'ctexec -H pids,name=s' <<<systemd
	# v2 without a controller to offer is v2 all the same; what is not mounted is not offered
	FIXTURE=$CT_SOURCE/tests/fixtures/cgroupns-remounted
	export FIXTURE
	printf '%s\n' all freezer memory pids v2 | offers 'ctstat -H '
	FIXTURE=$CT_SOURCE/tests/fixtures/none
	offers 'ctstat -H ' <<<all
	nothing 'ctstat '
}

@test "controllers: the bound ones and the free ones" {
	printf '%s\n' blkio cpu cpuacct cpuset devices freezer memory name=systemd net_cls net_prio \
		perf_event pids | offers 'ctmount -o '
	FIXTURE=$CT_SOURCE/tests/fixtures/twice
	export FIXTURE
	ct --sysroot "$FIXTURE" mount --dry-run --each / | cut -d ' ' -f 2 | sort >free
	printf '%s\n' freezer memory pids | sort - free | offers 'ctmount -o '
	[[ -s free ]]
}

@test "columns are those of the command's own table" {
	ct stat -o '' 2>&1 | sed -n '1s/.*there are //p' | sed 's/, /\n/g' | sort >columns
	[[ $(wc -l <columns) -ge 20 ]]
	offers 'ctstat -o ' <columns
	offers 'ctstat --sort ' <columns
	offers 'ctstat --output=NAME,TA' <<<NAME,TASKS
	offers 'ctstat -o +TH' <<<+THREADS
	offers 'ctstat -o +THREADS,TA' <<<+THREADS,TASKS
	printf 'ID,%s\n' MOUNTPOINT | offers 'ctmount --output ID,M'
}

@test "processes, users, and what has no candidates" {
	offers "ctattach -c web $$" <<<"$(cd /proc && compgen -G "$$*")"
	offers 'ctcreate -a roo' <<<root
	offers 'ctcreate -a root:roo' <<<root
	offers 'ctcreate --owner=root:roo' <<<root
	nothing 'ctcreate -m '
	nothing 'ctkill -t '
	nothing 'ctmount --name '
}

@test "the cursor within the line" {
	POINT=11 offers 'ctexec -c we/x -p' ctexec -c we/x <<<"$(printf '%s\n' web web/backend web/frontend)"
	POINT=12 offers 'ctexec -c we/x -p' ctexec -c we/x <<<"$(printf '%s\n' web web/backend web/frontend)"
}

@test "after the operands of ctexec the command's own completion takes over" {
	ct_requires git
	local loader=/usr/share/bash-completion/bash_completion
	[[ -r $loader ]] || skip 'bash-completion is not installed'
	# a command of ours with a completion of its own
	cat >prelude <<-END
		. $loader
		_toy() { COMPREPLY=("toy:\$COMP_LINE:\$COMP_CWORD:\$COMP_POINT"); }
		complete -F _toy toy
	END
	offers 'ctexec -c web toy pla' <<<'toy: toy pla:1:8'
	offers 'ctexec --container=web toy --a=b pla' <<<'toy: toy --a=b pla:4:14'
	offers 'ct exec -c web -- toy pla' <<<'toy: toy pla:1:8'
	offers 'ctexec -c web -H cpu,memory toy -c we' <<<'toy: toy -c we:2:10'
	if [[ -r ${loader%/*}/completions/git ]]; then
		echo ". $loader; . ${loader%/*}/completions/git" >prelude
		offers 'ctexec -c web git chec' <<<'checkout '
	fi
}

@test "without bash-completion: commands, then files" {
	mkdir tools
	printf '#!/bin/sh\n' >tools/xyzzy-tool
	chmod +x tools/xyzzy-tool
	PATH=$PWD/tools:$PATH offers 'ctexec -c web xyzzy' <<<xyzzy-tool
	PATH=$PWD/tools:$PATH offers 'ct exec -c web -- xyzzy' <<<xyzzy-tool
	offers 'ctexec -c web cat /e' <<<'compopt -o default'
	offers 'ctexec -c web cat -' <<<'compopt -o default'
}

# The candidates are words of a shell: read as such they are the names, and nothing runs.
@test "names with blanks, quotes and commands in them are quoted and not run" {
	local names=('a b' 'a$(touch x)' 'a`touch x`' 'a;touch x' "a'q" 'a"q' 'a\b' 'a!x' 'a&x' 'a*' 'aé' '~a' '#a' 'a=b' 'a:b') name line
	with_containers "${names[@]}"
	for name in "${names[@]}"; do
		case $name in a[=:]b) continue ;; esac
		printf -v line %q "$name"
		LC_ALL=C.UTF-8 printf -v line %q "$name"
		offers "ctkill $line" ctkill "$line" <<<"$line"
		eval "set -- $line"
		[[ $1 == "$name" && $# == 1 ]]
	done
	offers 'ctkill a\$' ctkill 'a\$' <<<'a\$\(touch\ x\)'
	# in quotes that are open: the text between them
	offers 'ctkill "a\$' ctkill '"a\$' <<<'a\$(touch x)'
	offers 'ctkill "a\`' ctkill '"a\`' <<<'a\`touch x\`'
	offers "ctkill 'a\$" ctkill "'a\$" <<<"a\$(touch x)"
	offers "ctkill 'a'" ctkill "'a'\\''" <<<"a'\\''q"
	offers 'ctkill "a ' ctkill '"a ' <<<'a b'
	offers 'ctkill a=' ctkill a = <<<b
	offers 'ctkill a:b' ctkill a : b <<<b
	offers 'ctkill a\&' ctkill 'a\&' <<<'a\&x'
	[[ ! -e x && ! -e machine/x ]]
}

# Such a name is no container to ct, but somebody may have made the directory.
@test "names that would control a terminal are shown as escapes" {
	with_containers $'e\e]0;owned\a' $'n\n$(touch x)'
	PATH=$PWD/bin:$PATH LC_ALL=C.UTF-8 bash --norc drive 'ctkill ' ctkill '' >got
	run -1 grep '[[:cntrl:]]' got
	diff - <(grep -c 'owned' got) <<<1
	[[ ! -e x ]]
	# One that is: it has no byte below a blank.
	mkdir machine/sys/fs/cgroup/$'c\xc2\x9b31m'
	offers 'ctkill "c' ctkill '"c' <<<'café au lait'
	offers "ctkill 'c" ctkill "'c" <<<'café au lait'
}

@test "what is typed is never run" {
	nothing 'ctexec -c $(touch x)' ctexec -c '$(touch x)'
	nothing 'ctexec --$(touch x)=' ctexec '--$(touch x)' =
	offers 'ctkill -$(touch x) d' ctkill '-$(touch x)' d <<<db
	nothing 'ct $(touch x) ' ct '$(touch x)' ''
	nothing 'ctkill "$(touch x)' ctkill '"$(touch x)'
	nothing 'ctcreate -a "$(touch x)":nosuch' ctcreate -a '"$(touch x)"' : nosuch
	[[ ! -e x ]]
}

@test "nothing is said when ct cannot be run or fails" {
	printf '#!/bin/sh\necho noise >&2\nexit 1\n' >bin/ct
	cat >quiet <<-'END'
		. "$CT_SOURCE/completions/ct.bash"
		COMP_LINE='ctkill w' COMP_POINT=8 COMP_WORDS=(ctkill w) COMP_CWORD=1
		_ct ctkill w ctkill
		printf '%s\n' "${#COMPREPLY[@]}"
	END
	PATH=$PWD/bin:$PATH bash --norc quiet >got 2>&1
	diff - got <<<0
}

@test "readline inserts what is meant" {
	ct_requires script
	local loader=/usr/share/bash-completion/bash_completion line
	cat >rc <<-'END'
		PS1= PS2=
		. "$CT_SOURCE/completions/ct.bash"
		bind 'set bell-style none' 'set enable-bracketed-paste off' 'set horizontal-scroll-mode off'
		bind 'set completion-query-items 0' 'set colored-stats off'
		show() { local IFS='|'; printf '%s\n' "$*" >>shown; }
	END
	mkdir web db "dir one"
	# Tab, to the start of the line, show, return
	for line in 'ctexec -c web/f' 'ctexec -c caf' 'ctexec -c "caf' "ctexec -c 'caf" 'ctexec --container=caf' \
		'ctexec -cd' 'ctkill d' 'ctkill -s TE' 'ctstat -H name=sy' 'ctexec -H cpu,me' 'ct ex' \
		"ctkill $PWD/dir" "ctmount -u dir"; do
		printf '%s\t\001show \n' "$line"
	done >typed
	echo exit >>typed
	PATH=$PWD/bin:$PATH LC_ALL=C.UTF-8 TERM=dumb timeout 60 \
		script -qec 'bash --noprofile --rcfile rc -i' /dev/null <typed >transcript 2>&1 || :
	diff - shown <<-END
		ctexec|-c|web/frontend
		ctexec|-c|café au lait
		ctexec|-c|café au lait
		ctexec|-c|café au lait
		ctexec|--container=café au lait
		ctexec|-cdb
		ctkill|db
		ctkill|-s|TERM
		ctstat|-H|name=systemd
		ctexec|-H|cpu,memory
		ct|exec
		ctkill|$PWD/dir one/
		ctmount|-u|dir one/
	END
}
