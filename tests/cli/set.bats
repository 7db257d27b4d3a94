#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ctset on other machines, and the table of parameters, to which ct-parameters(7) is held.

load cli

@test "the page has each parameter as the table has it, in its order, and no other" {
	ctset --parameters | awk -F '\t' '
		function files(text) { gsub(/ /, "_, _", text); return "_" text "_" }
		{
			title = $2 == "-" ? "Only in v1" : $2
			if (title != last) print "## " title
			last = title
			line = $3 == "-" ? "Not in v1" : $2 == "-" ? "" : $3 == $1 ? "The same in v1" : "In v1 " files($3)
			line = line (line ? "; " : "") ($4 == "nothing" ? "for reading" : "takes " $4)
			if ($5 != "-") line = line "; default " $5
			if ($6 != "-") line = line "; " $6
			print "*" $1 "*\n\t" toupper(substr(line, 1, 1)) substr(line, 2) "."
		}' >"$BATS_TEST_TMPDIR/table"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/table") -gt 300 ]]
	sed '1,/^# PARAMETERS$/d; /^# EXAMPLES$/,$d' "$CT_SOURCE/man/ct-parameters.7.scd" |
		sed -n '/^## /,$p' | grep . >"$BATS_TEST_TMPDIR/page"
	diff "$BATS_TEST_TMPDIR/table" "$BATS_TEST_TMPDIR/page"
}

@test "the table is six fields, none empty, each name once" {
	capture ctset --parameters
	[[ $status == 0 ]]
	awk -F '\t' 'NF != 6 { exit 1 } { for (i = 1; i <= NF; i++) if ($i == "") exit 1 }' "$out"
	[[ -z $(cut -f 1 "$out" | sort | uniq -d) ]]
}

@test "the files of every machine we know have their rows" {
	local missing
	ctset --parameters | cut -f 1 >"$BATS_TEST_TMPDIR/known"
	missing=$(find "$CT_SOURCE"/tests/fixtures/*/sys/fs/cgroup -type f -printf '%f\n' | sort -u |
		grep -vxFf "$BATS_TEST_TMPDIR/known" || :)
	[[ -z $missing ]] || { echo "$missing" && return 1; }
}

@test "v2 is read as it is" {
	local v2
	v2=$(machine v2)
	expect 0 67108864 '' ctset --sysroot "$v2" web memory.max
	expect 0 64M '' ctset --sysroot "$v2" --human web memory.max
	expect 0 $'memory.max=67108864\npids.max=100\ncpu.weight=100\ncpu.max=max 100000' '' \
		ctset --sysroot "$v2" web memory.max pids.max cpu.weight cpu.max
	expect 0 "$(<"$v2/sys/fs/cgroup/web/cgroup.subtree_control")" '' ctset --sysroot "$v2" web subtree
	expect 0 "$(<"$v2/sys/fs/cgroup/web/cpu.stat")" '' ctset --sysroot "$v2" web cpu.stat
}

@test "v1 is read in v2's words" {
	local name
	for name in v1 v1-joined hybrid; do
		expect 0 $'memory.max=67108864\npids.max=100\ncpu.weight=100' '' \
			ctset --sysroot "$(machine $name)" web memory.max pids.max cpu.weight
		expect 0 1024 '' ctset --sysroot "$(machine $name)" web cpu.shares
	done
	# memory is in v2 there, pids in v1
	expect 0 $'memory.max=67108864\npids.max=100' '' ctset --sysroot "$(machine linux-6.12)" web memory.max pids.max
}

@test "a plan is the place, the parameter, and the value in the kernel's words" {
	expect 0 $'set v2 /web memory.max=536870912\nset v2 /web cpu.max=50%\nset v2 /web memory.high=max' '' \
		ctset -n --sysroot "$(machine v2)" web memory.max=512M cpu.max=50% memory.high=infinity
	expect 0 $'set memory /web memory.max=536870912\nset cpu,cpuacct /web cpu.max=50%' '' \
		ctset -n --sysroot "$(machine hybrid)" web memory.max=512M cpu.max=50%
	expect 0 $'create v2 /new\nset v2 /new pids.max=5' '' ctcreate -n --sysroot "$(machine v2)" -s pids.max=5 new
	expect 0 $'set v2 /db pids.max=5\njoin v2 /db' '' ctexec -n --sysroot "$(machine v2)" -c db -s pids.max=5 true
}

@test "what a layout lacks is said by name" {
	expect 1 '' "ctset: web: memory.limit_in_bytes: it is a file of v1, and memory is bound to no v1 hierarchy here: v2 has memory.max" \
		ctset --sysroot "$(machine v2)" web memory.limit_in_bytes
	expect 1 '' "ctset: web: devices.allow: it is a file of v1, and devices is bound to no v1 hierarchy here: TYPE MAJOR:MINOR ACCESS; v2 needs a BPF program" \
		ctset -n --sysroot "$(machine v2)" web devices.allow=a
	expect 1 '' "ctset: web: memory.high: it has no counterpart in v1, to which memory is bound here: v1 has no limit that slows down, only memory.max" \
		ctset --sysroot "$(machine v1)" web memory.high
	expect 1 '' 'ctset: web: memory.swap.peak: it has no counterpart in v1, to which memory is bound here' \
		ctset --sysroot "$(machine v1)" web memory.swap.peak
	expect 1 '' 'ctset: web: cgroup.max.depth: it is in v2, which is not mounted; ctmount -2 DIR mounts it' \
		ctset --sysroot "$(machine v1)" web cgroup.max.depth
	expect 1 '' 'ctset: pool: memory.max: memory is not enabled for it in v2; ctset /sys/fs/cgroup subtree=+memory enables it' \
		ctset --sysroot "$(without_memory)" pool memory.max
}

# A copy of v2, where memory is not handed down to pool.
without_memory() {
	cp -R "$(machine v2)" "$BATS_TEST_TMPDIR/lacking"
	rm -f "$BATS_TEST_TMPDIR"/lacking/sys/fs/cgroup/pool/memory.*
	echo 'cpu pids' >"$BATS_TEST_TMPDIR/lacking/sys/fs/cgroup/pool/cgroup.controllers"
	echo "$BATS_TEST_TMPDIR/lacking"
}

@test "a container is listed so that it can be read again" {
	# whose the checkout is, and what umask it was made with
	expect 0 '[web]
hierarchies=v2
'"$(stat -c $'owner=%u:%g\nmode=0%a' "$(machine v2)/sys/fs/cgroup/web")"'
subtree=cpuset cpu io memory hugetlb pids rdma misc
#cgroup.freeze=0
#cpu.weight=100
#cpu.max=max 100000
memory.max=67108864
pids.max=100
#cpuset.cpus=
#cpuset.mems=' '' ctset --sysroot "$(machine v2)" web
	capture ctset -r --sysroot "$(machine v1)" web
	[[ $(grep '^\[' "$out") == $'[web]\n[web/backend]\n[web/frontend]' ]]
	capture ctcreate -n --sysroot "$(machine none)" --from "$out"
	[[ $status == 1 ]]
	capture ctset -r --sysroot "$(machine v2)" web
	mv "$out" "$out.conf"
	capture ctset -n --sysroot "$(machine v2)" web --from "$out.conf"
	[[ $status == 0 && ! -s $err ]]
	same $'set v2 /web memory.max=67108864\nset v2 /web pids.max=100\nset v2 /web subtree=cpuset cpu io memory hugetlb pids rdma misc' "$out"
}

# file LINE...: at $file.
file() {
	file=$BATS_TEST_TMPDIR/f.conf
	printf '%s\n' "$@" >"$file"
}

@test "a file: comments, blanks, values with '=' in them" {
	file '# one' '; two' '' '  [new]  ' $'\tpids.max = 5 ' 'io.max = 8:0 rbps=1M' 'owner=0:0' 'mode=0700' \
		'[new/a]' 'subtree = cpu,io' 'pids.max=6' 'namespaces = uts=new,net'
	expect 0 'create v2 /new
own v2 /new 0:0
mode v2 /new 0700
set v2 /new pids.max=5
set v2 /new io.max=8:0 rbps=1048576
enable v2 /new cpuset cpu io memory hugetlb pids rdma misc
create v2 /new/a
pin /new/a net,uts=new
set v2 /new/a pids.max=6
set v2 /new/a subtree=cpu io' '' ctcreate -n --sysroot "$(machine v2)" --from "$file"
}

@test "a file of an editor that ends lines with CR and puts U+FEFF first" {
	printf '\xef\xbb\xbf[new]\r\npids.max=5\r\n\r\n[new/a]\r\npids.max=6' >"$BATS_TEST_TMPDIR/f.conf"
	expect 0 'create v2 /new
set v2 /new pids.max=5
enable v2 /new cpuset cpu io memory hugetlb pids rdma misc
create v2 /new/a
set v2 /new/a pids.max=6' '' ctcreate -n --sysroot "$(machine v2)" --from "$BATS_TEST_TMPDIR/f.conf"
	# in another place it is no blank
	printf '[new]\n\xef\xbb\xbfpids.max=5\n' >"$BATS_TEST_TMPDIR/f.conf"
	capture ctcreate -n --sysroot "$(machine v2)" --from "$BATS_TEST_TMPDIR/f.conf"
	[[ $status == 1 && $(<"$err") == *':2: '*': this is no name of a parameter' ]]
}

@test "a mistake in line 7 is told with its line" {
	local v2 text
	v2=$(machine v2)
	while IFS='|' read -r line text; do
		file '[web]' 'pids.max=5' '# 3' '' '[new]' 'pids.max=6' "$line" 'cpu.weight=7'
		expect 1 '' "ctcreate: $file:7: $text" ctcreate -n --sysroot "$v2" --from "$file"
		expect 1 '' "ctset: $file:7: $text" ctset -n --sysroot "$v2" web --from "$file"
	done <<-'END'
		pids.max|'pids.max' is not NAME=VALUE
		=5|'=5' is not NAME=VALUE
		owner|'owner' is not NAME=VALUE
		pids.mx=5|pids.mx: there is no such parameter; did you mean pids.max?
		pids.max=many|pids.max: 'many' is no number
		memory.max=5Q|memory.max: '5Q': 'Q' is no unit; K, M, G and T are, and %
		pids.current=1|pids.current: it is for reading
		owner=no_such_user|there is no user 'no_such_user'
		mode=9|'9' is no octal mode such as 0750
		namespaces=net,nett|'nett' is no kind of namespace: net, uts, ipc, mnt, pid, user, cgroup, time, or all or none alone
		namespaces=net,net=web|net stands there twice: a process has one net namespace
		namespaces|'namespaces' is not NAME=VALUE
		[new|'[new' is not [CONTAINER]
		[]|'[]' is not [CONTAINER]
		[../x]|../x: not a container name: '..' would leave the path; name containers from the root of the hierarchies down
	END
	printf '[web]\n\n\n\n\n\npids.max=5\0\n' >"$file"
	expect 1 '' "ctcreate: $file:7: a byte 0 is in the line" ctcreate -n --sysroot "$v2" --from "$file"
	file '[web]' 'hierarchies=nosuch'
	capture ctcreate -n --sysroot "$v2" --from "$file"
	[[ $status == 1 && $(<"$err") == "ctcreate: $file:2: web: 'nosuch' is no mounted hierarchy"* ]]
	file '[db]' 'pids.max=5'
	expect 1 '' 'ctset: the file says nothing of web; give it [web]' ctset -n --sysroot "$v2" web --from "$file"
}

@test "what excludes each other" {
	usage 'ctset: which container? CONTAINER is missing' ctset
	usage "ctset: 'a=1' and --from exclude each other" ctset --from x web a=1
	usage 'ctset: -r is for listing: without names' ctset -r web memory.max
	usage 'ctcreate: CONTAINER... is missing' ctcreate
	usage "ctcreate: 'web' and --from exclude each other" ctcreate --from x web
	usage "ctcreate: --set: 'x' is not NAME=VALUE" ctcreate -s x web
	usage "ctexec: --set: cpu.weight: 0 is not from 1 to 10000" ctexec -s cpu.weight=0 -c web true
}

@test "another machine is not changed" {
	copy v2
	expect 1 '' 'ctset: --sysroot shows another machine: nothing can be changed there' \
		ctset --sysroot "$copy" web memory.max=1G
	diff -r "$(machine v2)" "$copy"
}

@test "the init script reads the file, and the example is one that can be read" {
	sed "s|@bindir@|$CT_BIN|" "$CT_SOURCE/boot/ct.init.in" >"$BATS_TEST_TMPDIR/ct.init"
	expect 0 '' '' env CT_CONF=/no/such/file sh "$BATS_TEST_TMPDIR/ct.init" start
	expect 2 '' "usage: $BATS_TEST_TMPDIR/ct.init start|stop|reload|restart|force-reload|status" \
		sh "$BATS_TEST_TMPDIR/ct.init" bogus
	expect 1 '' "ctcreate: cannot read $BATS_TEST_TMPDIR: Is a directory" \
		env CT_CONF="$BATS_TEST_TMPDIR" sh "$BATS_TEST_TMPDIR/ct.init" start
	capture ctcreate -n --sysroot "$(machine v2)" --from "$CT_SOURCE/boot/ct.conf"
	[[ $status == 0 && ! -s $err ]]
	grep -qx 'create v2 /batch/nightly' "$out"
	grep -qx 'pin /batch/sandbox net,ipc' "$out"
}
