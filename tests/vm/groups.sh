#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The model of IOMMU groups against real kernels: boots random machines in QEMU and holds the groups
# that vfiokit predicts against those that the kernel made. As TAP-like lines, one a boot, and
# "N passed, N failed" at the end. Exits 0 only where all passed.
#
#   SEEDS     the machines: "1-40", "3 7 11-13" (default: 1-40)
#   KERNELS   kernels of fetch.sh (default: 6.1 6.12)
#   JOBS      guests at a time (default: 2)
#   KEEP      a folder in which the captured trees stay, as KERNEL-SEED; KERNEL-SEED.off is the one
#             that was booted with iommu=off
#   OFF       every how many machines boot once more with iommu=off (default: 4; 0 for none)
#
# Each machine is compared three ways: the tree as it is; without its groups, as if the IOMMU were
# off, when the prediction must come from what the kernel would program; and some really booted
# with iommu=off, where the registers still hold what firmware left in them.
set -u
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
program=${VFIOKIT:-build/vfiokit}
tools=${TOOLS:-build/tools}
seeds=${SEEDS:-1-40}
kernels=${KERNELS:-6.1 6.12}
off=${OFF:-4}

# -- one machine -------------------------------------------------------------------------------------

# Boots seed $2 with kernel $1 into folder $3; $4 is added to the parameters. Once more where it
# fails: without KVM a guest may be too slow for its own watchdogs.
boot() {
	set -- "$1" "$2" "$3" "$4" "$("$tools/topology" "$2" | tail -1)"
	kernel=$1 seed=$2 folder=$3 parameters="$4 $5"
	set --
	while IFS= read -r argument; do
		set -- "$@" "$argument"
	done <<-ARGUMENTS
		$("$tools/topology" "$seed" | sed '$d')
	ARGUMENTS
	for attempt in first second; do
		"$here/boot.sh" "$kernel" "$work/$kernel.initramfs" "$folder" "$parameters" "$@" && return
		rm -rf "$folder"
		echo "the $attempt boot failed"
	done
	return 1
}

# Holds the model's answer for tree $1 against the groups of tree $2.
compare() {
	"$program" list --root "$1" --format json >"$1.json" &&
		"$tools/partition" "$2" <"$1.json"
}

# Copies tree $1, and what was booted with iommu=off, to $2.
keep() {
	rm -rf "$2" "$2.off"
	[ ! -d "$1" ] || cp -a "$1" "$2"
	[ ! -e "$1.off/proc/cmdline" ] || ! grep -q iommu=off "$1.off/proc/cmdline" || cp -a "$1.off" "$2.off"
}

# $1 is "KERNEL SEED".
one() {
	kernel=${1% *} seed=${1#* }
	tree=$work/$kernel-$seed
	began=$(date +%s)
	{
		boot "$kernel" "$seed" "$tree" "" && compare "$tree" "$tree" &&
			"$tools/partition" "$tree" group <"$tree.json" >/dev/null &&
			rm -rf "$tree.off" && cp -a "$tree" "$tree.off" &&
			rm -rf "$tree.off/sys/kernel/iommu_groups" "$tree.off/sys/class/iommu" &&
			find "$tree.off/sys" -name iommu_group -exec rm {} + &&
			echo "without its groups:" && compare "$tree.off" "$tree"
	} >"$tree.words" 2>&1
	status=$?
	if [ "$status" -eq 0 ] && [ "$off" -ne 0 ] && [ $((seed % off)) -eq 0 ]; then
		rm -rf "$tree.off"
		{
			echo "booted with iommu=off:"
			boot "$kernel" "$seed" "$tree.off" iommu=off && compare "$tree.off" "$tree" &&
				[ -z "$(ls -A "$tree.off/sys/kernel/iommu_groups")" ]
		} >>"$tree.words" 2>&1
		status=$?
	fi
	seconds=$(($(date +%s) - began))
	if [ "$status" -eq 0 ]; then
		printf 'ok kernel %s seed %s: %s, %s s%s\n' "$kernel" "$seed" \
			"$(grep -m 1 ' groups$' "$tree.words")" $seconds \
			"$(sed -n 's/^the first boot failed$/ (&)/p' "$tree.words")"
	else
		printf 'not ok kernel %s seed %s\n%s\n' "$kernel" "$seed" "$(sed 's/^/# /' "$tree.words")"
	fi
	[ -z "${KEEP:-}" ] || keep "$tree" "$KEEP/$kernel-$seed"
	rm -rf "$tree" "$tree".*
}

if [ "${1:-}" = --one ]; then
	one "$2"
	exit 0
fi

# -- all ---------------------------------------------------------------------------------------------

# "1-3 7" as 1 2 3 7.
expand() {
	for range in $1; do
		seq "${range%-*}" "${range#*-}" || return 1
	done
}

work=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-groups.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
export work

# shellcheck disable=SC2086 # words on purpose
"$here/fetch.sh" $kernels || exit 2
[ -z "${KEEP:-}" ] || mkdir -p "$KEEP" || exit 2
expand "$seeds" >"$work/seeds" || exit 2
for kernel in $kernels; do
	"$here/initramfs.sh" "$kernel" "$work/$kernel.initramfs" "$here/guest-tree.sh" || exit 2
	sed "s/^/$kernel /" "$work/seeds" >>"$work/machines"
done

xargs -P "${JOBS:-2}" -d '\n' -n 1 "$0" --one <"$work/machines" | tee "$work/results"
passed=$(grep -c '^ok ' "$work/results")
failed=$(grep -c '^not ok ' "$work/results")
lost=$(($(wc -l <"$work/machines") - passed - failed))
failed=$((failed + lost))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
