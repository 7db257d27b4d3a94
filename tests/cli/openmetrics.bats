#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ctstat --openmetrics: the figures, and the format.

load cli

# well_formed FILE: OpenMetrics, as far as ct uses it: metrics named and described once, their samples
# together, no sample twice, values that are numbers, UTF-8, and an end.
well_formed() {
	iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || return
	LC_ALL=C awk '
		function wrong(why) { print "line " NR ": " why ": " $0; failed = 1 }
		ended { wrong("after the end") }
		/^# EOF$/ { ended = 1; next }
		/^# (TYPE|HELP) [a-z_]+ ./ {
			if (seen[$2 " " $3]++) wrong("said twice")
			if ($2 == "TYPE" && $4 != "gauge") wrong("type")
			if ($2 == "TYPE" && $3 ~ /_(total|count|sum|bucket|created|info)$/) wrong("a gauge with the ending of another type")
			if ($3 != metric && done[$3]++) wrong("not together")
			metric = $3
			next
		}
		/^[a-z_]+\{name="([^"\\]|\\["\\n])*"\} [0-9]+(\.[0-9]+)?$/ {
			name = $0; sub(/\{.*/, "", name)
			if (name != metric) wrong("a sample of no metric")
			sample = $0; sub(/ [^ ]*$/, "", sample)
			if (samples[sample]++) wrong("twice")
			next
		}
		{ wrong("no such line") }
		END { if (!ended) wrong("no end"); exit failed }' "$1"
}

@test "the figures" {
	copy v2
	echo 'some avg10=1.05 avg60=0.00 avg300=0.00 total=1500000' >"$copy/sys/fs/cgroup/db/cpu.pressure"
	echo '150000 100000' >"$copy/sys/fs/cgroup/db/cpu.max"
	expect 0 '# TYPE ct_container_tasks gauge
# HELP ct_container_tasks Processes in the container, not in those below it.
ct_container_tasks{name="db"} 1
ct_container_tasks{name="web"} 0
# TYPE ct_container_threads gauge
# HELP ct_container_threads Threads in the container, not in those below it.
ct_container_threads{name="db"} 1
ct_container_threads{name="web"} 0
# TYPE ct_container_pids gauge
# HELP ct_container_pids Tasks that count against the limit, those below included.
ct_container_pids{name="db"} 1
ct_container_pids{name="web"} 6
# TYPE ct_container_pids_limit gauge
# HELP ct_container_pids_limit How many tasks it may have.
ct_container_pids_limit{name="web"} 100
# HELP ct_container_cpu_seconds_total CPU time that it has used.
ct_container_cpu_seconds_total{name="db"} 0.004841000
ct_container_cpu_seconds_total{name="web"} 0.030922000
# TYPE ct_container_cpu_limit_cores gauge
# HELP ct_container_cpu_limit_cores How many CPUs it may use.
ct_container_cpu_limit_cores{name="db"} 1.5000
# TYPE ct_container_memory_bytes gauge
# HELP ct_container_memory_bytes Memory in use.
ct_container_memory_bytes{name="db"} 98304
ct_container_memory_bytes{name="web"} 368640
# TYPE ct_container_memory_limit_bytes gauge
# HELP ct_container_memory_limit_bytes How much memory it may use.
ct_container_memory_limit_bytes{name="web"} 67108864
# HELP ct_container_pressure_cpu_waiting_seconds_total Time that tasks have waited for a CPU.
ct_container_pressure_cpu_waiting_seconds_total{name="db"} 1.500000000
# TYPE ct_container_frozen gauge
# HELP ct_container_frozen Whether its tasks stand still, 1 or 0.
ct_container_frozen{name="db"} 0
ct_container_frozen{name="web"} 0
# EOF' '' ctstat --openmetrics --sysroot "$copy" db web
	well_formed "$out"
}

@test "no container at all is an end, and no metric" {
	expect 1 '# EOF' - ctstat --openmetrics --sysroot "$(machine v2)" none
}

@test "every machine" {
	local name
	for name in v1 v1-joined v2 hybrid cgroupns cgroupns-remounted twice linux-6.12; do
		capture ctstat -r --openmetrics --sysroot "$(machine "$name")"
		[ "$status" = 0 ]
		well_formed "$out"
		[ "$(grep -c ^ct_ "$out")" -gt 20 ]
	done
}

@test "one that is named twice is printed once" {
	capture ctstat -r --openmetrics --sysroot "$(machine v2)" web web/backend web
	[ "$status" = 0 ]
	well_formed "$out"
	[ "$(grep -c '^ct_container_tasks{' "$out")" = 3 ]
}

# What a label may not hold as it is, and names that must stay different.
hostile() {
	local name
	copy v2
	for name in $'a"b' $'b\\c' $'c\nd 1' $'d\x01\e[31m' $'\xff' $'\xfe' $'\xef\xbf\xbdff' $'\xef\xbf\xbd' 'é "\n{}'; do
		mkdir "$copy/sys/fs/cgroup/web/$name"
		: >"$copy/sys/fs/cgroup/web/$name/cgroup.procs"
	done
	rm -r "$copy"/sys/fs/cgroup/web/{backend,frontend}
}

@test "hostile names" {
	hostile
	capture ctstat -r --openmetrics --sysroot "$copy" web
	[ "$status" = 0 ]
	well_formed "$out"
	same 'ct_container_tasks{name="web"}
ct_container_tasks{name="web/a\"b"}
ct_container_tasks{name="web/b\\c"}
ct_container_tasks{name="web/c\nd 1"}
ct_container_tasks{name="web/d'$'\x01\e''[31m"}
ct_container_tasks{name="web/é \"\\n{}"}
ct_container_tasks{name="web/�00"}
ct_container_tasks{name="web/�00ff"}
ct_container_tasks{name="web/�fe"}
ct_container_tasks{name="web/�ff"}' <(sed -n '/^ct_container_tasks/s/ [0-9]*$//p' "$out" | LC_ALL=C sort)
}

@test "a terminal is not controlled by names, a file has their bytes" {
	local plain json
	hostile
	mkdir "$copy/sys/fs/cgroup/web/"$'g\xc2\x9b31m'
	: >"$copy/sys/fs/cgroup/web/"$'g\xc2\x9b31m/cgroup.procs'
	plain=$(ctstat -r --openmetrics --sysroot "$copy" web)
	json=$(ctstat -r -J --sysroot "$copy" web)
	[[ $plain == *$'{name="web/d\x01\e[31m"}'* && $plain == *$'{name="web/g\xc2\x9b31m"}'* ]]
	[[ $json == *$'"web/g\xc2\x9b31m"'* ]]
	script -qec "ctstat -r --openmetrics --sysroot '$copy' web" /dev/null </dev/null >"$BATS_TEST_TMPDIR/terminal"
	script -qec "ctstat -r -J --sysroot '$copy' web" /dev/null </dev/null >>"$BATS_TEST_TMPDIR/terminal"
	grep -Fq '{name="web/d�01�1b[31m"}' "$BATS_TEST_TMPDIR/terminal"
	grep -Fq '{name="web/g�c2�9b31m"}' "$BATS_TEST_TMPDIR/terminal"
	grep -Fq '{name="web/c\nd 1"}' "$BATS_TEST_TMPDIR/terminal"
	grep -Fq '"web/g�31m"' "$BATS_TEST_TMPDIR/terminal"
	run -1 grep -aP '\x1b|\xc2[\x80-\x9f]' "$BATS_TEST_TMPDIR/terminal"
}

@test "promtool has nothing to say" {
	ct_requires promtool
	local name
	hostile
	for name in "$copy" "$(machine hybrid)"; do
		capture ctstat -r --openmetrics --sysroot "$name"
		[ "$status" = 0 ]
		cp "$out" "$BATS_TEST_TMPDIR/metrics"
		promtool check metrics <"$BATS_TEST_TMPDIR/metrics" >"$BATS_TEST_TMPDIR/said" 2>&1
		same '' "$BATS_TEST_TMPDIR/said"
	done
}

@test "the check above finds what is wrong" {
	local text
	while IFS= read -r text; do
		printf '%b' "$text" >"$BATS_TEST_TMPDIR/wrong"
		run -1 well_formed "$BATS_TEST_TMPDIR/wrong"
	done <<-'END'
	# TYPE a gauge\na{name="x"} 1\n
	a{name="x"} 1\n# EOF\n
	# TYPE a gauge\na{name="x"} 1\na{name="x"} 1\n# EOF\n
	# TYPE a gauge\na{name="x"y"} 1\n# EOF\n
	# TYPE a gauge\na{name="x"} \n# EOF\n
	# TYPE a_total gauge\na_total{name="x"} 1\n# EOF\n
	# TYPE a gauge\na{name="\0377"} 1\n# EOF\n
	# EOF\n# EOF\n
	END
}
