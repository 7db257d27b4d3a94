# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For the tests of containers that delete themselves, after common.bash.

# Without marks the reaper ends, also after a test that failed half way: the next one begins anew.
reap_clean() { rm -rf /run/ct/reap && ct_wait_for no_reaper; }

# The reaper of this file's state directory: it is known by its lock. A zombie is none.
reaper() {
	local pid
	for pid in $(pgrep -x ct-reaper); do
		ended "$pid" || [[ $(readlink "/proc/$pid/ns/mnt") != "$CT_TEST_NAMESPACE" ]] || echo "$pid"
	done
}
no_reaper() { [[ -z $(reaper) && ! -e /run/ct/reap ]]; }
has_reaper() { [[ -n $(reaper) ]]; }

# within MILLISECONDS COMMAND...: it becomes true in that time.
within() {
	local i start=${EPOCHREALTIME/./} most=$1
	shift
	for ((i = 0; i < 1000; i++)); do
		if "$@" >/dev/null; then
			i=$(((${EPOCHREALTIME/./} - start) / 1000))
			((i <= most)) && return 0
			echo "$i ms: $*" && return 1
		fi
		sleep 0.01
	done
	echo "not at all: $*" && return 1
}
