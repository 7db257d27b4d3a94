#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A real program under load, moved to and fro with its workers: no request fails.

load ../helpers
load common
load move

setup_file() { move_setup; }
teardown_file() { common_teardown; }
setup() { move_requires nginx wrk ps; }
teardown() { system_clean; }

@test "nginx under load is moved fifty times with its workers" {
	lay named
	root=$BATS_TEST_TMPDIR
	port=$((20000 + RANDOM % 10000))
	echo hello >"$root/index.html"
	cat >"$root/nginx.conf" <<-END
		daemon off;
		worker_processes 3;
		user root;
		pid $root/pid;
		error_log $root/error.log;
		events { worker_connections 128; }
		http {
			access_log off;
			client_body_temp_path $root/body;
			proxy_temp_path $root/proxy;
			fastcgi_temp_path $root/fastcgi;
			uwsgi_temp_path $root/uwsgi;
			scgi_temp_path $root/scgi;
			keepalive_requests 50;
			server { listen 127.0.0.1:$port; root $root; }
		}
	END
	start "$(type -P nginx)" -c "$root/nginx.conf"
	up() { [[ $(children "$ct_pid" | wc -l) == 3 ]] && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
	ct_wait_for up
	master=$ct_pid
	ct_spawn wrk -t 1 -c 8 -d 100 "http://127.0.0.1:$port/" >"$root/wrk"
	load=$ct_pid
	sleep 0.3
	moves=0
	for ((i = 0; i < 50; i++)); do
		to=new
		((i % 2 == 0)) || to=old
		attach -c "$CT_TOP/$to" -r "$master"
		whole $to
		moves=$((moves + 1))
	done
	remains
	alive "$load" # the whole time under load
	kill -INT "$load"
	ct_wait_for ended "$load"
	cat "$root/wrk"
	grep -q 'requests in' "$root/wrk"
	run -1 grep -E 'Socket errors|Non-2xx' "$root/wrk"
	[[ ! -s $root/error.log ]] || { cat "$root/error.log" && false; }
}
