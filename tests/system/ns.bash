# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For the tests of namespaces, after common.bash. Their containers are in the four hierarchies of
# the test alone, and what is pinned goes with the test.

ns_setup() {
	ct_requires root named setpriv unshare
	# shellcheck disable=SC2034  # for the tests
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
}

# needs_linux VERSION: skips the test on an older kernel.
needs_linux() {
	[[ $(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1) == "$1" ]] || skip "Linux $(uname -r) is older than $1"
}

# make NAME [LIST]: the container $CT_TOP/NAME, which names these namespaces.
make() { ctcreate -p -H "$CT_OWN" ${2:+-N "$2"} "$CT_TOP/$1"; }

# ns TYPE COMMAND...: the number of the namespace it runs in.
ns() {
	local type=$1
	shift
	"$@" readlink "/proc/self/ns/$type"
}

# pin NAME TYPE: the number of the pinned one.
pin() { printf '%s:[%s]\n' "${2#+}" "$(stat -c %i "/run/ct/ns/$CT_TOP/$1/$2")"; }

# pins: all of the test, sorted; nothing if there are none.
pins() { awk -v at="/run/ct/ns/$CT_TOP/" '$5 ~ "^/run/ct/ns/" { sub(at, "", $5); print $5 }' /proc/self/mountinfo | sort; }

# state: what a refusal must leave as it is.
state() { tree && pins && find /run/ct/ns -mindepth 1 2>/dev/null | sort; }

# refused STATUS TEXT COMMAND...: says so on one line, and changes nothing.
refused() {
	local before
	before=$(state)
	fails_with "$@" || return 1
	same "$before" "$(state)"
}
