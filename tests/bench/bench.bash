# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For the benchmarks: "set -u" and "source bench.bash" first. bench_begin takes a private mount
# namespace, a scratch directory, $id and an empty state directory, and sees to it that all is
# gone in the end. $id is named like a system test run, so that tests/sweep knows how to remove
# what a killed run leaves.

strict=${BENCH_STRICT-1}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit
id=
scratch=
v2= # where the v2 hierarchy is mounted, if it is
mounts=()
children=()
failed=0

skip()
{
	printf 'bench: skipped: %s\n' "$1"
	exit 0
}

die()
{
	printf 'bench: %s\n' "$1" >&2
	exit 1
}

# bench_begin COMMAND...: needs root and these commands.
bench_begin()
{
	local needed
	if [[ -z ${BENCH_NAMESPACE-} ]]; then
		[[ $(id -u) == 0 ]] || skip 'not root'
		for needed; do
			command -v "$needed" >/dev/null ||
				die "no $needed in PATH; \"make bench\" builds it and sets PATH"
		done
		command -v "${CC-cc}" >/dev/null || skip "no C compiler (${CC-cc})"
		unshare --mount --propagation private true || skip 'no mount namespace can be made here'
		BENCH_NAMESPACE=1 exec unshare --mount --propagation private "$BASH" "$0"
	fi
	id=$(printf 'ctt%07d' "$$")
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/$id.XXXXXX") || exit
	trap bench_end EXIT
	trap 'exit 130' INT TERM HUP
	v2=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
	v2=$(printf '%b' "$v2")
	# A copy, so that a build in the meantime does no harm.
	cp "$(readlink -f "$(type -P ctmount)")" "$scratch/ct" || exit
	for needed in ctmount "$@"; do
		ln -sf ct "$scratch/$needed" || exit
	done
	# Moves of one machine take one lock: not the machine's. The directory is not made if it is
	# not there: to remove it would end the mounts that others have on it.
	if [[ -d /run/ct ]]; then
		mount -t tmpfs -o mode=755 ct /run/ct || exit
	else
		mount -t tmpfs -o mode=755 ct /run && mkdir -m 755 /run/ct || exit
	fi
}

# shellcheck disable=SC2317  # called by the trap
bench_end()
{
	trap '' INT TERM HUP
	[[ ${#children[@]} == 0 ]] || kill "${children[@]}" 2>/dev/null
	wait
	timeout 60 "$here/../sweep" --keep "$id"
	sleep 0.05 # unmounted right after an rmdir, a hierarchy would stay behind
	if [[ ${#mounts[@]} != 0 ]] && ! "$scratch/ctmount" -u "${mounts[@]}"; then
		umount "${mounts[@]}"
	fi
	# Nothing of ours is mounted now: the sweep deals with what stayed without a mount.
	! grep -q "name=${id}_" /proc/self/cgroup || timeout 60 "$here/../sweep" "$id"
	rm -rf --one-file-system "$scratch"
}

# mount_named FIRST LAST: hierarchies named ${id}_N at $scratch/N.
mount_named()
{
	local n
	for ((n = $1; n <= $2; n++)); do
		mkdir "$scratch/$n" || exit
		mount -t cgroup -o "none,name=${id}_$n" cgroup "$scratch/$n" ||
			skip 'this kernel mounts no v1 hierarchy'
		mounts+=("$scratch/$n")
	done
}

# build PROGRAM SOURCE [FLAG...]
build()
{
	local program=$scratch/$1 source=$here/$2
	shift 2
	"${CC-cc}" -O2 -Wall -Wextra "$@" -o "$program" "$source"
}

# verdict WHAT FOUND most|least LIMIT [REMARK]: the two are numbers.
verdict()
{
	local says=holds
	if ! awk -v f="$2" -v w="$3" -v l="$4" 'BEGIN { exit !(w == "most" ? f <= l : f >= l) }'; then
		says='DOES NOT HOLD'
		failed=1
	fi
	printf '%-44s %8s   at %s %s: %s%s\n' "$1" "$2" "$3" "$4" "$says" "${5:+; $5}"
}

bench_exit()
{
	[[ $strict == 0 ]] || exit "$failed"
	exit 0
}
