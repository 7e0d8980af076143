#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Writes the disk with which a guest starts a guest: QEMU, kernel KERNEL, an initramfs that reads the known block
# of an NVMe, and a script "nested ADDRESS" that runs them with the function at that address.
#
#   tests/vm/tools-disk.sh KERNEL FILE
set -eu
cache=${VFIOKIT_VM_CACHE:-$HOME/.cache/vfiokit-vm}
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
kernel=$1 file=$2
root=$(mktemp -d "${TMPDIR:-/var/tmp}/vfiokit-tools.XXXXXX")
trap 'rm -rf "$root"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# nvme with what it depends on.
mkdir -p "$root/guest" "$root/disk"
modules=$(echo "$cache/$kernel"/lib/modules/*)
for module in $(sed -n 's,^\([^:]*/nvme\.ko[^:]*\):,\1,p' "$modules/modules.dep"); do
	(cd "$modules" && cp --parents "$module" "$root/guest/")
done
mkdir -p "$root/guest/lib/modules/${modules##*/}"
mv "$root/guest/kernel" "$root/guest/lib/modules/${modules##*/}/"
depmod -b "$root/guest" "${modules##*/}" 2>/dev/null

cat >"$root/run" <<'EOF'
modprobe nvme || exit 1
for second in $(seq 120); do
	[ ! -b /dev/nvme0n1 ] || break
	sleep 1
done
dd if=/dev/nvme0n1 bs=512 skip=2048 count=1 2>/dev/null | tr -d '\0' >/dev/console
EOF
"$here/initramfs.sh" "$kernel" "$root/disk/initramfs" "$root/run" "$root/guest"
# QEMU starts an ELF kernel by its PVH entry: unpacking itself would take the inner guest half of its time.
unpack_kernel() {
	at=$(LC_ALL=C grep -abFo "$(printf '\3757zXZ')" "$1" | head -1 | cut -d: -f1)
	[ -n "$at" ] && tail -c "+$((at + 1))" "$1" | xz -dc --single-stream >"$2" 2>/dev/null
	[ "$(head -c 4 "$2" 2>/dev/null | tr -d '\177')" = ELF ]
}
unpack_kernel "$cache/$kernel/vmlinuz" "$root/disk/vmlinux" ||
	cp "$cache/$kernel/vmlinuz" "$root/disk/vmlinux"
cp -a "$cache/qemu" "$root/disk/qemu"
cat >"$root/disk/nested" <<'EOF'
cd "${0%/*}" || exit 2
library=$PWD/qemu/usr/lib/x86_64-linux-gnu
truncate -s 8M /run/nested.disk
QEMU_MODULE_DIR=$library/qemu timeout 800 "$library/ld-linux-x86-64.so.2" --library-path "$library" \
	qemu/usr/bin/qemu-system-x86_64 -L qemu/usr/share/qemu -L qemu/usr/share/seabios \
	-accel tcg -cpu max -M q35 -m 256M -nodefaults -no-user-config -no-reboot -display none -serial stdio \
	-kernel vmlinux -initrd initramfs -append "console=ttyS0 no_timer_check panic=-1 quiet" \
	-drive file=/run/nested.disk,if=none,id=out,format=raw -device virtio-blk-pci,drive=out \
	-device "vfio-pci,host=$1" </dev/null
EOF
truncate -s 640M "$file"
mke2fs -q -F -t ext4 -O '^has_journal' -d "$root/disk" "$file"
