# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154  # tap.sh sets them
# v2 belongs to systemd, and ct keeps to what it is given.

v2=${root_v2%"$below"}

# What systemd has, and what it hands down.
theirs()
{
	find "$v2" -type d ! -path "$v2/ct.slice*" | grep -v '/run-[^/]*\.scope' | sort
	cat "$v2/cgroup.subtree_control" "$v2/system.slice/cgroup.subtree_control"
}

# It has a place of its own for as long as it runs.
shows_the_main_job()
{
	theirs >/tmp/before
	sh /tests/quickstart.sh >/tmp/shown
	grep -q 'ctkill' /tmp/shown
	sleep 1
	theirs | cmp - /tmp/before
	[ ! -e "$root_v2" ]
	fails grep ':name=[^s]' /proc/self/cgroup
}

# As README has it for who has not installed ct.
takes_a_transient_one()
{
	systemd-run --quiet --unit=ct-root --slice=ct.slice -p Delegate=yes /usr/bin/ctclone -H v2 -c .ct sleep infinity
	wait_for has_keeper
	ctcreate -p t/a
	[ -d "$root_v2/t/a" ]
	ctrm -r t
	systemctl stop ct-root.service
	[ ! -e "$root_v2" ]
}

# The line says what to do, and that does it.
asks_for_a_place()
{
	says 1 'ctcreate: t: v2 belongs to systemd here, and it has given ct no part of it: systemctl start ct-root.service makes one' \
		ctcreate t
	says 125 'ctexec: t: v2 belongs to systemd here, *' ctexec -p -c t true
	[ ! -e "$v2/t" ]
	ctstat -r >/tmp/listed
	grep -q system.slice/tests.service /tmp/listed
	command=${said##*: }
	${command% makes one}
	wait_for has_keeper
	ctcreate t
	[ -d "$root_v2/t" ]
	fails ls -d "$v2/t"
	says 0 t sh -c 'ctstat --noheadings -r -o NAME | grep -v "^\.ct *$" | tr -d " "'
}

keeps_to_it()
{
	theirs >/tmp/before
	start sleep 100
	ctcreate -p t/a t/b
	ctattach -c t/a "$pid"
	ctattach -r --from t/a -c t/b
	ctset t/b memory.max=64M cpu.weight=50
	ctexec -p -d -c t/c true
	wait_for nowhere t/c
	ctkill -r -d t
	theirs | cmp - /tmp/before
}

survives_a_reload()
{
	ctcreate -p t/a
	start sleep 100
	ctattach -c t/a "$pid"
	ctset t/a memory.max=64M pids.max=7
	ctset t pids.max=9
	ctset -r t >/tmp/before
	cat "$root_v2/cgroup.subtree_control" >>/tmp/before
	systemctl daemon-reload
	systemctl daemon-reexec
	sleep 1
	{ ctset -r t && cat "$root_v2/cgroup.subtree_control"; } | cmp - /tmp/before
	is_in t/a "$pid"
	says 0 '' ctexec -c t/a true
	ctcreate t/b
}

# With the unit end the containers, and it is there again.
is_made_anew()
{
	ctcreate -p t/a
	start sleep 100
	ctattach -c t/a "$pid"
	systemctl restart ct-root.service
	wait_for has_keeper
	fails kill -0 "$pid"
	[ ! -e "$root_v2/t" ] # v1, where it is, has empty ones
	ctcreate -p t/a
	start sleep 100
	ctattach -c t/a "$pid"
	kill -KILL "$(cat "$root_v2/.ct/cgroup.procs")"
	wait_for test ! -e "$root_v2/t"
	wait_for has_keeper
	fails kill -0 "$pid"
	ctcreate -p t/a
	says 0 '' ctexec -c t/a true
}

has_keeper()
{
	grep -q . "$root_v2/.ct/cgroup.procs" 2>/dev/null
}

# What is started with the machine does nothing without a file, and all with it.
reads_its_file()
{
	systemctl stop ct-root.service
	systemctl start ct.service
	fails systemctl --quiet is-active ct-root.service
	[ ! -e "$root_v2" ]
	printf '[t]\n[t/a]\npids.max=7\n' >/etc/ct.conf
	systemctl start ct.service
	systemctl --quiet is-active ct-root.service
	says 0 7 ctset t/a pids.max
	rm /etc/ct.conf
	systemctl stop ct.service
	for _ in 1 2 3 4 5 6 7 8; do
		systemctl reset-failed ct-root.service # it is no failure, but often
		systemctl restart ct-root.service
		ctcreate -p t/a
		says 0 '' ctexec -c t/a true
	done
	systemctl start ct-root.service
}

# In a delegated unit of one's own, ct is at home there.
counts_from_its_unit()
{
	# shellcheck disable=SC2016  # for the shell inside
	systemd-run --quiet --scope --unit own.scope -p Delegate=yes sh -c '
		ctclone -c here sleep 1 & ctclone -c leaf sh -c "sleep 0.5; ctstat --noheadings -r -o NAME; cat /proc/self/cgroup"' >/tmp/seen
	grep -q '^here' /tmp/seen
	grep -q ':/system.slice/own.scope/leaf$' /tmp/seen
	fails grep -q tests.service /tmp/seen
}

# The user chooses another place.
counts_from_ct_root()
{
	mkdir "$v2/other"
	CT_ROOT=$v2/other ctcreate -p t/a
	[ -d "$v2/other/t/a" ]
	nowhere t
	ct --root other exec -c t/a sh -c 'cat /proc/self/cgroup; ctstat --noheadings -r -o NAME' >/tmp/seen
	grep -q '^0::/other/t/a$' /tmp/seen
	grep -q '^t/a' /tmp/seen
	says 1 'ctstat: where names are to count from (CT_ROOT), /nowhere: *' ct --root /nowhere stat
	CT_ROOT=$v2/other ctrm -r t
	rmdir "$v2/other"
	for root in $roots; do [ ! -d "${root%"$below"}/other" ] || rmdir "${root%"$below"}/other"; done
	CT_ROOT=$v2 ctcreate t
	[ -d "$v2/t" ]
	CT_ROOT=$v2 ctrm t
}

try 'quickstart' shows_the_main_job
mv /etc/systemd/system/ct-root.service /tmp
systemctl daemon-reload
try 'a transient unit' takes_a_transient_one
mv /tmp/ct-root.service /etc/systemd/system
systemctl daemon-reload
try 'without a place: the line, and what it says' asks_for_a_place
try 'only in the place' keeps_to_it
try 'systemctl daemon-reload and daemon-reexec' survives_a_reload
try 'systemctl restart, and the keeper killed' is_made_anew
try 'ct.service, without /etc/ct.conf and with it' reads_its_file
try 'in a delegated unit' counts_from_its_unit
try 'CT_ROOT and ct --root' counts_from_ct_root
