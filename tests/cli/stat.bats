#!/usr/bin/env bats
# SPDX-License-Identifier: MIT

load cli

setup() { ct_requires library:libsmartcols; }

four=name,tasks,state,hierarchies

utf8() { [[ $(LC_ALL=C.UTF-8 locale charmap 2>/dev/null) == UTF-8 ]] || skip 'there is no locale C.UTF-8'; }

@test "the topmost containers" {
	utf8
	LC_ALL=C.UTF-8 expect 0 'NAME         TASKS STATE   HIERARCHIES
café au lait     1 frozen  v2
db               1 running v2
pool             1 running v2
web              0 empty   v2' '' ctstat -o "$four" --sysroot "$(machine v2)"
}

@test "all of them" {
	utf8
	LC_ALL=C.UTF-8 expect 0 'NAME         TASKS STATE   HIERARCHIES
café au lait     1 frozen  v2
db               1 running v2
pool             1 running v2
pool/threads     0 empty   v2
web              0 empty   v2
web/backend      1 running v2
web/frontend     2 running v2' '' ctstat -o "$four" -r --sysroot "$(machine v2)"
	LC_ALL=C.UTF-8 expect 0 'NAME         TASKS STATE   HIERARCHIES
café au lait     1 frozen  v2,memory,freezer
db               1 running v2,cpu,cpuacct,memory,freezer
web              0 empty   v2,name=systemd,cpu,cpuacct,cpuset,blkio,memory,devices,freezer,net_cls,net_prio,perf_event,pids
web/backend      1 running v2,name=systemd,cpu,cpuacct,cpuset,blkio,memory,devices,freezer,net_cls,net_prio,perf_event,pids
web/frontend     3 running v2,name=systemd,cpu,cpuacct,cpuset,blkio,memory,devices,freezer,net_cls,net_prio,perf_event,pids' \
		'' ctstat -o "$four" -r --sysroot "$(machine hybrid)"
	LC_ALL=C.UTF-8 expect 0 'NAME               TASKS STATE   HIERARCHIES
pod                    0 empty   memory,pids,freezer,v2
pod/a                  8 running memory,pids,freezer,v2
pod/a/café au lait     1 frozen  memory,freezer,v2
pod/a/db               1 running memory,freezer,v2
pod/a/web              0 empty   memory,pids,freezer,v2
pod/a/web/backend      1 running memory,pids,freezer,v2
pod/a/web/frontend     2 running memory,pids,freezer,v2
pod/b                  1 running memory,pids,freezer,v2' '' ctstat -o "$four" -r --sysroot "$(machine cgroupns)"
}

@test "containers by name" {
	expect 0 'NAME TASKS STATE   HIERARCHIES
web      0 empty   v2
db       1 running v2' '' ctstat -o "$four" --sysroot "$(machine v2)" web db
	expect 0 'NAME         TASKS STATE   HIERARCHIES
web              0 empty   v2
web/backend      1 running v2
web/frontend     2 running v2' '' ctstat -o "$four" --sysroot "$(machine v2)" -r web
}

@test "an absolute name stays absolute" {
	expect 0 'NAME                               TASKS STATE   HIERARCHIES
/sys/fs/cgroup/memory/web              0 empty   memory
/sys/fs/cgroup/memory/web/backend      1 running memory
/sys/fs/cgroup/memory/web/frontend     2 running memory' '' \
		ctstat -o "$four" --sysroot "$(machine v1)" -r /sys/fs/cgroup/memory/web
	expect 0 'NAME              TASKS STATE   HIERARCHIES
/srv/web              0 empty   memory
/srv/web/backend      1 running memory
/srv/web/frontend     2 running memory' '' ctstat -o "$four" --sysroot "$(machine twice)" -r /srv/web
}

@test "the ones there are, and a line for each that is not" {
	expect 1 'NAME TASKS STATE   HIERARCHIES
db       1 running v2' 'ctstat: none: no such container in v2; ct stat -r lists those there are, ctcreate makes one
ctstat: web/: not a container name: it has an empty component; write web/frontend, without slashes at the ends or twice' \
		ctstat -o "$four" --sysroot "$(machine v2)" none db web/
}

@test "columns, headings" {
	expect 0 'STATE   NAME
running db' '' ctstat --sysroot "$(machine v2)" -o state,Name db
	expect 0 'running db' '' ctstat --sysroot "$(machine v2)" --noheadings --output state,Name db
	expect 0 'db' '' ctstat --sysroot "$(machine v2)" --noheadings --output name db
}

@test "names alone" {
	expect 0 'café au lait
db
pool
pool/threads
web
web/backend
web/frontend' '' ctstat --sysroot "$(machine v2)" --names
	expect 0 'web
web/backend
web/frontend' '' ctstat --sysroot "$(machine linux-6.12)" --names web
}

@test "JSON" {
	ct_requires jq
	capture ctstat -rJ -o "$four" --sysroot "$(machine cgroupns-remounted)"
	[ "$status" = 0 ]
	jq -c '.containers[]' "$out" >"$out.lines"
	same '{"name":"café au lait","tasks":1,"state":"frozen","hierarchies":["memory","freezer","v2"]}
{"name":"db","tasks":1,"state":"running","hierarchies":["memory","freezer","v2"]}
{"name":"web","tasks":0,"state":"empty","hierarchies":["memory","pids","freezer","v2"]}
{"name":"web/backend","tasks":1,"state":"running","hierarchies":["memory","pids","freezer","v2"]}
{"name":"web/frontend","tasks":2,"state":"running","hierarchies":["memory","pids","freezer","v2"]}' "$out.lines"
}

@test "JSON has each column once" {
	run -0 ctstat -J -o name,tasks,NAME,tasks --sysroot "$(machine v2)" db
	same '{
   "containers": [
      {
         "name": "db",
         "tasks": 1
      }
   ]
}' <(echo "$output")
}

@test "JSON of no container" {
	ct_requires jq
	capture ctstat -J --sysroot "$(machine v2)" none
	[ "$status" = 1 ]
	same '{"containers":[]}' <(jq -c . "$out")
}

@test "only some hierarchies" {
	expect 0 'NAME TASKS STATE   HIERARCHIES
db       1 running v2,memory' '' ctstat -o "$four" --sysroot "$(machine hybrid)" -H memory,v2 db
	expect 0 'NAME TASKS STATE   HIERARCHIES
db       1 running cpu,cpuacct' '' ctstat -o "$four" --sysroot "$(machine hybrid)" -H cpuacct db
	expect 0 'NAME         TASKS STATE   HIERARCHIES
web              0 empty   cpu
web/backend      1 running cpu
web/frontend     3 running cpu' '' ctstat -o "$four" --sysroot "$(machine linux-6.12)" -r -H cpu web
	expect 0 'NAME TASKS STATE   HIERARCHIES
db       1 running v2' '' ctstat -o "$four" --sysroot "$(machine v2)" -H memory db
}

@test "missing from a hierarchy that was asked for" {
	expect 1 '' 'ctstat: db: no such container in pids' ctstat --sysroot "$(machine hybrid)" -H memory,pids db
}
