# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016
# bats file_tags=completion
#
# completions/ct.fish on fixtures: what "complete -C" of fish offers, by diff. The ct it asks
# has a --sysroot.

load ../helpers

setup() {
	ct_requires fish
	cd "$BATS_TEST_TMPDIR" || return
	mkdir bin
	printf '#!/bin/sh\nexec "%s/ct" --sysroot "${FIXTURE-%s/tests/fixtures/hybrid}" "$@"\n' \
		"$CT_BIN" "$CT_SOURCE" >bin/ct
	chmod +x bin/ct
	printf 'source "%s/completions/ct.fish"\n%s\n' "$CT_SOURCE" \
		'for line in $argv; complete -C $line | string replace -r "\t.*" ""; echo -- --; end' >drive
}

# offers LINE... <<<EXPECTED: what is offered for each ends with a line of "--".
offers() {
	HOME=$PWD PATH=$PWD/bin:$PATH LC_ALL=C.UTF-8 timeout 60 fish --no-config drive "$@" >got 2>&1 || :
	diff - got
}

@test "fish: containers, behind every spelling of the option and as operands" {
	offers 'ctexec -c we' 'ctexec --container=web/f' 'ctexec -pc web/f' 'ctexec -cweb/b' 'ct exec -c web/f' \
		'ct -v exec -c web/f' 'ctkill -r -t 5 d' 'ctkill db -r web/f' 'ctkill caf' 'ctkill /sys/fs/cg' <<-'END'
		web
		web/backend
		web/frontend
		--
		--container=web/frontend
		--
		web/frontend
		--
		-cweb/backend
		--
		web/frontend
		--
		web/frontend
		--
		db
		--
		web/frontend
		--
		café au lait
		--
		/sys/fs/cgroup/
		--
	END
}

@test "fish: the commands of ct are those of the table" {
	ct --describe | awk -F '\t' '$1 == "applet" && $2 != "ct" { print substr($2, 3) }' | sort >commands
	[[ -s commands ]]
	echo -- >>commands
	offers 'ct ' <commands
	offers 'ct ex' <<<$'exec\n--'
}

@test "fish: the options of each command are those of the table" {
	local command
	for command in $(ct --describe | awk -F '\t' '$1 == "applet" { print $2 }'); do
		ct --describe "$command" | awk -F '\t' '$1 == "option" { print $3 }' | sort >options
		[[ -s options ]]
		HOME=$PWD PATH=$PWD/bin:$PATH timeout 60 fish --no-config drive "$command --" | grep -vx -- -- | sort |
			diff options -
	done
}

@test "fish: signals, lists, parameters, users" {
	offers 'ctkill -s TE' 'ctkill --signal=SIGTE' 'ctexec -H cpu,me' 'ctstat -H name=sy' 'ctmount -o mem' \
		'ctstat -o NAME,TAS' 'ctstat -o +THR' 'ctcreate -s memory.mi' 'ctcreate -a root:roo' 'ct kill --sig' <<-'END'
		TERM
		--
		--signal=SIGTERM
		--
		cpu,memory
		--
		name=systemd
		--
		memory
		--
		NAME,TASKS
		--
		+THREADS
		--
		memory.min=
		--
		root:root
		--
		--signal
		--
	END
}

@test "fish: after the operands of ctexec the command's own completion takes over" {
	offers 'ctexec -c web ctkill --sig' 'ctexec -c web -- ctkill -s TE' 'ct exec -c web ctkill d' \
		'ctexec -c web cat --cont' <<-'END'
		--signal
		--
		TERM
		--
		db
		--
		--
	END
}

@test "fish: what is typed or offered is never run" {
	cp -r "$CT_SOURCE/tests/fixtures/v2" machine
	export FIXTURE=$PWD/machine
	mkdir 'machine/sys/fs/cgroup/x$(touch y)' 'machine/sys/fs/cgroup/q;touch y'
	offers 'ctkill x' 'ctkill q' 'ctexec -c (touch y) web/f' 'ctexec -c $(touch y' 'ctexec -c web "(touch y)" dr' <<-'END'
		x$(touch y)
		--
		q;touch y
		--
		--
		--
		drive
		--
	END
	[[ ! -e y ]]
}
