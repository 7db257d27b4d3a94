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

# within MILLISECONDS COMMAND...: it becomes true in that time, as "timed" counts it. To look takes time as
# well: it counts when a look began that found it still untrue.
within() {
	local most=$1 at
	shift
	timing
	while :; do
		at=$(timed)
		! "$@" >/dev/null || break
		((at <= most)) || { echo "after $at ms not yet: $*" && untimed && return 1; }
		sleep 0.01
	done
	untimed
}
