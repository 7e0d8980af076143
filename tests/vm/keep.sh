#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes a fixture for tests/groups of a tree that groups.sh left (KEEP): only what decides about
# groups, as a small archive that is the same each time.
#
#   tests/vm/keep.sh TREE FILE.tar.zst
set -eu
tree=$1
file=$(realpath "$2")
copy=$(mktemp -d "${TMPDIR:-/tmp}/vfiokit-keep.XXXXXX")
trap 'rm -rf "$copy" "$copy.tar"' EXIT

# A processor is as good as eight.
mkdir -p "$copy/proc"
sed '/^$/q' "$tree/proc/cpuinfo" >"$copy/proc/cpuinfo"

cd "$tree"
{
	echo ./proc/cmdline
	echo ./proc/version
	echo ./proc/sys/kernel/osrelease
	find ./sys/bus ./sys/class ./sys/kernel \( -type l -o -type f \) ! -name reserved_regions
	find ./sys/firmware -name DMAR -o -name IVRS
	# Of the links only those that are not told twice.
	find ./sys/devices \( -name iommu_group -o -name physfn -o -name config -o -name vendor -o \
		-name device -o -name class -o -path '*/intel-iommu/*' -o -path '*/amd-iommu/*' \)
} | tar -cf - --no-recursion -T - | tar -C "$copy" -xf -
mkdir -p "$copy/sys/kernel/iommu_groups" "$copy/sys/class/iommu"
tar -C "$copy" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
	--mode=u=rwX,go=rX --format=gnu -cf "$copy.tar" proc sys
zstd -q -f -19 --rm -o "$file" "$copy.tar"
