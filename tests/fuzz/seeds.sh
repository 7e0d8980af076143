#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fills tests/fuzz/corpus/TARGET with small inputs taken from the host trees of the tests. Files there that do not
# begin with "tree-" are written by hand (or were found by the fuzzer) and are left alone.
#
#   tests/fuzz/seeds.sh            MKTREE, VFIOKIT: the programs (default: those in build/)
set -eu
export LC_ALL=C
tests=$(cd "$(dirname "$0")/.." && pwd)
mktree=${MKTREE:-build/tools/mktree}
vfiokit=${VFIOKIT:-build/vfiokit}
corpus=$tests/fuzz/corpus
work=$(mktemp -d /dev/shm/vfiokit-seeds.XXXXXX)
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT

number=0
for recipe in "$tests"/hosts/*.tree "$tests"/boot/*/host.tree "$tests"/cases/*/host.tree; do
	number=$((number + 1))
	"$mktree" "$recipe" "$work/$number" "$tests/hosts:$tests/boot" 2>/dev/null || rm -rf "${work:?}/$number"
done
for archive in "$tests"/hosts/*.tar.zst "$tests"/groups/6.12-9.tar.zst; do
	[ -e "$archive" ] || continue
	number=$((number + 1))
	mkdir "$work/$number"
	tar -C "$work/$number" --zstd -xf "$archive"
done

find "$work" -mindepth 2 -type f -size -200k -size +0 -printf '%s /%P\n' | sort -n >"$work/list"

# add TARGET COUNT BYTES PREFIX PATTERN: up to COUNT files (of different size) whose path ends with the pattern (grep
# -E), cut to BYTES, with PREFIX (as printf takes it) in front. From small to large, both ends included.
add() {
	target=$1 count=$2 bytes=$3 prefix=$4
	mkdir -p "$corpus/$target"
	grep -E "/($5)\$" "$work/list" | sort -n -u -k1,1 | awk -v count="$count" '{ line[NR] = $2 }
		END { step = NR > count ? NR / count : 1; for (i = NR; i >= 1 && count-- > 0; i -= step) print line[int(i)] }' |
		while read -r file; do
			# shellcheck disable=SC2059 # a format on purpose
			{ printf -- "$prefix"; head -c "$bytes" "$work$file"; } >"$work/seed"
			mv "$work/seed" "$corpus/$target/tree-$(md5sum <"$work/seed" | cut -c1-8)"
		done
}

rm -f "$corpus"/*/tree-*
add cmdline 5 2000 '' 'proc/cmdline|etc/kernel/cmdline'
add grub_cfg 5 3000 '' 'boot/grub.*/grub\.cfg|boot/efi/EFI/.*/grub\.cfg'
add grubenv 3 1024 '' 'boot/grub.*/grubenv'
add bls 5 1000 '' '.*/loader/entries/.*\.conf'
add syslinux 4 2000 '' '.*/extlinux\.conf|.*/syslinux\.cfg'
add limine 4 2000 '' '.*/limine\.conf'
add loader_conf 3 500 '' '.*/loader/loader\.conf'
add load_option 5 500 '' 'sys/firmware/efi/efivars/Boot0.*|sys/firmware/efi/efivars/Loader.*'
add pe 2 4096 '' '.*\.efi'
add shell 8 2000 '' 'etc/default/.*|etc/mkinitcpio\.conf|etc/dracut\.conf.*|etc/kernelstub/.*'
add modprobe 8 1500 '' 'etc/modprobe\.d/.*|usr/lib/modprobe\.d/.*'
add modules_alias 4 1500 'pci:v000010DEd*\n' '.*/modules\.alias'
add modules_alias 1 1500 '' '.*/modules\.builtin\.modinfo'
add modules_dep 4 1500 '' '.*/modules\.dep|.*/modules\.builtin|proc/modules'
add udev_rules 4 1500 '' '.*/rules\.d/.*\.rules'
add scripts 3 1500 'vfio\nudev\n' 'etc/initramfs-tools/scripts/.*/.*|usr/share/initramfs-tools/scripts/.*/.*'
add dmesg 6 3000 '' 'dmesg\.txt'
add mountinfo 4 1500 '' 'proc/self/mountinfo|etc/fstab|proc/swaps'
add iomem 4 1500 '' 'proc/iomem'
add interrupts 4 1500 '' 'proc/interrupts'
add input 3 1500 '' 'proc/bus/input/devices'
add process 5 1500 '' 'proc/.*/limits|proc/.*/status|proc/meminfo'
add routes 4 1000 '' 'proc/net/route|proc/net/ipv6_route'
add machine 6 1500 '' 'proc/cpuinfo|usr/lib/os-release|boot/config-.*'
add udev_data 4 500 '' 'run/udev/data/.*'
add resource 4 1000 '' 'sys/devices/.*/resource'
add dmar 4 1000 '' 'sys/firmware/acpi/tables/DMAR'
add ivrs 3 1000 '' 'sys/firmware/acpi/tables/IVRS'
add iort 2 1000 '' 'sys/firmware/acpi/tables/IORT'
add config 3 4096 '' 'sys/devices/.*/config'
add config 2 256 '' 'sys/devices/.*/config'
add initramfs 4 6000 '' 'boot/init.*'
add newc 2 3000 '' 'boot/init.*'
add program 2 4096 '' '.*\.efi'
add note 2 2000 '' 'capture\.json'
add paste 3 3000 '' 'dmesg\.txt'
add redact 1 1500 '\001' 'dmesg\.txt'
add redact 1 1500 '\002' 'proc/self/mountinfo'
add redact 1 1500 '\004' 'proc/net/route'
add redact 1 1500 '\006' 'run/udev/data/.*'
add redact 1 1024 '\011' 'boot/grub.*/grubenv'
add redact 1 300 '\012' 'sys/devices/.*/config'
add redact 1 500 '\013' 'sys/firmware/efi/efivars/Boot0.*'
add redact 1 3000 '\014' 'boot/init.*'
for edit in edit_grub edit_set; do
	add "$edit" 4 1500 '+intel_iommu=on|-quiet\n' 'etc/default/grub|etc/default/grub\.d/.*'
done
add edit_dracut 3 1000 '+vfio_pci\n' 'etc/dracut\.conf.*'
add edit_array 3 1500 '^vfio_pci|+vfio\n' 'etc/mkinitcpio\.conf.*'
add edit_cmdline 3 1000 '+iommu=pt\n' 'etc/kernel/cmdline|proc/cmdline'
add edit_cmdline_first 3 1000 '-quiet\n' 'etc/kernel/cmdline|proc/cmdline'
add edit_entry 3 1000 'quiet>iommu=pt\n' '.*/loader/entries/.*\.conf'
add edit_entry_grub 3 1000 '+iommu=pt\n' '.*/loader/entries/.*\.conf'
add edit_syslinux 3 1500 '+iommu=pt\n' '.*/extlinux\.conf|.*/syslinux\.cfg'
add edit_modprobe 4 1500 '+10de:2204,10de:1aef\n' 'etc/modprobe\.d/.*'
add edit_modprobe_lines 4 1500 '+softdep nouveau pre: vfio-pci\n' 'etc/modprobe\.d/.*'
add edit_lines_add 2 500 '+vfio_pci|+vfio\n' 'etc/initramfs-tools/modules|etc/modules.*'
add edit_lines_remove 2 500 '+vfio_pci|+vfio\n' 'etc/initramfs-tools/modules|etc/modules.*'
add edit_booster 2 500 '+vfio_pci|+vfio\n' 'etc/booster\.yaml'

# Text of lspci as it is pasted.
mkdir -p "$corpus/lspci" "$corpus/paste" "$corpus/document" "$corpus/snapshot"
for tree in "$work"/1 "$work"/5 "$work"/12; do
	name=$(basename "$tree")
	lspci -O sysfs.path="$tree/sys/bus/pci" -nnvvv 2>/dev/null | head -c 3000 >"$corpus/lspci/tree-v$name"
	lspci -O sysfs.path="$tree/sys/bus/pci" -nnk 2>/dev/null | head -c 1500 >"$corpus/lspci/tree-k$name"
	{
		lspci -O sysfs.path="$tree/sys/bus/pci" -nnvv 2>/dev/null | head -c 2500
		head -c 1500 "$tree/dmesg.txt" 2>/dev/null || true
	} >"$corpus/paste/tree-p$name"
done
lspci -O sysfs.path="$work/1/sys/bus/pci" -xxx -nn -s 0 2>/dev/null | head -c 2500 >"$corpus/lspci/tree-x"

# A saved report of a small machine, and a capture.
small=$work/small
"$mktree" "$tests/fuzz/small.tree" "$small" "$tests/hosts:$tests/boot"
VFIOKIT_PCI_IDS=$tests/pci.ids "$vfiokit" preflight --root "$small" --format json 2>/dev/null |
	python3 -c 'import json, sys
document = json.load(sys.stdin)
document["checks"] = [c for c in document["checks"] if c["result"] in ("fail", "unknown")][:4]
document["devices"] = document["devices"][:2]
print(json.dumps(document))' >"$corpus/document/tree-small"
tar -C "$small" --format=ustar --owner=0 --group=0 --mtime=@0 --sort=name -b1 -cf - etc lib proc sys/bus | head -c 30000 >"$work/tar"
for kind in '' .gz .zst; do
	case $kind in
	.gz) gzip -9 -n <"$work/tar" ;;
	.zst) zstd -q -19 <"$work/tar" ;;
	'') cat "$work/tar" ;;
	esac >"$corpus/snapshot/tree-small$kind"
done
du -sb "$corpus"/* | sort -n | tail -5
